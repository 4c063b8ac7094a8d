//! Placeholder values: text in the position of a secret that is not one.

use super::decode;
use super::provider::bytes::{distinct, is_word};

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

/// Words that describe the expected value.
const WORDS: &[&str] = &[
    "access",
    "actual",
    "api",
    "apikey",
    "app",
    "auth",
    "authorization",
    "bearer",
    "ci",
    "change",
    "changeme",
    "changeit",
    "client",
    "code",
    "credential",
    "credentials",
    "dummy",
    "enter",
    "example",
    "fake",
    "generated",
    "git",
    "github",
    "gitlab",
    "goes",
    "here",
    "hidden",
    "insert",
    "job",
    "key",
    "login",
    "masked",
    "me",
    "my",
    "new",
    "none",
    "null",
    "oauth",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pat",
    "paste",
    "personal",
    "placeholder",
    "private",
    "pw",
    "pwd",
    "pypi",
    "redacted",
    "removed",
    "replace",
    "sample",
    "secret",
    "some",
    "string",
    "suppressed",
    "the",
    "this",
    "todo",
    "token",
    "undefined",
    "user",
    "username",
    "value",
    "with",
    "your",
];

/// Returns whether a value in the position of a secret is known not to be one.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    is_fixed(value) || is_switch(value) || is_reference(value) || is_masked(value) || is_worded(value)
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
    value.len() < 10 || super::provider::bytes::classes(value) < 3 || distinct(value) < 7
}

/// Returns whether a value refers to a secret that is stored elsewhere.
fn is_reference(value: &[u8]) -> bool {
    let decoded = decode::percent(value);
    let (first, last) = (decoded.first().copied(), decoded.last().copied());
    let wrapped = matches!(
        (first, last),
        (Some(b'<'), Some(b'>')) | (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
    );
    let name = |text: Option<&[u8]>| {
        text.is_some_and(|text| !text.is_empty() && text.iter().all(|byte| is_word(*byte)))
    };
    let variable = match first {
        Some(b'$') => {
            let rest = decoded.get(1..).unwrap_or_default();
            let (scope, variable) = rest.split_at_checked(4).unwrap_or_default();
            name(Some(rest)) || scope.eq_ignore_ascii_case(b"env:") && name(Some(variable))
        }
        Some(b'`') => true,
        Some(b'%') => {
            last == Some(b'%') && decoded.len() > 2
                || matches!(decoded.get(1..), Some(b"s" | b"v" | b"q"))
                || decoded.starts_with(b"%(") && decoded.ends_with(b")s")
        }
        _ => {
            ["${", "$(", "{{"].iter().any(|start| memchr::memmem::find(&decoded, start.as_bytes()).is_some())
        }
    };
    let variable = variable || ["${", "$("].iter().any(|start| decoded.starts_with(start.as_bytes()));
    wrapped
        || variable
        || ["op://", "vault:", "keyring:"].iter().any(|start| decoded.starts_with(start.as_bytes()))
}

/// Returns whether a value is masked, as in `***`, `xxxxxxxx` or `ghp_AbC...`.
fn is_masked(value: &[u8]) -> bool {
    let crossed = value.iter().filter(|byte| matches!(byte, b'x' | b'X')).count();
    distinct(value) <= 2
        || memchr::memmem::find(value, b"***").is_some()
        || value.ends_with(b"...")
        || value.ends_with("\u{2026}".as_bytes())
        || (crossed >= 8 && longest_run(value, |byte| matches!(byte, b'x' | b'X')) >= 8)
}

fn longest_run(value: &[u8], class: fn(u8) -> bool) -> usize {
    value.split(|byte| !class(*byte)).map(<[u8]>::len).max().unwrap_or_default()
}

/// Maximum length of a placeholder made of words, in bytes.
const LONGEST: usize = 128;

/// Returns whether a value consists of words that describe the expected value, and perhaps short numbers.
fn is_worded(value: &[u8]) -> bool {
    if value.len() > LONGEST {
        return false;
    }
    let mut any = false;
    let all = words(value).all(|word| {
        any = true;
        word.iter().all(u8::is_ascii_digit) && word.len() <= 3 || is_said(&word)
    });
    any && all && value.iter().any(u8::is_ascii_alphabetic)
}

/// Returns whether a word is one of [`WORDS`], or several of them without a separator: `yourpassword`.
fn is_said(word: &[u8]) -> bool {
    let mut reached = vec![false; word.len() + 1];
    reached.iter_mut().take(1).for_each(|start| *start = true);
    for at in 0..word.len().min(32) {
        let rest = word.get(at..).unwrap_or_default();
        let starts = WORDS.iter().filter(|known| rest.starts_with(known.as_bytes()));
        for end in starts.map(|known| at + known.len()) {
            let here = reached.get(at).copied().unwrap_or_default();
            reached.iter_mut().skip(end).take(1).for_each(|reached| *reached |= here);
        }
    }
    reached.last().copied().unwrap_or_default()
}

/// Splits a value such as `your-token`, `YOUR_TOKEN` or `yourToken` into words, in lower case.
fn words(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut words = vec![Vec::new()];
    let mut before = b' ';
    for byte in value {
        let starts = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
        let separates = !byte.is_ascii_alphanumeric();
        if starts || separates {
            words.push(Vec::new());
        }
        if let (false, Some(word)) = (separates, words.last_mut()) {
            word.push(byte.to_ascii_lowercase());
        }
        before = *byte;
    }
    words.into_iter().filter(|word| !word.is_empty())
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
            "True",
            "off",
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
            "%41%42%43",
            "s3cr3t",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
