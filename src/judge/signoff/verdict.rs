//! Verdicts on the sign-offs of single commits.

use crate::report::Finding;
use crate::signoff::repair::{PushedCommit, Squashed};
use crate::signoff::{Declaration, Identity, IdentityRole};

/// Quick verdict: nothing to report, or only an unsigned merge that has to be checked.
#[derive(Debug, Clone, Copy)]
pub(in crate::judge) struct QuickVerdict {
    /// Hash of the author; `None` if the author cannot be read, or if no sign-off rule is on.
    pub(super) author: Option<u64>,
    /// Set for an unsigned merge, pending a check that it is a clean merge.
    pub(super) is_open_merge: bool,
}

/// Verdict on one commit; small if there is nothing to report.
#[derive(Debug)]
pub(in crate::judge) struct CommitVerdict {
    pub(super) commit: PushedCommit,
    pub(super) result: VerdictResult,
}

impl CommitVerdict {
    /// Returns the findings.
    pub(in crate::judge) fn findings_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        let details = match &mut self.result {
            VerdictResult::Reported(details) => Some(details),
            VerdictResult::Clean | VerdictResult::OpenMerge { .. } => None,
        };
        details.into_iter().flat_map(|details| details.unsigned.iter_mut().chain(&mut details.findings))
    }

    /// Takes the findings out, which stand as they are; what the advice needs of them is left.
    pub(in crate::judge) fn take_findings(&mut self) -> Vec<Finding> {
        let VerdictResult::Reported(details) = &mut self.result else { return Vec::new() };
        details.is_passed_on = true;
        details.unsigned.iter_mut().chain(&mut details.findings).map(Finding::take).collect()
    }
}

/// Result of judging one commit.
#[derive(Debug)]
pub(super) enum VerdictResult {
    /// There is nothing to report.
    Clean,
    /// Unsigned merge, pending a check that it is a clean merge.
    OpenMerge {
        /// Set if there is nothing to report about a clean merge.
        is_silent: bool,
    },
    /// There is something to report.
    Reported(Box<CommitDetails>),
}

/// Details of a commit with something to report.
#[derive(Debug, Default)]
pub(super) struct CommitDetails {
    /// Findings other than a missing sign-off.
    pub(super) findings: Vec<Finding>,
    /// Finding about the missing sign-off; a later commit may remedy it.
    pub(super) unsigned: Option<Finding>,
    pub(super) author: Option<Identity>,
    /// True if the missing sign-off is one with another name, and the author has to sign.
    pub(super) is_misnamed: bool,
    /// True if the author is a service, an assistant or a bot.
    pub(super) is_author_a_machine: bool,
    /// True if the message has no title: it is empty, or a sign-off and nothing else.
    pub(super) is_untitled: bool,
    /// True if the commit has a signature.
    pub(super) has_signature: bool,
    /// Commit with which its title says that it is to be combined.
    pub(super) squashed: Option<Squashed>,
    pub(super) committer: Option<Identity>,
    /// Declarations about other commits.
    pub(super) declarations: Vec<Declaration>,
    /// True if the message contains something like a declaration.
    pub(super) mentions_remediation: bool,
    /// True if its declarations can count: it has a valid sign-off and no other fault, and is not a merge.
    pub(super) may_declare: bool,
    pub(super) is_merge: bool,
    /// True if the findings have been passed on, and only what the advice needs of them is left.
    pub(super) is_passed_on: bool,
    /// IdentityRole of the identity that is at fault.
    pub(super) malformed: Option<IdentityRole>,
    pub(super) remarks: Vec<String>,
}
