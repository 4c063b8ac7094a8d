//! Judges the files of commits and trees: what workflows run, and the credentials in any file.

use super::large_files::FilePlace;
use super::tokens::TokenJudge;
use super::workflows::{JudgedFile, WorkflowJudge};
use crate::error::{Error, ErrorKind, FEWER_COMMITS, Result};
use crate::git::{ChangedFile, Changes, Mode, Oid, Older, PackSummary, RemovedPaths, Repo};
use crate::policy::{JudgedCommits, Policy};
use crate::report::{Finding, Group, Location, Report};

/// Maximum size of all findings and remarks about files, in bytes.
const MAX_REPORTED: u64 = 192 << 20;

/// Groups of rules that are applied to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileRules {
    All,
    Workflows,
    Tokens,
}

/// Judge of files, which are passed one after the other.
pub(super) struct FileJudge<'a> {
    repo: &'a Repo,
    rules: FileRules,
    workflows: WorkflowJudge<'a>,
    /// Also used for other texts: messages, identities, tags.
    pub(super) tokens: TokenJudge<'a>,
}

impl<'a> FileJudge<'a> {
    /// Creates a judge of files that applies all rules.
    pub(super) fn new(repo: &'a Repo, policy: &'a Policy) -> Self {
        Self::with(repo, policy, FileRules::All, None)
    }

    /// Creates a judge for the files of new commits. A summary, if any, saves reading clean files.
    ///
    /// It leaves out the workflow rules if the policy judges the workflows of tips only.
    pub(super) fn of_commits(repo: &'a Repo, policy: &'a Policy, summary: Option<&'a PackSummary>) -> Self {
        let rules = match policy.workflows.judge {
            JudgedCommits::EveryCommit => FileRules::All,
            JudgedCommits::Tip => FileRules::Tokens,
        };
        Self::with(repo, policy, rules, summary)
    }

    /// Creates a judge for the files of ref tips: it applies only the workflow rules.
    pub(super) fn of_tips(repo: &'a Repo, policy: &'a Policy) -> Self {
        Self::with(repo, policy, FileRules::Workflows, None)
    }

    fn with(repo: &'a Repo, policy: &'a Policy, rules: FileRules, summary: Option<&'a PackSummary>) -> Self {
        let (workflows, tokens) = (WorkflowJudge::new(policy), TokenJudge::new(policy, summary));
        Self { repo, rules, workflows, tokens }
    }

    /// Sets the tree that contains the next files, and the older trees that it is compared with.
    pub(super) fn enter_tree(&mut self, tree: Oid, older: &Older<Oid>) {
        self.workflows.enter_tree(tree, older);
    }

    /// Reads the files that are judged next, on all cores if there are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, files: &[ChangedFile]) -> Result<()> {
        if self.rules == FileRules::Tokens { Ok(()) } else { self.workflows.read_ahead(self.repo, files) }
    }

    /// Adds the problems of a file that are not known from older versions at the same path, sorted by line and
    /// column.
    ///
    /// # Errors
    /// Fails when the file, or an older version of it, cannot be read.
    pub(super) fn add_findings(
        &mut self,
        commit: Option<Oid>,
        file: &ChangedFile,
        report: &mut Report,
    ) -> Result<()> {
        let known = (report.findings.len(), report.remarks.len(), report.exempted.len());
        let mut workflow = JudgedFile::default();
        if self.rules != FileRules::Tokens {
            workflow = self.workflows.judge_file(self.repo, commit, file)?;
            report.checked.workflows += u64::from(workflow.is_workflow);
            report.checked.note_locked(&file.path, workflow.locked_uses);
            report.remarks.append(&mut workflow.remarks);
            report.exemptions.append(&mut workflow.exemptions);
        }
        let mut findings = std::mem::take(&mut workflow.findings);
        if self.rules != FileRules::Workflows {
            let blob = matches!(file.mode, Mode::File | Mode::Symlink).then_some(file.oid);
            report.checked.blobs.extend(blob);
            let version = workflow.version();
            findings.extend(self.tokens.file_findings(self.repo, commit, file, version, report)?);
            report.remarks.extend(self.tokens.take_remarks());
        }
        findings.sort_by_key(position);
        report.findings.extend(findings);
        let findings = report.findings.iter().skip(known.0).map(Finding::size).sum::<usize>();
        let exempted = report.exempted.iter().skip(known.2).map(Finding::size).sum::<usize>();
        let remarks = report.remarks.iter().skip(known.1).map(String::len).sum::<usize>();
        self.within_limit(commit, file, findings + exempted + remarks)
    }

    /// Reads a file that is not judged.
    ///
    /// # Errors
    /// Fails when it cannot be read.
    pub(super) fn check(&self, file: &ChangedFile) -> Result<()> {
        match file.mode {
            Mode::File | Mode::Symlink => self.repo.store().check_blob(file.oid),
            Mode::Tree | Mode::Submodule => Ok(()),
        }
    }

    /// Fails if the findings and remarks of this run have become too many to be held.
    fn within_limit(&self, commit: Option<Oid>, file: &ChangedFile, size: usize) -> Result<()> {
        if size == 0 || self.repo.work().add_reported(size) <= MAX_REPORTED {
            return Ok(());
        }
        let place = FilePlace { path: &file.path, oid: file.oid, commit };
        let message = format!("there are more findings than git-gate can report, up to {place}");
        Err(Error::new(ErrorKind::Limit, message).hinted(FEWER_COMMITS))
    }

    /// Adds the problems of all files of one commit or tree together.
    ///
    /// `removed` are the paths that the tree lacks of those that it is compared with.
    ///
    /// # Errors
    /// Fails when a file of the tree cannot be read.
    pub(super) fn finish_tree(
        &mut self,
        changes: &mut Changes<'_>,
        removed: &RemovedPaths,
        commit: Option<Oid>,
        tree: Oid,
        report: &mut Report,
    ) -> Result<()> {
        if self.rules == FileRules::Tokens {
            return Ok(());
        }
        self.workflows.note_removed(removed);
        let judged = self.workflows.finish_tree(self.repo, changes, commit, tree)?;
        report.findings.extend(judged.findings);
        report.remarks.extend(judged.remarks);
        report.exemptions.extend(judged.exemptions);
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
