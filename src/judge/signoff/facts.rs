//! Facts about a commit by itself, for the sign-off rules.

use super::merges::RepeatedMerge;
use crate::signoff::{Assessment, Certification, CommitFault, Declaration, IdentityRole};

/// Facts about a commit by itself.
pub(super) struct SignoffFacts {
    pub(super) assessment: Assessment,
    pub(super) declarations: Vec<Declaration>,
    pub(super) is_merge: bool,
    /// Result of repeating the merge; `None` if that has not been done.
    pub(super) repeated: Option<RepeatedMerge>,
    /// True if the message contains something like a declaration.
    pub(super) mentions_remediation: bool,
}

impl SignoffFacts {
    /// Returns whether the required sign-off is present.
    pub(super) fn is_signed(&self) -> bool {
        self.assessment.certification == Certification::Given
    }

    /// Returns whether there is no fault and no unsigned co-author.
    pub(super) fn is_spotless(&self) -> bool {
        self.assessment.faults.is_empty() && self.assessment.coauthors.is_empty()
    }

    /// Returns whether there is nothing to report once the commit is signed or exempt.
    pub(super) fn is_silent(&self) -> bool {
        self.is_spotless() && !self.mentions_remediation
    }
}

/// Returns the role whose identity is at fault; the author comes before the committer.
pub(super) fn malformed(assessment: &Assessment) -> Option<IdentityRole> {
    let roles: Vec<IdentityRole> = assessment.faults.iter().filter_map(CommitFault::role).collect();
    if roles.contains(&IdentityRole::Author) { Some(IdentityRole::Author) } else { roles.first().copied() }
}
