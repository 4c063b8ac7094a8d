//! Private keys in PEM. Nobody issues them, so that they have no provider.

use bstr::ByteSlice as _;

use super::super::pattern::Detector;
use super::super::pattern::PatternPart::{self, Run, Text};
use super::super::variety::distinct;
use crate::text::slice;
use crate::token::decode;

/// Detectors of private keys that no passphrase protects.
pub(super) static DETECTORS: &[Detector] = &[
    key("private key", PKCS8),
    key(
        "RSA private key",
        &[DASHES, Text("BEGIN RSA PRIVATE KEY-----"), BODY, Text("-----END RSA PRIVATE KEY-----")],
    ),
    key(
        "EC private key",
        &[DASHES, Text("BEGIN EC PRIVATE KEY-----"), BODY, Text("-----END EC PRIVATE KEY-----")],
    ),
    key(
        "DSA private key",
        &[DASHES, Text("BEGIN DSA PRIVATE KEY-----"), BODY, Text("-----END DSA PRIVATE KEY-----")],
    ),
    key(
        "OpenSSH private key",
        &[DASHES, Text("BEGIN OPENSSH PRIVATE KEY-----"), BODY, Text("-----END OPENSSH PRIVATE KEY-----")],
    ),
];

/// Private key in the key file of a service account of Google, which also names the account.
pub(crate) static SERVICE_ACCOUNT: Detector =
    Detector { provider: "Google", ..key("Google service account key", PKCS8) };

const PKCS8: &[PatternPart] =
    &[DASHES, Text("BEGIN PRIVATE KEY-----"), BODY, Text("-----END PRIVATE KEY-----")];

/// Start of a key. It is a run and no text, because the search for tokens begins at the first text, and lines of dashes are
/// everywhere.
const DASHES: PatternPart = Run(is_dash, 5, 5);

/// Lines of base64, also as they stand in a string of JSON or code.
const BODY: PatternPart = Run(is_body, 60, 20_000);

/// Number of bytes on either side of a key in which the other fields of its file are.
const NEAR: usize = 4096;

const fn key(name: &'static str, pattern: &'static [PatternPart]) -> Detector {
    Detector { name, provider: "", pattern, plausibility: is_key, may_end_before: |_| true }
}

/// Returns whether a detector is one of private keys, which tests make up in great number.
pub(crate) fn is_private_key(detector: &Detector) -> bool {
    detector.provider.is_empty() || detector.name == SERVICE_ACCOUNT.name
}

/// Returns the detector of the key file that contains a private key, if that is known by its other fields.
pub(crate) fn key_file_at(text: &[u8], start: usize) -> Option<&'static Detector> {
    let near = slice(text, start.saturating_sub(NEAR)..(start + 2 * NEAR).min(text.len()));
    let is_account = near.contains_str("service_account") && near.contains_str("private_key_id");
    is_account.then_some(&SERVICE_ACCOUNT)
}

fn is_dash(byte: u8) -> bool {
    byte == b'-'
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=\\\"',".contains(&byte)
}

/// Checks a key in PEM: base64 of one value of DER with its whole length, or of an OpenSSH key without a cipher.
fn is_key(pem: &[u8]) -> bool {
    let Some(raw) = der_of_key(pem) else { return false };
    let is_open =
        raw.strip_prefix(b"openssh-key-v1\0").is_some_and(|rest| rest.starts_with(b"\0\0\0\x04none"));
    (is_open || is_der(&raw)) && distinct(&raw) >= 24
}

/// Returns the bytes that a key in PEM encodes: DER, or the format of OpenSSH.
pub(crate) fn der_of_key(pem: &[u8]) -> Option<Vec<u8>> {
    let body = pem.split_str("-----").nth(2).unwrap_or_default();
    let body = body.replace("\\n", "").replace("\\r", "").replace("\\t", "");
    let digits: Vec<u8> =
        body.into_iter().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).collect();
    decode::base64(&digits)
}

/// Returns whether bytes are one sequence of DER (X.690, section 8.1) with all of its contents.
fn is_der(raw: &[u8]) -> bool {
    let (length, header) = match raw {
        [0x30, 0x81, length, ..] => (usize::from(*length), 3),
        [0x30, 0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 4),
        [0x30, length @ 0..=0x7f, ..] => (usize::from(*length), 2),
        _ => return false,
    };
    raw.len() == header + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::scan_text;
    use data_encoding::BASE64;

    fn pem(label: &str, raw: &[u8], line_end: &str) -> String {
        let text = BASE64.encode(raw);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| line.to_str().unwrap()).collect();
        let body = lines.join(line_end);
        format!("-----BEGIN {label}-----{line_end}{body}{line_end}-----END {label}-----{line_end}")
    }

    fn names(text: &str) -> Vec<&'static str> {
        scan_text(text.as_bytes())
            .iter()
            .filter_map(|leak| leak.detector)
            .map(|detector| detector.name)
            .collect()
    }

    #[test]
    fn keys_without_a_passphrase_are_found_whole() {
        let body: Vec<u8> = (0..=255).rev().chain(0..64).collect();
        let der = [&[0x30, 0x82, 0x01, 0x40][..], &body].concat();
        let open = [&b"openssh-key-v1\0\0\0\0\x04none"[..], &body].concat();
        let closed = [&b"openssh-key-v1\0\0\0\0\x0aaes256-ctr"[..], &body].concat();
        for (label, raw, name) in [
            ("PRIVATE KEY", &der, Some("private key")),
            ("RSA PRIVATE KEY", &der, Some("RSA private key")),
            ("EC PRIVATE KEY", &der, Some("EC private key")),
            ("DSA PRIVATE KEY", &der, Some("DSA private key")),
            ("OPENSSH PRIVATE KEY", &open, Some("OpenSSH private key")),
            ("OPENSSH PRIVATE KEY", &closed, None),
            ("ENCRYPTED PRIVATE KEY", &der, None),
            ("PUBLIC KEY", &der, None),
            ("CERTIFICATE", &der, None),
        ] {
            for line_end in ["\n", "\r\n", "\\n"] {
                let found = names(&format!("k = \"{}\"", pem(label, raw, line_end)));
                assert_eq!(found, name.into_iter().collect::<Vec<_>>(), "{label} {line_end:?}");
            }
        }
        let cut = &der[..der.len() - 9];
        assert!(names(&pem("PRIVATE KEY", cut, "\n")).is_empty());
        assert!(names(&pem("PRIVATE KEY", &[[0x30, 0x40].as_slice(), &[7; 64]].concat(), "\n")).is_empty());
    }

    #[test]
    fn private_keys_of_tests_are_no_findings() {
        let body: Vec<u8> = (0..=255).rev().chain(0..64).collect();
        let key = pem("RSA PRIVATE KEY", &[&[0x30, 0x82, 0x01, 0x40][..], &body].concat(), "\n");
        for (path, found) in
            [("src/a.key", 1), ("tests/a.key", 0), ("test_resources/a.yml", 0), ("docs/a.md", 0)]
        {
            let leaks = crate::token::scan_file(path.as_bytes(), key.as_bytes()).leaks;
            assert_eq!(leaks.len(), found, "{path}");
        }
    }

    #[test]
    fn key_file_of_an_account_is_a_kind_of_its_own() {
        let body: Vec<u8> = (0..=255).rev().chain(0..64).collect();
        let key = pem("PRIVATE KEY", &[&[0x30, 0x82, 0x01, 0x40][..], &body].concat(), "\\n");
        let fields = "\"type\": \"service_account\", \"private_key_id\": \"0f1e\"";
        assert_eq!(
            names(&format!("{{{fields}, \"private_key\": \"{key}\"}}")),
            ["Google service account key"]
        );
        assert_eq!(names(&format!("{{\"private_key\": \"{key}\"}}")), ["private key"]);
    }
}
