//! Version of git, on which it depends whether git runs hooks from its config.

use bstr::ByteSlice as _;

use crate::error::{Error, Result};
use crate::git::Git;

/// First version of git that runs hooks from its config; older ones silently ignore them.
const SINCE: (u32, u32) = (2, 54);

/// Major and minor version of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GitVersion(pub(super) u32, pub(super) u32);

impl GitVersion {
    /// Queries the version of git.
    ///
    /// # Errors
    /// Fails if git cannot be run or does not report a version.
    pub(crate) fn of_git() -> Result<Self> {
        let said = Git::new("version").output()?;
        Self::parse(&said).ok_or_else(|| Error::git("unexpected output of `git version`"))
    }

    /// Returns whether git runs hooks from its config.
    pub(crate) fn runs_config_hooks(self) -> bool {
        self >= Self(SINCE.0, SINCE.1)
    }

    pub(super) fn parse(said: &[u8]) -> Option<Self> {
        let mut numbers = said.to_str().ok()?.strip_prefix("git version ")?.split(['.', ' ', '\n']);
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

impl std::fmt::Display for GitVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_version_is_parsed() {
        for (said, version, runs) in [
            ("git version 2.47.3\n", GitVersion(2, 47), false),
            ("git version 2.53.0\n", GitVersion(2, 53), false),
            ("git version 2.54.0.rc1\n", GitVersion(2, 54), true),
            ("git version 2.55.0.windows.1\n", GitVersion(2, 55), true),
            ("git version 3.0.0 (Apple Git-1)\n", GitVersion(3, 0), true),
        ] {
            assert_eq!(GitVersion::parse(said.as_bytes()), Some(version), "{said}");
            assert_eq!(version.runs_config_hooks(), runs, "{said}");
        }
        for said in ["", "git version\n", "git version x.y\n", "hub version 2.1\n"] {
            assert_eq!(GitVersion::parse(said.as_bytes()), None, "{said}");
        }
    }
}
