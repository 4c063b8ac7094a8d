//! What git makes of a message file: comments and superfluous blanks go, and everything below a scissors line may go.

use bstr::ByteSlice as _;

use super::message::{self, SCISSORS, is_space};

/// How git cleans a message up (git-commit(1), `--cleanup`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cleanup {
    /// Comments and superfluous blanks go.
    Strip,
    /// Superfluous blanks go.
    Whitespace,
    /// What stands below a scissors line goes, and superfluous blanks.
    Scissors,
    /// Nothing goes.
    Verbatim,
}

impl Cleanup {
    /// The mode of a name as git reads it; an editor decides what the default is.
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

    /// Everything that git may record of a message file: one text, or two where a hook cannot tell.
    ///
    /// A hook does not learn of `--verbose`, with which git cuts at a scissors line. What stands below one is git's own
    /// diff, or else somebody has typed the line, and then both texts are possible.
    pub(crate) fn outcomes(self, file: &[u8], comment: &str) -> Vec<Vec<u8>> {
        let file = file.replace("\r\n", "\n");
        let Some(cut) = message::scissors(&file, comment) else {
            return vec![self.clean(&file, comment)];
        };
        let (above, below) = file.split_at_checked(cut).unwrap_or((&file, b""));
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

/// The comment string that `core.commentChar=auto` has chosen: that of the scissors line, or of the last line.
pub(crate) fn chosen_comment(file: &[u8]) -> &'static str {
    const CHOICES: [&str; 10] = ["#", ";", "@", "!", "$", "%", "^", "&", "|", ":"];
    let lines = || file.lines().filter(|line| !message::is_blank(line));
    let marked =
        lines().find(|line| line.ends_with(SCISSORS.as_bytes())).or(lines().next_back()).unwrap_or_default();
    CHOICES.into_iter().find(|choice| marked.starts_with_str(choice)).unwrap_or("#")
}

/// Whether what stands from a scissors line on is what `--verbose` puts there: nothing, or a diff below comments.
fn is_diff(below: &[u8], comment: &str) -> bool {
    let first = below.lines().find(|line| !line.starts_with_str(comment) && !message::is_blank(line));
    first.is_none_or(|line| line.starts_with(b"diff --") || line.starts_with(b"Submodule "))
}

/// git's `strbuf_stripspace`: no blanks at the end of lines, no blank lines at either end, one between paragraphs.
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
    fn the_default_depends_on_whether_an_editor_is_used() {
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
    fn below_a_typed_scissors_line_both_is_possible() {
        let file = format!("subject\n{SCISSORS_LINE}\nbody\n");
        assert_eq!(outcomes(Cleanup::Strip, &file), ["subject\n", "subject\nbody\n"]);
        assert_eq!(outcomes(Cleanup::Scissors, &file), ["subject\n"]);
    }

    #[test]
    fn the_comment_string_may_be_any() {
        assert_eq!(Cleanup::Strip.outcomes(b"a\n// b\n# c\n", "//"), [b"a\n# c\n"]);
        assert_eq!(Cleanup::Strip.outcomes(b"subj\n\nSigned-off-by: A <a@x.test>\n", "S"), [b"subj\n"]);
    }

    #[test]
    fn an_automatic_comment_string_is_recognised() {
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
