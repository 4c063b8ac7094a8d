//! What makes a bare occurrence of a token credible, where that is no checksum.

use super::bytes::distinct;
use super::checksum::{crc_hex, json_web_token};
use super::detectors::KEYWORDS;

/// What stands behind the keyword that a token starts with.
pub(crate) fn body(token: &[u8]) -> &[u8] {
    let starts = KEYWORDS.iter().filter(|(_, distance)| *distance == 0);
    let bodies = starts.filter_map(|(keyword, _)| token.strip_prefix(keyword.as_bytes()));
    bodies.min_by_key(|body| body.len()).unwrap_or(token)
}

/// Behind the prefix there must be variety: a run of one letter or a word in capitals is an example.
pub(crate) fn varied(token: &[u8]) -> bool {
    let body = body(token);
    let count = |class: fn(&u8) -> bool| body.iter().filter(|byte| class(byte)).count();
    let mixed = count(u8::is_ascii_uppercase) >= 4 && count(u8::is_ascii_lowercase) >= 4;
    distinct(body) >= 10 && (count(u8::is_ascii_digit) >= 1 || mixed) && !steps(body)
}

/// Whether most bytes are followed by their successor, as in `abcdefgh` or `123456`.
fn steps(body: &[u8]) -> bool {
    let steps = body.windows(2).filter(|pair| matches!(pair, [a, b] if a.wrapping_add(1) == *b)).count();
    steps * 3 > body.len()
}

/// `Devise.friendly_token` never draws `l`, `I`, `O` or `0`, which look like others.
pub(crate) fn devise(token: &[u8]) -> bool {
    let (_, body) = token.split_at_checked(token.len().saturating_sub(20)).unwrap_or_default();
    varied(token) && !body.iter().any(|byte| matches!(byte, b'l' | b'I' | b'O' | b'0'))
}

/// A weak prefix asks for digits.
pub(crate) fn random_tail(token: &[u8]) -> bool {
    token.get(3..).is_some_and(|body| varied(body) && body.iter().any(u8::is_ascii_digit))
}

/// Hugging Face: letters of both cases.
pub(crate) fn letters(token: &[u8]) -> bool {
    let body = token.get(3..).unwrap_or_default();
    let upper = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    (6..=28).contains(&upper) && distinct(body) >= 14 && !steps(body)
}

/// OpenAI's mark, the name in base64, stands in the middle.
pub(crate) fn open_ai(token: &[u8]) -> bool {
    memchr::memmem::find(token, b"T3BlbkFJ").is_some() && varied(token)
}

/// Anthropic's keys end like the base64 of a zero.
pub(crate) fn anthropic(token: &[u8]) -> bool {
    token.ends_with(b"AA") && varied(token)
}

/// The checksum counts a plain `=`, however it is written.
pub(crate) fn atlassian_sum(token: &[u8]) -> bool {
    let Some((body, sum)) = token.len().checked_sub(8).and_then(|at| token.split_at_checked(at)) else {
        return false;
    };
    let body =
        [&b"%3D"[..], b"%3d", b"\\=", b"="].iter().find_map(|end| body.strip_suffix(*end)).unwrap_or(body);
    crc_hex(&[body, b"=", sum].concat())
}

/// Bitbucket Data Center: base64 of a number, a colon and twenty bytes.
pub(crate) fn data_center(token: &[u8]) -> bool {
    let Some(raw) = token.strip_prefix(b"BBDC-").and_then(super::bytes::base64) else { return false };
    raw.iter().position(|byte| *byte == b':').is_some_and(|colon| {
        colon > 0 && raw.iter().take(colon).all(u8::is_ascii_digit) && raw.len() == colon + 21
    })
}

/// GitHub's newer tokens hold a JSON web token.
pub(crate) fn stateless(token: &[u8]) -> bool {
    let web_token = token.splitn(3, |byte| *byte == b'_').nth(2);
    web_token.is_some_and(json_web_token)
}

/// GitLab's job tokens, too.
pub(crate) fn job(token: &[u8]) -> bool {
    token.strip_prefix(b"glcbt-").is_some_and(json_web_token)
}
