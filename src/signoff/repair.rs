//! Commands that repair the sign-offs of a whole push, without signing for another person.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use crate::git::Oid;
use crate::text::quoted;

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
    /// True if merges of the push bring commits that the accepted commit lacks and that are not part of the push.
    pub merges_others: bool,
    /// True if the commits have more than one author.
    pub has_several_authors: bool,
    /// True if the author has to sign: the sign-off of the committer does not suffice.
    pub needs_author: bool,
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
    /// True if it has a fault that no sign-off repairs.
    pub has_other_faults: bool,
    /// Address of the author if the author identity is malformed, so that the author has to be reset.
    pub malformed_address: Option<String>,
}

/// Shell command for `git rebase --exec`. `{}` are further options of `grep`.
///
/// Signs commits that have the address of the user who runs it as author or in a sign-off. Skips all others, and those
/// that a remote has. The committer is not asked: a rebase makes its user the committer of everything.
const OWN_ONLY: &str = r#"! git log -1 --format="<%ae> %(trailers:key=Signed-off-by,valueonly)" | grep -qiF -e "<$(git config user.email)>"{} || test -z "$(git rev-list -1 HEAD --not --remotes)" || git commit --amend --allow-empty --no-edit --signoff"#;

/// Options of `grep` that add the commits of bots of a forge, which somebody else has to sign.
const OF_BOTS: &str = r#" -e "[bot]@""#;

/// Shell command for `git rebase --exec` that signs all commits that no remote has.
///
/// `git rebase --signoff` makes every commit anew, also those of others that a merge brings.
const UNPUBLISHED: &str = r#"test -z "$(git rev-list -1 HEAD --not --remotes)" || git commit --amend --allow-empty --no-edit --signoff"#;

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
        lines.push(RENAMED.to_owned());
    }
    lines.extend(push.is_shared(&own).then(|| authors(&own)).flatten());
    lines.extend((!stranger.is_empty()).then(|| {
        let authors: BTreeSet<&str> = stranger.iter().map(|bad| bad.author.as_str()).collect();
        let shown: Vec<&str> = authors.into_iter().take(SHOWN).collect();
        format!("only the authors can repair commits with a malformed author: {}", shown.join(", "))
    }));
    lines.extend(published_lines(published.len()));
    let authors: BTreeSet<&str> = own.iter().map(|bad| bad.author.as_str()).collect();
    // A rebase signs no commits of others, and who runs it is not known.
    let is_amended = matches!(own.as_slice(), [last] if push.is_last(last.oid));
    let has_one_author = authors.len() == 1 && !own.iter().any(|bad| bad.is_foreign);
    let signs_all = has_one_author || !push.has_foreign() || is_amended && !push.needs_author;
    let repaired = own
        .iter()
        .filter(|bad| has_commands && signs_all && !bad.has_other_faults)
        .map(|bad| bad.oid)
        .collect();
    Repair { lines, repaired }
}

/// Returns the lines about bad commits that are published.
fn published_lines(count: usize) -> Vec<String> {
    let (commits, them) = match count {
        0 => return Vec::new(),
        1 => ("1 commit is", "it"),
        _ => ("commits are", "them"),
    };
    let number = if count > 1 { format!("{count} ") } else { String::new() };
    vec![
        format!("{number}{commits} published already, so do not rewrite {them}; this lets old findings through:"),
        "git gate scan --all --write-baseline baseline.json    # then `baseline: baseline.json` in the policy"
            .to_owned(),
    ]
}

/// Note about commands that reset the author of a commit.
const RENAMED: &str = "this makes you the author, so use it only for your own commits, \
                       and set `git config user.name` and `git config user.email` first";

/// Returns the commands that repair some commits of a push.
fn commands(push: &PushFacts, bad: &[&BadCommit]) -> Vec<String> {
    let [first, others @ ..] = bad else { return Vec::new() };
    if others.is_empty() && push.is_last(first.oid) {
        let reset = if first.malformed_address.is_some() { " --reset-author" } else { "" };
        let empty = if push.is_empty { " --allow-empty" } else { "" };
        return vec![format!("git commit --amend{reset} --signoff --no-edit{empty}")];
    }
    let built_upon: BTreeSet<Oid> = push.commits.iter().flat_map(PushedCommit::parents).collect();
    let mut history = LinearHistory::new(push, bad);
    let tips = push.commits.iter().map(|step| step.oid).filter(|oid| !built_upon.contains(oid));
    let tips: Vec<Oid> = tips.collect();
    let bases: Vec<(Oid, RebaseBase)> =
        tips.iter().filter_map(|tip| Some((*tip, history.base(*tip)?))).collect();
    if !bad.iter().all(|bad| history.bases.contains_key(&bad.oid)) {
        let note = "merges are recreated: conflict resolutions have to be made again";
        let base =
            push.accepted.map_or_else(|| history.first_base(tips.first().copied()), RebaseBase::Commit);
        let rebase = Rebase { bad, has_foreign: push.has_foreign(), merges_others: push.merges_others };
        return vec![rebase.command("git rebase --rebase-merges", base), note.to_owned()];
    }
    let command = |(tip, base): &(Oid, RebaseBase)| {
        let rebase = Rebase { bad, has_foreign: push.has_foreign(), merges_others: false };
        format!("{}    # with {} checked out", rebase.command("git rebase", *base), tip.short())
    };
    bases.iter().take(SHOWN).map(command).collect()
}

/// Commits that a rebase keeps.
#[derive(Debug, Clone, Copy)]
enum RebaseBase {
    /// This commit and its ancestors.
    Commit(Oid),
    /// No commit.
    Root,
}

impl RebaseBase {
    /// Returns the base for a rebase of the children of a commit; `None` is the parent of a root commit.
    fn of_parent(parent: Option<Oid>) -> Self {
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
    /// Returns whether no commit of the push is built on a commit.
    fn is_last(&self, oid: Oid) -> bool {
        !self.commits.iter().flat_map(PushedCommit::parents).any(|parent| parent == oid)
    }

    /// Returns whether some commits may belong to another person than the user who repairs them.
    fn is_shared(&self, bad: &[&BadCommit]) -> bool {
        bad.iter().any(|bad| bad.is_foreign) || self.has_several_authors && bad.len() > 1
    }

    /// Returns whether commits that a rebase makes anew may belong to another person.
    fn has_foreign(&self) -> bool {
        self.has_several_authors || self.bad.iter().any(|bad| bad.is_foreign)
    }
}

impl PushedCommit {
    /// Returns the parents, in order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parent.into_iter().chain(self.merged.iter().copied())
    }
}

/// Rebase that repairs some commits.
struct Rebase<'a> {
    bad: &'a [&'a BadCommit],
    /// True if it may meet commits of another person.
    has_foreign: bool,
    /// True if it meets commits that are not part of the push.
    merges_others: bool,
}

impl Rebase<'_> {
    fn command(&self, command: &str, base: RebaseBase) -> String {
        let unsigned = self.bad.iter().any(|bad| bad.malformed_address.is_none());
        let exec = |script: &str| format!(" --exec {}", quoted(script));
        let bots = if self.bad.iter().any(|bad| bad.is_by_machine) { OF_BOTS } else { "" };
        let (signoff, own) = match (unsigned, self.has_foreign, self.merges_others) {
            (false, _, _) => ("", String::new()),
            (true, true, _) => ("", exec(&OWN_ONLY.replace("{}", bots))),
            (true, false, true) => ("", exec(UNPUBLISHED)),
            (true, false, false) => (" --signoff", String::new()),
        };
        let patterns: BTreeSet<String> =
            self.bad.iter().filter_map(|bad| bad.malformed_address.as_deref().map(pattern)).collect();
        let patterns = Vec::from_iter(patterns).join("|");
        let renamed = if patterns.is_empty() { String::new() } else { exec(&renamed(&patterns)) };
        format!("{command}{signoff} {base}{renamed}{own}")
    }
}

/// Returns the shell command that resets the author of commits with one of these addresses, and signs them.
///
/// Only those with the name of the user who runs it: nobody becomes the author of the commits of others.
fn renamed(patterns: &str) -> String {
    format!(
        "test \"$(git log -1 --format=%an)\" != \"$(git config user.name)\" || \
         case \"$(git log -1 --format=%ae)\" in {patterns}) \
         git commit --amend --allow-empty --no-edit --reset-author --signoff;; esac"
    )
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
    use super::*;

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
            has_other_faults: false,
            malformed_address: None,
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
        let mut push = PushFacts { merges_others: true, ..row_with_merge(5, &[3, 4], 4) };
        let command = |base: &str| format!("git rebase --rebase-merges {base} --exec '{UNPUBLISHED}'");
        assert_eq!(advice(&push)[0], command("000000000000"));
        push.accepted = None;
        assert_eq!(advice(&push)[0], command("000000000000"));
        push.commits[0].parent = None;
        assert_eq!(advice(&push)[0], command("--root"));
    }

    #[test]
    fn nobody_becomes_the_author_of_others_commits() {
        let stranger = |number| BadCommit { is_foreign: true, ..malformed(number, "bo@host") };
        let mut push = PushFacts { bad: vec![stranger(3)], ..row(3, &[]) };
        let only = "only the authors can repair commits with a malformed author: Ana <ana@x.test>";
        assert_eq!(advice(&push), [only]);
        push.bad.insert(0, bad(2));
        let lines = advice(&push);
        assert!(lines[0].starts_with("git rebase 010101010101 --exec '! git log "), "{lines:?}");
        assert!(!lines.concat().contains("--reset-author"), "{lines:?}");
    }

    #[test]
    fn last_commit_is_amended() {
        for push in [row(3, &[3]), row_with_merge(3, &[3], 2), row_with_merge(3, &[3], 3)] {
            assert_eq!(advice(&push), ["git commit --amend --signoff --no-edit", "*"]);
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
        for push in [row_with_merge(5, &[3, 4], 4), row_with_merge(5, &[3], 5), row_with_merge(5, &[3], 3)] {
            let lines = advice(&push);
            assert_eq!(lines[0], "git rebase --rebase-merges --signoff 000000000000");
            assert!(lines[1].starts_with("merges are recreated"));
        }
    }

    #[test]
    fn commits_of_others_are_never_signed() {
        let own_only = OWN_ONLY.replace("{}", "");
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
        assert_eq!(lines[0], "git commit --amend --reset-author --signoff --no-edit");
        assert_eq!((lines[1].as_str(), lines.len()), (RENAMED, 3));
        let exec = " --exec 'test \"$(git log -1 --format=%an)\" != \"$(git config user.name)\" || case \"$(git log -1 --format=%ae)\" in ana@host) git commit --amend --allow-empty \
                    --no-edit --reset-author --signoff;; esac'";
        let mut push =
            PushFacts { bad: vec![malformed(2, "ana@host"), malformed(3, "ana@host")], ..row(3, &[]) };
        assert!(advice(&push)[0].starts_with(&format!("git rebase 010101010101{exec}    #")));
        push.bad.push(bad(2));
        assert!(advice(&push)[0].starts_with(&format!("git rebase --signoff 010101010101{exec}    #")));
        push.has_several_authors = true;
        assert!(advice(&push)[0].starts_with(&format!(
            "git rebase 010101010101{exec} --exec '{}'    #",
            OWN_ONLY.replace("{}", "")
        )));
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
