//! The commands that repair the sign-offs of a whole push, and never sign for somebody else.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::Oid;

/// What has to be known of a push to repair it.
#[derive(Debug, Default)]
pub struct Push {
    /// Its commits, older ones first.
    pub commits: Vec<Step>,
    /// The commits that need a sign-off, older ones first.
    pub unsigned: Vec<Unsigned>,
    /// The commit it is built upon; none when there is none, or when it is not known.
    pub accepted: Option<Oid>,
    /// Whether it has merges.
    pub merges: bool,
    /// Whether its commits have more than one author.
    pub authors: bool,
}

/// A commit and its parents.
#[derive(Debug, Clone)]
pub struct Step {
    /// The commit.
    pub oid: Oid,
    /// Its first parent; none for a root.
    pub parent: Option<Oid>,
    /// Its other parents.
    pub merged: Box<[Oid]>,
}

/// A commit that needs a sign-off.
#[derive(Debug)]
pub struct Unsigned {
    /// The commit.
    pub oid: Oid,
    /// Its author, as shown.
    pub author: String,
    /// Whether it is a merge.
    pub is_merge: bool,
}

/// Signs the commits that have the address of whoever runs it, and leaves the others as they are.
const OWN_ONLY: &str = r#"test "$(git log -1 --format=%ae)" != "$(git config user.email)" || git commit --amend --allow-empty --no-edit --signoff"#;

/// How many branches of a push are shown a command each.
const SHOWN: usize = 5;

/// The lines that say how to repair a push; none when there is nothing to sign.
pub fn advice(push: &Push) -> Vec<String> {
    let mut lines = commands(push);
    if !lines.is_empty() {
        lines.extend(authors(&push.unsigned));
        lines.push("then push again".to_owned());
    }
    lines
}

fn commands(push: &Push) -> Vec<String> {
    let [first, others @ ..] = push.unsigned.as_slice() else { return Vec::new() };
    let built_upon: BTreeSet<Oid> = push.commits.iter().flat_map(Step::parents).collect();
    if others.is_empty() && !built_upon.contains(&first.oid) {
        return vec!["git commit --amend --signoff --no-edit".to_owned()];
    }
    if push.merges {
        let base = push.accepted.map_or("--root".to_owned(), |oid| oid.short());
        let remade = push.unsigned.iter().any(|commit| commit.is_merge);
        let note = "this makes the merges anew: what they add themselves has to be added again";
        return std::iter::once(rebase(&base, push)).chain(remade.then(|| note.to_owned())).collect();
    }
    let parents: BTreeMap<Oid, Option<Oid>> =
        push.commits.iter().map(|step| (step.oid, step.parent)).collect();
    let tips = push.commits.iter().filter(|step| !built_upon.contains(&step.oid));
    let bases = tips.filter_map(|tip| Some((tip, oldest_unsigned(push, &parents, tip.oid)?)));
    let command = |(tip, base): (&Step, String)| {
        format!("{}    # with {} checked out", rebase(&base, push), tip.oid.short())
    };
    bases.take(SHOWN).map(command).collect()
}

impl Step {
    fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parent.into_iter().chain(self.merged.iter().copied())
    }
}

/// The parent of the oldest commit below a tip that needs a sign-off, as an argument of `git rebase`.
fn oldest_unsigned(push: &Push, parents: &BTreeMap<Oid, Option<Oid>>, tip: Oid) -> Option<String> {
    let unsigned: BTreeSet<Oid> = push.unsigned.iter().map(|commit| commit.oid).collect();
    let (mut base, mut at) = (None, Some(tip));
    while let Some(oid) = at
        && let Some(parent) = parents.get(&oid)
    {
        if unsigned.contains(&oid) {
            base = Some(parent.map_or("--root".to_owned(), |parent| parent.short()));
        }
        at = *parent;
    }
    base
}

fn rebase(base: &str, push: &Push) -> String {
    let merges = if push.merges { " --rebase-merges" } else { "" };
    match push.authors {
        false => format!("git rebase{merges} --signoff {base}"),
        true => format!("git rebase{merges} {base} --exec '{OWN_ONLY}'"),
    }
}

/// Who has to sign what, where more than one person has to.
fn authors(unsigned: &[Unsigned]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    unsigned.iter().for_each(|commit| *counts.entry(&commit.author).or_default() += 1);
    let shown: Vec<String> =
        counts.iter().take(SHOWN).map(|(author, count)| format!("{author} ({count})")).collect();
    let more = if counts.len() > SHOWN { ", and others" } else { "" };
    (counts.len() > 1).then(|| format!("everyone signs their own: {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(number: u8) -> Oid {
        Oid::from_bytes(&[number; 20]).unwrap()
    }

    fn step(number: u8, parent: Option<u8>) -> Step {
        Step { oid: oid(number), parent: parent.map(oid), merged: Box::default() }
    }

    fn unsigned(number: u8) -> Unsigned {
        Unsigned { oid: oid(number), author: "Ana <ana@x.test>".into(), is_merge: false }
    }

    /// Commits 1, 2, 3, .. in a row upon 0; those listed need a sign-off.
    fn row(count: u8, missing: &[u8]) -> Push {
        Push {
            commits: (1..=count).map(|n| step(n, Some(n - 1))).collect(),
            unsigned: missing.iter().map(|n| unsigned(*n)).collect(),
            accepted: Some(oid(0)),
            ..Push::default()
        }
    }

    #[test]
    fn nothing_to_sign_needs_no_advice() {
        assert_eq!(advice(&row(3, &[])), [""; 0]);
    }

    #[test]
    fn the_last_commit_is_amended() {
        assert_eq!(advice(&row(3, &[3]))[0], "git commit --amend --signoff --no-edit");
    }

    #[test]
    fn a_row_is_rewritten_from_the_parent_of_the_oldest_that_needs_it() {
        let commands = advice(&row(5, &[3, 4]));
        assert_eq!(commands[0], "git rebase --signoff 020202020202    # with 050505050505 checked out");
        let mut from_nothing = row(2, &[1, 2]);
        from_nothing.commits[0].parent = None;
        assert!(advice(&from_nothing)[0].starts_with("git rebase --signoff --root "));
    }

    #[test]
    fn merges_are_kept_and_the_accepted_history_is_not_rewritten() {
        let push = Push { merges: true, ..row(5, &[3, 4]) };
        assert_eq!(advice(&push)[0], "git rebase --rebase-merges --signoff 000000000000");
    }

    #[test]
    fn a_merge_with_content_of_its_own_is_amended_while_it_is_the_last() {
        let mut push = Push { merges: true, ..row(3, &[3]) };
        push.commits[2].merged = Box::new([oid(9)]);
        assert_eq!(advice(&push)[0], "git commit --amend --signoff --no-edit");
        push.unsigned[0] = Unsigned { is_merge: true, ..unsigned(2) };
        assert!(advice(&push)[1].starts_with("this makes the merges anew"));
        push.unsigned[0] = unsigned(9);
        assert!(advice(&push)[0].starts_with("git rebase --rebase-merges"));
    }

    #[test]
    fn commits_of_others_are_never_signed() {
        let mut push = Push { authors: true, ..row(3, &[1, 2]) };
        push.unsigned[0].author = "Bo <bo@x.test>".into();
        let lines = advice(&push);
        assert!(
            lines[0].starts_with("git rebase 000000000000 --exec 'test ")
                && !lines[0].contains("rebase --signoff")
        );
        assert_eq!(lines[1], "everyone signs their own: Ana <ana@x.test> (1), Bo <bo@x.test> (1)");
    }

    #[test]
    fn each_branch_of_a_push_has_its_own_command() {
        let mut push = row(3, &[1, 2]);
        push.commits[1].parent = Some(oid(0));
        push.commits[2].parent = Some(oid(2));
        let lines = advice(&push);
        assert_eq!(lines[0], "git rebase --signoff 000000000000    # with 010101010101 checked out");
        assert_eq!(lines[1], "git rebase --signoff 000000000000    # with 030303030303 checked out");
    }
}
