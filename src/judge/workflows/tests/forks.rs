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
        ("issue_comment", "- run: git fetch origin +refs/pull/$N/merge:x && git checkout x".into(), true),
        ("pull_request_target", "- {run: git fetch o $REF && git checkout x, env: {REF: pull/5/head}}".into(), true),
        (
            "pull_request_target",
            "- run: git fetch o ${{ github.event.pull_request.head.sha }}\n- run: git reset --hard FETCH_HEAD".into(),
            true,
        ),
        ("pull_request_target", "- run: git fetch origin main && git checkout main".into(), false),
        (
            "pull_request_target",
            checkout("v4.2.2", "ref: \"${{ format('refs/pull/{0}/merge', github.event.number) }}\""),
            true,
        ),
        ("pull_request_target", checkout("v4.2.2", "ref: refs/remotes/pull/5/merge"), true),
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
        let chosen = checkout(label, "allow-unsafe-pr-checkout: \"${{ inputs.x }}\"");
        assert!(is_reported("pull_request_target", "", &chosen), "{label}");
        assert!(!is_reported("pull_request_target", "", &checkout(label, "allow-unsafe-pr-checkout: false")));
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
        ("workflow_run", "github.event.workflow_run.event != 'pull_request'", false),
        ("workflow_run", "'!startsWith(github.event.workflow_run.event, ''pull_request'')'", true),
        ("workflow_run", "'!startsWith(github.event.workflow_run.event, ''push'')'", false),
        ("issue_comment", "'!startsWith(github.event.workflow_run.event, ''pull_request'')'", false),
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

/// Returns whether a condition keeps strangers out of a job that checks out a pull request.
fn keeps_out(on: &str, condition: &str) -> bool {
    let steps = checkout("v4.2.2", "ref: \"refs/pull/1/head\"");
    !is_reported(on, &format!("    if: {condition}\n"), &steps)
}

#[test]
fn a_repository_is_compared_with_a_text_or_the_own_one() {
    for (value, passes) in [
        ("head.repo.full_name == github.event.pull_request.base.repo.full_name", true),
        ("head.repo.id == github.repository_id", true),
        ("head.repo.owner.login == github.repository_owner", true),
        ("head.repo.owner.login == github.event.repository.owner.login", true),
        ("head.user.login == github.repository_owner", true),
        ("head.user.login == 'octocat'", true),
        ("head.repo.fork != true", true),
        ("head.repo.fork != 'true'", false),
        ("head.repo.fork == github.event.repository.fork", false),
        ("head.repo.name == github.event.repository.name", false),
        ("head.repo.name == 'b'", false),
        ("head.repo.owner.login == github.event.repository.name", false),
        ("head.repo.full_name == github.event.pull_request.head.repo.full_name", false),
        ("head.repo.full_name == github.event.workflow_run.repository.full_name", false),
        ("head.repo.full_name == ''", false),
        ("head.user.login == github.actor", false),
        ("user.login == github.actor", false),
        ("user.login == github.event.sender.login", false),
        ("user.login == github.event.pull_request.head.user.login", false),
    ] {
        let condition = format!("github.event.pull_request.{value}");
        assert_eq!(keeps_out("pull_request_target", &condition), passes, "{condition}");
    }
}

#[test]
fn a_value_that_the_event_does_not_have_guards_nothing() {
    let both = "[issue_comment, pull_request_target]";
    for (on, condition, passes) in [
        ("issue_comment", "'!github.event.pull_request.head.repo.fork'", false),
        ("issue_comment", "github.event.pull_request.head.repo.fork == false", false),
        ("workflow_run", "github.event.pull_request.head.repo.fork != true", false),
        ("workflow_run", "'!github.event.workflow_run.head_repository.fork'", true),
        ("pull_request_target", "github.event.workflow_run.event != 'pull_request'", false),
        (
            "issue_comment",
            "github.event.pull_request.head.repo.full_name == github.event.pull_request.base.repo.full_name",
            false,
        ),
        (both, "github.event.pull_request.head.repo.fork == false", false),
        (
            both,
            "github.event_name == 'pull_request_target' && github.event.pull_request.head.repo.fork == false",
            true,
        ),
        (both, "contains('OWNER', github.event.comment.author_association)", false),
    ] {
        assert_eq!(keeps_out(on, condition), passes, "{on} {condition}");
    }
}

/// The caller of a workflow is not known, so its guard has to hold for each event.
#[test]
fn a_called_workflow_is_guarded_for_every_event() {
    for (condition, passes) in [
        ("github.event.pull_request.head.repo.full_name == github.repository", true),
        ("github.event_name == 'push'", true),
        ("github.event_name == 'pull_request_target'", false),
        ("'!github.event.pull_request.head.repo.fork'", false),
    ] {
        let steps = checkout("v7.0.0", "allow-unsafe-pr-checkout: true");
        let guard = format!("    if: {condition}\n");
        assert_eq!(!is_reported("workflow_call", &guard, &steps), passes, "{condition}");
    }
}

#[test]
fn associations_that_anyone_can_have_guard_nothing() {
    for (name, passes) in [
        ("OWNER", true),
        ("MEMBER", true),
        ("COLLABORATOR", true),
        ("NONE", false),
        ("CONTRIBUTOR", false),
        ("contributor", false),
        ("FIRST_TIMER", false),
        ("FIRST_TIME_CONTRIBUTOR", false),
        ("MANNEQUIN", false),
    ] {
        for condition in [
            format!("github.event.comment.author_association == '{name}'"),
            format!(
                "contains(fromJSON('[\"MEMBER\", \"{name}\"]'), github.event.comment.author_association)"
            ),
            format!("contains('OWNER,{name}', github.event.comment.author_association)"),
            format!("contains(github.event.comment.author_association, '{name}')"),
        ] {
            assert_eq!(keeps_out("issue_comment", &condition), passes, "{condition}");
        }
    }
    assert!(!keeps_out("issue_comment", "contains(github.event.comment.author_association, 'O')"));
}

#[test]
fn a_person_or_a_label_is_looked_for_in_a_list() {
    for (condition, passes) in [
        ("contains(fromJSON('[\"ana\"]'), github.event.comment.user.login)", true),
        ("contains(fromJSON(vars.TRUSTED), github.event.comment.user.login)", true),
        ("contains(fromJSON(github.event.comment.body), github.event.comment.user.login)", false),
        ("contains('ana bo', github.event.comment.user.login)", false),
        ("contains(github.event.comment.user.login, 'bo')", false),
        ("contains(github.event.issue.labels.*.name, 'ok')", true),
        ("contains(toJSON(github.event.issue.labels), 'ok')", true),
        ("contains(github.event.issue.labels.*.name, github.event.comment.body)", false),
        ("contains(github.event.issue.labels_url, 'issues')", false),
        ("github.event.label.name == github.event.issue.title", false),
    ] {
        assert_eq!(keeps_out("issue_comment", condition), passes, "{condition}");
    }
}

#[test]
fn jobs_are_found_by_their_names_without_case_and_blanks() {
    let guard = "github.event.comment.author_association == 'OWNER'";
    for (needs, condition, passes) in [
        ("check", "", true),
        ("[' Check ']", "", true),
        ("CHECK", "x", true),
        ("check", "success() && x", true),
        ("check", "success() || x", false),
        ("check", "Always()", false),
        ("check", "always ( ) && x", false),
        ("check", "'!cancelled()'", false),
        ("check", "always() && needs.Check.result == 'success'", true),
        ("check", "always() && needs.check.result != 'failure'", false),
        ("check", "always() && needs.check.outputs.ok == 'true'", true),
        ("check", "always() && needs.other.outputs.ok == 'true'", false),
        ("other", "", false),
    ] {
        let step = checkout("v4.2.2", "ref: refs/pull/1/head").replace('\n', "\n      ");
        let condition = if condition.is_empty() { String::new() } else { format!("    if: {condition}\n") };
        let text = format!(
            "on: issue_comment\njobs:\n  Check:\n    if: {guard}\n  other:\n    steps: []\n  a:\n    needs: {needs}\n{condition}    steps:\n      {step}\n"
        );
        assert_eq!(lines_of("untrusted-checkout", &text).is_empty(), passes, "{text}");
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
    for step in [
        format!("- uses: acme/set-permissions@{OID}\n"),
        format!("- uses: check/permissions@{OID}\n"),
        format!("- {{uses: actions-cool/check-user-permission@{OID}, if: false}}\n"),
    ] {
        assert!(is_reported("pull_request_target", "", &format!("{step}{steps}")), "{step}");
    }
    assert!(is_reported("pull_request_target", "    environment: ''\n", &steps));
    assert!(!is_reported("pull_request_target", "    environment: {name: x}\n", &steps));
}

/// Values that an event does not have are null, which equals null, zero and false.
#[test]
fn comparison_with_no_text_is_no_guard() {
    for (on, condition, expected) in [
        ("issue_comment", "github.event.pull_request.head.repo.full_name == null", true),
        ("issue_comment", "github.event.pull_request.head.repo.id == 0", true),
        ("issue_comment", "contains(github.event.comment.author_association, null)", true),
        ("pull_request_target", "github.event.label.name == null", true),
        ("pull_request_target", "github.event.comment.author_association == null", true),
        ("pull_request_target", "github.event.pull_request.head.repo.fork == false", false),
        ("pull_request_target", "github.event.pull_request.merged == true", false),
        ("pull_request_target", "github.event.label.name == 'safe'", false),
    ] {
        let steps = checkout("v4.2.2", "ref: refs/pull/1/head");
        assert_eq!(is_reported(on, &format!("    if: {condition}\n"), &steps), expected, "{condition}");
    }
}
