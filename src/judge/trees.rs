//! Judges the trees of commits, each compared with older trees. One thread has one judge, with its caches.

use super::Context;
use super::files::FileJudge;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Commit, CommitTree, PackSummary};
use crate::report::Report;

/// Judge of trees, which are passed one after the other. Neighbours in history share most of their files.
pub(super) struct TreeJudge<'a> {
    pub(super) files: FileJudge<'a>,
    changes: Changes<'a>,
}

impl<'a> TreeJudge<'a> {
    /// Creates a judge of the trees of new commits. A summary, if any, saves reading what it knows.
    pub(super) fn of_commits(
        Context { repo, policy }: Context<'a>,
        summary: Option<&'a PackSummary>,
    ) -> Self {
        let files = FileJudge::of_commits(repo, policy, summary);
        Self { files, changes: Changes::skipping(repo, summary) }
    }

    /// Creates a judge of the workflows of ref tips.
    pub(super) fn of_tips(Context { repo, policy }: Context<'a>, summary: Option<&'a PackSummary>) -> Self {
        let files = FileJudge::of_tips(repo, policy);
        Self { files, changes: Changes::skipping(repo, summary) }
    }

    /// Adds the problems of a commit that is no merge.
    ///
    /// # Errors
    /// Fails when an object cannot be read.
    pub(super) fn add_commit_findings(&mut self, commit: &Commit, report: &mut Report) -> Result<()> {
        let older = self.changes.before(commit)?;
        self.add_findings(&CommitTree { commit: commit.oid, tree: commit.tree, older }, report)
    }

    /// Adds the problems of a tree that are not known from older trees.
    ///
    /// # Errors
    /// Fails when an object cannot be read.
    pub(super) fn add_findings(&mut self, judged: &CommitTree, report: &mut Report) -> Result<()> {
        let Self { files, changes } = self;
        let CommitTree { commit, tree, older } = judged;
        files.enter_tree(*tree, older);
        let visit = &mut |file: ChangedFile| files.add_findings(Some(*commit), &file, report);
        let removed = changes.between(*tree, older, visit)?;
        files.finish_tree(changes, &removed, Some(*commit), *tree, report)
    }
}
