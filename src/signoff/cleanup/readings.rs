//! Messages that git may record for a message file: a hook learns neither `--cleanup` nor `--verbose`.

use bstr::ByteSlice as _;

use super::{Cleanup, is_diff};
use crate::signoff::message::{self, SCISSORS};

/// Comment string of git config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommentString {
    /// A given one.
    Fixed(String),
    /// One that begins no line of the message, as git found it.
    Auto,
}

/// Message file, with what a hook learns about it.
#[derive(Debug, Clone)]
pub(crate) struct MessageFile {
    /// Cleanup mode, unless an option sets another one.
    pub cleanup: Cleanup,
    /// True if git has opened an editor.
    pub has_editor: bool,
    /// True if git continues a cherry-pick or a revert without an editor, for which it sets the mode `strip`.
    pub is_continued: bool,
    /// Comment string.
    pub comment: CommentString,
}

/// A message that git may record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Message.
    pub message: Vec<u8>,
    /// Condition under which git records it.
    pub kind: ReadingKind,
}

/// Condition under which git records a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadingKind {
    /// Nothing else than what git config says.
    Expected,
    /// An option, which is as likely as not.
    Possible(Doubt),
    /// An option, which nobody has to expect.
    Unlikely(Doubt),
}

/// Lines that git may or may not record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Those below a scissors line that git may not have written.
    BelowScissors,
    /// Those that begin with a comment string.
    Comments(String),
}

/// Help that git has written into the file about comments, in English (`prepare_to_commit`).
#[derive(Debug, PartialEq, Eq)]
struct Help {
    comment: String,
    /// True if comments are recorded.
    are_kept: bool,
    /// Offset in the file.
    at: usize,
}

impl MessageFile {
    /// Returns the messages that git may record, the expected one first.
    pub(crate) fn readings(&self, file: &[u8]) -> Vec<Reading> {
        let file = file.replace("\r\n", "\n");
        let help = if self.has_editor { Help::find(&file) } else { None };
        let comment = match (&help, &self.comment) {
            (Some(help), _) => &help.comment,
            (None, CommentString::Fixed(comment)) => comment,
            (None, CommentString::Auto) => chosen_comment(&file),
        };
        // Without an editor, no line begins with the string that `auto` chooses.
        let is_in_use = self.has_editor || self.comment != CommentString::Auto;
        let cut = match message::scissors(&file, comment) {
            Some(cut) if help.as_ref().is_none_or(|help| help.has_cut(&file, cut)) => cut,
            _ => file.len(),
        };
        let (above, below) = file.split_at(cut);
        let is_cut_by_git = self.has_editor && is_diff(below, comment) && !is_old_diff(below, comment);
        let is_cut = is_cut_by_git && has_instruction(below) && !is_written_by_git(above, comment);
        // An editor shows the help, unless the user or git config is against it, or the language is another one.
        let is_unhelped = self.has_editor && help.is_none() && !is_cut;
        let is_expected = comment == "#" || !is_in_use || self.is_continued || is_unhelped;
        let doubt = Doubt::Comments(comment.to_owned());
        let mut readings: Vec<Reading> = Vec::new();
        for (number, cleanup) in self.modes(help.as_ref(), is_cut).into_iter().enumerate() {
            let clean = |text: &[u8]| cleanup.clean(text, Some(comment).filter(|_| is_in_use));
            let kind = match number {
                0 => ReadingKind::Expected,
                _ if is_expected => ReadingKind::Unlikely(doubt.clone()),
                _ => ReadingKind::Possible(doubt.clone()),
            };
            add(&mut readings, Reading { message: clean(above), kind: kind.clone() });
            if !below.is_empty() && cleanup != Cleanup::Scissors && !is_cut_by_git {
                let kind = if number == 0 { ReadingKind::Possible(Doubt::BelowScissors) } else { kind };
                add(&mut readings, Reading { message: clean(&file), kind });
            }
        }
        readings
    }

    /// Returns the modes that git may use, the expected one first.
    ///
    /// `is_cut` is set if git has written a scissors line with all its comments below.
    fn modes(&self, help: Option<&Help>, is_cut: bool) -> Vec<Cleanup> {
        let kept = [Cleanup::Whitespace, Cleanup::Verbatim];
        match help {
            None if is_cut => vec![Cleanup::Scissors, Cleanup::Strip],
            None if self.is_continued => [Cleanup::Strip].into_iter().chain(kept).collect(),
            Some(Help { are_kept: false, .. }) => vec![Cleanup::Strip],
            Some(Help { are_kept: true, .. }) if self.cleanup == Cleanup::Verbatim => {
                kept.into_iter().rev().collect()
            }
            Some(Help { are_kept: true, .. }) => kept.to_vec(),
            None => [self.cleanup, Cleanup::Strip].into_iter().chain(kept).collect(),
        }
    }
}

/// Adds a reading unless an earlier one has the same message.
fn add(readings: &mut Vec<Reading>, reading: Reading) {
    if readings.iter().all(|other| other.message != reading.message) {
        readings.push(reading);
    }
}

impl Help {
    /// Finds the last one.
    ///
    /// git writes it above the diff of `--verbose`, and below an old diff of a file that is used again.
    fn find(file: &[u8]) -> Option<Self> {
        const START: &str = " Please enter the commit message for your changes. Lines starting";
        let (mut found, mut before, mut at) = (None, &b""[..], 0);
        let mut is_in_diff = false;
        for line in file.lines_with_terminator() {
            is_in_diff |= line.starts_with(b"diff --");
            let comment = before.strip_suffix(START.as_bytes()).and_then(|comment| comment.to_str().ok());
            // A file that changes may have the same text.
            let comment = comment.filter(|comment| !is_in_diff || !comment.starts_with([' ', '+', '-']));
            if let Some(comment) = comment
                && let Some(end) =
                    line.strip_prefix(format!("{comment} with '{comment}' will be ").as_bytes())
            {
                let are_kept = end.starts_with(b"kept; ");
                let help = Self { comment: comment.to_owned(), are_kept, at };
                found = Some(help).filter(|_| are_kept || end.starts_with(b"ignored, ")).or(found);
            }
            before = line.trim_end_with(|c| c == '\n');
            at += line.len();
        }
        found
    }

    /// Returns whether git cuts the file at an offset, where a scissors line is.
    ///
    /// One above the help is left from an earlier step (`git merge --cleanup=scissors`); it counts if there is one for
    /// the diff, too.
    fn has_cut(&self, file: &[u8], cut: usize) -> bool {
        cut > self.at || message::scissors(file.split_at(self.at).1, &self.comment).is_some()
    }
}

/// Returns whether the text from a scissors line on says, in English, that the line has to stay.
fn has_instruction(below: &[u8]) -> bool {
    below.lines().nth(1).is_some_and(|line| line.ends_with_str(" Do not modify or remove the line above."))
}

/// Returns whether the comments at the end of a text are those of git, in whatever language.
///
/// There are empty ones among them. They do not tell the mode.
fn is_written_by_git(text: &[u8], comment: &str) -> bool {
    let lines = text.lines().rev().skip_while(|line| message::is_blank(line));
    let comments: Vec<&[u8]> = lines.map_while(|line| line.strip_prefix(comment.as_bytes())).collect();
    comments.len() > 1 && comments.iter().any(|rest| rest.is_empty())
}

/// Returns whether comments of git follow a diff: then the file is one that was left, and is used again.
fn is_old_diff(below: &[u8], comment: &str) -> bool {
    below.lines().any(|line| line.starts_with(b"diff --")) && is_written_by_git(below, comment)
}

/// Returns the comment string that `core.commentChar=auto` has chosen.
///
/// It is taken from the scissors line, or else from the last line that is not blank. The default is `#`.
fn chosen_comment(file: &[u8]) -> &'static str {
    const CHOICES: [&str; 10] = ["#", ";", "@", "!", "$", "%", "^", "&", "|", ":"];
    let lines = || file.lines().filter(|line| !message::is_blank(line));
    let marked =
        lines().find(|line| line.ends_with(SCISSORS.as_bytes())).or(lines().next_back()).unwrap_or_default();
    CHOICES.into_iter().find(|choice| marked.starts_with_str(choice)).unwrap_or("#")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "# ------------------------ >8 ------------------------";
    const SIGNED: &str = "docs: x\n\nSigned-off-by: A <a@x.test>\n";

    fn readings(cleanup: Cleanup, comment: &str, file: &str) -> Vec<(String, char)> {
        let comment = match comment {
            "auto" => CommentString::Auto,
            comment => CommentString::Fixed(comment.to_owned()),
        };
        let has_editor = cleanup != Cleanup::Whitespace;
        let file_of = MessageFile { cleanup, has_editor, is_continued: false, comment };
        let show = |reading: Reading| {
            let kind = match reading.kind {
                ReadingKind::Expected => 'e',
                ReadingKind::Possible(_) => 'p',
                ReadingKind::Unlikely(_) => 'u',
            };
            (String::from_utf8(reading.message).unwrap(), kind)
        };
        file_of.readings(file.as_bytes()).into_iter().map(show).collect()
    }

    fn messages(cleanup: Cleanup, file: &str) -> Vec<String> {
        let readings = readings(cleanup, "#", file).into_iter().filter(|(_, kind)| *kind != 'u');
        readings.map(|(message, _)| message).collect()
    }

    #[test]
    fn the_diff_of_a_verbose_commit_is_never_recorded() {
        for diff in
            ["", "# Do not touch the line above.\n", "# x\ndiff --git a/f b/f\n", "Submodule a 1..2:\n"]
        {
            let file = format!("subject\n\nbody\n{LINE}\n{diff}");
            assert_eq!(messages(Cleanup::Strip, &file), ["subject\n\nbody\n"], "{diff}");
        }
    }

    /// A file that was left of `--verbose` is used again without it.
    #[test]
    fn old_diff_above_help_of_git_is_recorded() {
        let help = "# Please enter the commit message for your changes. Lines starting\n# with '#' will be ignored, and x\n#\n";
        let diff = "diff --git a/f b/f\n+# Please enter the commit message for your changes. Lines starting\n+# with '+#' will be ignored, and\n";
        let old = format!("{SIGNED}\n{help}{LINE}\n# Do not modify or remove the line above.\n{diff}");
        assert_eq!(messages(Cleanup::Strip, &old), [SIGNED]);
        let again = messages(Cleanup::Strip, &format!("{old}\n{help}"));
        assert_eq!(again, [format!("{SIGNED}\n{diff}")]);
        let twice = format!("{old}\n{help}{LINE}\n# Do not modify or remove the line above.\n{diff}");
        assert_eq!(messages(Cleanup::Strip, &twice), [SIGNED]);
        let foreign = format!("{SIGNED}\n{LINE}\n# x\n{diff}\n# Bitte\n#\n# Auf main\n");
        assert_eq!(messages(Cleanup::Strip, &foreign), [SIGNED, &format!("{SIGNED}\n{diff}")]);
        let scissors = format!("{SIGNED}\n{LINE}\n# x\n#\n# Auf main\n#\n");
        assert_eq!(messages(Cleanup::Strip, &scissors), [SIGNED]);
        let twice = format!("{SIGNED}\n{LINE}\n# x\n{diff}# ----\n# Nicht vorgemerkt:\n{diff}");
        assert_eq!(messages(Cleanup::Strip, &twice), [SIGNED]);
    }

    #[test]
    fn continued_pick_is_stripped() {
        let file = format!("{SIGNED}\n; Conflicts:\n;\tf\n");
        let comment = CommentString::Fixed(";".to_owned());
        let message =
            MessageFile { cleanup: Cleanup::Whitespace, has_editor: false, is_continued: true, comment };
        let found = message.readings(file.as_bytes());
        assert_eq!((found[0].message.as_bstr(), &found[0].kind), (SIGNED.into(), &ReadingKind::Expected));
        assert!(found.iter().skip(1).all(|reading| matches!(reading.kind, ReadingKind::Unlikely(_))));
    }

    #[test]
    fn typed_scissors_line_has_two_readings() {
        let file = format!("subject\n{LINE}\nbody\n");
        assert_eq!(messages(Cleanup::Strip, &file), ["subject\n", "subject\nbody\n"]);
        assert_eq!(messages(Cleanup::Scissors, &file), ["subject\n"]);
    }

    #[test]
    fn comments_of_another_string_are_read_both_ways() {
        let file = format!("{SIGNED}; note\n");
        for (comment, kinds) in [(";", "eu"), ("#", "e"), ("; n", "eu"), ("auto", "eu")] {
            let found = readings(Cleanup::Strip, comment, &file);
            assert_eq!(found.iter().map(|(_, kind)| *kind).collect::<String>(), kinds, "{comment}");
            assert_eq!(found[0].0, if comment == "#" { &file } else { SIGNED }, "{comment}");
        }
        let whitespace = readings(Cleanup::Whitespace, ";", &file);
        assert_eq!(whitespace, [(file.clone(), 'e'), (SIGNED.to_owned(), 'p')]);
        let hash = readings(Cleanup::Whitespace, "#", &file.replace(';', "#"));
        assert_eq!(hash.iter().map(|(_, kind)| *kind).collect::<String>(), "eu");
        // What `auto` chooses begins no line, for example not the title.
        assert_eq!(readings(Cleanup::Whitespace, "auto", ":tada: x\n"), [(":tada: x\n".to_owned(), 'e')]);
    }

    #[test]
    fn help_of_git_tells_the_mode_and_the_comment_string() {
        let help = |comment: &str, end: &str| {
            let start = "Please enter the commit message for your changes. Lines starting";
            format!("{SIGNED}\n{comment} {start}\n{comment} with '{comment}' will be {end}\n{comment}\n")
        };
        let ignored = help(";", "ignored, and an empty message aborts the commit.");
        let kept = help(";", "kept; you may remove them yourself if you want to.");
        for comment in [";", "auto", "#"] {
            assert_eq!(readings(Cleanup::Strip, comment, &ignored), [(SIGNED.to_owned(), 'e')], "{comment}");
            assert_eq!(readings(Cleanup::Verbatim, comment, &ignored), [(SIGNED.to_owned(), 'e')]);
            assert_eq!(readings(Cleanup::Strip, comment, &kept), [(kept.clone(), 'e')], "{comment}");
        }
        let both = format!("{kept}{}", ignored.replace(SIGNED, ""));
        assert_eq!(readings(Cleanup::Strip, ";", &both), [(SIGNED.to_owned(), 'e')]);
        let stale = format!("{SIGNED}\n; {}\n; Conflicts:\n{}", &LINE[2..], kept.replace(SIGNED, ""));
        assert_eq!(readings(Cleanup::Scissors, ";", &stale), [(stale.clone(), 'e')]);
        let verbose = format!("{stale}; {}\ndiff --git a/f b/f\n", &LINE[2..]);
        assert_eq!(readings(Cleanup::Scissors, ";", &verbose)[0].0, SIGNED);
        // Without an editor, the text is not that of this commit.
        assert_eq!(readings(Cleanup::Whitespace, ";", &ignored)[0].0, ignored);
    }

    #[test]
    fn without_the_help_of_git_comments_are_taken_as_configured() {
        for block in
            ["; Bitte\n;\n; Auf main\n", ";\n; Zum Commit:\n;\tneu: f\n", "; a\n;\n\n", "; note\n", ";\n"]
        {
            let found = readings(Cleanup::Strip, ";", &format!("{SIGNED}\n{block}"));
            assert_eq!(found[0], (SIGNED.to_owned(), 'e'), "{block}");
            assert!(found.iter().skip(1).all(|(_, kind)| *kind == 'u'), "{block} {found:?}");
        }
    }

    #[test]
    fn automatic_comment_string_is_recognised() {
        for (file, chosen) in [
            ("a\n\n; help\n", ";"),
            ("a\n; ------------------------ >8 ------------------------\ndiff --git a b\n", ";"),
            ("a\n; help\n\n", ";"),
            ("a\n", "#"),
            ("", "#"),
        ] {
            assert_eq!(chosen_comment(file.as_bytes()), chosen, "{file:?}");
        }
    }

    #[test]
    fn text_below_a_typed_scissors_line_is_only_possible() {
        let found = readings(Cleanup::Strip, "#", &format!("subject\n{LINE}\nbody\n"));
        let first_two = [("subject\n".to_owned(), 'e'), ("subject\nbody\n".to_owned(), 'p')];
        assert_eq!(found.get(..2), Some(&first_two[..]));
    }

    /// git writes the instruction alone only with `--cleanup=scissors`, which keeps comments.
    #[test]
    fn instruction_without_help_of_git_tells_the_mode() {
        let below = format!("{LINE}\n# Do not modify or remove the line above.\ndiff --git a/f b/f\n");
        for (above, first) in [("a\n# b\n", "a\n# b\n"), ("a\n\n# Bitte\n#\n", "a\n")] {
            assert_eq!(readings(Cleanup::Strip, "#", &format!("{above}{below}"))[0].0, first, "{above}");
        }
    }

    #[test]
    fn help_says_whether_comments_are_kept() {
        let start = "Please enter the commit message for your changes. Lines starting";
        let help = |end: &str| format!("a  \n\n; {start}\n; with ';' will be {end}\n");
        let kept = help("kept; you may remove them yourself.");
        assert_eq!(readings(Cleanup::Verbatim, ";", &kept)[0].0, kept);
        assert_eq!(readings(Cleanup::Strip, ";", &kept)[0].0, kept.replace("a  ", "a"));
        let unknown = help("framed");
        assert_eq!(readings(Cleanup::Strip, "#", &unknown)[0].0, unknown.replace("a  ", "a"));
    }

    #[test]
    fn parts_that_git_writes_are_recognised() {
        for (below, expected) in [
            ("# >8\n# Do not modify or remove the line above.\n", true),
            ("# >8\n# x\n# Do not modify or remove the line above.\n", false),
            ("# >8\n# Do not touch it\n", false),
        ] {
            assert_eq!(has_instruction(below.as_bytes()), expected, "{below}");
        }
        for (text, expected) in [
            ("a\n# b\n#\n", true),
            ("a\n# b\n#\n\n", true),
            ("a\n# b\n# c\n", false),
            ("a\n#\n", false),
            ("a\n", false),
        ] {
            assert_eq!(is_written_by_git(text.as_bytes(), "#"), expected, "{text}");
            assert!(!is_old_diff(text.as_bytes(), "#"), "{text}");
            assert_eq!(is_old_diff(format!("diff --git a/f b/f\n{text}").as_bytes(), "#"), expected);
        }
    }
}
