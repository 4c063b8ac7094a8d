//! Workflows and actions: what a file says now that it did not say before.

mod ahead;
mod callers;
mod exempt;
mod known;
mod local;
mod pins;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{FilePlace, finding};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Repo};
use crate::policy::Policy;
use crate::report::{Finding, Level};
use crate::rules::unlabelled_pin;
use crate::workflow::{Scope, scope};
use callers::Touched;
use exempt::{Judgement, Likeness};
use known::Counts;
use pins::{AddedPin, AddedPins};
pub(super) use reading::Reading;
pub(crate) use reading::workflow_problems;
use reading::{Readings, Wanted};

/// Why something is found in a file that a commit does not change.
const ACTION_CHANGED: &str = "this file is as it was: a local action that it uses has changed";

/// Judges the workflow files of one commit after the other.
pub(crate) struct Workflows<'p> {
    policy: &'p Policy,
    readings: Readings<'p>,
    pins: AddedPins,
    trees: Trees,
    touched: Touched,
}

/// Where the files that are judged stand: there local actions are looked up.
#[derive(Debug, Clone, Default)]
struct Trees {
    new: Option<Oid>,
    /// The trees that they are compared with.
    before: Vec<Oid>,
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
    /// What was read of it.
    reading: Option<Arc<Reading>>,
}

impl JudgedFile {
    /// What was read of the file.
    pub(super) fn reading(&self) -> Option<&Reading> {
        self.reading.as_deref()
    }
}

impl<'p> Workflows<'p> {
    /// Prepares to judge by a policy.
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            readings: Readings::new(policy),
            pins: AddedPins::default(),
            trees: Trees::default(),
            touched: Touched::default(),
        }
    }

    /// Says in which tree the files that follow stand, and with which trees they are compared.
    pub(crate) fn enter(&mut self, tree: Oid, before: &[Oid]) {
        self.trees = Trees { new: Some(tree), before: before.into() };
    }

    /// Reads files that are judged next, on all cores when they are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(crate) fn read_ahead(&mut self, repo: &Repo, files: &[ChangedFile]) -> Result<()> {
        let tree = self.trees.new;
        let wanted = files.iter().filter(|file| file.mode == Mode::File).filter_map(|file| {
            let scope = scope(&file.path).filter(|scope| *scope != Scope::Directory)?;
            Some(Wanted { path: &file.path, oid: file.oid, scope, tree })
        });
        self.readings.read_ahead(repo, &wanted.collect::<Vec<_>>())
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
        let Some(new) = self.readings.read(repo, &file.path, (file.mode, file.oid), self.trees.new)? else {
            return Ok(JudgedFile::default());
        };
        // A link says nothing about the file that replaces it.
        let mut parents: Vec<Arc<Reading>> = Vec::new();
        for (at, before) in file.before.iter().enumerate() {
            let Some(before) = before.filter(|(mode, _)| *mode == Mode::File) else { continue };
            let tree = self.trees.before.get(at).copied();
            parents.extend(self.readings.read(repo, &file.path, before, tree)?);
        }
        self.touched.note(file);
        if self.policy.level(&unlabelled_pin::RULE.meta).0 != Level::Allow {
            self.pins.note(file, &new, &parents);
        }
        let place = FilePlace { commit, blob: file.oid, path: &file.path, text: &new.text };
        // A fault is like no other, but in a file that is judged again it is none that came.
        let is_as_it_was = file.before.contains(&Some((file.mode, file.oid)));
        let judged = self.added(place, &new, &parents, is_as_it_was);
        // Nothing is read of a link.
        Ok(JudgedFile { reading: (file.mode == Mode::File).then_some(new), ..judged })
    }

    /// Compares what the files of a commit added with the rest of its tree. Costs nothing when they added no pin and
    /// changed no action.
    ///
    /// # Errors
    /// Fails when the tree, or a workflow in it, cannot be read.
    pub(crate) fn commit_end(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        (commit, tree): (Option<Oid>, Oid),
    ) -> Result<JudgedFile> {
        let mut judged = self.bystanders(repo, changes, commit)?;
        self.pin_conflicts(repo, changes, (commit, tree), &mut judged)?;
        Ok(judged)
    }

    /// Judges the workflows again whose actions a commit has changed, and nothing else of them.
    fn bystanders(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        commit: Option<Oid>,
    ) -> Result<JudgedFile> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.note_removed(changes.removed());
        let mut all = JudgedFile::default();
        if !self.readings.look_at_actions() {
            return Ok(all);
        }
        for file in touched.bystanders(changes, &self.trees)? {
            let mut judged = self.file(repo, commit, &file)?;
            judged.findings.iter_mut().for_each(|finding| finding.notes.push(ACTION_CHANGED.to_owned()));
            all.findings.append(&mut judged.findings);
            all.remarks.append(&mut judged.remarks);
        }
        self.touched = Touched::default();
        Ok(all)
    }

    fn pin_conflicts(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        (commit, tree): (Option<Oid>, Oid),
        judged: &mut JudgedFile,
    ) -> Result<()> {
        let rule = &unlabelled_pin::RULE.meta;
        for (AddedPin { path, blob, reading, pin }, problem) in
            std::mem::take(&mut self.pins).conflicts(repo, changes, tree, &mut self.readings)?
        {
            let by_comment = reading.exempted_pins.get(&pin.span.start).cloned();
            if let Some(reason) = by_comment.or_else(|| exempt::by_policy(self.policy, &path, rule, &problem))
            {
                judged.remarks.push(exempt::remark(&path, rule, (&problem, &reason)));
                continue;
            }
            let place = FilePlace { commit, blob, path: &path, text: &reading.text };
            let (location, snippet) = place.locate(&problem.place);
            judged.findings.extend(finding(self.policy, rule, problem, location, snippet));
        }
        Ok(())
    }

    fn added(
        &self,
        place: FilePlace<'_>,
        new: &Reading,
        parents: &[Arc<Reading>],
        is_as_it_was: bool,
    ) -> JudgedFile {
        let mut known: Counts<Likeness> = Counts::default();
        for parent in parents {
            known.raise_to(parent.judgements.iter().filter_map(Judgement::likeness).collect());
        }
        let mut judged = JudgedFile { judged: new.judged, ..JudgedFile::default() };
        for judgement in &new.judgements {
            if judgement.likeness().map_or(is_as_it_was, |likeness| known.take(&likeness)) {
                continue;
            }
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
        judged
    }
}
