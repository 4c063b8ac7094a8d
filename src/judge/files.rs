//! Judges the files of commits and trees: what they run, and what credentials they hold.

use super::tokens::Tokens;
use super::workflows::{JudgedFile, Workflows};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Oid, Repo};
use crate::policy::{JudgedCommits, Policy};
use crate::report::{Finding, Location, Report};
use crate::rules::{Check, RULES};

/// What of a file is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Everything,
    Workflows,
    Tokens,
}

/// Judges one file after the other.
pub(super) struct Files<'a> {
    repo: &'a Repo,
    policy: &'a Policy,
    part: Part,
    workflows: Workflows<'a>,
    /// Searches other texts too: messages, identities, tags.
    pub(super) tokens: Tokens<'a>,
}

impl<'a> Files<'a> {
    /// Judges files by everything.
    pub(super) fn new(repo: &'a Repo, policy: &'a Policy) -> Self {
        let (workflows, tokens) = (Workflows::new(policy), Tokens::new(policy));
        Self { repo, policy, part: Part::Everything, workflows, tokens }
    }

    /// Judges files of new commits: by everything that the policy does not want of tips alone.
    pub(super) fn of_commits(repo: &'a Repo, policy: &'a Policy) -> Self {
        let part = match policy.workflows.judge {
            JudgedCommits::EveryCommit => Part::Everything,
            JudgedCommits::Tip => Part::Tokens,
        };
        Self { part, ..Self::new(repo, policy) }
    }

    /// Judges files of tips: what is left out of their commits.
    pub(super) fn of_tips(repo: &'a Repo, policy: &'a Policy) -> Self {
        Self { part: Part::Workflows, ..Self::new(repo, policy) }
    }

    /// Whether any rule judges files or texts at all.
    pub(super) fn are_judged(&self) -> bool {
        RULES.iter().any(|rule| {
            matches!(rule.check, Check::Workflow(_) | Check::Token(_)) && self.policy.is_on(&rule.meta)
        })
    }

    /// Says in which tree the files that follow stand, and with which trees they are compared.
    pub(super) fn enter(&mut self, tree: Oid, before: &[Oid]) {
        self.workflows.enter(tree, before);
    }

    /// Reads files that are judged next, on all cores when they are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, files: &[ChangedFile]) -> Result<()> {
        if self.part == Part::Tokens { Ok(()) } else { self.workflows.read_ahead(self.repo, files) }
    }

    /// Adds what a file brings that no parent has at its path, in the order of its lines.
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
            report.checked.workflows += u64::from(workflow.judged);
            report.remarks.append(&mut workflow.remarks);
        }
        let mut findings = std::mem::take(&mut workflow.findings);
        if self.part != Part::Workflows {
            let seen = self.repo.overview().is_some_and(|overview| overview.has_seen(file.oid));
            report.checked.blobs += u64::from(!seen);
            findings.extend(self.tokens.file(self.repo, commit, (file, workflow.reading()))?);
            report.remarks.extend(self.tokens.take_remarks());
        }
        findings.sort_by_key(position);
        report.findings.extend(findings);
        Ok(())
    }

    /// Adds what the files of one commit, or of one tree, bring together. `changes` has just walked the tree.
    ///
    /// # Errors
    /// Fails when a file of the tree cannot be read.
    pub(super) fn end(
        &mut self,
        changes: &mut Changes<'_>,
        place: (Option<Oid>, Oid),
        report: &mut Report,
    ) -> Result<()> {
        if self.part == Part::Tokens {
            return Ok(());
        }
        let judged = self.workflows.commit_end(self.repo, changes, place)?;
        report.findings.extend(judged.findings);
        report.remarks.extend(judged.remarks);
        Ok(())
    }
}

fn position(finding: &Finding) -> (Option<u32>, Option<u32>) {
    match finding.location {
        Location::Blob { line, column, .. } => (line, column),
        _ => (None, None),
    }
}
