//! Times on the command line.

use bstr::ByteSlice as _;

use crate::error::{Error, Result};
use crate::git::Git;
use crate::text::escape;

/// Returns a time as git reads it, in seconds since 1970.
///
/// # Errors
/// Fails when git does not understand it.
pub(super) fn seconds(when: &str) -> Result<u64> {
    // It also reads a time outside of a repository, and says so if it does not understand one.
    let read = Git::new("config")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "gate.time")
        .env("GIT_CONFIG_VALUE_0", when)
        .args(["--type=expiry-date", "--get", "gate.time"])
        .answer()?;
    let seconds = read.stdout.trim().to_str().ok().and_then(|seconds| seconds.parse().ok());
    let is_time = read.code == Some(0) && !when.trim().is_empty();
    seconds.filter(|_| is_time).ok_or_else(|| {
        let error = Error::usage(format!("`{}` is not a time", escape(when.as_bytes())));
        error.hinted("write a date like `2024-01-31`, or a time like `3.months`")
    })
}
