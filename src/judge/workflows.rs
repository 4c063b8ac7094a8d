//! Workflows and actions: what a file says now that it did not say before.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use bstr::BString;

use super::exempt::{self, Judgement, Likeness};
use super::{FilePlace, finding};
use crate::error::Result;
use crate::finding::{Finding, Place, Problem};
use crate::git::{ChangedFile, Mode, Oid, Repo};
use crate::policy::{Level, Policy};
use crate::rules::{Check, RULES, Rule};
use crate::workflow::{self, Document, Reason, Scope};

/// How many bytes of files are kept: a file is often both the new side of a commit and the old side of the next.
const CACHE_BYTES: usize = 16 << 20;

/// Judges the workflow files of one commit after the other.
pub(crate) struct Workflows<'p> {
    policy: &'p Policy,
    cache: Cache,
}

/// What came of one file.
#[derive(Default)]
pub(crate) struct JudgedFile {
    /// What it adds.
    pub(crate) findings: Vec<Finding>,
    /// Whether it is a workflow or an action at all.
    pub(crate) judged: bool,
    /// Exemptions that it adds, and what is wrong with them.
    pub(crate) remarks: Vec<String>,
}

impl<'p> Workflows<'p> {
    /// Prepares to judge by a policy.
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Self { policy, cache: Cache::default() }
    }

    /// Judges a file at its new content and returns what no parent's file at the same path says already.
    ///
    /// # Errors
    /// Fails when the file, or an older version of it, cannot be read from the repository.
    pub(crate) fn file(
        &mut self,
        repo: &Repo,
        commit: Option<Oid>,
        file: &ChangedFile,
    ) -> Result<JudgedFile> {
        let Some(scope) = workflow::scope(&file.path) else { return Ok(JudgedFile::default()) };
        let new = self.read(repo, scope, file, (file.mode, file.oid))?;
        let mut known = Known::default();
        for before in file.before.iter().flatten().filter(|(mode, _)| *mode == Mode::File) {
            known.add_parent(self.read(repo, scope, file, *before)?.as_ref());
        }
        let place = FilePlace { commit, blob: file.oid, path: &file.path, text: &new.text };
        let mut judged = JudgedFile { judged: new.judged, ..JudgedFile::default() };
        for judgement in new.judgements.iter().filter(|judgement| !known.takes(judgement)) {
            match judgement {
                Judgement::Found(rule, problem) => {
                    let (location, snippet) = place.locate(&problem.place);
                    judged.findings.extend(finding(self.policy, rule, problem.clone(), location, snippet));
                }
                Judgement::Exempted(_, _, remark) | Judgement::Warning(_, remark) => {
                    judged.remarks.push(remark.clone());
                }
            }
        }
        Ok(judged)
    }

    fn read(
        &mut self,
        repo: &Repo,
        scope: Scope,
        file: &ChangedFile,
        (mode, oid): (Mode, Oid),
    ) -> Result<Rc<Reading>> {
        match (mode, scope) {
            (Mode::Symlink, _) => Ok(Rc::new(self.unread(&file.path, Reason::SymbolicLink))),
            (Mode::Submodule, _) => Ok(Rc::new(self.unread(&file.path, Reason::Submodule))),
            (_, Scope::Directory) => Ok(Rc::default()),
            _ => {
                let key = (oid, file.path.clone());
                if let Some(reading) = self.cache.readings.get(&key) {
                    return Ok(Rc::clone(reading));
                }
                let text = repo.blob(oid)?;
                let documents = Document::read(&text, scope);
                let judgements = self.judge(&file.path, &documents);
                let reading = Rc::new(Reading { judged: !documents.is_empty(), judgements, text });
                self.cache.keep(key, &reading);
                Ok(reading)
            }
        }
    }

    fn unread(&self, path: &BString, reason: Reason) -> Reading {
        let documents = [Document::unread(reason)];
        Reading { judged: true, judgements: self.judge(path, &documents), text: Vec::new() }
    }

    fn judge(&self, path: &BString, documents: &[Document]) -> Vec<Judgement> {
        let Some(first) = documents.first() else { return Vec::new() };
        exempt::apply(self.policy, path, first, self.problems(documents))
    }

    /// Runs the rules on every reading of a file. What one reader sees counts, even if the others do not see it.
    fn problems(&self, documents: &[Document]) -> Vec<(&'static Rule, Problem)> {
        let mut all: Vec<(&'static Rule, Problem)> = Vec::new();
        for document in documents {
            let mut seen = Counts::default();
            all.iter().for_each(|(rule, problem)| seen.add(likeness(rule, problem)));
            for rule in RULES.iter().filter(|rule| self.policy.level(rule).0 != Level::Allow) {
                if let Check::Workflow(check) = rule.check {
                    let mut problems = check(document, self.policy);
                    problems.retain(|problem| !seen.take(&likeness(rule, problem)));
                    all.extend(problems.into_iter().map(|problem| (*rule, problem)));
                }
            }
        }
        all
    }
}

/// What makes a problem in one reading of a file the same as one in another.
fn likeness(rule: &Rule, problem: &Problem) -> (&'static str, Option<usize>, BString, String) {
    let start = if let Place::Span(span) = problem.place { Some(span.start) } else { None };
    (rule.id, start, problem.identity.clone(), problem.message.clone())
}

/// One version of a file, judged.
#[derive(Default)]
struct Reading {
    judged: bool,
    judgements: Vec<Judgement>,
    text: Vec<u8>,
}

/// What the parents say already: of each judgement as many as the parent that has most of them.
#[derive(Default)]
struct Known(Counts<Likeness>);

impl Known {
    fn add_parent(&mut self, reading: &Reading) {
        let mut counts = Counts::default();
        reading.judgements.iter().filter_map(Judgement::likeness).for_each(|likeness| counts.add(likeness));
        self.0.raise_to(counts);
    }

    /// Whether a judgement is known; each takes one of those that are.
    fn takes(&mut self, judgement: &Judgement) -> bool {
        judgement.likeness().is_some_and(|likeness| self.0.take(&likeness))
    }
}

/// A multiset.
struct Counts<K>(HashMap<K, usize>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Counts<K> {
    fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    fn take(&mut self, key: &K) -> bool {
        let Some(count) = self.0.get_mut(key).filter(|count| **count > 0) else { return false };
        *count -= 1;
        true
    }

    fn raise_to(&mut self, other: Self) {
        for (key, count) in other.0 {
            let own = self.0.entry(key).or_default();
            *own = count.max(*own);
        }
    }
}

/// The versions read last.
#[derive(Default)]
struct Cache {
    readings: HashMap<(Oid, BString), Rc<Reading>>,
    bytes: usize,
}

impl Cache {
    fn keep(&mut self, key: (Oid, BString), reading: &Rc<Reading>) {
        // The judgements of a small file may be many when aliases replay it.
        let bytes = reading.text.len() + 512 * (1 + reading.judgements.len());
        if self.bytes + bytes > CACHE_BYTES {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.readings.insert(key, Rc::clone(reading));
    }
}
