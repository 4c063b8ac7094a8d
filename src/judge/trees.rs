//! Judges the trees of commits, each compared with older trees. One thread has one judge, with its caches.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::Context;
use super::content::{WholeTree, finish_tree};
use super::files::FileJudge;
use super::multiset::TAKEN_BACK;
use crate::error::{Error, Result};
use crate::git::{ChangedFile, Changes, Commit, CommitTree, MovedPair, Oid, PackSummary};
use crate::report::{Finding, Location, Report, UnreadPlace};
use crate::workflow::FileKind;

/// Maximum number of pairs of a file with problems and a place from which a merge may have moved it.
const MAX_PAIRS: usize = 1 << 16;

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
        let older = match self.changes.before(commit) {
            Err(error) if error.object().is_some() => {
                self.add_unreadable(commit.oid, commit.tree, report)?;
                return Err(error);
            }
            older => older?,
        };
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
        let (commit, unread) = (Some(*commit), report.unread.len());
        let visit = &mut |file: ChangedFile| {
            let judged = files.add_findings(commit, &file, report);
            let place = UnreadPlace { commit, path: &file.path };
            if report.read(judged, place)?.is_none() {
                // It may be an older version that cannot be read, and this one as well.
                report.read(files.check(&file), place)?;
            }
            Ok(())
        };
        let compared = changes.between(*tree, older, visit)?;
        finish_tree(files, changes, WholeTree { commit, tree: *tree, compared }, report)?;
        if older.bases().next().is_some() && report.unread.len() == unread {
            self.add_moved_findings(judged, report)?;
        }
        Ok(())
    }

    /// Notes what cannot be read of the tree of a commit that is not judged.
    pub(super) fn add_unreadable(&mut self, commit: Oid, tree: Oid, report: &mut Report) -> Result<()> {
        for (path, error) in self.changes.unreadable(tree, b"") {
            report.read(Err::<(), _>(error), UnreadPlace { commit: Some(commit), path: &path })?;
        }
        Ok(())
    }

    /// Adds what a merge takes back of repairs in files that one of its parents has moved.
    fn add_moved_findings(&mut self, judged: &CommitTree, report: &mut Report) -> Result<()> {
        let CommitTree { commit, tree, older } = judged;
        let may_move =
            |path: &[u8], from: &[u8]| FileKind::of(path).is_some() && FileKind::of(from).is_some();
        let (mut found, mut pairs) = (Report::default(), 0);
        let mut origins: HashMap<(BString, Oid), bool> = HashMap::new();
        for moved in self.changes.moved(*tree, older)? {
            if !self.has_problems(&moved.file)? {
                continue;
            }
            for MovedPair { origin, file } in moved.at_origins(older, may_move) {
                pairs += 1;
                if pairs > MAX_PAIRS {
                    return Err(too_many(*commit));
                }
                let had_problems = match origins.entry((origin.path.clone(), origin.oid)) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(unknown) => *unknown.insert(self.has_problems(&origin)?),
                };
                if had_problems {
                    self.files.add_findings(Some(*commit), &file, &mut found)?;
                }
            }
        }
        let mut seen: HashSet<(&str, Location)> = HashSet::new();
        for finding in &report.findings {
            seen.insert((finding.rule.id, finding.location.clone()));
        }
        report.findings.extend(taken_back(found, &mut seen));
        Ok(())
    }

    /// Returns true if a file has any problem that is not exempted, when it is judged as if it were new.
    fn has_problems(&mut self, file: &ChangedFile) -> Result<bool> {
        let mut alone = Report::default();
        self.files.add_findings(None, file, &mut alone)?;
        Ok(!alone.findings.is_empty())
    }
}

/// Returns the findings that say that a repair is taken back and have not been seen; adds them to `seen`.
pub(super) fn taken_back(
    found: Report,
    seen: &mut HashSet<(&'static str, Location)>,
) -> impl Iterator<Item = Finding> {
    found.findings.into_iter().filter(|finding| {
        finding.notes.iter().any(|note| note == TAKEN_BACK)
            && seen.insert((finding.rule.id, finding.location.clone()))
    })
}

fn too_many(merge: Oid) -> Error {
    let merge = merge.short();
    Error::git(format!("merge {merge} has too many files with problems that may have been moved"))
        .hinted("repair them in the branches first, or rebase one branch on the other")
}
