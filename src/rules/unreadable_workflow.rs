//! Rule `unreadable-workflow`: a workflow cannot be read the way the forge reads it.

use bstr::BString;

use super::{Check, Rule};
use crate::report::{Group, Level, Place, Problem, RuleMeta};
use crate::text::Span;
use crate::workflow::{Document, Fault, WorkflowSettings};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unreadable-workflow",
        group: Group::Workflow,
        default_level: Level::Deny,
        summary: "a workflow cannot be read the way the forge reads it",
        docs: r#"### What it checks

A workflow can be read the way the forge reads it, so that nothing it runs is hidden from the other rules. Refused are:

- what is no YAML, no UTF-8, has a second document, a tag without meaning or a key that is no text;
- a key that stands twice in a mapping, in GitHub's workflows also when only its case differs;
- a merge key (`<<`) in GitHub's workflows, an unknown alias, an alias inside its own anchor;
- U+0085, U+2028 and U+2029 outside quotes: they end a line for the forge, and for no editor and no diff;
- control characters outside comments;
- `jobs`, `steps` or `services` that are neither a mapping nor a list, and expressions as their keys;
- more than 1 MiB, 50,000 nodes or 50 levels;
- a symbolic link or a submodule in the place of a workflow or an action.

A fault that hides no step, such as a missing `on` or an unknown key, is none of this rule's business.

### Why it matters

Readers of YAML disagree. What one takes for a comment is a step for another, and a judge that reads a workflow differently
from the forge, or skips it, lets everything pass.

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

Each message names the place and what to write instead. Most files that are refused here are refused by the forge too.

zizmor warns of such files and skips them unless it is called with `--strict-collection`; OpenSSF Scorecard does not judge
them.

### Settings

```yaml
workflows:
  exempt:
    - rule: unreadable-workflow
      path: fixtures/broken/action.yml
      reason: a test needs it broken
```

A comment cannot exempt a file from this rule.
"#,
    },
    check: Check::Workflow(check),
};

/// Maximum number of faults that are shown one by one; the rest are only counted.
const MAX_SHOWN: usize = 100;

fn check(document: &Document, _: &WorkflowSettings) -> Vec<Problem> {
    let mut problems: Vec<Problem> = document.faults.iter().take(MAX_SHOWN).map(problem).collect();
    if let (more @ 1.., Some(last)) = (document.faults.len().saturating_sub(MAX_SHOWN), problems.last_mut()) {
        last.notes.push(format!("the file has {more} more faults"));
    }
    problems
}

fn problem(fault: &Fault) -> Problem {
    Problem {
        message: fault.reason.to_string(),
        // Empty, so that the problem never counts as known: an old fault may hide new steps.
        identity: BString::default(),
        help: Some(fault.reason.help().to_owned()),
        notes: Vec::new(),
        place: if fault.span == (Span { start: 0, end: 0 }) { Place::Whole } else { Place::Span(fault.span) },
    }
}
