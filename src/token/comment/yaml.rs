//! Comments of YAML: where a quote starts a string, and how far a block scalar goes.

use crate::text::slice;

/// Text that starts at an offset of YAML outside of comments and strings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum YamlStart {
    Comment,
    String,
    /// This many bytes of code or of a block scalar.
    Rest(usize),
}

/// Reader of YAML outside of comments and strings.
///
/// It gives up where both readings of a quote are possible: if it took one for the other, all text after it would be read
/// inside out.
#[derive(Debug, Default)]
pub(super) struct YamlReader {
    /// Offset of the last byte that is neither blank nor in a comment.
    last: Option<usize>,
    /// Start of the last comment.
    comment: Option<usize>,
    /// Number of brackets and braces that are open.
    depth: usize,
}

impl YamlReader {
    /// Reads on at an offset. `None` if nothing is certain any more.
    pub(super) fn step(&mut self, text: &[u8], at: usize) -> Option<YamlStart> {
        let byte = *text.get(at)?;
        let is_space_before =
            at.checked_sub(1).and_then(|at| text.get(at)).is_none_or(u8::is_ascii_whitespace);
        match byte {
            b'#' if is_space_before => {
                self.comment = Some(at);
                return Some(YamlStart::Comment);
            }
            b'\n' => return Some(YamlStart::Rest(1 + self.scalar_after(text, at)?)),
            b'%' if line_start(text, at) == at => return None,
            b'\'' | b'"' if self.begins_value(text, at)? => return Some(YamlStart::String),
            b'[' | b'{' if self.begins_value(text, at)? => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            self.last = Some(at);
        }
        Some(YamlStart::Rest(1))
    }

    /// Notes that a string ends before an offset.
    pub(super) fn leave_string(&mut self, end: usize) {
        self.last = end.checked_sub(1);
    }

    /// Returns whether a value or a key begins at a quote or a bracket, which is a part of a plain text otherwise.
    fn begins_value(&self, text: &[u8], at: usize) -> Option<bool> {
        let Some(last) = self.last else { return Some(true) };
        let sign = *text.get(last)?;
        let is_flow = self.depth > 0;
        if last + 1 == at {
            return match sign {
                b'[' | b'{' | b',' if is_flow => Some(true),
                b':' | b'"' | b'\'' => None,
                _ => Some(false),
            };
        }
        let start = line_start(text, last);
        let before = slice(text, start..last + 1);
        match sign {
            b':' => Some(true),
            b'[' | b'{' | b',' => is_flow.then_some(true),
            b'-' => before.iter().all(|byte| matches!(byte, b' ' | b'-')).then_some(true),
            b'?' | b'|' | b'>' | b'"' | b'\'' | b']' | b'}' => {
                (line_start(text, at) != start && is_key(text, at)).then_some(true)
            }
            _ if line_start(text, at) != start => is_key(text, at).then_some(true),
            // A tag or an anchor may stand before a value.
            _ => {
                let word = before.rsplit(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
                (!word.starts_with(b"!") && !word.starts_with(b"&")).then_some(false)
            }
        }
    }

    /// Returns the length of the block scalar after the line that ends at an offset; 0 if there is none.
    fn scalar_after(&self, text: &[u8], end: usize) -> Option<usize> {
        let start = line_start(text, end);
        let code_end = self.comment.filter(|comment| *comment >= start).unwrap_or(end);
        match header_indent(slice(text, start..code_end))? {
            Some(indent) if self.depth == 0 => scalar_length(slice(text, end + 1..text.len()), indent),
            Some(_) => None,
            None => Some(0),
        }
    }
}

/// Returns the start of the line of an offset.
fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', slice(text, 0..at)).map_or(0, |lf| lf + 1)
}

/// Returns whether a string that starts at an offset ends on its line, and is a key.
fn is_key(text: &[u8], at: usize) -> bool {
    let rest = slice(text, at..text.len());
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some((quote @ (b'"' | b'\''), inner)) = line.split_first() else { return false };
    let Some(end) = memchr::memchr2(*quote, b'\\', inner) else { return false };
    let after = slice(inner, end + 1..inner.len()).trim_ascii_start();
    inner.get(end) == Some(quote)
        && after.strip_prefix(b":").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Returns the indentation of the node that has a block scalar as its value, if a line without its comment ends with the
/// header of one: `|` or `>`. `None` if it is not certain.
fn header_indent(line: &[u8]) -> Option<Option<usize>> {
    let mut words = line.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_header = |word: &[u8]| {
        word.split_first().is_some_and(|(sign, rest)| {
            matches!(sign, b'|' | b'>')
                && rest.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'))
        })
    };
    if !words.next().is_some_and(is_header) {
        return Some(None);
    }
    let mut words = words.skip_while(|word| word.starts_with(b"!") || word.starts_with(b"&"));
    let owner = words.next()?;
    if !owner.ends_with(b":") && owner != b"-" {
        // Without an owner on this line, the line before decides.
        return if matches!(owner, b"?" | b"---") { None } else { Some(None) };
    }
    let (mut indent, mut dash) = (0, 0);
    loop {
        let rest = slice(line, indent..line.len());
        indent += rest.iter().take_while(|byte| **byte == b' ').count();
        match slice(line, indent..line.len()) {
            [b'-', b' ', ..] => (dash, indent) = (indent, indent + 1),
            [b'\t', ..] | [b'-' | b'?' | b':', b'\t', ..] | [b'?' | b':', b' ', ..] => return None,
            _ if owner == b"-" => return Some(Some(dash)),
            _ => return Some(Some(indent)),
        }
    }
}

/// Returns the length of the block scalar at the start of a text. `None` if it is not certain.
fn scalar_length(text: &[u8], indent: usize) -> Option<usize> {
    let mut length = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let spaces = line.iter().take_while(|byte| **byte == b' ').count();
        if !line.trim_ascii().is_empty() && spaces <= indent {
            return (line.get(spaces) != Some(&b'\t')).then_some(length);
        }
        length += line.len();
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::header_indent;

    #[test]
    fn header_has_the_indentation_of_its_node() {
        for (line, expected) in [
            ("k: |", Some(Some(0))),
            ("  k: >2-", Some(Some(2))),
            ("- k: |", Some(Some(2))),
            ("- |", Some(Some(0))),
            ("  - - |", Some(Some(4))),
            ("--flag: |", Some(Some(0))),
            ("k: !!str &a |", Some(Some(0))),
            ("k:\t|", Some(Some(0))),
            ("k: a |", Some(None)),
            ("k: |a", Some(None)),
            ("k: x", Some(None)),
            ("", Some(None)),
            ("--- |", None),
            ("|", None),
            ("? |", None),
            ("-\t|", None),
            ("\tk: |", None),
        ] {
            assert_eq!(header_indent(line.as_bytes()), expected, "{line}");
        }
    }
}
