//! Placeholder values: text in the position of a secret that is not one.

mod words;

use bstr::ByteSlice as _;

use self::words::{FILLERS, WEAK, WORDS};
use super::decode;
use super::provider::alphabet::is_word;
use super::provider::variety::{classes, distinct};

/// User names and passwords that forges define, the same for every account.
const FIXED: &[&str] = &[
    "x-access-token",
    "x-oauth-basic",
    "x-token-auth",
    "oauth2",
    "oauth2accesstoken",
    "gitlab-ci-token",
    "git",
];

/// Returns whether a value in the position of a secret is known not to be one.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    is_fixed(value)
        || is_switch(value)
        || is_reference(value)
        || is_named_variable(value)
        || is_masked(value)
        || is_descriptive(value)
}

/// Returns whether a value turns something on or off: `gui.storePassword = true`.
fn is_switch(value: &[u8]) -> bool {
    ["true", "false", "yes", "no", "on", "off"].iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns whether a value is a user name or password that a forge defines for every account.
pub(crate) fn is_fixed(value: &[u8]) -> bool {
    FIXED.iter().any(|fixed| value.eq_ignore_ascii_case(fixed.as_bytes()))
}

/// Returns whether a value is easy to guess. It is then ignored if the host is an example or the text is not
/// git config.
pub(crate) fn is_guessable(value: &[u8]) -> bool {
    value.len() < 10 || classes(value) < 3 || distinct(value) < 7
}

/// Returns whether a value is a regular expression: it has a class of characters.
pub(crate) fn is_pattern(value: &[u8]) -> bool {
    ["[a-z", "[A-Z", "[0-9", "[^", "\\w+", "\\S+"].iter().any(|class| value.contains_str(class))
}

/// Returns whether a value refers to a secret that is stored elsewhere.
fn is_reference(value: &[u8]) -> bool {
    let decoded = decode::percent(value);
    let has_any = |starts: &[&str]| starts.iter().any(|start| decoded.starts_with(start.as_bytes()));
    let is_name = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| is_word(*byte));
    let is_variable = match &*decoded {
        [b'<', .., b'>'] | [b'{', .., b'}'] | [b'[', .., b']'] | [b'`', ..] => true,
        [b'$', name @ ..] => {
            let scoped = name.split_at_checked(4).filter(|(scope, _)| scope.eq_ignore_ascii_case(b"env:"));
            is_name(name) || scoped.is_some_and(|(_, name)| is_name(name))
        }
        [b'%', b's' | b'v' | b'q'] | [b'%', _, .., b'%'] | [b'%', b'(', .., b')', b's'] => true,
        [b'%', ..] => false,
        _ => ["${", "$(", "{{", "#{", "$["].iter().any(|start| decoded.contains_str(start)),
    };
    let is_sealed = |(start, end): &(&str, &str)| {
        decoded.strip_prefix(start.as_bytes()).is_some_and(|rest| rest.ends_with(end.as_bytes()))
    };
    is_variable
        || has_any(&["${", "$(", "#{", "$[", "ENC["])
        || has_any(STORES)
        || SEALED.iter().any(is_sealed)
        || *decoded == *b"!vault"
}

/// Starts of values that name the place where a secret is stored.
const STORES: &[&str] = &[
    "op://",
    "vault:",
    "keyring:",
    "env:",
    "file:/",
    "ssm:/",
    "gopass:",
    "arn:aws:",
    "aws-ssm:",
    "secretsmanager:",
    "gcp-sm:",
    "azkv:",
    "bws:",
    "lastpass:",
    "bitwarden:",
    "doppler:",
    "sops:",
    "aws:secretsmanager:",
    "aws:ssm:",
    "awsps://",
    "awssm://",
    "conjur:",
    "credstash:",
    "infisical:",
    "keychain:",
    "ref+",
    "secret://",
];

/// Start and end of values that are encrypted, or name the place where they are: of Spring Cloud Config, Jasypt, Azure
/// App Service and Ansible.
const SEALED: &[(&str, &str)] =
    &[("{cipher}", ""), ("ENC(", ")"), ("@Microsoft.KeyVault(", ")"), ("!vault", "|"), ("!vault ", "")];

/// Signs on either side of a name for which a tool or a person puts in the value.
const DELIMITERS: [(&str, &str); 5] = [("@@", "@@"), ("__", "__"), ("((", "))"), ("%%", "%%"), ("<%", "%>")];

/// Signs on either side of a name in capitals. Passwords often end with such a sign.
const WEAK_DELIMITERS: [(&str, &str); 2] = [("!", "!"), ("@", "@")];

/// Ends of the names of variables for secrets, in capitals.
const VARIABLES: [&str; 8] = ["TOKEN", "PAT", "PASSWORD", "PASSWD", "SECRET", "KEY", "PASS", "PWD"];

/// Returns whether a value is the name of a variable: between signs of a template, or in capitals.
fn is_named_variable(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        let is_part = |byte: &u8| is_word(*byte) || matches!(byte, b'.' | b'-' | b' ');
        name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_part)
    };
    let between = |(start, end): &(&str, &str)| {
        value.strip_prefix(start.as_bytes()).and_then(|rest| rest.strip_suffix(end.as_bytes()))
    };
    let is_capitals = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    let ends = || VARIABLES.iter().any(|end| value.ends_with(format!("_{end}").as_bytes()));
    DELIMITERS.iter().find_map(between).is_some_and(is_name)
        || WEAK_DELIMITERS.iter().find_map(between).is_some_and(|name| !name.is_empty() && is_capitals(name))
        || is_capitals(value) && ends()
}

/// Returns whether a value is masked, as in `***`, `xxxxxxxx` or `ghp_AbC...`.
fn is_masked(value: &[u8]) -> bool {
    let crossed = || value.split(|byte| !matches!(byte, b'x' | b'X')).any(|run| run.len() >= 8);
    distinct(value) <= 2
        || value.contains_str("***")
        || value.ends_with(b"...")
        || value.ends_with("\u{2026}".as_bytes())
        || value.contains_str("\u{2022}\u{2022}")
        || crossed()
}

/// Maximum length of a placeholder made of words, in bytes.
const LONGEST: usize = 128;

/// Returns whether a value consists of words that describe the expected value, and perhaps short numbers.
fn is_descriptive(value: &[u8]) -> bool {
    let is_number = |word: &[u8]| word.len() <= 3 && word.iter().all(u8::is_ascii_digit);
    let is_filler = |word: &[u8]| FILLERS.iter().any(|filler| word == filler.as_bytes());
    let words = words(value);
    let is_weak = |word: &[u8]| WEAK.iter().any(|weak| word == weak.as_bytes());
    let is_described = |word: &Vec<u8>| is_number(word) || is_filler(word) || consists_of_words(word);
    value.len() <= LONGEST
        && value.iter().any(u8::is_ascii_alphabetic)
        && words.iter().all(is_described)
        && !words.iter().all(|word| is_filler(word) || is_number(word) || is_weak(word))
}

/// Returns whether a word is one of [`WORDS`], or several of them without a separator: `yourpassword`.
///
/// The last of them must start within the first 32 bytes.
fn consists_of_words(word: &[u8]) -> bool {
    // Bit n is set if the first n bytes consist of words. These are at most 32 bytes and one word.
    let mut reached = 1_u64;
    for at in 0..word.len().min(32) {
        let (_, rest) = word.split_at(at);
        let starts =
            WORDS.iter().filter(|known| reached >> at & 1 == 1 && rest.starts_with(known.as_bytes()));
        let ends = starts.map(|known| at + known.len()).fold(0, |ends, end| ends | 1 << end);
        reached |= ends;
    }
    word.len() < 64 && reached >> word.len() & 1 == 1
}

/// Splits a value such as `your-token`, `YOUR_TOKEN` or `yourToken` into words, in lower case.
fn words(value: &[u8]) -> Vec<Vec<u8>> {
    let is_inside = |one: &u8, next: &u8| {
        let starts = next.is_ascii_uppercase() && one.is_ascii_lowercase();
        one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() && !starts
    };
    let words = value.chunk_by(is_inside).filter(|word| word.iter().all(u8::is_ascii_alphanumeric));
    words.map(<[u8]>::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_masked_values_are_placeholders() {
        for value in [
            "",
            "${TOKEN}",
            "$TOKEN",
            "$(System.AccessToken)",
            "`pass show x`",
            "%TOKEN%",
            "{{ token }}",
            "${{ secrets.X }}",
            "<token>",
            "[MASKED]",
            "{token}",
            "%s",
            "***",
            "xxxxxxxxxxxx",
            "ghp_xxxxxxxxxxxxxxxxxxxx",
            "aaaa",
            "ababab",
            "ghp_AbC...",
            "password",
            "PASSWORD",
            "your-token",
            "YOUR_TOKEN_HERE",
            "yourTokenHere",
            "my_secret_token",
            "changeme",
            "redacted",
            "op://vault/item",
            "vault:secret/x",
            "x-access-token",
            "x-oauth-basic",
            "%3Ctoken%3E",
            "%(token)s",
            "$Env:TOKEN",
            "yourpassword",
            "mytoken",
            "#{token}",
            "a#{GitHub.token}b",
            "$[variables.X]",
            "ENC[PKCS7,MIIB]",
            "\u{2022}\u{2022}\u{2022}\u{2022}",
            "@@DEPLOY@@",
            "__CI_PAT__",
            "((ci.pat))",
            "!PAT!",
            "%%X%%",
            "GH_TOKEN",
            "NIGHTLY_PUSH_PAT",
            "bot_token",
            "deploy-token",
            "RENOVATE_TOKEN",
            "not-token",
            "to_be_replaced",
            "env:X",
            "file:/run/secrets/x",
            "ssm:/prod/x",
            "gopass:git/x",
            "not-a-token",
            "THIS_IS_NOT_A_REAL_TOKEN",
            "aws:secretsmanager:x",
            "keychain:x",
            "!vault",
            "!vault |",
            "{cipher}AQA3",
            "ENC(abc=)",
            "@Microsoft.KeyVault(SecretUri=x)",
            "ref+vault://x",
            "True",
            "off",
            "CHANGE_ME_PLEASE",
            "pleasechangeme",
            "unset-token",
            "dein-token",
            "votre-jeton",
            "mi_token",
            "tbd",
            "keychain",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn other_values_are_not_placeholders() {
        for value in [
            "hunter2",
            "k9#q",
            "correcthorse",
            "password1",
            "$ecret1x!",
            "$env:a-b",
            "pass4word-9Q",
            "12345",
            "!pa55 word",
            "!Passw0rd!",
            "__x9%K2__",
            "A7K_9XPAT",
            "%41%42%43",
            "s3cr3t",
            "!vault9x",
            "ENC(abc",
            "for-it",
            "atoken",
            "mitoken",
            "dein-geheimnis7",
            "please",
            "Unset",
            "please-1",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
