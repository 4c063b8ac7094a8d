//! Levels: how much a finding counts, and where its level comes from.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Level of a rule and its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule is off.
    Allow,
    /// The finding is shown.
    Warn,
    /// The finding is shown and causes a refusal.
    Deny,
}

/// Source of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LevelSource {
    /// Default of the rule.
    Default,
    /// Profile in a policy file.
    Profile(PathBuf),
    /// Entry for the rule in a policy file.
    Policy(PathBuf),
    /// Bypass that was granted to the pusher.
    Bypass,
    /// Commit that will be squashed into another one before it is pushed.
    Autosquash,
    /// Policy of the repository that has the finding, where that is another machine's.
    Repository,
    /// Policy file with `warn-only`; without that the finding would refuse.
    WarnOnly(PathBuf),
}

impl LevelSource {
    /// Reduces the path of the policy file to its name, for people who do not see the file.
    pub(crate) fn hide_folder(&mut self) {
        if let Self::Profile(path) | Self::Policy(path) | Self::WarnOnly(path) = self
            && let Some(name) = path.file_name()
        {
            *path = name.into();
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

impl fmt::Display for LevelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::Autosquash => f.write_str("because the commit is marked for autosquash"),
            Self::Profile(path) => write!(f, "by the profile in {}", path.display()),
            Self::Policy(path) => write!(f, "in {}", path.display()),
            Self::Repository => f.write_str("by the policy of its repository"),
            Self::Bypass => f.write_str("because of the bypass"),
            Self::WarnOnly(path) => {
                write!(f, "instead of `deny`, because {} sets `warn-only`", path.display())
            }
        }
    }
}
