//! Tokens recognized by their format, at any position.

use std::ops::Range;

use super::alphabet::base32_digit;
use super::bytes::{distinct, is_base64_url, is_random, is_word};
use super::detectors::{ANY_ROUTABLE, DETECTORS};
use super::shape::Detector;
use crate::token::engine::find::{CredentialMatch, Strictness};
use crate::token::placeholder::is_placeholder;
use crate::token::{CredentialKind, Secret};

/// Returns the detector whose format matches all of the bytes.
///
/// The checksum is verified only for formats whose fixed prefix is shorter than four bytes.
pub(crate) fn recognize(secret: &[u8]) -> Option<&'static Detector> {
    let known = DETECTORS.iter().filter(|detector| detector.length(secret) == Some(secret.len()));
    known.chain([&ANY_ROUTABLE]).find(|detector| {
        let proof = detector.prefix().is_empty() || detector.prefix().len() < 4;
        detector.length(secret) == Some(secret.len()) && (!proof || (detector.proof)(secret))
    })
}

/// Returns the longest provider's token around a keyword. `distance` is the offset of the keyword in the
/// token.
pub(in crate::token) fn token(text: &[u8], keyword: usize, distance: usize) -> Option<CredentialMatch> {
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
    Some(CredentialMatch {
        kind: CredentialKind::Token,
        detector: Some(detector),
        secret: Secret::new(rest.get(..length)?),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// Returns a routable GitLab token around its `.01.`. An instance may choose the prefix of such a token.
pub(in crate::token) fn any_routable(text: &[u8], dot: usize) -> Option<CredentialMatch> {
    let before = text.get(dot.saturating_sub(340)..dot)?;
    let run = before.iter().rev().take_while(|byte| is_base64_url(**byte)).count();
    let start = dot - run;
    let length = ANY_ROUTABLE.length(text.get(start..)?)?;
    let secret = text.get(start..start + length)?;
    (ANY_ROUTABLE.proof)(secret).then(|| CredentialMatch {
        kind: CredentialKind::Token,
        detector: recognize(secret),
        secret: Secret::new(secret),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// Length of the blocks of base32 digits that are searched for, in bytes.
const BLOCK: usize = 16;

/// Distance between the blocks that are checked. A run of 52 digits contains a block at some multiple of it.
const STRIDE: usize = 52 + 1 - BLOCK;

/// Returns the Azure DevOps tokens of the old form. They have no prefix, so the checksum of each run of 52
/// digits is verified.
pub(in crate::token) fn old_azure(text: &[u8]) -> impl Iterator<Item = CredentialMatch> {
    let mut end = 0;
    digit_blocks(text).filter_map(move |at| {
        let run = Some(at).filter(|at| *at >= end).map(|at| run_around(text, at))?;
        end = run.end;
        old_azure_in(text, run)
    })
}

/// Returns the token of the old form around an offset.
pub(in crate::token) fn old_azure_at(text: &[u8], at: usize) -> Option<CredentialMatch> {
    old_azure_in(text, run_around(text, at))
}

/// Returns the offsets of blocks of base32 digits, at least one for every run of 52 digits.
///
/// Other text hardly ever has such a block at a checked offset, so most bytes are not read.
pub(in crate::token) fn digit_blocks(text: &[u8]) -> impl Iterator<Item = usize> {
    let blocks = text.chunks(STRIDE).enumerate();
    blocks.filter_map(|(number, chunk)| is_base32(chunk.first_chunk()?).then_some(number * STRIDE))
}

/// Returns the run of base32 digits around an offset, cut off after 53 digits on either side: a token has 52.
fn run_around(text: &[u8], at: usize) -> Range<usize> {
    let digits =
        |bytes: &mut dyn Iterator<Item = &u8>| bytes.take(53).take_while(|byte| base32_digit(**byte)).count();
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    at - digits(&mut before.iter().rev())..at + digits(&mut after.iter())
}

fn old_azure_in(text: &[u8], run: Range<usize>) -> Option<CredentialMatch> {
    let detector = DETECTORS.iter().find(|detector| {
        detector.prefix().is_empty() && detector.provider == "Microsoft" && detector.shape.len() == 1
    });
    let secret = text.get(run.clone()).filter(|run| run.len() == 52)?;
    let alone = starts_word(text, run.start) && text.get(run.end).is_none_or(|next| !is_word(*next));
    (alone && (detector?.proof)(secret)).then(|| CredentialMatch {
        kind: CredentialKind::Token,
        detector,
        secret: Secret::new(secret),
        span: run,
        host: Vec::new(),
    })
}

/// Returns whether a block is all base32 digits. Without branches, so that many bytes are compared at once.
fn is_base32(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(true, |all, byte| all & base32_digit(*byte))
}

/// Returns the token after `_authToken=` in an `.npmrc` file.
///
/// Old npm tokens are UUIDs, those of other registries any random string. A token that a detector recognizes
/// is left to the detector.
pub(in crate::token) fn npm(text: &[u8], start: usize, strictness: Strictness) -> Option<CredentialMatch> {
    let rest = text.get(start..)?;
    let quote = usize::from(rest.starts_with(b"\""));
    let length = rest.get(quote..)?.iter().take(400).take_while(|byte| is_base64_url(**byte)).count();
    let span = start + quote..start + quote + length;
    let value = text.get(span.clone())?;
    let hyphens = value.iter().filter(|byte| **byte == b'-').count();
    let uuid =
        length == 36 && hyphens == 4 && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let credible = (uuid && distinct(value) >= 8 || is_random(value)) && !is_placeholder(value);
    (credible && strictness != Strictness::Example && recognize(value).is_none()).then(|| CredentialMatch {
        kind: CredentialKind::KeyedToken,
        detector: None,
        secret: Secret::new(value),
        span,
        host: Vec::new(),
    })
}

/// Returns an AWS key id and the secret key near it: on the same line or at most three lines before or after,
/// and within 1,000 bytes.
pub(in crate::token) fn aws(text: &[u8], start: usize) -> Vec<CredentialMatch> {
    let id = text.get(start..start + 20).filter(|id| {
        let digit = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
        id.iter().all(digit) && !id.ends_with(b"EXAMPLE") && distinct(id) >= 8
    });
    let alone = starts_word(text, start) && text.get(start + 20).is_none_or(|next| !is_word(*next));
    let Some(id) = id.filter(|_| alone) else { return Vec::new() };
    let near = lines_around(text, start, 3);
    let Some(secret) = aws_secret(text, near) else { return Vec::new() };
    let of = |kind, secret: &[u8], span| CredentialMatch {
        kind,
        detector: None,
        secret: Secret::new(secret),
        span,
        host: Vec::new(),
    };
    let key = text.get(secret.clone()).unwrap_or_default();
    vec![of(CredentialKind::AwsKeyId, id, start..start + 20), of(CredentialKind::AwsKey, key, secret)]
}

fn lines_around(text: &[u8], at: usize, lines: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr_iter(b'\n', before).take_while(|lf| at - lf < 1000).nth(lines);
    let end = memchr::memchr_iter(b'\n', after).nth(lines).unwrap_or(after.len()).min(1000);
    start.unwrap_or(at.saturating_sub(1000))..at + end
}

/// Returns the range of the first run of exactly 40 base64 digits that looks random.
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

#[cfg(test)]
mod tests {
    use super::old_azure;
    use crate::token::provider::samples::{self, Samples};

    #[test]
    fn an_old_azure_token_is_found_at_any_offset() {
        let all = samples::all(&mut Samples::new(1));
        let (_, token) = all
            .into_iter()
            .find(|(_, token)| token.len() == 52 && old_azure(token.as_bytes()).count() == 1)
            .unwrap();
        for before in 0..120 {
            for around in
                ["", " abcdefghijklmnopqrst ", " abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz "]
            {
                let text = format!("{}{around}\"{token}\"{around}", "-".repeat(before));
                let found: Vec<_> = old_azure(text.as_bytes()).map(|found| found.span.start).collect();
                assert_eq!(found, [before + around.len() + 1], "{before}");
            }
        }
    }
}
