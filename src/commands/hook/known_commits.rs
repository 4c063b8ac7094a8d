//! Commits that a push from a clone need not bring, and those that are not the work of its user.

use bstr::BString;

use crate::error::Result;
use crate::git::{CameWith, Oid, PushTarget, Remote, Remotes, Repo, TrackingRef, came_with};
use crate::hook::RefUpdate;
use crate::policy::JudgedWork;
use crate::text::{as_path, escape, quoted_path};

/// Commits that a clone knows of the repository that is pushed to, and of all others.
pub(super) struct KnownCommits {
    /// Values of the refs that the push moves, as far as they exist here.
    pub(super) replaced: Vec<Oid>,
    /// Values of the remote-tracking refs of the repository that is pushed to.
    tracked: Vec<Oid>,
    /// Remote-tracking refs of all other repositories.
    others: Vec<TrackingRef>,
    /// Default branch of the repository that is pushed to, or else of another one whose commits are accepted.
    pub(super) default_branch: Option<Oid>,
    /// Command that fetches what is not known of the repository.
    fetch: Option<String>,
    work: JudgedWork,
}

impl KnownCommits {
    /// Reads the remotes, their remote-tracking refs and their default branches.
    ///
    /// # Errors
    /// Fails when git does not answer, or when an object cannot be read.
    pub(super) fn find(
        repo: &Repo,
        target: PushTarget<'_>,
        updates: &[RefUpdate],
        work: JudgedWork,
    ) -> Result<Self> {
        let remotes = Remotes::read()?;
        let of_push: Vec<&Remote> = remotes.of_push(target).collect();
        let is_of_push =
            |tracking: &TrackingRef| of_push.iter().any(|remote| tracking.remotes.contains(&remote.name));
        let (own, others): (Vec<_>, Vec<_>) = remotes.tracking_refs()?.into_iter().partition(is_of_push);
        let replaced = existing(repo, updates)?;
        let unknown = own.is_empty() && replaced.is_empty();
        let fetched = of_push.iter().find(|remote| remote.name == target.name && remote.keeps_refs());
        let fetch = fetched.filter(|_| unknown);
        let fetch = fetch.map(|remote| format!("git fetch {}", quoted_path(as_path(&remote.name))));
        let mut heads: Vec<&BString> = of_push.iter().map(|remote| &remote.name).collect();
        if work == JudgedWork::Own {
            heads.extend(remotes.list().iter().map(|remote| &remote.name));
        }
        Ok(Self {
            replaced,
            tracked: own.iter().map(|tracking| tracking.oid).collect(),
            others,
            default_branch: repo.default_commit_of(&heads)?,
            fetch,
            work,
        })
    }

    /// Returns the commits that are not judged, with all that they reach.
    pub(super) fn excluded(&self) -> Vec<Oid> {
        let mut excluded = self.base();
        if self.work == JudgedWork::Own {
            excluded.extend(self.others.iter().map(|tracking| tracking.oid));
        }
        excluded
    }

    /// Returns whether nothing is known of any repository.
    pub(super) fn is_nothing(&self) -> bool {
        self.excluded().is_empty()
    }

    /// Returns what the repository that is pushed to is known to have.
    fn base(&self) -> Vec<Oid> {
        self.replaced.iter().chain(&self.tracked).copied().collect()
    }

    /// Returns remarks about the commits of the push that are not judged here, by the refs with which they came.
    ///
    /// # Errors
    /// Fails when git does not answer.
    pub(super) fn remarks_on_others(&self, tips: &[Oid]) -> Result<Vec<String>> {
        if self.work == JudgedWork::All {
            return Ok(Vec::new());
        }
        let came = came_with(tips, &self.base(), &self.others)?;
        Ok(came.iter().map(remark_on_others).collect())
    }

    /// Returns the remark that nothing is known of the repository that is pushed to; `None` if something is.
    pub(super) fn remark_on_fetch(&self) -> Option<String> {
        let judged = match self.work {
            JudgedWork::Own => "only what no remote-tracking ref has is judged",
            JudgedWork::All => "its whole history is judged",
        };
        let fetch = self.fetch.as_ref()?;
        Some(format!("nothing is known of the remote, so {judged}: run `{fetch}` first"))
    }
}

fn remark_on_others(came: &CameWith<'_>) -> String {
    let with = match came.tracking {
        Some(tracking) => escape(tracking.short_name()),
        None => "other remote-tracking refs".to_owned(),
    };
    let least = if came.is_lower_limit { "at least " } else { "" };
    match came.commits {
        1 => format!("{least}1 commit came with {with} and is not judged here; the server decides"),
        count => {
            format!("{least}{count} commits came with {with} and are not judged here; the server decides")
        }
    }
}

/// Returns the values of the remote's refs that exist here.
fn existing(repo: &Repo, updates: &[RefUpdate]) -> Result<Vec<Oid>> {
    let mut existing = Vec::new();
    for oid in updates.iter().filter_map(|update| update.old) {
        if repo.store().find(oid)?.is_some() {
            existing.push(oid);
        }
    }
    Ok(existing)
}
