//! Cleanup of a message file, as git does it: comments, superfluous blanks and scissors lines.

use bstr::ByteSlice as _;

use super::message::{self, SCISSORS, is_space};

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

    /// Returns the possible messages that git may record for a file: one, or two.
    ///
    /// With `--verbose` git cuts the message at a scissors line, but a hook does not learn of that option.
    /// If git's own diff follows the line, it is cut. Otherwise the user may have typed the line, and both
    /// texts are possible.
    pub(crate) fn outcomes(self, file: &[u8], comment: &str) -> Vec<Vec<u8>> {
        let file = file.replace("\r\n", "\n");
        let Some(cut) = message::scissors(&file, comment) else {
            return vec![self.clean(&file, comment)];
        };
        let (above, below) = file.split_at(cut);
        let mut outcomes = vec![self.clean(above, comment)];
        if self != Self::Scissors && !is_diff(below, comment) {
            outcomes.push(self.clean(&file, comment));
        }
        outcomes
    }

    fn clean(self, text: &[u8], comment: &str) -> Vec<u8> {
        match self {
            Self::Verbatim => text.to_vec(),
            Self::Strip => strip_space(text, Some(comment)),
            Self::Whitespace | Self::Scissors => strip_space(text, None),
        }
    }
}

/// Returns the comment string that `core.commentChar=auto` has chosen.
///
/// It is taken from the scissors line, or else from the last line that is not blank. The default is `#`.
pub(crate) fn chosen_comment(file: &[u8]) -> &'static str {
    const CHOICES: [&str; 10] = ["#", ";", "@", "!", "$", "%", "^", "&", "|", ":"];
    let lines = || file.lines().filter(|line| !message::is_blank(line));
    let marked =
        lines().find(|line| line.ends_with(SCISSORS.as_bytes())).or(lines().next_back()).unwrap_or_default();
    CHOICES.into_iter().find(|choice| marked.starts_with_str(choice)).unwrap_or("#")
}

/// Returns whether the text from a scissors line on is that of `--verbose`.
///
/// That is comments, followed by nothing or a diff.
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

    const SCISSORS_LINE: &str = "# ------------------------ >8 ------------------------";

    fn outcomes(cleanup: Cleanup, file: &str) -> Vec<String> {
        let outcomes = cleanup.outcomes(file.as_bytes(), "#");
        outcomes.into_iter().map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn each_mode_keeps_what_git_keeps() {
        let file = "\n\nsubject  \n\n\n# note\nbody\t\n\n# end\n\n";
        for (cleanup, kept) in [
            (Cleanup::Strip, "subject\n\nbody\n"),
            (Cleanup::Whitespace, "subject\n\n# note\nbody\n\n# end\n"),
            (Cleanup::Scissors, "subject\n\n# note\nbody\n\n# end\n"),
            (Cleanup::Verbatim, file),
        ] {
            assert_eq!(outcomes(cleanup, file), [kept], "{cleanup:?}");
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
    fn the_diff_of_a_verbose_commit_is_never_recorded() {
        for diff in
            ["", "# Do not touch the line above.\n", "# x\ndiff --git a/f b/f\n", "Submodule a 1..2:\n"]
        {
            let file = format!("subject\n\nbody\n{SCISSORS_LINE}\n{diff}");
            assert_eq!(outcomes(Cleanup::Strip, &file), ["subject\n\nbody\n"], "{diff}");
        }
    }

    #[test]
    fn typed_scissors_line_has_two_outcomes() {
        let file = format!("subject\n{SCISSORS_LINE}\nbody\n");
        assert_eq!(outcomes(Cleanup::Strip, &file), ["subject\n", "subject\nbody\n"]);
        assert_eq!(outcomes(Cleanup::Scissors, &file), ["subject\n"]);
    }

    #[test]
    fn comment_string_may_be_any_text() {
        assert_eq!(Cleanup::Strip.outcomes(b"a\n// b\n# c\n", "//"), [b"a\n# c\n"]);
        assert_eq!(Cleanup::Strip.outcomes(b"subj\n\nSigned-off-by: A <a@x.test>\n", "S"), [b"subj\n"]);
    }

    #[test]
    fn automatic_comment_string_is_recognised() {
        for (file, chosen) in [
            ("a\n\n; help\n", ";"),
            ("a\n; ------------------------ >8 ------------------------\ndiff --git a b\n", ";"),
            ("a\n", "#"),
            ("", "#"),
        ] {
            assert_eq!(chosen_comment(file.as_bytes()), chosen, "{file:?}");
        }
    }
}
