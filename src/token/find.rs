//! Finds credentials by position (URL, header, command) and by look (a provider's token) in any text.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::bytes::{base64, distinct, is_base64_url, is_random, is_word, percent_decode};
use super::detectors::{ANY_ROUTABLE, DETECTORS, KEYWORDS, ROUTABLE, base32, body};
use super::placeholder::{is_fixed, is_guessable, is_placeholder};
use super::shape::Detector;
use super::url::{self, UserInfo};
use super::{Kind, Secret};

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
            Some(Target::Token(distance)) => found.extend(token(text, hit.start(), *distance)),
            Some(Target::Routable) => found.extend(any_routable(text, hit.start())),
            Some(Target::Url) => found.extend(in_url(text, hit.end(), tier)),
            Some(Target::Header) => found.extend(header_at(text, hit.end(), tier)),
            Some(Target::AwsKey) => found.extend(aws(text, hit.start())),
            Some(Target::Hint) | None => {}
        }
    }
    found.extend(old_azure(text));
    settle(found)
}

/// Whether a text may hold anything for [`everywhere`]: one pass, no allocation.
pub(crate) fn is_suspect(text: &[u8]) -> bool {
    SEARCH.is_match(text) || old_azure(text).next().is_some()
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
    let hints = HINTS.into_iter().map(|hint| (hint, Target::Hint));
    tokens.chain([(ROUTABLE, Target::Routable)]).chain(urls).chain(headers).chain(keys).chain(hints)
}

/// The kind of token that some bytes are as a whole, whatever their checksum.
pub(crate) fn recognize(secret: &[u8]) -> Option<&'static Detector> {
    let known = DETECTORS.iter().filter(|detector| detector.length(secret) == Some(secret.len()));
    known.chain([&ANY_ROUTABLE]).find(|detector| {
        let proof = detector.prefix().is_empty() || detector.prefix().len() < 4;
        detector.length(secret) == Some(secret.len()) && (!proof || (detector.proof)(secret))
    })
}

/// A provider's token around a keyword.
fn token(text: &[u8], keyword: usize, distance: usize) -> Option<Found> {
    let start = keyword.checked_sub(distance)?;
    if !starts_word(text, start) {
        return None;
    }
    let rest = text.get(start..)?;
    let longest = DETECTORS
        .iter()
        .filter_map(|detector| Some((detector.length(rest)?, detector)))
        .filter(|(length, detector)| rest.get(..*length).is_some_and(|token| is_token(token, detector)))
        .min_by_key(|(length, _)| std::cmp::Reverse(*length));
    let (length, detector) = longest?;
    Some(Found {
        kind: Kind::Token,
        detector: Some(detector),
        secret: Secret::new(rest.get(..length)?),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// A routable GitLab token whose prefix an instance has chosen, around its `.01.`.
fn any_routable(text: &[u8], dot: usize) -> Option<Found> {
    let before = text.get(dot.saturating_sub(340)..dot)?;
    let run = before.iter().rev().take_while(|byte| is_base64_url(**byte)).count();
    let start = dot - run;
    let length = ANY_ROUTABLE.length(text.get(start..)?)?;
    let secret = text.get(start..start + length)?;
    (ANY_ROUTABLE.proof)(secret).then(|| Found {
        kind: Kind::Token,
        detector: recognize(secret),
        secret: Secret::new(secret),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// Azure DevOps tokens of the old form have no mark: every run of 52 digits is asked for its checksum. Such a run covers a
/// multiple of 52, so most bytes need not be looked at.
fn old_azure(text: &[u8]) -> impl Iterator<Item = Found> {
    let detector = DETECTORS.iter().find(|detector| {
        detector.prefix().is_empty() && detector.provider == "Microsoft" && detector.shape.len() == 1
    });
    (0..text.len()).step_by(52).filter_map(move |at| {
        let back = text.get(..at)?.iter().rev().take(52).take_while(|byte| base32(**byte)).count();
        let on = text.get(at..)?.iter().take(53).take_while(|byte| base32(**byte)).count();
        let start = at - back;
        let secret = text.get(start..at + on).filter(|run| on > 0 && run.len() == 52)?;
        let alone = starts_word(text, start) && text.get(at + on).is_none_or(|next| !is_word(*next));
        (alone && (detector?.proof)(secret)).then(|| Found {
            kind: Kind::Token,
            detector,
            secret: Secret::new(secret),
            span: start..at + on,
            host: Vec::new(),
        })
    })
}

/// An AWS key id with the secret key near it: on the same line or one of the next three, or of the three before.
fn aws(text: &[u8], start: usize) -> Vec<Found> {
    let id = text.get(start..start + 20).filter(|id| {
        let digit = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
        id.iter().all(digit) && !id.ends_with(b"EXAMPLE") && distinct(id) >= 8
    });
    let alone = starts_word(text, start) && text.get(start + 20).is_none_or(|next| !is_word(*next));
    let Some(id) = id.filter(|_| alone) else { return Vec::new() };
    let near = lines_around(text, start, 3);
    let Some(secret) = aws_secret(text, near) else { return Vec::new() };
    let of = |kind, secret: &[u8], span| Found {
        kind,
        detector: None,
        secret: Secret::new(secret),
        span,
        host: Vec::new(),
    };
    let key = text.get(secret.clone()).unwrap_or_default();
    vec![of(Kind::AwsKeyId, id, start..start + 20), of(Kind::AwsKey, key, secret)]
}

fn lines_around(text: &[u8], at: usize, lines: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr_iter(b'\n', before).take_while(|lf| at - lf < 1000).nth(lines);
    let end = memchr::memchr_iter(b'\n', after).nth(lines).unwrap_or(after.len()).min(1000);
    start.unwrap_or(at.saturating_sub(1000))..at + end
}

/// A run of exactly 40 base64 digits that looks random.
fn aws_secret(text: &[u8], near: Range<usize>) -> Option<Range<usize>> {
    let mut start = near.start;
    for run in text.get(near)?.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'))) {
        if run.len() == 40
            && is_random(run)
            && run.iter().any(u8::is_ascii_uppercase)
            && !run.ends_with(b"EXAMPLEKEY")
        {
            return Some(start..start + 40);
        }
        start += run.len() + 1;
    }
    None
}

fn is_token(token: &[u8], detector: &Detector) -> bool {
    (detector.proof)(token) && !is_placeholder(token)
}

fn starts_word(text: &[u8], start: usize) -> bool {
    start.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|before| !is_word(*before))
}

/// The credentials of the URL whose authority starts at an offset.
fn in_url(text: &[u8], start: usize, tier: Tier) -> Vec<Found> {
    let user = url::at(text, start).and_then(|info| user_info(text, &info, tier));
    let rest = text.get(start..).unwrap_or_default();
    let end = rest
        .iter()
        .take(4096)
        .position(|byte| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`'));
    let rest = rest.get(..end.unwrap_or(rest.len().min(4096))).unwrap_or_default();
    let parameters = url::parameters(rest)
        .filter_map(|range| parameter(text, start + range.start..start + range.end, tier));
    user.into_iter().chain(parameters).collect()
}

pub(crate) fn parameter(text: &[u8], span: Range<usize>, tier: Tier) -> Option<Found> {
    let value = percent_decode(text.get(span.clone())?);
    is_credible(&value, tier).then(|| Found {
        kind: Kind::UrlParameter,
        detector: recognize(&value),
        secret: Secret::new(value),
        span,
        host: Vec::new(),
    })
}

/// The credential of a URL's user part.
pub(crate) fn user_info(text: &[u8], info: &UserInfo, tier: Tier) -> Option<Found> {
    let user = percent_decode(text.get(info.user.clone())?);
    let password = info.password.clone().map(|range| percent_decode(text.get(range).unwrap_or_default()));
    let host = text.get(info.host.clone()).unwrap_or_default();
    let (whose, secret) = pair(&user, password.as_deref(), tier)?;
    let suppressed = match tier {
        Tier::GitConfig => is_example_host(host) && is_guessable(&secret),
        Tier::Content => is_reserved_host(host) && recognize(&secret).is_none(),
        Tier::Example => false,
    };
    (!suppressed).then(|| Found {
        kind: if whose == Whose::User { Kind::UrlUser } else { Kind::UrlPassword },
        detector: recognize(&secret),
        secret: Secret::new(secret),
        span: info.user.start..info.password.as_ref().map_or(info.user.end, |password| password.end),
        host: host.to_vec(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    User,
    Password,
}

/// Which of user and password is the secret: the password, unless it is empty, a placeholder or the same for everyone.
pub(crate) fn pair(user: &[u8], password: Option<&[u8]>, tier: Tier) -> Option<(Whose, Vec<u8>)> {
    let password = password.unwrap_or_default();
    if is_credible(password, tier) {
        return Some((Whose::Password, password.to_vec()));
    }
    let certain = !password.is_empty() && is_fixed(password) && is_credible(user, tier);
    (certain || is_token_shaped(user, tier)).then(|| (Whose::User, user.to_vec()))
}

/// Whether bytes in the place of a secret are one.
pub(crate) fn is_credible(value: &[u8], tier: Tier) -> bool {
    if is_placeholder(value) || is_placeholder(body(value)) {
        return false;
    }
    match tier {
        Tier::GitConfig => true,
        Tier::Content => {
            !is_guessable(value) || recognize(value).is_some_and(|detector| (detector.proof)(value))
        }
        Tier::Example => recognize(value).is_some_and(|detector| (detector.proof)(value)),
    }
}

/// Whether a user name is no name but a token.
fn is_token_shaped(user: &[u8], tier: Tier) -> bool {
    let legacy = user.len() == 40 && user.iter().all(u8::is_ascii_hexdigit) && distinct(user) >= 8;
    let old = user
        .strip_prefix(b"v1.")
        .is_some_and(|rest| rest.len() == 40 && rest.iter().all(u8::is_ascii_hexdigit));
    let random = user.len() >= 20 && user.iter().all(|byte| is_base64_url(*byte)) && is_random(user);
    let drawn = tier != Tier::Example
        && (legacy
            || old
            || random
            || user.len() == 52 && user.iter().all(|b| base32(*b)) && distinct(user) >= 12);
    !is_placeholder(user)
        && (recognize(user).is_some_and(|detector| (detector.proof)(user) || tier == Tier::GitConfig)
            || drawn)
}

/// An `Authorization` header whose name ends at an offset.
fn header_at(text: &[u8], name_end: usize, tier: Tier) -> Option<Found> {
    let mut at = name_end;
    let skip = |at: usize, class: fn(u8) -> bool| {
        at + text.get(at..).unwrap_or_default().iter().take(16).take_while(|byte| class(**byte)).count()
    };
    at = skip(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b']'));
    at = skip(at, |byte| matches!(byte, b':' | b'=' | b','));
    at = skip(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t'));
    let value = text.get(at..)?;
    let end = value.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0)).unwrap_or(value.len());
    authorization(text, at..at + end, tier)
}

/// The value of an `Authorization` header: `basic`, `bearer` or `token`, then the credential.
pub(crate) fn authorization(text: &[u8], range: Range<usize>, tier: Tier) -> Option<Found> {
    let value = text.get(range.clone())?;
    let word = value.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (scheme, rest) = value.split_at_checked(word)?;
    let quotes = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\');
    let blanks = rest.iter().take_while(|byte| quotes(byte)).count();
    let credential = rest.get(blanks..)?;
    let template =
        credential.starts_with(b"$") || credential.starts_with(b"{") || credential.starts_with(b"<");
    let ends =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'`' | b',' | b';' | b')' | b'<');
    let length = if template {
        credential.len()
    } else {
        credential.iter().position(ends).unwrap_or(credential.len())
    };
    let start = range.start + word + blanks;
    let credential = credential.get(..length).filter(|_| blanks > 0)?;
    let (kind, secret) = match () {
        () if scheme.eq_ignore_ascii_case(b"basic") => (Kind::BasicHeader, basic(credential, tier)?),
        () if ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes())) => {
            (Kind::BearerHeader, bearer(credential, tier)?)
        }
        () => return None,
    };
    Some(Found {
        kind,
        detector: recognize(&secret),
        secret: Secret::new(secret),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// The secret behind `basic`.
pub(crate) fn basic(credential: &[u8], tier: Tier) -> Option<Vec<u8>> {
    let decoded = base64(credential).filter(|decoded| decoded.len() >= 3 && !is_placeholder(credential));
    let Some(decoded) = decoded else {
        return (tier == Tier::GitConfig && is_credible(credential, tier)).then(|| credential.to_vec());
    };
    let colon = decoded.iter().position(|byte| *byte == b':');
    let (user, password) = match colon {
        Some(colon) => (decoded.get(..colon)?, decoded.get(colon + 1..)?.trim_ascii()),
        None => (&b""[..], decoded.trim_ascii()),
    };
    let readable = decoded.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == b'\n');
    let (_, secret) = pair(user, Some(password), tier)?;
    let known = recognize(&secret).is_some();
    let strong = readable && colon.is_some() && is_random(&secret);
    (tier == Tier::GitConfig || known || tier == Tier::Content && strong).then_some(secret)
}

/// The secret behind `bearer` or `token`.
fn bearer(credential: &[u8], tier: Tier) -> Option<Vec<u8>> {
    let web_token = credential.starts_with(b"eyJ") && super::checksum::json_web_token(credential);
    let known = web_token || recognize(credential).is_some();
    let strict = known || tier == Tier::Content && is_random(credential);
    (is_credible(credential, tier) && (tier == Tier::GitConfig || strict)).then(|| credential.to_vec())
}

/// Whether a host is exactly one of those that RFC 2606 sets aside for documents.
fn is_example_host(host: &[u8]) -> bool {
    let host = host.split(|byte| *byte == b':').next().unwrap_or_default();
    ["example.com", "example.org", "example.net"]
        .iter()
        .any(|known| host.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a host can be nobody's: set aside by RFC 2606, or this machine.
fn is_reserved_host(host: &[u8]) -> bool {
    let host = if host.starts_with(b"[") {
        host
    } else {
        host.split(|byte| *byte == b':').next().unwrap_or_default()
    };
    let host = host.to_ascii_lowercase();
    let under = |name: &str| {
        host.strip_suffix(name.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
    };
    let names =
        ["example.com", "example.org", "example.net", "example", "test", "invalid", "localhost", "local"];
    names.iter().any(|name| under(name))
        || host.starts_with(b"127.")
        || host.starts_with(b"[::1]")
        || !host.contains(&b'.')
}
