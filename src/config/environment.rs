//! Config from the environment: `GIT_CONFIG_COUNT`, and `GIT_CONFIG_PARAMETERS`, which passes on `git -c`.

use bstr::{BString, ByteSlice as _};

use super::ConfigEntry;
use crate::env;
use crate::text::unquote_first;

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
    while let Some((first, after)) = unquote_first(rest) {
        let (key, value, after) = match after.strip_prefix(b"=").and_then(unquote_first) {
            Some((value, after)) => (first, value, after),
            None => match first.split_once_str("=") {
                Some((key, value)) => (key.to_vec(), value.to_vec(), after),
                None => (first, Vec::new(), after),
            },
        };
        entries.extend(ConfigEntry::from_key(&key, &value));
        rest = after.strip_prefix(b"=").unwrap_or(after).trim_ascii_start();
    }
    entries
}
