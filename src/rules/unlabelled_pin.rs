//! Rule `unlabelled-pin`: a pin has no version comment, or one version has two oids.

use bstr::ByteSlice as _;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{
    Document, Job, LabelledPin, Reference, Uses, UsesClause, WorkflowSettings, shorten, version,
};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unlabelled-pin",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a pin has no version comment, or one version has two oids",
        docs: r#"### What it checks

A `uses:` that is pinned to an oid has a comment with the version on the same line: `# v4.2.2`, `# 4.2.2`, `# v4`,
`# tag=v4.2.2`, `# name/v1.2.3`, `# name-v1.2.3`, the URL of a release or `# ratchet:owner/repository@v4`. The name of a branch is
not a version, nor is a bare number, a date or another URL. A comment elsewhere in the file counts, too, if it names the oid and a
version. The pins of one action in a file are one finding, and so are all pins of a file that a program has written: its first lines say so, or all its keys are in quotes.

Pins of the same repository with the same full version have the same oid, in all workflows of a commit.

### Why it matters

The 40 digits alone do not show whether they are a release, and tools that update pins read the comment. If the same version
has two oids, one of the comments is wrong.

### Example

Bad:

```yaml
- uses: actions/setup-go@d35c59abb061a4a6fb18e82ac0862c26744d6ab5
```

Good:

```yaml
- uses: actions/setup-go@d35c59abb061a4a6fb18e82ac0862c26744d6ab5 # v5.5.0
```

### How to fix

Write the version after the pin. To look it up:

    git ls-remote --tags https://github.com/actions/setup-go | grep d35c59abb061a4a6fb18e82ac0862c26744d6ab5

Other tools call this `ref-version-mismatch` (zizmor, online only) and `-verify-comment` (pinact).

### Settings

```yaml
workflows:
  exempt:
    - rule: unlabelled-pin
      uses: our-organisation/*
      reason: it has no releases
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let mut problems: Vec<(&str, WorkflowProblem)> = Vec::new();
    for (job, clause) in document.model.uses() {
        let Uses::Repository(repository) = &clause.uses else { continue };
        problems
            .extend(problem(document, job, clause).map(|problem| (repository.reference.as_str(), problem)));
    }
    if problems.is_empty() {
        return Vec::new();
    }
    let elsewhere = document.oids_with_version();
    problems.retain(|(oid, _)| !elsewhere.contains(*oid));
    problems.into_iter().map(|(_, problem)| problem).collect()
}

/// Message about the pins of a generated file.
const GENERATED: &str = "the pins of {} have no version comment, and the file is generated";

fn problem(document: &Document, job: &Job, clause: &UsesClause) -> Option<WorkflowProblem> {
    let Uses::Repository(repository) = &clause.uses else { return None };
    let (Reference::Commit(oid) | Reference::Sha256(oid)) = &repository.reference else { return None };
    let comment = document.comment(clause.span).map(|comment| comment.to_str_lossy()).unwrap_or_default();
    if version(&comment).is_some() {
        return None;
    }
    let name = super::action_name(&clause.text, &repository.address());
    let message = match comment.is_empty() {
        true => format!("the pin of `{name}` has no version comment"),
        false => {
            format!(
                "the pin of `{name}` has the comment `{}`, which is not a version",
                escape(shorten(&comment).as_bytes())
            )
        }
    };
    let place = super::place_of_uses(clause, job);
    let (help, place) = match document.is_generated() {
        true => (
            "let the generator write the version as a comment after each pin".to_owned(),
            place.shared_as(format!("`{name}`"), GENERATED),
        ),
        false => (format!("add the version as a comment: `{name}@{oid} # v<version>`"), place.once(&message)),
    };
    Some(WorkflowProblem { message, help: Some(help), notes: Vec::new(), place })
}

/// Returns the problem of a pin whose version has another oid in a second pin. `elsewhere` is the file and
/// line of that pin.
pub(crate) fn pin_conflict(pin: &LabelledPin, other_oid: &str, elsewhere: &str) -> WorkflowProblem {
    let name = super::action_name(&pin.uses, &pin.repository);
    let version = escape(shorten(&pin.version).as_bytes());
    let message = format!("`{name}` {version} is a different commit in {}", escape(elsewhere.as_bytes()));
    let help = format!("one of the two oids is not this version: `{}` or `{other_oid}`", pin.oid);
    let subject = format!("{}@{} {version}", pin.repository, pin.oid);
    WorkflowProblem {
        message,
        help: Some(help),
        notes: Vec::new(),
        place: WorkflowPlace::new(pin.span, &pin.job, &subject),
    }
}
