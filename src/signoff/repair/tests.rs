//! Tests of the commands that repair a push.

use super::rebase::{of_others, own_only, unpublished};
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
        machine: None,
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
    let Repair { mut lines, baseline_lines, repaired } = repair(push);
    lines.extend(baseline_lines);
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
    assert_eq!(lines.len(), 4);
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
            assert!(lines[expected.len()].starts_with(start) && !lines.concat().contains('#'), "{lines:?}");
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
    let editor = r#"git log -1 --format=%B | grep -qivE "^(signed-off-by:.*)?$" || git commit --amend --allow-empty --signoff"#;
    assert_eq!(advice(&push)[0], format!("git rebase --signoff 010101010101 --exec '{editor}'{AT_3}"));
    push.has_several_authors = true;
    let guarded = format!(" --exec '{}{editor}'", of_others(&[]));
    assert!(advice(&push)[0].contains(&guarded), "{:?}", advice(&push));
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
        assert_eq!(advice(&push), [format!("git commit --amend --signoff --no-edit{AT_3}").as_str(), "*"]);
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
    for mut push in [row_with_merge(5, &[3, 4], 4), row_with_merge(5, &[3], 5), row_with_merge(5, &[3], 3)] {
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
    assert!(
        advice(&push)[0].starts_with("git rebase 020202020202 --exec '! git log "),
        "{:?}",
        advice(&push)
    );
    assert!(repair(&push).repaired.is_empty());
    for is_own in [false, true] {
        push.bad[0].is_own = is_own;
        push.bad[0].machine = (!is_own).then(|| "noreply@anthropic.com".to_owned());
        assert_eq!(advice(&push)[0], format!("git commit --amend --signoff --no-edit{AT_3}"));
    }
    push.bad[0].machine = None;
    assert_eq!(advice(&push)[1], "each author has to sign off their own commits: Ana <ana@x.test> (1)");
}

#[test]
fn own_commits_are_signed_between_those_of_others() {
    let mine = |number| BadCommit { is_own: true, is_foreign: true, ..bad(number) };
    let of = |knows_user, needs_author| {
        let of_bo = BadCommit { author: "Bo <bo@x.test>".into(), is_foreign: true, ..bad(1) };
        let bad = vec![of_bo, mine(2), mine(3)];
        repair(&PushFacts { bad, knows_user, needs_author, has_several_authors: true, ..row(3, &[]) })
    };
    let known = of(true, false);
    assert_eq!(known.repaired, [oid(2), oid(3)]);
    assert_eq!(known.lines[1], "each author has to sign off their own commits: Bo <bo@x.test> (1)");
    for (knows_user, needs_author) in [(false, false), (true, true)] {
        let unknown = of(knows_user, needs_author);
        assert!(unknown.repaired.is_empty() && unknown.lines[1].contains("Ana <ana@x.test> (2)"));
    }
}

#[test]
fn branches_without_a_command_are_counted() {
    for (branches, left) in [(5, None), (6, Some("1 more branch")), (40, Some("35 more branches"))] {
        let mut push = row(branches, &Vec::from_iter(1..=branches));
        push.commits.iter_mut().for_each(|step| step.parent = Some(oid(0)));
        let lines = repair(&push).lines;
        assert_eq!(lines.iter().filter(|line| line.starts_with("git rebase")).count(), 5);
        assert_eq!(lines.len(), 5 + usize::from(left.is_some()), "{lines:?}");
        assert!(left.is_none_or(|left| lines[5].starts_with(left)), "{lines:?}");
    }
    let tips: Vec<Oid> = (1..=7).map(oid).collect();
    assert!(with_checked_out(&tips, "x").ends_with("050505050505, then 2 more checked out"));
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
    let mut push = PushFacts { bad: vec![malformed(2, "ana@host"), malformed(3, "ana@host")], ..row(3, &[]) };
    assert!(advice(&push)[0].starts_with(&format!("git rebase 010101010101{exec}    #")));
    push.bad.push(bad(2));
    // A script for the commits of several authors asks whose they are.
    let guard = "! git log -1 --format=%an%n%ae | grep -qxF -e \"$(git config user.name)\" -e \"$(git config user.email)\" || ";
    assert!(advice(&push)[0].contains(&format!(" --exec '{guard}{reset}")), "{:?}", advice(&push));
    push.bad[0].author = push.bad[1].author.clone();
    push.has_several_authors = true;
    assert!(advice(&push)[0].starts_with(&format!(
        "git rebase 010101010101 --exec '{guard}{reset} --exec '{}'    #",
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
