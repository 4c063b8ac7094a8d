//! Outcome of a visit to one repository, which one process writes as JSON and another one reads.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::install::Defect;

/// Outcome of a visit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// State of the repository.
    pub(super) state: State,
    /// Proofs that were made, one line each.
    pub(super) proofs: Vec<String>,
    /// Reasons why the repository may not be guarded.
    pub(super) problems: Vec<Defect>,
    /// Remarks, one line each.
    pub(super) notes: Vec<String>,
}

/// State of a repository after a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// The hook refuses what it must.
    Guarded,
    /// The hook runs, and the policy lets everything in with a warning.
    WarnsOnly,
    /// The hook was installed.
    Installed,
    /// The hook was installed before.
    Unchanged,
    /// The hook was removed.
    Uninstalled,
    /// There was no hook to be removed.
    Absent,
    /// The task could not be done, or the hook does not refuse.
    Failed,
}

impl State {
    /// All states, in the order in which they are counted.
    pub(super) const ALL: [Self; 7] = [
        Self::Guarded,
        Self::WarnsOnly,
        Self::Unchanged,
        Self::Installed,
        Self::Uninstalled,
        Self::Absent,
        Self::Failed,
    ];

    /// Returns the words for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::WarnsOnly => "only warned, by policy",
            Self::Installed => "installed",
            Self::Unchanged => "unchanged",
            Self::Uninstalled => "uninstalled",
            Self::Absent => "without the hook",
            Self::Failed => "failed",
        }
    }

    /// Returns the name for programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::WarnsOnly => "warns-only",
            Self::Installed => "installed",
            Self::Unchanged => "unchanged",
            Self::Uninstalled => "uninstalled",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

impl Outcome {
    /// Creates an outcome without remarks.
    pub(super) fn new(state: State) -> Self {
        Self { state, proofs: Vec::new(), problems: Vec::new(), notes: Vec::new() }
    }

    /// Creates the outcome of a visit that failed.
    pub(super) fn failed(problem: Defect) -> Self {
        Self { problems: vec![problem], ..Self::new(State::Failed) }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Self::failed(error.into())
    }
}
