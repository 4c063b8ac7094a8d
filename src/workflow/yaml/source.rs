//! Checks of the raw bytes of a file before YAML is parsed, and the positions of its comments.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

use super::fault::{Fault, FaultKind};
use crate::text::Span;

/// Maximum size of a file, in bytes; GitHub has the same limit in characters.
const MAX_BYTES: usize = 1 << 20;
/// Maximum number of lines that begin with `%`.
const MAX_DIRECTIVES: usize = 100;

/// Text of a file, prepared for libyaml.
#[derive(Debug)]
pub(in crate::workflow) struct Prepared<'t> {
    /// Text without byte order mark. Control characters are replaced by letters and checked after parsing.
    pub(in crate::workflow) text: Cow<'t, str>,
    /// Number of bytes omitted at the start: the length of the byte order mark, or 0.
    pub(in crate::workflow) offset: usize,
    /// Characters allowed only in comments (control characters) or in quotes (invisible line breaks).
    pub(in crate::workflow) suspects: Vec<(Span, char)>,
}

/// Checks the bytes of a file and prepares them for libyaml.
///
/// # Errors
/// Returns a fault if the file is too large, is not UTF-8, contains a NUL, or may have too many directives.
pub(in crate::workflow) fn prepare(bytes: &[u8]) -> Result<Prepared<'_>, Fault> {
    let whole = Span { start: 0, end: 0 };
    if bytes.len() > MAX_BYTES {
        return Err(FaultKind::TooLarge.at(whole));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        FaultKind::NotUtf8.at(Span { start: error.valid_up_to(), end: error.valid_up_to() + 1 })
    })?;
    let starts_line = |at: &usize| matches!(bytes.split_at(*at).0.last(), None | Some(b'\n' | b'\r'));
    if memchr_iter(b'%', bytes).filter(starts_line).count() > MAX_DIRECTIVES {
        return Err(FaultKind::TooManyDirectives.at(whole));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = text.len() - body.len();
    let suspects = suspects(body, offset);
    if let Some((span, c)) = suspects.iter().find(|(_, c)| !is_replaceable(*c) && !is_invisible_break(*c)) {
        return Err(FaultKind::Control(*c).at(*span));
    }
    let text = if suspects.is_empty() { body.into() } else { without_controls(body).into() };
    Ok(Prepared { text, offset, suspects })
}

fn suspects(text: &str, offset: usize) -> Vec<(Span, char)> {
    let harmless = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
    if text.bytes().all(harmless) {
        return Vec::new();
    }
    let span = |at: usize, c: char| Span { start: offset + at, end: offset + at + c.len_utf8() };
    text.char_indices().filter(|(_, c)| is_suspect(*c)).map(|(at, c)| (span(at, c), c)).collect()
}

fn is_suspect(c: char) -> bool {
    let blank = matches!(c, '\n' | '\r' | '\t');
    is_invisible_break(c) || c.is_control() && !blank || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns whether a character ends a line in YAML 1.1 but not in an editor.
pub(in crate::workflow) fn is_invisible_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Replaces each byte of the control characters by a letter.
///
/// GitHub's reader accepts control characters in comments, libyaml does not. Inside a comment the replacement
/// changes nothing; a character anywhere else is reported after parsing.
fn without_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_suspect(c) && is_replaceable(c) {
            true => out.extend(std::iter::repeat_n('x', c.len_utf8())),
            false => out.push(c),
        }
    }
    out
}

/// Returns whether a suspect character may be replaced by letters. Invisible line breaks are kept, and NUL is
/// refused because a reader may take it for the end of the file.
fn is_replaceable(c: char) -> bool {
    c != '\0' && !is_invisible_break(c)
}

/// Positions of the comments of a file: any `#` outside a scalar starts one.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Comments {
    /// Spans of the scalars in file order. The header line of a block scalar, which may have a comment, is
    /// not included.
    scalars: Vec<Span>,
}

impl Comments {
    /// Records a scalar. Scalars must be recorded in file order.
    pub(in crate::workflow) fn skip(&mut self, scalar: Span) {
        if scalar.start < scalar.end {
            self.scalars.push(scalar);
        }
    }

    /// Records a block scalar without its header line, which may have a comment.
    pub(in crate::workflow) fn skip_block(&mut self, text: &[u8], scalar: Span) {
        let header_end = line_end(text, scalar.start).min(scalar.end);
        self.skip(Span { start: header_end, end: scalar.end });
    }

    /// Returns the comment that starts at or after `offset` on the same line. A lone CR ends a line, as it
    /// does for the forge.
    pub(in crate::workflow) fn on_line(&self, text: &[u8], offset: usize) -> Option<Span> {
        let end = line_end(text, offset);
        let mut at = offset;
        loop {
            let hash = at + memchr(b'#', Span { start: at, end }.slice(text))?;
            match self.scalar_at(hash) {
                Some(scalar) => at = scalar.end.min(end),
                None => return Some(Span { start: hash, end }),
            }
        }
    }

    /// Returns all comments in file order, each from its `#` to the end of the line.
    pub(in crate::workflow) fn all(&self, text: &[u8]) -> Vec<Span> {
        let (mut found, mut at) = (Vec::new(), 0);
        for hash in memchr_iter(b'#', text) {
            // Inside a scalar or a comment that has been found.
            if hash < at {
                continue;
            }
            match self.scalar_at(hash) {
                Some(scalar) => at = scalar.end,
                None => {
                    at = line_end(text, hash);
                    found.push(Span { start: hash, end: at });
                }
            }
        }
        found
    }

    /// Returns the scalar that contains an offset.
    fn scalar_at(&self, offset: usize) -> Option<Span> {
        let (before, _) =
            self.scalars.split_at(self.scalars.partition_point(|scalar| scalar.start <= offset));
        before.last().copied().filter(|scalar| offset < scalar.end)
    }
}

/// Returns the end of the line that contains an offset: of its LF or CR, or of the text.
fn line_end(text: &[u8], offset: usize) -> usize {
    let (_, rest) = text.split_at(offset);
    offset + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
}
