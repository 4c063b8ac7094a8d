//! What a provider's token looks like, as data: pieces of text and runs of digits, one after the other.

use super::bytes::is_word;

/// A kind of token that some provider gives out.
#[derive(Debug)]
pub struct Detector {
    /// What people call it: fits behind "a".
    pub name: &'static str,
    /// Who gives it out.
    pub provider: &'static str,
    /// What it looks like, whole.
    pub(crate) shape: &'static [Piece],
    /// What makes a bare occurrence credible.
    pub(crate) proof: Proof,
    /// What may touch the token on its right without being a part of it.
    pub(crate) ends: fn(u8) -> bool,
}

/// A piece of a shape.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Exactly this text.
    Text(&'static str),
    /// One of these texts.
    Any(&'static [&'static str]),
    /// As many bytes of a class as there are, within bounds; dots at its end belong to the sentence around it.
    Run(fn(u8) -> bool, usize, usize),
}

/// What makes a bare occurrence credible: a checksum, a structure, or at least variety. In the place of a password a token
/// that fails it is one all the same: position beats checksum.
pub(crate) type Proof = fn(&[u8]) -> bool;

impl Detector {
    /// The length of the token that stands at the start of some bytes, whatever its checksum.
    pub(crate) fn length(&self, bytes: &[u8]) -> Option<usize> {
        let length = self.shape.iter().try_fold(0, |at, piece| Some(at + piece.length(bytes.get(at..)?)?))?;
        match bytes.get(length) {
            Some(next) if !(self.ends)(*next) => None,
            _ => Some(length),
        }
    }

    /// The fixed text that such tokens start with; it tells nothing of the secret.
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

/// A token ends where no letter, digit or `_` follows.
pub(crate) fn at_word_end(next: u8) -> bool {
    !is_word(next)
}

/// A token whose alphabet has `-` ends where none follows either.
pub(crate) fn at_base64_end(next: u8) -> bool {
    !is_word(next) && next != b'-'
}
