//! Search for named pipes and devices in the place of files that git reads.
//!
//! git and libgit2 would wait for them for ever, or never come to their end.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::object::stores::with_alternates;
use crate::env;
use crate::error::{Error, Result};
use crate::file;
use crate::platform;
use crate::text::{as_path, escape_path};

/// Maximum size in bytes of the files that are read here.
const MAX_FILE: u64 = 1 << 20;

/// Maximum depth of the folders of refs.
const MAX_DEPTH: usize = 32;

/// Maximum number of included files of git config that are looked at.
const MAX_INCLUDES: usize = 100;

/// Fails if a file that git reads in the repository of the current directory is a named pipe or a device.
///
/// Folders are left to git, which refuses them.
pub(super) fn refuse() -> Result<()> {
    let Some(git_dir) = git_dir() else { return Ok(()) };
    refuse_in(&git_dir, 0)?;
    let common_dir = match text(&git_dir.join("commondir")) {
        Some(name) => git_dir.join(as_path(name.trim_end())),
        None => git_dir.clone(),
    };
    refuse_in(&common_dir, 0)?;
    for (folder, depth) in
        [("info", 0), ("refs", MAX_DEPTH), ("reftable", 0), ("objects", 1), ("worktrees", 1)]
    {
        for top in [&git_dir, &common_dir] {
            refuse_in(&top.join(folder), depth)?;
        }
    }
    for store in with_alternates(common_dir.join("objects"))? {
        refuse_in(&store, 1)?;
    }
    refuse_included([common_dir.join("config"), git_dir.join("config.worktree")].into())
}

/// Returns the git directory that git will find.
fn git_dir() -> Option<PathBuf> {
    if let Some(named) = env::git_variable("GIT_DIR") {
        return Some(named.into());
    }
    let here = std::path::absolute(".").ok()?;
    here.ancestors().find_map(|folder| {
        let inner = folder.join(".git");
        match text(&inner).and_then(|text| text.strip_prefix(b"gitdir: ").map(<[u8]>::to_vec)) {
            Some(named) => Some(folder.join(as_path(named.trim_end()))),
            None if inner.is_dir() => Some(inner),
            None => (folder.join("objects").is_dir() && folder.join("refs").is_dir()).then(|| folder.into()),
        }
    })
}

/// Fails if a file in a folder, or in the folders below up to a depth, is a named pipe or a device.
fn refuse_in(folder: &Path, depth: usize) -> Result<()> {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() {
            continue;
        }
        let path = entry.path();
        if kind.is_dir() && depth > 0 {
            refuse_in(&path, depth - 1)?;
        } else if !kind.is_dir() {
            refuse_file(&path)?;
        }
    }
    Ok(())
}

/// Fails if a file, after its links, is a named pipe or a device.
fn refuse_file(path: &Path) -> Result<()> {
    let Ok(kind) = path.metadata().map(|found| found.file_type()) else { return Ok(()) };
    let is_nothing = || platform::real_path(path).is_ok_and(|path| path == Path::new("/dev/null"));
    let what = match kind {
        kind if platform::is_pipe(kind) => "a named pipe",
        kind if platform::is_device(kind) && !is_nothing() => "a device",
        _ => return Ok(()),
    };
    let name = escape_path(path);
    Err(Error::git(format!(
        "the repository cannot be read: {name} is {what}, and git would wait for it for ever"
    ))
    .hinted("nothing that git writes is of this kind: find out who has put it there, and remove it"))
}

/// Fails if a file of git config includes a named pipe or a device.
///
/// Conditions are not looked at, and every key `path` counts.
fn refuse_included(mut files: Vec<PathBuf>) -> Result<()> {
    let mut at = 0;
    while let Some(file) = files.get(at).cloned().filter(|_| at < MAX_INCLUDES) {
        at += 1;
        refuse_file(&file)?;
        let text = text(&file).unwrap_or_default();
        for value in text.lines().filter_map(path_value) {
            let included = match value.strip_prefix(b"~/") {
                Some(rest) => env::home().unwrap_or_default().join(as_path(rest)),
                None => file.with_file_name("").join(as_path(&value)),
            };
            if !files.contains(&included) {
                files.push(included);
            }
        }
    }
    Ok(())
}

/// Returns the value of the key `path` in a line of git config.
fn path_value(line: &[u8]) -> Option<Vec<u8>> {
    let (key, value) = line.split_once_str("=")?;
    let key = key.rsplit(|byte| *byte == b']').next().unwrap_or_default().trim();
    key.eq_ignore_ascii_case(b"path").then(|| value.trim().replace("\"", ""))
}

/// Returns the text of a small regular file; `None` if it cannot be read.
fn text(path: &Path) -> Option<Vec<u8>> {
    file::open(path).and_then(|opened| file::read_regular(&opened, MAX_FILE)).ok()
}
