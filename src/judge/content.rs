//! Judges content that no commit brings: trees and blobs at the end of a ref, and annotated tags.

use super::Bench;
use super::commits::subject;
use super::stub::Tokens;
use super::workflows::Workflows;
use crate::error::Result;
use crate::finding::{Location, Report};
use crate::git::{Added, ChangedFile, Changes, Mode, Oid};

/// Judges the tags, trees and blobs of a push.
pub(super) fn judge(bench: Bench<'_>, added: &Added, report: &mut Report) -> Result<()> {
    for tag in &added.tags {
        judge_tag(bench, *tag, report)?;
    }
    for oid in &added.trees {
        tree(bench, None, *oid, report)?;
    }
    for oid in &added.blobs {
        // A blob at the end of a ref has no path: an empty one is in no scope, and only its content counts.
        let file = ChangedFile { path: "".into(), mode: Mode::File, oid: *oid, before: Vec::new() };
        report.checked.blobs += 1;
        report.findings.extend(Tokens::new(bench.policy).file(bench.repo, None, &file)?);
    }
    Ok(())
}

/// Judges every file of a tree as if it had come from nothing.
pub(super) fn tree(bench: Bench<'_>, commit: Option<Oid>, tree: Oid, report: &mut Report) -> Result<()> {
    let mut workflows = Workflows::new(bench.policy);
    let mut tokens = Tokens::new(bench.policy);
    Changes::new(bench.repo).all(tree, &mut |file| {
        let workflow = workflows.file(bench.repo, commit, &file)?;
        report.checked.workflows += u64::from(workflow.judged);
        report.findings.extend(workflow.findings);
        report.remarks.extend(workflow.remarks);
        report.checked.blobs += 1;
        report.findings.extend(tokens.file(bench.repo, commit, &file)?);
        Ok(())
    })
}

/// Tokens in an annotated tag: its name, its tagger and its message.
fn judge_tag(bench: Bench<'_>, oid: Oid, report: &mut Report) -> Result<()> {
    let tag = bench.repo.read(oid)?;
    let message =
        tag.data.windows(2).position(|pair| pair == b"\n\n").and_then(|end| tag.data.get(end + 2..));
    let location =
        Location::Commit { commit: Some(oid), subject: subject(message.unwrap_or_default()), line: None };
    report.findings.extend(Tokens::new(bench.policy).text(location, &tag.data));
    Ok(())
}
