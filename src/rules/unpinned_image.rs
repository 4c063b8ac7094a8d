//! An image is not pinned by digest.

use super::{Check, Group, Rule};
use crate::finding::{Place, Problem, Span};
use crate::policy::{Level, Policy};
use crate::text::escape;
use crate::workflow::{Document, Job, Uses, has_expression, shorten};

pub(super) static RULE: Rule = Rule {
    id: "unpinned-image",
    group: Group::Workflow,
    default_level: Level::Warn,
    summary: "an image is not pinned by digest",
    docs: include_str!("unpinned_image.md"),
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &Policy) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (job, clause) in document.model.uses() {
        if let Uses::Docker(image) = &clause.uses {
            problems.extend(judge(job, image, clause.span));
        }
    }
    for job in &document.model.jobs {
        problems.extend(job.images.iter().filter_map(|image| judge(job, &image.name, image.span)));
    }
    problems
}

fn judge(job: &Job, image: &str, span: Span) -> Option<Problem> {
    if is_pinned(image) {
        return None;
    }
    let shown = escape(shorten(image).as_bytes());
    let (message, help) = match has_expression(image) {
        true => (
            format!("the image `{shown}` is not pinned by digest: an expression can name anything"),
            "write the image out: `<name>@sha256:<64 hex digits>`".to_owned(),
        ),
        false => (
            format!("the image `{shown}` is not pinned by digest"),
            format!("pin it: `{}@sha256:<64 hex digits>`", shown.split('@').next().unwrap_or_default()),
        ),
    };
    Some(super::workflow_problem(job, image, message, Some(help), Place::Span(span)))
}

/// Whether a name ends in `@sha256:` and exactly 64 lower-case digits, behind the only `@`.
fn is_pinned(image: &str) -> bool {
    let Some((name, digest)) = image.split_once('@') else { return false };
    let Some(digits) = digest.strip_prefix("sha256:") else { return false };
    !name.is_empty()
        && digits.len() == 64
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
