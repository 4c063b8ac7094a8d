//! Judges content that is in no commit: trees and blobs that a ref names directly, and annotated tags.

use bstr::ByteSlice as _;

use super::Context;
use super::files::FileJudge;
use super::subject::subject;
use crate::error::Result;
use crate::git::{Added, ChangedFile, Changes, Compared, Mode, Oid, Older};
use crate::report::{Finding, Location, Report, UnreadPlace};
use crate::text::quoted;
use crate::token;

/// Maximum number of files that are read ahead at a time.
const MAX_READ_AHEAD: usize = 1024;

/// Place of an object that a ref or a tag points to.
const NOWHERE: UnreadPlace<'_> = UnreadPlace { commit: None, path: b"" };

/// Judges the tags, trees and blobs of a push.
pub(super) fn add_findings(context: Context<'_>, added: &Added, report: &mut Report) -> Result<()> {
    let mut files = FileJudge::new(context.repo, context.policy);
    for oid in &added.tags {
        let Some(tag) = report.read(context.repo.store().read(*oid), NOWHERE)?.map(|tag| tag.data) else {
            continue;
        };
        let (_, message) = tag.split_once_str("\n\n").unwrap_or_default();
        let location = Location::Commit { commit: Some(*oid), subject: subject(message), line: None };
        let help = tag_help(&tag);
        let found = files.tokens.text_findings(location, &tag, report).into_iter();
        report.findings.extend(found.map(|finding| Finding { help: Some(help.clone()), ..finding }));
    }
    for oid in &added.trees {
        add_tree_findings(context, None, *oid, report)?;
    }
    for oid in &added.blobs {
        // A blob that a ref names directly has no path. No forge reads the empty one, so only content is
        // judged.
        let file = ChangedFile { path: "".into(), mode: Mode::File, oid: *oid, older: Older::default() };
        let judged = files.add_findings(None, &file, report);
        report.read(judged, NOWHERE)?;
    }
    Ok(())
}

/// Returns the command that makes a tag again, with its message in the editor.
///
/// The name is left out if it is not UTF-8 or contains a credential.
fn tag_help(tag: &[u8]) -> String {
    let (header, _) = tag.split_once_str("\n\n").unwrap_or((tag, b""));
    let name = header.lines().find_map(|line| line.strip_prefix(b"tag ")?.to_str().ok());
    let name = name.filter(|name| token::redact(name.as_bytes()) == name.as_bytes());
    let sign = if tag.contains_str("-----BEGIN ") { "--sign" } else { "--annotate" };
    match name {
        Some(name) => {
            let (tag, target) = (quoted(name), quoted(&format!("{name}^{{}}")));
            format!(
                "make the tag again, and take it out of the message: `git tag --force {sign} {tag} {target}`"
            )
        }
        None => format!(
            "make the tag again, and take it out of the message: `git tag --force {sign} <tag> <tag>^{{}}`"
        ),
    }
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
    let compared = changes.between(tree, &older, &mut |file| {
        waiting.push(file);
        if waiting.len() < MAX_READ_AHEAD {
            Ok(())
        } else {
            add_batch(&mut files, commit, &mut waiting, report)
        }
    })?;
    add_batch(&mut files, commit, &mut waiting, report)?;
    finish_tree(&mut files, &mut changes, WholeTree { commit, tree, compared }, report)
}

/// A tree whose files have been judged.
pub(super) struct WholeTree {
    pub(super) commit: Option<Oid>,
    pub(super) tree: Oid,
    pub(super) compared: Compared,
}

/// Adds the problems of all files of a tree together, unless a part of it could not be read.
pub(super) fn finish_tree(
    files: &mut FileJudge<'_>,
    changes: &mut Changes<'_>,
    WholeTree { commit, tree, compared }: WholeTree,
    report: &mut Report,
) -> Result<()> {
    if compared.unread.is_empty() {
        let judged = files.finish_tree(changes, &compared.removed, commit, tree, report);
        report.read(judged, UnreadPlace { commit, path: b"" })?;
    }
    for (path, error) in compared.unread {
        report.read(Err::<(), _>(error), UnreadPlace { commit, path: &path })?;
    }
    Ok(())
}

/// Adds the problems of the waiting files, and removes these from `waiting`.
fn add_batch(
    files: &mut FileJudge<'_>,
    commit: Option<Oid>,
    waiting: &mut Vec<ChangedFile>,
    report: &mut Report,
) -> Result<()> {
    // What cannot be read is noted when its file is judged.
    report.read(files.read_ahead(waiting), UnreadPlace { commit, path: b"" })?;
    waiting.drain(..).try_for_each(|file| {
        let judged = files.add_findings(commit, &file, report);
        report.read(judged, UnreadPlace { commit, path: &file.path }).map(drop)
    })
}
