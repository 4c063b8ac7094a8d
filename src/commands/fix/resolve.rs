//! Asks the repositories of actions for their tags, with the git of the user.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::fix::{Fix, KnownPins, LABEL_RULE, NamedAction, PIN_RULE};
use crate::git::{Git, Oid};
use crate::output::Ui;
use crate::platform;
use crate::text::escape;
use crate::token;
use crate::workflow::{Dialect, FileKind, split_host};

/// Protocols that git may use: those that it allows by default, and files.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// Asks for the tags of each repository with an action that is neither pinned nor labelled, once. Returns the addresses of
/// those that gave no answer.
///
/// # Errors
/// Fails when no empty directory can be made to run git in.
pub(super) fn learn(
    known: &mut KnownPins,
    fixes: &[(&BString, Fix)],
    ui: &mut Ui,
) -> Result<BTreeSet<String>> {
    let mut repositories = BTreeSet::new();
    for (path, fix) in fixes.iter().filter(|(_, fix)| !fix.is_generated) {
        let wanted = fix.open.iter().filter(|open| [PIN_RULE, LABEL_RULE].contains(&open.rule));
        for NamedAction { address, .. } in wanted.filter_map(|open| open.action.as_ref()) {
            match has_known_host(path, address) {
                true => drop(repositories.insert(address.clone())),
                false => ui.err(&format!(
                    "note: {}: `{}` is not asked for: its host is known only to the server\n",
                    token::printable(path),
                    escape(address.as_bytes())
                )),
            }
        }
    }
    let mut unasked = BTreeSet::new();
    for address in repositories {
        match tags(&address)? {
            Ok(tags) => known.learn_tags(&address, tags),
            Err(why) => {
                ui.err(&format!(
                    "note: {} could not be asked: {}\n",
                    escape(url(&address).as_bytes()),
                    token::redact_message(escape(&why))
                ));
                unasked.insert(address);
            }
        }
    }
    Ok(unasked)
}

/// Returns whether the host of an action in a file is known: one without a host is on GitHub for GitHub only.
pub(super) fn has_known_host(path: &[u8], address: &str) -> bool {
    split_host(address).0.is_some() || FileKind::of(path).is_some_and(|kind| kind.dialect == Dialect::GitHub)
}

/// Returns the URL of a repository; one without a host is on GitHub.
pub(super) fn url(address: &str) -> String {
    if split_host(address).0.is_some() { address.to_owned() } else { format!("https://github.com/{address}") }
}

/// Returns the commit of each tag of a repository, or what git says.
///
/// Git runs outside of the repository at hand, whose config must not decide whom it asks: that of the user does.
fn tags(address: &str) -> Result<std::result::Result<BTreeMap<String, String>, Vec<u8>>> {
    let empty = tempfile::tempdir().map_err(|error| Error::io("cannot make a temporary directory", error))?;
    let git = Git::elsewhere("ls-remote").env("GIT_ALLOW_PROTOCOL", PROTOCOLS).dir(empty.path());
    // git looks for a repository up to a ceiling, and at the working directory itself in any case.
    let real = platform::real_path(empty.path())
        .map_err(|error| Error::io("cannot find the temporary directory", error))?;
    let git = git.env("GIT_CEILING_DIRECTORIES", real.parent().unwrap_or(&real));
    let answer = git.args(["--heads", "--tags", "--", &url(address)]).answer()?;
    if answer.code != Some(0) {
        return Ok(Err(answer.stderr.lines().next().unwrap_or_default().to_vec()));
    }
    Ok(Ok(parse(&answer.stdout)))
}

/// Reads the output of `git ls-remote --heads --tags`.
///
/// A tag with the name of a branch is left out: which of the two is run, the forge decides.
fn parse(listed: &[u8]) -> BTreeMap<String, String> {
    let refs = listed.lines().filter_map(|line| {
        let (oid, name) = line.split_once_str("\t")?;
        Some((Oid::from_hex(oid)?.to_string(), name.to_str().ok()?))
    });
    let (mut tags, mut peeled, mut branches) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (oid, name) in refs {
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            branches.push(branch.to_owned());
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            match tag.strip_suffix("^{}") {
                Some(tag) => peeled.insert(tag.to_owned(), oid),
                None => tags.insert(tag.to_owned(), oid),
            };
        }
    }
    tags.extend(peeled);
    branches.iter().for_each(|branch| drop(tags.remove(branch)));
    tags
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn tags_are_peeled_and_those_of_branches_left_out() {
        let [one, two] = ["1".repeat(40), "2".repeat(40)];
        let listed = format!(
            "{one}\trefs/heads/main\n{one}\trefs/heads/v2\n{one}\trefs/tags/v1\n{two}\trefs/tags/v1^{{}}\n{two}\trefs/tags/v2\n{two}\trefs/tags/v3\n"
        );
        let tags: Vec<_> = parse(listed.as_bytes()).into_iter().collect();
        assert_eq!(tags, [("v1".to_owned(), two.clone()), ("v3".to_owned(), two)]);
    }
}
