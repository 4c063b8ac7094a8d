//! applypatch-msg: `<file>` contains the message that `git am` has taken from a patch.
//!
//! git records the file unchanged. It passes the author in `rebase-apply/author-script`, not in the
//! environment.

use std::path::Path;

use bstr::{BString, ByteSlice as _};

use super::commit_msg::{DraftCommit, DraftText, config_value, identity, read_message};
use crate::error::{Error, Result};
use crate::git::{CommitText, Repo};
use crate::signoff::cleanup::ReadingKind;
use crate::text::unquote;

/// Reads the message file and the author of the patch, and queries git for the committer.
///
/// # Errors
/// Fails if a file cannot be read or is not in git's format, or if git does not report the committer.
pub(crate) fn read(repo: &Repo, file: &Path) -> Result<DraftCommit> {
    let script = std::fs::read(repo.git_dir().join("rebase-apply").join("author-script"))
        .map_err(|error| Error::io("cannot read the author of the patch", error))?;
    let author = parse_author(&script)
        .ok_or_else(|| Error::contract("`rebase-apply/author-script` does not contain the author"))?;
    let text = CommitText {
        authors: vec![author],
        committers: vec![identity("GIT_COMMITTER_IDENT")?],
        encoding: config_value("i18n.commitEncoding")?,
        message: read_message(file)?.into(),
        ..CommitText::default()
    };
    let texts = vec![DraftText { text, kind: ReadingKind::Expected }];
    Ok(DraftCommit { texts, merged: Vec::new(), is_patch: true })
}

/// Parses the author script into the value of an author header.
///
/// The time is set to 0: it does not matter here, and a patch may have any.
fn parse_author(script: &[u8]) -> Option<BString> {
    let value = |name: &str| {
        let line = script.lines().find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        unquote(line?)
    };
    let (name, email) = (value("GIT_AUTHOR_NAME")?, value("GIT_AUTHOR_EMAIL")?);
    Some([name.as_slice(), b" <", email.as_slice(), b"> 0 +0000"].concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn author_is_unquoted() {
        let script =
            b"GIT_AUTHOR_NAME='Ana O'\\''Hara'\nGIT_AUTHOR_EMAIL='ana@x.test'\nGIT_AUTHOR_DATE='now'\n";
        assert_eq!(parse_author(script).unwrap(), "Ana O'Hara <ana@x.test> 0 +0000");
    }

    #[test]
    fn malformed_script_has_no_author() {
        for script in [
            "",
            "GIT_AUTHOR_NAME='Ana'\n",
            "GIT_AUTHOR_NAME=Ana\nGIT_AUTHOR_EMAIL='a@x.test'\n",
            "GIT_AUTHOR_NAME='Ana\nGIT_AUTHOR_EMAIL='a@x.test'\n",
            "GIT_AUTHOR_NAME='Ana'$(id)\nGIT_AUTHOR_EMAIL='a@x.test'\n",
        ] {
            assert_eq!(parse_author(script.as_bytes()), None, "{script}");
        }
    }
}
