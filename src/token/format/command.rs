//! Credentials in commands: helpers, aliases, `core.sshCommand`.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use bstr::ByteSlice as _;

use super::credential::is_credible;
use crate::token::engine::find::{CredentialMatch, Strictness, everywhere};
use crate::token::provider::bytes::{is_random, is_word};
use crate::token::provider::tokens::recognize;
use crate::token::{CredentialKind, Secret, decode};

/// Marks that precede a secret in a command, each with the class of the byte that must follow the mark.
pub(in crate::token) const MARKS: &[(&str, Class)] = &[
    ("password", is_equals),
    ("passwd", is_equals),
    ("--password", is_blank),
    ("--passphrase", is_equals_or_blank),
    ("--auth", is_equals),
    (" pass:", is_any),
    ("sshpass -p", is_any),
    ("secret_access_key", is_equals),
    ("token", is_equals),
    ("--token", is_blank),
    ("-token:", is_blank),
    ("api-key:", is_blank),
    ("_secret", is_equals),
    ("api_key", is_equals),
];

/// Prefilter: every command with a secret contains one of these texts, and most values contain none.
#[expect(clippy::expect_used, reason = "the signs are constants, and few")]
static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs = MARKS.iter().map(|(mark, _)| *mark).chain(["printf ", "base64", "curl "]);
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(signs);
    search.expect("signs make an automaton")
});

pub(in crate::token) type Class = fn(u8) -> bool;

fn is_equals(byte: u8) -> bool {
    byte == b'='
}

fn is_blank(byte: u8) -> bool {
    byte == b' '
}

fn is_equals_or_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'=')
}

/// Accepts any byte, so that the secret may follow directly, as in `-psecret`.
fn is_any(_: u8) -> bool {
    true
}

/// Returns the literal secrets in a command, including those in one level of base64.
pub(crate) fn in_command(text: &[u8]) -> Vec<CredentialMatch> {
    if !SIGNS.is_match(text) {
        return Vec::new();
    }
    let mut found = marked(text);
    found.extend(printed(text));
    if text.contains_str("base64") {
        found.extend(encoded(text));
    }
    if text.contains_str("curl ") {
        found.extend([" -u ", " --user "].iter().flat_map(|option| logins(text, option)));
    }
    found
}

/// Returns the passwords in `-u user:password`. `option` is `-u` or its long form, with a blank on either
/// side.
fn logins(text: &[u8], option: &str) -> Vec<CredentialMatch> {
    let mut words = Words { text, end: 0 };
    let passwords = text.find_iter(option).filter_map(|at| {
        let login = words.at(at + option.len())?;
        let colon = text.get(login.clone())?.find_byte(b':')?;
        of(text, login.start + colon + 1..login.end)
    });
    passwords.collect()
}

/// Returns the values that `printf` writes after `password=`.
fn printed(text: &[u8]) -> Vec<CredentialMatch> {
    text.find_iter("printf ").flat_map(|at| substituted(text, at + "printf ".len())).collect()
}

/// Returns the arguments of a `printf` that its format puts after `password=`, which may itself come from
/// arguments.
fn substituted(text: &[u8], mut at: usize) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let format = argument(text, &mut at).filter(|first| text.get(first.clone()) != Some(b"--"));
    let Some(format) = format.or_else(|| argument(text, &mut at)) else { return found };
    let mut rest = text.get(format).unwrap_or_default();
    let mut before = Vec::new();
    while let Some((literal, behind)) = rest.split_once_str("%") {
        before.extend_from_slice(literal);
        rest = behind.get(1..).unwrap_or_default();
        if !matches!(behind.first(), Some(b's' | b'b' | b'q')) {
            continue;
        }
        let Some(value) = argument(text, &mut at) else { break };
        if before.ends_with(b"password=") {
            found.extend(of(text, value.clone()));
        }
        before.extend_from_slice(text.get(value).unwrap_or_default());
    }
    found
}

/// Returns the argument at an offset, without its quotes of any kind, and moves the offset past it.
fn argument(text: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let rest = text.get(*at..)?;
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = rest.get(blanks..)?;
    let quote: &[u8] =
        [&br#"\""#[..], b"\"", b"'"].into_iter().find(|quote| rest.starts_with(quote)).unwrap_or_default();
    let inner = rest.get(quote.len()..)?;
    let length = match quote {
        b"" => inner.iter().position(|byte| *byte <= b' ' || *byte == b';'),
        quote => Some(inner.find(quote)?),
    };
    let length = length.unwrap_or(inner.len());
    let start = *at + blanks + quote.len();
    *at = start + length + quote.len();
    (length > 0).then_some(start..start + length)
}

fn marked(text: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let lower = text.to_ascii_lowercase();
    for (mark, follows) in MARKS {
        let mut words = Words { text, end: 0 };
        let mut known = 0;
        for end in lower.find_iter(mark).map(|at| at + mark.len()) {
            // A mark inside a secret is part of that secret.
            let Some(next) = text.get(end).filter(|next| end >= known && follows(**next)) else { continue };
            let start = end + usize::from(matches!(next, b'=' | b' '));
            let one = words.at(start).and_then(|span| of(text, span));
            known = one.as_ref().map_or(known, |one| one.span.end);
            found.extend(one);
        }
    }
    found
}

/// Splitter of a text into shell words. They must be requested in the order of the text.
struct Words<'t> {
    text: &'t [u8],
    /// The end of the last word. A word that starts inside of it has the same end.
    end: usize,
}

impl Words<'_> {
    /// Returns the word that starts at an offset, without its quotes. `None` for a substitution, which is not
    /// a literal.
    fn at(&mut self, start: usize) -> Option<Range<usize>> {
        let rest = self.text.get(start..)?;
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\')).count();
        let (start, rest) = (start + blanks, rest.get(blanks..)?);
        if self.end <= start {
            self.end = start + rest.iter().position(ends_word).unwrap_or(rest.len());
        }
        let substitution = rest.starts_with(b"$(") || rest.starts_with(b"`") || rest.starts_with(b"${");
        (!substitution && start < self.end).then_some(start..self.end)
    }
}

fn ends_word(byte: &u8) -> bool {
    *byte <= b' ' || matches!(byte, b';' | b'"' | b'\'' | b'\\' | b'&' | b'|' | b'`' | b')')
}

/// Maximum number of bytes of a word that are checked. A text may have very many words, each inside the
/// previous one.
const TELLING: usize = 512;

fn of(text: &[u8], span: Range<usize>) -> Option<CredentialMatch> {
    let whole = text.get(span.clone())?;
    let value = whole.get(..whole.len().min(TELLING))?;
    let option = value.starts_with(b"-") && !is_random(value);
    let variable = value.starts_with(b"$") && value.iter().skip(1).all(|byte| is_word(*byte));
    let format = matches!(value, [b'%', _] | [b'%', _, ..] if value.len() <= 3);
    let secret =
        is_credible(value, Strictness::GitConfig) && !option && !variable && !format && value.len() >= 3;
    secret.then(|| CredentialMatch {
        kind: CredentialKind::Command,
        detector: recognize(value),
        secret: Secret::new(whole),
        span,
        host: Vec::new(),
    })
}

/// Returns the secrets in base64 words: a helper often hides its password like this.
fn encoded(text: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let mut substitutions = Substitutions { text, searched: 0, passwords: [false; 2] };
    let mut start = 0;
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    for run in text.split(|byte| !digit(*byte)) {
        let decoded = if run.len() >= 8 { decode::base64(run) } else { None };
        let decoded = decoded.filter(|decoded| {
            decoded.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
        });
        let span = start..start + run.len();
        if let Some(decoded) = decoded {
            let hidden =
                marked(&decoded).into_iter().chain(everywhere(&decoded, Strictness::GitConfig)).next();
            let whole = decoded.trim_ascii();
            let credible = is_random(whole)
                || is_credible(whole, Strictness::GitConfig) && substitutions.give_password_at(start);
            let bare = credible.then(|| (recognize(whole), Secret::new(whole)));
            let secret = hidden.map(|one| (one.detector, one.secret)).or(bare);
            found.extend(secret.map(|(detector, secret)| CredentialMatch {
                kind: CredentialKind::Command,
                detector,
                secret,
                span,
                host: Vec::new(),
            }));
        }
        start += run.len() + 1;
    }
    found
}

/// Command substitutions that supply a password: `password=$(echo ... | base64 -d)`. Offsets must be
/// requested in the order of the text.
struct Substitutions<'t> {
    text: &'t [u8],
    searched: usize,
    /// For `$(` and for backquotes: true if the last substitution supplies a password.
    passwords: [bool; 2],
}

impl Substitutions<'_> {
    /// Returns whether the last substitution of either kind before an offset supplies a password.
    fn give_password_at(&mut self, at: usize) -> bool {
        for (sign, password) in ["=$(", "=`"].into_iter().zip(&mut self.passwords) {
            // A sign may cross the start of the part not yet searched.
            let start = self.searched.saturating_sub(sign.len() - 1);
            let last = self.text.get(start..at).and_then(|text| text.rfind(sign));
            if let Some(last) = last {
                *password = self.text.get(..start + last).is_some_and(|name| name.ends_with(b"password"));
            }
        }
        self.searched = at;
        self.passwords.contains(&true)
    }
}
