//! Paths that determine how a file is read.

use bstr::ByteSlice as _;

use crate::token::format::detect::format_by_path;

/// Suffixes of the names of files in which nothing is git config: TOML, translations and settings of programs.
const OTHER_FORMATS: [&str; 12] = [
    ".toml",
    ".properties",
    ".po",
    ".pot",
    ".sql",
    ".xlf",
    ".xliff",
    ".resx",
    ".strings",
    ".arb",
    ".nls.json",
    ".ftl",
];

/// Directories of translations.
const TRANSLATIONS: [&str; 10] =
    ["i18n", "l10n", "lang", "langs", "language", "languages", "locale", "locales", "translations", "nls"];

/// Returns whether the path of a file determines its format, regardless of its content.
pub(crate) fn path_implies_format(path: &[u8]) -> bool {
    format_by_path(path).is_some() || is_remote_log(path)
}

/// Returns whether a directory of this name may contain paths that [imply a format](path_implies_format), although
/// no name below it does so by itself.
pub(crate) fn is_special_dir(name: &[u8]) -> bool {
    name.ends_with(b"git") || name == b".gitconfig.d"
}

/// Returns whether git records the URLs of remotes in the file at a path: `FETCH_HEAD` or a reflog.
pub(super) fn is_remote_log(path: &[u8]) -> bool {
    // A substring search is costly to set up, so it is skipped for paths too short to match.
    path.len() >= 9 && (path.ends_with(b"git/FETCH_HEAD") || path.contains_str("git/logs/"))
}

/// Returns whether a path belongs to a format in which what looks like git config is none, unless [`names_config`] says
/// so.
pub(crate) fn is_other_format(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let name = parts.next().unwrap_or_default();
    OTHER_FORMATS.iter().any(|end| name.ends_with(end.as_bytes()))
        || ["messages", "locale"].iter().any(|start| name.starts_with(start.as_bytes()))
        || parts.any(|part| TRANSLATIONS.iter().any(|known| part == known.as_bytes()))
}

/// Returns whether a text has what only a real git config has, or a dump of one inside another format.
pub(super) fn names_config(text: &[u8]) -> bool {
    const SIGNS: [&str; 5] =
        ["repositoryformatversion", "[remote \"", "[remote \\\"", "extraheader", ".insteadof"];
    SIGNS.iter().any(|sign| {
        let first = sign.as_bytes().first().copied().unwrap_or_default();
        let starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), text);
        let mut found = starts.filter_map(|at| text.get(at..at + sign.len()));
        found.any(|found| found.eq_ignore_ascii_case(sign.as_bytes()))
    })
}
