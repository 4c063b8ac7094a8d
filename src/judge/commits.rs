//! Judges new commits, each once: on one thread when there are few, on all cores when there are many.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Bench;
use super::files::Files;
use super::sign_off::{Judged, SignOffs};
use crate::error::{Error, Result};
use crate::finding::{Finding, Location, Report};
use crate::git::{Added, ChangedFile, Changes, Commit, NewHistory, Oid, Repo, Tip};
use crate::output::{Progress, Ui};
use crate::policy::{JudgedCommits, Policy};
use crate::token;

/// How many commits a thread takes at a time: neighbours share their trees.
const CHUNK: usize = 64;

/// The stack of a thread. A tree may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Fewer commits than this are judged on one thread: to start another costs more than it brings.
const FEW: usize = 256;

/// Judges all new commits and adds what was found, older commits first.
pub(super) fn judge(bench: Bench<'_>, added: &Added, ui: &Ui, report: &mut Report) -> Result<()> {
    let progress = Progress::start(ui, "judging commits", added.commit_count());
    for history in &added.histories {
        let sign_offs = SignOffs::new(bench.repo, bench.policy, history.accepted)?;
        let pool = Pool { policy: bench.policy, history, sign_offs: &sign_offs, progress: &progress };
        let mut outcomes = pool.run(bench.repo)?;
        sign_offs.settle(bench.repo, outcomes.iter_mut().flat_map(|outcome| &mut outcome.sign_offs))?;
        collect(sign_offs, outcomes, report);
        tips(bench, history, report)?;
    }
    progress.finish();
    Ok(())
}

/// Judges the workflows of the tips alone, each against what its own ref has accepted, where the policy wants just that.
fn tips(bench: Bench<'_>, history: &NewHistory, report: &mut Report) -> Result<()> {
    if bench.policy.workflows.judge == JudgedCommits::EveryCommit {
        return Ok(());
    }
    let mut files = Files::of_tips(bench.repo, bench.policy);
    for Tip { oid, accepted } in &history.tips {
        let commit = bench.repo.commit(*oid)?;
        files.enter(commit.tree, accepted.as_slice());
        let accepted = accepted.map(|oid| bench.repo.commit(oid)).transpose()?;
        let before: Vec<Oid> = accepted.iter().map(|commit| commit.tree).collect();
        let each = &mut |file: ChangedFile| files.judge(Some(*oid), &file, report);
        Changes::new(bench.repo).between(commit.tree, &before, each)?;
        files.end(Some(*oid), commit.tree, report)?;
    }
    Ok(())
}

/// What judging some commits gave, in their order.
#[derive(Default)]
struct Outcome {
    sign_offs: Vec<Judged>,
    rest: Report,
}

/// Joins the outcomes in the order of the commits.
fn collect(sign_offs: SignOffs, outcomes: Vec<Outcome>, report: &mut Report) {
    let mut judged = Vec::new();
    for outcome in outcomes {
        judged.extend(outcome.sign_offs);
        report.merge(outcome.rest);
    }
    let outcome = sign_offs.finish(judged);
    report.findings.splice(0..0, outcome.findings);
    report.advice.extend(outcome.advice);
    report.remarks.extend(outcome.remarks);
}

/// The commits of one history, and the threads that share them.
struct Pool<'a> {
    policy: &'a Policy,
    history: &'a NewHistory,
    sign_offs: &'a SignOffs,
    progress: &'a Progress,
}

impl Pool<'_> {
    fn run(&self, repo: &Repo) -> Result<Vec<Outcome>> {
        let commits = &self.history.commits;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if commits.len() < FEW || threads == 1 {
            return Ok(vec![Worker::new(self, repo).commits(commits)?]);
        }
        let repos = (0..threads).map(|_| repo.reopen()).collect::<Result<Vec<_>>>()?;
        let shared = Shared::default();
        std::thread::scope(|scope| {
            for repo in repos {
                let shared = &shared;
                let work = move || shared.record(self.work(repo, shared));
                let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
                shared.record(thread.map(drop).map_err(|error| Error::io("cannot start a thread", error)));
            }
        });
        shared.outcomes()
    }

    /// One thread: takes chunks until there are none, or until any thread has failed.
    fn work(&self, repo: Repo, shared: &Shared) -> Result<()> {
        let mut worker = Worker::new(self, &repo);
        while !shared.failed.load(Ordering::Relaxed) {
            let start = shared.next.fetch_add(CHUNK, Ordering::Relaxed);
            let commits = self.history.commits.get(start..).unwrap_or_default();
            let Some(chunk) = commits.get(..CHUNK.min(commits.len())).filter(|chunk| !chunk.is_empty())
            else {
                break;
            };
            let outcome = worker.commits(chunk)?;
            shared.done.lock().unwrap_or_else(PoisonError::into_inner).push((start, outcome));
        }
        Ok(())
    }
}

/// What the threads share.
#[derive(Default)]
struct Shared {
    next: AtomicUsize,
    failed: AtomicBool,
    done: Mutex<Vec<(usize, Outcome)>>,
    error: Mutex<Option<Error>>,
}

impl Shared {
    fn record(&self, result: Result<()>) {
        if let Err(error) = result {
            self.failed.store(true, Ordering::Relaxed);
            self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    fn outcomes(self) -> Result<Vec<Outcome>> {
        if let Some(error) = self.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(start, _)| *start);
        Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
    }
}

/// Judges one commit after the other.
struct Worker<'a> {
    repo: &'a Repo,
    sign_offs: &'a SignOffs,
    progress: &'a Progress,
    changes: Changes<'a>,
    files: Files<'a>,
}

impl<'a> Worker<'a> {
    fn new(pool: &Pool<'a>, repo: &'a Repo) -> Self {
        Self {
            repo,
            sign_offs: pool.sign_offs,
            progress: pool.progress,
            changes: Changes::new(repo),
            files: Files::of_commits(repo, pool.policy),
        }
    }

    fn commits(&mut self, oids: &[Oid]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for oid in oids {
            let commit = self.repo.commit(*oid)?;
            outcome.sign_offs.push(self.sign_offs.commit(self.repo, &commit)?);
            outcome.rest.checked.commits += 1;
            self.content(&commit, &mut outcome.rest)?;
            self.progress.step();
        }
        Ok(outcome)
    }

    /// What the commit says and what its files hold, where any rule wants to know.
    fn content(&mut self, commit: &Commit, report: &mut Report) -> Result<()> {
        if !self.files.are_judged() {
            return Ok(());
        }
        report.findings.extend(self.texts(commit));
        let files = &mut self.files;
        files.enter(commit.tree, self.repo.parents(commit)?);
        self.changes.of(commit, &mut |file| files.judge(Some(commit.oid), &file, report))?;
        files.end(Some(commit.oid), commit.tree, report)
    }

    /// Tokens in what the commit says: its message and its identities.
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

/// The first line of a message, redacted, escaped and cut, to recognise a commit by.
pub(crate) fn subject(message: &[u8]) -> String {
    let line =
        message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    // Before it is cut: the rest of a credential would not be recognised.
    let line = token::redact(line);
    let shown = crate::text::escape(line.get(..60.min(line.len())).unwrap_or_default().trim_ascii());
    if line.len() > 60 { format!("{shown}...") } else { shown }
}
