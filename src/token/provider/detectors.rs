//! Tokens recognized by their format. To add one, add a line here and a sample to the tests.

use super::alphabet::{
    alnum, alnum_dash, base32_digit, base64_digit, bbdc, digit, dotted, hex, letter, lower, lower_or_digit,
    slack, upper_hex,
};
use super::bytes::is_base64_url;
use super::checksum::{azure_devops, azure_key, crc_base62, crc_hex, macaroon, routable};
use super::plausibility::{
    anthropic, atlassian_sum, data_center, devise, job, letters, open_ai, random_tail, stateless, varied,
};
use super::shape::Piece::{self, Any, Run, Text};
use super::shape::{Detector, Proof, at_base64_end, at_word_end};

/// All detectors, those with the stricter format first.
pub(crate) static DETECTORS: &[Detector] = &[
    github("GitHub personal access token", &[Text("ghp_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub OAuth token", &[Text("gho_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub user-to-server token", &[Text("ghu_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub refresh token", &[Text("ghr_"), Run(alnum, 76, 76)], crc_base62),
    github("GitHub refresh token", &[Text("ghr_"), Run(alnum, 36, 36)], crc_base62),
    github("GitHub server-to-server token", GHS_STATELESS, stateless),
    github("GitHub user-to-server token", GHU_STATELESS, stateless),
    github("GitHub server-to-server token", &[Text("ghs_"), Run(alnum, 36, 36)], varied),
    github("GitHub server-to-server token", &[Text("ghs_"), Run(dotted, 37, 2000)], varied),
    github("GitHub fine-grained personal access token", FINE_GRAINED, varied),
    routable_gitlab("GitLab personal access token", &[Text("glpat-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab personal access token", &[Text("glpat-"), LONG, Text("."), TAIL]),
    routable_gitlab("GitLab runner token", &[Text("glrt-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab runner token", &[Text("glrt-"), LONG, Text("."), TAIL]),
    routable_gitlab("GitLab token", &[Text("gl"), Run(lower, 1, 8), Text("-"), LONG, Text(".01."), TAIL]),
    routable_gitlab("GitLab token", &[Text("gl"), Run(lower, 1, 8), Text("-"), LONG, Text("."), TAIL]),
    gitlab(
        "GitLab job token",
        &[Text("glcbt-"), Run(alnum, 1, 5), Text("_"), Run(is_base64_url, 20, 20)],
        varied,
    ),
    gitlab("GitLab job token", GLCBT_JWT, job),
    gitlab("GitLab personal access token", &[Text("glpat-"), DEVISE], devise),
    gitlab("GitLab deploy token", &[Text("gldt-"), DEVISE], devise),
    gitlab("GitLab runner token", &[Text("glrt-"), DEVISE], devise),
    gitlab("GitLab runner token", &[Text("glrt-t"), Run(digit, 1, 1), Text("_"), DEVISE], varied),
    gitlab("GitLab runner registration token", &[Text("glrtr-"), DEVISE], devise),
    gitlab("GitLab runner registration token", &[Text("GR1348941"), DEVISE], varied),
    gitlab("GitLab feed token", &[Text("glft-"), DEVISE], devise),
    gitlab("GitLab SCIM token", &[Text("glsoat-"), DEVISE], devise),
    gitlab("GitLab feature flag token", &[Text("glffct-"), DEVISE], devise),
    gitlab("GitLab workspace token", &[Text("glwt-"), DEVISE], devise),
    gitlab("GitLab trigger token", &[Text("glptt-"), Run(hex, 40, 40)], varied),
    gitlab("GitLab incoming mail token", &[Text("glimt-"), Run(is_base64_url, 25, 25)], varied),
    gitlab("GitLab agent token", &[Text("glagent-"), Run(is_base64_url, 50, 50)], varied),
    gitlab("GitLab OAuth application secret", &[Text("gloas-"), Run(is_base64_url, 64, 64)], varied),
    atlassian("Bitbucket app password", &[Text("ATBB"), Run(alnum, 24, 24), CRC_HEX], crc_hex),
    atlassian("Bitbucket access token", &[Text("ATCTT3xFfGN0"), BODY, EQUALS, CRC_HEX], atlassian_sum),
    atlassian("Atlassian API token", &[Text("ATATT3xFfGF0"), BODY, EQUALS, CRC_HEX], atlassian_sum),
    of("Atlassian", "Bitbucket Data Center token", BBDC, data_center),
    of("Microsoft", "Azure DevOps token", AZURE_KEY, azure_key),
    of("Microsoft", "Azure DevOps token", &[Run(base32_digit, 52, 52)], azure_devops),
    of("npm", "npm access token", &[Text("npm_"), Run(alnum, 36, 36)], crc_base62),
    url_safe(
        "PyPI",
        "PyPI API token",
        &[Text("pypi-AgEIcHlwaS5vcmc"), Run(is_base64_url, 50, 1000)],
        macaroon,
    ),
    of("crates.io", "crates.io API token", &[Text("cio"), Run(alnum, 32, 32)], random_tail),
    of("Hugging Face", "Hugging Face token", &[Text("hf_"), Run(letter, 34, 34)], letters),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-proj-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-svcacct-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-admin-"), KEY], open_ai),
    url_safe("OpenAI", "OpenAI API key", &[Text("sk-"), Run(alnum, 48, 48)], open_ai),
    url_safe(
        "Anthropic",
        "Anthropic API key",
        &[Text("sk-ant-api03-"), Run(is_base64_url, 95, 95)],
        anthropic,
    ),
    url_safe(
        "Anthropic",
        "Anthropic admin key",
        &[Text("sk-ant-admin01-"), Run(is_base64_url, 95, 95)],
        anthropic,
    ),
    url_safe(
        "Slack",
        "Slack token",
        &[Text("xox"), Run(slack, 1, 1), Text("-"), Run(alnum_dash, 20, 400)],
        varied,
    ),
    url_safe("Slack", "Slack app token", XAPP, varied),
    url_safe(
        "Docker",
        "Docker personal access token",
        &[Text("dckr_pat_"), Run(is_base64_url, 27, 27)],
        varied,
    ),
    url_safe(
        "Docker",
        "Docker organization access token",
        &[Text("dckr_oat_"), Run(is_base64_url, 32, 32)],
        varied,
    ),
    url_safe("Google", "Google API key", &[Text("AIza"), Run(is_base64_url, 35, 35)], varied),
    url_safe("Google", "Google OAuth access token", &[Text("ya29."), Run(dotted, 30, 2000)], varied),
    url_safe("Google", "Google OAuth refresh token", &[Text("1//0"), Run(is_base64_url, 40, 400)], varied),
];

/// Keywords that lead to a token, each with its offset in the token.
///
/// None is a prefix of another, and all are case-sensitive: a search that ignores case costs four times as
/// much.
pub(crate) const KEYWORDS: &[(&str, usize)] = &[
    ("ghp_", 0),
    ("gho_", 0),
    ("ghu_", 0),
    ("ghs_", 0),
    ("ghr_", 0),
    ("github_pat_", 0),
    ("glpat-", 0),
    ("gldt-", 0),
    ("glrt-", 0),
    ("glrtr-", 0),
    ("glft-", 0),
    ("glsoat-", 0),
    ("glffct-", 0),
    ("glwt-", 0),
    ("glcbt-", 0),
    ("glptt-", 0),
    ("glimt-", 0),
    ("glagent-", 0),
    ("gloas-", 0),
    ("GR1348941", 0),
    ("ATBB", 0),
    ("ATCTT3xFfGN0", 0),
    ("ATATT3xFfGF0", 0),
    ("BBDC-", 0),
    ("AZDO", 76),
    ("npm_", 0),
    ("pypi-AgE", 0),
    ("cio", 0),
    ("hf_", 0),
    ("sk-proj-", 0),
    ("sk-svcacct-", 0),
    ("sk-admin-", 0),
    ("T3BlbkFJ", 23),
    ("sk-ant-", 0),
    ("xoxa-", 0),
    ("xoxb-", 0),
    ("xoxe-", 0),
    ("xoxo-", 0),
    ("xoxp-", 0),
    ("xoxr-", 0),
    ("xoxs-", 0),
    ("xapp-", 0),
    ("dckr_", 0),
    ("AIza", 0),
    ("ya29.", 0),
    ("1//0", 0),
];

/// Separator inside a routable GitLab token. It is the keyword for such tokens with an unknown prefix.
pub(crate) const ROUTABLE: &str = ".01.";

/// A routable GitLab token with any prefix: an instance may set its own.
pub(crate) static ANY_ROUTABLE: Detector =
    routable_gitlab("GitLab token", &[Run(is_base64_url, 28, 340), Text(".01."), TAIL]);

const LONG: Piece = Run(is_base64_url, 27, 300);
const TAIL: Piece = Run(lower_or_digit, 9, 9);
const DEVISE: Piece = Run(is_base64_url, 20, 20);
const BODY: Piece = Run(is_base64_url, 80, 800);
const EQUALS: Piece = Any(&["=", "%3D", "%3d", "\\="]);
const CRC_HEX: Piece = Run(upper_hex, 8, 8);
const KEY: Piece = Run(is_base64_url, 48, 200);
const GHS_STATELESS: &[Piece] =
    &[Text("ghs_"), Run(digit, 1, 12), Text("_eyJ"), PART, Text("."), PART, Text("."), PART];
const GHU_STATELESS: &[Piece] =
    &[Text("ghu_"), Run(digit, 1, 12), Text("_eyJ"), PART, Text("."), PART, Text("."), PART];
const GLCBT_JWT: &[Piece] = &[Text("glcbt-eyJ"), PART, Text("."), PART, Text("."), PART];
const PART: Piece = Run(is_base64_url, 1, 8000);
const FINE_GRAINED: &[Piece] =
    &[Text("github_pat_"), Run(digit, 1, 1), Run(alnum, 21, 21), Text("_"), Run(alnum, 59, 59)];
const BBDC: &[Piece] = &[Text("BBDC-"), Run(bbdc, 1, 1), Run(base64_digit, 43, 43)];
const AZURE_KEY: &[Piece] = &[Run(alnum, 76, 76), Text("AZDO"), Run(alnum, 4, 4)];
const XAPP: &[Piece] = &[
    Text("xapp-"),
    Run(digit, 1, 1),
    Text("-"),
    Run(alnum, 5, 40),
    Text("-"),
    Run(digit, 5, 40),
    Text("-"),
    Run(hex, 20, 200),
];

const fn of(provider: &'static str, name: &'static str, shape: &'static [Piece], proof: Proof) -> Detector {
    Detector { name, provider, shape, proof, ends: at_word_end }
}

const fn url_safe(
    provider: &'static str,
    name: &'static str,
    shape: &'static [Piece],
    proof: Proof,
) -> Detector {
    Detector { name, provider, shape, proof, ends: at_base64_end }
}

const fn github(name: &'static str, shape: &'static [Piece], proof: Proof) -> Detector {
    of("GitHub", name, shape, proof)
}

const fn gitlab(name: &'static str, shape: &'static [Piece], proof: Proof) -> Detector {
    url_safe("GitLab", name, shape, proof)
}

const fn routable_gitlab(name: &'static str, shape: &'static [Piece]) -> Detector {
    gitlab(name, shape, routable)
}

const fn atlassian(name: &'static str, shape: &'static [Piece], proof: Proof) -> Detector {
    of("Atlassian", name, shape, proof)
}

#[cfg(test)]
mod tests {
    use crate::token::provider::samples::{self, Samples};
    use crate::token::{Leak, scan_text};

    fn found(around: &str) -> Vec<Leak> {
        scan_text(around.as_bytes())
    }

    #[test]
    fn every_token_is_found_whole_in_any_context() {
        for seed in 0..40 {
            for (name, token) in samples::all(&mut Samples::new(seed)) {
                for around in [
                    token.clone(),
                    format!("x = \"{token}\"\n"),
                    format!("see ({token}), and"),
                    format!("a:{token}."),
                ] {
                    let leaks = found(&around);
                    assert_eq!(leaks.len(), 1, "{name} in a text of {} bytes", around.len());
                    assert_eq!(leaks[0].secret.expose(), token.as_bytes(), "{name}");
                    assert_eq!(leaks[0].detector.unwrap().name, name);
                }
            }
        }
    }

    /// Provider and kind of every token that must be recognized, with the minimum number of samples.
    ///
    /// Credentials recognized only by their position are not listed.
    const KINDS: &[(&str, &str, usize)] = &[
        ("GitHub", "GitHub personal access token", 1),
        ("GitHub", "GitHub OAuth token", 1),
        ("GitHub", "GitHub user-to-server token", 2),
        ("GitHub", "GitHub refresh token", 2),
        ("GitHub", "GitHub server-to-server token", 2),
        ("GitHub", "GitHub fine-grained personal access token", 1),
        ("GitLab", "GitLab personal access token", 3),
        ("GitLab", "GitLab runner token", 3),
        ("GitLab", "GitLab token", 1),
        ("GitLab", "GitLab job token", 2),
        ("GitLab", "GitLab deploy token", 1),
        ("GitLab", "GitLab runner registration token", 2),
        ("GitLab", "GitLab feed token", 1),
        ("GitLab", "GitLab SCIM token", 1),
        ("GitLab", "GitLab feature flag token", 1),
        ("GitLab", "GitLab workspace token", 1),
        ("GitLab", "GitLab trigger token", 1),
        ("GitLab", "GitLab incoming mail token", 1),
        ("GitLab", "GitLab agent token", 1),
        ("GitLab", "GitLab OAuth application secret", 1),
        ("Atlassian", "Bitbucket app password", 1),
        ("Atlassian", "Bitbucket access token", 1),
        ("Atlassian", "Atlassian API token", 1),
        ("Atlassian", "Bitbucket Data Center token", 1),
        ("Microsoft", "Azure DevOps token", 2),
        ("npm", "npm access token", 1),
        ("PyPI", "PyPI API token", 1),
        ("crates.io", "crates.io API token", 1),
        ("Hugging Face", "Hugging Face token", 1),
        ("OpenAI", "OpenAI API key", 4),
        ("Anthropic", "Anthropic API key", 1),
        ("Anthropic", "Anthropic admin key", 1),
        ("Slack", "Slack token", 1),
        ("Slack", "Slack app token", 1),
        ("Docker", "Docker personal access token", 1),
        ("Docker", "Docker organization access token", 1),
        ("Google", "Google API key", 1),
        ("Google", "Google OAuth access token", 1),
        ("Google", "Google OAuth refresh token", 1),
    ];

    #[test]
    fn every_kind_has_a_detector_and_enough_samples() {
        let samples = samples::all(&mut Samples::new(1));
        for (provider, kind, forms) in KINDS {
            assert!(
                super::DETECTORS.iter().any(|one| one.name == *kind && one.provider == *provider),
                "{kind}"
            );
            assert!(samples.iter().filter(|(name, _)| name == kind).count() >= *forms, "{kind}");
        }
        for detector in super::DETECTORS {
            assert!(KINDS.iter().any(|(_, kind, _)| *kind == detector.name), "{}", detector.name);
        }
    }

    #[test]
    fn a_truncated_token_is_not_reported() {
        for seed in 0..10 {
            for (name, token) in samples::all(&mut Samples::new(seed)) {
                let prefix = token.len() - crate::token::provider::plausibility::body(token.as_bytes()).len();
                for cut in [prefix, prefix + 8, prefix + 14] {
                    assert!(found(&format!("x = \"{}\"", &token[..cut])).is_empty(), "{name}: {cut} bytes");
                }
            }
        }
    }

    #[test]
    fn a_token_inside_a_longer_word_is_not_reported() {
        for (name, token) in samples::all(&mut Samples::new(3)) {
            let open_ended = [
                "OpenAI API key",
                "Slack token",
                "PyPI API token",
                "Google OAuth access token",
                "Google OAuth refresh token",
                "GitHub server-to-server token",
                "GitHub user-to-server token",
                "GitLab job token",
                "Slack app token",
            ]
            .contains(&name);
            if !open_ended {
                assert!(found(&format!("{token}Z9")).is_empty(), "{name}");
            }
            assert!(
                found(&format!("Z{token}")).iter().all(|leak| leak.secret.expose() != token.as_bytes())
                    || token.starts_with("acme"),
                "{name}"
            );
        }
    }

    #[test]
    fn a_bare_token_needs_a_valid_checksum() {
        let mut samples = Samples::new(11);
        for _ in 0..50 {
            for token in [
                samples.crc("ghp_", 36),
                samples.crc("gho_", 36),
                samples.crc("npm_", 36),
                samples.routable("glpat-", ".01."),
                samples.atlassian("ATBB", b"abcdef0123", 24, ""),
                samples.azure(),
                samples.azure_key(),
            ] {
                let middle = token.len() / 2;
                let other = if token.as_bytes()[middle] == b'b' { "c" } else { "b" };
                let broken = format!("{}{other}{}", &token[..middle], &token[middle + 1..]);
                assert!(found(&broken).is_empty(), "a {} of {} bytes", &token[..3], token.len());
            }
        }
    }

    #[test]
    fn examples_and_identifiers_are_not_tokens() {
        for text in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "glpat-xxxxxxxxxxxxxxxxxxxx",
            "glpat-ABCDEFGHIJKLMNOPQRST",
            "github_pat_token_from_environment",
            "hf_hub_download_with_progress_callbacks",
            "sk-ant-api03-...",
            "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "xoxb-not-a-real-token-at-all",
            "ciosomethingverylongwithoutdigitsatall",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
