//! Commands that repair the sign-offs of a whole push, without signing for another person.

mod autosquash;
mod rebase;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::git::{Oid, OidSet};
use crate::text::quoted;
pub(crate) use autosquash::Squashed;
use rebase::{Rebase, RebaseBase};

/// Facts about a push that its repair depends on.
#[derive(Debug, Default)]
pub(crate) struct PushFacts {
    /// Commits of the push, oldest first.
    pub commits: Vec<PushedCommit>,
    /// Commits that have to be rewritten, oldest first.
    pub bad: Vec<BadCommit>,
    /// Those of them that others may have already: they are never rewritten.
    pub published: HashSet<Oid>,
    /// Accepted commit on which the push is built; `None` if there is none or it is unknown.
    pub accepted: Option<Oid>,
    /// True if the only one that is to be rewritten changes no file.
    pub is_empty: bool,
    /// Commits that are checked out; `None` on a server, which does not know them.
    pub checked_out: Option<CheckedOut>,
    /// True if the commits have more than one author.
    pub has_several_authors: bool,
    /// True if a later commit may sign for an earlier one of the same author.
    pub allows_remediation: bool,
    /// True if the author has to sign: the sign-off of the committer does not suffice.
    pub needs_author: bool,
}

/// Commits that a clone has checked out, or could.
#[derive(Debug, Default)]
pub(crate) struct CheckedOut {
    /// Commit of HEAD; `None` if it has none.
    pub head: Option<Oid>,
    /// Names of branches at tips of the push.
    pub branches: HashMap<Oid, String>,
}

/// A commit and its parents.
#[derive(Debug, Clone)]
pub(crate) struct PushedCommit {
    /// Object id of the commit.
    pub oid: Oid,
    /// First parent; `None` for a root commit.
    pub parent: Option<Oid>,
    /// Other parents.
    pub merged: Box<[Oid]>,
}

/// A commit that has to be rewritten.
#[derive(Debug)]
pub(crate) struct BadCommit {
    /// Object id of the commit.
    pub oid: Oid,
    /// Author, as shown to the user.
    pub author: String,
    /// True if the author is a service, an assistant or a bot: the person who passes the commit on signs it.
    pub is_by_machine: bool,
    /// True if author and committer are different people, or have different names if the author is malformed.
    pub is_foreign: bool,
    /// True if its author is the committer, too, or has the same name if the author is malformed.
    pub is_committed_by_author: bool,
    /// True if a rebase signs nothing in it: the user who reads the advice is not the author.
    pub is_skipped: bool,
    /// True if the user who reads the advice is neither author nor committer, and has another name than the author.
    pub is_of_another: bool,
    /// True if the user who reads the advice is the author, perhaps under another address. Where that user is unknown,
    /// it is taken to be the committer.
    pub is_own: bool,
    /// True if the message has no title: it is empty, or a sign-off and nothing else.
    pub is_untitled: bool,
    /// True if it has a fault that no sign-off repairs.
    pub has_other_faults: bool,
    /// Address of the author if the author identity is malformed, so that the author has to be reset.
    pub malformed_address: Option<String>,
    /// Name of the author without hidden characters, if it has any.
    pub clean_name: Option<String>,
    /// True if it has a signature that its author can make again.
    pub has_signature: bool,
    /// Commit with which its title says that it is to be combined.
    pub squashed: Option<Squashed>,
    /// Earliest commit of the push with which it may be combined.
    pub combined_with: Option<Oid>,
}

/// Maximum number of branches with a command of their own, and of authors that are listed.
const SHOWN: usize = 5;

/// Way to repair a push.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Repair {
    /// Lines that explain it; empty if there is nothing to repair.
    pub lines: Vec<String>,
    /// Commits that are acceptable after its commands.
    pub repaired: Vec<Oid>,
}

/// Returns the way to repair a push.
pub(crate) fn repair(push: &PushFacts) -> Repair {
    let (published, own): (Vec<&BadCommit>, Vec<&BadCommit>) =
        push.bad.iter().partition(|bad| push.published.contains(&bad.oid));
    let (stranger, own): (Vec<&BadCommit>, Vec<&BadCommit>) =
        own.into_iter().partition(|bad| bad.is_foreign && bad.malformed_address.is_some());
    let mut lines = commands(push, &own);
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
    lines.extend(push.is_shared(&own).then(|| authors(&own)).flatten());
    lines.extend(stranger_lines(push, &stranger));
    lines.extend(published_lines(published.len(), push.allows_remediation));
    let authors: BTreeSet<&str> = own.iter().map(|bad| bad.author.as_str()).collect();
    // A rebase signs no commits of others, and who runs it is not known.
    let is_amended = matches!(own.as_slice(), [last] if push.is_last(last.oid) && last.may_be_amended());
    let has_one_author = authors.len() == 1 && !own.iter().any(|bad| bad.is_foreign);
    let signs_all = has_one_author || !push.has_foreign() || is_amended && !push.needs_author;
    let repaired = own
        .iter()
        .filter(|bad| has_commands && signs_all && !bad.has_other_faults && !bad.is_untitled)
        .map(|bad| bad.oid)
        .collect();
    Repair { lines, repaired }
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
    let (commits, them) = match count {
        0 => return Vec::new(),
        1 => ("1 commit is".to_owned(), "it"),
        _ => (format!("{count} commits are"), "them"),
    };
    let is_published = format!("{commits} published already, so do not rewrite {them}");
    let through = "this lets old findings through:";
    let baseline = "git gate scan --all --write-baseline baseline.json    # then `baseline: baseline.json` in the policy";
    match allows_remediation {
        true => vec![
            format!("{is_published}; a later commit may sign off what is yours:"),
            "git gate fix --sign-off    # prints the command".to_owned(),
            through.to_owned(),
            baseline.to_owned(),
        ],
        false => vec![format!("{is_published}; {through}"), baseline.to_owned()],
    }
}

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
        bases => bases
            .iter()
            .take(SHOWN)
            .map(|(tip, base)| with_checked_out(&[*tip], &rebase.command("git rebase", *base)))
            .collect(),
    }
}

/// Returns a command with a comment about the commits that have to be checked out, each in turn.
fn with_checked_out(tips: &[Oid], command: &str) -> String {
    let tips: Vec<String> = tips.iter().take(SHOWN).map(Oid::short).collect();
    format!("{command}    # with {} checked out", tips.join(", then "))
}

/// Commits between the tips and the first merge below each: a rebase of these rewrites no merge.
struct LinearHistory<'p> {
    steps: HashMap<Oid, &'p PushedCommit>,
    bad: HashSet<Oid>,
    /// Base of the rebase for each commit; `None` if neither it nor a commit below needs a rewrite.
    bases: HashMap<Oid, Option<RebaseBase>>,
}

impl<'p> LinearHistory<'p> {
    fn new(push: &'p PushFacts, bad: &[&BadCommit]) -> Self {
        Self {
            steps: push.commits.iter().map(|step| (step.oid, step)).collect(),
            bad: bad.iter().map(|bad| bad.oid).collect(),
            bases: HashMap::new(),
        }
    }

    /// Returns the commit on which the push is built, found along first parents.
    fn first_base(&self, tip: Option<Oid>) -> RebaseBase {
        let (mut at, mut left) = (tip, self.steps.len());
        while let Some(step) = at.and_then(|oid| self.steps.get(&oid)).filter(|_| left > 0) {
            (at, left) = (step.parent, left - 1);
        }
        RebaseBase::of_parent(at)
    }

    /// Returns the parent of the oldest bad commit of a row; `None` if the row has no bad commit.
    ///
    /// A row runs from `tip` along first parents until a merge or a commit outside the push.
    fn base(&mut self, tip: Oid) -> Option<RebaseBase> {
        let (mut row, mut base, mut at) = (Vec::new(), None, Some(tip));
        while let Some(oid) = at {
            if let Some(known) = self.bases.get(&oid) {
                base = *known;
                break;
            }
            let Some(step) = self.steps.get(&oid).filter(|step| step.merged.is_empty()) else { break };
            row.push(*step);
            at = step.parent;
        }
        for step in row.into_iter().rev() {
            base = base.or_else(|| self.bad.contains(&step.oid).then(|| RebaseBase::of_parent(step.parent)));
            self.bases.insert(step.oid, base);
        }
        base
    }
}

impl PushFacts {
    /// Returns the commits on which no commit of the push is built.
    pub(crate) fn tips(&self) -> Vec<Oid> {
        let built_upon: BTreeSet<Oid> = self.commits.iter().flat_map(PushedCommit::parents).collect();
        self.commits.iter().map(|step| step.oid).filter(|oid| !built_upon.contains(oid)).collect()
    }

    /// Returns the commits outside the push on which those of the push are built, sorted.
    fn joins(&self) -> Vec<Oid> {
        let pushed: OidSet = self.commits.iter().map(|step| step.oid).collect();
        let parents = self.commits.iter().flat_map(PushedCommit::parents);
        let joins: BTreeSet<Oid> = parents.filter(|parent| !pushed.contains(parent)).collect();
        joins.into_iter().collect()
    }

    /// Returns a command that rewrites what is checked out, and how to check out one of several tips.
    fn at_tips(&self, tips: &[Oid], command: String) -> Vec<String> {
        match tips {
            [tip] => self.at_tip(*tip, command),
            tips => vec![with_checked_out(tips, &command)],
        }
    }

    /// Returns a command that rewrites what is checked out, and how to check out the tip.
    fn at_tip(&self, tip: Oid, command: String) -> Vec<String> {
        let Some(checked_out) = &self.checked_out else { return vec![with_checked_out(&[tip], &command)] };
        if checked_out.head == Some(tip) {
            return vec![command];
        }
        let first = match checked_out.branches.get(&tip) {
            Some(branch) => format!("git checkout {}", quoted(branch)),
            None => format!("check out a branch at {} first", tip.short()),
        };
        vec![first, command]
    }

    /// Returns whether no commit of the push is built on a commit.
    fn is_last(&self, oid: Oid) -> bool {
        !self.commits.iter().flat_map(PushedCommit::parents).any(|parent| parent == oid)
    }

    /// Returns whether some commits may belong to another person than the user who repairs them.
    fn is_shared(&self, bad: &[&BadCommit]) -> bool {
        bad.iter().any(|bad| bad.is_foreign) || self.has_several_authors && bad.len() > 1
    }

    /// Returns whether all commits with a malformed author have the same one.
    pub(crate) fn has_one_malformed_author(&self) -> bool {
        let malformed = self.bad.iter().filter(|bad| bad.malformed_address.is_some());
        malformed.map(|bad| &bad.author).collect::<BTreeSet<_>>().len() == 1
    }

    /// Returns whether commits that a rebase makes anew may belong to another person.
    fn has_foreign(&self) -> bool {
        self.has_several_authors || self.bad.iter().any(|bad| bad.is_foreign)
    }
}

impl BadCommit {
    /// Returns whether a sign-off of the user who reads the advice is one of the author, or the author is no person.
    ///
    /// Otherwise only a rebase that asks who runs it may sign.
    fn may_be_amended(&self) -> bool {
        !self.is_foreign || self.is_by_machine || self.is_own
    }
}

impl PushedCommit {
    /// Returns the parents, in order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parent.into_iter().chain(self.merged.iter().copied())
    }
}

/// Returns a line with the authors who have to sign and their number of commits, if there are any.
fn authors(bad: &[&BadCommit]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let unsigned = bad.iter().filter(|bad| bad.malformed_address.is_none() && !bad.is_by_machine);
    unsigned.for_each(|bad| *counts.entry(&bad.author).or_default() += 1);
    let shown: Vec<String> =
        counts.iter().take(SHOWN).map(|(author, count)| format!("{author} ({count})")).collect();
    let more = if counts.len() > SHOWN { ", and others" } else { "" };
    (!counts.is_empty())
        .then(|| format!("each author has to sign off their own commits: {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::rebase::{own_only, unpublished};
    use super::*;

    const AT_3: &str = "    # with 030303030303 checked out";
    const AT_5: &str = "    # with 050505050505 checked out";

    fn oid(number: u8) -> Oid {
        Oid::from_bytes(&[number; 20]).unwrap()
    }

    fn step(number: u8, parent: Option<u8>) -> PushedCommit {
        PushedCommit { oid: oid(number), parent: parent.map(oid), merged: Box::default() }
    }

    fn bad(number: u8) -> BadCommit {
        BadCommit {
            oid: oid(number),
            author: "Ana <ana@x.test>".into(),
            is_by_machine: false,
            is_foreign: false,
            is_of_another: false,
            is_skipped: false,
            is_own: false,
            is_committed_by_author: true,
            is_untitled: false,
            has_other_faults: false,
            malformed_address: None,
            clean_name: None,
            has_signature: false,
            squashed: None,
            combined_with: None,
        }
    }

    fn malformed(number: u8, address: &str) -> BadCommit {
        BadCommit { malformed_address: Some(address.into()), ..bad(number) }
    }

    /// Builds a push of commits 1, 2, 3, ... in a row on top of commit 0; those listed are bad.
    fn row(count: u8, bad_ones: &[u8]) -> PushFacts {
        PushFacts {
            commits: (1..=count).map(|n| step(n, Some(n - 1))).collect(),
            bad: bad_ones.iter().map(|n| bad(*n)).collect(),
            accepted: Some(oid(0)),
            ..PushFacts::default()
        }
    }

    /// Builds a [`row`] in which one commit is a merge.
    fn row_with_merge(count: u8, bad_ones: &[u8], merge: usize) -> PushFacts {
        let mut push = row(count, bad_ones);
        push.commits[merge - 1].merged = Box::new([oid(99)]);
        push
    }

    /// Returns the lines, behind which stands an asterisk if the commands repair all bad commits.
    fn advice(push: &PushFacts) -> Vec<String> {
        let Repair { mut lines, repaired } = repair(push);
        lines.extend((repaired.len() == push.bad.len() && !repaired.is_empty()).then(|| "*".to_owned()));
        lines
    }

    #[test]
    fn nothing_to_sign_needs_no_advice() {
        assert_eq!(repair(&row(3, &[])), Repair::default());
    }

    #[test]
    fn published_commits_are_not_rewritten() {
        let mut push = row(4, &[1, 2, 3, 4]);
        push.published = [oid(1), oid(2)].into();
        let lines = advice(&push);
        assert_eq!(lines[0], "git rebase --signoff 020202020202    # with 040404040404 checked out");
        assert!(lines[1].starts_with("2 commits are published already"), "{lines:?}");
        assert_eq!(lines.len(), 3);
        assert_eq!(repair(&push).repaired, [oid(3), oid(4)]);
        push.published = push.bad.iter().map(|bad| bad.oid).collect();
        assert!(advice(&push).iter().all(|line| !line.contains("rebase") && !line.contains("amend")));
    }

    #[test]
    fn commits_of_others_behind_a_merge_are_not_made_anew() {
        let mut push = PushFacts { accepted: Some(oid(50)), ..row_with_merge(5, &[3, 4], 4) };
        let exec = unpublished(&[oid(0), oid(99)]);
        assert!(exec.contains(" --not --remotes 000000000000 636363636363)"), "{exec}");
        let command = |base: &str| format!("git rebase --rebase-merges {base} --exec '{exec}'{AT_5}");
        assert_eq!(advice(&push)[0], command("323232323232"));
        push.accepted = None;
        assert_eq!(advice(&push)[0], command("000000000000"));
    }

    #[test]
    fn push_that_is_built_on_one_commit_keeps_it() {
        let mut push = PushFacts { accepted: Some(oid(50)), ..row_with_merge(5, &[3, 4], 4) };
        push.commits[3].merged = Box::new([oid(1)]);
        let command = |base: &str| format!("git rebase --rebase-merges --signoff {base}{AT_5}");
        assert_eq!(advice(&push)[0], command("000000000000"));
        push.commits[0].parent = None;
        let whole = format!("git rebase --rebase-merges --root --exec '{}'{AT_5}", unpublished(&[]));
        assert_eq!(advice(&push)[0], whole);
    }

    #[test]
    fn branch_to_rewrite_is_checked_out_first() {
        let at = |head: u8, branch: Option<&str>| CheckedOut {
            head: Some(oid(head)),
            branches: branch.map(|branch| (oid(5), branch.to_owned())).into_iter().collect(),
        };
        for (checked_out, first) in [
            (at(5, None), None),
            (at(9, Some("it's f")), Some(r"git checkout 'it'\''s f'")),
            (at(9, None), Some("check out a branch at 050505050505 first")),
        ] {
            let mut amended = row(5, &[5]);
            let mut merged = row_with_merge(5, &[3], 4);
            merged.commits[3].merged = Box::new([oid(1)]);
            for (push, start) in
                [(&mut amended, "git commit"), (&mut row(5, &[3]), "git rebase"), (&mut merged, "git rebase")]
            {
                push.checked_out =
                    Some(CheckedOut { head: checked_out.head, branches: checked_out.branches.clone() });
                let lines = advice(push);
                let expected = Vec::from_iter(first);
                assert_eq!(lines[..expected.len()], expected);
                assert!(
                    lines[expected.len()].starts_with(start) && !lines.concat().contains('#'),
                    "{lines:?}"
                );
            }
        }
    }

    #[test]
    fn sign_off_without_a_title_needs_one() {
        let mut push = row(3, &[3]);
        push.bad[0].is_untitled = true;
        let title = "030303030303 has no title: write one, and an empty line, above the sign-off";
        assert_eq!(advice(&push), [format!("git commit --amend --signoff{AT_3}").as_str(), title]);
        push.bad.insert(0, bad(2));
        assert_eq!((advice(&push)[1].as_str(), repair(&push).repaired), (title, vec![oid(2)]));
    }

    #[test]
    fn nobody_becomes_the_author_of_others_commits() {
        let stranger = |number| BadCommit {
            is_foreign: true,
            is_committed_by_author: false,
            ..malformed(number, "bo@host")
        };
        let mut push = PushFacts { bad: vec![stranger(3)], ..row(3, &[]) };
        let only = "only the authors can repair commits with a malformed author: Ana <ana@x.test>";
        assert_eq!(advice(&push), [only]);
        // The author has committed it, so that it may be the user under an older name.
        push.bad[0].is_committed_by_author = true;
        assert!(
            advice(&push)[1].starts_with("if you were Ana <ana@x.test>: `git rebase "),
            "{:?}",
            advice(&push)
        );
        push.bad[0].is_committed_by_author = false;
        push.bad.insert(0, bad(2));
        let lines = advice(&push);
        assert!(lines[0].starts_with("git rebase 010101010101 --exec '! git log "), "{lines:?}");
        assert!(!lines.concat().contains("--reset-author"), "{lines:?}");
    }

    #[test]
    fn last_commit_is_amended() {
        for push in [row(3, &[3]), row_with_merge(3, &[3], 2), row_with_merge(3, &[3], 3)] {
            assert_eq!(
                advice(&push),
                [format!("git commit --amend --signoff --no-edit{AT_3}").as_str(), "*"]
            );
        }
    }

    #[test]
    fn rebase_starts_below_the_oldest_bad_commit() {
        let command = "git rebase --signoff 020202020202    # with 050505050505 checked out";
        for push in [row(5, &[3, 4]), row_with_merge(5, &[3, 4], 2), row_with_merge(5, &[3, 5], 1)] {
            assert_eq!(advice(&push), [command, "*"]);
        }
        let mut unordered = row(5, &[3, 4]);
        unordered.commits.reverse();
        assert_eq!(advice(&unordered)[0], command);
        let mut from_nothing = row(2, &[1, 2]);
        from_nothing.commits[0].parent = None;
        assert!(advice(&from_nothing)[0].starts_with("git rebase --signoff --root "));
    }

    #[test]
    fn bad_commits_below_a_merge_need_rebase_merges() {
        for mut push in
            [row_with_merge(5, &[3, 4], 4), row_with_merge(5, &[3], 5), row_with_merge(5, &[3], 3)]
        {
            push.commits
                .iter_mut()
                .filter(|step| !step.merged.is_empty())
                .for_each(|step| step.merged = Box::new([oid(1)]));
            let lines = advice(&push);
            assert_eq!(lines[0], format!("git rebase --rebase-merges --signoff 000000000000{AT_5}"));
            assert!(lines[1].starts_with("merges are recreated"));
        }
    }

    #[test]
    fn commits_of_others_are_never_signed() {
        let own_only = own_only(&[], &[oid(0)]);
        let own = format!("git rebase 000000000000 --exec '{own_only}'    # with 030303030303 checked out");
        let mut push = PushFacts { has_several_authors: true, ..row(3, &[1, 2]) };
        push.bad[0].author = "Bo <bo@x.test>".into();
        let lines = advice(&push);
        assert_eq!(lines[0], own);
        assert_eq!(
            lines[1],
            "each author has to sign off their own commits: Ana <ana@x.test> (1), Bo <bo@x.test> (1)"
        );
        push.bad.truncate(1);
        push.bad[0].is_foreign = true;
        let lines = advice(&push);
        assert_eq!(
            (&lines[0], lines[1].as_str()),
            (&own, "each author has to sign off their own commits: Bo <bo@x.test> (1)")
        );
        push = PushFacts { has_several_authors: true, ..row(3, &[1]) };
        assert_eq!((advice(&push)[0].as_str(), advice(&push)[1].as_str()), (own.as_str(), "*"));
        push = row(3, &[3]);
        push.bad[0].is_foreign = true;
        assert_eq!(advice(&push)[1], "each author has to sign off their own commits: Ana <ana@x.test> (1)");
    }

    #[test]
    fn there_is_no_command_for_commits_of_another() {
        let of_bo = |number| BadCommit { is_foreign: true, is_of_another: true, ..bad(number) };
        for bad in [vec![of_bo(3)], vec![of_bo(1), of_bo(3)]] {
            let authors =
                format!("each author has to sign off their own commits: Ana <ana@x.test> ({})", bad.len());
            assert_eq!(advice(&PushFacts { bad, ..row(3, &[]) }), [authors]);
        }
        let mixed = PushFacts { bad: vec![of_bo(1), bad(3)], ..row(3, &[]) };
        assert!(advice(&mixed)[0].starts_with("git rebase 000000000000 --exec '! git log "));
    }

    #[test]
    fn author_list_is_limited() {
        let mut push = PushFacts { has_several_authors: true, ..row(7, &[1, 2, 3, 4, 5, 6]) };
        for (number, bad) in push.bad.iter_mut().enumerate() {
            bad.author = format!("A{number}");
        }
        assert_eq!(
            advice(&push)[1],
            "each author has to sign off their own commits: A0 (1), A1 (1), A2 (1), A3 (1), A4 (1), and others"
        );
        push.bad.truncate(5);
        assert!(advice(&push)[1].ends_with("A4 (1)"));
    }

    #[test]
    fn malformed_author_is_reset() {
        let last = PushFacts { bad: vec![malformed(3, "ana@host")], ..row(3, &[]) };
        let lines = advice(&last);
        assert_eq!(lines[0], format!("git commit --amend --reset-author --signoff --no-edit{AT_3}"));
        assert_eq!((lines[1].as_str(), lines.len()), (RENAMED, 3));
        let reset = "case \"$(git log -1 --format=%ae)\" in ana@host) git commit --amend --allow-empty --no-edit \
                     --reset-author --signoff;; esac'";
        let exec = format!(" --exec '{reset}");
        let mut push =
            PushFacts { bad: vec![malformed(2, "ana@host"), malformed(3, "ana@host")], ..row(3, &[]) };
        assert!(advice(&push)[0].starts_with(&format!("git rebase 010101010101{exec}    #")));
        push.bad.push(bad(2));
        assert!(advice(&push)[0].starts_with(&format!("git rebase --signoff 010101010101{exec}    #")));
        // A script for the commits of several authors asks whose they are.
        push.bad[0].author = "Bo <ana@host>".into();
        let guard = "! git log -1 --format=%an%n%ae | grep -qxF -e \"$(git config user.name)\" -e \"$(git config user.email)\" || ";
        assert!(advice(&push)[0].contains(&format!(" --exec '{guard}{reset}")), "{:?}", advice(&push));
        push.bad[0].author = push.bad[1].author.clone();
        push.has_several_authors = true;
        assert!(advice(&push)[0].starts_with(&format!(
            "git rebase 010101010101{exec} --exec '{}'    #",
            own_only(&[], &[oid(0)])
        )));
    }

    #[test]
    fn each_branch_of_a_push_has_its_own_command() {
        let mut push = row(3, &[1, 2]);
        push.commits[1].parent = Some(oid(0));
        push.commits[2].parent = Some(oid(2));
        push.commits.push(step(4, Some(0)));
        let lines = advice(&push);
        assert_eq!(
            lines,
            [
                "git rebase --signoff 000000000000    # with 010101010101 checked out",
                "git rebase --signoff 000000000000    # with 030303030303 checked out",
                "*"
            ]
        );
    }
}
