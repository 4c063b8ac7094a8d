//! Refs read with libgit2, for hooks that run without git.

use bstr::{BStr, BString, ByteSlice as _};
use git2::{ErrorCode, Reference, Repository};

use crate::error::{Error, Result};
use crate::git::{Oid, failure};
use crate::text::escape;

/// Returns the current value of a ref; `None` if it does not exist, or is symbolic and has no target.
pub(in crate::git) fn value(repository: &Repository, refname: &BStr) -> Result<Option<Oid>> {
    match find(repository, refname)? {
        Some(reference) => target(&reference),
        None => Ok(None),
    }
}

/// Returns every ref with its current value. Broken loose refs are left out, as git does.
pub(in crate::git) fn all(repository: &Repository) -> Result<Vec<(BString, Oid)>> {
    let mut all = Vec::new();
    for reference in repository.references().map_err(unlisted)? {
        let reference = reference.map_err(unlisted)?;
        all.extend(target(&reference)?.map(|oid| (reference.name_bytes().into(), oid)));
    }
    Ok(all)
}

fn find<'r>(repository: &'r Repository, refname: &BStr) -> Result<Option<Reference<'r>>> {
    if !refname.starts_with(b"refs/") {
        return Ok(None);
    }
    let Ok(name) = refname.to_str() else {
        // The bindings of libgit2 take names in UTF-8 only.
        for reference in repository.references().map_err(unlisted)? {
            let reference = reference.map_err(unlisted)?;
            if reference.name_bytes() == refname {
                return Ok(Some(reference));
            }
        }
        return Ok(None);
    };
    match repository.find_reference(name) {
        // libgit2 removes a repeated slash from the name.
        Ok(reference) => Ok(Some(reference).filter(|reference| reference.name_bytes() == refname)),
        Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
        Err(error) => Err(unreadable(refname, error)),
    }
}

/// Returns the oid at the end of a chain of symbolic refs; `None` if the last one does not exist.
fn target(reference: &Reference<'_>) -> Result<Option<Oid>> {
    if let Some(oid) = reference.target() {
        return Ok(Oid::from_bytes(oid.as_bytes()));
    }
    match reference.resolve() {
        Ok(resolved) => Ok(resolved.target().and_then(|oid| Oid::from_bytes(oid.as_bytes()))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(unreadable(reference.name_bytes().into(), error)),
    }
}

fn unreadable(refname: &BStr, error: git2::Error) -> Error {
    failure::of_libgit2(Error::git(format!("the ref `{}` cannot be read", escape(refname))), &error)
}

fn unlisted(error: git2::Error) -> Error {
    failure::of_libgit2(Error::git("the refs cannot be listed"), &error)
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::text::os_str;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const C: &str = "cccccccccccccccccccccccccccccccccccccccc";

    /// Creates a bare repository with ref files.
    fn repository(files: &[(&str, &str)]) -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        (folder, repository)
    }

    #[test]
    fn loose_refs_win_and_only_exact_names_match() {
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted\n{A} refs/heads/a\n{A} refs/heads/b\n\
             {B} refs/tags/refs/heads/x\n^{C}\n{B} refs/tags/v1\n"
        );
        let (folder, repository) = repository(&[
            ("packed-refs", &packed),
            ("refs/heads/b", &format!("{B}\n")),
            ("refs/heads/deep/c", C),
            ("refs/heads/s", "ref: refs/heads/a\n"),
            ("refs/heads/d.lock", A),
            ("HEAD", "ref: refs/heads/a\n"),
            ("FETCH_HEAD", A),
        ]);
        std::fs::write(folder.path().join(os_str(b"refs/heads/\xff")), C).unwrap();
        let value =
            |refname: &[u8]| value(&repository, refname.as_bstr()).unwrap().map(|oid| oid.to_string());
        for (refname, oid) in [
            (&b"refs/heads/a"[..], Some(A)),
            (b"refs/heads/b", Some(B)),
            (b"refs/heads/deep/c", Some(C)),
            (b"refs/heads/s", Some(A)),
            (b"refs/heads/\xff", Some(C)),
            (b"refs/heads/\xfe", None),
            (b"refs/heads/deep", None),
            (b"refs/heads/a/below", None),
            (b"refs/heads/x", None),
            (b"refs/heads/A", None),
            (b"heads/a", None),
            (b"HEAD", None),
            (b"FETCH_HEAD", None),
            (b"refs/../FETCH_HEAD", None),
            (b"refs/heads//a", None),
        ] {
            assert_eq!(value(refname).as_deref(), oid, "{}", refname.as_bstr());
        }
        let mut all = all(&repository).unwrap();
        all.sort();
        let all: Vec<String> = all.iter().map(|(name, oid)| format!("{name} {}", oid.short())).collect();
        assert_eq!(
            all,
            [
                format!("refs/heads/a {}", &A[..12]),
                format!("refs/heads/b {}", &B[..12]),
                format!("refs/heads/deep/c {}", &C[..12]),
                format!("refs/heads/s {}", &A[..12]),
                format!("refs/heads/\u{FFFD} {}", &C[..12]),
                format!("refs/tags/refs/heads/x {}", &B[..12]),
                format!("refs/tags/v1 {}", &B[..12]),
            ]
        );
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
            // libgit2 reports a malformed `packed-refs` only once.
            let [(_first, one), (_second, other)] = [(); 2].map(|()| repository(&[(name, text)]));
            assert!(value(&one, b"refs/heads/x".as_bstr()).is_err(), "{text:?}");
            let all = all(&other);
            // As with git, a loose ref that cannot be parsed does not hide the others.
            let skipped = name != "packed-refs" && !text.starts_with("ref");
            assert!(if skipped { all.is_ok_and(|refs| refs.is_empty()) } else { all.is_err() }, "{text:?}");
        }
    }
}
