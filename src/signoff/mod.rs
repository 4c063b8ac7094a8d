//! Who certifies a commit: trailers, identities and what a sign-off must say.
//!
//! Everything here works on the raw bytes of a commit and on nothing else: no git config, no locale, no network. The
//! rule is in [`assess`]; what it finds is an [`Assessment`], which the three sign-off rules put into words.

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
pub(crate) use certification::{Bar, Coauthor, SignOff};
pub(crate) use dco_yml::DcoYml;
pub(crate) use fault::{Fault, Role};
pub(crate) use identity::Identity;
pub(crate) use mailmap::Mailmap;
pub use people::People;
pub(crate) use person::{email_difference, name_difference};
pub(crate) use remediation::Declaration;
pub use settings::SignOffSettings;

use crate::git::CommitText;
use fault::Identities;

/// What the sign-off rules judge: one commit.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What the commit says.
    pub text: &'a CommitText,
    /// What is to be said about it.
    pub assessment: &'a Assessment,
    /// How it was made, as far as that changes what to do.
    pub origin: Origin,
}

/// How a commit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// As most are.
    Commit,
    /// By `git revert`.
    Revert,
    /// By a merge that has content of its own.
    Merge,
}

/// What is to be said about the sign-off of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What cannot be what it claims.
    pub faults: Vec<Fault>,
    /// Whether who has to sign has signed.
    pub certification: Certification,
    /// Co-authors who have not signed, where the policy asks them to.
    pub coauthors: Vec<Coauthor>,
    /// The author, where there is one that can be read.
    pub author: Option<Identity>,
    /// The committer, where there is one that can be read.
    pub committer: Option<Identity>,
}

/// Judges one commit by what it says.
pub fn assess(text: &CommitText, policy: &SignOffSettings, people: &People) -> Assessment {
    let (identities, faults) = Identities::read(text, policy);
    let (certification, coauthors) = certification::read(text, &identities, policy, people);
    let Identities { author, committer } = identities;
    Assessment { faults, certification, coauthors, author, committer }
}

impl Origin {
    /// How a commit with this message was made.
    pub fn of(message: &[u8], is_merge: bool) -> Self {
        let reverts = [&b"Revert \""[..], b"Reapply \""].iter().any(|start| message.starts_with(start));
        match (is_merge, reverts) {
            (true, _) => Self::Merge,
            (false, true) => Self::Revert,
            (false, false) => Self::Commit,
        }
    }
}
