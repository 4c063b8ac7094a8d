//! Judges the files of commits and trees: what workflows run, and the credentials in any file.

use super::tokens::Tokens;
use super::workflows::{JudgedFile, Workflows};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, PackSummary, RemovedPaths, Repo};
use crate::policy::{JudgedCommits, Policy};
use crate::report::{Finding, Group, Location, Report};

/// Groups of rules that are applied to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Everything,
    Workflows,
    Tokens,
}

/// Judge of files, which are passed one after the other.
pub(super) struct Files<'a> {
    repo: &'a Repo,
    part: Part,
    workflows: Workflows<'a>,
    /// Also used for other texts: messages, identities, tags.
    pub(super) tokens: Tokens<'a>,
}

impl<'a> Files<'a> {
    /// Creates a judge of files that applies all rules.
    pub(super) fn new(repo: &'a Repo, policy: &'a Policy) -> Self {
        let (workflows, tokens) = (Workflows::new(policy), Tokens::new(policy));
        Self { repo, part: Part::Everything, workflows, tokens }
    }

    /// Creates a judge for the files of new commits. A summary, if any, saves reading clean files.
    ///
    /// It leaves out the workflow rules if the policy judges the workflows of tips only.
    pub(super) fn of_commits(repo: &'a Repo, policy: &'a Policy, summary: Option<&'a PackSummary>) -> Self {
        let part = match policy.workflows.judge {
            JudgedCommits::EveryCommit => Part::Everything,
            JudgedCommits::Tip => Part::Tokens,
        };
        let mut files = Self { part, ..Self::new(repo, policy) };
        files.tokens.summary = summary;
        files
    }

    /// Creates a judge for the files of ref tips: it applies only the workflow rules.
    pub(super) fn of_tips(repo: &'a Repo, policy: &'a Policy) -> Self {
        Self { part: Part::Workflows, ..Self::new(repo, policy) }
    }

    /// Sets the tree that contains the next files, and the trees that it is compared with.
    pub(super) fn enter(&mut self, tree: Oid, before: &[Oid]) {
        self.workflows.enter(tree, before);
    }

    /// Reads the files that are judged next, on all cores if there are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, files: &[ChangedFile]) -> Result<()> {
        if self.part == Part::Tokens { Ok(()) } else { self.workflows.read_ahead(self.repo, files) }
    }

    /// Adds the problems of a file that no parent has at the same path, sorted by line and column.
    ///
    /// # Errors
    /// Fails when the file, or an older version of it, cannot be read.
    pub(super) fn judge(
        &mut self,
        commit: Option<Oid>,
        file: &ChangedFile,
        report: &mut Report,
    ) -> Result<()> {
        let mut workflow = JudgedFile::default();
        if self.part != Part::Tokens {
            workflow = self.workflows.file(self.repo, commit, file)?;
            report.checked.workflows += u64::from(workflow.is_workflow);
            report.remarks.append(&mut workflow.remarks);
        }
        let mut findings = std::mem::take(&mut workflow.findings);
        if self.part != Part::Workflows {
            let blob = matches!(file.mode, Mode::File | Mode::Symlink).then_some(file.oid);
            report.checked.blobs.extend(blob);
            findings.extend(self.tokens.file(self.repo, commit, (file, workflow.version()))?);
            report.remarks.extend(self.tokens.take_remarks());
        }
        findings.sort_by_key(position);
        report.findings.extend(findings);
        Ok(())
    }

    /// Adds the problems of all files of one commit or tree together.
    ///
    /// `removed` are the paths that the tree lacks of those that it is compared with.
    ///
    /// # Errors
    /// Fails when a file of the tree cannot be read.
    pub(super) fn end(
        &mut self,
        changes: &mut Changes<'_>,
        removed: &RemovedPaths,
        place: (Option<Oid>, Oid),
        report: &mut Report,
    ) -> Result<()> {
        if self.part == Part::Tokens {
            return Ok(());
        }
        let (commit, tree) = place;
        self.workflows.note_removed(removed);
        let judged = self.workflows.commit_end(self.repo, changes, commit, tree)?;
        report.findings.extend(judged.findings);
        report.remarks.extend(judged.remarks);
        Ok(())
    }
}

/// Returns whether any rule for files or texts is on.
pub(super) fn judges_files(policy: &Policy) -> bool {
    [Group::Workflow, Group::Token].iter().any(|group| policy.is_group_on(*group))
}

fn position(finding: &Finding) -> (Option<u32>, Option<u32>) {
    match finding.location {
        Location::Blob { line, column, .. } => (line, column),
        _ => (None, None),
    }
}
