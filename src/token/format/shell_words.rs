//! Words of a shell command.

use std::ops::Range;

use bstr::ByteSlice as _;

/// Splitter of a text into shell words. They must be requested in the order of the text.
pub(super) struct ShellWords<'t> {
    text: &'t [u8],
    /// The end of the last word. A word that starts inside of it has the same end.
    end: usize,
}

impl<'t> ShellWords<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, end: 0 }
    }

    /// Returns the word that starts at an offset, without its quotes. `None` for a substitution, which is not
    /// a literal.
    pub(super) fn word_at(&mut self, start: usize) -> Option<Range<usize>> {
        let (_, rest) = self.text.split_at(start);
        let word = rest.trim_start_with(|c| matches!(c, ' ' | '"' | '\'' | '\\'));
        let start = self.text.len() - word.len();
        if self.end <= start {
            self.end = start + word.iter().position(ends_word).unwrap_or(word.len());
        }
        let is_substitution = ["$(", "`", "${"].iter().any(|sign| word.starts_with(sign.as_bytes()));
        (!is_substitution && start < self.end).then_some(start..self.end)
    }
}

fn ends_word(byte: &u8) -> bool {
    *byte <= b' ' || matches!(byte, b';' | b'"' | b'\'' | b'\\' | b'&' | b'|' | b'`' | b')')
}

/// Returns the argument at an offset, without its quotes of any kind, and moves the offset past it.
pub(super) fn argument(text: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let rest = text.split_at(*at).1.trim_ascii_start();
    let quotes = [&br#"\""#[..], b"\"", b"'"];
    let quote = quotes.into_iter().find(|quote| rest.starts_with(quote));
    let (inner, length) = match quote {
        Some(quote) => {
            let (_, inner) = rest.split_at(quote.len());
            (inner, inner.find(quote)?)
        }
        None => {
            let end = rest.iter().position(|byte| *byte <= b' ' || *byte == b';');
            (rest, end.unwrap_or(rest.len()))
        }
    };
    let start = text.len() - inner.len();
    *at = start + length + quote.map_or(0, <[u8]>::len);
    (length > 0).then_some(start..start + length)
}
