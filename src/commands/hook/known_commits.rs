//! Commits that a push from a clone need not bring, and those that are not the work of its user.

use std::collections::BTreeSet;

use bstr::BString;

use crate::error::Result;
use crate::git::{CameWith, Commit, Oid, PushTarget, Remote, Remotes, Repo, TrackingRef, came_with};
use crate::hook::RefUpdate;
use crate::judge;
use crate::policy::JudgedWork;
use crate::report::{Level, Report};
use crate::signoff::Identity;
use crate::text::{as_path, escape, quoted_path};

/// Hint for commits that no remote-tracking ref shows to come from others, as after a pull of a URL.
const NAME_THE_REMOTE: &str =
    "if they came from another repository: `git remote add <name> <URL>; git fetch <name>`";

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

    /// Returns the hint for refused commits that neither have the user as their author nor as their committer.
    ///
    /// # Errors
    /// Fails when git cannot be asked for the user.
    pub(super) fn hint_on_others(&self, repo: &Repo, report: &Report) -> Result<Option<&'static str>> {
        let denied = report.findings.iter().filter(|finding| finding.level == Level::Deny);
        let commits: BTreeSet<Oid> = denied.filter_map(|finding| finding.location.commit()).collect();
        if self.work == JudgedWork::All || commits.is_empty() {
            return Ok(None);
        }
        let Some(user) = judge::user_of_clone(repo)? else { return Ok(None) };
        Ok(commits.into_iter().any(|oid| is_of_another(repo, oid, &user)).then_some(NAME_THE_REMOTE))
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

/// Returns whether a commit has an author and a committer with another name and address than the user.
fn is_of_another(repo: &Repo, oid: Oid, user: &Identity) -> bool {
    // A tag has no author.
    let Ok(Commit { text, .. }) = repo.store().commit(oid) else { return false };
    let people = text.authors.iter().chain(&text.committers).map(|header| Identity::of_header(header));
    let is_other = |who: Identity| who.name != user.name && !who.email.eq_ignore_ascii_case(&user.email);
    people.into_iter().all(|who| who.is_some_and(is_other))
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
