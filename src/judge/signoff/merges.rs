//! Merges without sign-offs: repeats them, and accepts those that record no content of their own.

use super::SignoffJudge;
use super::verdict::{CommitVerdict, VerdictResult};
use crate::error::Result;
use crate::git::{Ancestry, CleanMerges, Commit, Deviation, Deviations, MergeCheck, Oid, Repo, cut_between};
use crate::report::{Report, Unread, UnreadPlace};
use crate::signoff::settings::MergePolicy;

/// Result of repeating a merge.
#[derive(Debug, Clone)]
pub(super) struct RepeatedMerge {
    pub(super) check: MergeCheck,
    /// Way in which it differs from what git merges by itself, if it does.
    pub(super) deviation: Deviation,
}

impl RepeatedMerge {
    fn needs_no_signoff(&self) -> bool {
        self.check == MergeCheck::Clean || self.deviation == Deviation::InConflicts
    }
}

impl SignoffJudge {
    /// Repeats the merges whose verdicts are open, and replaces these verdicts.
    ///
    /// Returns the number of merges that are accepted although they resolve conflicts.
    pub(super) fn settle_merges(
        &self,
        repo: &Repo,
        ancestry: Ancestry,
        verdicts: &mut [CommitVerdict],
        report: &mut Report,
    ) -> Result<usize> {
        let is_open = |verdict: &CommitVerdict| matches!(verdict.result, VerdictResult::OpenMerge { .. });
        let open = verdicts.iter().filter(|verdict| is_open(verdict));
        let oids: Vec<Oid> = open.map(|verdict| verdict.commit.oid).collect();
        let mut answers = self.repeat(repo, ancestry, &oids, report)?.into_iter();
        let mut resolved = 0;
        for verdict in verdicts {
            let VerdictResult::OpenMerge { is_silent } = verdict.result else { continue };
            let Some(repeated) = answers.next().flatten() else {
                verdict.result = VerdictResult::Clean;
                continue;
            };
            let repeated = Some(repeated);
            resolved +=
                usize::from(repeated.as_ref().is_some_and(|it| it.deviation == Deviation::InConflicts));
            if is_silent && repeated.as_ref().is_some_and(RepeatedMerge::needs_no_signoff) {
                verdict.result = VerdictResult::Clean;
            } else {
                let oid = verdict.commit.oid;
                let result = repo.store().commit(oid).and_then(|commit| self.result(repo, &commit, repeated));
                let place = UnreadPlace { commit: Some(oid), path: b"" };
                verdict.result = report.read(result, place)?.unwrap_or(VerdictResult::Clean);
            }
        }
        Ok(resolved)
    }

    /// Repeats merges; `None` for one that needs an object that cannot be read, or a part of the history that is
    /// cut off.
    fn repeat(
        &self,
        repo: &Repo,
        ancestry: Ancestry,
        oids: &[Oid],
        report: &mut Report,
    ) -> Result<Vec<Option<RepeatedMerge>>> {
        let mut merges = CleanMerges::of(ancestry);
        let mut checks = Vec::new();
        readable(oids, &mut |some| merges.check(repo, some), report, &mut checks)?;
        for (oid, check) in oids.iter().zip(&mut checks) {
            if check.is_some() && is_cut(repo, *oid, report)? {
                *check = None;
            }
        }
        let differing = oids.iter().zip(&checks).filter(|(_, check)| **check == Some(MergeCheck::Differs));
        let differing: Vec<Oid> = differing.map(|(oid, _)| *oid).collect();
        let with_conflicts = self.policy.signoff.merges == MergePolicy::Conflicts;
        let mut deviations = Vec::new();
        let mut of = |some: &[Oid]| Deviations { repo, with_conflicts }.of(&mut merges, some);
        readable(&differing, &mut of, report, &mut deviations)?;
        repo.keep_history(merges.into_graph());
        let mut deviations = deviations.into_iter();
        let each = checks.into_iter().map(|check| {
            let deviation = match check? {
                MergeCheck::Differs => deviations.next().flatten()?,
                MergeCheck::Clean | MergeCheck::TooCostly => Deviation::Unknown,
            };
            Some(RepeatedMerge { check: check?, deviation })
        });
        Ok(each.collect())
    }

    /// Returns whether a merge needs no sign-off; `None` if it has to be repeated first.
    pub(super) fn is_exempt_merge(
        &self,
        repo: &Repo,
        commit: &Commit,
        repeated: Option<&RepeatedMerge>,
    ) -> Result<Option<bool>> {
        match self.policy.signoff.merges {
            MergePolicy::Skip => Ok(Some(true)),
            MergePolicy::Require => Ok(Some(false)),
            // At the boundary of a shallow history the parents are unknown, and the push is not decided.
            _ if repo.store().parents(commit)?.is_empty() => Ok(Some(true)),
            MergePolicy::Clean | MergePolicy::Conflicts => Ok(repeated.map(RepeatedMerge::needs_no_signoff)),
        }
    }
}

/// Answers a question about merges; `None` for each one that needs an object that cannot be read.
///
/// A failure does not say which merge has failed, so they are halved until it is found.
fn readable<A>(
    oids: &[Oid],
    answer: &mut dyn FnMut(&[Oid]) -> Result<Vec<A>>,
    report: &mut Report,
    answers: &mut Vec<Option<A>>,
) -> Result<()> {
    let place = UnreadPlace { commit: oids.first().copied(), path: b"" };
    match answer(oids) {
        Ok(all) => answers.extend(all.into_iter().map(Some)),
        Err(error) if error.object().is_none() => return Err(error),
        Err(error) if oids.len() == 1 => {
            report.read(Err::<(), _>(error), place)?;
            answers.push(None);
        }
        Err(_) => {
            let (one, other) = oids.split_at(oids.len() / 2);
            readable(one, answer, report, answers)?;
            readable(other, answer, report, answers)?;
        }
    }
    Ok(())
}

/// Returns true if the merge base of a merge may be behind the end of a shallow history.
fn is_cut(repo: &Repo, merge: Oid, report: &mut Report) -> Result<bool> {
    let store = repo.store();
    if store.shallow_commits()?.is_empty() {
        return Ok(false);
    }
    let cut = store.commit(merge).and_then(|merge| cut_between(store, store.parents(&merge)?));
    let Some(cut) = report.read(cut, UnreadPlace { commit: Some(merge), path: b"" })? else {
        return Ok(true);
    };
    report.unread.extend(cut.iter().copied().map(Unread::behind_cut));
    Ok(!cut.is_empty())
}

/// Returns the remark about merges that are accepted although they resolve conflicts.
pub(super) fn remark(resolved: usize) -> Option<String> {
    let (merges, differ) = match resolved {
        0 => return None,
        1 => ("merge", "it differs"),
        _ => ("merges", "they differ"),
    };
    Some(format!(
        "{resolved} {merges} needed no sign-off: {differ} from what git merges only in paths that conflict"
    ))
}
