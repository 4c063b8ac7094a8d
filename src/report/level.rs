//! Levels: how much a finding counts, and where its level comes from.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// How much a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not at all: the rule is off.
    Allow,
    /// It is shown.
    Warn,
    /// It is shown and refuses.
    Deny,
}

/// Where a level comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LevelSource {
    /// The rule itself.
    Default,
    /// The profile that a policy file names.
    Profile(PathBuf),
    /// An entry of a policy file.
    Policy(PathBuf),
    /// The pusher, who may bypass the gate and does.
    Bypass,
    /// A commit that is meant to vanish into another one before it is pushed.
    Autosquash,
    /// A policy file that lets nothing be refused yet; without it the finding would refuse.
    WarnOnly(PathBuf),
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
            Self::Autosquash => f.write_str("as long as the commit is meant to be squashed"),
            Self::Profile(path) => write!(f, "by the profile in {}", path.display()),
            Self::Policy(path) => write!(f, "in {}", path.display()),
            Self::Bypass => f.write_str("because of the bypass"),
            Self::WarnOnly(path) => write!(f, "instead of `deny`, because {} only warns", path.display()),
        }
    }
}
