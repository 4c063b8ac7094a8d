//! Tests on what is an example, and on real credentials in the same surroundings.

use data_encoding::BASE64;

use crate::token::provider::samples::{self, BASE64_URL, HEX, Samples};
use crate::token::{Leak, Strictness, scan_file};

pub(super) fn leaks(path: &str, text: &str) -> Vec<Leak> {
    scan_file(path.as_bytes(), text.as_bytes()).leaks
}

/// Returns a private key of a kind, drawn anew for each seed.
pub(super) fn key(label: &str, seed: u64) -> String {
    let mut samples = Samples::new(seed);
    let start: &[u8] = match label {
        "OPENSSH PRIVATE KEY" => b"openssh-key-v1\0\0\0\0\x04none",
        _ => &[0x30, 0x82, 0x01, 0x40],
    };
    let raw = [start, &samples.bytes(320)].concat();
    let text = BASE64.encode(&raw);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Returns every kind of token that is no private key, in PEM or of Google, with its name.
pub(super) fn issued_tokens() -> impl Iterator<Item = (&'static str, String)> {
    samples::all(&mut Samples::new(20)).into_iter().filter(|(_, token)| !token.contains("-----"))
}

#[test]
fn tests_have_private_keys_but_no_other_tokens() {
    for path in
        ["tests/a", "src/itest/resources/a", "a/testKeys/a", "_testdata/a", "bogo/keys/a", "a.localhost.key"]
    {
        assert!(leaks(path, &key("RSA PRIVATE KEY", 1)).is_empty(), "{path}");
        for (name, token) in issued_tokens() {
            assert!(!leaks(path, &format!("key = \"{token}\"\n")).is_empty(), "{path} {name}");
        }
    }
    for path in [
        "deploy/a",
        "src/main/resources/a",
        ".ci/certs/a",
        "example-service/a",
        "latest/a",
        "live/benchmark.acme.com/privkey.pem",
        "fake/.env.production",
        "services/api-docs/tls.key",
        "services/stub/signing.pem",
        "certs/tls-example.pem",
        "conf/localhost.key",
        "conf/a.localhost.com.key",
    ] {
        assert_eq!(leaks(path, &key("RSA PRIVATE KEY", 1)).len(), 1, "{path}");
    }
}

#[test]
fn key_file_of_an_account_stays_secret_where_keys_are_made_up() {
    let key = key("PRIVATE KEY", 6).replace('\n', "\\n");
    let file = |fields: &str| format!("{{{fields}\"private_key\": \"{key}\"}}");
    let account = file("\"type\": \"service_account\", \"private_key_id\": \"0f1e\", ");
    let count = |path, text: &str| leaks(path, text).len();
    assert_eq!((count("src/itest/a.json", &account), count("src/a.json", &account)), (1, 1));
    assert_eq!((count("src/itest/a.json", &file("")), count("src/a.json", &file(""))), (0, 1));
}

#[test]
fn passwords_stay_secret_where_keys_are_made_up() {
    let mut samples = Samples::new(3);
    for text in [
        format!("git clone https://ci:{}@git.acme.io/r\n", samples.digits(BASE64_URL, 24)),
        format!("Authorization: token {}\n", samples.digits(HEX, 40)),
    ] {
        let count = |path| leaks(path, &text).len();
        assert_eq!(
            (count("src/itest/a"), count("src/a"), count("tests/a"), count("_testdata/a")),
            (1, 1, 0, 1)
        );
    }
}

#[test]
fn keys_in_git_config_stay_secret_in_tests() {
    let config = "[core]\n\tbare = false\n[remote \"o\"]\n\turl = https://u:hunter22@git.acme.io/a\n";
    for path in ["tests/dotgit/config", "src/itest/.gitconfig", "cmd/stub/config", "_testdata/.gitmodules"] {
        let found = leaks(path, config);
        assert!(found.iter().any(|leak| leak.strictness == Strictness::GitConfig), "{path}");
    }
}

#[test]
fn link_of_a_picture_is_no_secret() {
    let link = "firebasestorage.googleapis.com/v0/b/shop/o/films%2Fa.jpeg?alt=media&token=";
    let uuid = concat!("4142e2a1-bf43-43b5-", "b7cf-6616be3fd4e3");
    let other = uuid.replace('4', "9");
    for (url, count) in [
        (format!("{link}{uuid}"), 0),
        (format!("{link}{uuid}&access_token={uuid}"), 1),
        (format!("{link}{}", uuid.replace('-', "x")), 1),
        (format!("{link}{}", uuid.replace('-', "0")), 1),
        (format!("{}{uuid}", link.replace("%2F", &format!("&access_token={other}&"))), 2),
        (format!("{}{uuid}", link.replace("%2F", &format!("#access_token={other}&"))), 1),
        (format!("{}{uuid}", link.replace("%2F", &format!(",https://h.io/a&private_token={other}&"))), 2),
        (format!("{}{uuid}aBcD17", link.replace("films", &"f".repeat(4096 - 36 - link.len() + 5))), 1),
        (format!("{}{uuid}", link.replace(".jpeg", ".pdf")), 1),
        (format!("{}{uuid}", link.replace("/v0/b/", "/v1/x/")), 1),
        (format!("{}{uuid}", link.replace("googleapis", "googleapi")), 1),
        (format!("u:Qz7kV755446xW@{link}{uuid}"), 2),
    ] {
        assert_eq!(leaks("src/a", &format!("image: \"https://{url}\"\n")).len(), count, "{url}");
    }
}

#[test]
fn fake_pair_of_aws_says_so_in_both_parts() {
    for (id, secret, count) in [
        ("IMAFAKEACCESSKEY", "2+t64tZZVaz0yp0x1G23ZRYn+FAKEyVALUEs/4qh", 0),
        ("IMAFQKEACCESSKEY", "2+t64tZZVaz0yp0x1G23ZRYn+FAKEyVALUEs/4qh", 2),
        ("IMAFAKEACCESSKEY", "2+t64tZZVaz0yp0x1G23ZRYn+FQKEyVALUEs/4qh", 2),
    ] {
        let text = format!("ASIA{id} {secret}\n");
        assert_eq!(leaks("src/a", &text).len(), count, "{text}");
        assert_eq!(leaks(".gitconfig", &format!("[x]\n\ty = {text}")).len().min(1), 1, "{text}");
    }
}

#[test]
fn published_values_are_secret_in_git_config_only() {
    let bearer = concat!("Authorization: Bearer 23410913-", "abewfq.123483");
    let other = concat!("Authorization: Bearer 23410913-", "abewfq.523984");
    for (path, text, count) in [
        ("src/a", bearer.to_owned(), 0),
        ("src/a", other.to_owned(), 1),
        (".gitconfig", format!("[http]\n\textraheader = {bearer}\n"), 1),
        (".gitconfig", format!("[http]\n\textraheader = {other}\n"), 1),
    ] {
        assert_eq!(leaks(path, &text).len(), count, "{path} {text}");
    }
}
