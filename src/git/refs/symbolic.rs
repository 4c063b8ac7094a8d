//! Symbolic refs: names of a ref that another ref has.
//!
//! A push to a symbolic ref creates, moves or deletes the ref at its end, even if that does not exist yet.
//! Queries for the values of refs leave out those that lead nowhere, so the names are followed here.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::pattern::MAX_PATTERNS;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::platform;
use crate::text::{as_path, escape, os_str};

/// Maximum length of a chain, as in git.
const MAX_CHAIN: usize = 5;

/// Maximum size of the file of a symbolic ref, in bytes. Longer files are none.
const MAX_FILE: u64 = 4096;

/// Maximum depth of the folders of refs.
const MAX_DEPTH: usize = 200;

impl Repo {
    /// Returns the names at the ends of refs, in the given order: for a symbolic ref the ref to which it leads,
    /// else the name itself. None of them has to exist.
    ///
    /// # Errors
    /// Fails when a ref leads in a circle, or to something that is not a ref, or when it cannot be read.
    pub(crate) fn resolve_refs(&self, refnames: &[BString]) -> Result<Vec<BString>> {
        if self.refs_are_files() {
            return refnames.iter().map(|refname| self.follow_files(refname)).collect();
        }
        let (mut live, mut symbolic) = (HashSet::new(), HashMap::new());
        for some in refnames.chunks(MAX_PATTERNS) {
            list_symbolic(some.iter().map(BStr::new), |refname, target| {
                live.insert(refname.to_owned());
                symbolic.extend((!target.is_empty()).then(|| (refname.to_owned(), target.to_owned())));
            })?;
        }
        let resolve = |refname: &BString| match symbolic.get(refname) {
            Some(target) => Ok(target.clone()),
            None if live.contains(refname) || !is_name(refname.as_bstr()) => Ok(refname.clone()),
            None => self.follow_by_git(refname),
        };
        refnames.iter().map(resolve).collect()
    }

    /// Returns the names of all symbolic refs, those that lead nowhere perhaps left out.
    ///
    /// # Errors
    /// Fails when the refs cannot be read.
    pub(crate) fn symbolic_refs(&self) -> Result<HashSet<BString>> {
        let mut found = HashSet::new();
        if self.refs_are_files() {
            // A packed ref is never symbolic.
            let refs =
                RefFolder { path: self.common_dir().join("refs"), name: "refs".into(), is_linked: false };
            refs.find_symbolic(MAX_DEPTH, &mut found)?;
        } else {
            list_symbolic([b"refs/".as_bstr()].into_iter(), |refname, target| {
                found.extend((!target.is_empty()).then(|| refname.to_owned()));
            })?;
        }
        Ok(found)
    }

    /// Follows a ref through the files of refs.
    fn follow_files(&self, refname: &BString) -> Result<BString> {
        let mut at = refname.clone();
        for _ in 0..=MAX_CHAIN {
            // git refuses a push to such a name; its path must not be read.
            if !is_name(at.as_bstr()) {
                return if at == *refname { Ok(at) } else { Err(misled(refname)) };
            }
            let path = self.ref_file(at.as_bstr());
            let real =
                real_name(&path, at.as_bstr()).map_err(|error| unreadable(refname).caused_by(error))?;
            let real = real.ok_or_else(|| misled(refname))?;
            if real != at {
                at = real;
                continue;
            }
            match target(&path) {
                Ok(Some(next)) => at = next,
                Ok(None) => return Ok(at),
                Err(error) => return Err(unreadable(refname).caused_by(error)),
            }
        }
        Err(misled(refname))
    }

    /// Follows a ref that does not exist, or leads nowhere, by asking git.
    fn follow_by_git(&self, refname: &BString) -> Result<BString> {
        let answer = Git::new("symbolic-ref").args(["-q", "--"]).arg(os_str(refname)).answer()?;
        match answer.code {
            Some(0) => {
                let target = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout);
                if is_name(target.as_bstr()) { Ok(target.into()) } else { Err(misled(refname)) }
            }
            Some(1) => Ok(refname.clone()),
            _ => Err(misled(refname).caused_by(answer.refusal("symbolic-ref"))),
        }
    }

    /// Returns the path of the file of a ref.
    fn ref_file(&self, refname: &BStr) -> PathBuf {
        let own = [&b"refs/bisect/"[..], b"refs/worktree/", b"refs/rewritten/", b"HEAD"];
        let is_own = own.iter().any(|start| refname.starts_with(start));
        let folder = if is_own { self.git_dir() } else { self.common_dir() };
        folder.join(as_path(refname))
    }
}

/// Folder of refs.
struct RefFolder {
    path: PathBuf,
    /// First part of the names of its refs.
    name: BString,
    /// Set if a symbolic link leads to it, so that its refs have other names too.
    is_linked: bool,
}

impl RefFolder {
    /// Adds the symbolic refs in the folder and the folders below. Symbolic links count as such, too.
    fn find_symbolic(&self, depth_left: usize, found: &mut HashSet<BString>) -> Result<()> {
        let listing = |error| Error::io("the refs cannot be listed", error);
        let Some(depth_left) = depth_left.checked_sub(1) else {
            return Err(Error::git("the folders of refs are nested too deeply"));
        };
        let entries = match self.path.read_dir() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(listing)?,
        };
        for entry in entries {
            let entry = entry.map_err(listing)?;
            let name: BString =
                [self.name.as_bytes(), b"/", entry.file_name().as_encoded_bytes()].concat().into();
            let path = entry.path();
            let is_linked = self.is_linked || path.is_symlink();
            if path.is_dir() {
                Self { path, name, is_linked }.find_symbolic(depth_left, found)?;
            } else if is_linked
                || target(&path).map_err(|error| unreadable(&name).caused_by(error))?.is_some()
            {
                found.insert(name);
            }
        }
        Ok(())
    }
}

/// Returns the name of a ref after the symbolic links among its folders; `None` if they lead out of the refs.
fn real_name(path: &Path, refname: &BStr) -> std::io::Result<Option<BString>> {
    let depth = refname.split_str("/").count();
    let (Some(refs), Some(mut folder)) = (path.ancestors().nth(depth - 1), path.parent()) else {
        return Ok(Some(refname.to_owned()));
    };
    if depth < 2 {
        return Ok(Some(refname.to_owned()));
    }
    // The folders at the end need not exist yet.
    let real = loop {
        match platform::real_path(folder) {
            Ok(real) => break real,
            Err(error) if error.kind() == ErrorKind::NotFound => match folder.parent() {
                Some(above) => folder = above,
                None => return Err(error),
            },
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(Some(refname.to_owned())),
            Err(error) => return Err(error),
        }
    };
    let Ok(below) = path.strip_prefix(folder) else { return Ok(None) };
    let Ok(refs) = platform::real_path(refs) else { return Ok(Some(refname.to_owned())) };
    let real = real.join(below);
    Ok(real.strip_prefix(refs).ok().map(|rest| [&b"refs/"[..], &platform::path_bytes(rest)].concat().into()))
}

/// Returns the ref that the file of a symbolic ref names; `None` if the file is none, or does not exist.
pub(in crate::git) fn target(path: &Path) -> std::io::Result<Option<BString>> {
    // The old form of a symbolic ref is a symbolic link. git reads any other link like a file.
    if let Ok(link) = path.read_link() {
        let link = platform::path_bytes(&link);
        let link = BStr::new(&link);
        if link.starts_with(b"refs/") && is_name(link) {
            return Ok(Some(link.to_owned()));
        }
    }
    let is_none = |error: &std::io::Error| {
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
    };
    match path.metadata() {
        Err(error) if is_none(&error) => return Ok(None),
        metadata => {
            if !metadata?.is_file() {
                return Ok(None);
            }
        }
    }
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut text)) {
        Err(error) if is_none(&error) => Ok(None),
        read => read.map(|_| referent(&text)),
    }
}

/// Returns the ref that the text of a symbolic ref names, as git reads it; `None` for another text.
fn referent(text: &[u8]) -> Option<BString> {
    let name = text.strip_prefix(b"ref:")?;
    Some(name.trim_ascii().into())
}

/// Calls `visit` with each ref that patterns of git match, and with its target if it is symbolic.
fn list_symbolic<'n>(
    patterns: impl Iterator<Item = &'n BStr>,
    mut visit: impl FnMut(&BStr, &BStr),
) -> Result<()> {
    let git = Git::new("for-each-ref").args(["--format=%(refname) %(symref)", "--"]);
    let output = git.args(patterns.map(|pattern| os_str(pattern))).output()?;
    for line in output.lines() {
        let (refname, target) =
            line.split_once_str(" ").ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))?;
        visit(refname.as_bstr(), target.as_bstr());
    }
    Ok(())
}

/// Returns whether a name can be that of a ref whose file may be read: `HEAD`, or below `refs/`.
fn is_name(refname: &BStr) -> bool {
    let is_part = |part: &[u8]| !part.is_empty() && part != b"." && part != b"..";
    refname == "HEAD" || refname.starts_with(b"refs/") && refname.split_str("/").all(is_part)
}

fn misled(refname: &BString) -> Error {
    let refname = escape(refname);
    Error::git(format!("the symbolic ref `{refname}` leads in a circle, or to something that is not a ref"))
        .hinted("push to the branch or tag itself")
}

fn unreadable(refname: &BString) -> Error {
    Error::git(format!("the ref `{}` cannot be read", escape(refname)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbolic_ref_is_read_as_git_reads_it() {
        for (text, name) in [
            ("ref: refs/heads/a\n", Some("refs/heads/a")),
            ("ref:refs/heads/a", Some("refs/heads/a")),
            ("ref: \t refs/heads/a \r\n\n", Some("refs/heads/a")),
            ("ref:", Some("")),
            (" ref: refs/heads/a", None),
            ("REF: refs/heads/a", None),
            ("", None),
        ] {
            assert_eq!(referent(text.as_bytes()), name.map(BString::from), "{text:?}");
        }
    }

    #[test]
    fn only_names_within_the_refs_are_read() {
        for (refname, safe) in [
            ("refs/heads/a", true),
            ("HEAD", true),
            ("refs/../HEAD", false),
            ("refs/./a", false),
            ("refs//a", false),
            ("refs/", false),
            ("/refs/a", false),
            ("FETCH_HEAD", false),
        ] {
            assert_eq!(is_name(refname.into()), safe, "{refname}");
        }
    }
}
