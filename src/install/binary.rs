//! Path by which the hooks call git-gate.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::env;
use crate::error::{Error, Result};

/// Returns the absolute path of the running program.
///
/// Prefers the name on PATH if it leads to this file: a package manager keeps that name when it replaces
/// the file.
///
/// # Errors
/// Fails if the system does not report the path, or if the file no longer exists.
pub(crate) fn own_path() -> Result<PathBuf> {
    let real = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .map_err(|error| Error::io("cannot find the path of the running program", error))?;
    let named = env::search_path().map(|directory| directory.join("git-gate")).find(|path| path.exists());
    Ok(match named {
        Some(path) if path.is_absolute() && leads_to(&path, &real) => path,
        _ => real,
    })
}

fn leads_to(path: &Path, real: &Path) -> bool {
    path.canonicalize().is_ok_and(|target| target == real)
}

/// Returns the version that a program reports; `None` if it does not run or is not git-gate.
pub(super) fn version(path: &Path) -> Option<String> {
    let output = Command::new(path).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.strip_prefix("git-gate ")?.trim_end().to_owned())
}
