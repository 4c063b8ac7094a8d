//! Objects that a push adds: commits, tags, trees and blobs that no excluded object reaches.

use std::fmt;

use super::cut::CutParent;
use super::new_commits::{FoundCommits, commits_in_quarantine, new_commits};
use super::unread::UnreadTip;
use crate::error::{Error, Result};
use crate::git::object::store::Store;
use crate::git::{Excluded, NewCommits, ObjectKind, Oid, Repo};

/// Minimum number of tips for which kinds are read from pack headers: unpacking every object takes memory.
const MANY: usize = 256;

/// New value of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tip {
    /// Object that the ref will point to.
    pub oid: Oid,
    /// Commit of the accepted history of the ref: its current value, or the default branch.
    pub accepted: Option<Oid>,
    /// Commit that the ref points to now, if the new value replaces it.
    pub replaced: Option<Oid>,
}

/// Source of the files of a repository that determine how it is judged: its default branch.
///
/// A branch has no say in its own judgement, whatever it has brought before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Authority {
    /// Commit of the default branch before the push; `None` if there is none.
    pub commit: Option<Oid>,
    /// Place of that commit.
    pub place: AuthorityPlace,
    /// Commit that the push makes the default branch.
    pub next: Option<Oid>,
}

/// Place of a commit whose files determine how others are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AuthorityPlace {
    /// Default branch of a server, or of a remote as it was fetched last.
    #[default]
    DefaultBranch,
    /// Start of a range, which stands for the default branch.
    RangeStart,
    /// Commit that is checked out, where nothing was ever fetched.
    Head,
    /// None: it is not known which branch is the default one.
    Unknown,
}

impl fmt::Display for AuthorityPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DefaultBranch => "on the default branch",
            Self::RangeStart => "at the start of the range",
            Self::Head => "in HEAD",
            Self::Unknown => "on a default branch that is not known",
        })
    }
}

/// All new objects, each listed once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Added {
    /// New commits; `None` if no ref will point to a commit.
    pub history: Option<NewHistory>,
    /// Annotated tags between a ref and its object.
    pub tags: Vec<Oid>,
    /// Trees to which a ref or a tag points.
    pub trees: Vec<Oid>,
    /// Blobs to which a ref or a tag points.
    pub blobs: Vec<Oid>,
    /// Commits whose files determine how the new objects are judged.
    pub authority: Authority,
    /// Objects that could not be read while these were sought.
    pub unread: Vec<UnreadTip>,
    /// Ends of a shallow history behind which it may be accepted what is new here.
    pub cut: Vec<CutParent>,
}

/// New commits, and the refs that bring them.
#[derive(Debug, Clone)]
pub(crate) struct NewHistory {
    /// A commit of the accepted history; `None` if there is no history yet.
    pub accepted: Option<Oid>,
    /// Commits that refs will point to, each with the accepted commit of its ref.
    pub tips: Vec<Tip>,
    /// The new commits themselves.
    pub commits: NewCommits,
    /// True if all that the new commits are built on is accepted, on whatever branch: in a clone, which judges the
    /// work of its user.
    pub trusts_joins: bool,
}

/// Returns the commits of tips.
fn oids(tips: &[Tip]) -> Vec<Oid> {
    tips.iter().map(|tip| tip.oid).collect()
}

impl Added {
    /// Finds the new objects for new values of refs.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot answer.
    pub(crate) fn find(repo: &Repo, tips: &[Tip], excluded: &Excluded, authority: Authority) -> Result<Self> {
        let (added, commits) = Self::peel(repo, tips, authority)?;
        let found = match commits.is_empty() {
            true => None,
            false => Some(new_commits(repo, &oids(&commits), excluded)?),
        };
        Ok(added.with_history(commits, found))
    }

    /// Finds the new objects of a push whose commits are built on some values of refs; `None` if they may be built on
    /// others.
    ///
    /// # Errors
    /// As [`Added::find`].
    pub(crate) fn in_quarantine(
        repo: &Repo,
        tips: &[Tip],
        values: &[Oid],
        authority: Authority,
    ) -> Result<Option<Self>> {
        let (added, commits) = Self::peel(repo, tips, authority)?;
        if commits.is_empty() {
            return Ok(Some(added.with_history(commits, None)));
        }
        let found = commits_in_quarantine(repo, &oids(&commits), values)?;
        Ok(found.map(|found| added.with_history(commits, Some(found))))
    }

    /// Follows the tags to which refs will point. Returns what they lead to, and the commits among it.
    fn peel(repo: &Repo, tips: &[Tip], authority: Authority) -> Result<(Self, Vec<Tip>)> {
        let mut added = Self { authority, ..Self::default() };
        let mut commits: Vec<Tip> = Vec::new();
        let packs = (tips.len() >= MANY).then(|| repo.packs()).flatten();
        let is_commit = |oid| packs.as_ref().and_then(|packs| packs.kind(oid)) == Some(ObjectKind::Commit);
        for tip in tips {
            let peeled = match repo.store().peel_known(tip.oid, is_commit) {
                Err(error) if error.object().is_some() => {
                    added.unread.push(UnreadTip::new(tip.oid, None, error));
                    continue;
                }
                peeled => peeled?,
            };
            added.tags.extend(peeled.tags);
            match peeled.kind {
                ObjectKind::Commit => commits.push(Tip { oid: peeled.oid, ..*tip }),
                ObjectKind::Tree => added.trees.push(peeled.oid),
                ObjectKind::Blob => added.blobs.push(peeled.oid),
                ObjectKind::Tag => return Err(Error::git(format!("tag {} cannot be peeled", tip.oid))),
            }
        }
        for oids in [&mut added.tags, &mut added.trees, &mut added.blobs] {
            oids.sort_unstable();
            oids.dedup();
        }
        Ok((added, commits))
    }

    /// Adds the new commits that some tips reach, if there are any tips.
    fn with_history(mut self, tips: Vec<Tip>, found: Option<FoundCommits>) -> Self {
        let Some(FoundCommits { commits, unread, cut }) = found else { return self };
        let accepted = tips.iter().find_map(|tip| tip.accepted);
        self.unread.extend(unread);
        self.cut.extend(cut);
        self.history = Some(NewHistory { accepted, tips, commits, trusts_joins: false });
        self
    }

    /// Returns the number of new commits.
    ///
    /// Commits that would otherwise be found during the check are found now.
    ///
    /// # Errors
    /// Fails when the list of shallow commits cannot be read.
    pub(crate) fn count_commits(&mut self, store: &Store) -> Result<usize> {
        let Some(history) = &mut self.history else { return Ok(0) };
        self.unread.extend(history.commits.list(store)?);
        Ok(history.commits.count().unwrap_or(0))
    }
}
