//! Trust in policy files: a user who can change them decides what is refused, and which files are read.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};
use crate::file::{self, Links};
use crate::git::Repo;
use crate::platform;
use crate::text::escape_path;

/// Trusted owners of policy files: root and the owner of the repository.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust {
    owner: u32,
}

impl Trust {
    /// Creates the trust of a server, with the owner of the git directory.
    ///
    /// # Errors
    /// Fails when the git directory cannot be inspected.
    pub(super) fn in_owner_of(repo: &Repo) -> Result<Self> {
        let metadata = repo.common_dir().metadata();
        let metadata = metadata.map_err(|error| Error::io("cannot access the git directory", error))?;
        Ok(Self { owner: platform::owner(&metadata) })
    }

    /// Creates the trust of a server whose repositories belong to the user of this process.
    pub(super) fn in_user() -> Self {
        Self { owner: platform::user() }
    }

    /// Checks owner and mode of the opened file, so that it cannot be exchanged before it is read.
    ///
    /// Symbolic links are followed.
    fn check(self, file: &File, path: &Path) -> Result<()> {
        let metadata = file.metadata().map_err(|error| unreadable(path, error))?;
        match self.objection(platform::written_by_others(&metadata), platform::owner(&metadata)) {
            None => Ok(()),
            Some((what, command)) => {
                let real = platform::real_path(path).map_err(|error| unreadable(path, error))?;
                let real = escape_path(&real);
                Err(Error::policy(format!("{real} is not trusted: {what}"))
                    .hinted(format!("to fix this: `{command} {real}`")))
            }
        }
    }

    /// Returns the problem and the command that fixes it; `None` if the file is trusted.
    fn objection(self, is_written_by_others: bool, owner: u32) -> Option<(&'static str, String)> {
        if is_written_by_others {
            return Some(("users other than its owner can write to it", "chmod go-w".to_owned()));
        }
        (owner != 0 && owner != self.owner).then(|| {
            ("it belongs to neither root nor the owner of the repository", format!("chown {}", self.owner))
        })
    }
}

/// Place from which a policy comes. It decides which files the policy may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    /// The command line of the user, who may read any file.
    User,
    /// A server: a file counts if no untrusted user can change it.
    Server(Trust),
    /// The work tree of a clone, which may come from anyone: no file outside is read, so that no private file
    /// can appear in a message.
    WorkTree(&'a Path),
}

/// Maximum size of a policy file.
pub(super) const MAX_POLICY: u64 = 1 << 20;

/// Maximum size of a baseline.
pub(super) const MAX_BASELINE: u64 = 64 << 20;

/// Reads a policy file, or a file that a policy names.
///
/// # Errors
/// As [`open_file`], and when the file cannot be read, is too large or is not a regular file.
pub(super) fn read_file(path: &Path, origin: Origin<'_>, limit: u64) -> Result<Vec<u8>> {
    read_opened(&open_file(path, origin)?, path, limit)
}

/// Opens a policy file, or a file that a policy names.
///
/// # Errors
/// Fails when the file cannot be opened, is not trusted, or is outside of the work tree that the policy comes from.
pub(super) fn open_file(path: &Path, origin: Origin<'_>) -> Result<File> {
    let file = match origin {
        Origin::User | Origin::Server(_) => file::open(path),
        Origin::WorkTree(top) => return open_in_work_tree(top, path),
    };
    let file = file.map_err(|error| unreadable(path, error))?;
    if let Origin::Server(trust) = origin
        && file.metadata().is_ok_and(|metadata| metadata.is_file())
    {
        trust.check(&file, path)?;
    }
    Ok(file)
}

/// Reads a file that the policy of a clone names. `path` is absolute, or relative to the top of the work tree.
///
/// # Errors
/// Fails when the file cannot be read, is too large or is not a regular file, and when the path, or a symbolic
/// link on the way, leads out of the work tree.
pub(crate) fn read_in_work_tree(top: &Path, path: &Path, limit: u64) -> Result<Vec<u8>> {
    read_opened(&open_in_work_tree(top, path)?, path, limit)
}

fn open_in_work_tree(top: &Path, path: &Path) -> Result<File> {
    file::open_below(top, path, Links::Inside).map_err(|error| {
        let is_outside = error.kind() == std::io::ErrorKind::Other;
        let error = unreadable(path, error);
        match is_outside {
            true => error.hinted(
                "copy the file into the work tree: the policy of a clone may name only files that are in it; \
                 a policy that you trust may name any: `git gate scan --policy FILE`",
            ),
            false => error,
        }
    })
}

/// Reads an opened file. `path` is only used in messages.
///
/// # Errors
/// Fails when the file cannot be read, is too large or is not a regular file.
pub(super) fn read_opened(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>> {
    let is_other = file.metadata().is_ok_and(|metadata| !metadata.is_file());
    file::read_regular(file, limit).map_err(|error| match unreadable(path, error) {
        error if is_other => {
            error.hinted("put a regular file there: a directory, a pipe or a device is not read")
        }
        error => error,
    })
}

/// Returns the error for a file that cannot be read.
pub(super) fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::policy(format!("cannot read {}", escape_path(path))).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::for_tests::{set_mode, symlink};

    /// Reads a file of a trusted owner with the given mode through a link.
    fn reading(mode: u32) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("p.yml"), folder.path().join("link"));
        std::fs::write(&path, "{}").unwrap();
        set_mode(&path, mode);
        symlink(&path, &link).unwrap();
        let owner = platform::owner(&path.metadata().unwrap());
        read_file(&link, Origin::Server(Trust { owner }), MAX_POLICY)
    }

    #[test]
    fn a_file_writable_by_others_is_refused_with_a_fix() {
        for mode in [0o600, 0o644, 0o400, 0o755] {
            assert_eq!(reading(mode).unwrap(), b"{}", "{mode:o}");
        }
        for mode in [0o620, 0o664, 0o602, 0o666, 0o777] {
            let error = reading(mode).unwrap_err();
            assert!(error.hints()[0].contains("chmod go-w /"), "{mode:o}: {error}");
            assert!(error.hints()[0].ends_with("p.yml`"), "a link is named by what it leads to");
        }
    }

    #[test]
    fn the_checked_file_is_the_one_that_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let put = |text: &str, mode: u32| {
            std::fs::write(path("new"), text).unwrap();
            set_mode(&path("new"), mode);
            std::fs::rename(path("new"), path("p.yml")).unwrap();
        };
        put("good", 0o644);
        let owner = platform::owner(&path("p.yml").metadata().unwrap());
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    put("evil", 0o666);
                    put("good", 0o644);
                }
            });
            for _ in 0..500 {
                let read = read_file(&path("p.yml"), Origin::Server(Trust { owner }), MAX_POLICY);
                assert!(read.is_err() || read.unwrap() == b"good");
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    #[test]
    fn only_root_and_the_owner_are_trusted() {
        let trust = Trust { owner: 1000 };
        for trusted in [0, 1000] {
            assert_eq!(trust.objection(false, trusted), None, "{trusted}");
        }
        let (problem, command) = trust.objection(false, 1001).unwrap();
        assert_eq!(problem, "it belongs to neither root nor the owner of the repository");
        assert_eq!(command, "chown 1000");
    }

    #[test]
    fn a_directory_or_device_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/zero")] {
            assert!(read_file(path, Origin::User, MAX_POLICY).is_err());
            assert!(read_file(path, Origin::WorkTree(Path::new("/")), MAX_POLICY).is_err());
        }
    }
}
