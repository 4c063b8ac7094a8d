//! Config from the environment: `GIT_CONFIG_COUNT`, and `GIT_CONFIG_PARAMETERS`, which passes on `git -c`.

use bstr::{BString, ByteSlice as _};

use super::ConfigEntry;
use crate::env;

/// Maximum number of entries that are read for `GIT_CONFIG_COUNT`.
const MAX_ENTRIES: usize = 4096;

/// Returns the config entries of the environment.
pub(super) fn entries() -> Vec<ConfigEntry> {
    let count =
        variable("GIT_CONFIG_COUNT").and_then(|count| count.to_str().ok()?.trim().parse::<usize>().ok());
    let counted = (0..count.unwrap_or_default().min(MAX_ENTRIES)).filter_map(|number| {
        let key = variable(&format!("GIT_CONFIG_KEY_{number}"))?;
        ConfigEntry::from_key(&key, &variable(&format!("GIT_CONFIG_VALUE_{number}"))?)
    });
    let handed = variable("GIT_CONFIG_PARAMETERS").map(|text| parameters(&text)).unwrap_or_default();
    counted.chain(handed).collect()
}

fn variable(name: &str) -> Option<BString> {
    env::git_variable(name).map(|value| value.into_encoded_bytes().into())
}

/// Parses `'key'='value'` and, as before git 2.31, `'key=value'`, separated by blanks.
pub(crate) fn parameters(text: &[u8]) -> Vec<ConfigEntry> {
    let mut entries = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some((first, after)) = quoted(rest) {
        let (key, value, after) = match after.strip_prefix(b"=").and_then(quoted) {
            Some((value, after)) => (first, value, after),
            None => match first.split_once_str("=") {
                Some((key, value)) => (key.into(), value.into(), after),
                None => (first, BString::default(), after),
            },
        };
        entries.extend(ConfigEntry::from_key(&key, &value));
        rest = after.strip_prefix(b"=").unwrap_or(after).trim_ascii_start();
    }
    entries
}

/// Splits off a word in single quotes, read as by a shell. Returns the word and the rest.
fn quoted(text: &[u8]) -> Option<(BString, &[u8])> {
    let mut word = BString::default();
    let mut rest = text.strip_prefix(b"'")?;
    loop {
        let end = rest.find_byte(b'\'')?;
        word.extend_from_slice(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        // git writes a quote or an exclamation mark outside the quotes, after a backslash.
        match rest {
            [b'\\', byte @ (b'\'' | b'!'), b'\'', after @ ..] => {
                word.push(*byte);
                rest = after;
            }
            _ => return Some((word, rest)),
        }
    }
}
