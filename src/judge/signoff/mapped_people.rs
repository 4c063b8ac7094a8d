//! Comparison of identities, with the mailmap of the default branch.

use crate::error::Result;
use crate::git::{Authority, Repo};
use crate::judge::deciding_files::{MAILMAP, deciding_file};
use crate::policy::Policy;
use crate::report::{Finding, Group};
use crate::signoff::People;

/// Ids of the rules for whose findings a mailmap may make a difference.
const RULES: [&str; 2] = ["mismatched-signoff", "misnamed-signoff"];

/// Comparison of identities, with the `.mailmap` that counts where a policy uses it.
pub(crate) struct MappedPeople {
    pub(crate) people: People,
    /// Remark about a file that cannot count, or that counts although it is judged itself.
    pub(crate) remark: Option<String>,
    /// Remark that there is no file.
    pub(crate) absence: Option<String>,
}

impl MappedPeople {
    /// Reads the `.mailmap` of the default branch, if the policy uses it; only then is `authority` called.
    ///
    /// # Errors
    /// Fails when the default branch cannot be read.
    pub(crate) fn read(
        repo: &Repo,
        policy: &Policy,
        authority: impl FnOnce() -> Result<Authority>,
    ) -> Result<Self> {
        if !policy.signoff.mailmap || !policy.is_group_on(Group::Signoff) {
            return Ok(Self::unmapped(policy));
        }
        let file = deciding_file(repo, authority()?, &MAILMAP)?;
        let people = People::new(&policy.signoff, file.content);
        Ok(Self { people, remark: file.remark, absence: file.absence })
    }

    /// Creates a comparison without a `.mailmap`.
    pub(super) fn unmapped(policy: &Policy) -> Self {
        Self { people: People::new(&policy.signoff, None), remark: None, absence: None }
    }

    /// Returns the remarks about a file that was not read. That there is none is said only if it may matter.
    pub(super) fn remarks<'f>(&self, findings: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
        let matters = findings.into_iter().any(|finding| RULES.contains(&finding.rule.id));
        let absence = self.absence.iter().filter(|_| matters);
        self.remark.iter().chain(absence).cloned().collect()
    }
}
