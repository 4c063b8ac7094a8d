//! Workflows and actions: finds the problems that a new version of a file adds.

mod action_callers;
mod called;
mod check;
mod dependencies;
mod exemptions;
mod folders;
mod local_actions;
mod pins;
#[cfg(test)]
mod tests;
mod version;
mod version_cache;

use std::sync::Arc;

use bstr::BString;

use super::finding::{SourceFile, finding};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Older, RemovedPaths, Repo};
use crate::judge::multiset::{Known, Novelty};
use crate::policy::Policy;
use crate::report::{
    AppliedExemption, ExemptedBy, Finding, GrantedExemption, Group, RuleMeta, WorkflowProblem, joined,
};
use crate::rules::{MISMATCHED_LOCK, MISSING_SBOM, SCRIPT_INJECTION, UNLABELLED_PIN, UNSIGNED_IMAGE};
use crate::text::escape;
use crate::workflow::{FaultKind, FileKind};
use action_callers::ChangedWorkflows;
pub(super) use called::may_be_called_by_name;
use called::{CallFinder, Called, CalledWorkflows};
use check::CheckResult;
pub(crate) use check::workflow_problems;
use folders::WorkflowEntry;
use pins::{AddedPin, AddedPins};
pub(super) use version::FileVersion;
use version::{OlderVersion, Role, WantedFile};
use version_cache::VersionCache;

/// Note on a finding in a file that the commit does not change.
const ACTION_CHANGED: &str =
    "this file is unchanged, but a local action or a script that it uses has changed";

/// Note on a finding about a `uses` in a file that the commit does not change.
const LOCK_CHANGED: &str = "this file is unchanged, but `.github/workflows/actions.lock` has changed, or a merge brings both together";

/// Note on the finding that a tree calls more workflows than are followed.
const CUT: &str = "workflows that are not followed cannot be compared with older ones: this is reported until there are fewer";

/// Tree that is judged as a whole, after its changed files.
struct WholeTree<'t, 'r> {
    repo: &'t Repo,
    changes: &'t mut Changes<'r>,
    commit: Option<Oid>,
    tree: Oid,
}

/// Judge of the workflow files of commits, which are passed one commit after the other.
pub(super) struct WorkflowJudge<'p> {
    policy: &'p Policy,
    versions: VersionCache<'p>,
    pins: AddedPins,
    trees: Trees,
    changed: ChangedWorkflows,
    calls: CallFinder,
    /// Set if any rule for workflows is on.
    follows_calls: bool,
}

/// Trees of the files that are judged; local actions are looked up there.
#[derive(Debug, Clone, Default)]
struct Trees {
    /// Tree that contains the files.
    new: Option<Oid>,
    /// Older trees that it is compared with.
    older: Older<Oid>,
}

/// Result of judging one file.
#[derive(Default)]
pub(super) struct JudgedFile {
    /// Findings that the new version adds.
    pub(super) findings: Vec<Finding>,
    /// True if it is a workflow or an action.
    pub(super) is_workflow: bool,
    /// Number of `uses` that only the lock file of the tree pins.
    pub(super) locked_uses: usize,
    /// Remarks about exemptions that the new version adds, and about mistakes in them.
    pub(super) remarks: Vec<String>,
    /// Exemptions of problems that the new version adds.
    pub(super) exemptions: Vec<AppliedExemption>,
    /// New version of the file; `None` if it is not a regular file that a forge reads.
    version: Option<Arc<FileVersion>>,
}

impl JudgedFile {
    /// Adds an exempted problem.
    fn exempt(
        &mut self,
        path: &BString,
        rule: &'static RuleMeta,
        problem: &WorkflowProblem,
        exemption: &GrantedExemption,
    ) {
        self.remarks.push(exemptions::remark(path, rule, problem, exemption));
        let GrantedExemption { by, reason } = exemption.clone();
        self.exemptions.push(AppliedExemption { rule: rule.id, path: path.clone(), by, reason });
    }

    /// Adds the findings, remarks and exemptions of another file.
    fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.remarks.extend(other.remarks);
        self.exemptions.extend(other.exemptions);
    }

    /// Returns the new version of the file; `None` if it is not a regular file that a forge reads.
    pub(super) fn version(&self) -> Option<&FileVersion> {
        self.version.as_deref()
    }
}

impl<'p> WorkflowJudge<'p> {
    /// Creates a judge that applies a policy.
    pub(super) fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            versions: VersionCache::new(policy),
            pins: AddedPins::default(),
            trees: Trees::default(),
            changed: ChangedWorkflows::default(),
            calls: CallFinder::default(),
            follows_calls: policy.is_group_on(Group::Workflow),
        }
    }

    /// Sets the tree that contains the next files, and the older trees that it is compared with.
    pub(super) fn enter_tree(&mut self, tree: Oid, older: &Older<Oid>) {
        self.trees = Trees { new: Some(tree), older: older.clone() };
        (self.pins, self.changed) = (AddedPins::default(), ChangedWorkflows::default());
    }

    /// Reads the files that are judged next, on all cores if there are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, repo: &Repo, files: &[ChangedFile]) -> Result<()> {
        let tree = self.trees.new;
        let mut found = Vec::new();
        for file in files.iter().filter(|file| file.mode == Mode::File) {
            let Some(kind) = FileKind::of(&file.path) else { continue };
            found.push((file, kind, self.versions.lock_at(repo, tree, kind)?));
        }
        let wanted: Vec<WantedFile<'_>> = { found.iter() }
            .map(|(file, kind, lock)| WantedFile {
                path: &file.path,
                oid: file.oid,
                kind: *kind,
                tree,
                lock: lock.as_deref(),
            })
            .collect();
        self.versions.read_ahead(repo, &wanted)
    }

    /// Judges the new version of a file and returns the problems that are not known from older ones at the same
    /// path.
    ///
    /// # Errors
    /// Fails when the file, or an older version of it, cannot be read from the repository.
    pub(super) fn judge_file(
        &mut self,
        repo: &Repo,
        commit: Option<Oid>,
        file: &ChangedFile,
    ) -> Result<JudgedFile> {
        if self.follows_calls && called::may_be_called(file) {
            self.changed.note_call();
        }
        if self.versions.needs_actions() {
            self.changed.note_script(&file.path);
        }
        self.judge_in_role(repo, commit, file, Role::Found)
    }

    /// Judges the new version of a file that a forge finds by its path, or that a workflow calls.
    fn judge_in_role(
        &mut self,
        repo: &Repo,
        commit: Option<Oid>,
        file: &ChangedFile,
        role: Role,
    ) -> Result<JudgedFile> {
        let entry = (file.mode, file.oid);
        let Some(new) = self.versions.read(repo, &file.path, entry, self.trees.new, role)? else {
            return Ok(JudgedFile::default());
        };
        if role == Role::Found {
            self.changed.note(file);
        }
        if !new.calls.is_empty() {
            self.changed.note_call();
        }
        let kind = role.kind(&file.path).filter(|_| file.mode == Mode::File);
        if let Some(kind) = kind {
            self.calls.learn(file.oid, kind, &new.calls);
        }
        let older = file.older.zip(&self.trees.older).try_map(|(entry, tree)| {
            let version = entry.map(|entry| self.versions.read(repo, &file.path, entry, Some(**tree), role));
            let version = version.transpose()?.flatten();
            if let (Some(version), Some(kind), Some((Mode::File, oid))) = (&version, kind, entry) {
                self.calls.learn(*oid, kind, &version.calls);
            }
            Ok(OlderVersion { entry: **entry, version })
        })?;
        if [&UNLABELLED_PIN, &MISMATCHED_LOCK].iter().any(|rule| self.policy.is_on(&rule.meta)) {
            self.pins.note(file, &new, &older);
        }
        let place = SourceFile { commit, blob: file.oid, path: &file.path, text: &new.text };
        let judged = self.added(place, file.mode, &new, &older);
        // A link or a submodule has no content.
        Ok(JudgedFile { version: (file.mode == Mode::File).then_some(new), ..judged })
    }

    /// Records the paths that the commit removes.
    pub(crate) fn note_removed(&mut self, removed: &RemovedPaths) {
        self.changed.note_removed(removed);
    }

    /// Compares the changed files of a commit with the rest of its tree.
    ///
    /// Costs nothing if they add no pin and change no action.
    ///
    /// # Errors
    /// Fails when the tree, or a workflow in it, cannot be read.
    pub(super) fn finish_tree(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        commit: Option<Oid>,
        tree: Oid,
    ) -> Result<JudgedFile> {
        let whole = &mut WholeTree { repo, changes, commit, tree };
        let mut judged = self.called(whole)?;
        judged.add(self.unchanged(whole)?);
        judged.add(self.pin_conflicts(whole)?);
        Ok(judged)
    }

    /// Judges the reusable workflows outside the folders of workflows that the tree calls.
    ///
    /// One that was not called before is new as a whole.
    fn called(&mut self, whole: &mut WholeTree<'_, '_>) -> Result<JudgedFile> {
        let WholeTree { repo, ref mut changes, commit, tree } = *whole;
        let older = self.trees.older.clone();
        let mut all = JudgedFile::default();
        if !self.follows_calls || !self.changed.may_affect_calls(&older) {
            return Ok(all);
        }
        let now = self.calls.find(repo, changes, tree)?;
        if now.files.is_empty() && now.cut_at.is_none() {
            return Ok(all);
        }
        let before: Older<CalledWorkflows> = older.try_map(|tree| self.calls.find(repo, changes, *tree))?;
        let may_differ = self.versions.needs_actions() && self.changed.may_affect_actions(&older);
        for (path, Called { mode, oid, caller }) in now.files {
            let older = before.map(|old| old.entry(&path));
            if older.vouch(&(mode, oid)) && !may_differ {
                continue;
            }
            let file = ChangedFile { path, mode, oid, older };
            let mut judged = self.judge_in_role(repo, commit, &file, Role::Called)?;
            let note = format!("{} calls it as a local workflow", escape(&caller));
            judged.findings.iter_mut().for_each(|finding| finding.notes.push(note.clone()));
            all.add(judged);
        }
        if let Some(WorkflowEntry { path, oid, .. }) = now.cut_at {
            let version = FileVersion::unread(self.policy, &path, FaultKind::TooManyCalls);
            let place = SourceFile { commit, blob: oid, path: &path, text: b"" };
            let mut judged = self.added(place, Mode::File, &version, &Older::default());
            judged.findings.iter_mut().for_each(|finding| finding.notes.push(CUT.to_owned()));
            all.add(judged);
        }
        Ok(all)
    }

    /// Judges the unchanged workflows again, if the commit changes an action that they may use.
    fn unchanged(&mut self, whole: &mut WholeTree<'_, '_>) -> Result<JudgedFile> {
        let WholeTree { repo, ref mut changes, commit, tree } = *whole;
        let changed = std::mem::take(&mut self.changed);
        let mut all = JudgedFile::default();
        let older = self.trees.older.clone();
        let by_action = self.versions.needs_actions() && changed.may_affect_actions(&older);
        let by_lock = self.versions.needs_lock() && changed.may_affect_locks(&older);
        if !by_action && !by_lock {
            return Ok(all);
        }
        for file in changed.unchanged_workflows(changes, tree, &older)? {
            let mut judged = self.judge_in_role(repo, commit, &file, Role::Found)?;
            for finding in &mut judged.findings {
                let by_action = [&UNSIGNED_IMAGE, &MISSING_SBOM, &SCRIPT_INJECTION];
                let is_by_action = by_action.iter().any(|rule| rule.meta.id == finding.rule.id);
                let note = if is_by_action { ACTION_CHANGED } else { LOCK_CHANGED };
                finding.notes.push(note.to_owned());
            }
            all.add(judged);
        }
        self.changed = ChangedWorkflows::default();
        Ok(all)
    }

    /// Adds the added pins that conflict with other pins of the tree.
    fn pin_conflicts(&mut self, whole: &mut WholeTree<'_, '_>) -> Result<JudgedFile> {
        let WholeTree { repo, ref mut changes, commit, tree } = *whole;
        let mut judged = JudgedFile::default();
        for (AddedPin { path, blob, version, pin, .. }, rule, problem) in
            std::mem::take(&mut self.pins).conflicts(repo, changes, tree, &mut self.versions)?
        {
            let by_comment = version.exempted_pins.get(&pin.span.start).cloned();
            let by_comment = by_comment.map(|reason| GrantedExemption { by: ExemptedBy::Comment, reason });
            let by_policy = || exemptions::by_policy(self.policy, &path, rule, &problem);
            if let Some(exemption) = by_comment.or_else(by_policy) {
                judged.exempt(&path, rule, &problem, &exemption);
                continue;
            }
            let place = SourceFile { commit, blob, path: &path, text: &version.text };
            let (location, snippet) = place.locate(problem.place.span);
            judged.findings.extend(finding(self.policy, rule, problem, location, snippet));
        }
        Ok(judged)
    }

    /// Returns the results of the new version that are not known from older ones.
    fn added(
        &self,
        place: SourceFile<'_>,
        mode: Mode,
        new: &FileVersion,
        older: &Older<OlderVersion>,
    ) -> JudgedFile {
        let mut known = Known::of(&older.map(|version| version.keys().collect()));
        let (is_workflow, locked_uses) = (new.is_workflow, new.locked_uses);
        let mut judged = JudgedFile { is_workflow, locked_uses, ..JudgedFile::default() };
        let mut problems = Vec::new();
        for result in &new.results {
            let key = result.key().or_else(|| result.key_in((mode, place.blob)));
            let novelty = key.map_or(Novelty::New, |key| known.take(&key));
            match result {
                _ if novelty == Novelty::Known => {}
                CheckResult::Problem(rule, problem) => {
                    let mut problem = problem.clone();
                    problem.notes.extend(novelty.note());
                    problems.push((*rule, problem));
                }
                CheckResult::Exempted(rule, problem, exemption) => {
                    judged.exempt(place.path, rule, problem, exemption);
                }
                CheckResult::UnusedComment(_, remark) => judged.remarks.push(remark.clone()),
            }
        }
        for (rule, problem) in joined(problems) {
            let (location, snippet) = place.locate(problem.place.span);
            judged.findings.extend(finding(self.policy, rule, problem, location, snippet));
        }
        judged
    }
}
