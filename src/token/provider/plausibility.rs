//! Plausibility checks for tokens without a plain checksum.

use bstr::ByteSlice as _;

use super::checksum::{crc_hex, json_web_token};
use super::keywords::body;
use super::variety::{distinct, steps};
use crate::token::decode;

/// Checks for variety after the prefix. A run of one letter or a word in capitals is an example, not a token.
pub(crate) fn varied(token: &[u8]) -> bool {
    let body = body(token);
    let count = |class: fn(&u8) -> bool| body.iter().filter(|byte| class(byte)).count();
    let mixed = count(u8::is_ascii_uppercase) >= 4 && count(u8::is_ascii_lowercase) >= 4;
    distinct(body) >= 10 && (count(u8::is_ascii_digit) >= 1 || mixed) && !steps(body)
}

/// Checks a token of `Devise.friendly_token`, which never uses the ambiguous `l`, `I`, `O` and `0`.
pub(crate) fn devise(token: &[u8]) -> bool {
    let (_, body) = token.split_at(token.len().saturating_sub(20));
    varied(token) && !body.iter().any(|byte| matches!(byte, b'l' | b'I' | b'O' | b'0'))
}

/// Checks for variety and a digit after a prefix of three bytes, which alone is weak evidence.
pub(crate) fn random_tail(token: &[u8]) -> bool {
    token.get(3..).is_some_and(|body| varied(body) && body.iter().any(u8::is_ascii_digit))
}

/// Checks the variety of hexadecimal digits after the prefix: at least eight of the sixteen, in no order.
pub(crate) fn random_hex(token: &[u8]) -> bool {
    let body = body(token);
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    distinct(body) >= 8 && digits >= 4 && digits < body.len() && !steps(body)
}

/// Checks a key of an Azure service. That of Azure DevOps has a mark of its own, and a checksum.
pub(crate) fn azure_service(token: &[u8]) -> bool {
    varied(token) && token.get(76..80) != Some(b"AZDO")
}

/// Checks a client secret of Entra: letters of both cases and digits, and no words.
pub(crate) fn entra_secret(token: &[u8]) -> bool {
    let count = |class: fn(&u8) -> bool| token.iter().filter(|byte| class(byte)).count();
    let is_mixed = count(u8::is_ascii_uppercase) >= 4 && count(u8::is_ascii_lowercase) >= 4;
    is_mixed && count(u8::is_ascii_digit) >= 2 && distinct(token) >= 16 && !steps(token)
}

/// Checks a Hugging Face token: letters of both cases.
pub(crate) fn letters(token: &[u8]) -> bool {
    let body = token.len().checked_sub(34).and_then(|start| token.get(start..));
    body.is_some_and(|body| {
        let upper = body.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        (6..=28).contains(&upper) && distinct(body) >= 14 && !steps(body)
    })
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
    let Some((body, sum)) = token.split_last_chunk::<8>() else { return false };
    let body =
        [&b"%3D"[..], b"%3d", b"\\=", b"="].iter().find_map(|end| body.strip_suffix(*end)).unwrap_or(body);
    crc_hex(&[body, b"=", sum].concat())
}

/// Checks a Bitbucket Data Center token: base64 of a number, a colon and 20 bytes.
pub(crate) fn data_center(token: &[u8]) -> bool {
    let raw = token.strip_prefix(b"BBDC-").and_then(decode::base64);
    raw.as_deref().and_then(|raw| raw.split_once_str(":")).is_some_and(|(number, bytes)| {
        !number.is_empty() && number.iter().all(u8::is_ascii_digit) && bytes.len() == 20
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
