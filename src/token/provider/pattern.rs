//! Pattern of a provider's token, as data: a sequence of fixed texts and runs of digits.

use std::ops::RangeInclusive;

use super::alphabet::is_word;

/// A kind of token that a provider issues.
#[derive(Debug)]
pub struct Detector {
    /// The name shown to users; it fits after "a".
    pub name: &'static str,
    /// The provider that issues it.
    pub provider: &'static str,
    /// The pattern of a whole token.
    pub(super) pattern: &'static [PatternPart],
    /// The check of a token outside of a password position: a checksum, a structure, or at least variety.
    pub(super) plausibility: PlausibilityCheck,
    /// Predicate for the byte after a token: true if the byte cannot be part of it.
    pub(super) may_end_before: fn(u8) -> bool,
}

/// A part of the pattern of a token.
#[derive(Debug)]
pub(crate) enum PatternPart {
    /// Exactly this text.
    Text(&'static str),
    /// One of these texts.
    Any(&'static [&'static str]),
    /// The longest run of bytes of a class, with minimum and maximum length. Dots at its end belong to the
    /// surrounding sentence.
    Run(fn(u8) -> bool, usize, usize),
}

/// Returns whether a token that matches the pattern is plausible.
pub(crate) type PlausibilityCheck = fn(&[u8]) -> bool;

impl Detector {
    /// Returns the length of the token at the start of some bytes, plausible or not.
    ///
    /// `None` if the pattern does not match, or if the next byte would continue the token.
    pub(crate) fn match_length(&self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        for part in self.pattern {
            (_, rest) = rest.split_at(part.match_length(rest)?);
        }
        let ends = rest.first().is_none_or(|next| (self.may_end_before)(*next));
        ends.then_some(bytes.len() - rest.len())
    }

    /// Returns the length of the token at the start of some bytes, if all such tokens have that length, whatever follows.
    pub(super) fn fixed_length(&self, bytes: &[u8]) -> Option<usize> {
        let is_fixed =
            |part: &PatternPart| !matches!(part, PatternPart::Run(_, least, most) if least != most);
        let mut rest = bytes;
        for part in self.pattern {
            (_, rest) = rest.split_at(part.match_length(rest)?);
        }
        self.pattern.iter().all(is_fixed).then_some(bytes.len() - rest.len())
    }

    /// Returns whether bytes that match the pattern are plausible as a token of the provider.
    ///
    /// In the position of a password, they are a secret even if they are not.
    pub(crate) fn is_plausible(&self, token: &[u8]) -> bool {
        (self.plausibility)(token)
    }

    /// Returns the fixed text at the start of such tokens, or an empty string. It reveals nothing about the
    /// secret.
    pub fn prefix(&self) -> &'static str {
        match self.pattern.first() {
            Some(PatternPart::Text(text)) => text,
            _ => "",
        }
    }

    /// Returns the rest of a token after the fixed texts at its start; `None` if it does not start with them.
    pub(super) fn without_prefix<'t>(&self, token: &'t [u8]) -> Option<&'t [u8]> {
        let mut rest = token;
        for part in self.pattern {
            match part {
                PatternPart::Run(..) => break,
                fixed => (_, rest) = rest.split_at(fixed.match_length(rest)?),
            }
        }
        Some(rest)
    }

    /// Returns the first fixed texts of the pattern, each with the offsets in a token at which it may start.
    pub(super) fn keywords(&self) -> Vec<(&'static str, RangeInclusive<usize>)> {
        let (mut least, mut most) = (0, 0);
        for part in self.pattern {
            match part {
                PatternPart::Run(_, fewest, largest) => (least, most) = (least + fewest, most + largest),
                PatternPart::Text(text) => return vec![(text, least..=most)],
                PatternPart::Any(texts) => return texts.iter().map(|text| (*text, least..=most)).collect(),
            }
        }
        Vec::new()
    }
}

impl PatternPart {
    fn match_length(&self, bytes: &[u8]) -> Option<usize> {
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
pub(crate) fn is_word_end(next: u8) -> bool {
    !is_word(next)
}

/// Returns whether a token whose alphabet contains `-` can end before this byte.
pub(crate) fn is_base64_end(next: u8) -> bool {
    !is_word(next) && next != b'-'
}
