//! Refs stored in files, read without git: loose refs in `refs/`, the others in `packed-refs`.
//!
//! Loose files are read before `packed-refs`, as in git: while a ref is being packed, at least one of them
//! has it.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::git::Oid;
use crate::text::escape;

/// Maximum number of symbolic refs followed in a row, as in git.
const DEEPEST: usize = 5;

/// Reader of the ref files in a git directory.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct RefFiles<'a> {
    git_dir: &'a Path,
}

/// Content of a loose ref.
#[derive(Debug, PartialEq, Eq)]
enum Loose {
    Oid(Oid),
    Symbolic(BString),
}

impl<'a> RefFiles<'a> {
    pub(in crate::git) fn of(git_dir: &'a Path) -> Self {
        Self { git_dir }
    }

    /// Returns the current values of refs, in the given order; `None` for a ref that does not exist.
    pub(in crate::git) fn values(self, refnames: &[BString]) -> Result<Vec<Option<Oid>>> {
        let mut found = Vec::new();
        for refname in refnames {
            found.push(self.follow(refname.as_ref())?);
        }
        let packed =
            if found.iter().any(std::result::Result::is_err) { self.packed()? } else { HashMap::new() };
        let value = |found: std::result::Result<Oid, BString>| {
            found.map_or_else(|name| packed.get(&name).copied(), Some)
        };
        Ok(found.into_iter().map(value).collect())
    }

    /// Returns every ref with its current value.
    pub(in crate::git) fn all(self) -> Result<Vec<(BString, Oid)>> {
        let mut loose = BTreeMap::new();
        self.collect(&self.git_dir.join("refs"), "refs".into(), &mut loose)?;
        let packed = self.packed()?;
        let mut all: BTreeMap<BString, Oid> = packed.iter().map(|(name, oid)| (name.clone(), *oid)).collect();
        for (refname, found) in loose {
            match found {
                Ok(oid) => drop(all.insert(refname, oid)),
                // A symbolic ref without an existing target is left out.
                Err(target) => drop(packed.get(&target).map(|oid| all.insert(refname, *oid))),
            }
        }
        Ok(all.into_iter().collect())
    }

    /// Returns true if a ref is symbolic: a symbolic link, or a file that names another ref.
    pub(in crate::git) fn is_symbolic(self, refname: &BStr) -> Result<bool> {
        let is_link = self.path(refname).is_some_and(|path| path.is_symlink());
        Ok(is_link || matches!(self.loose(refname)?, Some(Loose::Symbolic(_))))
    }

    /// Follows loose refs to an oid, or else to the name to look up in `packed-refs`.
    fn follow(self, refname: &BStr) -> Result<std::result::Result<Oid, BString>> {
        let mut name: BString = refname.into();
        for _ in 0..=DEEPEST {
            match self.loose(name.as_ref())? {
                Some(Loose::Oid(oid)) => return Ok(Ok(oid)),
                Some(Loose::Symbolic(target)) => name = target,
                None => return Ok(Err(name)),
            }
        }
        Err(Error::git(format!(
            "the symbolic ref `{}` points to too many other symbolic refs",
            escape(refname)
        )))
    }

    fn loose(self, refname: &BStr) -> Result<Option<Loose>> {
        let Some(path) = self.path(refname) else { return Ok(None) };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            // No ref is below another one, and a directory is not a ref.
            Err(error) if absent(error.kind()) => return Ok(None),
            Err(error) => return Err(unreadable(refname, Some(error))),
        };
        let text = text.trim_ascii_end();
        match text.strip_prefix(b"ref:") {
            Some(target) => Ok(Some(Loose::Symbolic(target.trim_ascii_start().into()))),
            None => {
                Oid::from_hex(text).map(|oid| Some(Loose::Oid(oid))).ok_or_else(|| unreadable(refname, None))
            }
        }
    }

    /// Returns the file of a ref; `None` for a name that is invalid or would lead out of `refs/`.
    fn path(self, refname: &BStr) -> Option<PathBuf> {
        let inside = refname.starts_with(b"refs/")
            && refname.split_str("/").all(|part| !matches!(part, b"" | b"." | b".."))
            && !refname.contains(&0);
        inside.then(|| self.git_dir.join(OsStr::from_bytes(refname)))
    }

    fn collect(
        self,
        directory: &Path,
        above: &BStr,
        found: &mut BTreeMap<BString, std::result::Result<Oid, BString>>,
    ) -> Result<()> {
        let cannot = |error| Error::io("the refs cannot be listed", error);
        let entries = match std::fs::read_dir(directory) {
            // The directory was removed meanwhile, with its last ref.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(cannot)?,
        };
        for entry in entries {
            let entry = entry.map_err(cannot)?;
            let name = entry.file_name();
            let refname: BString = [above.as_bytes(), b"/", name.as_bytes()].concat().into();
            if entry.path().is_dir() {
                self.collect(&entry.path(), refname.as_ref(), found)?;
            } else if !refname.ends_with(b".lock") {
                let end = self.follow(refname.as_ref())?;
                found.insert(refname, end);
            }
        }
        Ok(())
    }

    fn packed(self) -> Result<HashMap<BString, Oid>> {
        let text = match std::fs::read(self.git_dir.join("packed-refs")) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HashMap::new()),
            text => text.map_err(|error| Error::io("cannot read `packed-refs`", error))?,
        };
        let mut packed = HashMap::new();
        for line in text.lines().filter(|line| !matches!(line.first(), Some(b'#' | b'^'))) {
            let read = line.split_once_str(" ").and_then(|(hex, name)| Some((name, Oid::from_hex(hex)?)));
            let (name, oid) = read.ok_or_else(|| Error::git("`packed-refs` is malformed"))?;
            packed.insert(name.into(), oid);
        }
        Ok(packed)
    }
}

fn absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}

fn unreadable(refname: &BStr, error: Option<std::io::Error>) -> Error {
    let unreadable = Error::git(format!("the ref `{}` cannot be read", escape(refname)));
    match error {
        Some(error) => unreadable.caused_by(error),
        None => unreadable,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("refs")).unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn value(folder: &tempfile::TempDir, refname: &str) -> Result<Option<String>> {
        let values = RefFiles::of(folder.path()).values(&[refname.into()])?;
        Ok(values[0].map(|oid| oid.to_string()))
    }

    #[test]
    fn loose_refs_win_and_only_exact_names_match() {
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted\n{A} refs/heads/a\n{A} refs/heads/b\n\
             {B} refs/tags/refs/heads/x\n^{C}\n{B} refs/tags/v1\n"
        );
        let folder = folder(&[
            ("packed-refs", &packed),
            ("refs/heads/b", &format!("{B}\n")),
            ("refs/heads/deep/c", C),
            ("refs/heads/s", "ref: refs/heads/a\n"),
            ("refs/heads/d.lock", A),
            ("HEAD", "ref: refs/heads/a\n"),
            ("config", A),
        ]);
        for (refname, oid) in [
            ("refs/heads/a", Some(A)),
            ("refs/heads/b", Some(B)),
            ("refs/heads/deep/c", Some(C)),
            ("refs/heads/s", Some(A)),
            ("refs/heads/deep", None),
            ("refs/heads/a/below", None),
            ("refs/heads/x", None),
            ("refs/heads/A", None),
            ("heads/a", None),
            ("HEAD", None),
            ("refs/../config", None),
            ("refs/heads//a", None),
        ] {
            assert_eq!(value(&folder, refname).unwrap().as_deref(), oid, "{refname}");
        }
        let all = RefFiles::of(folder.path()).all().unwrap();
        let names: Vec<String> = all.iter().map(|(name, oid)| format!("{name} {}", oid.short())).collect();
        assert_eq!(
            names,
            [
                format!("refs/heads/a {}", &A[..12]),
                format!("refs/heads/b {}", &B[..12]),
                format!("refs/heads/deep/c {}", &C[..12]),
                format!("refs/heads/s {}", &A[..12]),
                format!("refs/tags/refs/heads/x {}", &B[..12]),
                format!("refs/tags/v1 {}", &B[..12]),
            ]
        );
    }

    #[test]
    fn both_forms_of_symbolic_refs_are_recognised() {
        let folder = folder(&[
            ("refs/heads/a", A),
            ("refs/heads/s", "ref:  refs/heads/a"),
            ("refs/heads/g", "ref: refs/no"),
        ]);
        symlink("a", folder.path().join("refs/heads/link")).unwrap();
        let refs = RefFiles::of(folder.path());
        for (refname, symbolic) in [("a", false), ("s", true), ("g", true), ("link", true), ("none", false)] {
            let refname = format!("refs/heads/{refname}");
            assert_eq!(refs.is_symbolic(refname.as_bytes().as_bstr()).unwrap(), symbolic, "{refname}");
        }
        assert_eq!(refs.all().unwrap().len(), 3, "one leads to nothing");
    }

    #[test]
    fn malformed_ref_files_are_errors() {
        for (name, text) in [
            ("refs/heads/x", ""),
            ("refs/heads/x", "zz\n"),
            ("refs/heads/x", "ref: refs/heads/x\n"),
            ("packed-refs", "zz refs/heads/x\n"),
            ("packed-refs", "aaaa\n"),
        ] {
            let folder = folder(&[(name, text)]);
            assert!(value(&folder, "refs/heads/x").is_err(), "{text:?}");
            assert!(RefFiles::of(folder.path()).all().is_err(), "{text:?}");
        }
    }
}
