//! Credentials in commands: helpers, aliases, `core.sshCommand`.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use bstr::ByteSlice as _;

use super::shell_words::{ShellWords, argument};
use crate::text::slice;
use crate::token::Secret;
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::decode;
use crate::token::provider::alphabet::is_word;
use crate::token::provider::variety::is_random;
use crate::token::search::credibility::is_credible;
use crate::token::search::find::find_credentials;

/// Marks that precede a secret in a command, each with the class of the byte that must follow the mark.
pub(crate) const MARKS: &[(&str, ByteClass)] = &[
    ("password", is_equals),
    ("passwd", is_equals),
    ("--password", is_blank),
    ("--passphrase", is_equals_or_blank),
    ("--auth", is_equals),
    (" pass:", is_any),
    ("sshpass -p", is_any),
    ("secret_access_key", is_equals),
    ("token", is_equals),
    ("--token", is_blank),
    ("-token:", is_blank),
    ("api-key:", is_blank),
    ("_secret", is_equals),
    ("api_key", is_equals),
];

/// Prefilter: every command with a secret contains one of these texts, and most values contain none.
#[expect(clippy::expect_used, reason = "the signs are constants, and few")]
static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let signs = MARKS.iter().map(|(mark, _)| *mark).chain(["printf ", "base64", "curl ", "openssl "]);
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(signs);
    search.expect("signs make an automaton")
});

type ByteClass = fn(u8) -> bool;

fn is_equals(byte: u8) -> bool {
    byte == b'='
}

fn is_blank(byte: u8) -> bool {
    byte == b' '
}

fn is_equals_or_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'=')
}

/// Accepts any byte, so that the secret may follow directly, as in `-psecret`.
fn is_any(_: u8) -> bool {
    true
}

/// Returns the literal secrets in a command, including those in one level of base64.
pub(crate) fn in_command(command: &[u8]) -> Vec<CredentialMatch> {
    if !SIGNS.is_match(command) {
        return Vec::new();
    }
    let mut found = after_marks(command);
    found.extend(printed_passwords(command));
    if command.contains_str("base64") {
        found.extend(base64_secrets(command));
    }
    if command.contains_str("openssl ") {
        found.extend(openssl_keys(command));
    }
    if command.contains_str("curl ") {
        found.extend([" -u ", " --user "].iter().flat_map(|option| login_passwords(command, option)));
    }
    found
}

/// Returns the passwords in `-u user:password`. `option` is `-u` or its long form, with a blank on either
/// side.
fn login_passwords(command: &[u8], option: &str) -> Vec<CredentialMatch> {
    let mut words = ShellWords::new(command);
    let passwords = command.find_iter(option).filter_map(|at| {
        let login = words.word_at(at + option.len())?;
        let colon = login.start + slice(command, login.clone()).find_byte(b':')?;
        literal_secret(command, colon + 1..login.end)
    });
    passwords.collect()
}

/// Returns the passwords in `openssl ... -k password`. Other programs have another `-k`.
fn openssl_keys(command: &[u8]) -> Vec<CredentialMatch> {
    let (mut found, mut words, mut at) = (Vec::new(), ShellWords::new(command), 0);
    while let Some(next) = slice(command, at..command.len()).find("openssl ") {
        let start = at + next + "openssl".len();
        at = start + simple_command_length(slice(command, start..command.len()));
        let ends = slice(command, start..at).find_iter(" -k ").map(|key| start + key + " -k ".len());
        let keys = ends.filter_map(|end| words.word_at(end));
        found.extend(keys.filter_map(|word| literal_secret(command, word)));
    }
    found
}

/// Returns the number of bytes up to the end of the simple command that a text starts in. Up to the end of the text if
/// quotes are open there.
fn simple_command_length(text: &[u8]) -> usize {
    let (mut quote, mut depth, mut before) = (None, 0_usize, b' ');
    for (at, byte) in text.iter().copied().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') if depth > 0 => depth -= 1,
            (None, b'&') if before == b'>' => {}
            (None, b')' | b';' | b'&' | b'|' | b'\n') if depth == 0 => return at,
            (None, _) => {}
        }
        before = byte;
    }
    text.len()
}

/// Returns the values that `printf` writes after `password=`.
fn printed_passwords(command: &[u8]) -> Vec<CredentialMatch> {
    let ends = command.find_iter("printf ").map(|at| at + "printf ".len());
    ends.flat_map(|end| substituted_passwords(command, end)).collect()
}

/// Returns the arguments of a `printf` that its format puts after `password=`, which may itself come from
/// arguments.
fn substituted_passwords(command: &[u8], mut at: usize) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let format = argument(command, &mut at).filter(|first| slice(command, first.clone()) != b"--");
    let Some(format) = format.or_else(|| argument(command, &mut at)) else { return found };
    let mut rest = slice(command, format);
    let mut printed = Vec::new();
    while let Some((literal, conversion)) = rest.split_once_str("%") {
        printed.extend_from_slice(literal);
        let Some((conversion, after)) = conversion.split_first() else { break };
        rest = after;
        if !matches!(conversion, b's' | b'b' | b'q') {
            continue;
        }
        let Some(value) = argument(command, &mut at) else { break };
        if printed.ends_with(b"password=") {
            found.extend(literal_secret(command, value.clone()));
        }
        printed.extend_from_slice(slice(command, value));
    }
    found
}

/// Returns the secrets after the [marks](MARKS).
fn after_marks(command: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let lower = command.to_ascii_lowercase();
    for (mark, may_follow) in MARKS {
        let mut words = ShellWords::new(command);
        let mut secret_end = 0;
        for end in lower.find_iter(mark).map(|at| at + mark.len()) {
            // A mark inside a secret is part of that secret.
            let next = command.split_at(end).1.first().filter(|next| end >= secret_end && may_follow(**next));
            let Some(next) = next else { continue };
            let start = end + usize::from(matches!(next, b'=' | b' '));
            let one = words.word_at(start).and_then(|word| literal_secret(command, word));
            secret_end = one.as_ref().map_or(secret_end, |one| one.span.end);
            found.extend(one);
        }
    }
    found
}

/// Maximum number of bytes of a word that are checked. A text may have very many words, each inside the
/// previous one.
const MAX_CHECKED: usize = 512;

/// Returns a word of a command, unless it is an option, a variable, a format or a placeholder.
fn literal_secret(command: &[u8], word: Range<usize>) -> Option<CredentialMatch> {
    let whole = slice(command, word.clone());
    let value = whole.get(..MAX_CHECKED).unwrap_or(whole);
    let is_option = value.starts_with(b"-") && !is_random(value);
    let is_variable = value.strip_prefix(b"$").is_some_and(|name| name.iter().all(|byte| is_word(*byte)));
    let is_format = value.starts_with(b"%") && value.len() == 3;
    let is_literal = value.len() >= 3 && !is_option && !is_variable && !is_format;
    let found = || CredentialMatch {
        secret: Secret::new(whole),
        ..CredentialMatch::new(CredentialKind::Command, value, word)
    };
    (is_literal && is_credible(value, Strictness::GitConfig)).then(found)
}

/// Returns the secrets in base64 words: a helper often hides its password like this.
fn base64_secrets(command: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    let mut substitutions = Substitutions { command, searched: 0, passwords: [false; 2] };
    let mut start = 0;
    let is_digit =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    for run in command.split(|byte| !is_digit(*byte)) {
        let decoded = if run.len() >= 8 { decode::base64(run) } else { None };
        if let Some(decoded) = decoded.filter(|decoded| decoded.iter().all(is_text)) {
            let inner = after_marks(&decoded).into_iter();
            let inner = inner.chain(find_credentials(&decoded, Strictness::GitConfig)).next();
            let whole = decoded.trim_ascii();
            let is_secret = is_random(whole)
                || is_credible(whole, Strictness::GitConfig) && substitutions.give_password_at(start);
            let bare = || CredentialMatch::new(CredentialKind::Command, whole, 0..0);
            let secret = inner.or_else(|| is_secret.then(bare));
            let (kind, span, host) = (CredentialKind::Command, start..start + run.len(), Vec::new());
            found.extend(secret.map(|secret| CredentialMatch { kind, span, host, ..secret }));
        }
        start += run.len() + 1;
    }
    found
}

/// Command substitutions that supply a password: `password=$(echo ... | base64 -d)`. Offsets must be
/// requested in the order of the command.
struct Substitutions<'t> {
    command: &'t [u8],
    searched: usize,
    /// For `$(` and for backquotes: true if the last substitution supplies a password.
    passwords: [bool; 2],
}

impl Substitutions<'_> {
    /// Returns whether the last substitution of either kind before an offset supplies a password.
    fn give_password_at(&mut self, at: usize) -> bool {
        for (sign, password) in ["=$(", "=`"].into_iter().zip(&mut self.passwords) {
            // A sign may cross the start of the part not yet searched.
            let start = self.searched.saturating_sub(sign.len() - 1);
            if let Some(last) = slice(self.command, start..at).rfind(sign) {
                *password = self.command.split_at(start + last).0.ends_with(b"password");
            }
        }
        self.searched = at;
        self.passwords.contains(&true)
    }
}
