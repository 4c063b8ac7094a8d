//! Refspecs of a fetch: `+refs/heads/*:refs/remotes/origin/*`, `^refs/heads/wip/*` (git-fetch(1)).

use bstr::{BStr, BString, ByteSlice as _};

/// Refspec of a fetch that says where refs are kept, or which refs are not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FetchRefspec {
    /// Refs of the remote, and the names under which a fetch keeps them.
    Kept {
        /// Pattern of names at the remote.
        source: NamePattern,
        /// Pattern of names here.
        destination: NamePattern,
    },
    /// Refs of the remote that are not fetched.
    Negative(NamePattern),
}

/// Refname, or a pattern of refnames in which one `*` matches any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamePattern(BString);

impl FetchRefspec {
    /// Parses a refspec; `None` if a fetch keeps nothing because of it.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if let Some(source) = text.strip_prefix(b"^") {
            return Some(Self::Negative(NamePattern(source.into())));
        }
        let (source, destination) = text.strip_prefix(b"+").unwrap_or(text).split_once_str(":")?;
        let destination = NamePattern(local_name(destination)?);
        Some(Self::Kept { source: NamePattern(source.into()), destination })
    }
}

/// Returns the full name of a destination, which git completes as that of a branch; `None` if it is empty.
fn local_name(destination: &[u8]) -> Option<BString> {
    let folder: &[u8] = match destination {
        [] => return None,
        name if name.starts_with(b"refs/") => b"",
        name if [&b"heads/"[..], b"tags/", b"remotes/"].iter().any(|start| name.starts_with(start)) => {
            b"refs/"
        }
        _ => b"refs/heads/",
    };
    Some([folder, destination].concat().into())
}

impl NamePattern {
    /// Returns the text that `*` stands for in a name; `None` if the name does not match. Empty without `*`.
    pub(super) fn captured<'n>(&self, name: &'n BStr) -> Option<&'n [u8]> {
        match self.0.split_once_str("*") {
            None => (self.0 == name).then_some(&b""[..]),
            Some((start, end)) => name.strip_prefix(start)?.strip_suffix(end),
        }
    }

    /// Returns the name in which `*` is replaced by a text.
    pub(super) fn filled(&self, text: &[u8]) -> BString {
        match self.0.split_once_str("*") {
            None => self.0.clone(),
            Some((start, end)) => [start, text, end].concat().into(),
        }
    }

    /// Returns the deepest folder of all names that match, or the name itself.
    pub(super) fn folder(&self) -> &BStr {
        let Some((start, _)) = self.0.split_once_str("*") else { return self.0.as_ref() };
        start.rsplit_once_str("/").map_or(start, |(folder, _)| folder).as_bstr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_completed_as_git_does() {
        for (text, expected) in [
            ("+refs/heads/*:refs/remotes/up/*", Some("refs/remotes/up/*")),
            ("refs/heads/main:refs/up/main", Some("refs/up/main")),
            ("main:remotes/up/main", Some("refs/remotes/up/main")),
            ("main:up", Some("refs/heads/up")),
            ("refs/heads/main", None),
            ("refs/heads/main:", None),
        ] {
            let destination = FetchRefspec::parse(text.as_bytes()).map(|refspec| match refspec {
                FetchRefspec::Kept { destination, .. } => destination.0,
                FetchRefspec::Negative(_) => panic!("{text}"),
            });
            assert_eq!(destination, expected.map(BString::from), "{text}");
        }
        let negative = FetchRefspec::parse(b"^refs/heads/x*");
        assert_eq!(negative, Some(FetchRefspec::Negative(NamePattern("refs/heads/x*".into()))));
    }

    #[test]
    fn one_star_matches_any_text() {
        for (pattern, name, captured, folder) in [
            ("refs/remotes/*", "refs/remotes/a/b", Some("a/b"), "refs/remotes"),
            ("refs/x/*/head", "refs/x/7/head", Some("7"), "refs/x"),
            ("refs/x/*/head", "refs/x/head", None, "refs/x"),
            ("refs/x-*", "refs/x-1", Some("1"), "refs"),
            ("refs/x", "refs/x", Some(""), "refs/x"),
            ("refs/x", "refs/x/y", None, "refs/x"),
            ("refs/a*a", "refs/a", None, "refs"),
        ] {
            let pattern = NamePattern(pattern.into());
            assert_eq!(pattern.captured(name.into()), captured.map(str::as_bytes), "{pattern:?} {name}");
            assert_eq!(pattern.folder(), folder, "{pattern:?}");
            if let Some(captured) = captured {
                assert_eq!(pattern.filled(captured.as_bytes()), name);
            }
        }
    }
}
