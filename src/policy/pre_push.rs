//! Settings of the section `pre-push`: how a push is judged in the clone that makes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of pushes from a clone; every key has a default.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PrePushPolicy {
    /// Commits of a push that are judged.
    pub judge: JudgedWork,
}

/// Commits of a push that are judged in the clone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JudgedWork {
    /// The work of the user: commits that no remote-tracking ref reaches.
    #[default]
    Own,
    /// All commits that are new to the remote, as far as its remote-tracking refs tell.
    All,
}
