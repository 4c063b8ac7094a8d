//! Rule `outdated-action`: an action is older than the policy asks for.

use std::cmp::Ordering;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{Document, Job, Release, Uses, UsesClause, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "outdated-action",
        group: Group::Workflow,
        default_level: Level::Allow,
        summary: "an action is older than the policy asks for",
        docs: r#"### What it checks

An action for which the policy names a minimum version has that version or a newer one. The version is that of the comment after
the pin, else of the tag, else of `.github/workflows/actions.lock`. A label that is too short to tell, such as `# v4` for
`v4.1.1`, counts as too old, and so does an action without any version.

Without `workflows.minimum-versions` there is nothing to check.

### Why it matters

A pin protects from a changed action, not from an old one: a fault that its authors have repaired stays in the workflow. Releases
differ in what they do by default, too: cosign-installer v4.1.1 and sbom-action v0.24.0 are the ones that the practice of the
profile `hardened` was written for.

### Example

With `minimum-versions: {actions/setup-go: v5.5.0}`. Bad:

```yaml
- uses: actions/setup-go@f111f3307d8850f501ac008e886eec1fd1932a34 # v5.3.0
```

Good:

```yaml
- uses: actions/setup-go@d35c59abb061a4a6fb18e82ac0862c26744d6ab5 # v5.5.0
```

### How to fix

Pin a newer release, and write its full version in the comment. To look it up:

    git ls-remote --tags https://github.com/actions/setup-go

### Settings

```yaml
workflows:
  minimum-versions:
    actions/setup-go: v5.5.0
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    if settings.minimum_versions.is_empty() {
        return Vec::new();
    }
    document.model.uses().filter_map(|(job, clause)| problem(document, job, clause, settings)).collect()
}

fn problem(
    document: &Document,
    job: &Job,
    clause: &UsesClause,
    settings: &WorkflowSettings,
) -> Option<WorkflowProblem> {
    let Uses::Repository(repository) = &clause.uses else { return None };
    let minimum = |name: String| settings.minimum_versions.get(&name.to_ascii_lowercase());
    let minimum = minimum(repository.address()).or_else(|| minimum(repository.repository_address()))?;
    let needed = Release::parse(minimum)?;
    let name = super::action_name(&clause.text, &repository.address());
    let shown = |text: &str| escape(shorten(text).as_bytes());
    let minimum = shown(minimum);
    let message = match document.used_release(job, clause) {
        Some((text, release)) => match release.compare(&needed) {
            Some(Ordering::Less) => {
                format!("`{name}` {} is older than {minimum}, which the policy asks for", shown(&text))
            }
            Some(_) => return None,
            None => format!("`{name}` {} does not say whether it is {minimum} or newer", shown(&text)),
        },
        None => format!("`{name}` has no version to be compared with {minimum}, which the policy asks for"),
    };
    Some(WorkflowProblem {
        message,
        help: Some(format!(
            "pin {minimum} or newer, with the full version: `{name}@<40 hex digits> # <version>`"
        )),
        notes: Vec::new(),
        place: super::place_of_uses(clause, job),
    })
}
