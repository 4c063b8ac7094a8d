//! `git rebase` with scripts that sign the commits of the user who runs it, and no others.

use std::collections::BTreeSet;
use std::fmt;

use super::facts::BadCommit;
use crate::git::Oid;
use crate::text::quoted;

/// Commits that a rebase keeps.
#[derive(Debug, Clone, Copy)]
pub(super) enum RebaseBase {
    /// This commit and its ancestors.
    Commit(Oid),
    /// No commit.
    Root,
}

impl RebaseBase {
    /// Returns the base for a rebase of the children of a commit; `None` is the parent of a root commit.
    pub(super) fn of_parent(parent: Option<Oid>) -> Self {
        parent.map_or(Self::Root, Self::Commit)
    }
}

impl fmt::Display for RebaseBase {
    /// Writes the argument of `git rebase`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(oid) => f.write_str(&oid.short()),
            Self::Root => f.write_str("--root"),
        }
    }
}

/// Rebase that repairs some commits.
pub(super) struct Rebase<'a> {
    pub(super) bad: &'a [&'a BadCommit],
    /// True if it may meet commits of another person.
    pub(super) has_foreign: bool,
    /// True if all commits with a malformed author have the same one, so that those of others have another.
    pub(super) has_one_malformed_author: bool,
    /// True if it meets commits that are not part of the push, or each result has to be signed by itself.
    pub(super) signs_results: bool,
    /// Commits outside the push on which it is built: they, and what they reach, are those of others.
    pub(super) joins: &'a [Oid],
}

impl Rebase<'_> {
    pub(super) fn command(&self, command: &str, base: RebaseBase) -> String {
        let unsigned = self.bad.iter().any(|bad| bad.malformed_address.is_none());
        let exec = |script: &str| format!(" --exec {}", quoted(script));
        let (signoff, own) = match (unsigned, self.has_foreign, self.signs_results) {
            (false, _, _) => ("", String::new()),
            (true, true, _) => ("", exec(&own_only(self.bad, self.joins))),
            (true, false, true) => ("", exec(&unpublished(self.joins))),
            (true, false, false) => (" --signoff", String::new()),
        };
        let patterns: BTreeSet<String> =
            self.bad.iter().filter_map(|bad| bad.malformed_address.as_deref().map(pattern)).collect();
        let patterns = Vec::from_iter(patterns).join("|");
        let renamed = if patterns.is_empty() { String::new() } else { exec(&self.renamed(&patterns)) };
        let untitled =
            if self.bad.iter().any(|bad| bad.is_untitled) { exec(&self.titled()) } else { String::new() };
        let scripts = format!("{untitled}{renamed}{own}");
        // A rebase drops signatures, and so does an amend.
        match self.bad.iter().any(|bad| bad.has_signature) {
            true => format!("{command} -S{signoff} {base}{}", scripts.replace(AMEND, AMEND_SIGNED)),
            false => format!("{command}{signoff} {base}{scripts}"),
        }
    }

    /// Returns the shell command that resets the author of commits with one of these addresses, and signs them.
    ///
    /// If they are those of several authors, only the ones with the name or the address of the user who runs it: nobody
    /// becomes the author of the commits of others. That of a single one is told apart by its address: both the name
    /// and the address of the user may be new.
    fn renamed(&self, patterns: &str) -> String {
        let name = r#"-e "$(git config user.name)""#;
        let email = r#"-e "$(git config user.email)""#;
        let guard = match self.has_one_malformed_author {
            true => String::new(),
            false => format!("! git log -1 --format=%an%n%ae | grep -qxF {name} {email} || "),
        };
        format!(
            r#"{guard}case "$(git log -1 --format=%ae)" in {patterns}) {AMEND} --allow-empty --no-edit --reset-author --signoff;; esac"#
        )
    }

    /// Returns the shell command that opens the editor for a message without a title.
    fn titled(&self) -> String {
        let guard = if self.has_foreign { of_others(self.bad) } else { String::new() };
        let has_title = r#"git log -1 --format=%B | grep -qivE "^(signed-off-by:.*)?$""#;
        format!("{guard}{has_title} || {AMEND} --allow-empty --signoff")
    }
}

/// Command of the scripts, and the same one for commits with a signature.
const AMEND: &str = "git commit --amend";
const AMEND_SIGNED: &str = "git commit --amend -S";

/// Returns the shell command for `git rebase --exec` that signs only commits of the user who runs it.
///
/// Signs commits that have the address of the user as author or in a sign-off, or the name of the user as author, and
/// those of machines that are to be repaired: somebody else has to sign these. Skips all others, and those that are
/// published. The committer is not asked: a rebase makes its user the committer of everything. The address is that of the sign-off to come,
/// which is not always the one in `user.email`.
pub(super) fn own_only(bad: &[&BadCommit], joins: &[Oid]) -> String {
    format!("{}{}", of_others(bad), unpublished(joins))
}

/// Returns the start of a shell command that skips the commits of others, as [`own_only`] says.
pub(super) fn of_others(bad: &[&BadCommit]) -> String {
    let machines: BTreeSet<String> =
        bad.iter().filter_map(|bad| bad.machine.as_deref().map(machine)).collect();
    let machines: String = machines.iter().map(|part| format!(r#" -e "{part}""#)).collect();
    // The sign stands before the name of the author, and before no other one.
    let whose = r#"git log -1 --format="=%an <%ae> %(trailers:key=Signed-off-by,valueonly)""#;
    let part = |script: &str| format!(r#"$(git var GIT_COMMITTER_IDENT | sed "{script}")"#);
    let (name, email) = (part("s/>.*//;s/<.*/</"), part("s/[^<]*//;s/>.*/>/"));
    format!(r#"! {whose} | grep -qiF -e "={name}" -e "{email}"{machines} || "#)
}

/// Returns the shell command for `git rebase --exec` that signs all commits that neither a remote nor a join reaches.
///
/// `git rebase --signoff` makes every commit anew, also those of others that a merge brings. A remote-tracking ref may
/// be outside `refs/remotes`, so that `--remotes` does not suffice.
pub(super) fn unpublished(joins: &[Oid]) -> String {
    let joins: String = joins.iter().map(|join| format!(" {}", join.short())).collect();
    let test = format!(r#"test -z "$(git rev-list -1 HEAD --not --remotes{joins})""#);
    format!("{test} || {AMEND} --allow-empty --no-edit --signoff")
}

/// Returns the text by which `grep -F` knows the commits of a machine, for quotes of the shell.
fn machine(address: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._+-[]".contains(c);
    match address.split_once("[bot]@") {
        None if address.contains('@') && address.chars().all(is_plain) => format!("<{address}>"),
        _ => "[bot]@".to_owned(),
    }
}

/// Returns a `case` pattern of the shell for an address.
///
/// Characters other than ASCII letters, digits and `@._+-` become `*`. An address without an ASCII letter
/// or digit becomes the pattern of an empty text.
fn pattern(address: &str) -> String {
    if !address.contains(|c: char| c.is_ascii_alphanumeric()) {
        return r#""""#.to_owned();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._+-".contains(c);
    let mut pattern = String::new();
    for c in address.chars() {
        match c {
            c if plain(c) => pattern.push(c),
            _ if pattern.ends_with('*') => {}
            _ => pattern.push('*'),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_known_by_their_address() {
        for (address, text) in [
            ("49699333+dependabot[bot]@users.noreply.github.com", "[bot]@"),
            ("noreply@anthropic.com", "<noreply@anthropic.com>"),
            ("198982749+Copilot@users.noreply.github.com", "<198982749+Copilot@users.noreply.github.com>"),
            ("$(x)@y.test", "[bot]@"),
            ("", "[bot]@"),
        ] {
            assert_eq!(machine(address), text, "{address}");
        }
    }

    #[test]
    fn address_pattern_has_no_shell_syntax() {
        for (address, shown) in [
            ("ana@laptop.local", "ana@laptop.local"),
            ("a'; rm -rf ~; '@x", "a*rm*-rf*@x"),
            ("a b@x*y?", "a*b@x*y*"),
            ("ana@exämple", "ana@ex*mple"),
            ("", "\"\""),
            ("'@'", "\"\""),
        ] {
            assert_eq!(pattern(address), shown, "{address}");
        }
    }
}
