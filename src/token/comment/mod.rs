//! Comments: whether a place in a text is inside of one, as far as that is certain.

mod syntax;
mod yaml;

use bstr::ByteSlice as _;

use self::syntax::{Feature, Quoted};
pub(crate) use self::syntax::{Syntax, syntax_of};
use self::yaml::{YamlReader, YamlStart};
use crate::text::slice;

/// Reader of the comments of a text, from its start to its end.
pub(crate) struct CommentReader<'t> {
    text: &'t [u8],
    /// Comments of the format; `None` if nothing is certain.
    syntax: Option<&'static Syntax>,
    /// Offset up to which the text was read.
    at: usize,
    /// Constructs that contain that offset, the innermost last. Outside of all of them is code.
    inside: Vec<Inside>,
    /// Reader of the code, if it is YAML.
    yaml: YamlReader,
}

/// Construct of a format.
enum Inside {
    /// Comment up to the end of its line.
    Line,
    /// Comment up to this text.
    Block(&'static str),
    String(&'static Quoted),
    /// Code in a string, with the brackets of which it may contain pairs, and the number of those that are open.
    Code(u8, u8, usize),
}

impl<'t> CommentReader<'t> {
    /// Starts to read a text.
    pub(crate) fn new(text: &'t [u8], syntax: Option<&'static Syntax>) -> Self {
        Self { text, syntax, at: 0, inside: Vec::new(), yaml: YamlReader::default() }
    }

    /// Returns whether an offset is certainly in a comment. Offsets must be ascending.
    pub(crate) fn is_in_comment(&mut self, offset: usize) -> bool {
        if self.at == 0 && self.syntax.is_some() && has_other_line_ends(self.text) {
            self.syntax = None;
        }
        while let Some(syntax) = self.syntax.filter(|_| self.at < offset) {
            match self.step(syntax, offset) {
                Some(length) => self.at += length,
                None => self.syntax = None,
            }
        }
        // What was read at once and goes on behind the offset is no comment.
        self.syntax.is_some()
            && self.at == offset
            && matches!(self.inside.last(), Some(Inside::Line | Inside::Block(_)))
    }

    /// Enters or leaves what starts or ends here. Returns the number of bytes read; `None` if nothing is certain any more.
    fn step(&mut self, syntax: &'static Syntax, limit: usize) -> Option<usize> {
        let rest = slice(self.text, self.at..self.text.len());
        let within = slice(self.text, self.at..limit);
        let leave = |inside: &mut Vec<Inside>, length| {
            inside.pop();
            Some(length)
        };
        match self.inside.last_mut() {
            Some(Inside::Line) => match memchr::memchr(b'\n', within) {
                Some(end) => leave(&mut self.inside, end),
                None => Some(within.len()),
            },
            Some(Inside::Block(end)) => match within.find(*end) {
                Some(at) => {
                    let length = at + end.len();
                    leave(&mut self.inside, length)
                }
                None => Some(within.len()),
            },
            Some(Inside::String(quoted)) => match rest.first() {
                Some(b'\\') if quoted.escapes => Some(2),
                Some(b'\n') if !quoted.is_long => leave(&mut self.inside, 0),
                _ if quoted.doubles && is_doubled(rest, quoted.end) => Some(2 * quoted.end.len()),
                _ if rest.starts_with(quoted.end.as_bytes()) => {
                    let length = quoted.end.len();
                    self.yaml.leave_string(self.at + length);
                    leave(&mut self.inside, length)
                }
                _ => match quoted.code.filter(|(start, ..)| rest.starts_with(start.as_bytes())) {
                    Some((start, open, close)) => {
                        self.inside.push(Inside::Code(open, close, 0));
                        Some(start.len())
                    }
                    None => Some(1),
                },
            },
            Some(Inside::Code(_, close, 0)) if rest.first() == Some(close) => leave(&mut self.inside, 1),
            Some(Inside::Code(open, close, depth))
                if rest.first().is_some_and(|one| one == open || one == close) =>
            {
                *depth = if rest.first() == Some(open) { *depth + 1 } else { *depth - 1 };
                Some(1)
            }
            Some(Inside::Code(..)) | None => self.step_in_code(syntax, rest),
        }
    }

    /// The same as [`step`](Self::step), outside of comments and strings.
    fn step_in_code(&mut self, syntax: &'static Syntax, rest: &[u8]) -> Option<usize> {
        let starts = |text: &&str| rest.starts_with(text.as_bytes());
        if syntax.has.contains(&Feature::Yaml) {
            return self.step_in_yaml(syntax, rest);
        }
        let has = |feature| syntax.has.contains(&feature);
        let before = slice(self.text, 0..self.at).last();
        if syntax.doubts.iter().any(starts) || has(Feature::HereDocuments) && is_here_document(rest) {
            return None;
        }
        if let Some((start, end)) = syntax.blocks.iter().find(|(start, _)| starts(start)) {
            self.inside.push(Inside::Block(end));
            return Some(start.len());
        }
        let is_word_start = || before.is_none_or(|byte| byte.is_ascii_whitespace() || b";&|(".contains(byte));
        if let Some(start) = syntax.lines.iter().find(|start| starts(start))
            && (!syntax.starts_word || is_word_start())
        {
            self.inside.push(Inside::Line);
            return Some(start.len());
        }
        let is_possible = || {
            syntax.strings_after.is_empty() || before.is_none_or(|byte| syntax.strings_after.contains(byte))
        };
        if let Some(quoted) = syntax.strings.iter().find(|quoted| starts(&quoted.start))
            && is_possible()
        {
            self.inside.push(Inside::String(quoted));
            return Some(quoted.start.len());
        }
        match rest.first() {
            Some(b'\\') if has(Feature::Escapes) => Some(2),
            Some(b'\'') if has(Feature::Lifetimes) => Some(character_length(rest)),
            _ => Some(1),
        }
    }

    /// Enters or leaves what starts or ends here, in YAML, as [`step_in_code`](Self::step_in_code).
    fn step_in_yaml(&mut self, syntax: &'static Syntax, rest: &[u8]) -> Option<usize> {
        let starts = |quoted: &&Quoted| rest.starts_with(quoted.start.as_bytes());
        match self.yaml.step(self.text, self.at)? {
            YamlStart::Comment => self.inside.push(Inside::Line),
            YamlStart::String => self.inside.push(Inside::String(syntax.strings.iter().find(starts)?)),
            YamlStart::Rest(length) => return Some(length),
        }
        Some(1)
    }
}

/// Returns whether a text starts with another one twice.
fn is_doubled(text: &[u8], part: &str) -> bool {
    text.strip_prefix(part.as_bytes()).is_some_and(|rest| rest.starts_with(part.as_bytes()))
}

/// Returns whether a text has line ends other than LF and CR LF. Some formats know more of them, and a comment ends there.
fn has_other_line_ends(text: &[u8]) -> bool {
    let is_lone = |at: usize| text.get(at + 1) != Some(&b'\n');
    memchr::memchr_iter(b'\r', text).any(is_lone)
        || ["\u{85}", "\u{2028}", "\u{2029}"].iter().any(|end| text.contains_str(end))
}

/// Returns whether `<<` and the start of a word are here: a text up to a line with that word.
fn is_here_document(rest: &[u8]) -> bool {
    let Some(word) = rest.strip_prefix(b"<<") else { return false };
    let word = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"~")).unwrap_or(word);
    word.first().is_some_and(|byte| {
        byte.is_ascii_alphabetic() || b"_\"'`\\ ".contains(byte) && !word.starts_with(b" ")
    })
}

/// Returns the length of a character of Rust, or of the quote before a lifetime.
fn character_length(rest: &[u8]) -> usize {
    match rest {
        [_, b'\\', _, after @ ..] => 3 + memchr::memchr(b'\'', after).map_or(0, |end| end + 1),
        _ => (2..=5).find(|end| rest.get(*end) == Some(&b'\'')).map_or(1, |end| end + 1),
    }
}

#[cfg(test)]
mod tests;
