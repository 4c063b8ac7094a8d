//! Detects the format of a file, by its path or by its content.

use bstr::ByteSlice as _;

use super::{cookies, credential_store, netrc};
use crate::config::FileFormat;

/// Returns the format that the path of a file implies.
pub(crate) fn format_by_path(path: &[u8]) -> Option<FileFormat> {
    let start = memchr::memrchr2(b'/', b'\\', path).map_or(0, |separator| separator + 1);
    let (directory, name) = path.split_at(start);
    match name {
        b".gitmodules" | b".gitconfig" | b".lfsconfig" | b"gitconfig" | b".gitconfig.local"
        | b"config.worktree" | b".gitrepo" => Some(FileFormat::Config),
        b".netrc" | b"_netrc" | b"netrc" => Some(FileFormat::Netrc),
        b".git-credentials" => Some(FileFormat::Credentials),
        b"credentials" if directory.ends_with(b"git/") => Some(FileFormat::Credentials),
        b".gitcookies" => Some(FileFormat::Cookies),
        b"config" if directory.ends_with(b"git/") => Some(FileFormat::Config),
        _ if name.ends_with(b".gitconfig") => Some(FileFormat::Config),
        _ if name.starts_with(b"git-credentials-") && name.ends_with(b".config") => Some(FileFormat::Config),
        // A substring search is costly to set up, so it is skipped for names too short to match.
        _ if name.len() >= 15 && name.contains_str("git-credentials") => Some(FileFormat::Credentials),
        _ => None,
    }
}

/// Returns the format that the content of a text implies. Git config is not among them; see
/// [`is_config`](super::config_sections::is_config).
pub(crate) fn format_by_content(text: &[u8]) -> Option<FileFormat> {
    if netrc::is_netrc(text) {
        Some(FileFormat::Netrc)
    } else if credential_store::is_credential_store(text) {
        Some(FileFormat::Credentials)
    } else {
        cookies::is_cookie_file(text).then_some(FileFormat::Cookies)
    }
}
