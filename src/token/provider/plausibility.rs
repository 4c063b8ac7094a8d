//! Plausibility checks for tokens without a plain checksum.

use super::bytes::distinct;
use super::checksum::{crc_hex, json_web_token};
use super::detectors::KEYWORDS;

/// Returns the part of a token after its keyword, or all of it if it starts with none.
pub(crate) fn body(token: &[u8]) -> &[u8] {
    let starts = KEYWORDS.iter().filter(|(_, distance)| *distance == 0);
    let bodies = starts.filter_map(|(keyword, _)| token.strip_prefix(keyword.as_bytes()));
    bodies.min_by_key(|body| body.len()).unwrap_or(token)
}

/// Checks for variety after the prefix. A run of one letter or a word in capitals is an example, not a token.
pub(crate) fn varied(token: &[u8]) -> bool {
    let body = body(token);
    let count = |class: fn(&u8) -> bool| body.iter().filter(|byte| class(byte)).count();
    let mixed = count(u8::is_ascii_uppercase) >= 4 && count(u8::is_ascii_lowercase) >= 4;
    distinct(body) >= 10 && (count(u8::is_ascii_digit) >= 1 || mixed) && !steps(body)
}

/// Returns whether more than a third of the bytes are followed by their successor, as in `abcdefgh` or
/// `123456`.
fn steps(body: &[u8]) -> bool {
    let steps = body.windows(2).filter(|pair| matches!(pair, [a, b] if a.wrapping_add(1) == *b)).count();
    steps * 3 > body.len()
}

/// Checks a token of `Devise.friendly_token`, which never uses the ambiguous `l`, `I`, `O` and `0`.
pub(crate) fn devise(token: &[u8]) -> bool {
    let (_, body) = token.split_at_checked(token.len().saturating_sub(20)).unwrap_or_default();
    varied(token) && !body.iter().any(|byte| matches!(byte, b'l' | b'I' | b'O' | b'0'))
}

/// Checks for variety and a digit after a prefix of three bytes, which alone is weak evidence.
pub(crate) fn random_tail(token: &[u8]) -> bool {
    token.get(3..).is_some_and(|body| varied(body) && body.iter().any(u8::is_ascii_digit))
}

/// Checks a Hugging Face token: letters of both cases.
pub(crate) fn letters(token: &[u8]) -> bool {
    let body = token.get(3..).unwrap_or_default();
    let upper = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    (6..=28).contains(&upper) && distinct(body) >= 14 && !steps(body)
}

/// Checks an OpenAI key, which contains `T3BlbkFJ`, the base64 of `OpenAI`.
pub(crate) fn open_ai(token: &[u8]) -> bool {
    memchr::memmem::find(token, b"T3BlbkFJ").is_some() && varied(token)
}

/// Checks an Anthropic key, which ends with `AA`, as the base64 of a zero byte does.
pub(crate) fn anthropic(token: &[u8]) -> bool {
    token.ends_with(b"AA") && varied(token)
}

/// Checks an Atlassian token. The checksum covers a plain `=`, even if the token has it escaped.
pub(crate) fn atlassian_sum(token: &[u8]) -> bool {
    let Some((body, sum)) = token.len().checked_sub(8).and_then(|at| token.split_at_checked(at)) else {
        return false;
    };
    let body =
        [&b"%3D"[..], b"%3d", b"\\=", b"="].iter().find_map(|end| body.strip_suffix(*end)).unwrap_or(body);
    crc_hex(&[body, b"=", sum].concat())
}

/// Checks a Bitbucket Data Center token: base64 of a number, a colon and 20 bytes.
pub(crate) fn data_center(token: &[u8]) -> bool {
    let Some(raw) = token.strip_prefix(b"BBDC-").and_then(crate::token::decode::base64) else { return false };
    raw.iter().position(|byte| *byte == b':').is_some_and(|colon| {
        colon > 0 && raw.iter().take(colon).all(u8::is_ascii_digit) && raw.len() == colon + 21
    })
}

/// Checks a newer GitHub token, which contains a JSON web token.
pub(crate) fn stateless(token: &[u8]) -> bool {
    let web_token = token.splitn(3, |byte| *byte == b'_').nth(2);
    web_token.is_some_and(json_web_token)
}

/// Checks a GitLab job token, which contains a JSON web token.
pub(crate) fn job(token: &[u8]) -> bool {
    token.strip_prefix(b"glcbt-").is_some_and(json_web_token)
}
