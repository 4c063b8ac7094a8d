//! Finds credentials by position (URL, header) and by look (a provider's token) in any text.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::detectors::{KEYWORDS, ROUTABLE};
use super::shape::Detector;
use super::{Kind, Secret, look, position, url};

/// How strictly a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Git config and its like: whatever stands in the place of a secret is one, unless it is a placeholder.
    GitConfig,
    /// Any other text: only what a provider has made, or a strong password.
    Content,
    /// A test or a document: only what a provider has made.
    Example,
}

/// A credential in a text.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) detector: Option<&'static Detector>,
    pub(crate) secret: Secret,
    /// Where the field that holds it stands in the text, encoded as it is.
    pub(crate) span: Range<usize>,
    /// The host it is sent to, when the text says so.
    pub(crate) host: Vec<u8>,
}

/// How much of a URL is read.
const MAX_URL: usize = 4096;

/// Every credential of a text that needs no key to be known, in the order of the text.
pub(crate) fn everywhere(text: &[u8], tier: Tier) -> Vec<Found> {
    let found = at_keywords(text, tier).flat_map(|(_, found)| found);
    settle(found.chain(look::old_azure(text)).collect())
}

/// Whether a text may hold anything for [`everywhere`], or a dump of git config: one pass, which ends where it does.
pub(crate) fn is_suspect(text: &[u8]) -> bool {
    let found = |(target, found): (&Target, Vec<Found>)| matches!(target, Target::Hint) || !found.is_empty();
    at_keywords(text, Tier::GitConfig).any(found) || look::old_azure(text).next().is_some()
}

/// Whether a text holds anything at which [`everywhere`] would look closer.
pub(crate) fn has_keyword(text: &[u8]) -> bool {
    SEARCHES.iter().any(|search| search.find(text).next().is_some()) || look::old_azure(text).next().is_some()
}

/// The keywords in a text, each with what stands there: the short ones behind the others.
fn at_keywords(text: &[u8], tier: Tier) -> impl Iterator<Item = (&'static Target, Vec<Found>)> {
    SEARCHES.iter().flat_map(move |search| {
        // How far the query parameters have been read: a word may hold many URLs.
        let mut read = 0;
        search.find(text).map(move |(target, hit)| {
            let mut found = target.found(text, hit.clone(), tier);
            if matches!(target, Target::Url) && hit.end >= read {
                let (parameters, end) = in_query(text, hit.end, tier);
                found.extend(parameters);
                read = end;
            }
            (target, found)
        })
    })
}

/// Removes what is found twice: a field wins over a token inside it.
pub(crate) fn settle(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        match kept.last() {
            Some(last) if one.span.end <= last.span.end => {}
            _ => kept.push(one),
        }
    }
    kept
}

enum Target {
    Token(usize),
    Routable,
    Url,
    Header,
    AwsKey,
    Npm,
    /// Nothing by itself: the text around it is read as a dump of git config.
    Hint,
}

impl Target {
    /// What stands at a hit.
    fn found(&self, text: &[u8], hit: Range<usize>, tier: Tier) -> Vec<Found> {
        match self {
            Self::Token(distance) => look::token(text, hit.start, *distance).into_iter().collect(),
            Self::Routable => look::any_routable(text, hit.start).into_iter().collect(),
            Self::Url => in_url(text, hit.end, tier).into_iter().collect(),
            Self::Header => position::header_at(text, hit.end, tier).into_iter().collect(),
            Self::AwsKey => look::aws(text, hit.start),
            Self::Npm => look::npm(text, hit.end, tier).into_iter().collect(),
            Self::Hint => Vec::new(),
        }
    }
}

/// What a dump of git config with a secret holds, when nothing else in it would be searched for.
const HINTS: [&str; 12] = [
    "GIT_CONFIG_",
    "credential.helper",
    ".proxy=",
    ".password=",
    "smtppass",
    "xtraheader",
    "dbpass",
    "mwpassword",
    "imap.pass",
    "oauthtoken",
    "github.token",
    "gitlab.token",
];

/// The keywords of one length class: an automaton over them, and what each leads to.
struct Search {
    automaton: AhoCorasick,
    targets: Vec<Target>,
}

impl Search {
    /// Of the keywords that are short, or of the others. All are case-sensitive, so that it can use vector instructions.
    #[expect(clippy::expect_used, reason = "the keywords are constants, and few")]
    fn new(short: bool) -> Self {
        let (keywords, targets): (Vec<_>, Vec<_>) =
            patterns().filter(|(keyword, _)| (keyword.len() <= SHORT) == short).unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(keywords);
        Self { automaton: automaton.expect("keywords make an automaton"), targets }
    }

    fn find<'a>(&'static self, text: &'a [u8]) -> impl Iterator<Item = (&'static Target, Range<usize>)> + 'a {
        let hits = self.automaton.find_iter(text);
        hits.filter_map(|hit| Some((self.targets.get(hit.pattern().as_usize())?, hit.range())))
    }
}

/// How long a keyword is that is searched for apart. The vector instructions compare as many bytes as the shortest has, and
/// with three of them most of what they find among sixty keywords is nothing.
const SHORT: usize = 3;

static SEARCHES: LazyLock<[Search; 2]> = LazyLock::new(|| [false, true].map(Search::new));

fn patterns() -> impl Iterator<Item = (&'static str, Target)> {
    let tokens = KEYWORDS.iter().map(|(keyword, distance)| (*keyword, Target::Token(*distance)));
    let urls = url::SEPARATORS.into_iter().map(|separator| (separator, Target::Url));
    let headers = ["uthorization", "UTHORIZATION"].into_iter().map(|header| (header, Target::Header));
    let keys = ["AKIA", "ASIA"].into_iter().map(|start| (start, Target::AwsKey));
    let npm = [("_authToken=", Target::Npm)];
    let hints = HINTS.into_iter().map(|hint| (hint, Target::Hint));
    tokens
        .chain([(ROUTABLE, Target::Routable)])
        .chain(urls)
        .chain(headers)
        .chain(keys)
        .chain(npm)
        .chain(hints)
}

/// The credential in the authority of the URL that starts at an offset.
fn in_url(text: &[u8], start: usize, tier: Tier) -> Option<Found> {
    url::at(text, start).and_then(|info| position::user_info(text, &info, tier))
}

/// The credentials in the query of the URL whose authority starts at an offset, and where the URL ends.
fn in_query(text: &[u8], start: usize, tier: Tier) -> (Vec<Found>, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(MAX_URL)).unwrap_or_default();
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let parameters = url::parameters(rest.get(..end).unwrap_or_default());
    let found = parameters
        .filter_map(|range| position::parameter(text, start + range.start..start + range.end, tier));
    (found.collect(), start + end)
}
