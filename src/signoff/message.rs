//! Raw commit message: its lines, and the offsets at which git stops reading it.

use std::borrow::Cow;
use std::sync::LazyLock;

use bstr::ByteSlice as _;
use memchr::memchr;
use memchr::memmem::Finder;

/// Text after the comment string on a scissors line. Nothing below that line belongs to the message.
pub(super) const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// Converts CRLF to LF and cuts the message at a scissors line, below which git reads no trailers.
///
/// A lone CR does not end a line. Line numbers stay the same.
pub(super) fn read(raw: &[u8]) -> Cow<'_, [u8]> {
    let text = match memchr(b'\r', raw) {
        Some(_) => Cow::Owned(raw.replace("\r\n", "\n")),
        None => Cow::Borrowed(raw),
    };
    match scissors(&text, "#") {
        None => text,
        Some(cut) => match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.split_at(cut).0),
            Cow::Owned(mut text) => {
                text.truncate(cut);
                Cow::Owned(text)
            }
        },
    }
}

/// Prepared searcher, because preparing one takes longer than searching a message.
static FIND_SCISSORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SCISSORS));

/// Returns the offset of the first scissors line.
pub(super) fn scissors(text: &[u8], comment: &str) -> Option<usize> {
    FIND_SCISSORS.find_iter(text).find_map(|at| {
        let before = text.split_at(at).0.strip_suffix(comment.as_bytes())?;
        let alone = matches!(before.last(), None | Some(b'\n'));
        let ended = matches!(text.get(at + SCISSORS.len()), None | Some(b'\n'));
        (alone && ended).then_some(before.len())
    })
}

/// Returns whether a line contains only blanks.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| is_space(*byte))
}

/// Returns whether git treats a byte as a blank.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Returns whether a line is indented, so that it may continue the trailer above it.
pub(super) fn is_indented(line: &[u8]) -> bool {
    line.first().is_some_and(|byte| is_space(*byte))
}

/// Returns whether git skips a line when it looks for trailers.
pub(super) fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#")
}

/// Returns the end offset of the title: the first blank line. Trailers never occur before it.
pub(super) fn end_of_title(text: &[u8]) -> usize {
    let is_title = |line: &&[u8]| is_comment(line) || !is_blank(line);
    text.lines_with_terminator().take_while(is_title).map(<[u8]>::len).sum()
}

/// Returns the text that may contain trailers.
///
/// Comments, empty lines and old `Conflicts:` lists at the end of a message are outside it.
pub(super) fn body(text: &[u8]) -> &[u8] {
    let may_be_ignored = |line: &&[u8]| {
        is_comment(line) || *line == b"\n" || line.starts_with(b"\t") || *line == b"Conflicts:\n"
    };
    let length: usize = text.lines_with_terminator().rev().take_while(may_be_ignored).map(<[u8]>::len).sum();
    let start = text.len() - length;
    text.split_at(start + ignored_from(text.split_at(start).1)).0
}

/// Returns the offset in `run` from which git ignores lines (`ignored_log_message_bytes`).
///
/// `run` is the end of the message that consists of lines that could be ignored.
fn ignored_from(run: &[u8]) -> usize {
    let (mut at, mut ignored, mut in_conflicts) = (0, None, false);
    for line in run.lines_with_terminator() {
        if is_comment(line) || line == b"\n" {
            ignored = ignored.or(Some(at));
        } else if line == b"Conflicts:\n" {
            in_conflicts = true;
            ignored = ignored.or(Some(at));
        } else if !in_conflicts {
            ignored = None;
        }
        at += line.len();
    }
    ignored.unwrap_or(run.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "# ------------------------ >8 ------------------------";

    #[test]
    fn crlf_becomes_lf_and_lone_cr_stays() {
        assert_eq!(read(b"a\r\nb\rc\r\n").as_ref(), b"a\nb\rc\n");
    }

    #[test]
    fn message_is_cut_at_a_scissors_line() {
        for (text, kept) in [
            (format!("a\n{LINE}\nb\n"), "a\n".to_owned()),
            (format!("a\r\n{LINE}\r\nb\r\n"), "a\n".to_owned()),
            (format!("{LINE}\nb\n"), String::new()),
            (format!("a\n{LINE}"), "a\n".to_owned()),
            (format!("a\n{LINE} x\nb\n"), format!("a\n{LINE} x\nb\n")),
            (format!("a\n {LINE}\nb\n{LINE}\nc\n"), format!("a\n {LINE}\nb\n")),
        ] {
            assert_eq!(read(text.as_bytes()).as_bstr(), kept.as_bytes().as_bstr(), "{text:?}");
        }
    }

    #[test]
    fn body_ends_before_ignored_lines() {
        for (body, tail) in [
            ("a\n", ""),
            ("a\n", "\n\n# x\n\n#y\n"),
            ("a\n", "\nConflicts:\n\tfile\n\tother\n"),
            ("a\n", "Conflicts:\n\tfile\n# c\n\tother\n"),
            ("a\n\tfile\n", "\n"),
            ("a\n# c\n\tfile\n", "#\n"),
            ("a\n\t x\n", "Conflicts:\n\tfile\n"),
            ("a", ""),
            (" \n", "\n"),
        ] {
            assert_eq!(super::body(format!("{body}{tail}").as_bytes()), body.as_bytes(), "{body:?} {tail:?}");
        }
    }

    #[test]
    fn the_title_ends_at_the_first_blank_line() {
        for (text, end) in [("a\nb\n\nc\n", 4), ("\n\nc\n", 0), ("# \n \nc\n", 3), ("a\n", 2), ("", 0)] {
            assert_eq!(end_of_title(text.as_bytes()), end, "{text:?}");
        }
    }
}
