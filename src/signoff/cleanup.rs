//! Cleanup of a message file, as git does it: comments, superfluous blanks and scissors lines.

mod readings;

use bstr::ByteSlice as _;

use super::message::{self, is_space};
pub(crate) use readings::{CommentString, Doubt, MessageFile, ReadingKind};

/// Cleanup mode of git (git-commit(1), `--cleanup`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cleanup {
    /// Removes comments and superfluous blanks.
    Strip,
    /// Removes superfluous blanks.
    Whitespace,
    /// Removes the text from a scissors line on, and superfluous blanks.
    Scissors,
    /// Removes nothing.
    Verbatim,
}

impl Cleanup {
    /// Returns the mode for a value of `commit.cleanup`; `None` if git defines no such mode.
    ///
    /// `editor` is set if git opens an editor, which changes the default and the meaning of `scissors`.
    pub(crate) fn from_name(name: Option<&[u8]>, editor: bool) -> Option<Self> {
        match (name, editor) {
            (None | Some(b"default"), true) | (Some(b"strip"), _) => Some(Self::Strip),
            (Some(b"scissors"), true) => Some(Self::Scissors),
            (None | Some(b"default" | b"scissors"), false) | (Some(b"whitespace"), _) => {
                Some(Self::Whitespace)
            }
            (Some(b"verbatim"), _) => Some(Self::Verbatim),
            (Some(_), _) => None,
        }
    }

    /// Returns a text as git cleans it up; without a comment string, no line is a comment.
    fn clean(self, text: &[u8], comment: Option<&str>) -> Vec<u8> {
        match self {
            Self::Verbatim => text.to_vec(),
            Self::Strip => strip_space(text, comment),
            Self::Whitespace | Self::Scissors => strip_space(text, None),
        }
    }
}

/// Returns whether the text from a scissors line on is that of `--verbose`.
///
/// It consists of comments, followed by nothing or a diff.
fn is_diff(below: &[u8], comment: &str) -> bool {
    let first = below.lines().find(|line| !line.starts_with_str(comment) && !message::is_blank(line));
    first.is_none_or(|line| line.starts_with(b"diff --") || line.starts_with(b"Submodule "))
}

/// Removes superfluous blanks like git's `strbuf_stripspace`.
///
/// These are blanks at the end of lines, and all blank lines except one between paragraphs. Also removes
/// lines that start with `comment`, if given.
fn strip_space(text: &[u8], comment: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines() {
        if comment.is_some_and(|comment| line.starts_with_str(comment)) {
            continue;
        }
        let line = line.trim_end_with(|c| u8::try_from(c).is_ok_and(is_space));
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_keeps_what_git_keeps() {
        let file = "\n\nsubject  \n\n\n# note\nbody\t\n\n# end\n\n";
        for (cleanup, kept) in [
            (Cleanup::Strip, "subject\n\nbody\n"),
            (Cleanup::Whitespace, "subject\n\n# note\nbody\n\n# end\n"),
            (Cleanup::Scissors, "subject\n\n# note\nbody\n\n# end\n"),
            (Cleanup::Verbatim, file),
        ] {
            assert_eq!(cleanup.clean(file.as_bytes(), Some("#")).as_bstr(), kept, "{cleanup:?}");
        }
    }

    #[test]
    fn default_mode_depends_on_the_editor() {
        for (name, editor, cleanup) in [
            (None, true, Some(Cleanup::Strip)),
            (None, false, Some(Cleanup::Whitespace)),
            (Some("default"), false, Some(Cleanup::Whitespace)),
            (Some("scissors"), true, Some(Cleanup::Scissors)),
            (Some("scissors"), false, Some(Cleanup::Whitespace)),
            (Some("strip"), false, Some(Cleanup::Strip)),
            (Some("verbatim"), true, Some(Cleanup::Verbatim)),
            (Some("odd"), true, None),
        ] {
            assert_eq!(Cleanup::from_name(name.map(str::as_bytes), editor), cleanup, "{name:?} {editor}");
        }
    }

    #[test]
    fn comment_string_may_be_any_text() {
        assert_eq!(Cleanup::Strip.clean(b"a\n// b\n# c\n", Some("//")), b"a\n# c\n");
        assert_eq!(Cleanup::Strip.clean(b"subj\n\nSigned-off-by: A <a@x.test>\n", Some("S")), b"subj\n");
    }
}
