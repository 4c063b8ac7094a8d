//! Credentials in commands: helpers, aliases, `core.sshCommand`.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::bytes::{base64, is_random, is_word};
use super::find::{Found, Tier, everywhere};
use super::look::recognize;
use super::position::is_credible;
use super::{Kind, Secret};

/// What a secret follows in a command, and which bytes may stand between.
const MARKS: &[(&str, Class)] = &[
    ("password", is_equals),
    ("passwd", is_equals),
    ("--password", is_blank),
    ("sshpass -p", is_any_blank),
    ("secret_access_key", is_equals),
    ("session_token", is_equals),
    ("_token", is_equals),
    ("--token", is_equals_or_blank),
    ("_password", is_equals),
    ("_secret", is_equals),
    ("api_key", is_equals),
    ("oauth_refresh_token", is_equals),
];

type Class = fn(u8) -> bool;

fn is_equals(byte: u8) -> bool {
    byte == b'='
}

fn is_blank(byte: u8) -> bool {
    byte == b' '
}

fn is_equals_or_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'=')
}

/// Also where nothing stands between, as in `-psecret`.
fn is_any_blank(_: u8) -> bool {
    true
}

/// The literal secrets of a command, behind one level of base64 too.
pub(crate) fn in_command(text: &[u8]) -> Vec<Found> {
    let mut found = marked(text);
    if text.contains_str("base64") {
        found.extend(encoded(text));
    }
    found
}

fn marked(text: &[u8]) -> Vec<Found> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (mark, follows) in MARKS {
        for at in lower.find_iter(mark) {
            let end = at + mark.len();
            let Some(next) = text.get(end).filter(|next| follows(**next)) else { continue };
            let start = end + usize::from(matches!(next, b'=' | b' '));
            found.extend(word(text, start).and_then(|span| of(text, span)));
        }
    }
    found
}

/// The word of a shell that starts at an offset, without its quotes. What a substitution gives is no literal.
fn word(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\')).count();
    let rest = rest.get(blanks..)?;
    let ends =
        |byte: &u8| *byte <= b' ' || matches!(byte, b';' | b'"' | b'\'' | b'\\' | b'&' | b'|' | b'`' | b')');
    let substitution = rest.starts_with(b"$(") || rest.starts_with(b"`") || rest.starts_with(b"${");
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    (!substitution && length > 0).then(|| start + blanks..start + blanks + length)
}

fn of(text: &[u8], span: Range<usize>) -> Option<Found> {
    let value = text.get(span.clone())?;
    let option = value.starts_with(b"-") && !is_random(value);
    let variable = value.starts_with(b"$") && value.iter().skip(1).all(|byte| is_word(*byte));
    let format = matches!(value, [b'%', _] | [b'%', _, ..] if value.len() <= 3);
    let secret = is_credible(value, Tier::GitConfig) && !option && !variable && !format && value.len() >= 3;
    secret.then(|| Found {
        kind: Kind::Command,
        detector: recognize(value),
        secret: Secret::new(value),
        span,
        host: Vec::new(),
    })
}

/// Secrets in words that are base64: a helper often hides its password so.
fn encoded(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    for run in text.split(|byte| !digit(*byte)) {
        let decoded = if run.len() >= 12 { base64(run) } else { None };
        let decoded = decoded.filter(|decoded| {
            decoded.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
        });
        let span = start..start + run.len();
        if let Some(decoded) = decoded {
            let hidden = marked(&decoded).into_iter().chain(everywhere(&decoded, Tier::GitConfig)).next();
            let bare = is_random(&decoded).then(|| (None, Secret::new(decoded.trim_ascii())));
            let secret = hidden.map(|one| (one.detector, one.secret)).or(bare);
            found.extend(secret.map(|(detector, secret)| Found {
                kind: Kind::Command,
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
