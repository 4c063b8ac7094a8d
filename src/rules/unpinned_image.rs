//! Rule `unpinned-image`: an image is not pinned by digest.

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::{Span, escape};
use crate::workflow::{Document, Expression, Job, Node, Uses, WorkflowSettings, has_expression, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unpinned-image",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "an image is not pinned by digest",
        docs: r#"### What it checks

Every image that a workflow or an action runs is pinned by digest: exactly one `@`, followed by `sha256:` and exactly 64
lower-case hexadecimal digits. This covers `uses: docker://`, `container` and `services` of a job in both forms, and
`runs.image` of an action. A value of the matrix passes if the image is pinned with each of its values in the file, or is empty.

### Why it matters

The tag of an image can be pushed again with different content. A container has access to the job's secrets and work tree.

### Example

Bad:

```yaml
container: golang:1.24
```

Good:

```yaml
container: golang:1.24@sha256:20a022e5112a144aa7b7aeb3f22ebf2cdaefcc4aac0d64e8deeea8cdc2d5c8a7
```

### How to fix

Look up the digest in the registry and append it; the tag may stay:

    docker buildx imagetools inspect golang:1.24 --format '{{ .Manifest.Digest }}'

An image given by an expression (`${{ matrix.image }}`) is pinned only if the digest follows the expression.

Other tools call this `unpinned-images` (zizmor), `Pinned-Dependencies` (OpenSSF Scorecard), and
`deny_job_container_latest_image` (ghalint).

### Settings

```yaml
workflows:
  exempt:
    - rule: unpinned-image
      uses: ghcr.io/our-organisation/*
      reason: built by ourselves in the same run
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let mut problems = Vec::new();
    for (job, clause) in document.model.uses() {
        if let Uses::Docker(image) = &clause.uses {
            problems.extend(problem(job, image, clause.span));
        }
    }
    for job in &document.model.jobs {
        let images = job.images.iter().filter(|image| !has_pinned_values(job, &image.name));
        problems.extend(images.filter_map(|image| problem(job, &image.name, image.span)));
    }
    problems
}

fn problem(job: &Job, image: &str, span: Span) -> Option<WorkflowProblem> {
    if is_pinned(image) {
        return None;
    }
    let shown = escape(shorten(image).as_bytes());
    let (message, help) = match has_expression(image) {
        true => (
            format!("the image `{shown}` is not pinned by digest: an expression can have any value"),
            "replace the expression: `<name>@sha256:<64 hex digits>`".to_owned(),
        ),
        false => (
            format!("the image `{shown}` is not pinned by digest"),
            format!(
                "pin it: `{}@sha256:<64 hex digits>`",
                shown.split_once('@').map_or(shown.as_str(), |(name, _)| name)
            ),
        ),
    };
    Some(WorkflowProblem {
        message,
        help: Some(help),
        notes: Vec::new(),
        place: WorkflowPlace::new(span, &job.id, image)
            .compared_as(is_plain(image).then(|| image.to_owned())),
    })
}

/// Returns whether an image is a value of the matrix, with text around it or without, and pinned with every such value. A
/// value that is the whole image may be empty, too.
fn has_pinned_values(job: &Job, image: &str) -> bool {
    let parts = image.split_once("${{").and_then(|(before, rest)| {
        let (inner, after) = rest.split_once("}}")?;
        (!after.contains("${{")).then_some((before, inner, after))
    });
    let Some((before, inner, after)) = parts else { return false };
    let path = Expression::parse(inner).and_then(|expression| expression.path()).unwrap_or_default();
    let Some((key, below)) =
        path.strip_prefix("matrix.").map(|path| path.split_once('.').unwrap_or((path, "")))
    else {
        return false;
    };
    let Some(matrix) = job.node.get("strategy").and_then(|strategy| strategy.get("matrix")) else {
        return false;
    };
    let Some(lists) = values(matrix, key) else { return false };
    let parts = || below.split('.').filter(|part| !part.is_empty());
    let mut values = lists.into_iter().filter_map(|value| parts().try_fold(value, below_key)).peekable();
    let is_whole = before.is_empty() && after.is_empty();
    let may_be = |text: &str| is_whole && text.is_empty() || is_pinned(&format!("{before}{text}{after}"));
    values.peek().is_some() && values.all(|value| value.trimmed().is_some_and(may_be))
}

fn below_key<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get_ignoring_case(key).map(AsRef::as_ref)
}

/// Returns the values of a key of a matrix; `None` if they are known only when the workflow runs.
fn values<'n>(matrix: &'n Node, key: &str) -> Option<Vec<&'n Node>> {
    let mut found: Vec<&Node> = Vec::new();
    if let Some(list) = matrix.get_ignoring_case(key) {
        found.extend(list.items()?.iter().map(AsRef::as_ref));
    }
    if let Some(include) = matrix.get("include") {
        found.extend(
            include.items()?.iter().filter_map(|item| item.get_ignoring_case(key)).map(AsRef::as_ref),
        );
    }
    matrix.pairs()?;
    Some(found)
}

/// Returns whether a name is spelled in the usual way, so that it may match a pattern of the policy.
fn is_plain(image: &str) -> bool {
    let is_usual =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'@');
    image.bytes().all(is_usual) && !["..", "//"].iter().any(|odd| image.contains(odd))
}

/// Returns whether a name ends in `@sha256:` and exactly 64 lower-case hexadecimal digits, with no other `@`.
fn is_pinned(image: &str) -> bool {
    let Some((name, digest)) = image.split_once('@') else { return false };
    let Some(digits) = digest.strip_prefix("sha256:") else { return false };
    !name.is_empty()
        && digits.len() == 64
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
