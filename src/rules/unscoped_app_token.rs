//! Rule `unscoped-app-token`: the token of an app gets every permission that the app has.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::workflow::{Document, Job, Step, Uses, WorkflowSettings};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unscoped-app-token",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "the token of an app gets every permission of the app",
        docs: r#"### What it checks

A step that makes the token of an app names the permissions that the token needs: `actions/create-github-app-token` with at least
one input `permission-<scope>`, `tibdex/github-app-token` and `peter-murray/workflow-application-token-action` with the input
`permissions`.

`actions/create-github-app-token` before v1.12.0, by its tag or its comment, does not know these inputs.

### Why it matters

Without these inputs the token has all permissions that the app was installed with, in all repositories that the step names. The
block `permissions` of the workflow does not limit it. Every later step that gets the token can use them.

### Example

Bad:

```yaml
- uses: actions/create-github-app-token@67018539274d69449ef7c02e8e71183d1719ab42 # v2.1.4
  with:
    app-id: ${{ vars.APP_ID }}
    private-key: ${{ secrets.APP_KEY }}
```

Good:

```yaml
- uses: actions/create-github-app-token@67018539274d69449ef7c02e8e71183d1719ab42 # v2.1.4
  with:
    app-id: ${{ vars.APP_ID }}
    private-key: ${{ secrets.APP_KEY }}
    permission-contents: write
```

### How to fix

Add one input for each permission that later steps use: `permission-contents: write`, `permission-pull-requests: write`. They exist
since v1.12.0 of the action; a permission that the app does not have makes the step fail.

zizmor calls this `github-app`.

### Settings

```yaml
workflows:
  exempt:
    - rule: unscoped-app-token
      path: .github/workflows/sync.yml
      reason: the app has one permission only
```
"#,
    },
    check: Check::Workflow(check),
};

/// Actions that make the token of an app, each with the start of the inputs that limit it. Source: their
/// `action.yml`.
const ACTIONS: &[(&str, &str)] = &[
    ("actions/create-github-app-token", "permission-"),
    ("peter-murray/workflow-application-token-action", "permissions"),
    ("tibdex/github-app-token", "permissions"),
];

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let jobs = document.model.jobs.iter();
    let steps = jobs.flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    steps.filter_map(|(job, step)| problem(document, job, step)).collect()
}

fn problem(document: &Document, job: &Job, step: &Step) -> Option<WorkflowProblem> {
    let clause = step.uses.as_ref()?;
    let Uses::Repository(repository) = &clause.uses else { return None };
    let (name, start) = ACTIONS.iter().find(|(name, _)| *name == repository.name)?;
    let inputs = step.node.get("with").and_then(|with| with.pairs()).unwrap_or_default();
    let is_limit = |input: &str| {
        input.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
            && (start.ends_with('-') || input.len() == start.len())
    };
    // An older version ignores the inputs.
    let release = document.used_release(job, clause).map(|(_, release)| release);
    let is_old = start.ends_with('-')
        && release.is_some_and(|release| {
            release.major() == Some(0)
                || release.major() == Some(1) && release.minor().is_some_and(|minor| minor < 12)
        });
    let limits =
        !is_old && inputs.iter().any(|pair| is_limit(pair.name()) && pair.value.trimmed() != Some(""));
    // What an expression as a key gives is known only when the workflow runs.
    if limits || inputs.iter().any(|pair| pair.key.is_expression()) {
        return None;
    }
    let help = match start.ends_with('-') {
        true if is_old => "use v1.12.0 or newer, with `permission-contents: read` or the like under `with`",
        true => "add the permissions that later steps need under `with`: `permission-contents: read`",
        false => "add the permissions that later steps need under `with`, in `permissions`",
    };
    Some(WorkflowProblem {
        message: format!("the token that `{name}` makes has every permission of the app"),
        help: Some(help.to_owned()),
        notes: Vec::new(),
        place: WorkflowPlace::new(clause.span, &job.id, name),
    })
}
