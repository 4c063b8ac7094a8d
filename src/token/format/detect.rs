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
        _ if names_part_of_config(directory, name) => Some(FileFormat::Config),
        // A substring search is costly to set up, so it is skipped for names too short to match.
        _ if name.len() >= 15 && name.contains_str("git-credentials") => Some(FileFormat::Credentials),
        _ => None,
    }
}

/// Starts of the names of git config under which managers of dotfiles keep it.
const KEPT_NAMES: [&[u8]; 4] = [b".gitconfig", b"gitconfig", b"dot_gitconfig", b"private_dot_gitconfig"];

/// Ends of such names: parts, templates, links and copies.
const KEPT_ENDS: [&[u8]; 14] = [
    b".local",
    b".symlink",
    b".tmpl",
    b".template",
    b".j2",
    b".erb",
    b".inc",
    b".bak",
    b".backup",
    b".orig",
    b".old",
    b".txt",
    b".ini",
    b".conf",
];

/// Returns whether a file is a part or a copy of git config by its name: `.gitconfig-work`, `gitconfig.symlink`.
fn names_part_of_config(directory: &[u8], name: &[u8]) -> bool {
    let is_end = |rest: &[u8]| {
        let has_end = || KEPT_ENDS.contains(&rest);
        rest.is_empty()
            || has_end()
            || rest.starts_with(b"~")
            || rest.starts_with(b"##")
            || b"-_".contains(&rest.first().copied().unwrap_or_default())
                && (!rest.contains(&b'.') || KEPT_ENDS.iter().any(|end| rest.ends_with(end)))
    };
    let is_kept = |start: &&[u8]| name.strip_prefix(*start).is_some_and(is_end);
    // Most names are decided by their first byte.
    matches!(name.first(), Some(b'.' | b'g' | b'd' | b'p')) && KEPT_NAMES.iter().any(is_kept)
        || directory.ends_with(b"git/")
            && name.strip_prefix(b"config").is_some_and(|rest| KEPT_ENDS.contains(&rest))
        || directory.ends_with(b".gitconfig.d/")
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

#[cfg(test)]
mod tests {
    use super::format_by_path;
    use crate::config::FileFormat;

    #[test]
    fn names_of_dotfile_managers_are_git_config() {
        for path in [
            ".gitconfig-work",
            "home/.gitconfig_acme",
            "git/gitconfig.symlink",
            "dot_gitconfig",
            "private_dot_gitconfig.tmpl",
            ".gitconfig##os.Linux",
            ".gitconfig~",
            ".gitconfig.bak",
            "x/.gitconfig.d/work",
            ".config/git/config.local",
        ] {
            assert_eq!(format_by_path(path.as_bytes()), Some(FileFormat::Config), "{path}");
        }
        for path in [
            "gitconfig.rs",
            "gitconfig_test.go",
            ".gitconfig.md",
            ".gitconfig.example",
            "gitconfigs",
            "src/git/config.rs",
            "git/config.json",
            "a/config.local",
            "gitconfig-parser.py",
        ] {
            assert_eq!(format_by_path(path.as_bytes()), None, "{path}");
        }
    }
}
