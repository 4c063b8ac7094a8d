//! commit-msg: `<file>` contains the message of a commit that is about to be made.
//!
//! The file is not yet cleaned up by git. Author and committer come from `git var`: git exports the author
//! to this hook, also for `--author` and `--amend`. See githooks(5).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use crate::env;
use crate::error::{Error, Result};
use crate::git::{CommitText, Git, Oid, Repo};
use crate::signoff::cleanup::{Cleanup, CommentString, MessageFile, ReadingKind};
use crate::text::escape_path;

/// A commit that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftCommit {
    /// Texts that git may record, the expected one first.
    pub texts: Vec<DraftText>,
    /// Parents of the commit if it concludes a merge; empty otherwise.
    pub merged: Vec<Oid>,
    /// True if `git am` makes it from a patch.
    pub is_patch: bool,
}

/// A text that git may record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftText {
    /// Headers and message.
    pub text: CommitText,
    /// Condition under which git records it.
    pub kind: ReadingKind,
}

/// Reads the message file and queries git for the author and the committer.
///
/// # Errors
/// Fails if the file cannot be read, or if git does not report the author, the committer or its config.
pub(crate) fn read(repo: &Repo, file: &Path) -> Result<DraftCommit> {
    let message = read_message(file)?;
    let has_editor = has_editor();
    let mode = config_value("commit.cleanup")?;
    let cleanup = Cleanup::from_name(mode.as_deref().map(Vec::as_slice), has_editor)
        .ok_or_else(|| Error::contract("the value of git config `commit.cleanup` is not known to git"))?;
    let is_continued = mode.is_none() && !has_editor && is_continued(repo);
    let file = MessageFile { cleanup, has_editor, is_continued, comment: comment_string()? };
    let text = CommitText {
        authors: vec![identity("GIT_AUTHOR_IDENT")?],
        committers: vec![identity("GIT_COMMITTER_IDENT")?],
        encoding: config_value("i18n.commitEncoding")?,
        ..CommitText::default()
    };
    let texts = file.readings(&message).into_iter().map(|reading| DraftText {
        text: CommitText { message: reading.message.into(), ..text.clone() },
        kind: reading.kind,
    });
    let texts = texts.collect();
    Ok(DraftCommit { texts, merged: merged(repo)?, is_patch: false })
}

/// Returns whether git has opened an editor: else it gives the hook `GIT_EDITOR=:` (githooks(5)).
pub(crate) fn has_editor() -> bool {
    env::git_variable("GIT_EDITOR").is_none_or(|editor| editor != OsStr::new(":"))
}

/// Reads the message file of a hook.
pub(super) fn read_message(file: &Path) -> Result<Vec<u8>> {
    let shown = escape_path(file);
    std::fs::read(file).map_err(|error| Error::io(format!("cannot read the message file `{shown}`"), error))
}

/// Returns the identity of a `git var` variable, with time and zone, as git would record it now.
pub(super) fn identity(variable: &str) -> Result<BString> {
    Ok(Git::new("var").arg(variable).output()?.trim_end_with(|c| c == '\n').into())
}

/// Returns a value of git config; `None` if it is not set.
pub(super) fn config_value(key: &str) -> Result<Option<BString>> {
    let answer = Git::new("config").args(["-z", "--get", key]).answer()?;
    match answer.code {
        Some(0) => Ok(Some(answer.stdout.strip_suffix(b"\0").unwrap_or(&answer.stdout).into())),
        Some(1) => Ok(None),
        _ => Err(answer.refusal("config")),
    }
}

/// Returns whether a command of git commits that continues a cherry-pick or a revert, not the user.
///
/// git puts the directory of its programs into `PATH`, and does so once more for a command that another one runs.
fn is_continued(repo: &Repo) -> bool {
    let is_begun = |name: &&str| repo.git_dir().join(name).exists();
    let programs = env::git_variable("GIT_EXEC_PATH").map(PathBuf::from);
    let directories: Vec<Option<PathBuf>> = env::search_path().map(Some).collect();
    ["CHERRY_PICK_HEAD", "REVERT_HEAD"].iter().any(is_begun)
        && programs.is_some()
        && directories.windows(2).any(|pair| pair.iter().all(|directory| *directory == programs))
}

/// Returns the comment string.
///
/// `core.commentChar` and `core.commentString` set the same value, and the last one counts.
fn comment_string() -> Result<CommentString> {
    let answer = Git::new("config").args(["-z", "--get-regexp", r"^core\.comment(char|string)$"]).answer()?;
    let value = match answer.code {
        Some(0) => {
            let entries = answer.stdout.strip_suffix(b"\0").unwrap_or(&answer.stdout);
            let last = entries.rsplit_once_str("\0").map_or(entries, |(_, last)| last);
            last.split_once_str("\n").map(|(_, value)| value.to_str_lossy().into_owned())
        }
        Some(1) => None,
        _ => return Err(answer.refusal("config")),
    };
    Ok(match value {
        None => CommentString::Fixed("#".to_owned()),
        Some(auto) if auto.eq_ignore_ascii_case("auto") => CommentString::Auto,
        Some(value) => CommentString::Fixed(value),
    })
}

/// Returns the parents of the merge that the commit concludes; empty if it concludes none.
fn merged(repo: &Repo) -> Result<Vec<Oid>> {
    let heads = match std::fs::read(repo.git_dir().join("MERGE_HEAD")) {
        Ok(heads) => heads,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("cannot read MERGE_HEAD", error)),
    };
    let head = Git::new("rev-parse").args(["--verify", "HEAD"]).output()?;
    let lines = head.lines().chain(heads.lines());
    let oid = |line| Oid::from_hex(line).ok_or_else(|| Error::contract("MERGE_HEAD contains an invalid oid"));
    lines.map(oid).collect()
}
