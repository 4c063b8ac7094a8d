//! Judges content that is in no commit: trees and blobs that a ref names directly, and annotated tags.

use bstr::ByteSlice as _;

use super::Context;
use super::files::FileJudge;
use super::subject::subject;
use crate::error::Result;
use crate::git::{Added, ChangedFile, Changes, Mode, Oid, Older};
use crate::report::{Location, Report};

/// Maximum number of files that are read ahead at a time.
const MAX_READ_AHEAD: usize = 1024;

/// Judges the tags, trees and blobs of a push.
pub(super) fn add_findings(context: Context<'_>, added: &Added, report: &mut Report) -> Result<()> {
    let mut files = FileJudge::new(context.repo, context.policy);
    for oid in &added.tags {
        let tag = context.repo.store().read(*oid)?.data;
        let (_, message) = tag.split_once_str("\n\n").unwrap_or_default();
        let location = Location::Commit { commit: Some(*oid), subject: subject(message), line: None };
        report.findings.extend(files.tokens.text_findings(location, &tag));
    }
    for oid in &added.trees {
        add_tree_findings(context, None, *oid, report)?;
    }
    for oid in &added.blobs {
        // A blob that a ref names directly has no path. No forge reads the empty one, so only content is
        // judged.
        let file = ChangedFile { path: "".into(), mode: Mode::File, oid: *oid, older: Older::default() };
        files.add_findings(None, &file, report)?;
    }
    Ok(())
}

/// Judges every file of a tree as if all of them were new.
pub(super) fn add_tree_findings(
    context: Context<'_>,
    commit: Option<Oid>,
    tree: Oid,
    report: &mut Report,
) -> Result<()> {
    let mut files = FileJudge::new(context.repo, context.policy);
    let older = Older::default();
    files.enter_tree(tree, &older);
    let (mut waiting, mut changes) = (Vec::new(), Changes::new(context.repo));
    let removed = changes.between(tree, &older, &mut |file| {
        waiting.push(file);
        if waiting.len() < MAX_READ_AHEAD {
            Ok(())
        } else {
            add_batch(&mut files, commit, &mut waiting, report)
        }
    })?;
    add_batch(&mut files, commit, &mut waiting, report)?;
    files.finish_tree(&mut changes, &removed, commit, tree, report)
}

/// Adds the problems of the waiting files, and removes these from `waiting`.
fn add_batch(
    files: &mut FileJudge<'_>,
    commit: Option<Oid>,
    waiting: &mut Vec<ChangedFile>,
    report: &mut Report,
) -> Result<()> {
    files.read_ahead(waiting)?;
    waiting.drain(..).try_for_each(|file| files.add_findings(commit, &file, report))
}
