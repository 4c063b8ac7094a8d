//! Finds credentials by position (URL, header) and by look (a provider's token) in any text.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use crate::token::format::{config_list, credential, url};
use crate::token::provider::detectors::{KEYWORDS, ROUTABLE};
use crate::token::provider::shape::Detector;
use crate::token::provider::tokens;
use crate::token::{Kind, Secret};

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
    let found = at_keywords(text, tier).flatten();
    settle(found.chain(tokens::old_azure(text)).collect())
}

/// How much of a keyword is searched for. It is enough to tell it from others, and the less it is, the less depends on what
/// stands around.
pub(in crate::token) const START: usize = 8;

/// Where keywords may stand, and which: all that begin with as much of one as is searched for, though they may overlap. So
/// it does not matter where the search began.
pub(in crate::token) fn keywords(text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    SEARCHES.iter().flat_map(move |search| {
        let hits = search.starts(text);
        hits.filter_map(|(at, number)| Some((at, search.first + u8::try_from(number).ok()?)))
    })
}

/// Looks at keywords of a text, one after the other.
pub(in crate::token) struct Suspicion<'a> {
    text: &'a [u8],
    /// One for the keywords of either length.
    readers: [Reader; 2],
    /// Whether the text has a NUL in it, as far as is known.
    has_nul: bool,
    line: Line,
    record: Record,
}

/// The line at which was looked last: a line may hold many keywords, and is asked once.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    /// Where the last value in it begins that its name says is secret.
    secret: Option<usize>,
    /// Whether it tells of an entry of config with a credential.
    told: OnceCell<bool>,
}

/// The record that ends with NUL at which was looked last.
#[derive(Default)]
struct Record {
    range: Range<usize>,
    /// Whether it is an entry of config with a credential.
    told: bool,
}

impl<'a> Suspicion<'a> {
    pub(in crate::token) fn of(text: &'a [u8], has_nul: bool) -> Self {
        let (line, record) = (Line::default(), Record::default());
        Self { text, readers: Default::default(), has_nul, line, record }
    }

    /// Whether anything stands at a keyword for [`everywhere`], or for a dump of git config.
    pub(in crate::token) fn is_at(&mut self, at: usize, keyword: u8) -> bool {
        SEARCHES.iter().enumerate().any(|(number, search)| {
            let own = keyword.checked_sub(search.first).map(usize::from);
            let hit = own.and_then(|own| search.whole(self.text, at, own));
            hit.is_some_and(|(target, hit)| self.is_target(number, target, hit))
        })
    }

    fn is_target(&mut self, number: usize, target: &Target, hit: Range<usize>) -> bool {
        let read = |reader: &mut Reader, tier| !reader.read(self.text, hit.clone(), target, tier).is_empty();
        match target {
            Target::Hint => true,
            Target::Variable => config_list::is_variable(self.text.get(hit.end..).unwrap_or_default()),
            Target::Key => self.is_config(hit.start),
            // Most URLs need not be taken apart.
            Target::Url if !self.has_more(&hit) => self.is_in_record(hit.start),
            // What only config would hold has to stand in something like it.
            _ if self.readers.get_mut(number).is_some_and(|reader| read(reader, Tier::GitConfig)) => {
                read(&mut Reader::default(), Tier::Content) || self.is_config(hit.start)
            }
            // In config, neither a blank nor a quote ends a URL.
            Target::Url => self.is_config(hit.start),
            _ => false,
        }
    }

    /// Whether a URL names a user, or has a secret in its query or in what would be a command, if nothing but the line ends
    /// it.
    fn has_more(&mut self, separator: &Range<usize>) -> bool {
        self.go_to(separator.start);
        let rest = self.text.get(separator.end..self.line.range.end).unwrap_or_default();
        let authority = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
        memchr::memchr(b'@', rest.get(..authority).unwrap_or_default()).is_some()
            || self.line.secret >= Some(separator.end)
    }

    /// Whether what stands at an offset is read as strictly as git config: its line or its record tells of it, or all of
    /// the text is a credential store.
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
            // Where no NUL ends anything, there are no records.
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

/// Whether a text holds anything at which [`everywhere`] would look closer.
pub(crate) fn has_keyword(text: &[u8]) -> bool {
    SEARCHES.iter().any(|search| search.find(text).next().is_some())
        || tokens::old_azure(text).next().is_some()
}

/// What stands at the keywords in a text: the short ones behind the others.
fn at_keywords(text: &[u8], tier: Tier) -> impl Iterator<Item = Vec<Found>> {
    SEARCHES.iter().flat_map(move |search| {
        let mut reader = Reader::default();
        search.find(text).map(move |(target, hit)| reader.read(text, hit, target, tier))
    })
}

/// Reads what stands at keywords, one after the other.
#[derive(Debug, Default)]
struct Reader {
    /// How far query parameters have been read: a word may hold many URLs.
    read: usize,
}

impl Reader {
    fn read(&mut self, text: &[u8], hit: Range<usize>, target: &Target, tier: Tier) -> Vec<Found> {
        let mut found = target.found(text, hit.clone(), tier);
        if matches!(target, Target::Url) && hit.end >= self.read {
            let (parameters, end) = in_query(text, hit.end, tier);
            found.extend(parameters);
            self.read = end;
        }
        found
    }
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
    /// Nothing by itself: the text around it is read as what it may be.
    Hint,
    /// Nothing by itself: the line around it is read as what may tell of config.
    Key,
    /// Nothing by itself: the text around it is read as what may list variables.
    Variable,
}

impl Target {
    /// What stands at a hit.
    fn found(&self, text: &[u8], hit: Range<usize>, tier: Tier) -> Vec<Found> {
        match self {
            Self::Token(distance) => tokens::token(text, hit.start, *distance).into_iter().collect(),
            Self::Routable => tokens::any_routable(text, hit.start).into_iter().collect(),
            Self::Url => in_url(text, hit.end, tier).into_iter().collect(),
            Self::Header => credential::header_at(text, hit.end, tier).into_iter().collect(),
            Self::AwsKey => tokens::aws(text, hit.start),
            Self::Npm => tokens::npm(text, hit.end, tier).into_iter().collect(),
            Self::Hint | Self::Key | Self::Variable => Vec::new(),
        }
    }
}

/// What makes a text one to be read when nothing else in it would be searched for: a dump of all config, and the domain and the
/// path of a cookie.
const HINTS: [&str; 3] = ["core.repositoryf", "user.email=", "E\t/"];

/// What stands in keys of git config, in a dump of it or on a command line, whose value may be a secret without a look of its
/// own. git writes them in small letters, people as the manual does: `http.extraHeader`, `sendemail.smtpPass`.
const KEYS: [&str; 10] =
    [".helper", ".proxy", ".pass", ".smtp", ".extra", "gitcvs.", ".mwp", ".mwP", ".oauth", ".token"];

/// The keywords of one length class: an automaton over them, and what each leads to.
struct Search {
    automaton: AhoCorasick,
    targets: Vec<(&'static str, Target)>,
    /// How many keywords the other one has, if that comes before this one.
    first: u8,
}

impl Search {
    /// Of the keywords that are short, or of the others. All are case-sensitive, so that it can use vector instructions.
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

    /// Where the starts of keywords stand, and of which.
    fn starts<'a>(&'static self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            let hit = self.automaton.find(Input::new(text).range(at..))?;
            at = hit.start() + 1;
            Some((hit.start(), hit.pattern().as_usize()))
        })
    }

    /// Where keywords stand, and what each leads to.
    fn find<'a>(&'static self, text: &'a [u8]) -> impl Iterator<Item = (&'static Target, Range<usize>)> + 'a {
        self.starts(text).filter_map(|(at, number)| self.whole(text, at, number))
    }

    /// The keyword whose start stands at an offset, if all of it does.
    fn whole(&self, text: &[u8], at: usize, number: usize) -> Option<(&Target, Range<usize>)> {
        let (keyword, target) = self.targets.get(number)?;
        let hit = at..at + keyword.len();
        (text.get(hit.clone()) == Some(keyword.as_bytes())).then_some((target, hit))
    }
}

/// Prepares the search, which else is prepared when it is first needed.
pub(crate) fn prepare() {
    LazyLock::force(&SEARCHES);
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

/// The credential in the authority of the URL that starts at an offset.
fn in_url(text: &[u8], start: usize, tier: Tier) -> Option<Found> {
    url::at(text, start).and_then(|info| credential::user_info(text, &info, tier))
}

/// The credentials in the query of the URL whose authority starts at an offset, and where the URL ends.
fn in_query(text: &[u8], start: usize, tier: Tier) -> (Vec<Found>, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(MAX_URL)).unwrap_or_default();
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let parameters = url::parameters(rest.get(..end).unwrap_or_default());
    let found = parameters
        .filter_map(|range| credential::parameter(text, start + range.start..start + range.end, tier));
    (found.collect(), start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_keyword_tells_it_from_every_other() {
        let starts: Vec<_> = patterns().map(|(keyword, _)| keyword.get(..START).unwrap_or(keyword)).collect();
        for (at, start) in starts.iter().enumerate() {
            let others = starts.iter().enumerate().filter(|(other, _)| *other != at);
            assert!(others.map(|(_, other)| other).all(|other| !other.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn the_search_for_longer_keywords_is_one_that_compares_many_bytes_at_once() {
        // More patterns than this, and the automaton has no such prefilter (aho-corasick, `packed`).
        assert!(patterns().filter(|(keyword, _)| keyword.len() > SHORT).count() <= 64);
    }

    #[test]
    fn a_keyword_is_found_behind_the_start_of_another() {
        let found = |text: &[u8]| keywords(text).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(found(b"github_pypi-AgE"), [0, 7]);
        let [long, _] = &*SEARCHES;
        let ends = long.find(b"github_pypi-AgE").map(|(_, hit)| (hit.start, hit.end));
        assert_eq!(ends.collect::<Vec<_>>(), [(7, 15)]);
    }
}
