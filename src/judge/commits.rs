//! Judges new commits, each once: on one thread if there are few, on all cores if there are many.

use super::Context;
use super::files::Files;
use super::queue::{Batch, Feeder, Queue};
use super::signoff::{Judged, Signoffs};
use super::survey::Survey;
use super::tally::CommitTally;
use crate::error::Result;
use crate::git::{Added, ChangedFile, Changes, Commit, CommitOrder, Graph, NewHistory, Oid, Repo, Tip};
use crate::output::{Progress, Ui};
use crate::parallel::{self, Workers};
use crate::policy::{JudgedCommits, Policy};
use crate::report::{Finding, Location, Report};
use crate::token;

/// Minimum number of commits for which worker threads are started; below it they cost more than they gain.
const FEW: usize = 256;

/// Judges all new commits and adds their findings to the report, older commits first.
///
/// # Errors
/// Fails when an object cannot be read, or when a merge cannot be repeated.
pub(super) fn judge(
    context: Context<'_>,
    added: &Added,
    tally: &CommitTally,
    ui: &Ui,
    report: &mut Report,
) -> Result<()> {
    for history in &added.histories {
        let signoffs = Signoffs::new(context.repo, context.policy, history.accepted)?;
        let mut graph = Graph::default();
        let survey = Survey::of(context.repo, context.policy, (&history.commits, &signoffs), &mut graph, ui)?;
        let progress = Progress::start(ui, "checking commits");
        let pool = Pool {
            policy: context.policy,
            history,
            signoffs: &signoffs,
            survey: &survey,
            tally,
            progress: &progress,
        };
        let outcome = pool.run(context.repo, &mut graph)?;
        let Outcome { signoffs: mut judged, findings, rest } = outcome.in_order();
        signoffs.settle(context.repo, graph, &mut judged)?;
        progress.finish();
        findings.into_iter().chain([rest]).for_each(|findings| report.merge(findings));
        collect(signoffs, judged, report);
        tips(context, history, report)?;
    }
    report.checked.blobs += context.repo.overview().map_or(0, |overview| overview.blobs as u64);
    Ok(())
}

/// Judges the workflows of the ref tips only, each compared with the accepted history of its own ref.
///
/// Does nothing if the policy judges every commit.
fn tips(context: Context<'_>, history: &NewHistory, report: &mut Report) -> Result<()> {
    if context.policy.workflows.judge == JudgedCommits::EveryCommit {
        return Ok(());
    }
    let mut files = Files::of_tips(context.repo, context.policy);
    let mut changes = Changes::sparing(context.repo);
    for Tip { oid, accepted } in &history.tips {
        let commit = context.repo.commit(*oid)?;
        let accepted = accepted.map(|oid| context.repo.commit(oid)).transpose()?;
        let before: Vec<Oid> = accepted.iter().map(|commit| commit.tree).collect();
        files.enter(commit.tree, &before);
        let each = &mut |file: ChangedFile| files.judge(Some(*oid), &file, report);
        changes.between(commit.tree, &before, each)?;
        files.end(&mut changes, (Some(*oid), commit.tree), report)?;
    }
    Ok(())
}

/// Result of judging some commits.
#[derive(Default)]
struct Outcome<S = Vec<(CommitOrder, Judged)>, F = Vec<(CommitOrder, Report)>> {
    signoffs: S,
    /// Reports of the commits with findings or remarks.
    findings: F,
    /// Merged counters of all other commits.
    rest: Report,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.signoffs.extend(other.signoffs);
        self.findings.extend(other.findings);
        self.rest.merge(other.rest);
    }

    /// Sorts the results by commit, so that they do not depend on the thread that produced them.
    fn in_order(self) -> Outcome<Vec<Judged>, Vec<Report>> {
        Outcome { signoffs: in_order(self.signoffs), findings: in_order(self.findings), rest: self.rest }
    }
}

fn in_order<T>(mut results: Vec<(CommitOrder, T)>) -> Vec<T> {
    results.sort_unstable_by_key(|(order, _)| *order);
    results.into_iter().map(|(_, value)| value).collect()
}

/// Adds the results about sign-offs to the report; their findings come before all others.
fn collect(signoffs: Signoffs, judged: Vec<Judged>, report: &mut Report) {
    let outcome = signoffs.finish(judged);
    report.findings.splice(0..0, outcome.findings);
    report.advice.extend(outcome.advice);
    report.remarks.extend(outcome.remarks);
}

/// Input shared by the threads that judge the commits of one history.
struct Pool<'a> {
    policy: &'a Policy,
    history: &'a NewHistory,
    signoffs: &'a Signoffs,
    survey: &'a Survey,
    tally: &'a CommitTally,
    progress: &'a Progress,
}

impl Pool<'_> {
    /// Finds all commits on this thread while worker threads judge them, then joins in judging.
    fn run(&self, repo: &Repo, graph: &mut Graph) -> Result<Outcome> {
        let queue = Queue::default();
        let mut quiet: Outcome = Outcome::default();
        let content = Files::of_commits(repo, self.policy).are_judged();
        let outcome = std::thread::scope(|scope| {
            let (mut workers, mut found) = (None, 0);
            let mut feeder = Feeder::new(&queue);
            let read = self.history.commits.read(repo, graph, &mut |graph, commit| {
                if let Some(glance) = self.survey.glance(repo, graph, commit, content) {
                    let judged = self.signoffs.recall(glance, commit.oid, graph.parent_oids(commit.number));
                    quiet.signoffs.push((commit.order, judged));
                    quiet.rest.checked.commits += 1;
                    return Ok(());
                }
                found += 1;
                if found == FEW {
                    let work = |repo| self.work(&repo, &queue);
                    workers = Some(parallel::start(scope, repo.reopen_for_workers()?, work));
                }
                self.tally.add_found();
                self.progress.found();
                feeder.push(commit)
            });
            queue.record(read.and_then(|()| feeder.flush()));
            drop(feeder);
            let mut outcome = self.work(repo, &queue);
            workers.into_iter().flat_map(Workers::join).for_each(|other| outcome.add(other));
            outcome
        });
        quiet.add(outcome);
        queue.result().map(|()| quiet)
    }

    /// Judges batches until the queue is closed and empty, or until any thread has failed.
    fn work(&self, repo: &Repo, queue: &Queue) -> Outcome {
        let mut worker = Worker::new(self, repo);
        let mut last = None;
        while let Some((number, batch)) = queue.take(last) {
            last = Some(number);
            queue.record(worker.judge(&batch));
        }
        worker.outcome
    }
}

/// State of one thread that judges commits, one after the other.
struct Worker<'a> {
    repo: &'a Repo,
    signoffs: &'a Signoffs,
    tally: &'a CommitTally,
    progress: &'a Progress,
    changes: Changes<'a>,
    files: Files<'a>,
    outcome: Outcome,
}

impl<'a> Worker<'a> {
    fn new(pool: &Pool<'a>, repo: &'a Repo) -> Self {
        Self {
            repo,
            signoffs: pool.signoffs,
            tally: pool.tally,
            progress: pool.progress,
            changes: Changes::sparing(repo),
            files: Files::of_commits(repo, pool.policy),
            outcome: Outcome::default(),
        }
    }

    fn judge(&mut self, batch: &Batch) -> Result<()> {
        for (order, oid, data) in batch.commits() {
            let commit = match data {
                Some(data) => Commit::parse(oid, data)?,
                None => self.repo.commit(oid)?,
            };
            self.outcome.signoffs.push((order, self.signoffs.commit(self.repo, &commit)?));
            let mut report = Report::default();
            report.checked.commits += 1;
            self.content(&commit, &mut report)?;
            if report.findings.is_empty() && report.remarks.is_empty() {
                self.outcome.rest.merge(report);
            } else {
                self.outcome.findings.push((order, report));
            }
            self.tally.add_checked();
            self.progress.step();
        }
        Ok(())
    }

    /// Judges the message, the identities and the files of a commit, if any rule for them is on.
    fn content(&mut self, commit: &Commit, report: &mut Report) -> Result<()> {
        if !self.files.are_judged() {
            return Ok(());
        }
        report.findings.extend(self.texts(commit));
        let (files, changes) = (&mut self.files, &mut self.changes);
        let before = changes.before(commit)?;
        files.enter(commit.tree, &before);
        changes.between(commit.tree, &before, &mut |file| files.judge(Some(commit.oid), &file, report))?;
        files.end(changes, (Some(commit.oid), commit.tree), report)
    }

    /// Searches the message and the identities of a commit for credentials.
    fn texts(&mut self, commit: &Commit) -> Vec<Finding> {
        let text = &commit.text;
        let subject = subject(&text.message);
        let location = || Location::Commit { commit: Some(commit.oid), subject: subject.clone(), line: None };
        let identities = text.authors.iter().chain(&text.committers);
        let mut findings: Vec<Finding> =
            identities.flat_map(|identity| self.files.tokens.text(location(), identity)).collect();
        findings.extend(self.files.tokens.text(location(), &text.message));
        findings
    }
}

/// Returns the first non-blank line of a message, to recognise the commit by.
///
/// Credentials are redacted, then the line is cut to 60 bytes and escaped.
pub(crate) fn subject(message: &[u8]) -> String {
    let line =
        message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    // Redact before cutting: the rest of a cut credential would not be recognised.
    let line = token::redact(line);
    let shown = crate::text::escape(line.get(..60.min(line.len())).unwrap_or_default().trim_ascii());
    if line.len() > 60 { format!("{shown}...") } else { shown }
}
