//! Threads that judge commits one after the other, and what they find.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use super::Context;
use super::facts::facts_of;
use super::files::judges_files;
use super::merges::PendingMerge;
use super::prescan::Prescan;
use super::queue::{CommitBatch, CommitQueue, QueueFeeder, QueuedCommit};
use super::reword::Rewording;
use super::signoff::{CommitVerdict, SignoffJudge};
use super::subject::subject;
use super::tally::CommitTally;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{Commit, CommitOrder, FoundCommit, Graph, NewHistory, Repo, cut_parents, distinct};
use crate::output::Progress;
use crate::parallel::{self, Workers};
use crate::policy::Policy;
use crate::report::{Finding, Location, Report, Unread, UnreadPlace};

/// Minimum number of commits for which worker threads are started; below it they cost more than they gain.
const FEW: usize = 256;

/// Result of judging some commits.
#[derive(Default)]
pub(super) struct Outcome {
    /// Verdicts on the sign-offs.
    pub(super) verdicts: Vec<(CommitOrder, CommitVerdict)>,
    pub(super) reports: CommitReports,
    /// Merges whose files are still to be judged.
    pub(super) merges: Vec<PendingMerge>,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.verdicts.extend(other.verdicts);
        self.reports.merge(other.reports);
        self.merges.extend(other.merges);
    }
}

/// Reports on single commits.
#[derive(Default)]
pub(super) struct CommitReports {
    /// Reports of the commits with other findings than those on sign-offs, or with remarks.
    pub(super) of_commits: Vec<(CommitOrder, Report)>,
    /// Merged counters of all other commits.
    pub(super) rest: Report,
}

impl CommitReports {
    /// Adds the report on a commit, or on a part of it.
    pub(super) fn add(&mut self, order: CommitOrder, report: Report) {
        let has_findings = !report.findings.is_empty() || !report.exempted.is_empty();
        if !has_findings && report.remarks.is_empty() && report.unread.is_empty() {
            self.rest.merge(report);
        } else {
            self.of_commits.push((order, report));
        }
    }

    /// Returns true if no commit is missing or damaged, and the history is not cut off.
    pub(super) fn is_whole(&self) -> bool {
        let all = self.of_commits.iter().flat_map(|(_, report)| &report.unread).chain(&self.rest.unread);
        all.into_iter().all(|unread| unread.kind != "commit")
    }

    /// Adds other reports.
    pub(super) fn merge(&mut self, other: Self) {
        self.of_commits.extend(other.of_commits);
        self.rest.merge(other.rest);
    }
}

/// Sorts results by commit, so that they do not depend on the thread that produced them.
///
/// Of one commit, the results that were added first stay first.
pub(super) fn in_order<T>(mut results: Vec<(CommitOrder, T)>) -> Vec<T> {
    results.sort_by_key(|(order, _)| *order);
    results.into_iter().map(|(_, value)| value).collect()
}

/// Input shared by the threads that judge the commits of one history.
#[derive(Clone, Copy)]
pub(super) struct Pool<'a> {
    pub(super) policy: &'a Policy,
    pub(super) history: &'a NewHistory,
    pub(super) signoffs: &'a SignoffJudge,
    pub(super) prescan: &'a Prescan,
    pub(super) tally: &'a CommitTally,
    pub(super) progress: &'a Progress,
    pub(super) rewording: &'a Rewording,
}

impl Pool<'_> {
    /// Finds all commits on this thread while worker threads judge them, then joins in judging.
    pub(super) fn run(self, repo: &Repo, own: &mut TreeJudge<'_>, graph: &mut Graph) -> Result<Outcome> {
        let queue = CommitQueue::default();
        let mut quiet: Outcome = Outcome::default();
        let judges_files = judges_files(self.policy);
        let outcome = std::thread::scope(|scope| {
            let (mut workers, mut found) = (None, 0);
            let mut feeder = QueueFeeder::new(&queue);
            let read = self.history.commits.read(repo.store(), graph, &mut |graph, commit| {
                if judges_files && graph.is_merge(commit.node) {
                    quiet.merges.push(PendingMerge { order: commit.order, node: commit.node });
                }
                if let Some(quick) = self.prescan.quick_verdict(graph, commit) {
                    let parents = graph.parent_oids(commit.node);
                    let verdict = self.signoffs.verdict_of_quick(quick, commit.oid, parents);
                    quiet.verdicts.push((commit.order, verdict));
                    quiet.reports.rest.checked.commits += 1;
                    return Ok(());
                }
                found += 1;
                if found == FEW {
                    let work = |repo| self.start_work(&repo, &queue);
                    workers = Some(parallel::start(scope, repo.reopen_for_workers()?, work));
                }
                self.tally.add_found();
                self.progress.add_found();
                feeder.push(self.prescan.with_bytes(commit), self.prescan.skips_files(graph, commit.node))
            });
            let read = read.map(|unread| {
                quiet.reports.rest.unread.extend(unread.iter().map(Unread::of_tip));
            });
            queue.record(read.and_then(|()| feeder.flush()));
            drop(feeder);
            let mut outcome = self.work(repo, own, &queue);
            workers.into_iter().flat_map(Workers::join).for_each(|other| outcome.add(other));
            outcome
        });
        quiet.add(outcome);
        queue.result().map(|()| quiet)
    }

    /// Judges batches on another thread.
    fn start_work(self, repo: &Repo, queue: &CommitQueue) -> Outcome {
        let context = Context { repo, policy: self.policy };
        let mut trees = TreeJudge::of_commits(context, self.prescan.summary.as_ref());
        self.work(repo, &mut trees, queue)
    }

    /// Judges batches until the queue is closed and empty, or until any thread has failed.
    fn work(self, repo: &Repo, trees: &mut TreeJudge<'_>, queue: &CommitQueue) -> Outcome {
        let mut worker = Worker::new(&self, repo, trees);
        let mut last = None;
        while let Some((number, batch)) = queue.take(last) {
            last = Some(number);
            queue.record(worker.judge_batch(&batch));
        }
        worker.outcome
    }

    /// Judges commits that have been found, and passes on what is found batch by batch, in their order. Of each commit it is known
    /// if each parent has all its files that matter.
    ///
    /// Only this thread takes the results: the others send theirs, and it passes them on between its own batches.
    ///
    /// # Errors
    /// Fails when an object cannot be read that every commit needs, and when a result cannot be taken.
    pub(super) fn run_in_order(
        self,
        repo: &Repo,
        own: &mut TreeJudge<'_>,
        commits: &[(FoundCommit, bool)],
        take: &mut dyn FnMut(Outcome) -> Result<()>,
    ) -> Result<()> {
        let queue = CommitQueue::in_order();
        let mut feeder = QueueFeeder::new(&queue);
        for (commit, has_old_files) in commits {
            self.tally.add_found();
            self.progress.add_found();
            feeder.push(self.prescan.with_bytes(commit.as_new()), *has_old_files)?;
        }
        feeder.flush()?;
        drop(feeder);
        let others = if commits.len() < FEW { Vec::new() } else { repo.reopen_for_workers()? };
        let (send, receive) = mpsc::channel();
        std::thread::scope(|scope| {
            let (queue, send) = (&queue, &send);
            let workers = parallel::start(scope, others, move |repo: Repo| {
                let context = Context { repo: &repo, policy: self.policy };
                let mut trees = TreeJudge::of_commits(context, self.prescan.summary.as_ref());
                // The receiver lives as long as this thread.
                self.judge_each(&repo, &mut trees, queue, &mut |at, outcome| {
                    let _ = send.send((at, outcome));
                });
            });
            let mut waiting = InOrder::default();
            self.judge_each(repo, own, queue, &mut |at, outcome| {
                let taken = waiting.add((at, outcome), take);
                let sent = receive.try_iter().try_for_each(|sent| waiting.add(sent, take));
                queue.record(taken.and(sent));
            });
            workers.join();
            queue.record(receive.try_iter().try_for_each(|sent| waiting.add(sent, take)));
        });
        queue.result()
    }

    /// Judges batches until none is left, or until any thread has failed, and passes each outcome on with its number.
    fn judge_each(
        self,
        repo: &Repo,
        trees: &mut TreeJudge<'_>,
        queue: &CommitQueue,
        pass: &mut dyn FnMut(usize, Outcome),
    ) {
        let mut worker = Worker::new(&self, repo, trees);
        while let Some((number, batch)) = queue.take(None) {
            match worker.judge_batch(&batch) {
                Ok(()) => pass(number, std::mem::take(&mut worker.outcome)),
                failed => queue.record(failed),
            }
        }
    }
}

/// Outcomes of batches that wait for those of earlier ones.
#[derive(Default)]
struct InOrder {
    next: usize,
    waiting: BTreeMap<usize, Outcome>,
}

impl InOrder {
    /// Adds the outcome of a batch, and passes on those that no earlier one keeps waiting.
    fn add(
        &mut self,
        (at, outcome): (usize, Outcome),
        take: &mut dyn FnMut(Outcome) -> Result<()>,
    ) -> Result<()> {
        self.waiting.insert(at, outcome);
        while let Some(outcome) = self.waiting.remove(&self.next) {
            self.next += 1;
            take(outcome)?;
        }
        Ok(())
    }
}

/// State of one thread that judges commits, one after the other.
struct Worker<'a, 't> {
    repo: &'a Repo,
    signoffs: &'a SignoffJudge,
    tally: &'a CommitTally,
    progress: &'a Progress,
    rewording: &'a Rewording,
    trees: &'a mut TreeJudge<'t>,
    /// Set if any rule for files or texts is on.
    judges_files: bool,
    outcome: Outcome,
}

impl<'a, 't> Worker<'a, 't> {
    fn new(pool: &Pool<'a>, repo: &'a Repo, trees: &'a mut TreeJudge<'t>) -> Self {
        Self {
            repo,
            signoffs: pool.signoffs,
            tally: pool.tally,
            progress: pool.progress,
            rewording: pool.rewording,
            trees,
            judges_files: judges_files(pool.policy),
            outcome: Outcome::default(),
        }
    }

    fn judge_batch(&mut self, batch: &CommitBatch) -> Result<()> {
        for QueuedCommit { order, oid, has_old_files, data } in batch.commits() {
            let mut report = Report::default();
            let place = UnreadPlace { commit: Some(oid), path: b"" };
            let commit = match data {
                Some(data) => Commit::parse(oid, data),
                None => self.repo.store().commit(oid),
            };
            if let Some(commit) = report.read(commit, place)? {
                let mut verdict = self.judge(&commit, has_old_files, &mut report)?;
                add_facts(&commit, report.findings.iter_mut().chain(verdict.findings_mut()));
                self.outcome.verdicts.push((order, verdict));
                report.checked.commits += 1;
            }
            self.outcome.reports.add(order, report);
            self.tally.add_checked();
            self.progress.add_checked();
        }
        Ok(())
    }

    /// Judges a commit: adds the findings about its content, and returns the verdict on its sign-off.
    ///
    /// At the end of a shallow history, it is not known what a commit changes, nor what a merge would give.
    fn judge(&mut self, commit: &Commit, has_old_files: bool, report: &mut Report) -> Result<CommitVerdict> {
        let place = UnreadPlace { commit: Some(commit.oid), path: b"" };
        let cut = cut_parents(self.repo.store(), commit)?;
        if cut.is_empty() {
            let judged = self.add_content_findings(commit, has_old_files, report);
            report.read(judged, place)?;
        } else if self.judges_files {
            self.add_text_findings(commit, report);
        }
        let is_cut_merge = cut.len() > 1;
        report.unread.extend(cut.into_iter().map(Unread::behind_cut));
        let verdict = match is_cut_merge {
            true => None,
            false => report.read(self.signoffs.verdict(self.repo, commit), place)?,
        };
        Ok(verdict.unwrap_or_else(|| SignoffJudge::unjudged(commit)))
    }

    /// Judges the message, the identities and the files of a commit, if any rule for them is on.
    ///
    /// The files of a merge are judged once its merge bases can be found: [`super::merges::reports`].
    fn add_content_findings(
        &mut self,
        commit: &Commit,
        has_old_files: bool,
        report: &mut Report,
    ) -> Result<()> {
        if !self.judges_files {
            return Ok(());
        }
        self.add_text_findings(commit, report);
        if has_old_files || distinct(self.repo.store().parents(commit)?).len() > 1 {
            return Ok(());
        }
        self.trees.add_commit_findings(commit, report)
    }

    /// Searches the message and the identities of a commit for credentials.
    fn add_text_findings(&self, commit: &Commit, report: &mut Report) {
        let text = &commit.text;
        let subject = subject(&text.message);
        let location = || Location::Commit { commit: Some(commit.oid), subject: subject.clone(), line: None };
        let identities = text.authors.iter().chain(&text.committers).map(|identity| (identity, false));
        for (text, is_message) in identities.chain([(&text.message, true)]) {
            let found = self.trees.files.tokens.text_findings(location(), text, report);
            report.findings.extend(found.into_iter().map(|finding| {
                let help = Some(self.rewording.help(self.repo, commit, is_message));
                Finding { help, ..finding }
            }));
        }
    }
}

/// Adds the facts about a commit to its findings, so that it need not be read again for the report.
fn add_facts<'f>(commit: &Commit, findings: impl Iterator<Item = &'f mut Finding>) {
    let mut findings = findings.peekable();
    if findings.peek().is_some() {
        let facts = facts_of(commit).map(Arc::new);
        findings.for_each(|finding| finding.commit.clone_from(&facts));
    }
}
