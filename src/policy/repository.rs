//! Policy of a repository itself: `.git-gate.yml` on its default branch, which may raise levels on a server.

use std::path::Path;

use super::file::PolicyFile;

/// Path of the file on the default branch.
pub(crate) const PATH: &str = ".git-gate.yml";

/// Name of the file in messages about levels.
pub(super) const ON_DEFAULT_BRANCH: &str = "HEAD:.git-gate.yml";

/// Maximum size of the file, in bytes.
pub(crate) const MAX_SIZE: u64 = 1 << 20;

/// Parses the file.
///
/// # Errors
/// Returns the reason for which it is not valid.
pub(super) fn parse(text: &[u8]) -> Result<PolicyFile, String> {
    PolicyFile::parse(text, Path::new(PATH)).map_err(|error| error.to_string())
}

/// Checks the file.
///
/// # Errors
/// As [`parse`].
pub(crate) fn check(text: &[u8]) -> Result<(), String> {
    parse(text).map(drop)
}

/// Returns the remark about an invalid file.
pub(super) fn ignored(fault: &str) -> String {
    format!("`{PATH}` on the default branch is not valid: {fault}; until it is corrected, it raises no level")
}
