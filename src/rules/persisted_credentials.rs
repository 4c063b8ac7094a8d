//! Rule `persisted-credentials`: a checkout is not proven to have `persist-credentials: false`.

use super::{Check, Rule};
use crate::report::{Group, Level, ProblemKey, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{Document, Job, Node, Pair, Step, Uses, WorkflowSettings, has_expression, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "persisted-credentials",
        group: Group::Workflow,
        default_level: Level::Deny,
        summary: "a checkout does not set `persist-credentials: false`",
        docs: r#"### What it checks

Every step that runs `actions/checkout` sets `persist-credentials: false`: `with` is a mapping that contains the key exactly
once, with the value `false`, both in upper or lower case. An expression, an `insert` key or `with: ${{ ... }}` is not
accepted, because its value is known only when the workflow runs. `Actions/Checkout`, `actions//checkout` and
`actions\checkout` are the same action. Version 1 of the action, by its tag or its comment, has no such input and always keeps them.

### Why it matters

By default, the checkout leaves the job's token on disk: up to v5 in `.git/config`, since v6 in a file next to the work
tree. Every later step can read it, and uploading the work tree as an artifact publishes it.

### Example

Bad:

```yaml
- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
```

Good:

```yaml
- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
  with:
    persist-credentials: false
```

### How to fix

Add the input. `git gate fix` does this, except for a checkout with a `token` or `ssh-key` of its own, in a job in which anything
pushes, and in a generated file; where it is not sure, it waits for `--unsafe`. It looks into local actions and scripts of the
repository. In a job that pushes, pass the credentials to the step that does:

```yaml
- run: gh auth setup-git && git push
  env:
    GH_TOKEN: ${{ github.token }}
```

Other tools call this `artipacked` (zizmor) and `checkout_persist_credentials_should_be_false` (ghalint).

### Settings

```yaml
workflows:
  checkout-actions:      # the default
    - actions/checkout
    - forgejo/checkout
    - gitea/checkout
  exempt:
    - rule: persisted-credentials
      path: .github/workflows/release.yml
      job: publish
      reason: it pushes the release commit
```
"#,
    },
    check: Check::Workflow(check),
};

const INPUT: &str = "persist-credentials";

/// State of the input `persist-credentials` of a step.
#[derive(Debug, PartialEq, Eq)]
enum InputState {
    /// Set to a literal false.
    Disabled,
    /// Not set, so that the default keeps the credentials.
    Missing,
    /// Set to a literal value other than false.
    Enabled(String),
    /// Not decidable, with the reason.
    Unknown(&'static str),
}

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let jobs = document.model.jobs.iter();
    let steps = jobs.flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    steps.filter_map(|(job, step)| problem(document, job, step, settings)).collect()
}

fn problem(
    document: &Document,
    job: &Job,
    step: &Step,
    settings: &WorkflowSettings,
) -> Option<WorkflowProblem> {
    let clause = step.uses.as_ref()?;
    let Uses::Repository(repository) = &clause.uses else { return None };
    if !settings.checkout_actions.iter().any(|own| own.eq_ignore_ascii_case(&repository.name)) {
        return None;
    }
    // Version 1 of `actions/checkout` knows no such input.
    let is_first = repository.name == "actions/checkout"
        && document.used_release(job, clause).is_some_and(|(_, release)| release.major() == Some(1));
    let state = input_state(step.node.get("with").map(AsRef::as_ref));
    if matches!(state, InputState::Disabled) && !is_first {
        return None;
    }
    let name = escape(shorten(&repository.address()).as_bytes());
    let checked_out = checked_out(step, &state);
    let message = match state {
        InputState::Disabled => {
            format!("`{name}` v1 always keeps its credentials: it does not know the input")
        }
        InputState::Missing => format!("`{name}` keeps its credentials for later steps"),
        InputState::Enabled(value) => {
            format!("`{name}` keeps its credentials for later steps: `persist-credentials` is `{value}`")
        }
        InputState::Unknown(why) => format!("`{name}` may keep its credentials: {why}"),
    };
    let help = match is_first {
        true => "use a newer version of the action, with `persist-credentials: false` under `with`",
        false => {
            "add `persist-credentials: false` under `with`; for a job that has to push, see \
             `git gate rules persisted-credentials`"
        }
    };
    Some(WorkflowProblem {
        message,
        help: Some(help.to_owned()),
        notes: Vec::new(),
        place: WorkflowPlace {
            span: Some(clause.span),
            key: checked_out.map(|checked_out| ProblemKey {
                job: job.id.clone(),
                subject: format!("{} {checked_out}", repository.address()),
            }),
            uses: Some(repository.address()).filter(|_| repository.is_plain),
            shared: None,
        },
    })
}

/// Maximum length of all inputs that identify a problem, in bytes.
const MAX_INPUTS: usize = 4096;

/// Inputs that decide which code is checked out, and which credentials are kept.
const DECIDING_INPUTS: &[&str] = &[INPUT, "repository", "ref", "token", "ssh-key"];

/// Returns what a step checks out with which credentials, as far as an older version has to agree.
///
/// The version of the action is not part of it, so that an update of an old step adds no problem. `None` if
/// the inputs are too long: aliases may repeat them many times.
fn checked_out(step: &Step, state: &InputState) -> Option<String> {
    let mut inputs: Vec<(&str, &str)> = Vec::new();
    for name in DECIDING_INPUTS {
        let Some(value) = step.input(name).and_then(|value| value.trimmed()) else { continue };
        // A tag or a branch may be replaced by another: only an expression gives the choice to someone else.
        let value = if *name == "ref" && !has_expression(value) { "literal" } else { value };
        inputs.push((name, value));
    }
    let mut length: usize = inputs.iter().map(|(_, value)| value.len()).sum();
    let unknown = step.node.get("with").filter(|_| matches!(state, InputState::Unknown(_)));
    let mut texts = Vec::new();
    if let Some(with) = unknown {
        with.for_each_text(&mut |text, _| {
            length += text.len();
            if length <= MAX_INPUTS {
                texts.push(text.to_owned());
            }
        });
    }
    (length <= MAX_INPUTS).then(|| format!("{inputs:?} {texts:?}"))
}

fn input_state(with: Option<&Node>) -> InputState {
    let Some(with) = with.filter(|with| !with.is_null()) else { return InputState::Missing };
    let Some(pairs) = with.pairs() else { return InputState::Unknown("`with` is not a plain mapping") };
    if pairs.iter().any(|pair| pair.key.is_expression()) {
        return InputState::Unknown("a key of `with` is an expression");
    }
    let is_input = |pair: &&Pair| pair.name().eq_ignore_ascii_case(INPUT);
    let mut values = pairs.iter().filter(is_input).map(|pair| pair.value.trimmed());
    match (values.next(), values.next()) {
        (None, _) => InputState::Missing,
        (Some(_), Some(_)) => InputState::Unknown("`persist-credentials` is set twice"),
        (Some(None), None) => InputState::Unknown("`persist-credentials` is not a string"),
        (Some(Some(value)), None) if value.eq_ignore_ascii_case("false") => InputState::Disabled,
        (Some(Some(value)), None) if has_expression(value) => {
            InputState::Unknown("`persist-credentials` is an expression")
        }
        (Some(Some(value)), None) => InputState::Enabled(escape(shorten(value).as_bytes())),
    }
}
