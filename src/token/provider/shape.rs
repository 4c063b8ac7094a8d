//! Format of a provider's token, as data: a sequence of fixed texts and runs of digits.

use super::bytes::is_word;

/// A kind of token that a provider issues.
#[derive(Debug)]
pub struct Detector {
    /// The name shown to users; it fits after "a".
    pub name: &'static str,
    /// The provider that issues it.
    pub provider: &'static str,
    /// The format of a whole token.
    pub(crate) shape: &'static [Piece],
    /// The check that a token outside of a password position must pass.
    pub(crate) proof: Proof,
    /// Predicate for the byte after a token: true if the byte cannot be part of it.
    pub(crate) ends: fn(u8) -> bool,
}

/// A part of the format of a token.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Exactly this text.
    Text(&'static str),
    /// One of these texts.
    Any(&'static [&'static str]),
    /// The longest run of bytes of a class, with minimum and maximum length. Dots at its end belong to the
    /// surrounding sentence.
    Run(fn(u8) -> bool, usize, usize),
}

/// Check of a token outside of a password position: a checksum, a structure, or at least variety.
///
/// In the position of a password, a token that fails the check still counts.
pub(crate) type Proof = fn(&[u8]) -> bool;

impl Detector {
    /// Returns the length of the token at the start of some bytes, without checking its proof.
    ///
    /// `None` if the format does not match, or if the next byte would continue the token.
    pub(crate) fn length(&self, bytes: &[u8]) -> Option<usize> {
        let length = self.shape.iter().try_fold(0, |at, piece| Some(at + piece.length(bytes.get(at..)?)?))?;
        match bytes.get(length) {
            Some(next) if !(self.ends)(*next) => None,
            _ => Some(length),
        }
    }

    /// Returns the fixed text at the start of such tokens, or an empty string. It reveals nothing about the
    /// secret.
    pub fn prefix(&self) -> &'static str {
        match self.shape.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }
}

impl Piece {
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Text(text) => bytes.starts_with(text.as_bytes()).then_some(text.len()),
            Self::Any(texts) => {
                texts.iter().find(|text| bytes.starts_with(text.as_bytes())).map(|text| text.len())
            }
            Self::Run(class, least, most) => {
                let run = bytes.iter().take(*most).take_while(|byte| class(**byte));
                let (mut length, mut dots) = (0, 0);
                for byte in run {
                    length += 1;
                    dots = if *byte == b'.' { dots + 1 } else { 0 };
                }
                let length = length - dots;
                (length >= *least).then_some(length)
            }
        }
    }
}

/// Returns whether a token can end before this byte: not a letter, a digit or `_`.
pub(crate) fn at_word_end(next: u8) -> bool {
    !is_word(next)
}

/// Returns whether a token whose alphabet contains `-` can end before this byte.
pub(crate) fn at_base64_end(next: u8) -> bool {
    !is_word(next) && next != b'-'
}
