//! The commands that repair the sign-offs of a whole push, and never sign for somebody else.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::git::Oid;

/// What has to be known of a push to repair it.
#[derive(Debug, Default)]
pub(crate) struct Push {
    /// Its commits, older ones first.
    pub commits: Vec<Step>,
    /// The commits that have to be made anew, older ones first.
    pub bad: Vec<Bad>,
    /// The commit it is built upon; none when there is none, or when it is not known.
    pub accepted: Option<Oid>,
    /// Whether its commits have more than one author.
    pub authors: bool,
}

/// A commit and its parents.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The commit.
    pub oid: Oid,
    /// Its first parent; none for a root.
    pub parent: Option<Oid>,
    /// Its other parents.
    pub merged: Box<[Oid]>,
}

/// A commit that has to be made anew.
#[derive(Debug)]
pub(crate) struct Bad {
    /// The commit.
    pub oid: Oid,
    /// Its author, as shown.
    pub author: String,
    /// Whether somebody else has committed it.
    pub is_foreign: bool,
    /// The address of its author, when the author cannot be who the commit names.
    pub misnamed: Option<String>,
}

/// Signs the commits that have the address of whoever runs it, and leaves the others as they are.
const OWN_ONLY: &str = r#"test "$(git log -1 --format=%ae)" != "$(git config user.email)" || git commit --amend --allow-empty --no-edit --signoff"#;

/// How many branches of a push are shown a command each, and how many authors are named.
const SHOWN: usize = 5;

/// The lines that say how to repair a push; none when there is nothing to repair.
pub(crate) fn advice(push: &Push) -> Vec<String> {
    let mut lines = commands(push);
    if !lines.is_empty() {
        lines.extend(push.bad.iter().any(|bad| bad.misnamed.is_some()).then(|| RENAMED.to_owned()));
        lines.extend(push.is_shared().then(|| authors(&push.bad)).flatten());
        lines.push("then push again".to_owned());
    }
    lines
}

/// What to know before the author of a commit is set anew.
const RENAMED: &str = "this makes you their author, so they have to be yours; \
                       `git config user.name` and `git config user.email` have to say who you are";

fn commands(push: &Push) -> Vec<String> {
    let [first, others @ ..] = push.bad.as_slice() else { return Vec::new() };
    let built_upon: BTreeSet<Oid> = push.commits.iter().flat_map(Step::parents).collect();
    if others.is_empty() && !built_upon.contains(&first.oid) {
        let reset = if first.misnamed.is_some() { " --reset-author" } else { "" };
        return vec![format!("git commit --amend{reset} --signoff --no-edit")];
    }
    let mut rows = Rows::new(push);
    let tips = push.commits.iter().map(|step| step.oid).filter(|oid| !built_upon.contains(oid));
    let bases: Vec<(Oid, Base)> = tips.filter_map(|tip| Some((tip, rows.base(tip)?))).collect();
    if !push.bad.iter().all(|bad| rows.bases.contains_key(&bad.oid)) {
        let note = "this makes the merges anew: what they add themselves has to be added again";
        return vec![rebase("git rebase --rebase-merges", push.accepted, push), note.to_owned()];
    }
    let command = |(tip, base): &(Oid, Base)| {
        format!("{}    # with {} checked out", rebase("git rebase", *base, push), tip.short())
    };
    bases.iter().take(SHOWN).map(command).collect()
}

/// The commit that a rebase keeps; none when it keeps nothing.
type Base = Option<Oid>;

/// The commits between the tips and the first merge below each: a rebase makes them anew and touches no merge.
struct Rows<'p> {
    steps: HashMap<Oid, &'p Step>,
    bad: HashSet<Oid>,
    /// Of each commit, where a rebase has to begin; none where nothing has to be made anew.
    bases: HashMap<Oid, Option<Base>>,
}

impl<'p> Rows<'p> {
    fn new(push: &'p Push) -> Self {
        Self {
            steps: push.commits.iter().map(|step| (step.oid, step)).collect(),
            bad: push.bad.iter().map(|bad| bad.oid).collect(),
            bases: HashMap::new(),
        }
    }

    /// The parent of the oldest bad commit of a row; none when no commit of it is bad.
    fn base(&mut self, tip: Oid) -> Option<Base> {
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
            base = base.or_else(|| self.bad.contains(&step.oid).then_some(step.parent));
            self.bases.insert(step.oid, base);
        }
        base
    }
}

impl Push {
    /// Whether some of it may not be by whoever repairs it.
    fn is_shared(&self) -> bool {
        self.bad.iter().any(|bad| bad.is_foreign) || self.authors && self.bad.len() > 1
    }
}

impl Step {
    fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parent.into_iter().chain(self.merged.iter().copied())
    }
}

fn rebase(command: &str, base: Base, push: &Push) -> String {
    let base = base.map_or("--root".to_owned(), |oid| oid.short());
    let unsigned = push.bad.iter().any(|bad| bad.misnamed.is_none());
    let foreign = push.authors || push.bad.iter().any(|bad| bad.is_foreign);
    let everything = if unsigned && !foreign { " --signoff" } else { "" };
    let own = if unsigned && foreign { format!(" --exec '{OWN_ONLY}'") } else { String::new() };
    let patterns: BTreeSet<String> =
        push.bad.iter().filter_map(|bad| bad.misnamed.as_deref().map(pattern)).collect();
    let patterns = Vec::from_iter(patterns).join("|");
    let renamed =
        if patterns.is_empty() { String::new() } else { format!(" --exec '{}'", renamed(&patterns)) };
    format!("{command}{everything} {base}{renamed}{own}")
}

/// Sets the author of the commits anew that have one of these addresses, and signs them.
fn renamed(patterns: &str) -> String {
    format!(
        "case \"$(git log -1 --format=%ae)\" in {patterns}) \
         git commit --amend --allow-empty --no-edit --reset-author --signoff;; esac"
    )
}

/// An address as a pattern of a shell, in which nothing means anything to the shell or to quotation marks.
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

/// Who has to sign what.
fn authors(bad: &[Bad]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let unsigned = bad.iter().filter(|bad| bad.misnamed.is_none());
    unsigned.for_each(|bad| *counts.entry(&bad.author).or_default() += 1);
    let shown: Vec<String> =
        counts.iter().take(SHOWN).map(|(author, count)| format!("{author} ({count})")).collect();
    let more = if counts.len() > SHOWN { ", and others" } else { "" };
    (!counts.is_empty()).then(|| format!("everyone signs their own: {}{more}", shown.join(", ")))
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

    fn bad(number: u8) -> Bad {
        Bad { oid: oid(number), author: "Ana <ana@x.test>".into(), is_foreign: false, misnamed: None }
    }

    fn misnamed(number: u8, address: &str) -> Bad {
        Bad { misnamed: Some(address.into()), ..bad(number) }
    }

    /// Commits 1, 2, 3, .. in a row upon 0; those listed are bad.
    fn row(count: u8, bad_ones: &[u8]) -> Push {
        Push {
            commits: (1..=count).map(|n| step(n, Some(n - 1))).collect(),
            bad: bad_ones.iter().map(|n| bad(*n)).collect(),
            accepted: Some(oid(0)),
            authors: false,
        }
    }

    /// As [`row`], with one of the commits a merge.
    fn row_with_merge(count: u8, bad_ones: &[u8], merge: usize) -> Push {
        let mut push = row(count, bad_ones);
        push.commits[merge - 1].merged = Box::new([oid(99)]);
        push
    }

    #[test]
    fn nothing_to_sign_needs_no_advice() {
        assert_eq!(advice(&row(3, &[])), [""; 0]);
    }

    #[test]
    fn the_last_commit_is_amended_whatever_stands_below() {
        for push in [row(3, &[3]), row_with_merge(3, &[3], 2), row_with_merge(3, &[3], 3)] {
            assert_eq!(advice(&push), ["git commit --amend --signoff --no-edit", "then push again"]);
        }
    }

    #[test]
    fn a_row_is_rewritten_from_the_parent_of_the_oldest_that_needs_it() {
        let command = "git rebase --signoff 020202020202    # with 050505050505 checked out";
        for push in [row(5, &[3, 4]), row_with_merge(5, &[3, 4], 2), row_with_merge(5, &[3, 5], 1)] {
            assert_eq!(advice(&push), [command, "then push again"]);
        }
        let mut unordered = row(5, &[3, 4]);
        unordered.commits.reverse();
        assert_eq!(advice(&unordered)[0], command);
        let mut from_nothing = row(2, &[1, 2]);
        from_nothing.commits[0].parent = None;
        assert!(advice(&from_nothing)[0].starts_with("git rebase --signoff --root "));
    }

    #[test]
    fn below_a_merge_merges_are_made_anew_and_the_accepted_history_is_not_rewritten() {
        for push in [row_with_merge(5, &[3, 4], 4), row_with_merge(5, &[3], 5), row_with_merge(5, &[3], 3)] {
            let lines = advice(&push);
            assert_eq!(lines[0], "git rebase --rebase-merges --signoff 000000000000");
            assert!(lines[1].starts_with("this makes the merges anew"));
        }
    }

    #[test]
    fn commits_of_others_are_never_signed() {
        let own = format!("git rebase 000000000000 --exec '{OWN_ONLY}'    # with 030303030303 checked out");
        let mut push = Push { authors: true, ..row(3, &[1, 2]) };
        push.bad[0].author = "Bo <bo@x.test>".into();
        let lines = advice(&push);
        assert_eq!(lines[0], own);
        assert_eq!(lines[1], "everyone signs their own: Ana <ana@x.test> (1), Bo <bo@x.test> (1)");
        push.bad.truncate(1);
        push.bad[0].is_foreign = true;
        let lines = advice(&push);
        assert_eq!((&lines[0], lines[1].as_str()), (&own, "everyone signs their own: Bo <bo@x.test> (1)"));
        push = Push { authors: true, ..row(3, &[1]) };
        assert_eq!((advice(&push)[0].as_str(), advice(&push)[1].as_str()), (own.as_str(), "then push again"));
        push = row(3, &[3]);
        push.bad[0].is_foreign = true;
        assert_eq!(advice(&push)[1], "everyone signs their own: Ana <ana@x.test> (1)");
    }

    #[test]
    fn many_authors_are_not_all_named() {
        let mut push = Push { authors: true, ..row(7, &[1, 2, 3, 4, 5, 6]) };
        for (number, bad) in push.bad.iter_mut().enumerate() {
            bad.author = format!("A{number}");
        }
        assert_eq!(
            advice(&push)[1],
            "everyone signs their own: A0 (1), A1 (1), A2 (1), A3 (1), A4 (1), and others"
        );
        push.bad.truncate(5);
        assert!(advice(&push)[1].ends_with("A4 (1)"));
    }

    #[test]
    fn an_author_who_cannot_be_is_set_anew() {
        let last = Push { bad: vec![misnamed(3, "ana@host")], ..row(3, &[]) };
        let lines = advice(&last);
        assert_eq!(lines[0], "git commit --amend --reset-author --signoff --no-edit");
        assert_eq!((lines[1].as_str(), lines.len()), (RENAMED, 3));
        let exec = " --exec 'case \"$(git log -1 --format=%ae)\" in ana@host) git commit --amend --allow-empty \
                    --no-edit --reset-author --signoff;; esac'";
        let mut push = Push { bad: vec![misnamed(2, "ana@host"), misnamed(3, "ana@host")], ..row(3, &[]) };
        assert!(advice(&push)[0].starts_with(&format!("git rebase 010101010101{exec}    #")));
        push.bad.push(bad(2));
        assert!(advice(&push)[0].starts_with(&format!("git rebase --signoff 010101010101{exec}    #")));
        push.authors = true;
        assert!(
            advice(&push)[0].starts_with(&format!("git rebase 010101010101{exec} --exec '{OWN_ONLY}'    #"))
        );
    }

    #[test]
    fn nothing_of_an_address_means_anything_to_a_shell() {
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
                "then push again"
            ]
        );
    }
}
