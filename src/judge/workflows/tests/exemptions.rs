//! Comments that exempt the problems on their line.

use super::super::check::CheckResult;
use super::super::check::{check_file, workflow_problems};
use super::{CLEAN, UNPINNED, UNREADABLE, found, found_in_step, found_in_uses, steps};
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind};

const ALLOW: &str = "git-gate: allow[unpinned-uses] no release yet";

/// Returns the remarks about the exemptions in a step.
fn remarks(step: &str) -> Vec<String> {
    let documents = Document::read(steps(step).as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
    let remark = |result| match result {
        CheckResult::Exempted(_, _, exemption) => Some(exemption.reason),
        CheckResult::UnusedComment(_, remark) => Some(remark),
        CheckResult::Problem(..) => None,
    };
    let (results, _) = check_file(&Policy::default(), &"x.yml".into(), &documents, CommentFilter::All);
    results.into_iter().filter_map(remark).collect()
}

#[test]
fn a_comment_with_a_reason_exempts_its_line() {
    assert_eq!(found_in_uses(&format!("evil/action@main # v1, {ALLOW}")), CLEAN);
    assert_eq!(found_in_uses(&format!(">- # {ALLOW}\n    evil/action@main")), CLEAN, "behind a header");
    assert_eq!(found_in_step("- uses: *x # git-gate: allow[unreadable-workflow] trust me"), UNREADABLE);
    let remarks = remarks(&format!("- uses: evil/action@main # {ALLOW}"));
    assert!(remarks.len() == 1 && remarks[0] == "no release yet", "{remarks:?}");
}

#[test]
fn an_incomplete_or_unused_comment_is_remarked() {
    for (comment, remark) in [
        ("git-gate: allow[unpinned-uses]", "does not have the form"),
        ("git-gate: allow[unpinned-uses] ...", "does not have the form"),
        ("git-gate: allow[unpinned-uses] \u{200b}", "does not have the form"),
        ("git-gate: allow no rule", "does not have the form"),
        ("git-gate: ignore[unpinned-uses] a reason", "does not have the form"),
        ("git-gate: allow[unpinned-image] wrong rule", "nothing to exempt"),
        ("git-gate: allow[no-such-rule] a reason", "names an unknown rule"),
        ("git-gate: allow[unpinned-uses, no-such-rule] a reason", "names an unknown rule"),
        ("git-gate: allow[unpinned-uses, unreadable-workflow] a reason", "names an unknown rule"),
        ("git-gate: allow[*] a reason", "names an unknown rule"),
    ] {
        let uses = format!("evil/action@main # {comment}");
        assert_eq!(found_in_uses(&uses), UNPINNED, "{comment}");
        let remarks = remarks(&format!("- uses: {uses}"));
        assert!(remarks.len() == 1 && remarks[0].contains(remark), "{comment}: {remarks:?}");
    }
}

#[test]
fn a_comment_on_another_line_exempts_nothing() {
    for (step, line) in [
        (format!("- run: a # {ALLOW}\n- uses: evil/action@main"), 6),
        (format!("- uses: evil/action@main\n  # {ALLOW}"), 5),
        (format!("- uses: \"evil/action@\\\n    main\" # {ALLOW}"), 5),
        (format!("- uses:\n    evil/action@main\n  name: x # {ALLOW}"), 6),
        // A forge ends a line at a lone CR; git does not.
        (format!("- run: a # {ALLOW}\r      - uses: evil/action@main"), 5),
    ] {
        assert_eq!(found_in_step(&step), [format!("unpinned-uses:{line}")], "{step:?}");
    }
}

#[test]
fn text_that_resembles_a_comment_exempts_nothing() {
    for step in [
        format!("- {{uses: evil/action@main, name: '# {ALLOW}'}}"),
        format!("- {{uses: evil/action@main, \"# {ALLOW}\": x}}"),
        format!("- {{uses: evil/action@main, name: x#{}}}", ALLOW.replace(": ", ":").replace(['[', ']'], "")),
        format!("- uses: \"evil/action@main # {ALLOW}\""),
        format!("- uses: |\n    evil/action@main # {ALLOW}"),
        format!("- uses: evil/action@main#{ALLOW}"),
    ] {
        let found = found_in_step(&step);
        assert!(found == UNPINNED || found == UNREADABLE, "{step}: {found:?}");
    }
}

#[test]
fn a_comment_counts_at_the_anchor_not_at_the_alias() {
    let anchor = "- uses: &u evil/action@main";
    let alias = "- uses: *u";
    assert_eq!(found(steps(&format!("{anchor} # {ALLOW}\n{alias}"))), CLEAN);
    assert_eq!(remarks(&format!("{anchor} # {ALLOW}\n{alias}")).len(), 2, "each is reported");
    assert_eq!(found(steps(&format!("{anchor}\n{alias} # {ALLOW}"))), ["unpinned-uses:5", "unpinned-uses:5"]);
}

/// A NUL in the id of a job once separated job and subject.
#[test]
fn a_job_id_cannot_pass_for_an_exempted_action() {
    let policy = "workflows: {exempt: [{rule: unpinned-uses, uses: our/*, reason: ours}]}";
    let policy = Policy::parse(policy.as_bytes(), std::path::Path::new("p.yml")).unwrap();
    for (id, uses, problems) in [("a", "our/action@main", 0), (r"a\0our/", "evil/action@main", 1)] {
        let text = format!("jobs: {{\"{id}\": {{steps: [{{uses: {uses}}}]}}}}");
        let found = workflow_problems(&policy, &".github/workflows/x.yml".into(), text.as_bytes(), None);
        let found = found.iter().filter(|(rule, _)| rule.id == "unpinned-uses");
        assert_eq!(found.count(), problems, "{text}");
    }
}
