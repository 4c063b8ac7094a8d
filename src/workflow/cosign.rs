//! Options of `cosign sign`.

/// Beginnings of the options that name a key. Source: `cosign sign --help`; `-key` is that of version 1.
const OPTIONS: &[&str] = &["--key", "-key", "--sk", "-sk", "--slot"];

/// Returns whether a word of `cosign sign` names a key.
pub(in crate::workflow) fn names_key(word: &str) -> bool {
    let is_named = |option: &&str| {
        word.strip_prefix(*option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    OPTIONS.iter().any(is_named)
}

/// Returns whether an option of `cosign sign` keeps the signature from the registry.
pub(in crate::workflow) fn uploads_nothing(word: &str) -> bool {
    let value = word.trim_start_matches('-').strip_prefix("upload=").filter(|_| word.starts_with('-'));
    let is_off =
        value.is_some_and(|value| ["0", "f", "false"].contains(&value.to_ascii_lowercase().as_str()));
    is_off || matches!(word, "-h" | "--help")
}
