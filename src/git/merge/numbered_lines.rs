//! Numbers in place of the lines of texts, of which most are versions of one text.

use imara_diff::{Interner, Token};
use memchr::memchr;

/// Numbers of lines; equal lines have the same one.
pub(super) struct NumberedLines<'t> {
    interner: Interner<&'t [u8]>,
    /// Lines of a text that the next texts are expected to resemble.
    followed: Vec<Token>,
    /// Index in the followed text of each of its lines, by the number of the line.
    places: Vec<usize>,
}

impl<'t> NumberedLines<'t> {
    /// Creates the numbering, with room for some lines.
    pub(super) fn new(expected: usize) -> Self {
        Self { interner: Interner::new(expected), followed: Vec::new(), places: Vec::new() }
    }

    /// Expects the next texts to be versions of the text with these lines, which is the first that is not empty.
    pub(super) fn follow(&mut self, lines: &[Token]) {
        self.followed = lines.to_vec();
        self.places = vec![0; self.interner.num_tokens() as usize];
        for (place, line) in lines.iter().enumerate() {
            if let Some(known) = self.places.get_mut(line.0 as usize) {
                *known = place;
            }
        }
    }

    /// Returns the numbers of the lines of a text.
    ///
    /// Where the text goes on as the followed one does, comparing is enough: neither the end of the line nor its number
    /// has to be looked up.
    pub(super) fn number(&mut self, text: &'t [u8]) -> Vec<Token> {
        let (mut numbers, mut rest, mut next) = (Vec::with_capacity(self.followed.len()), text, 0);
        while !rest.is_empty() {
            let expected = self.followed.get(next).copied();
            let same = expected.filter(|number| {
                let line = self.interner[*number];
                line.ends_with(b"\n") && rest.starts_with(line)
            });
            let end = match same {
                Some(number) => self.interner[number].len(),
                None => memchr(b'\n', rest).map_or(rest.len(), |end| end + 1),
            };
            let (line, after) = rest.split_at(end);
            let number = same.unwrap_or_else(|| self.interner.intern(line));
            next = match same {
                Some(_) => next + 1,
                None => self.places.get(number.0 as usize).map_or(next, |place| place + 1),
            };
            numbers.push(number);
            rest = after;
        }
        numbers
    }

    /// Returns the count of different lines.
    pub(super) fn count(&self) -> u32 {
        self.interner.num_tokens()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other texts follow the first: they repeat, lose and move its lines, and end without a newline.
    #[test]
    fn lines_have_the_numbers_that_they_have_without_a_text_to_follow() {
        let texts = ["a\nb\nc\nb\n", "b\nc\nb\na", "a\n\nb\nc\nb", "x\nc\nb\na\nb\nc\nb\n", "", "\n\n"];
        for first in texts {
            let mut lines = NumberedLines::new(0);
            let followed = lines.number(first.as_bytes());
            lines.follow(&followed);
            let mut plain = Interner::new(0);
            for text in [first].iter().chain(&texts) {
                let wanted = imara_diff::sources::byte_lines(text.as_bytes()).map(|line| plain.intern(line));
                assert_eq!(
                    lines.number(text.as_bytes()),
                    wanted.collect::<Vec<Token>>(),
                    "{first:?} {text:?}"
                );
            }
        }
    }
}
