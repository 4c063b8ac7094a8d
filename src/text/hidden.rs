//! Invisible characters, and those among them that the spelling of a word needs.
//!
//! A joiner or a selector is part of a spelling only in the places where Unicode gives it an effect: RFC 5892
//! appendix A.1 and A.2 (joiners), UTS #51 (emoji), UTS #37 (ideographs). Anywhere else it is hidden.

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::UnicodeEmoji as _;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const TEXT_STYLE: char = '\u{fe0e}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// Canonical combining class of the signs that join two consonants (UAX #44, table 15).
const VIRAMA: u8 = 9;

/// Returns the characters of a text that are invisible or change how others are shown, with their offsets in bytes.
pub(crate) fn hidden_chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    invisible_chars(text).filter(|(at, _)| !is_spelling(text, *at))
}

/// Returns a text without the joiners and selectors that its spelling has.
///
/// They change the shape of a word and not the word: many people leave them out.
pub(crate) fn without_joiners(text: &str) -> String {
    text.char_indices()
        .filter(|(at, c)| !is_invisible(*c) || !is_spelling(text, *at))
        .map(|(_, c)| c)
        .collect()
}

fn invisible_chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, c)| is_invisible(*c))
}

/// Returns whether a character is invisible, or changes how the characters around it are shown.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether the invisible character at an offset is part of the spelling of a word or an emoji.
fn is_spelling(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    let mut after = rest.chars();
    let (Some(c), Some(last)) = (after.next(), before.chars().next_back()) else { return false };
    match c {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => {
            joins_letters(before, after.as_str())
                || c == ZERO_WIDTH_JOINER && joins_emoji(before, after.as_str())
        }
        TEXT_STYLE | EMOJI_STYLE => is_emoji(last) || is_keycap_base(last) && after.next() == Some(KEYCAP),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => has_variants(last),
        '\u{180b}'..='\u{180f}' => matches!(last, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// Returns whether a joiner between two texts has an effect on the letters next to it.
fn joins_letters(before: &str, after: &str) -> bool {
    let is_virama = |c: Option<char>| c.is_some_and(|c| canonical_combining_class(c) == VIRAMA);
    let is_mark = |c: &char| get_joining_type(*c) == JoiningType::Transparent && !is_invisible(*c);
    let joins = |c: Option<char>| {
        let kind = c.map(get_joining_type);
        matches!(kind, Some(JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining))
    };
    // In Bengali and Oriya, a joiner before the sign keeps the first letter whole.
    is_virama(before.chars().next_back())
        || is_virama(after.chars().next()) && before.chars().next_back().is_some_and(char::is_alphabetic)
        || joins(before.chars().rev().find(|c| !is_mark(c))) && joins(after.chars().find(|c| !is_mark(c)))
}

/// Returns whether a joiner between two texts makes one emoji of two (UTS #51, ED-16).
fn joins_emoji(before: &str, after: &str) -> bool {
    let before = before.strip_suffix(EMOJI_STYLE).unwrap_or(before);
    before.chars().next_back().is_some_and(is_emoji) && after.chars().next().is_some_and(is_emoji)
}

fn is_emoji(c: char) -> bool {
    !is_keycap_base(c) && c.is_emoji_char()
}

fn is_keycap_base(c: char) -> bool {
    c.is_ascii_digit() || c == '#' || c == '*'
}

/// Returns whether there are variation sequences of a character: an ideograph, or a letter of Myanmar or Phags-pa.
fn has_variants(c: char) -> bool {
    matches!(c, '\u{1000}'..='\u{109f}' | '\u{a840}'..='\u{a877}' | '\u{3006}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_and_selectors_of_a_spelling_are_no_hidden_characters() {
        for text in [
            "علی\u{200c}رضا",
            "خانه\u{200c}ای",
            "مُ\u{200c}ن",
            "क\u{94d}\u{200d}ष",
            "ශ\u{dca}\u{200d}රී",
            "র\u{200d}\u{9cd}য",
            "ന\u{d4d}\u{200d}",
            "Ana ❤\u{fe0f}",
            "Ana ☂\u{fe0e}",
            "❤\u{fe0f}\u{200d}🔥",
            "👩🏽\u{200d}💻",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3}",
            "葛\u{e0100}城",
            "ᠠ\u{180b}",
            "Ana Ruiz",
        ] {
            assert_eq!(hidden_chars(text).count(), 0, "{text}");
        }
    }

    #[test]
    fn anywhere_else_they_are_hidden() {
        for text in [
            "Ana\u{200c}Ruiz",
            "Ana\u{200d}Ruiz",
            "\u{200c}علی",
            "علی\u{200c}",
            "علی\u{200c} رضا",
            "Ana\u{fe0f}",
            "1\u{fe0f}",
            "❤\u{fe0f}\u{fe0f}",
            "❤\u{200d}",
            "❤\u{200d}Ana",
            "Ana\u{e0100}",
            "葛\u{e01f0}",
            "🏴\u{e0067}\u{e0062}",
            "عل\u{202e}ی",
            "علی\u{200b}رضا",
            "علی\u{2067}رضا",
            "علی\u{61c}رضا",
            "क\u{94d}\u{200d}\u{200d}ष",
        ] {
            assert!(hidden_chars(text).count() > 0, "{text}");
        }
    }

    #[test]
    fn words_are_the_same_without_joiners() {
        assert_eq!(without_joiners("علی\u{200c}رضا"), "علیرضا");
        assert_eq!(without_joiners("Ana ❤\u{fe0f}"), "Ana ❤");
        assert_eq!(without_joiners("Ana\u{200b}Ruiz"), "Ana\u{200b}Ruiz");
    }
}
