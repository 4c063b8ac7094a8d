//! Keywords: the texts at which a credential may be, and the search for them.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::url;
use crate::token::provider::keywords::{KEYWORDS, ROUTABLE};

/// Length of the keyword prefixes that are searched for, in bytes.
///
/// Eight bytes distinguish all keywords. A shorter prefix means that fewer bytes around a change have to be
/// searched again.
pub(crate) const PREFIX: usize = 8;

/// Maximum length of a short keyword, in bytes. Short and long keywords are searched separately.
///
/// The vector instructions compare as many bytes as the shortest keyword has. With only three bytes and sixty
/// keywords, most of their matches would be false.
const SHORT: usize = 3;

/// Texts that mark a config listing or a cookie file, which may contain no other keyword.
///
/// A listing of all config usually contains one of the first two. The last one is the end of the domain flag
/// and the start of the path in a line of a cookie file.
const HINTS: [&str; 3] = ["core.repositoryf", "user.email=", "E\t/"];

/// Parts of config keys whose value may be a secret that no detector recognizes, in a listing or on a command
/// line.
///
/// git writes them in lower case, people often as in the manual: `http.extraHeader`, `sendemail.smtpPass`.
const CONFIG_KEYS: [&str; 10] =
    [".helper", ".proxy", ".pass", ".smtp", ".extra", "gitcvs.", ".mwp", ".mwP", ".oauth", ".token"];

/// Prefix of the names of environment variables that contain config.
pub(crate) const CONFIG_VARIABLES: &str = "GIT_CONFIG_";

/// The credential to which a keyword leads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// A provider's token, which has the keyword at this distance from its start.
    Token { distance: usize },
    /// A routable GitLab token around the keyword.
    Routable,
    /// A URL whose authority follows.
    Url,
    /// The value of an `Authorization` header.
    Authorization,
    /// The id of an AWS key pair, which starts with the keyword.
    AwsKeyId,
    /// A token of an `.npmrc` file.
    NpmToken,
    /// None by itself; the surrounding text must be parsed.
    Hint,
    /// None by itself; the line may list a config entry.
    ConfigKey,
    /// None by itself; the surrounding text may list environment variables.
    ConfigVariable,
}

/// A keyword in a text.
#[derive(Debug)]
pub(crate) struct KeywordHit {
    /// The credential to which the keyword leads.
    pub(crate) target: Target,
    /// The range of the keyword.
    pub(crate) range: Range<usize>,
    /// True for a keyword of at most [`SHORT`] bytes.
    pub(crate) is_short: bool,
}

/// Returns the offset and the number of each keyword prefix in a text, overlapping ones included.
///
/// Because of the overlaps, the result does not depend on where the search starts.
pub(crate) fn prefixes(text: &[u8]) -> impl Iterator<Item = (usize, u32)> {
    SEARCHES.iter().flat_map(|search| search.prefixes(text))
}

/// Returns the keyword of a number at an offset. `None` if only its prefix is there.
pub(crate) fn keyword_at(text: &[u8], at: usize, number: u32) -> Option<KeywordHit> {
    SEARCHES.iter().find_map(|search| search.keyword_at(text, at, number))
}

/// Returns the keywords of a text: first the long ones, then the short ones.
pub(crate) fn by_length_class(text: &[u8]) -> impl Iterator<Item = impl Iterator<Item = KeywordHit>> {
    SEARCHES.iter().map(move |search| {
        search.prefixes(text).filter_map(|(at, number)| search.keyword_at(text, at, number))
    })
}

/// Search for the keywords of one length class.
struct KeywordSearch {
    /// The prefixes of the keywords.
    automaton: AhoCorasick,
    keywords: Vec<(&'static str, Target)>,
    /// The number of the first keyword. Keywords are numbered over both classes, the long ones first.
    first: u32,
}

static SEARCHES: LazyLock<[KeywordSearch; 2]> = LazyLock::new(|| {
    let (short, long): (Vec<_>, Vec<_>) = keywords().partition(|(keyword, _)| keyword.len() <= SHORT);
    let first_short = long.len() as u32;
    [KeywordSearch::new(long, 0), KeywordSearch::new(short, first_short)]
});

impl KeywordSearch {
    /// Builds the search for keywords. They are case-sensitive, so that the automaton can use vector
    /// instructions.
    #[expect(clippy::expect_used, reason = "the keywords are constants, and few")]
    fn new(keywords: Vec<(&'static str, Target)>, first: u32) -> Self {
        let prefixes = keywords.iter().map(|(keyword, _)| prefix(keyword));
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(prefixes);
        Self { automaton: automaton.expect("keywords make an automaton"), keywords, first }
    }

    /// Returns the offset and the number of each keyword prefix, overlapping ones included.
    fn prefixes<'t>(&'static self, text: &'t [u8]) -> impl Iterator<Item = (usize, u32)> + 't {
        let mut start = 0;
        std::iter::from_fn(move || {
            let found = self.automaton.find(Input::new(text).range(start..))?;
            start = found.start() + 1;
            Some((found.start(), self.first + found.pattern().as_u32()))
        })
    }

    /// Returns the keyword of a number at an offset. `None` if the number is one of the other class, or if only
    /// the prefix is there.
    fn keyword_at(&self, text: &[u8], at: usize, number: u32) -> Option<KeywordHit> {
        let (keyword, target) = self.keywords.get(number.checked_sub(self.first)? as usize)?;
        let is_whole = text.split_at(at).1.starts_with(keyword.as_bytes());
        let (range, is_short) = (at..at + keyword.len(), keyword.len() <= SHORT);
        is_whole.then_some(KeywordHit { target: *target, range, is_short })
    }
}

fn prefix(keyword: &str) -> &str {
    keyword.get(..PREFIX).unwrap_or(keyword)
}

fn keywords() -> impl Iterator<Item = (&'static str, Target)> {
    let lead_to = |target: Target| move |keyword: &'static str| (keyword, target);
    let tokens = KEYWORDS.iter().map(|(keyword, distance)| (*keyword, Target::Token { distance: *distance }));
    let others = [
        (ROUTABLE, Target::Routable),
        ("uthorization", Target::Authorization),
        ("UTHORIZATION", Target::Authorization),
        ("AKIA", Target::AwsKeyId),
        ("ASIA", Target::AwsKeyId),
        ("_authToken=", Target::NpmToken),
        (CONFIG_VARIABLES, Target::ConfigVariable),
    ];
    tokens
        .chain(others)
        .chain(url::SEPARATORS.into_iter().map(lead_to(Target::Url)))
        .chain(HINTS.into_iter().map(lead_to(Target::Hint)))
        .chain(CONFIG_KEYS.into_iter().map(lead_to(Target::ConfigKey)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyword_prefixes_are_distinct() {
        let prefixes: Vec<_> = keywords().map(|(keyword, _)| prefix(keyword)).collect();
        for (at, prefix) in prefixes.iter().enumerate() {
            let others = prefixes.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(others.map(|(_, other)| other).all(|other| !other.starts_with(prefix)), "{prefix}");
        }
    }

    #[test]
    fn long_keywords_fit_the_vector_prefilter() {
        // With more patterns, the automaton has no such prefilter (aho-corasick, `packed`).
        assert!(keywords().filter(|(keyword, _)| keyword.len() > SHORT).count() <= 64);
    }

    #[test]
    fn a_keyword_is_found_after_another_prefix() {
        let text = b"github_pypi-AgE";
        assert_eq!(prefixes(text).map(|(at, _)| at).collect::<Vec<_>>(), [0, 7]);
        let keywords = by_length_class(text).flatten().map(|hit| (hit.range.start, hit.range.end));
        assert_eq!(keywords.collect::<Vec<_>>(), [(7, 15)]);
    }
}
