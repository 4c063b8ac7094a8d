//! Finds credentials in any text: by position (URL, header) and by format (a provider's token).

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use crate::token::format::{config_list, credential, url};
use crate::token::provider::detectors::{KEYWORDS, ROUTABLE};
use crate::token::provider::shape::Detector;
use crate::token::provider::tokens;
use crate::token::{CredentialKind, Secret};

/// Strictness with which a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strictness {
    /// Git config and similar files: any value of a credential key or in the position of a credential is a
    /// secret, except placeholders.
    GitConfig,
    /// Any other text: only a provider's token or a strong password is a secret.
    Content,
    /// A test or a document: only a provider's token is a secret.
    Example,
}

/// A credential in a text.
#[derive(Debug, Clone)]
pub(crate) struct CredentialMatch {
    pub(crate) kind: CredentialKind,
    pub(crate) detector: Option<&'static Detector>,
    pub(crate) secret: Secret,
    /// The range of the field that holds it, encoded as in the text.
    pub(crate) span: Range<usize>,
    /// The host that receives it; empty if the text does not name one.
    pub(crate) host: Vec<u8>,
}

/// Number of bytes after the separator of a URL that are searched for query parameters.
const MAX_URL: usize = 4096;

/// Returns the credentials that are recognizable without a config key, in the order of the text.
pub(crate) fn everywhere(text: &[u8], strictness: Strictness) -> Vec<CredentialMatch> {
    let found = at_keywords(text, strictness).flatten();
    settle(found.chain(tokens::old_azure(text)).collect())
}

/// Length of the keyword prefixes that are searched for, in bytes.
///
/// Eight bytes distinguish all keywords. A shorter prefix means that fewer bytes around a change have to be
/// searched again.
pub(in crate::token) const START: usize = 8;

/// Returns the offset and the number of each keyword prefix in a text, overlapping ones included.
///
/// Because of the overlaps, the result does not depend on where the search starts.
pub(in crate::token) fn keywords(text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    SEARCHES.iter().flat_map(move |search| {
        let hits = search.starts(text);
        hits.filter_map(|(at, number)| Some((at, search.first + u8::try_from(number).ok()?)))
    })
}

/// Checker for the keywords of a text. Caches the line and the record checked last.
pub(in crate::token) struct CandidateChecker<'a> {
    text: &'a [u8],
    /// One reader per length class of keywords, long ones first.
    readers: [Reader; 2],
    /// True if the text may contain a NUL.
    has_nul: bool,
    line: Line,
    record: Record,
}

/// The line checked last. A line may contain many keywords, so its properties are cached.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    /// The offset of the last `=` in the line that follows the name of a secret.
    secret: Option<usize>,
    /// True if the line lists a config entry with a credential; computed on first use.
    told: OnceCell<bool>,
}

/// The NUL-terminated record checked last.
#[derive(Default)]
struct Record {
    range: Range<usize>,
    /// True if the record is a config entry with a credential.
    told: bool,
}

impl<'a> CandidateChecker<'a> {
    pub(in crate::token) fn of(text: &'a [u8], has_nul: bool) -> Self {
        let (line, record) = (Line::default(), Record::default());
        Self { text, readers: Default::default(), has_nul, line, record }
    }

    /// Returns whether a keyword at an offset may lead to a credential, for [`everywhere`] or in a listing of
    /// git config.
    pub(in crate::token) fn is_at(&mut self, at: usize, keyword: u8) -> bool {
        SEARCHES.iter().enumerate().any(|(number, search)| {
            let own = keyword.checked_sub(search.first).map(usize::from);
            let hit = own.and_then(|own| search.whole(self.text, at, own));
            hit.is_some_and(|(target, hit)| self.is_target(number, target, hit))
        })
    }

    fn is_target(&mut self, number: usize, target: &Target, hit: Range<usize>) -> bool {
        let read = |reader: &mut Reader, strictness| {
            !reader.read(self.text, hit.clone(), target, strictness).is_empty()
        };
        match target {
            Target::Hint => true,
            Target::Variable => config_list::is_variable(self.text.get(hit.end..).unwrap_or_default()),
            Target::Key => self.is_config(hit.start),
            // Cheap check first: most URLs have no credential and need not be parsed.
            Target::Url if !self.has_more(&hit) => self.is_in_record(hit.start),
            // A credential that only the strict strictness accepts must be inside something like config.
            _ if self.readers.get_mut(number).is_some_and(|reader| read(reader, Strictness::GitConfig)) => {
                read(&mut Reader::default(), Strictness::Content) || self.is_config(hit.start)
            }
            // In config, neither a blank nor a quote ends a URL.
            Target::Url => self.is_config(hit.start),
            _ => false,
        }
    }

    /// Returns whether a URL that extends to the end of the line may hold a credential.
    ///
    /// That is the case if its authority contains a user, or if the name of a secret and `=` follow the
    /// separator.
    fn has_more(&mut self, separator: &Range<usize>) -> bool {
        self.go_to(separator.start);
        let rest = self.text.get(separator.end..self.line.range.end).unwrap_or_default();
        let authority = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
        memchr::memchr(b'@', rest.get(..authority).unwrap_or_default()).is_some()
            || self.line.secret >= Some(separator.end)
    }

    /// Returns whether a credential at an offset must be judged like one in git config.
    ///
    /// That is the case if its line or record lists an entry with a credential, or if the text may be a
    /// credential store.
    fn is_config(&mut self, at: usize) -> bool {
        self.go_to(at);
        let line = self.text.get(self.line.range.clone()).unwrap_or_default();
        *self.line.told.get_or_init(|| config_list::is_told(line))
            || self.text.trim_ascii_start().starts_with(b"http")
            || self.is_in_record(at)
    }

    fn is_in_record(&mut self, at: usize) -> bool {
        if !self.has_nul {
            return false;
        }
        if !self.record.range.contains(&at) {
            let range = config_list::record_around(self.text, at);
            let record = self.text.get(range.clone()).unwrap_or_default();
            // A record as long as the text means that there is no NUL, and so no records.
            let told = record.len() < self.text.len() && config_list::is_record(record);
            self.record = Record { range, told };
        }
        self.record.told
    }

    fn go_to(&mut self, at: usize) {
        if !self.line.range.contains(&at) {
            let range = config_list::line_around(self.text, at);
            let line = self.text.get(range.clone()).unwrap_or_default();
            let secret = url::last_secret(line).map(|at| range.start + at);
            self.line = Line { range, secret, told: OnceCell::new() };
        }
    }
}

/// Returns whether a text contains a keyword or an old Azure DevOps token, the only things that
/// [`everywhere`] examines.
pub(crate) fn has_keyword(text: &[u8]) -> bool {
    SEARCHES.iter().any(|search| search.find(text).next().is_some())
        || tokens::old_azure(text).next().is_some()
}

/// Returns the credentials at each keyword of a text: first for the long keywords, then for the short ones.
fn at_keywords(text: &[u8], strictness: Strictness) -> impl Iterator<Item = Vec<CredentialMatch>> {
    SEARCHES.iter().flat_map(move |search| {
        let mut reader = Reader::default();
        search.find(text).map(move |(target, hit)| reader.read(text, hit, target, strictness))
    })
}

/// Reader for the credentials at the keywords of a text, in the order of the text.
#[derive(Debug, Default)]
struct Reader {
    /// The end of the query parameters read so far. One word may hold many URLs, and is read once.
    read: usize,
}

impl Reader {
    fn read(
        &mut self,
        text: &[u8],
        hit: Range<usize>,
        target: &Target,
        strictness: Strictness,
    ) -> Vec<CredentialMatch> {
        let mut found = target.found(text, hit.clone(), strictness);
        if matches!(target, Target::Url) && hit.end >= self.read {
            let (parameters, end) = in_query(text, hit.end, strictness);
            found.extend(parameters);
            self.read = end;
        }
        found
    }
}

/// Sorts credentials by offset and removes those inside another one: a field wins over a token in it.
pub(crate) fn settle(mut found: Vec<CredentialMatch>) -> Vec<CredentialMatch> {
    found.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
    let mut kept: Vec<CredentialMatch> = Vec::with_capacity(found.len());
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
    /// Not a match by itself; the surrounding text must be parsed.
    Hint,
    /// Not a match by itself; the line may list a config entry.
    Key,
    /// Not a match by itself; the surrounding text may list environment variables.
    Variable,
}

impl Target {
    /// Returns the credentials at a hit.
    fn found(&self, text: &[u8], hit: Range<usize>, strictness: Strictness) -> Vec<CredentialMatch> {
        match self {
            Self::Token(distance) => tokens::token(text, hit.start, *distance).into_iter().collect(),
            Self::Routable => tokens::any_routable(text, hit.start).into_iter().collect(),
            Self::Url => in_url(text, hit.end, strictness).into_iter().collect(),
            Self::Header => credential::header_at(text, hit.end, strictness).into_iter().collect(),
            Self::AwsKey => tokens::aws(text, hit.start),
            Self::Npm => tokens::npm(text, hit.end, strictness).into_iter().collect(),
            Self::Hint | Self::Key | Self::Variable => Vec::new(),
        }
    }
}

/// Texts that mark a config listing or a cookie file, which may contain no other keyword.
///
/// A listing of all config usually contains one of the first two. The last one is the end of the domain flag
/// and the start of the path in a line of a cookie file.
const HINTS: [&str; 3] = ["core.repositoryf", "user.email=", "E\t/"];

/// Parts of config keys whose value may be a secret that no detector recognizes, in a listing or on a command
/// line.
///
/// git writes them in lower case, people often as in the manual: `http.extraHeader`, `sendemail.smtpPass`.
const KEYS: [&str; 10] =
    [".helper", ".proxy", ".pass", ".smtp", ".extra", "gitcvs.", ".mwp", ".mwP", ".oauth", ".token"];

/// The keywords of one length class: an automaton over their prefixes, and the target of each.
struct Search {
    automaton: AhoCorasick,
    targets: Vec<(&'static str, Target)>,
    /// The number of the first keyword. Keywords are numbered over both classes, the long ones first.
    first: u8,
}

impl Search {
    /// Builds the search for the short keywords, or for all others.
    ///
    /// All keywords are case-sensitive, so that the automaton can use vector instructions.
    #[expect(clippy::expect_used, reason = "the keywords are constants, and few")]
    fn new(short: bool) -> Self {
        let (targets, others): (Vec<_>, Vec<_>) =
            patterns().partition(|(keyword, _)| (keyword.len() <= SHORT) == short);
        let keywords = targets.iter().map(|(keyword, _)| keyword.get(..START).unwrap_or(keyword));
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(keywords);
        let first = u8::try_from(if short { others.len() } else { 0 });
        Self {
            automaton: automaton.expect("keywords make an automaton"),
            targets,
            first: first.expect("keywords are few"),
        }
    }

    /// Returns the offset and the index of each keyword prefix, overlapping ones included.
    fn starts<'a>(&'static self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            let hit = self.automaton.find(Input::new(text).range(at..))?;
            at = hit.start() + 1;
            Some((hit.start(), hit.pattern().as_usize()))
        })
    }

    /// Returns the target and the range of each keyword.
    fn find<'a>(&'static self, text: &'a [u8]) -> impl Iterator<Item = (&'static Target, Range<usize>)> + 'a {
        self.starts(text).filter_map(|(at, number)| self.whole(text, at, number))
    }

    /// Returns the target and the range of a keyword whose prefix is at an offset. `None` if the rest of it
    /// differs.
    fn whole(&self, text: &[u8], at: usize, number: usize) -> Option<(&Target, Range<usize>)> {
        let (keyword, target) = self.targets.get(number)?;
        let hit = at..at + keyword.len();
        (text.get(hit.clone()) == Some(keyword.as_bytes())).then_some((target, hit))
    }
}

/// Maximum length of a short keyword, in bytes. Short and long keywords are searched separately.
///
/// The vector instructions compare as many bytes as the shortest keyword has. With only three bytes and sixty
/// keywords, most of their matches would be false.
const SHORT: usize = 3;

static SEARCHES: LazyLock<[Search; 2]> = LazyLock::new(|| [false, true].map(Search::new));

fn patterns() -> impl Iterator<Item = (&'static str, Target)> {
    let tokens = KEYWORDS.iter().map(|(keyword, distance)| (*keyword, Target::Token(*distance)));
    let urls = url::SEPARATORS.into_iter().map(|separator| (separator, Target::Url));
    let headers = ["uthorization", "UTHORIZATION"].into_iter().map(|header| (header, Target::Header));
    let keys = ["AKIA", "ASIA"].into_iter().map(|start| (start, Target::AwsKey));
    let others = [("_authToken=", Target::Npm), (config_list::VARIABLES, Target::Variable)];
    let hints = HINTS.into_iter().map(|hint| (hint, Target::Hint));
    let keys_of_config = KEYS.into_iter().map(|key| (key, Target::Key));
    tokens
        .chain([(ROUTABLE, Target::Routable)])
        .chain(urls)
        .chain(headers)
        .chain(keys)
        .chain(others)
        .chain(hints)
        .chain(keys_of_config)
}

/// Returns the credential in the authority of a URL. The authority starts at the given offset.
fn in_url(text: &[u8], start: usize, strictness: Strictness) -> Option<CredentialMatch> {
    url::at(text, start).and_then(|info| credential::user_info(text, &info, strictness))
}

/// Returns the credentials in the query of a URL whose authority starts at an offset, and the offset of the
/// URL's end.
fn in_query(text: &[u8], start: usize, strictness: Strictness) -> (Vec<CredentialMatch>, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(MAX_URL)).unwrap_or_default();
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let parameters = url::parameters(rest.get(..end).unwrap_or_default());
    let found = parameters
        .filter_map(|range| credential::parameter(text, start + range.start..start + range.end, strictness));
    (found.collect(), start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyword_prefixes_are_distinct() {
        let starts: Vec<_> = patterns().map(|(keyword, _)| keyword.get(..START).unwrap_or(keyword)).collect();
        for (at, start) in starts.iter().enumerate() {
            let others = starts.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(others.map(|(_, other)| other).all(|other| !other.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn long_keywords_fit_the_vector_prefilter() {
        // With more patterns, the automaton has no such prefilter (aho-corasick, `packed`).
        assert!(patterns().filter(|(keyword, _)| keyword.len() > SHORT).count() <= 64);
    }

    #[test]
    fn a_keyword_is_found_after_another_prefix() {
        let found = |text: &[u8]| keywords(text).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(found(b"github_pypi-AgE"), [0, 7]);
        let [long, _] = &*SEARCHES;
        let ends = long.find(b"github_pypi-AgE").map(|(_, hit)| (hit.start, hit.end));
        assert_eq!(ends.collect::<Vec<_>>(), [(7, 15)]);
    }
}
