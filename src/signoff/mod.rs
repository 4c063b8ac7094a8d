//! Sign-off check of a commit: trailers, identities and the people who have to sign.
//!
//! Works on the raw bytes of a commit only: no git config, no locale, no network. [`assess`] checks a
//! commit and returns an [`Assessment`], which the three sign-off rules report.
//!
//! Identities and people:
//!
//! * An [`Identity`] is a name and an address, as written in a commit, a trailer or a policy.
//! * A person is a set of identities. [`People`] decides which identities are the same person, by the
//!   policy, its aliases and the mailmap.
//! * A [`Signer`](settings::Signer) is the setting that selects which people of a commit have to sign it:
//!   its author, its committer, or both. An [`IdentityRole`] is one of these two.

pub(crate) mod cleanup;
pub(crate) mod dco_yml;
pub(crate) mod known_pairs;
pub(crate) mod mailmap;
pub(crate) mod remediation;
pub(crate) mod repair;
pub(crate) mod settings;

mod accounts;
mod address;
mod cause;
mod certification;
mod commit_fault;
mod folding;
mod identity;
mod message;
mod missing_reason;
mod note;
mod people;
mod relation;
mod trailer;

pub(crate) use address::BadAddress;
pub(crate) use cause::cause;
pub use certification::Certification;
pub(crate) use certification::{Coauthor, Ineligible, Signoff};
pub(crate) use commit_fault::{CommitFault, IdentityRole};
pub(crate) use dco_yml::DcoYml;
pub(crate) use folding::{
    email_difference, name_difference, near_email_difference, near_name_difference, without_hidden,
};
pub(crate) use identity::Identity;
pub(crate) use mailmap::Mailmap;
pub(crate) use missing_reason::MissingReason;
pub use people::People;
pub(crate) use remediation::Declaration;
pub use settings::SignoffSettings;
pub(crate) use trailer::is_untitled;

use crate::git::CommitText;
use commit_fault::Identities;

/// Input of the sign-off rules: one commit.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Headers and message of the commit.
    pub text: &'a CommitText,
    /// Result of the sign-off check.
    pub assessment: &'a Assessment,
    /// Kind of the commit, on which the advice depends.
    pub kind: CommitKind,
    /// True if the commit does not exist yet: an amend would rewrite the one before it.
    pub is_draft: bool,
}

/// Kind of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitKind {
    /// Neither a merge nor made by `git revert`.
    Ordinary,
    /// A commit by `git revert`.
    Revert,
    /// A patch that `git am` is about to apply.
    Patch,
    /// A merge with changes of its own.
    Merge,
    /// A merge that is not repeated, because that would take too long.
    CostlyMerge,
}

/// Result of the sign-off check of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Malformed parts of the commit.
    pub faults: Vec<CommitFault>,
    /// Result for the people who have to sign.
    pub certification: Certification,
    /// Co-authors without a sign-off; empty if the policy ignores co-authors.
    pub coauthors: Vec<Coauthor>,
    /// Author; `None` if unreadable.
    pub author: Option<Identity>,
    /// Committer; `None` if unreadable.
    pub committer: Option<Identity>,
    /// True if the author is a service, an assistant or a bot, which adds no sign-off by itself.
    pub is_author_a_machine: bool,
    /// True if another person has committed it, who may sign off what they pass on.
    pub is_passed_on: bool,
}

/// Checks the identities and sign-offs of one commit.
pub fn assess(text: &CommitText, policy: &SignoffSettings, people: &People) -> Assessment {
    let (identities, faults) = Identities::read(text, policy);
    let (certification, coauthors) = certification::read(text, &identities, policy, people);
    let Identities { author, committer } = identities;
    let is_machine = |who: &Identity| people.is_machine(&who.email);
    let is_author_a_machine = author.as_ref().is_some_and(is_machine);
    let pair = author.as_ref().zip(committer.as_ref());
    let is_passed_on =
        pair.is_some_and(|(author, committer)| !people.same(author, committer) && !is_machine(committer));
    Assessment { faults, certification, coauthors, author, committer, is_author_a_machine, is_passed_on }
}

impl CommitKind {
    /// Derives the kind of a commit from its parents and the start of its message.
    pub fn of(message: &[u8], is_merge: bool) -> Self {
        let reverts = [&b"Revert \""[..], b"Reapply \""].iter().any(|start| message.starts_with(start));
        match (is_merge, reverts) {
            (true, _) => Self::Merge,
            (false, true) => Self::Revert,
            (false, false) => Self::Ordinary,
        }
    }
}
