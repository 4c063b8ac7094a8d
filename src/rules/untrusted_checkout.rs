//! Rule `untrusted-checkout`: a workflow with secrets checks out the code of a fork.

use std::cell::OnceCell;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::Span;
use crate::workflow::{
    Document, ForkGuards, Job, Node, ShellCommand, Step, StepEnv, Uses, UsesClause, WorkflowSettings,
    has_expression, sources, variables,
};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "untrusted-checkout",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a workflow that has secrets checks out code of a fork",
        docs: r#"### What it checks

A workflow that runs with the secrets of the repository although outsiders start it (`pull_request_target`, `workflow_run`,
`issue_comment`) does not check out the code of their pull request. These do:

- a checkout whose `ref` or `repository` is the head or the merge commit of the pull request, or `refs/pull/<number>/head`;
- `gh pr checkout`, and `git fetch` or `git pull` of `pull/<number>/head` where the job then checks it out or merges it;
- `allow-unsafe-pr-checkout: true` or an expression, also in an action or in a workflow that others call.

A checkout passes if it refuses forks itself: `actions/checkout` v7, v6.1, v5.1, v4.4, v3.7, v2.8 and later, by its comment or its
tag, and the event is not `issue_comment`. The tags `v2` to `v6` show neither. So does a job that runs for no stranger, because its `if`, that of the step, or that
of a job that it needs

- compares the repository or its owner with a text, or with that of the workflow:
  `github.event.pull_request.head.repo.full_name == github.repository`, or `head.repo.fork`;
- compares a person or a label with a text; or asks for a merged pull request, another event, `workflow_run.event == 'push'` or
  `!startsWith(github.event.workflow_run.event, 'pull_request')`; `!= 'pull_request'` is no such condition, because
  `pull_request_review` and others begin so, too;
- asks for an `author_association` other than those that anyone can have: `NONE`, `CONTRIBUTOR`, `FIRST_TIMER`,
  `FIRST_TIME_CONTRIBUTOR` and `MANNEQUIN`;

or because it waits for an `environment`, or asks the forge for the permission of the person. `github.actor == 'dependabot[bot]'` is no
such condition: whoever started the run last is the actor, not who wrote the code. A value that an event does not have guards nothing:
`!github.event.pull_request.head.repo.fork` is always true on `issue_comment`.

### Why it matters

What is checked out decides what runs: build scripts, tests, configuration of tools. A stranger's pull request then reads the secrets and
writes to the repository.

### Example

Bad:

```yaml
on: pull_request_target
permissions: {}
jobs:
  test:
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
          ref: ${{ github.event.pull_request.head.sha }}
      - run: make test
```

Good:

```yaml
on: pull_request
permissions: {}
jobs:
  test:
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - run: make test
```

### How to fix

Run the code in a workflow on `pull_request`, which has no secrets, and pass its results on as an artifact. Where the code is only wanted
of branches of the own repository, say so: `if: github.event.pull_request.head.repo.full_name == github.repository`.

Other tools call this `dangerous-triggers` (zizmor, for every use of the events) and Dangerous-Workflow (OpenSSF Scorecard).

### Settings

```yaml
workflows:
  exempt:
    - rule: untrusted-checkout
      path: .github/workflows/label.yml
      reason: it only reads file names
```
"#,
    },
    check: Check::Workflow(check),
};

/// Events that outsiders cause, and whose runs have the secrets of the repository. Source: docs.github.com, "Events
/// that trigger workflows".
const PRIVILEGED: &[&str] = &["pull_request_target", "workflow_run", "issue_comment"];

/// Event for which `actions/checkout` refuses nothing.
const COMMENT: &str = "issue_comment";

/// Values of `ref` and `repository` that name the code of a pull request.
const HEADS: &[&str] = &[
    "github.event.pull_request.head.sha",
    "github.event.pull_request.merge_commit_sha",
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.head.repo.clone_url",
    "github.event.workflow_run.head_sha",
    "github.event.workflow_run.head_commit.id",
    "github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.pull_requests.*.head.sha",
];

/// First versions of `actions/checkout` that refuse the code of forks, by major version. Later major versions do.
/// Source: `action.yml` at these tags.
const REFUSING: &[(u64, u64)] = &[(2, 8), (3, 7), (4, 4), (5, 1), (6, 1)];

const CHECKOUT: &str = "actions/checkout";
const UNSAFE: &str = "allow-unsafe-pr-checkout";

/// Commands after which fetched code is in the work tree.
const APPLIED: &[&str] = &[
    "git checkout",
    "git cherry-pick",
    "git merge",
    "git rebase",
    "git reset",
    "git switch",
    "git worktree",
];

/// Way in which the code of a fork gets into the work tree.
struct Way {
    /// Span of the value or the script.
    span: Span,
    /// Name of the action or command.
    name: String,
    /// True if the action refuses the code of forks unless it is told otherwise.
    refuses: bool,
}

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let model = &document.model;
    let events: Vec<&str> = model.events().filter_map(Node::text).collect();
    let privileged: Vec<&str> = PRIVILEGED.iter().copied().filter(|event| events.contains(event)).collect();
    let is_called = events.is_empty() || events.contains(&"workflow_call");
    let mut problems = Vec::new();
    if privileged.is_empty() && !is_called {
        return problems;
    }
    let guards = OnceCell::new();
    let keeps_out = |job: &Job, step: &Step| {
        // What calls a reusable workflow or an action is not known.
        let events = if privileged.is_empty() { PRIVILEGED } else { &privileged };
        guards.get_or_init(|| ForkGuards::new(model, events)).keep_out_of(job, step)
    };
    for job in &model.jobs {
        let applied = OnceCell::new();
        let scripts = || job.steps.iter().filter_map(|step| step.node.get("run"));
        let applies = || *applied.get_or_init(|| scripts().any(|run| has(run.commands(), APPLIED)));
        for step in &job.steps {
            if let Some(value) = allows_unsafe(step) {
                problems.extend((!keeps_out(job, step)).then(|| unsafe_input(job, value)));
                continue;
            }
            let Some(way) = way(document, job, step, settings, &applies) else { continue };
            // A checkout that refuses forks for some events may still run for another.
            let event = privileged.iter().find(|event| !way.refuses || **event == COMMENT);
            if let Some(event) = event.filter(|_| !keeps_out(job, step)) {
                problems.push(problem(job, &way, event));
            }
        }
    }
    problems
}

/// Returns the input that lets a checkout take the code of a fork, or may do so.
fn allows_unsafe(step: &Step) -> Option<&Node> {
    let allows = |value: &str| value.eq_ignore_ascii_case("true") || has_expression(value);
    step.input(UNSAFE).map(AsRef::as_ref).filter(|value| value.trimmed().is_some_and(allows))
}

/// Returns how a step gets the code of a fork; `None` if it does not.
fn way(
    document: &Document,
    job: &Job,
    step: &Step,
    settings: &WorkflowSettings,
    applies: &dyn Fn() -> bool,
) -> Option<Way> {
    if let Some(clause) = &step.uses {
        let Uses::Repository(repository) = &clause.uses else { return None };
        let is_checkout =
            settings.checkout_actions.iter().any(|own| own.eq_ignore_ascii_case(&repository.name));
        let env = StepEnv::new(step, job, document.model.workflow.as_deref());
        let input = ["ref", "repository"]
            .into_iter()
            .filter_map(|name| step.input(name))
            .find(|value| value.trimmed().is_some_and(|text| names_head(text, &env)));
        let span = input.filter(|_| is_checkout)?.span;
        let refuses = repository.name == CHECKOUT && refuses_forks(document, job, clause);
        return Some(Way { span, name: repository.name.clone(), refuses });
    }
    let run = step.node.get("run")?;
    let env = StepEnv::new(step, job, document.model.workflow.as_deref());
    let name = fetched_by(run.commands(), &env, applies)?;
    Some(Way { span: document.span_within(run.span, name), name: name.to_owned(), refuses: false })
}

/// Returns whether a value or a word of a script names the code of a pull request.
fn names_head(text: &str, env: &StepEnv<'_>) -> bool {
    let mut found = sources(text);
    let through_env = found.iter().filter_map(|source| match source.path.as_slice() {
        [context, name] if context == "env" => env.get_ignoring_case(name),
        _ => None,
    });
    let through_env: Vec<&str> = through_env.collect();
    found.extend(through_env.iter().flat_map(|text| sources(text)));
    is_pull(text)
        || through_env.iter().any(|text| is_pull(text))
        || found.iter().any(|source| HEADS.contains(&source.path.join(".").as_str()))
}

/// Returns whether a text is, or gives, the reference of a pull request.
fn is_pull(text: &str) -> bool {
    let without = |part: &'_ str, prefix: &str| part.strip_prefix(prefix).unwrap_or(part).to_owned();
    let starts = |part: &str| without(&without(part, "refs/"), "remotes/").starts_with("pull/");
    text.split([':', '+', '\'', '"', ' ']).any(starts)
}

/// Returns whether a version of `actions/checkout` refuses the code of forks by itself.
fn refuses_forks(document: &Document, job: &Job, clause: &UsesClause) -> bool {
    let Some((_, release)) = document.used_release(job, clause) else { return false };
    match (release.major(), release.minor()) {
        (Some(7..), _) => true,
        (Some(major), Some(minor)) => {
            REFUSING.iter().any(|(known, first)| *known == major && minor >= *first)
        }
        _ => false,
    }
}

/// Returns the command of a script that gets the code of a pull request.
fn fetched_by(
    commands: &[ShellCommand],
    env: &StepEnv<'_>,
    applies: &dyn Fn() -> bool,
) -> Option<&'static str> {
    const CHECKOUTS: &[&str] = &["gh pr checkout", "hub pr checkout"];
    let checkout =
        CHECKOUTS.iter().find(|name| commands.iter().any(|command| command.arguments(name).is_some()));
    let names_pull = |word: &String| {
        let mut values = variables(word).filter_map(|name| env.get(name));
        names_head(word, env) || values.any(|value| names_head(value, env))
    };
    let fetches = |name: &&&str| {
        commands
            .iter()
            .any(|command| command.arguments(name).is_some_and(|words| words.iter().any(names_pull)))
    };
    let fetch =
        || ["git pull", "git fetch"].iter().find(fetches).filter(|name| **name == "git pull" || applies());
    checkout.or_else(fetch).copied()
}

fn has(commands: &[ShellCommand], names: &[&str]) -> bool {
    commands.iter().any(|command| names.iter().any(|name| command.arguments(name).is_some()))
}

fn problem(job: &Job, way: &Way, event: &str) -> WorkflowProblem {
    let help = match event {
        COMMENT => {
            "build pull requests in a workflow on `pull_request`, or check `github.event.comment.author_association` in the \
             `if` of the job"
        }
        "workflow_run" => {
            "build pull requests in the workflow on `pull_request`, or add \
             `if: github.event.workflow_run.head_repository.full_name == github.repository` to the job"
        }
        _ => {
            "use `on: pull_request`, or add `if: github.event.pull_request.head.repo.full_name == github.repository` to \
             the job"
        }
    };
    WorkflowProblem {
        message: format!(
            "`{}` gets the code of a fork, and `{event}` runs with the secrets of this repository",
            way.name
        ),
        help: Some(help.to_owned()),
        notes: Vec::new(),
        place: WorkflowPlace::new(way.span, &job.id, &way.name),
    }
}

fn unsafe_input(job: &Job, value: &Node) -> WorkflowProblem {
    let what = match value.trimmed().is_some_and(has_expression) {
        true => format!("`{UNSAFE}` is an expression that may let"),
        false => format!("`{UNSAFE}: true` lets"),
    };
    WorkflowProblem {
        message: format!("{what} the checkout take the code of a fork, in a run that may have secrets"),
        help: Some(
            "remove it, and build pull requests in a workflow on `pull_request`; or add \
             `if: github.event.pull_request.head.repo.full_name == github.repository` to the job"
                .to_owned(),
        ),
        notes: Vec::new(),
        place: WorkflowPlace::new(value.span, &job.id, UNSAFE),
    }
}
