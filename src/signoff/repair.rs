//! Commands that repair the sign-offs of a whole push, without signing for another person.

mod autosquash;
mod facts;
mod linear_history;
mod rebase;
mod squashed;

use std::collections::{BTreeMap, BTreeSet};

use crate::git::Oid;
use crate::text::{counted, quoted};
pub(crate) use facts::{BadCommit, CheckedOut, PushFacts, PushedCommit};
use facts::{SHOWN, with_checked_out};
use linear_history::LinearHistory;
use rebase::{Rebase, RebaseBase};
pub(crate) use squashed::Squashed;

/// Way to repair a push.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Repair {
    /// Lines that explain it; empty if there is nothing to repair.
    pub lines: Vec<String>,
    /// Lines about a baseline for findings that cannot be repaired; only of use if everything could be read.
    pub baseline_lines: Vec<String>,
    /// Commits that are acceptable after its commands.
    pub repaired: Vec<Oid>,
}

/// Returns the way to repair a push.
pub(crate) fn repair(push: &PushFacts) -> Repair {
    let (published, own): (Vec<&BadCommit>, Vec<&BadCommit>) =
        push.bad.iter().partition(|bad| push.published.contains(&bad.oid));
    let (stranger, own): (Vec<&BadCommit>, Vec<&BadCommit>) =
        own.into_iter().partition(|bad| bad.is_foreign && bad.malformed_address.is_some());
    let has_many_branches = !own.is_empty() && push.tips().len() > MANY;
    let mut lines = if has_many_branches { Vec::new() } else { commands(push, &own) };
    let has_commands = !lines.is_empty();
    if has_commands && own.iter().any(|bad| bad.malformed_address.is_some()) {
        lines.splice(0..0, name_command(&own));
        lines.push(RENAMED.to_owned());
    }
    if let Some(bad) = own.iter().find(|bad| has_commands && bad.is_untitled) {
        lines.push(format!(
            "{} has no title: write one, and an empty line, above the sign-off",
            bad.oid.short()
        ));
    }
    let others: Vec<&BadCommit> = own.iter().filter(|bad| !push.is_signed_by_user(bad)).copied().collect();
    lines.extend(has_many_branches.then(|| MANY_BRANCHES.to_owned()));
    lines.extend(push.is_shared(&own).then(|| authors(&others)).flatten());
    lines.extend(stranger_lines(push, &stranger));
    lines.extend(published_lines(published.len(), push.allows_remediation));
    let authors: BTreeSet<&str> = own.iter().map(|bad| bad.author.as_str()).collect();
    // A rebase signs no commits of others, and who runs it is not known.
    let is_amended = matches!(own.as_slice(), [last] if push.is_last(last.oid) && last.may_be_amended());
    let has_one_author = authors.len() == 1 && !own.iter().any(|bad| bad.is_foreign);
    let signs_all = has_one_author || !push.has_foreign() || is_amended && !push.needs_author;
    let repaired = own
        .iter()
        .filter(|bad| has_commands && !bad.has_other_faults && !bad.is_untitled)
        .filter(|bad| signs_all || push.is_signed_by_user(bad))
        .map(|bad| bad.oid)
        .collect();
    let baseline_lines = baseline_lines(published.len());
    Repair { lines, baseline_lines, repaired }
}

/// Returns the lines about commits with a malformed author that the user who reads them cannot repair, or only if that
/// author is the same person under an older name.
fn stranger_lines(push: &PushFacts, bad: &[&BadCommit]) -> Vec<String> {
    let authors: BTreeSet<&str> = bad.iter().map(|bad| bad.author.as_str()).collect();
    let shown: Vec<&str> = authors.iter().take(SHOWN).copied().collect();
    let only =
        || format!("only the authors can repair commits with a malformed author: {}", shown.join(", "));
    let mut lines = Vec::from_iter((!bad.is_empty()).then(only));
    let is_older_name = push.has_one_malformed_author() && bad.iter().all(|bad| bad.is_committed_by_author);
    if let ([author], true, [command]) = (shown.as_slice(), is_older_name, rewrites(push, bad).as_slice()) {
        lines.push(format!("if you were {author}: `{command}`"));
    }
    lines
}

/// Returns the command that takes hidden characters out of the name of the user.
///
/// Otherwise a reset author has them again.
fn name_command(bad: &[&BadCommit]) -> Option<String> {
    let names: BTreeSet<&str> = bad.iter().filter_map(|bad| bad.clean_name.as_deref()).collect();
    let [name] = *Vec::from_iter(names) else { return None };
    (!name.is_empty()).then(|| format!("git config user.name {}", quoted(name)))
}

/// Returns the lines about bad commits that are published.
fn published_lines(count: usize, allows_remediation: bool) -> Vec<String> {
    if count == 0 {
        return Vec::new();
    }
    let is_published = counted(
        count,
        "commit is published already, so do not rewrite it",
        "commits are published already, so do not rewrite them",
    );
    match allows_remediation {
        true => vec![
            format!("{is_published}; a later commit may sign off what is yours:"),
            "git gate fix --sign-off    # prints the command".to_owned(),
        ],
        false => vec![is_published],
    }
}

/// Returns the lines about a baseline, if there are bad commits that are published.
fn baseline_lines(published: usize) -> Vec<String> {
    let lines = [
        "this lets old findings through:",
        "git gate scan --all --write-baseline baseline.json    # then `baseline: baseline.json` in the policy",
    ];
    lines.iter().filter(|_| published > 0).map(|line| (*line).to_owned()).collect()
}

/// Maximum number of branches for which commands are shown.
const MANY: usize = 100;

/// Line in the place of commands for many branches.
const MANY_BRANCHES: &str =
    "commands for more than 100 branches are not shown: scan one branch to see those for it";

/// Note about commands that reset the author of a commit.
const RENAMED: &str = "this makes you the author, so use it only for your own commits, \
                       and set `git config user.name` and `git config user.email` first";

/// Returns the commands that repair some commits of a push; none if all are of others.
fn commands(push: &PushFacts, bad: &[&BadCommit]) -> Vec<String> {
    match bad.iter().all(|bad| bad.is_of_another) {
        true => Vec::new(),
        false => rewrites(push, bad),
    }
}

/// Returns the commands that rewrite some commits of a push.
fn rewrites(push: &PushFacts, bad: &[&BadCommit]) -> Vec<String> {
    let [first, others @ ..] = bad else { return Vec::new() };
    if let Some(commands) = autosquash::commands(push, bad) {
        return commands;
    }
    if others.is_empty() && push.is_last(first.oid) && first.may_be_amended() {
        let reset = if first.malformed_address.is_some() { " --reset-author" } else { "" };
        let edit = if first.is_untitled { "" } else { " --no-edit" };
        let empty = if push.is_empty { " --allow-empty" } else { "" };
        let sign = if first.has_signature { " -S" } else { "" };
        return push.at_tip(first.oid, format!("git commit --amend{reset}{sign} --signoff{edit}{empty}"));
    }
    if bad.iter().all(|bad| bad.is_skipped) {
        return Vec::new();
    }
    let (tips, joins) = (push.tips(), push.joins());
    let mut history = LinearHistory::new(push, bad);
    let bases: Vec<(Oid, RebaseBase)> =
        tips.iter().filter_map(|tip| Some((*tip, history.base(*tip)?))).collect();
    let rebase = Rebase {
        bad,
        has_foreign: push.has_foreign(),
        has_one_malformed_author: push.has_one_malformed_author(),
        signs_results: false,
        joins: &joins,
    };
    if !bad.iter().all(|bad| history.bases.contains_key(&bad.oid)) {
        let note = "merges are recreated: conflict resolutions have to be made again";
        let base = match joins.as_slice() {
            // All that this commit does not reach is part of the push.
            [] => RebaseBase::Root,
            [join] => RebaseBase::Commit(*join),
            _ => push.accepted.map_or_else(|| history.first_base(tips.first().copied()), RebaseBase::Commit),
        };
        // Without a join, the push may begin with commits that others have in another place.
        let rebase = Rebase { signs_results: joins.len() != 1, ..rebase };
        let mut lines = push.at_tips(&tips, rebase.command("git rebase --rebase-merges", base));
        lines.push(note.to_owned());
        return lines;
    }
    match bases.as_slice() {
        [(tip, base)] => push.at_tip(*tip, rebase.command("git rebase", *base)),
        bases => {
            let command = |(tip, base): &(Oid, RebaseBase)| {
                with_checked_out(&[*tip], &rebase.command("git rebase", *base))
            };
            bases.iter().take(SHOWN).map(command).chain(left_out(bases.len())).collect()
        }
    }
}

/// Returns the line about branches whose command is not shown; `None` if all are.
fn left_out(branches: usize) -> Option<String> {
    match branches.saturating_sub(SHOWN) {
        0 => None,
        left => Some(counted(
            left,
            "more branch needs such a command: push again to see it",
            "more branches need such a command each: push again to see them",
        )),
    }
}

/// Returns a line with the authors who have to sign and their number of commits, if there are any.
fn authors(bad: &[&BadCommit]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let unsigned = bad.iter().filter(|bad| bad.malformed_address.is_none() && bad.machine.is_none());
    unsigned.for_each(|bad| *counts.entry(&bad.author).or_default() += 1);
    let shown: Vec<String> =
        counts.iter().take(SHOWN).map(|(author, count)| format!("{author} ({count})")).collect();
    let more = if counts.len() > SHOWN { ", and others" } else { "" };
    (!counts.is_empty())
        .then(|| format!("each author has to sign off their own commits: {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests;
