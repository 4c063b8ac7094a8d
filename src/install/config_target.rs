//! Files of git config that git-gate can change.

/// File of git config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigTarget {
    /// Config of the repository.
    Local,
    /// Config of the user.
    Global,
    /// Config of the machine.
    System,
}

impl ConfigTarget {
    /// Returns the option of `git config` that selects the file.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Local => "--local",
            Self::Global => "--global",
            Self::System => "--system",
        }
    }

    /// Returns git's name of the file.
    pub(super) fn word(self) -> &'static str {
        self.option().trim_start_matches('-')
    }
}
