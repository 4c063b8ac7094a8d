//! Trust in the policy files of a server: a user who can change them decides what is refused.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use crate::error::{Error, Result};
use crate::git::Repo;
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
        Ok(Self { owner: metadata.uid() })
    }

    /// Checks owner and mode of the opened file, so that it cannot be exchanged before it is read.
    ///
    /// Symbolic links are followed.
    fn check(self, file: &File, path: &Path) -> Result<()> {
        let metadata = file.metadata().map_err(|error| unreadable(path, error))?;
        match self.objection(metadata.mode(), metadata.uid()) {
            None => Ok(()),
            Some((what, command)) => {
                let real = path.canonicalize().map_err(|error| unreadable(path, error))?;
                let real = escape_path(&real);
                Err(Error::policy(format!("{real} is not trusted: {what}"))
                    .hinted(format!("to fix this: `{command} {real}`")))
            }
        }
    }

    /// Returns the problem and the command that fixes it; `None` if the file is trusted.
    fn objection(self, mode: u32, owner: u32) -> Option<(&'static str, String)> {
        if mode & 0o022 != 0 {
            return Some(("users other than its owner can write to it", "chmod go-w".to_owned()));
        }
        (owner != 0 && owner != self.owner).then(|| {
            ("it belongs to neither root nor the owner of the repository", format!("chown {}", self.owner))
        })
    }
}

/// Reads a policy file; on a server (with `trust`) only if no untrusted user can change it.
///
/// # Errors
/// Fails when the file cannot be read, is not a regular file, or is not trusted.
pub(super) fn read_file(path: &Path, trust: Option<Trust>) -> Result<Vec<u8>> {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let mut file = opened.map_err(|error| unreadable(path, error))?;
    if !file.metadata().map_err(|error| unreadable(path, error))?.is_file() {
        return Err(Error::policy(format!("{} is not a regular file", escape_path(path))));
    }
    if let Some(trust) = trust {
        trust.check(&file, path)?;
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(|error| unreadable(path, error))?;
    Ok(text)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::policy(format!("cannot read {}", escape_path(path))).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// Reads a file of a trusted owner with the given mode through a link.
    fn reading(mode: u32) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("p.yml"), folder.path().join("link"));
        std::fs::write(&path, "{}").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        symlink(&path, &link).unwrap();
        let owner = path.metadata().unwrap().uid();
        read_file(&link, Some(Trust { owner }))
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
            std::fs::set_permissions(path("new"), Permissions::from_mode(mode)).unwrap();
            std::fs::rename(path("new"), path("p.yml")).unwrap();
        };
        put("good", 0o644);
        let owner = path("p.yml").metadata().unwrap().uid();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    put("evil", 0o666);
                    put("good", 0o644);
                }
            });
            for _ in 0..500 {
                let read = read_file(&path("p.yml"), Some(Trust { owner }));
                assert!(read.is_err() || read.unwrap() == b"good");
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    #[test]
    fn only_root_and_the_owner_are_trusted() {
        let trust = Trust { owner: 1000 };
        for trusted in [0, 1000] {
            assert_eq!(trust.objection(0o644, trusted), None, "{trusted}");
        }
        let (problem, command) = trust.objection(0o644, 1001).unwrap();
        assert_eq!(problem, "it belongs to neither root nor the owner of the repository");
        assert_eq!(command, "chown 1000");
    }

    #[test]
    fn a_directory_or_device_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_file(folder.path(), None).is_err());
        assert!(read_file(Path::new("/dev/null"), None).is_err());
    }
}
