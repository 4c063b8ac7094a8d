//! Rule `unreadable-workflow`: a workflow cannot be read the way the forge reads it.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::Span;
use crate::workflow::{Document, Fault, WorkflowSettings};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unreadable-workflow",
        group: Group::Workflow,
        default_level: Level::Deny,
        summary: "a workflow cannot be parsed the way the forge parses it",
        docs: r#"### What it checks

A workflow is parsed in the same way as by the forge (GitHub, Gitea, Forgejo), so that nothing that it runs is hidden from
the other rules. The following are refused:

- a file that is not YAML or not UTF-8, or has a second document, an unknown tag or a key that is not a string;
- a duplicate key in a mapping; in GitHub's workflows also if the keys differ only in case;
- a merge key (`<<`) in an action or in GitHub's workflows, an unknown alias, or an alias inside its own anchor;
- U+0085, U+2028 and U+2029 outside quotes: the forge treats them as line breaks, editors and diffs do not;
- control characters outside comments;
- `jobs`, `steps` or `services` that are neither a mapping nor a list, or that have an expression as a key;
- more than 1 MiB, 50,000 nodes or 50 levels of nesting;
- a symbolic link or a submodule instead of a workflow or an action;
- a local action or reusable workflow whose path contains `..`, except `./../<directory>/`, a copy beside the work tree; or a
  reusable workflow that is no `.yml` or `.yaml` file;
- more than 256 reusable workflows outside the folders of workflows;
- a workflow that pushes an image and runs more local actions and scripts than are read: 256 actions, 65,536 files, 16 MiB of text.

A local reusable workflow is judged wherever it stands in the repository, also if only the workflow that calls it is new.

A file named like an action is one if any of the three finds the key `runs` in it, or may find it because of such an error.

An error that does not hide a step, such as a missing `on` or an unknown key, is not reported by this rule.

### Why it matters

YAML parsers disagree: a comment for one parser can be a step for another. A check that parses a workflow differently from
the forge, or skips it, can be bypassed.

### Example

Bad:

```yaml
env: &settings
  LEVEL: high
steps:
  - run: make test
    env:
      <<: *settings
```

Good:

```yaml
env:
  LEVEL: high
steps:
  - run: make test
```

### How to fix

Each message shows the location and what to write instead. Most of these files are refused by the forge too.

zizmor warns about such files and skips them unless `--strict-collection` is given; OpenSSF Scorecard does not check them.

### Settings

```yaml
workflows:
  exempt:
    - rule: unreadable-workflow
      path: fixtures/broken/action.yml
      reason: a test needs a broken file
```

A comment cannot exempt a file from this rule.
"#,
    },
    check: Check::Workflow(check),
};

/// Maximum number of faults that are shown one by one; the rest are only counted.
const MAX_SHOWN: usize = 100;

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let mut problems: Vec<WorkflowProblem> = document.faults.iter().take(MAX_SHOWN).map(problem).collect();
    if let (more @ 1.., Some(last)) = (document.faults.len().saturating_sub(MAX_SHOWN), problems.last_mut()) {
        last.notes.push(format!("the file has {more} more errors"));
    }
    problems
}

fn problem(fault: &Fault) -> WorkflowProblem {
    let whole = Span { start: 0, end: 0 };
    WorkflowProblem {
        message: fault.kind.to_string(),
        help: Some(fault.kind.help().to_owned()),
        notes: Vec::new(),
        // Without a key, the problem never counts as known: an old fault may hide new steps.
        place: WorkflowPlace {
            span: Some(fault.span).filter(|span| *span != whole),
            key: None,
            uses: None,
            shared: None,
        },
    }
}
