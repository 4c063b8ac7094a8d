//! Tokens recognized by their format, as data. To add one, add a line to the table of its kind of provider: samples
//! for the tests are generated from the pattern.

mod cloud;
mod forges;
mod keys;
mod models;
mod operations;
mod registries;
mod services;

use super::alphabet::{alnum, base64_digit, hex, is_base64_url};
use super::pattern::PatternPart::{self, Run};
use super::pattern::{Detector, PlausibilityCheck, is_base64_end, is_word_end};

pub(crate) use forges::{ANY_ROUTABLE, OLD_AZURE};
pub(crate) use keys::{der_of_key, is_private_key, key_file_at};

/// Tables of detectors. In each, those with the stricter format are first.
const TABLES: [&[Detector]; 7] = [
    forges::DETECTORS,
    registries::DETECTORS,
    operations::DETECTORS,
    cloud::DETECTORS,
    models::DETECTORS,
    services::DETECTORS,
    keys::DETECTORS,
];

/// Returns all detectors.
pub(crate) fn detectors() -> impl Iterator<Item = &'static Detector> {
    TABLES.into_iter().flatten()
}

/// Returns the detector whose pattern matches all of the bytes.
///
/// They must be plausible only for patterns whose fixed prefix is shorter than four bytes.
pub(crate) fn recognize(secret: &[u8]) -> Option<&'static Detector> {
    detectors().chain([&ANY_ROUTABLE]).find(|detector| {
        detector.match_length(secret) == Some(secret.len())
            && (detector.prefix().len() >= 4 || detector.is_plausible(secret))
    })
}

/// Creates a detector of tokens of letters, digits and `_`.
const fn of(
    provider: &'static str,
    name: &'static str,
    pattern: &'static [PatternPart],
    check: PlausibilityCheck,
) -> Detector {
    Detector { name, provider, pattern, plausibility: check, may_end_before: is_word_end }
}

/// Creates a detector of tokens that may contain `-`.
const fn url_safe(
    provider: &'static str,
    name: &'static str,
    pattern: &'static [PatternPart],
    check: PlausibilityCheck,
) -> Detector {
    Detector { name, provider, pattern, plausibility: check, may_end_before: is_base64_end }
}

/// Returns the part for a number of letters and digits.
const fn letters_and_digits(count: usize) -> PatternPart {
    Run(alnum, count, count)
}

/// Returns the part for a number of lower-case hexadecimal digits.
const fn hex_digits(count: usize) -> PatternPart {
    Run(hex, count, count)
}

/// Returns the part for a number of digits of URL-safe base64.
const fn base64_url(count: usize) -> PatternPart {
    Run(is_base64_url, count, count)
}

/// Returns the part for a number of digits of standard base64.
const fn base64(count: usize) -> PatternPart {
    Run(base64_digit, count, count)
}
