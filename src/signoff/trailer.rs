//! The trailers of a message, as git reads them without anybody's configuration: `:` separates, `#` comments.
//!
//! Two differences, both on purpose. Blocks that blank lines part are one block ("stacked"), because forges append
//! `Co-authored-by` that way. And a trailer counts only when no prose follows it: a quoted example is not a signature.

use std::borrow::Cow;

use bstr::ByteSlice as _;

use super::message::{end_of_body, end_of_title, is_blank, is_comment, is_indented, last_line};

/// A trailer: `key: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trailer<'a> {
    /// The key, as it is written.
    pub(super) key: &'a [u8],
    /// The value, unfolded, without blanks around it.
    pub(super) value: Cow<'a, [u8]>,
    /// The line of the message it starts on, counted from 1.
    pub(super) line: u32,
}

/// The trailer block of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// Its trailers that no prose follows.
    pub(super) trailers: Vec<Trailer<'a>>,
    /// Its trailers that prose follows. They do not count.
    pub(super) quoted: Vec<Trailer<'a>>,
    /// The last line of prose between the trailers.
    pub(super) prose: Option<u32>,
}

impl Block<'_> {
    /// Reads the trailer block of a message.
    pub(super) fn read(text: &[u8]) -> Block<'_> {
        match extent(text) {
            Some((start, end)) => parse(text, start, end),
            None => Block::default(),
        }
    }
}

impl Trailer<'_> {
    /// Whether its key is this one; case does not matter.
    pub(super) fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key.as_bytes())
    }
}

/// What begins a line that git itself wrote.
const CHERRY_PICKED: &[u8] = b"(cherry picked from commit ";

/// The bytes of git's trailer block and of all blocks stacked on it.
fn extent(text: &[u8]) -> Option<(usize, usize)> {
    let title = end_of_title(text);
    let end = end_of_body(text);
    let mut start = paragraph(text.get(..end)?, title, Kind::Last)?;
    while let Some(earlier) = paragraph(text.get(..start)?, title, Kind::Stacked) {
        start = earlier;
    }
    Some((start, end))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The last paragraph: prose may stand among the trailers, when git wrote one of them and they are a quarter.
    Last,
    /// A paragraph before it: trailers only.
    Stacked,
}

/// What the lines of a paragraph are, counted from its end.
#[derive(Debug, Default)]
struct Count {
    trailers: usize,
    others: usize,
    /// Indented lines: they belong to a trailer when one stands above them, and else to nothing.
    indented: usize,
    by_git: bool,
}

/// Where the last paragraph starts, if it is a trailer block; git's `find_trailer_block_start`.
fn paragraph(text: &[u8], title: usize, kind: Kind) -> Option<usize> {
    let mut count = Count::default();
    let mut only_blank = true;
    let mut below = text.len();
    while below > title {
        let at = last_line(text.get(..below)?);
        if at < title {
            return None;
        }
        let line = text.get(at..below)?;
        if is_comment(line) {
            count.others += std::mem::take(&mut count.indented);
        } else if !is_blank(line) {
            only_blank = false;
            count.add(line);
        } else if !only_blank {
            count.others += count.indented;
            return count.is_block(kind).then_some(below);
        }
        below = at;
    }
    None
}

impl Count {
    fn add(&mut self, line: &[u8]) {
        let generated = line.starts_with(b"Signed-off-by: ") || line.starts_with(CHERRY_PICKED);
        if generated || separator(line).is_some() {
            self.by_git |= generated;
            self.trailers += 1;
            self.indented = 0;
        } else if is_indented(line) {
            self.indented += 1;
        } else {
            self.others += 1 + std::mem::take(&mut self.indented);
        }
    }

    fn is_block(&self, kind: Kind) -> bool {
        let quarter = kind == Kind::Last && self.by_git && self.trailers * 3 >= self.others;
        quarter || self.trailers > 0 && self.others == 0
    }
}

/// Where the separator of a trailer line stands: behind a key of letters, digits and `-`, and blanks.
fn separator(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let key = line.get(..colon)?.trim_end_with(|c| c == ' ' || c == '\t');
    let is_key = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_key.then_some(colon)
}

fn parse(text: &[u8], start: usize, end: usize) -> Block<'_> {
    let mut block = Block::default();
    let mut open = false;
    let before = memchr::memchr_iter(b'\n', text.get(..start).unwrap_or_default()).count();
    let lines = text.get(start..end).unwrap_or_default().lines();
    for (line, number) in lines.zip(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)..) {
        if is_comment(line) || is_blank(line) {
            open = false;
        } else if open && is_indented(line) {
            unfold(block.trailers.last_mut(), line);
        } else if let Some(trailer) = read(line, number) {
            block.trailers.push(trailer);
            open = true;
        } else {
            open = false;
            if !is_note(line) {
                block.prose = Some(number);
                block.quoted.append(&mut block.trailers);
            }
        }
    }
    block
}

/// Reads one line as a trailer.
pub(super) fn read(line: &[u8], number: u32) -> Option<Trailer<'_>> {
    let colon = separator(line)?;
    let key = line.get(..colon)?.trim_ascii_end();
    Some(Trailer { key, value: line.get(colon + 1..)?.trim_ascii().into(), line: number })
}

/// Joins a folded line to its trailer with one blank, as git unfolds.
fn unfold(trailer: Option<&mut Trailer<'_>>, line: &[u8]) {
    if let Some(trailer) = trailer {
        let value = trailer.value.to_mut();
        if !value.is_empty() {
            value.push(b' ');
        }
        value.extend_from_slice(line.trim_ascii());
    }
}

/// Whether a line is one of those that git and maintainers write between sign-offs: `(cherry picked from commit ..)`
/// or `[name: what was changed]`.
pub(super) fn is_note(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.starts_with(CHERRY_PICKED) || line.starts_with(b"[") && line.ends_with(b"]")
}

/// Every line of a message that could be a trailer, wherever it stands; folded values are not joined.
pub(super) fn anywhere(text: &[u8]) -> Vec<Trailer<'_>> {
    text.lines().zip(1..).filter_map(|(line, number)| read(line, number)).collect()
}
