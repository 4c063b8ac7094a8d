//! Paths as bytes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::platform;

/// Shortens each absolute path in a text to its last part: nobody outside a machine needs to know its folders.
///
/// Paths in `known` folders are found even if they contain blanks.
pub(crate) fn without_folders(text: &str, known: &[PathBuf]) -> String {
    let mut text = text.to_owned();
    let mut known: Vec<&str> =
        known.iter().filter_map(|path| path.to_str()).filter(|path| path.len() > 1).collect();
    known.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for folder in known.iter().filter(|path| path.starts_with('/')) {
        text = text.replace(&format!("{folder}/"), "");
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('/') {
        let (before, path) = rest.split_at(start);
        out.push_str(before);
        let is_start = out.chars().next_back().is_none_or(|c| c.is_whitespace() || "`'\"(=[,".contains(c));
        let end = path.find(|c: char| c.is_whitespace() || "`'\")],;".contains(c)).unwrap_or(path.len());
        let (path, after) = path.split_at(if is_start { end } else { 1 });
        let shown =
            if is_start { path.trim_end_matches('/').rsplit('/').next().unwrap_or_default() } else { path };
        out.push_str(shown);
        rest = after;
    }
    out + rest
}

/// Returns bytes, such as a refname, as an argument of a program.
pub(crate) fn os_str(bytes: &[u8]) -> &OsStr {
    platform::os_str(bytes)
}

/// Returns bytes, such as those printed by git, as a path.
pub(crate) fn as_path(bytes: &[u8]) -> &Path {
    Path::new(platform::os_str(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_paths_are_shortened() {
        let known = [PathBuf::from("/srv/my repos/a.git"), PathBuf::from("/")];
        for (text, shortened) in [
            (
                "the policy /srv/git/x.git/git-gate.yml:1:9 is not valid",
                "the policy git-gate.yml:1:9 is not valid",
            ),
            ("`chmod go-w /etc/git-gate.yml`", "`chmod go-w git-gate.yml`"),
            ("cannot read /srv/my repos/a.git/sub/p.yml", "cannot read sub/p.yml"),
            ("/a/b", "b"),
            ("safe.directory=/srv/git", "safe.directory=git"),
            ("'/srv/a/', (/srv/b)", "'a', (b)"),
            ("refs/heads/x of https://a.test/b/c", "refs/heads/x of https://a.test/b/c"),
            ("`.github/dco.yml` and and/or", "`.github/dco.yml` and and/or"),
        ] {
            assert_eq!(without_folders(text, &known), shortened, "{text}");
        }
    }
}
