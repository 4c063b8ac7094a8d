//! pre-push: checks a push in the clone, before anything is sent.

use bstr::{BString, ByteSlice as _};

use super::groups::{LevelGroup, groups};
use crate::error::Result;
use crate::git::{Added, Authority, Excluded, Git, Oid, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::{self, CommitTally, Context};
use crate::output::Ui;
use crate::policy;
use crate::report::Report;

/// Maximum number of commits in a push to an unknown remote that are checked without a note.
const UNNOTED: usize = 1000;

/// Checks the commits that the ref updates would bring to a remote, and the effective git config.
///
/// `remote` is the name of the remote, or its URL if it has no name. It may contain a password and is never
/// shown.
pub(super) fn report(remote: &[u8], updates: &[RefUpdate], ui: &mut Ui) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::in_force(&repo)?;
    let excluded =
        Excluded { oids: known_oids(&repo, updates)?, refs: remote_refs(remote)?, ..Excluded::default() };
    let default_branch = default_branch(&repo, &excluded)?;
    let mut report = Report::default();
    let groups = groups(&policy, updates);
    for group in &groups {
        report.merge(group_report(&repo, group, &excluded, default_branch, ui)?);
    }
    if groups.len() > 1 {
        report.unite();
    }
    report.merge(Context { repo: &repo, policy: &policy }.git_config()?);
    judge::conclude(&mut report, &policy);
    Ok(report)
}

fn group_report(
    repo: &Repo,
    group: &LevelGroup,
    excluded: &Excluded,
    default_branch: Option<Oid>,
    ui: &mut Ui,
) -> Result<Report> {
    let LevelGroup { policy, updates } = group;
    let mut tips = Vec::new();
    for update in updates.iter().filter(|update| policy.refs.covers(update.refname.as_ref())) {
        let Some(oid) = update.new else { continue };
        let replaced = update.old.filter(|old| excluded.oids.contains(old));
        let replaced = replaced.map_or(Ok(None), |old| repo.store().peel_to_commit(old))?;
        tips.push(Tip { oid, accepted: replaced.or(default_branch), replaced });
    }
    // Without a known default branch, the files of the first branch that the remote has are all there is.
    let commit = default_branch.or_else(|| tips.iter().find_map(|tip| tip.accepted));
    let mut added = Added::find(repo, &tips, excluded, Authority { commit, next: None })?;
    let commits = added.count_commits(repo.store())?;
    if excluded.oids.is_empty() && commits > UNNOTED {
        ui.err(&format!("note: the remote's history is not known: checking {commits} commits\n"));
    }
    Context { repo, policy }.push(updates, &added, &CommitTally::default(), ui)
}

/// Returns the values of the remote's refs that exist here.
fn known_oids(repo: &Repo, updates: &[RefUpdate]) -> Result<Vec<Oid>> {
    let mut known = Vec::new();
    for oid in updates.iter().filter_map(|update| update.old) {
        if repo.store().find(oid)?.is_some() {
            known.push(oid);
        }
    }
    Ok(known)
}

/// Returns the commit of the remote's default branch, as last fetched; `None` if it is not known here.
///
/// git records it as `refs/remotes/<remote>/HEAD` (`git clone`, `git remote set-head <remote> --auto`).
fn default_branch(repo: &Repo, excluded: &Excluded) -> Result<Option<Oid>> {
    let heads: Vec<BString> = excluded.refs.iter().map(|refs| refs.replace('*', "HEAD").into()).collect();
    let value = repo.ref_values(&heads)?.into_iter().flatten().next();
    value.map_or(Ok(None), |oid| repo.store().peel_to_commit(oid))
}

/// Returns the patterns of the remote-tracking refs of a remote, which is given by its name or its URL.
fn remote_refs(remote: &[u8]) -> Result<Vec<String>> {
    let answer = Git::new("config").args(["-z", "--get-regexp", r"^remote\..*\.(url|pushurl)$"]).answer()?;
    if !matches!(answer.code, Some(0 | 1)) {
        return Err(answer.refusal("config"));
    }
    let mut names: Vec<BString> = Vec::new();
    for entry in answer.stdout.split(|byte| *byte == 0) {
        let Some((key, url)) = entry.split_once_str("\n") else { continue };
        let Some(name) = key.strip_prefix(b"remote.").and_then(|rest| rest.rsplit_once_str(".")) else {
            continue;
        };
        if (name.0 == remote || url == remote) && !names.iter().any(|known| known == name.0) {
            names.push(name.0.into());
        }
    }
    Ok(names.iter().map(|name| format!("refs/remotes/{}/*", name.to_str_lossy())).collect())
}
