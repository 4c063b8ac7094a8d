//! Checks of the raw bytes of a file before YAML is parsed, and the positions of its comments.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

use super::fault::{Fault, Reason};
use crate::text::Span;

/// Maximum size of a file, in bytes; GitHub has the same limit in characters.
const MAX_BYTES: usize = 1 << 20;
/// Maximum number of lines that begin with `%`.
const MAX_DIRECTIVES: usize = 100;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Text of a file, prepared for libyaml.
#[derive(Debug)]
pub(in crate::workflow) struct Body<'t> {
    /// Text without byte order mark. Control characters are replaced by letters and checked after parsing.
    pub(in crate::workflow) text: Cow<'t, [u8]>,
    /// Number of bytes omitted at the start: the length of the byte order mark, or 0.
    pub(in crate::workflow) offset: usize,
    /// Characters allowed only in comments (control characters) or in quotes (invisible line breaks).
    pub(in crate::workflow) suspects: Vec<(Span, char)>,
}

/// Checks the bytes of a file and prepares them for libyaml.
///
/// # Errors
/// Returns a fault if the file is too large, is not UTF-8, contains a NUL, or may have too many directives.
pub(in crate::workflow) fn body(bytes: &[u8]) -> Result<Body<'_>, Fault> {
    let whole = Span { start: 0, end: 0 };
    if bytes.len() > MAX_BYTES {
        return Err(Reason::TooLarge.at(whole));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Reason::NotUtf8.at(Span { start: error.valid_up_to(), end: error.valid_up_to() + 1 })
    })?;
    let offset = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let starts_line =
        |at: &usize| at.checked_sub(1).is_none_or(|at| matches!(bytes.get(at), Some(b'\n' | b'\r')));
    if memchr_iter(b'%', bytes).filter(starts_line).count() > MAX_DIRECTIVES {
        return Err(Reason::TooManyDirectives.at(whole));
    }
    let suspects = suspects(text.get(offset..).unwrap_or_default(), offset);
    if let Some((span, c)) = suspects.iter().find(|(_, c)| !is_replaceable(*c) && !is_invisible_break(*c)) {
        return Err(Reason::Control(*c).at(*span));
    }
    let text = bytes.get(offset..).unwrap_or_default();
    let text =
        if suspects.is_empty() { text.into() } else { without_controls(text, offset, &suspects).into() };
    Ok(Body { text, offset, suspects })
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
fn without_controls(text: &[u8], offset: usize, suspects: &[(Span, char)]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (span, _) in suspects.iter().filter(|(_, c)| is_replaceable(*c)) {
        text.get_mut(span.start - offset..span.end - offset).into_iter().for_each(|bytes| bytes.fill(b'x'));
    }
    text
}

/// Returns whether a suspect character may be replaced by letters. Invisible line breaks are kept, and NUL is
/// refused because a reader may take it for the end of the file.
pub(in crate::workflow) fn is_replaceable(c: char) -> bool {
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
        let written = text.get(scalar.start..scalar.end).unwrap_or_default();
        let header = memchr2(b'\n', b'\r', written).unwrap_or(written.len());
        self.skip(Span { start: scalar.start + header, end: scalar.end });
    }

    /// Returns the comment that starts at or after `offset` on the same line. A lone CR ends a line, as it
    /// does for the forge.
    pub(in crate::workflow) fn on_line(&self, text: &[u8], offset: usize) -> Option<Span> {
        let rest = text.get(offset..)?;
        let end = offset + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let mut at = offset;
        loop {
            let hash = at + memchr(b'#', text.get(at..end)?)?;
            match self.scalar_at(hash) {
                Some(scalar) => at = scalar.end.min(end),
                None => return Some(Span { start: hash, end }),
            }
        }
    }

    /// Returns all comments in file order, each from its `#` to the end of the line.
    pub(in crate::workflow) fn all(&self, text: &[u8]) -> Vec<Span> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(hash) = text.get(at..).and_then(|rest| memchr(b'#', rest)) {
            let hash = at + hash;
            at = match self.scalar_at(hash) {
                Some(scalar) => scalar.end,
                None => {
                    let rest = text.get(hash..).unwrap_or_default();
                    let end = hash + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
                    found.push(Span { start: hash, end });
                    end
                }
            };
        }
        found
    }

    fn scalar_at(&self, offset: usize) -> Option<Span> {
        let behind = self.scalars.partition_point(|scalar| scalar.start <= offset);
        let scalar = *self.scalars.get(behind.checked_sub(1)?)?;
        (offset < scalar.end).then_some(scalar)
    }
}
