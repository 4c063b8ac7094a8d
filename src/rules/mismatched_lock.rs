//! Rule `mismatched-lock`: the lock file of the actions contradicts a `uses`, or itself.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{Document, LOCK_PATH, LabelledPin, LockFault, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "mismatched-lock",
        group: Group::Workflow,
        default_level: Level::Deny,
        summary: "the lock file of the actions contradicts a `uses`, or itself",
        docs: r#"### What it checks

`.github/workflows/actions.lock` is the lock file that `gh actions-lock` writes. It can be read as GitHub reads it: YAML without
conflict markers, of version v0.0.1 or v0.0.2, with known keys only. Each entry names the commit of its key; each action that is
listed for a workflow, or used by a locked one, has an entry. An action with a full version has the same commit in the lock file
as in the pins of all workflows.

### Why it matters

GitHub runs the commit of the lock file, whatever the tag in `uses` names by then. A lock file that it cannot read is ignored: the
tags are followed again, and nothing says so. A changed oid in it runs other code with the permissions of the workflow.

The lock file counts only where it is enforced. GitHub documents that for GitHub Enterprise Cloud, as a public preview since
2026-10-14: "Locking action dependencies in a repository's workflows" and "Workflow dependency lockfiles" in its documentation. It
does not name the plans Free, Pro and Team. GitHub Enterprise Server and Gitea do not support it, so that it is ignored where the
policy has `server: {type: github}` or `gitea`, and for workflows below `.gitea` and `.forgejo`.

A `uses` of a step, by a tag or a branch, needs no oid of its own if the lock file of the same tree can be read, lists the workflow,
and has the commit. The call of a reusable workflow (`jobs.<id>.uses`) and the steps of a local action always need one.

### Example

Bad:

```yaml
version: 'v0.0.2'
workflows:
    '.github/workflows/ci.yml':
        - 'actions/setup-go@v5.5.0'
dependencies: {}
```

Good:

```yaml
version: 'v0.0.2'
workflows:
    '.github/workflows/ci.yml':
        - 'actions/setup-go@v5.5.0'
dependencies:
    'actions/setup-go@v5.5.0':
        ref: 'v5.5.0'
        commit: 'sha1-d35c59abb061a4a6fb18e82ac0862c26744d6ab5'
        owner_id: 44036562
        repo_id: 192624594
```

### How to fix

Resolve the conflict, then write the file again with GitHub's own tool:

    gh actions-lock

Compare each changed commit with the tag in the repository of the action. To do without the file, pin each `uses` to an oid and
remove it.

### Settings

```yaml
workflows:
  actions-lock: honour   # the default, but on servers that do not enforce it; ignore: it pins nothing and is not judged
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let faults = document.lock_file.iter().flat_map(|lock| &lock.faults);
    faults.map(problem).collect()
}

fn problem(fault: &LockFault) -> WorkflowProblem {
    let message = fault.to_string();
    let notes = match fault.is_fatal() {
        true => vec![format!("{LOCK_PATH} pins nothing until this is repaired")],
        false => Vec::new(),
    };
    WorkflowProblem {
        help: Some("write the file again: `gh actions-lock`".to_owned()),
        notes,
        place: WorkflowPlace::new(fault.span, "", &message).compared_as(None),
        message,
    }
}

/// Returns the problem of a pin whose version has another oid in the lock file, or the other way round.
/// `elsewhere` is the file and line of the other one.
pub(crate) fn lock_conflict(pin: &LabelledPin, other_oid: &str, elsewhere: &str) -> WorkflowProblem {
    let name = super::action_name(&pin.uses, &pin.repository);
    let version = escape(shorten(&pin.version).as_bytes());
    let message = format!("`{name}` {version} is a different commit in {}", escape(elsewhere.as_bytes()));
    let help = format!(
        "look up which of the two is this version, `{}` or `{other_oid}`, and correct the pin or run `gh actions-lock`",
        pin.oid
    );
    let subject = format!("{}@{} {version}", pin.repository, pin.oid);
    WorkflowProblem {
        message,
        help: Some(help),
        notes: Vec::new(),
        place: WorkflowPlace::new(pin.span, &pin.job, &subject),
    }
}
