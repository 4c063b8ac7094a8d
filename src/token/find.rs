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

/// Every credential of a text that needs no key to be known, in the order of the text.
pub(crate) fn everywhere(text: &[u8], tier: Tier) -> Vec<Found> {
    let mut found = Vec::new();
    for hit in SEARCH.find_iter(text) {
        match TARGETS.get(hit.pattern().as_usize()) {
            Some(Target::Token(distance)) => found.extend(look::token(text, hit.start(), *distance)),
            Some(Target::Routable) => found.extend(look::any_routable(text, hit.start())),
            Some(Target::Url) => found.extend(in_url(text, hit.end(), tier)),
            Some(Target::Header) => found.extend(position::header_at(text, hit.end(), tier)),
            Some(Target::Npm) => found.extend(look::npm(text, hit.end(), tier)),
            Some(Target::AwsKey) => found.extend(look::aws(text, hit.start())),
            Some(Target::Hint) | None => {}
        }
    }
    found.extend(look::old_azure(text));
    settle(found)
}

/// Whether a text may hold anything for [`everywhere`]: one pass, no allocation.
pub(crate) fn is_suspect(text: &[u8]) -> bool {
    SEARCH.is_match(text) || look::old_azure(text).next().is_some()
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

/// What a dump of git config with a secret holds, when nothing else in it would be searched for.
const HINTS: [&str; 9] = [
    "GIT_CONFIG_",
    "smtppass",
    "xtraheader",
    "dbpass",
    "mwpassword",
    "imap.pass",
    "oauthtoken",
    "github.token",
    "gitlab.token",
];

static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| patterns().map(|(_, target)| target).collect());

/// One automaton over all keywords, built on first use. All are case-sensitive, so that it can use vector instructions.
#[expect(clippy::expect_used, reason = "the keywords are constants, and few")]
static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let keywords = patterns().map(|(keyword, _)| keyword);
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(keywords)
        .expect("keywords make an automaton")
});

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

/// The credentials of the URL whose authority starts at an offset.
fn in_url(text: &[u8], start: usize, tier: Tier) -> Vec<Found> {
    let user = url::at(text, start).and_then(|info| position::user_info(text, &info, tier));
    let rest = text.get(start..).unwrap_or_default();
    let end = rest
        .iter()
        .take(4096)
        .position(|byte| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`'));
    let rest = rest.get(..end.unwrap_or(rest.len().min(4096))).unwrap_or_default();
    let parameters = url::parameters(rest)
        .filter_map(|range| position::parameter(text, start + range.start..start + range.end, tier));
    user.into_iter().chain(parameters).collect()
}
