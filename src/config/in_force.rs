//! Files that git reads now, of all that it may read under some condition.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::error::Result;
use crate::git::Git;
use crate::platform;
use crate::text::as_path;

/// Returns the real path of every file from which git takes an entry now.
///
/// # Errors
/// Fails if git does not answer.
pub(crate) fn files_in_force() -> Result<HashSet<PathBuf>> {
    let answer = Git::new("config").args(["--list", "--name-only", "--show-origin", "-z"]).answer()?;
    // Config that git refuses (status 128) has no output: no file is in force.
    if !matches!(answer.code, Some(0 | 128)) {
        return Err(answer.refusal("config"));
    }
    // With `-z`, origins and keys alternate.
    let origins = answer.stdout.split(|byte| *byte == 0).step_by(2);
    let paths =
        origins.filter_map(|origin| platform::real_path(as_path(origin.strip_prefix(b"file:")?)).ok());
    Ok(paths.collect())
}
