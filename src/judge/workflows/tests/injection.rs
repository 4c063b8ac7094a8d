//! Expressions in scripts.

use super::super::check::{CheckResult, check_file};
use super::{OID, lines_of};
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind, LocalAction};

/// Returns whether a step of a workflow for an event contains an expression that outsiders can write.
fn is_injected(on: &str, step: &str) -> bool {
    let text = format!("on: {on}\njobs:\n  a:\n    steps:\n      - {{{step}}}\n");
    !lines_of("script-injection", &text).is_empty()
}

#[test]
fn only_text_of_outsiders_that_reaches_a_script_is_reported() {
    for (on, expression, expected) in [
        ("issues", "github.event.issue.title", true),
        ("issue_comment", "github.event.comment.body", true),
        ("issue_comment", "GitHub.Event['comment'].Body", true),
        ("pull_request", "github.head_ref", true),
        ("pull_request", "github.head_ref || github.ref_name", true),
        ("pull_request", "format('x {0}', github.event.pull_request.title)", true),
        ("pull_request_target", "github.event.pull_request.head.label", true),
        ("push", "github.event.head_commit.message", true),
        ("push", "github.event.commits[0].author.name", true),
        ("push", "join(github.event.commits.*.message)", true),
        ("push", "toJSON(github.event)", true),
        ("workflow_run", "github.event.workflow_run.head_branch", true),
        ("gollum", "github.event.pages[0].page_name", true),
        ("pull_request", "github.event.issue.title", true),
        ("[push, workflow_call]", "github.head_ref", true),
        ("push", "github.head_ref", false),
        ("[push, schedule]", "github.head_ref || github.ref_name", false),
        ("issues", "github.event.issue.number", false),
        ("pull_request", "github.event.pull_request.user.login", false),
        ("pull_request", "github.event.pull_request.head.sha", false),
        ("pull_request", "github.event.pull_request.head.repo.full_name", false),
        ("pull_request", "github.ref_name", false),
        ("pull_request", "inputs.title", false),
        ("pull_request", "contains(github.event.pull_request.title, 'x')", false),
        ("pull_request", "github.head_ref == 'x' && 'a' || 'b'", false),
        ("pull_request", "github.event.pull_request.body && 'a'", false),
        ("pull_request", "'github.head_ref'", false),
        ("pull_request", "github.event.pull_request", false),
        ("push", "toJSON(github.event.repository)", false),
        ("merge_group", "github.event.merge_group.head_ref", false),
    ] {
        let run = format!("run: \"echo ${{{{ {expression} }}}}\"");
        assert_eq!(is_injected(on, &run), expected, "{on}: {expression}");
        let script =
            format!("uses: Actions/GitHub-Script@{OID}, with: {{Script: \"x('${{{{ {expression} }}}}')\"}}");
        assert_eq!(is_injected(on, &script), expected, "{on}: {expression}");
        let other = format!("uses: a/b@{OID}, with: {{title: \"${{{{ {expression} }}}}\"}}");
        assert!(!is_injected(on, &other), "{on}: {expression}");
        let in_env = format!("run: 'echo \"$X\"', env: {{X: \"${{{{ {expression} }}}}\"}}");
        assert!(!is_injected(on, &in_env), "{on}: {expression}");
        let through_env = format!("run: \"echo ${{{{ env.x }}}}\", env: {{X: \"${{{{ {expression} }}}}\"}}");
        assert_eq!(is_injected(on, &through_env), expected, "{on}: {expression}");
    }
}

#[test]
fn each_value_is_reported_at_its_line_and_once_per_script() {
    let text = "\
on: issues
env: {TITLE: \"${{ github.event.issue.title }}\"}
jobs:
  a:
    steps:
      - run: |
          echo start
          echo '${{ github.event.issue.body }}' '${{ github.event.issue.body }}'
          echo '${{ github.event.issue.title }}'
      - &step
        run: echo ${{ env.TITLE }}
      - *step
";
    assert_eq!(lines_of("script-injection", text), [8, 9, 11, 11]);
}

#[test]
fn variables_of_variables_are_followed() {
    let text = |workflow: &str, job: &str, step: &str, run: &str| {
        format!(
            "on: issues\nenv: {{{workflow}}}\njobs:\n  a:\n    env: {{{job}}}\n    steps:\n      - run: {run}\n        env: {{{step}}}\n"
        )
    };
    let title = "A: \"${{ github.event.issue.title }}\"";
    let of = |name: &str, value: &str| format!("{name}: \"${{{{ env.{value} }}}}\"");
    for (workflow, job, step, run, expected) in [
        (title, "", &*of("B", "A"), "echo ${{ env.B }}", true),
        ("", title, &of("B", "a"), "echo ${{ env.b }}", true),
        ("", title, &of("A", "A"), "echo ${{ env.A }}", true),
        ("", title, &of("B", "A"), "echo \"$B\"", false),
        ("", title, &of("B", "C"), "echo ${{ env.B }}", false),
        // The variables of a step do not see each other.
        ("", &of("B", "A"), title, "echo ${{ env.B }}", false),
        ("", "", &of("A", "A"), "echo ${{ env.A }}", false),
    ] {
        let text = text(workflow, job, step, run);
        assert_eq!(!lines_of("script-injection", &text).is_empty(), expected, "{text}");
    }
}

#[test]
fn an_action_may_be_used_for_any_event() {
    let text = "runs:\n  steps:\n    - run: echo ${{ github.event.review.body }}\n      shell: bash\n";
    let found = super::found_at("a/action.yml", text);
    assert_eq!(found, ["script-injection:3"]);
}

/// Returns the lines of the findings in a workflow whose tree has these local actions.
fn lines_with(actions: &[(&str, &str)], text: &str) -> Vec<u32> {
    let mut documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
    for (uses, text) in actions {
        let action = Document::read(text.as_bytes(), FileKind::of(b"action.yml").unwrap()).pop().unwrap();
        documents[0].actions.push(LocalAction::new((*uses).to_owned(), action.model));
    }
    let (results, _) = check_file(&Policy::default(), &"x".into(), &documents, CommentFilter::All);
    let line = |result: &CheckResult| match result {
        CheckResult::Problem(rule, problem) if rule.id == "script-injection" => {
            Some(problem.place.span?.position(text.as_bytes()).0)
        }
        _ => None,
    };
    results.iter().filter_map(line).collect()
}

#[test]
fn inputs_of_local_actions_are_followed_into_their_scripts() {
    let title = "${{ github.event.issue.title }}";
    let gives = |value: &str| {
        format!(
            "on: issues\njobs:\n  a:\n    steps:\n      - uses: ./a\n        with:\n          n: 1\n          Title: {value}\n"
        )
    };
    let runs = |step: &str| format!("runs:\n  using: composite\n  steps:\n    - {step}\n");
    let direct = runs("{run: 'echo ${{ inputs.title }}', shell: bash}");
    let unused = runs("{run: 'echo ${{ inputs.n }}', shell: bash}");
    let quoted = runs("{run: 'echo \"$T\"', env: {T: '${{ inputs.title }}'}, shell: bash}");
    let by_env = runs("{run: 'echo ${{ env.t }}', env: {T: 'x ${{ inputs.TITLE }}'}, shell: bash}");
    let script = runs("{uses: actions/github-script@v7, with: {script: 'f(`${{ inputs.title }}`)'}}");
    let json = runs("{run: 'echo ${{ toJSON(inputs) }}', shell: bash}");
    let compared = runs("{run: \"echo ${{ inputs.title == 'x' }}\", shell: bash}");
    let nested = runs("{uses: ./b, with: {TITLE: '<${{ inputs.title }}>'}}");
    let other = runs("{uses: ./b, with: {n: '${{ inputs.title }}'}}");
    let cycle = runs("{uses: ./a, with: {title: '${{ inputs.title }}'}}");
    for (action, inner, value, lines) in [
        (&direct, &unused, title, &[8][..]),
        (&direct, &unused, "x", &[]),
        (&direct, &unused, "${{ github.event.issue.number }}", &[]),
        (&unused, &direct, title, &[]),
        (&quoted, &direct, title, &[]),
        (&by_env, &unused, title, &[8]),
        (&script, &unused, title, &[8]),
        (&json, &unused, title, &[8]),
        (&compared, &unused, title, &[]),
        (&nested, &direct, title, &[8]),
        (&nested, &quoted, title, &[]),
        (&other, &direct, title, &[]),
        (&nested, &cycle, title, &[]),
    ] {
        let text = gives(value);
        assert_eq!(lines_with(&[("./a", action), ("./b", inner)], &text), lines, "{action}{inner}{text}");
    }
    assert!(lines_with(&[], &gives(title)).is_empty());
}
