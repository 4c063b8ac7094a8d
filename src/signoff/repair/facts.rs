//! Facts about a push that its repair depends on.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::squashed::Squashed;
use crate::git::{Oid, OidSet};
use crate::text::quoted;

/// Maximum number of branches with a command of their own, and of authors that are listed.
pub(super) const SHOWN: usize = 5;

/// Facts about a push that its repair depends on.
#[derive(Debug, Default)]
pub(crate) struct PushFacts {
    /// Commits of the push, oldest first.
    pub commits: Vec<PushedCommit>,
    /// Commits that have to be rewritten, oldest first.
    pub bad: Vec<BadCommit>,
    /// Those of them that others may have already: they are never rewritten.
    pub published: HashSet<Oid>,
    /// Accepted commit on which the push is built; `None` if there is none or it is unknown.
    pub accepted: Option<Oid>,
    /// True if the only one that is to be rewritten changes no file.
    pub is_empty: bool,
    /// Commits that are checked out; `None` on a server, which does not know them.
    pub checked_out: Option<CheckedOut>,
    /// True if the commits have more than one author.
    pub has_several_authors: bool,
    /// True if a later commit may sign for an earlier one of the same author.
    pub allows_remediation: bool,
    /// True if the author has to sign: the sign-off of the committer does not suffice.
    pub needs_author: bool,
    /// True if the user who reads the advice is known.
    pub knows_user: bool,
}

/// Commits that a clone has checked out, or could.
#[derive(Debug, Default)]
pub(crate) struct CheckedOut {
    /// Commit of HEAD; `None` if it has none.
    pub head: Option<Oid>,
    /// Names of branches at tips of the push.
    pub branches: HashMap<Oid, String>,
}

/// A commit and its parents.
#[derive(Debug, Clone)]
pub(crate) struct PushedCommit {
    /// Object id of the commit.
    pub oid: Oid,
    /// First parent; `None` for a root commit.
    pub parent: Option<Oid>,
    /// Other parents.
    pub merged: Box<[Oid]>,
}

/// A commit that has to be rewritten.
#[derive(Debug)]
pub(crate) struct BadCommit {
    /// Object id of the commit.
    pub oid: Oid,
    /// Author, as shown to the user.
    pub author: String,
    /// Address of the author if that is a service, an assistant or a bot: the person who passes the commit on signs it.
    pub machine: Option<String>,
    /// True if author and committer are different people, or have different names if the author is malformed.
    pub is_foreign: bool,
    /// True if its author is the committer, too, or has the same name if the author is malformed.
    pub is_committed_by_author: bool,
    /// True if a rebase signs nothing in it: the user who reads the advice is not the author.
    pub is_skipped: bool,
    /// True if the user who reads the advice is neither author nor committer, and has another name than the author.
    pub is_of_another: bool,
    /// True if the user who reads the advice is the author, perhaps under another address. Where that user is unknown,
    /// it is taken to be the committer.
    pub is_own: bool,
    /// True if the message has no title: it is empty, or a sign-off and nothing else.
    pub is_untitled: bool,
    /// True if it has a fault that no sign-off repairs.
    pub has_other_faults: bool,
    /// Address of the author if the author identity is malformed, so that the author has to be reset.
    pub malformed_address: Option<String>,
    /// Name of the author without hidden characters, if it has any.
    pub clean_name: Option<String>,
    /// True if it has a signature that its author can make again.
    pub has_signature: bool,
    /// Commit with which its title says that it is to be combined.
    pub squashed: Option<Squashed>,
    /// Earliest commit of the push with which it may be combined.
    pub combined_with: Option<Oid>,
}

impl PushFacts {
    /// Returns the commits on which no commit of the push is built.
    pub(crate) fn tips(&self) -> Vec<Oid> {
        let built_upon: BTreeSet<Oid> = self.commits.iter().flat_map(PushedCommit::parents).collect();
        self.commits.iter().map(|step| step.oid).filter(|oid| !built_upon.contains(oid)).collect()
    }

    /// Returns the commits outside the push on which those of the push are built, sorted.
    pub(super) fn joins(&self) -> Vec<Oid> {
        let pushed: OidSet = self.commits.iter().map(|step| step.oid).collect();
        let parents = self.commits.iter().flat_map(PushedCommit::parents);
        let joins: BTreeSet<Oid> = parents.filter(|parent| !pushed.contains(parent)).collect();
        joins.into_iter().collect()
    }

    /// Returns a command that rewrites what is checked out, and how to check out one of several tips.
    pub(super) fn at_tips(&self, tips: &[Oid], command: String) -> Vec<String> {
        match tips {
            [tip] => self.at_tip(*tip, command),
            tips => vec![with_checked_out(tips, &command)],
        }
    }

    /// Returns a command that rewrites what is checked out, and how to check out the tip.
    pub(super) fn at_tip(&self, tip: Oid, command: String) -> Vec<String> {
        let Some(checked_out) = &self.checked_out else { return vec![with_checked_out(&[tip], &command)] };
        if checked_out.head == Some(tip) {
            return vec![command];
        }
        let first = match checked_out.branches.get(&tip) {
            Some(branch) => format!("git checkout {}", quoted(branch)),
            None => format!("check out a branch at {} first", tip.short()),
        };
        vec![first, command]
    }

    /// Returns whether no commit of the push is built on a commit.
    pub(super) fn is_last(&self, oid: Oid) -> bool {
        !self.commits.iter().flat_map(PushedCommit::parents).any(|parent| parent == oid)
    }

    /// Returns whether some commits may belong to another person than the user who repairs them.
    pub(super) fn is_shared(&self, bad: &[&BadCommit]) -> bool {
        bad.iter().any(|bad| bad.is_foreign) || self.has_several_authors && bad.len() > 1
    }

    /// Returns whether all commits to be repaired have the same author, a malformed one.
    ///
    /// With another author among them, whoever reads the advice may be that one.
    pub(crate) fn has_one_malformed_author(&self) -> bool {
        let authors: BTreeSet<&String> = self.bad.iter().map(|bad| &bad.author).collect();
        authors.len() == 1 && self.bad.iter().all(|bad| bad.malformed_address.is_some())
    }

    /// Returns whether a rebase of the user who reads the advice gives a commit the sign-off that it needs.
    pub(super) fn is_signed_by_user(&self, bad: &BadCommit) -> bool {
        // Under another address than that of the author, it is the sign-off of the committer.
        let is_signer = bad.is_own && !(self.needs_author && bad.is_foreign);
        self.knows_user && is_signer && bad.machine.is_none() && bad.malformed_address.is_none()
    }

    /// Returns whether commits that a rebase makes anew may belong to another person.
    pub(super) fn has_foreign(&self) -> bool {
        self.has_several_authors || self.bad.iter().any(|bad| bad.is_foreign)
    }
}

impl BadCommit {
    /// Returns whether a sign-off of the user who reads the advice is one of the author, or the author is no person.
    ///
    /// Otherwise only a rebase that asks who runs it may sign.
    pub(super) fn may_be_amended(&self) -> bool {
        !self.is_foreign || self.machine.is_some() || self.is_own
    }
}

impl PushedCommit {
    /// Returns the parents, in order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parent.into_iter().chain(self.merged.iter().copied())
    }
}

/// Returns a command with a comment about the commits that have to be checked out, each in turn.
pub(super) fn with_checked_out(tips: &[Oid], command: &str) -> String {
    let left = tips.len().saturating_sub(SHOWN);
    let tips: Vec<String> = tips.iter().take(SHOWN).map(Oid::short).collect();
    let more = match left {
        0 => String::new(),
        left => format!(", then {left} more"),
    };
    format!("{command}    # with {}{more} checked out", tips.join(", then "))
}
