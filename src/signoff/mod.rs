//! Sign-off check of a commit: trailers, identities and the people who have to sign.
//!
//! Works on the raw bytes of a commit only: no git config, no locale, no network. [`assess`] checks a
//! commit and returns an [`Assessment`], which the three sign-off rules report.
//!
//! Three terms: an [`Identity`] is a name and address as written in a commit. [`People`] decides which
//! identities are the same person. [`Signer`](crate::policy::Signer) selects the identities that have to
//! sign.

pub(crate) mod cleanup;
pub(crate) mod dco_yml;
pub(crate) mod remediation;
pub(crate) mod repair;
pub(crate) mod settings;

mod absence;
mod address;
mod certification;
mod fault;
mod identity;
mod mailmap;
mod message;
mod people;
mod person;
mod trailer;

pub(crate) use absence::Absence;
pub(crate) use address::BadAddress;
pub use certification::Certification;
pub(crate) use certification::{Bar, Coauthor, Signoff};
pub(crate) use dco_yml::DcoYml;
pub(crate) use fault::{Fault, Role};
pub(crate) use identity::Identity;
pub(crate) use mailmap::Mailmap;
pub use people::People;
pub(crate) use person::{email_difference, name_difference};
pub(crate) use remediation::Declaration;
pub use settings::SignoffSettings;

use crate::git::CommitText;
use fault::Identities;

/// Input of the sign-off rules: one commit.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Headers and message of the commit.
    pub text: &'a CommitText,
    /// Result of the sign-off check.
    pub assessment: &'a Assessment,
    /// Origin of the commit, on which the advice depends.
    pub origin: Origin,
}

/// Origin of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An ordinary commit.
    Commit,
    /// A commit by `git revert`.
    Revert,
    /// A merge with changes of its own.
    Merge,
}

/// Result of the sign-off check of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Malformed parts of the commit.
    pub faults: Vec<Fault>,
    /// Result for the people who have to sign.
    pub certification: Certification,
    /// Co-authors without a sign-off; empty if the policy ignores co-authors.
    pub coauthors: Vec<Coauthor>,
    /// Author; `None` if unreadable.
    pub author: Option<Identity>,
    /// Committer; `None` if unreadable.
    pub committer: Option<Identity>,
}

/// Checks the identities and sign-offs of one commit.
pub fn assess(text: &CommitText, policy: &SignoffSettings, people: &People) -> Assessment {
    let (identities, faults) = Identities::read(text, policy);
    let (certification, coauthors) = certification::read(text, &identities, policy, people);
    let Identities { author, committer } = identities;
    Assessment { faults, certification, coauthors, author, committer }
}

impl Origin {
    /// Derives the origin of a commit from the start of its message.
    pub fn of(message: &[u8], is_merge: bool) -> Self {
        let reverts = [&b"Revert \""[..], b"Reapply \""].iter().any(|start| message.starts_with(start));
        match (is_merge, reverts) {
            (true, _) => Self::Merge,
            (false, true) => Self::Revert,
            (false, false) => Self::Commit,
        }
    }
}
