//! Merges without sign-offs: repeats them, and accepts those that record no content of their own.

use super::SignoffJudge;
use super::verdict::{CommitVerdict, VerdictResult};
use crate::error::Result;
use crate::git::{Ancestry, CleanMerges, Commit, Deviation, Deviations, MergeCheck, Oid, Repo};
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
    ) -> Result<usize> {
        let is_open = |verdict: &CommitVerdict| matches!(verdict.result, VerdictResult::OpenMerge { .. });
        let open = verdicts.iter().filter(|verdict| is_open(verdict));
        let oids: Vec<Oid> = open.map(|verdict| verdict.commit.oid).collect();
        let mut answers = self.repeat(repo, ancestry, &oids)?.into_iter();
        let mut resolved = 0;
        for verdict in verdicts {
            let VerdictResult::OpenMerge { is_silent } = verdict.result else { continue };
            let repeated = answers.next();
            resolved +=
                usize::from(repeated.as_ref().is_some_and(|it| it.deviation == Deviation::InConflicts));
            if is_silent && repeated.as_ref().is_some_and(RepeatedMerge::needs_no_signoff) {
                verdict.result = VerdictResult::Clean;
            } else {
                verdict.result = self.result(repo, &repo.store().commit(verdict.commit.oid)?, repeated)?;
            }
        }
        Ok(resolved)
    }

    fn repeat(&self, repo: &Repo, ancestry: Ancestry, oids: &[Oid]) -> Result<Vec<RepeatedMerge>> {
        let checks = CleanMerges::of(ancestry).check(repo, oids)?;
        let differing = oids.iter().zip(&checks).filter(|(_, check)| **check == MergeCheck::Differs);
        let differing: Vec<Oid> = differing.map(|(oid, _)| *oid).collect();
        let with_conflicts = self.policy.signoff.merges == MergePolicy::Conflicts;
        let mut deviations = Deviations { repo, with_conflicts }.of(&differing)?.into_iter();
        let each = checks.into_iter().map(|check| {
            let deviation = if check == MergeCheck::Differs { deviations.next() } else { None };
            RepeatedMerge { check, deviation: deviation.unwrap_or(Deviation::Unknown) }
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
