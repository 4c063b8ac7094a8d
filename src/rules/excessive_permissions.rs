//! Rule `excessive-permissions`: a workflow gives its GITHUB_TOKEN more than the least permissions.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::{Span, escape};
use crate::workflow::{Document, Job, Model, Node, Pair, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "excessive-permissions",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a workflow grants excessive permissions to GITHUB_TOKEN",
        docs: r#"### What it checks

The permissions of `GITHUB_TOKEN` are declared, and write access is granted only to the jobs that need it:

- every job has a `permissions` block, or the workflow has one; without one, the settings of the repository apply. One finding names all
  such jobs of a file. A workflow that only others call needs none: its caller is checked;
- `write-all` is not used, and neither is `read-all` unless the policy allows it;
- a workflow with several jobs does not grant `write` to all of them, including `id-token: write`;
- every scope is known to GitHub, and every level is one that this scope has: `id-token` has no `read`, `models` has no `write`.

What the workflow grants is not limited where every job has a block of its own: no token gets it. The `permissions` that a single job
grants itself are not limited. Workflows of Gitea and Forgejo are not checked, because
these servers do not support `permissions`.

### Why it matters

Everything that runs in a job can read its token: every action, every script and every dependency that they install. If one
of them is compromised, it can do everything that the token allows.

### Example

Bad:

```yaml
permissions: write-all
steps:
  - run: make test
```

Good:

```yaml
permissions:
  contents: read
steps:
  - run: make test
```

### How to fix

Write `permissions: {}` at the top of the workflow, and list in each job only the scopes that it needs, each with the lowest
sufficient level:

```yaml
permissions: {}
jobs:
  release:
    permissions:
      contents: write
```

Other tools call this `excessive-permissions` (zizmor), `Token-Permissions` (OpenSSF Scorecard) and `job_permissions`
(ghalint). zizmor does not report `write-all` in a workflow with a single job.

### Settings

```yaml
workflows:
  read-all: false        # true: allow `read-all`
  exempt:
    - rule: excessive-permissions
      path: .github/workflows/stale.yml
      reason: it works on issues, pull requests and branches
```
"#,
    },
    check: Check::Workflow(check),
};

/// Scopes known to GitHub. Source: docs.github.com, "Workflow syntax", `permissions`, and the schema of its
/// workflow parser.
const SCOPES: &[&str] = &[
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "code-quality",
    "contents",
    "copilot-requests",
    "deployments",
    "discussions",
    "drives",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
    "vulnerability-alerts",
];

/// Levels of a scope that is not in [`LIMITED`].
const LEVELS: &[&str] = &["read", "write", "none"];

/// Scopes that do not have every level. Source: the schema of GitHub's workflow parser.
const LIMITED: &[(&str, &[&str])] = &[
    ("copilot-requests", &["write", "none"]),
    ("id-token", &["write", "none"]),
    ("models", &["read", "none"]),
    ("vulnerability-alerts", &["read", "none"]),
];

/// Message about several jobs that have no block.
const WITHOUT: &str = "the jobs {} have no `permissions` and get the default permissions of the repository";

/// `permissions` block, with the jobs to which it applies.
struct Block<'a> {
    /// Id of the job; empty for the workflow.
    job: &'a str,
    /// Description of the jobs that share the block; `None` if it applies to one job only.
    shared: Option<&'static str>,
    /// True if the policy accepts `read-all`.
    read_all: bool,
    /// True if no token gets what it grants.
    is_unused: bool,
}

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let Some(workflow) = &document.model.workflow else { return Vec::new() };
    let jobs = &document.model.jobs;
    let read_all = settings.read_all;
    let is_only_called = is_only_called(&document.model);
    let mut problems = Vec::new();
    let own = workflow.get("permissions");
    if let Some(node) = own {
        problems.extend(
            Block { job: "", shared: sharers(jobs), read_all, is_unused: is_unused(jobs) }.problems(node),
        );
    }
    for job in jobs {
        match job.node.get("permissions") {
            Some(node) => problems
                .extend(Block { job: &job.id, shared: None, read_all, is_unused: false }.problems(node)),
            None if own.is_none() && !is_only_called => problems.push(missing(job)),
            None => {}
        }
    }
    problems
}

/// Returns whether every job has a block of its own.
fn is_unused(jobs: &[Job]) -> bool {
    !jobs.is_empty() && jobs.iter().all(|job| job.node.get("permissions").is_some())
}

/// Returns whether only other workflows start a workflow. It then gets no more than the jobs that call it.
fn is_only_called(model: &Model) -> bool {
    let mut events = model.events().peekable();
    events.peek().is_some() && events.all(|event| event.text() == Some("workflow_call"))
}

/// Returns a description of the jobs that share the block of a workflow; `None` for fewer than two jobs.
fn sharers(jobs: &[Job]) -> Option<&'static str> {
    let one_has_own = jobs.iter().any(|job| job.node.get("permissions").is_some());
    match one_has_own {
        _ if jobs.len() < 2 => None,
        false => Some("every job of the workflow"),
        true => Some("every job that has no `permissions` of its own"),
    }
}

fn missing(job: &Job) -> WorkflowProblem {
    let id = escape(shorten(&job.id).as_bytes());
    WorkflowProblem {
        message: format!(
            "the job `{id}` has no `permissions` and gets the default permissions of the repository"
        ),
        help: Some(
            "write `permissions: {}` at the top of the workflow, and list in each job what it needs"
                .to_owned(),
        ),
        notes: Vec::new(),
        place: WorkflowPlace::new(job.key, &job.id, "none").shared_as(format!("`{id}`"), WITHOUT),
    }
}

impl Block<'_> {
    fn problems(&self, node: &Node) -> Vec<WorkflowProblem> {
        match node.pairs() {
            Some(pairs) => pairs.iter().filter_map(|pair| self.scope_problem(pair)).collect(),
            None => self.value_problem(node).into_iter().collect(),
        }
    }

    /// Checks a level for all scopes at once.
    fn value_problem(&self, node: &Node) -> Option<WorkflowProblem> {
        let help = "list the required scopes, each with its level";
        match node.text().unwrap_or_default() {
            "read-all" if self.read_all => None,
            "read-all" | "write-all" if self.is_unused => None,
            "read-all" => Some(self.problem(
                "`read-all` lets the token read everything".to_owned(),
                help,
                "read-all",
                node.span,
            )),
            "write-all" => Some(self.problem(
                "`write-all` lets the token do everything".to_owned(),
                help,
                "write-all",
                node.span,
            )),
            other => {
                let message =
                    format!("`{}` is not a valid value of `permissions`", escape(shorten(other).as_bytes()));
                Some(self.problem(
                    message,
                    "write `permissions: {}`, or a mapping of scopes",
                    other,
                    node.span,
                ))
            }
        }
    }

    fn scope_problem(&self, pair: &Pair) -> Option<WorkflowProblem> {
        let scope = pair.name();
        let level = pair.value.text().unwrap_or_default();
        let grant = escape(shorten(&format!("{scope}: {level}")).as_bytes());
        let (message, help) = if !SCOPES.contains(&scope) {
            (format!("`{grant}` is not a scope that GitHub knows"), "remove it or correct the name")
        } else if !LEVELS.contains(&level) {
            (
                format!("`{grant}` does not have the level `read`, `write` or `none`"),
                "use `read`, `write` or `none`",
            )
        } else if let Some((_, levels)) =
            LIMITED.iter().find(|(name, levels)| *name == scope && !levels.contains(&level))
        {
            let help =
                if levels.contains(&"write") { "use `write` or `none`" } else { "use `read` or `none`" };
            (format!("`{grant}` is not a level that GitHub knows for this scope"), help)
        } else if let ("write", Some(sharers), false) = (level, self.shared, self.is_unused) {
            (
                format!("`{grant}` is granted to {sharers}"),
                "remove it here, and grant it in the job that needs it",
            )
        } else {
            return None;
        };
        Some(self.problem(message, help, &format!("{scope}: {level}"), pair.key.span))
    }

    fn problem(&self, message: String, help: &str, subject: &str, span: Span) -> WorkflowProblem {
        WorkflowProblem {
            message,
            help: Some(help.to_owned()),
            notes: Vec::new(),
            place: WorkflowPlace::new(span, self.job, &shorten(subject)),
        }
    }
}
