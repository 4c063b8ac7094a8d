//! Lines of a stream.

use serde::{Deserialize, Serialize};

use crate::report::{Checked, Verdict};

/// Version of the lines; that of the streams of `git gate scan`.
pub(super) const VERSION: u32 = 1;

/// First line of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) tool: String,
    pub(super) tool_version: String,
    pub(super) fleet: FleetRun,
}

/// Run that a stream is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FleetRun {
    /// Number of the shard, from 1.
    pub(super) shard: u64,
    /// Number of shards.
    pub(super) shards: u64,
    /// Number of repositories in the shard.
    pub(super) repositories: u64,
    /// Number of repositories in all shards.
    pub(super) total: u64,
    /// Digest of the ids of all repositories.
    pub(super) list: String,
    /// Options that decide what is judged and shown.
    pub(super) options: Vec<String>,
    /// Digest of the policy that is in force for all repositories; `None` if each has its own.
    pub(super) policy: Option<String>,
    /// Name of the machine.
    pub(super) machine: String,
}

/// First line of the block of a repository.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) repository: String,
}

/// Last line of the block of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RepositoryVerdict {
    #[serde(default)]
    pub(super) repository: String,
    pub(super) verdict: VerdictName,
    #[serde(default)]
    pub(super) checked: Counts,
    /// Number of lines of kind `finding` in the block.
    pub(super) findings: u64,
    /// Number of lines of kind `unread` in the block.
    pub(super) unread: u64,
    #[serde(default)]
    pub(super) advice: Vec<String>,
    #[serde(default)]
    pub(super) remarks: Vec<String>,
    /// Reason why there is no verdict, unless it is in the lines of kind `unread`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// Action for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

impl RepositoryVerdict {
    /// Returns whether the verdict is the one that follows from what is in the block.
    pub(super) fn follows(&self, is_denied: bool) -> bool {
        match self.verdict {
            VerdictName::Clean => !is_denied && self.unread == 0,
            VerdictName::Denied => is_denied && self.unread == 0,
            VerdictName::Undecided => true,
        }
    }
}

/// Last line of a stream.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FleetVerdict {
    pub(super) verdict: VerdictName,
    pub(super) checked: Counts,
    pub(super) findings: u64,
    pub(super) unread: u64,
    pub(super) repositories: VerdictCounts,
}

/// Numbers of repositories by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VerdictCounts {
    pub(super) clean: u64,
    pub(super) denied: u64,
    pub(super) undecided: u64,
}

impl VerdictCounts {
    /// Counts a repository.
    pub(super) fn add(&mut self, verdict: VerdictName) {
        *match verdict {
            VerdictName::Clean => &mut self.clean,
            VerdictName::Denied => &mut self.denied,
            VerdictName::Undecided => &mut self.undecided,
        } += 1;
    }

    /// Returns the number of repositories.
    pub(super) fn all(self) -> u64 {
        self.clean + self.denied + self.undecided
    }

    /// Returns the verdict on all repositories together.
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self { undecided: 1.., .. } => Verdict::Undecided,
            Self { denied: 1.., .. } => Verdict::Denied,
            _ => Verdict::Clean,
        }
    }
}

/// Numbers of checked objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    ref_updates: u64,
    commits: u64,
    workflows: u64,
    blobs: u64,
    config_entries: u64,
}

impl Counts {
    /// Adds other numbers.
    pub(super) fn add(&mut self, other: Self) {
        self.ref_updates += other.ref_updates;
        self.commits += other.commits;
        self.workflows += other.workflows;
        self.blobs += other.blobs;
        self.config_entries += other.config_entries;
    }

    /// Returns the numbers as those of a report.
    pub(super) fn checked(self) -> Checked {
        Checked {
            ref_updates: self.ref_updates,
            commits: self.commits,
            workflows: self.workflows,
            unvisited_blobs: usize::try_from(self.blobs).unwrap_or(usize::MAX),
            config_entries: self.config_entries,
            ..Checked::default()
        }
    }
}

/// Verdict, as it is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum VerdictName {
    Clean,
    Denied,
    Undecided,
}

impl From<Verdict> for VerdictName {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Clean => Self::Clean,
            Verdict::Denied => Self::Denied,
            Verdict::Undecided => Self::Undecided,
        }
    }
}

/// Returns a line with its kind as the first field, and a line feed.
pub(super) fn line(kind: &'static str, fields: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Line<'f, F> {
        kind: &'static str,
        #[serde(flatten)]
        fields: &'f F,
    }
    #[expect(clippy::expect_used, reason = "a line that is left out would look like no finding")]
    let mut line = serde_json::to_vec(&Line { kind, fields }).expect("strings and numbers can be serialised");
    line.push(b'\n');
    line
}
