//! Keywords: the texts at which a credential may be, and the search for them.

use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::grams::GramSearch;
use super::url;
use crate::token::provider::keywords::{self as tokens, Keyword, ROUTABLE};

/// Length of the keyword prefixes that are searched for, in bytes.
///
/// Eight bytes distinguish all keywords. A shorter prefix means that fewer bytes around a change have to be
/// searched again.
pub(crate) const PREFIX: usize = 8;

/// Maximum length of a short keyword, in bytes. Short and long keywords are searched separately.
///
/// Few keywords are so short, and a search with vector instructions is the fastest one for these. Many of them would
/// make most of its matches false.
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
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A provider's token, which has the keyword at one of these distances from its start.
    Token { distances: RangeInclusive<usize> },
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
    /// Number of the search that found it, in the order of [`by_search`].
    pub(crate) search: usize,
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

/// Returns the keywords of a text, search after search.
pub(crate) fn by_search(text: &[u8]) -> impl Iterator<Item = impl Iterator<Item = KeywordHit>> {
    SEARCHES.iter().map(move |search| {
        search.prefixes(text).filter_map(|(at, number)| search.keyword_at(text, at, number))
    })
}

/// Returns the number of searches.
pub(crate) fn searches() -> usize {
    SEARCHES.len()
}

/// Search for some of the keywords.
struct KeywordSearch {
    /// Search for the prefixes of the keywords.
    prefixes: PrefixSearch,
    keywords: Vec<(&'static str, Target)>,
    /// Number of this search.
    search: usize,
    /// Number of the first keyword. Keywords are numbered over all searches.
    first: u32,
}

/// Search for prefixes. They are case-sensitive, as anything else costs several times as much.
enum PrefixSearch {
    Long(GramSearch),
    Short(AhoCorasick),
}

/// Searches: for the long keywords, and for the short ones.
static SEARCHES: LazyLock<[KeywordSearch; 2]> = LazyLock::new(|| {
    let (short, long): (Vec<_>, Vec<_>) = keywords().into_iter().partition(|(text, _)| text.len() <= SHORT);
    let first = long.len() as u32;
    let grams = GramSearch::new(long.iter().map(|(text, _)| prefix(text)));
    let long = KeywordSearch { prefixes: PrefixSearch::Long(grams), keywords: long, search: 0, first: 0 };
    [long, KeywordSearch::short(short, 1, first)]
});

impl KeywordSearch {
    /// Makes the search for short keywords.
    #[expect(clippy::expect_used, reason = "the keywords are constants, and few")]
    fn short(keywords: Vec<(&'static str, Target)>, search: usize, first: u32) -> Self {
        let prefixes = keywords.iter().map(|(keyword, _)| prefix(keyword));
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(prefixes);
        let automaton = automaton.expect("keywords make an automaton");
        Self { prefixes: PrefixSearch::Short(automaton), keywords, search, first }
    }

    /// Returns the offset and the number of each keyword prefix, overlapping ones included.
    fn prefixes<'t>(&'static self, text: &'t [u8]) -> impl Iterator<Item = (usize, u32)> + 't {
        let mut start = 0;
        std::iter::from_fn(move || {
            let (at, number) = self.prefixes.find(text, start)?;
            start = at + 1;
            Some((at, self.first + number))
        })
    }

    /// Returns the keyword of a number at an offset. `None` if the number is one of another search, or if only
    /// the prefix is there.
    fn keyword_at(&self, text: &[u8], at: usize, number: u32) -> Option<KeywordHit> {
        let (keyword, target) = self.keywords.get(number.checked_sub(self.first)? as usize)?;
        let is_whole = text.split_at(at).1.starts_with(keyword.as_bytes());
        let range = at..at + keyword.len();
        is_whole.then_some(KeywordHit { target: target.clone(), range, search: self.search })
    }
}

impl PrefixSearch {
    /// Returns the offset and the number of the first prefix at an offset or behind it.
    fn find(&self, text: &[u8], start: usize) -> Option<(usize, u32)> {
        match self {
            Self::Long(grams) => grams.find(text, start),
            Self::Short(automaton) => {
                let found = automaton.find(Input::new(text).range(start..))?;
                Some((found.start(), found.pattern().as_u32()))
            }
        }
    }
}

fn prefix(keyword: &str) -> &str {
    keyword.get(..PREFIX).unwrap_or(keyword)
}

/// Returns all keywords.
fn keywords() -> Vec<(&'static str, Target)> {
    let lead_to = |target: Target| move |keyword: &'static str| (keyword, target.clone());
    let others = [
        (ROUTABLE, Target::Routable),
        ("uthorization", Target::Authorization),
        ("UTHORIZATION", Target::Authorization),
        ("AKIA", Target::AwsKeyId),
        ("ASIA", Target::AwsKeyId),
        ("_authToken=", Target::NpmToken),
        (CONFIG_VARIABLES, Target::ConfigVariable),
    ];
    let tokens =
        tokens::keywords().into_iter().map(|Keyword { text, distances }| (text, Target::Token { distances }));
    let all = others
        .into_iter()
        .chain(url::SEPARATORS.into_iter().map(lead_to(Target::Url)))
        .chain(HINTS.into_iter().map(lead_to(Target::Hint)))
        .chain(CONFIG_KEYS.into_iter().map(lead_to(Target::ConfigKey)))
        .chain(tokens);
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyword_prefixes_are_distinct() {
        let prefixes: Vec<_> = keywords().iter().map(|(keyword, _)| prefix(keyword)).collect();
        for (at, prefix) in prefixes.iter().enumerate() {
            let others = prefixes.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(others.map(|(_, other)| other).all(|other| !other.starts_with(prefix)), "{prefix}");
        }
    }

    #[test]
    fn a_keyword_is_found_after_another_prefix() {
        let text = b"github_pypi-AgEN";
        assert_eq!(prefixes(text).map(|(at, _)| at).collect::<Vec<_>>(), [0, 7]);
        let keywords = by_search(text).flatten().map(|hit| (hit.range.start, hit.range.end));
        assert_eq!(keywords.collect::<Vec<_>>(), [(0, 8), (7, 15)]);
    }
}
