//! Tests on one generated token for each format.

use std::collections::BTreeSet;

use super::detectors::{detectors, recognize};
use super::keywords::body;
use super::revocation::revocation_page;
use super::samples::{self, Samples};
use crate::token::{Leak, scan_text};

fn found(around: &str) -> Vec<Leak> {
    scan_text(around.as_bytes())
}

#[test]
fn every_token_is_found_whole_in_any_context() {
    for seed in 0..10 {
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

/// Minimum number of kinds of tokens that are recognized without any context.
const KINDS: usize = 150;

#[test]
fn every_kind_has_a_sample_and_a_page_for_its_revocation() {
    let samples = samples::all(&mut Samples::new(1));
    let mut kinds = BTreeSet::new();
    for detector in detectors() {
        assert!(samples.iter().any(|(name, _)| *name == detector.name), "{}", detector.name);
        assert!(
            detector.provider.is_empty() || revocation_page(detector.provider).is_some(),
            "{}",
            detector.provider
        );
        kinds.insert(detector.name);
    }
    assert!(kinds.len() >= KINDS, "{}", kinds.len());
}

#[test]
fn a_truncated_token_is_not_reported() {
    for seed in 0..3 {
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
    // A private key has marks at both ends, and stands anywhere.
    let all = samples::all(&mut Samples::new(3)).into_iter();
    for (name, token) in all.filter(|(name, _)| !name.ends_with("private key")) {
        if recognize(format!("{token}Z9").as_bytes()).is_none() {
            assert!(found(&format!("{token}Z9")).is_empty(), "{name}");
        }
        assert!(
            found(&format!("Z{token}")).iter().all(|leak| leak.secret.expose() != token.as_bytes())
                || token.starts_with("acme"),
            "{name}"
        );
    }
}

/// In compiled code, strings follow one another, or have their length before them, which may be a letter.
#[test]
fn token_starts_after_any_byte_in_binary_data() {
    let mut samples = Samples::new(8);
    for token in [samples.crc("ghp_", 36), format!("glpat-{}", samples.digits(samples::DEVISE, 20))] {
        for before in ["Z", "(", "9", "_"] {
            let leaks = found(&format!("\u{0}\u{0}z{before}{token}\u{1}x\u{0}"));
            let secrets: Vec<_> = leaks.iter().map(|leak| leak.secret.expose()).collect();
            assert_eq!(secrets, [token.as_bytes()], "{before}");
            assert_eq!(found(&format!("x = {before}{token}")).is_empty(), before != "(", "{before}");
        }
    }
}

/// In compiled code, the byte after a string may be a letter.
#[test]
fn token_of_fixed_length_ends_anywhere_in_binary_data() {
    let mut samples = Samples::new(9);
    for token in [
        samples.crc("ghp_", 36),
        format!("glpat-{}", samples.digits(samples::DEVISE, 20)),
        format!("dckr_pat_{}", samples.digits(b"abcdefghij0123456789ABCD", 27)),
    ] {
        let leaks = found(&format!("\u{0}\u{0}\u{fa}({token}z\u{1}x\u{0}"));
        assert_eq!(leaks.iter().map(|leak| leak.secret.expose()).collect::<Vec<_>>(), [token.as_bytes()]);
        assert!(found(&format!("x = {token}z")).is_empty());
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
fn keys_that_are_public_by_design_are_no_tokens() {
    let key = format!("AIzaSy{}", Samples::new(5).digits(samples::DEVISE, 33));
    for (text, count) in [
        ("key = \"{}\"", 1),
        ("{\"mobilesdk_app_id\": \"1:2:android:3\", \"current_key\": \"{}\"}", 0),
        ("{apiKey: \"{}\", authDomain: \"x.firebaseapp.com\", messagingSenderId: \"1\"}", 0),
        ("<key>API_KEY</key><string>{}</string><key>GOOGLE_APP_ID</key>", 0),
        ("<script src=\"https://maps.googleapis.com/maps/api/js?key={}\">", 0),
        ("pk_live_51Hb2Xq8yQ3wR7tZ9vK4mN6pL1sD5fG0jC2xB8nV7aE3u", 0),
        ("https://0f1e2d3c4b5a69788796a5b4c3d2e1f0@o1.ingest.sentry.io/5", 0),
    ] {
        assert_eq!(found(&text.replace("{}", &key)).len(), count, "{text}");
    }
}

#[test]
fn keys_of_emulators_are_no_tokens() {
    let key = format!("AccountKey={}==", Samples::new(6).digits(b"abcdefghijKLMNOP0123456789", 86));
    for (text, count) in [
        ("AccountName=acme;{};EndpointSuffix=core.windows.net", 1),
        ("AccountName=acme;{}\nhttp://localhost:10000", 1),
        ("AccountName=acme;{} # not http://localhost:10000", 1),
        ("{\"a\":\"http://localhost\",\"b\":\"AccountName=acme;{};\"}", 1),
        ("BlobEndpoint=http://localhost:1/;AccountName=acme;{};EndpointSuffix=core.windows.net", 1),
        ("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;{};", 0),
        ("{};AccountName=devstoreaccount1;", 0),
        ("AccountEndpoint=https://localhost:8081/;{};", 0),
        ("AccountName=x;{};BlobEndpoint=http://127.0.0.1:10000/x;", 0),
    ] {
        assert_eq!(found(&text.replace("{}", &key)).len(), count, "{text}");
    }
}

#[test]
fn web_token_for_everyone_is_public() {
    let token = |claims: &str| {
        let part = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        format!(
            "Authorization: Bearer {}.{}.{}",
            part("{\"alg\":\"HS256\"}"),
            part(claims),
            Samples::new(7).digits(samples::DEVISE, 43)
        )
    };
    for (claims, count) in [
        ("{\"iss\":\"supabase\",\"role\":\"anon\"}", 0),
        ("{\"iss\":\"supabase\",\"role\":\"service_role\"}", 1),
        ("{\"iss\":\"acme\",\"role\":\"anon\"}", 1),
    ] {
        assert_eq!(found(&token(claims)).len(), count, "{claims}");
    }
}

#[test]
fn examples_in_texts_are_no_credentials() {
    for text in [
        "Authorization: token abcdefgh0123456789",
        "https://www.example.com/reset?token=Qk3mRjaGVz9ITUAGOXYZwCMq7EtHfYH4",
        "'^https://([a-z]+\\.)?github\\.com/x\\?access_token=[a-z0-9]+$'",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
    assert_eq!(found("https://www.acme.io/reset?token=Qk3mRjaGVz9ITUAGOXYZwCMq7EtHfYH4").len(), 1);
}

#[test]
fn port_with_properties_is_no_password() {
    let text = "jdbc:sqlserver://db.acme.io:1433;databaseName=Mydb42;user=admin@tenant.com;password=pass";
    assert!(found(text).is_empty());
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
