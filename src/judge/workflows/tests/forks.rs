//! Code of forks in workflows that have secrets.

use super::{OID, lines_of};

/// Returns whether a job with these keys and steps is reported for an event.
fn is_reported(on: &str, keys: &str, steps: &str) -> bool {
    let steps: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n{keys}    steps:\n{steps}");
    !lines_of("untrusted-checkout", &text).is_empty()
}

fn checkout(label: &str, with: &str) -> String {
    format!("- uses: actions/checkout@{OID} # {label}\n  with: {{persist-credentials: false, {with}}}\n")
}

const SHA: &str = "ref: \"${{ github.event.pull_request.head.sha }}\"";

#[test]
fn code_of_a_fork_is_found_in_every_form() {
    for (on, steps, expected) in [
        ("pull_request_target", checkout("v4.2.2", SHA), true),
        ("{pull_request_target: {types: [opened]}}", checkout("v4.2.2", SHA), true),
        ("[push, pull_request_target]", checkout("v4.2.2", SHA), true),
        ("pull_request", checkout("v4.2.2", SHA), false),
        ("push", checkout("v4.2.2", SHA), false),
        ("workflow_call", checkout("v4.2.2", SHA), false),
        ("pull_request_target", checkout("v4.2.2", "fetch-depth: 0"), false),
        ("pull_request_target", checkout("v4.2.2", "ref: main"), false),
        (
            "pull_request_target",
            checkout("v4.2.2", "ref: \"${{ github.event.pull_request.base.sha }}\""),
            false,
        ),
        // Without `repository`, this is the branch of that name in the own repository.
        ("pull_request_target", checkout("v4.2.2", "ref: \"${{ github.head_ref }}\""), false),
        (
            "pull_request_target",
            checkout("v4.2.2", "repository: \"${{ github.event.pull_request.head.repo.full_name }}\""),
            true,
        ),
        (
            "pull_request_target",
            checkout("v4.2.2", "ref: \"refs/pull/${{ github.event.number }}/merge\""),
            true,
        ),
        (
            "issue_comment",
            checkout("v4.2.2", "ref: \"refs/pull/${{ github.event.issue.number }}/head\""),
            true,
        ),
        ("workflow_run", checkout("v4.2.2", "ref: \"${{ github.event.workflow_run.head_sha }}\""), true),
        ("workflow_run", checkout("v4.2.2", "ref: \"${{ github.event.workflow_run.head_branch }}\""), false),
        ("pull_request_target", "- run: gh pr checkout 5".into(), true),
        ("pull_request_target", "- run: gh pr view 5".into(), false),
        ("pull_request_target", "- run: git fetch origin pull/$N/head:x\n- run: git switch x".into(), true),
        ("pull_request_target", "- run: git fetch origin pull/$N/head && git diff FETCH_HEAD".into(), false),
        ("pull_request_target", "- run: git pull origin refs/pull/$N/merge".into(), true),
    ] {
        assert_eq!(is_reported(on, "", &steps), expected, "{on} {steps}");
    }
    let through_env = "    env: {S: \"${{ github.event.pull_request.head.sha }}\"}\n";
    assert!(is_reported("pull_request_target", through_env, &checkout("v4", "ref: \"${{ env.s }}\"")));
}

#[test]
fn a_checkout_that_refuses_forks_passes() {
    for (label, refuses) in [
        ("v7.0.0", true),
        ("v8", true),
        ("v6.1.0", true),
        ("v6.0.2", false),
        ("v4.4.0", true),
        ("v4.3.1", false),
        ("v3.7.0", true),
        ("v1.2.0", false),
        ("v4", false),
        ("", false),
    ] {
        assert_eq!(!is_reported("pull_request_target", "", &checkout(label, SHA)), refuses, "{label}");
        assert!(is_reported("[issue_comment, pull_request_target]", "", &checkout(label, SHA)), "{label}");
        let allowed = checkout(label, &format!("{SHA}, Allow-Unsafe-PR-Checkout: True"));
        assert!(is_reported("pull_request_target", "", &allowed), "{label}");
        assert!(is_reported("workflow_call", "", &allowed), "{label}");
        assert!(!is_reported("pull_request", "", &allowed), "{label}");
    }
    for (reference, refuses) in
        [("v4", false), ("v7", true), ("main", false), ("v1", false), ("v4.2.2", false), ("v4.4.0", true)]
    {
        let steps = format!("- uses: actions/checkout@{reference}\n  with: {{{SHA}}}\n");
        assert_eq!(!is_reported("pull_request_target", "", &steps), refuses, "{reference}");
    }
}

#[test]
fn a_job_that_runs_for_no_stranger_passes() {
    for (on, condition, passes) in [
        ("pull_request_target", "github.event.pull_request.head.repo.full_name == github.repository", true),
        (
            "pull_request_target",
            "${{ github.repository == github.event.pull_request.head.repo.full_name }}",
            true,
        ),
        ("pull_request_target", "github.event.pull_request.head.repo.full_name != github.repository", false),
        ("pull_request_target", "github.event.pull_request.head.repo.fork == false", true),
        ("pull_request_target", "'!github.event.pull_request.head.repo.fork'", true),
        ("pull_request_target", "github.event.pull_request.head.repo.fork", false),
        ("pull_request_target", "x && github.event.pull_request.head.repo.full_name == 'a/b'", true),
        ("pull_request_target", "x || github.event.pull_request.head.repo.full_name == 'a/b'", false),
        (
            "[push, pull_request_target]",
            "github.event_name == 'push' || github.event.pull_request.merged",
            true,
        ),
        ("[push, pull_request_target]", "github.event_name == 'pull_request_target'", false),
        ("[push, pull_request_target]", "github.event_name != 'pull_request_target'", true),
        ("[issue_comment, pull_request_target]", "github.event_name != 'pull_request_target'", false),
        ("pull_request_target", "contains(github.event.pull_request.labels.*.name, 'safe')", true),
        ("pull_request_target", "github.event.label.name == 'ok-to-test'", true),
        ("pull_request_target", "github.event.pull_request.user.login == 'dependabot[bot]'", true),
        ("pull_request_target", "github.actor == 'dependabot[bot]'", false),
        ("pull_request_target", "github.actor == 'octocat'", true),
        ("pull_request_target", "github.repository == 'a/b'", false),
        ("pull_request_target", "${{ github.event.pull_request.merged }} || x", false),
        (
            "issue_comment",
            "contains(fromJSON('[\"MEMBER\"]'), github.event.comment.author_association)",
            true,
        ),
        ("issue_comment", "startsWith(github.event.comment.body, '/test')", false),
        ("workflow_run", "github.event.workflow_run.event == 'push'", true),
        ("workflow_run", "github.event.workflow_run.event == 'pull_request'", false),
        ("workflow_run", "github.event.workflow_run.conclusion == 'success'", false),
        ("workflow_run", "github.event.workflow_run.head_repository.full_name == github.repository", true),
    ] {
        let steps = checkout("v4.2.2", "ref: \"refs/pull/1/head\"");
        let guard = format!("    if: {condition}\n");
        assert_eq!(!is_reported(on, &guard, &steps), passes, "{on} {condition}");
        let of_step = format!("{steps}  if: {condition}\n");
        assert_eq!(!is_reported(on, "", &of_step), passes, "{on} {condition}");
        let text = format!(
            "on: {on}\njobs:\n  b:\n{guard}  a:\n    needs: [b]\n    steps:\n      - {}\n",
            steps.trim_start_matches("- ").replace("\n", "\n      ")
        );
        assert_eq!(lines_of("untrusted-checkout", &text).is_empty(), passes, "{text}");
        let always = text.replace("needs: [b]", "needs: [b]\n    if: always()");
        assert!(!lines_of("untrusted-checkout", &always).is_empty(), "{always}");
    }
}

#[test]
fn a_job_that_waits_or_asks_passes() {
    let steps = checkout("v4.2.2", SHA);
    assert!(!is_reported("pull_request_target", "    environment: external\n", &steps));
    for step in [
        "- run: gh api repos/a/b/collaborators/$WHO/permission\n".to_owned(),
        format!("- uses: actions-cool/check-user-permission@{OID}\n"),
        format!(
            "- uses: actions/github-script@{OID}\n  with: {{script: 'github.rest.repos.getCollaboratorPermissionLevel()'}}\n"
        ),
    ] {
        assert!(!is_reported("pull_request_target", "", &format!("{step}{steps}")), "{step}");
    }
}
