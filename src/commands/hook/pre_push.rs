//! pre-push: checks a push in the clone, before anything is sent.

use super::fix_advice;
use super::groups::{LevelGroup, groups};
use super::known_commits::KnownCommits;
use crate::error::Result;
use crate::git::{Added, Authority, Excluded, Oid, PushTarget, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::{self, CommitTally, Context};
use crate::output::Ui;
use crate::policy::{self, JudgedWork, Policy};
use crate::report::Report;

/// Maximum number of commits in a push to an unknown remote that are checked without a note.
const UNNOTED: usize = 1000;

/// Checks the commits that are the work of whoever pushes, and the effective git config.
///
/// With `pre-push: {judge: all}`, checks all that the ref updates would bring to the repository.
pub(super) fn report(target: PushTarget<'_>, updates: &[RefUpdate], ui: &mut Ui) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::in_force(&repo)?;
    let known = KnownCommits::find(&repo, target, updates, policy.pre_push.judge)?;
    let excluded = Excluded { oids: known.excluded(), ..Excluded::default() };
    let mut report = Report::default();
    let groups = groups(&policy, updates);
    for group in &groups {
        report.merge(group_report(&repo, group, &known, &excluded, ui)?);
    }
    if groups.len() > 1 {
        report.unite();
    }
    let others = known.remarks_on_others(&tips(&policy, updates))?;
    let hint = known.hint_on_others(&repo, &report)?;
    let says_more = !others.is_empty() || !report.findings.is_empty();
    report.remarks.extend(others);
    report.remarks.extend(known.remark_on_fetch().filter(|_| says_more));
    report.merge(Context { repo: &repo, policy: &policy }.git_config_of_push()?);
    fix_advice::add(&repo, &policy, updates, &mut report)?;
    judge::conclude_push(&mut report, &policy)?;
    report.advice.extend(hint.map(str::to_owned));
    Ok(report)
}

/// Returns the new values of the covered refs.
fn tips(policy: &Policy, updates: &[RefUpdate]) -> Vec<Oid> {
    let covered = updates.iter().filter(|update| policy.refs.covers(update.refname.as_ref()));
    covered.filter_map(|update| update.new).collect()
}

fn group_report(
    repo: &Repo,
    group: &LevelGroup,
    known: &KnownCommits,
    excluded: &Excluded,
    ui: &mut Ui,
) -> Result<Report> {
    let LevelGroup { policy, updates } = group;
    let default_branch = known.default_branch;
    let mut tips = Vec::new();
    for update in updates.iter().filter(|update| policy.refs.covers(update.refname.as_ref())) {
        let Some(oid) = update.new else { continue };
        let replaced = update.old.filter(|old| known.replaced.contains(old));
        let replaced = replaced.map_or(Ok(None), |old| repo.store().peel_to_commit(old))?;
        tips.push(Tip { oid, accepted: replaced.or(default_branch), replaced });
    }
    // Without a known default branch, the files of the first branch that the remote has are all there is.
    let commit = default_branch.or_else(|| tips.iter().find_map(|tip| tip.accepted));
    let mut added = Added::find(repo, &tips, excluded, Authority { commit, ..Authority::default() })?;
    if let Some(history) = &mut added.history {
        history.trusts_joins = policy.pre_push.judge == JudgedWork::Own;
    }
    let commits = added.count_commits(repo.store())?;
    if known.is_nothing() && commits > UNNOTED {
        ui.err(&format!("note: the remote's history is not known: checking {commits} commits\n"));
    }
    Context { repo, policy }.push(updates, &added, &CommitTally::default(), ui, None)
}
