//! Tests that no credential is lost where nothing says that it is an example.

use super::examples::{issued_tokens, key, leaks};

/// Paths of a product, its deployment and its developers. Some have a word that only looks like one of tests.
const PATHS: [&str; 46] = [
    "deploy/id_rsa",
    ".ssh/id_ed25519",
    "home/ubuntu/.ssh/id_rsa",
    "config/prod/tls.key",
    "config/master.key",
    "infra/terraform/ca.pem",
    "infra/modules/vpn/files/client.ovpn",
    "ansible/roles/web/files/server.key",
    "ansible/group_vars/all.yml",
    "puppet/modules/nginx/files/wildcard.pem",
    "k8s/overlays/prod/secret.yaml",
    "charts/api/templates/tls.yaml",
    "charts/api/values.yaml",
    "docker/nginx/ssl/privkey.pem",
    "docker-compose.yml",
    "Dockerfile",
    "certs/wildcard.key",
    "certs/acme.example-corp.com.key",
    "backup/keys/host_key",
    "src/main/resources/jwt.pem",
    "src/main/resources/application.properties",
    "src/main/java/com/acme/client/Keys.java",
    "app/config.json",
    "app/src/main/assets/push.p8",
    "ios/fastlane/AuthKey.p8",
    "packages/api/keys/private.pem",
    "cmd/server/key.go",
    "internal/signing/attestation.pem",
    "internal/attest/latest.key",
    "keys/latest.pem",
    "keys/contest-2024.pem",
    "secrets/prod.env",
    ".env",
    ".env.example",
    ".github/workflows/deploy.yml",
    "scripts/deploy.sh",
    "notebooks/analysis.ipynb",
    "dump/users.sql",
    "lang/de/messages.properties",
    "staging/tls.key",
    "testnet/validator.key",
    "qa/ssh/id_rsa",
    "stubborn/a.key",
    "benchmarking/cloud.pem",
    "example-service/tls.key",
    "certification/tls.key",
];

/// Kinds of private keys that nobody issues.
const KEYS: [&str; 5] =
    ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY"];

/// Returns the ways in which a key stands in a file: whole, indented, in JSON, and in code.
fn forms(key: &str) -> [String; 5] {
    [
        key.to_owned(),
        key.replace('\n', "\r\n"),
        format!("tls:\n  key: |\n    {}\n", key.trim_end().replace('\n', "\n    ")),
        format!("{{\"key\": \"{}\"}}\n", key.replace('\n', "\\n")),
        format!("const TEST_KEY: &str = \"{}\";\n", key.trim_end()),
    ]
}

#[test]
fn private_keys_of_a_product_are_found() {
    for (path, (label, seed)) in
        PATHS.iter().flat_map(|path| KEYS.iter().zip(0..).map(move |key| (path, key)))
    {
        for text in forms(&key(label, seed)) {
            assert_eq!(leaks(path, &text).len(), 1, "{path} {text}");
        }
    }
}

#[test]
fn tokens_of_a_product_are_found() {
    for path in PATHS {
        for (name, token) in issued_tokens() {
            assert!(!leaks(path, &format!("key = \"{token}\"\n")).is_empty(), "{path} {name}");
        }
    }
}
