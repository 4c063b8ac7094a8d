//! Tokens of registries of packages and images.

use super::super::alphabet::{alnum, hex, is_base64_url, lower_or_digit};
use super::super::checksum::{crc_base62, macaroon};
use super::super::pattern::Detector;
use super::super::pattern::PatternPart::{Any, Run, Text};
use super::super::plausibility::{random_hex, random_tail, varied};
use super::{base64_url, hex_digits, letters_and_digits, of, url_safe};

/// Detectors, those with the stricter format first.
pub(super) static DETECTORS: &[Detector] = &[
    of("npm", "npm access token", &[Text("npm_"), letters_and_digits(36)], crc_base62),
    url_safe(
        "PyPI",
        "PyPI API token",
        &[Text("pypi-AgEIcHlwaS5vcmc"), Run(is_base64_url, 50, 1000)],
        macaroon,
    ),
    url_safe(
        "PyPI",
        "TestPyPI API token",
        &[Text("pypi-AgENdGVzdC5weXBpLm9yZw"), Run(is_base64_url, 50, 1000)],
        macaroon,
    ),
    of("crates.io", "crates.io API token", &[Text("cio"), letters_and_digits(32)], random_tail),
    url_safe("Docker", "Docker personal access token", &[Text("dckr_pat_"), base64_url(27)], varied),
    url_safe("Docker", "Docker organization access token", &[Text("dckr_oat_"), base64_url(32)], varied),
    of("RubyGems", "RubyGems API key", &[Text("rubygems_"), hex_digits(48)], random_hex),
    of("NuGet", "NuGet API key", &[Text("oy2"), Run(lower_or_digit, 43, 43)], random_tail),
    of("JFrog", "Artifactory API key", &[Text("AKCp"), Run(alnum, 68, 70)], varied),
    of("JFrog", "Artifactory reference token", &[Text("cmVmd"), letters_and_digits(59)], varied),
    of(
        "Packagist",
        "Packagist token",
        &[Text("packagist_"), Any(&["ort_", "ors_", "out_", "ous_", "uut_", "uus_"]), Run(hex, 40, 80)],
        random_hex,
    ),
    of(
        "Packagist",
        "Packagist token",
        &[Text("packagist_"), Any(&["ort_", "ors_", "out_", "ous_", "uut_", "uus_"]), Run(alnum, 30, 100)],
        varied,
    ),
    of("Clojars", "Clojars deploy token", &[Text("CLOJARS_"), Run(lower_or_digit, 60, 60)], varied),
    of("Deno", "Deno Deploy access token", &[Text("ddp_"), letters_and_digits(36)], varied),
    of("Deno", "Deno Deploy organization token", &[Text("ddo_"), letters_and_digits(36)], varied),
    of("JSR", "JSR token", &[Any(&["jsrp_", "jsrd_"]), Run(alnum, 32, 80)], varied),
    of("Cloudsmith", "Cloudsmith API key", &[Text("csa_"), letters_and_digits(36)], varied),
];
