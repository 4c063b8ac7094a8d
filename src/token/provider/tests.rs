//! Tests on one generated token for each format.

use super::detectors::DETECTORS;
use super::keywords::body;
use super::samples::{self, Samples};
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
        assert!(DETECTORS.iter().any(|one| one.name == *kind && one.provider == *provider), "{kind}");
        assert!(samples.iter().filter(|(name, _)| name == kind).count() >= *forms, "{kind}");
    }
    for detector in DETECTORS {
        assert!(KINDS.iter().any(|(_, kind, _)| *kind == detector.name), "{}", detector.name);
    }
}

#[test]
fn a_truncated_token_is_not_reported() {
    for seed in 0..10 {
        for (name, token) in samples::all(&mut Samples::new(seed)) {
            let prefix = token.len() - body(token.as_bytes()).len();
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
