//! Texts that occur in tokens, and are searched for.

use std::ops::RangeInclusive;

use super::detectors::detectors;

/// Minimum length of a keyword, in bytes.
const SHORTEST: usize = 3;

/// Maximum length of a keyword, in bytes. Longer texts are cut off: one keyword leads to several kinds of tokens.
const LONGEST: usize = 8;

/// Text that leads to a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyword {
    /// Text, compared byte by byte: a search that ignores case costs four times as much.
    pub(crate) text: &'static str,
    /// Offsets in a token at which the text may start.
    pub(crate) distances: RangeInclusive<usize>,
}

/// Returns the keywords of all detectors: the first fixed text of each pattern.
///
/// None starts with another one at the same distance: the shorter one leads to all its tokens. A pattern with a shorter
/// fixed text has no keyword of its own; another detector or [`ROUTABLE`] leads to its tokens.
pub(crate) fn keywords() -> Vec<Keyword> {
    let mut keywords: Vec<Keyword> = Vec::new();
    for (text, distances) in detectors().flat_map(super::pattern::Detector::keywords) {
        if text.len() >= SHORTEST {
            keywords.push(Keyword { text: text.get(..LONGEST).unwrap_or(text), distances });
        }
    }
    keywords.sort_by_key(|keyword| (keyword.text.len(), keyword.text));
    let mut kept: Vec<Keyword> = Vec::new();
    for keyword in keywords {
        let is_led_to = |shorter: &Keyword| {
            keyword.text.starts_with(shorter.text) && shorter.distances == keyword.distances
        };
        if !kept.iter().any(is_led_to) {
            kept.push(keyword);
        }
    }
    kept
}

/// Separator inside a routable GitLab token. It is the keyword for such tokens with an unknown prefix.
pub(crate) const ROUTABLE: &str = ".01.";

/// Returns the part of a token after the fixed text at its start, or all of it if it starts with none.
pub(crate) fn body(token: &[u8]) -> &[u8] {
    let bodies = detectors().filter_map(|detector| detector.without_prefix(token));
    bodies.min_by_key(|body| body.len()).unwrap_or(token)
}
