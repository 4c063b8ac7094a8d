//! Judges the files of commits and trees: what they run, and what credentials they hold.

use super::tokens::Tokens;
use super::workflows::Workflows;
use crate::error::Result;
use crate::finding::{Finding, Location, Report};
use crate::git::{ChangedFile, Oid, Repo};
use crate::policy::Policy;

/// Judges one file after the other.
pub(super) struct Files<'a> {
    repo: &'a Repo,
    workflows: Workflows<'a>,
    /// Searches other texts too: messages, identities, tags.
    pub(super) tokens: Tokens<'a>,
}

impl<'a> Files<'a> {
    pub(super) fn new(repo: &'a Repo, policy: &'a Policy) -> Self {
        Self { repo, workflows: Workflows::new(policy), tokens: Tokens::new(policy) }
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
        let workflow = self.workflows.file(self.repo, commit, file)?;
        report.checked.workflows += u64::from(workflow.judged);
        report.remarks.extend(workflow.remarks);
        let mut findings = workflow.findings;
        report.checked.blobs += 1;
        findings.extend(self.tokens.file(self.repo, commit, file)?);
        report.remarks.extend(self.tokens.take_remarks());
        findings.sort_by_key(position);
        report.findings.extend(findings);
        Ok(())
    }

    /// Adds what the files of one commit, or of one tree, bring together.
    ///
    /// # Errors
    /// Fails when a file of the tree cannot be read.
    pub(super) fn end(&mut self, commit: Option<Oid>, tree: Oid, report: &mut Report) -> Result<()> {
        report.findings.extend(self.workflows.commit_end(self.repo, commit, tree)?);
        Ok(())
    }
}

fn position(finding: &Finding) -> (Option<u32>, Option<u32>) {
    match finding.location {
        Location::Blob { line, column, .. } => (line, column),
        _ => (None, None),
    }
}
