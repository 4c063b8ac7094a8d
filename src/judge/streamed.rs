//! Judges new commits in their order, and passes their findings on meanwhile.
//!
//! Merges and refs that are moved back need the whole history, and come first.

use std::collections::VecDeque;

use super::Context;
use super::commits::HistoryReports;
use super::files::judges_files;
use super::merges::{self, PendingMerge};
use super::pool::{CommitReports, Outcome, Pool, in_order};
use super::signoff::CommitVerdict;
use super::trees::TreeJudge;
use super::{rewinds, tips};
use crate::error::Result;
use crate::git::{Added, Ancestry, CommitOrder, FoundCommit, Graph, Repo};
use crate::report::{Finding, Report, Unread};

/// Receiver of findings in the order of a report, while judging goes on.
pub(crate) trait FindingSink {
    /// Takes the next finding.
    ///
    /// # Errors
    /// Fails when the finding cannot be written, or when what is to be said about it cannot be read.
    fn take(&mut self, finding: Finding) -> Result<()>;

    /// Notes that the next finding may take a while.
    ///
    /// # Errors
    /// Fails when the findings cannot be written.
    fn pause(&mut self) -> Result<()>;
}

/// Judges the commits, and passes their findings on, older commits first.
pub(super) fn reports(
    context: Context<'_>,
    pool: Pool<'_>,
    mut graph: Graph,
    added: &Added,
    sink: &mut dyn FindingSink,
) -> Result<HistoryReports> {
    let (Context { repo, .. }, Pool { history, signoffs, prescan, .. }) = (context, pool);
    let Found { plain, merges, mut of_merges, mut quiet } = Found::find(repo, pool, &mut graph)?;
    let mut trees = TreeJudge::of_commits(context, prescan.summary.as_ref());
    let pending = std::mem::take(&mut of_merges.merges);
    pool.run_in_order(repo, &mut trees, &merges, &mut |outcome| {
        of_merges.add(outcome);
        Ok(())
    })?;
    let mut ancestry = Ancestry::new(graph);
    of_merges.reports.merge(merges::reports(context, prescan, &mut ancestry, &pending, &mut trees)?);
    let (mut rewinds, mut tips) = (Report::default(), Report::default());
    rewinds::add_findings(context, history, &mut ancestry, &mut trees, &mut rewinds)?;
    tips::add_findings(context, history, &mut ancestry, prescan.summary.as_ref(), &mut tips)?;
    of_merges.verdicts.sort_by_key(|(order, _)| *order);
    // Of one commit, what was added first stays first.
    of_merges.reports.of_commits.sort_by_key(|(order, _)| *order);
    let (orders, mut verdicts): (Vec<_>, Vec<_>) = of_merges.verdicts.into_iter().unzip();
    let settled = signoffs.settle(repo, ancestry, &mut verdicts)?;
    let mut passed = Passed {
        sink,
        passes_signoffs: signoffs.is_final(repo),
        merge_verdicts: orders.into_iter().zip(verdicts).collect(),
        merge_reports: of_merges.reports.of_commits.into(),
        verdicts: std::mem::take(&mut quiet.verdicts),
        commits: CommitReports { rest: of_merges.reports.rest, ..CommitReports::default() },
    };
    passed.commits.rest.merge(quiet.reports.rest);
    pool.run_in_order(repo, &mut trees, &plain, &mut |outcome| passed.add(outcome))?;
    passed.finish()?;
    let Passed { verdicts, commits, .. } = passed;
    let is_whole = commits.is_whole() && added.unread.is_empty();
    let signoffs = signoffs.conclude(repo, in_order(verdicts), settled, is_whole)?;
    Ok(HistoryReports { commits, signoffs, rewinds, tips })
}

/// Commits that have been found and are still to be judged.
struct Found {
    /// Commits that are no merges, in their order.
    plain: Vec<(FoundCommit, bool)>,
    merges: Vec<(FoundCommit, bool)>,
    /// Known facts about merges: quick verdicts, and that their files are to be judged.
    of_merges: Outcome,
    /// Quick verdicts on other commits, and what could not be read.
    quiet: Outcome,
}

impl Found {
    fn find(repo: &Repo, pool: Pool<'_>, graph: &mut Graph) -> Result<Self> {
        let judges_files = judges_files(pool.policy);
        let (mut plain, mut merges, mut bytes) = (Vec::new(), Vec::new(), 0);
        let (mut of_merges, mut quiet) = (Outcome::default(), Outcome::default());
        let unread = pool.history.commits.read(repo.store(), graph, &mut |graph, commit| {
            let is_merge = graph.is_merge(commit.node);
            if judges_files && is_merge {
                of_merges.merges.push(PendingMerge { order: commit.order, node: commit.node });
            }
            if let Some(quick) = pool.prescan.quick_verdict(graph, commit) {
                let parents = graph.parent_oids(commit.node);
                let verdict = pool.signoffs.verdict_of_quick(quick, commit.oid, parents);
                let known = if is_merge { &mut of_merges } else { &mut quiet };
                known.verdicts.push((commit.order, verdict));
                known.reports.rest.checked.commits += 1;
            } else {
                let found = if is_merge { &mut merges } else { &mut plain };
                let has_old_files = pool.prescan.skips_files(graph, commit.node);
                found.push((FoundCommit::of(commit, &mut bytes), has_old_files));
            }
            Ok(())
        })?;
        quiet.reports.rest.unread.extend(unread.iter().map(Unread::of_tip));
        plain.sort_by_key(|(commit, _)| commit.order);
        Ok(Self { plain, merges, of_merges, quiet })
    }
}

/// Reports and verdicts whose findings have been passed on, and those of merges, which wait for their place among them.
struct Passed<'s> {
    sink: &'s mut dyn FindingSink,
    /// True if no later commit changes the findings about sign-offs.
    passes_signoffs: bool,
    merge_verdicts: VecDeque<(CommitOrder, CommitVerdict)>,
    merge_reports: VecDeque<(CommitOrder, Report)>,
    verdicts: Vec<(CommitOrder, CommitVerdict)>,
    commits: CommitReports,
}

impl Passed<'_> {
    /// Passes on what some commits have, and the merges before them.
    fn add(&mut self, outcome: Outcome) -> Result<()> {
        for (order, verdict) in outcome.verdicts {
            self.pass_merge_verdicts(Some(order))?;
            self.verdict(order, verdict)?;
        }
        for (order, report) in outcome.reports.of_commits {
            self.pass_merge_reports(Some(order))?;
            self.report(order, report)?;
        }
        self.commits.rest.merge(outcome.reports.rest);
        self.sink.pause()
    }

    /// Passes on what the last merges have.
    fn finish(&mut self) -> Result<()> {
        self.pass_merge_verdicts(None)?;
        self.pass_merge_reports(None)
    }

    /// Passes on the verdicts on merges before a commit, or on all of them.
    fn pass_merge_verdicts(&mut self, before: Option<CommitOrder>) -> Result<()> {
        while let Some((order, verdict)) = pop_before(&mut self.merge_verdicts, before) {
            self.verdict(order, verdict)?;
        }
        Ok(())
    }

    fn pass_merge_reports(&mut self, before: Option<CommitOrder>) -> Result<()> {
        while let Some((order, report)) = pop_before(&mut self.merge_reports, before) {
            self.report(order, report)?;
        }
        Ok(())
    }

    fn verdict(&mut self, order: CommitOrder, mut verdict: CommitVerdict) -> Result<()> {
        if self.passes_signoffs {
            verdict.take_findings().into_iter().try_for_each(|finding| self.sink.take(finding))?;
        }
        self.verdicts.push((order, verdict));
        Ok(())
    }

    fn report(&mut self, order: CommitOrder, mut report: Report) -> Result<()> {
        report.findings.drain(..).try_for_each(|finding| self.sink.take(finding))?;
        self.commits.add(order, report);
        Ok(())
    }
}

/// Takes the first entry out if it comes before a commit, or if there is no such commit.
fn pop_before<T>(
    queue: &mut VecDeque<(CommitOrder, T)>,
    before: Option<CommitOrder>,
) -> Option<(CommitOrder, T)> {
    let is_next = queue.front().is_some_and(|(order, _)| before.is_none_or(|before| *order < before));
    if is_next { queue.pop_front() } else { None }
}
