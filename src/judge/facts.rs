//! Facts about findings that no verdict needs: their commits, and which of them HEAD still has.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::ByteSlice as _;

use super::Context;
use super::subject::subject;
use super::tree_files::{InHead, TreeFiles};
use crate::error::Result;
use crate::git::{Commit, CommitText, Git, NewCommits, ObjectKind, Oid, OidSet, Repo};
use crate::report::{CommitFacts, Finding, Location, Report, UnreadPlace};
use crate::text::escape;
use crate::token;

/// Number of commits of which no more is remembered than the next findings may need.
const MANY: usize = 1 << 12;

/// Adds author, date and subject of the commits and tags of the findings.
///
/// An object that cannot be read has no facts: the report is undecided because of it already.
pub(crate) fn add_commits(repo: &Repo, report: &mut Report) {
    let mut commits = KnownCommits::default();
    for finding in report.findings.iter_mut().chain(&mut report.exempted) {
        commits.add(repo, finding);
    }
}

/// Facts about the commits of some findings.
#[derive(Default)]
pub(crate) struct KnownCommits(HashMap<Oid, Option<Arc<CommitFacts>>>);

impl KnownCommits {
    /// Adds the facts about its commit to a finding.
    pub(crate) fn add(&mut self, repo: &Repo, finding: &mut Finding) {
        let Some(oid) = finding.location.commit().filter(|_| finding.commit.is_none()) else { return };
        finding.commit = self.0.entry(oid).or_insert_with(|| facts(repo, oid).map(Arc::new)).clone();
    }

    /// Forgets the commits if there are many: the next findings are those of others.
    pub(crate) fn forget_many(&mut self) {
        if self.0.len() > MANY {
            self.0.clear();
        }
    }
}

fn facts(repo: &Repo, oid: Oid) -> Option<CommitFacts> {
    let object = repo.store().find(oid).ok()??;
    if object.kind == ObjectKind::Commit {
        return facts_of(&Commit::parse(oid, &object.data).ok()?);
    }
    let (header, message) = object.data.split_once_str("\n\n").unwrap_or((&object.data, b""));
    let tagger = header.lines().find_map(|line| line.strip_prefix(b"tagger ")).unwrap_or_default();
    by(tagger, tagger, message)
}

/// Returns the facts about a commit; `None` if its date is malformed.
pub(super) fn facts_of(commit: &Commit) -> Option<CommitFacts> {
    let CommitText { authors, committers, message, .. } = &commit.text;
    let [author, committer] =
        [authors, committers].map(|values| values.first().map_or(&b""[..], |value| value));
    by(author, committer, message)
}

/// Returns facts from the values of the headers of a commit or tag.
fn by(author: &[u8], committer: &[u8], message: &[u8]) -> Option<CommitFacts> {
    let end = author.rfind_byte(b'>').map_or(author.len(), |end| end + 1);
    Some(CommitFacts {
        author: escape(&token::redact(author.get(..end).unwrap_or_default())),
        date: committer.rsplit(|byte| *byte == b' ').nth(1)?.to_str().ok()?.parse().unwrap_or(0),
        subject: subject(message),
    })
}

/// Notes for each finding whether HEAD still has the problem: its tree for a file, its history for a commit.
///
/// # Errors
/// Fails when HEAD cannot be read.
pub(crate) fn add_in_head(context: Context<'_>, report: &mut Report) -> Result<()> {
    let Some(mut head) = HeadFacts::read(context, report)? else { return Ok(()) };
    report.findings.iter().for_each(|finding| head.ask(finding));
    for finding in &mut report.findings {
        finding.in_head = head.has(finding)?.known();
    }
    Ok(())
}

/// Problems of a report that HEAD still has.
pub(crate) struct HeadFacts<'a> {
    repo: &'a Repo,
    head: Oid,
    /// Commits of its history; `None` as long as nobody has asked for one.
    history: Option<HeadHistory>,
    files: TreeFiles<'a>,
}

impl<'a> HeadFacts<'a> {
    /// Finds HEAD; `None` if there is none, or if it cannot be read, which the report notes.
    ///
    /// # Errors
    /// Fails when git does not answer.
    pub(crate) fn read(context: Context<'a>, report: &mut Report) -> Result<Option<Self>> {
        let Some(head) = head()? else { return Ok(None) };
        let tree = context.repo.store().commit(head).map(|commit| commit.tree);
        let tree = report.read(tree, UnreadPlace { commit: Some(head), path: b"" })?;
        Ok(tree.map(|tree| Self {
            repo: context.repo,
            head,
            history: None,
            files: TreeFiles::of(context, tree),
        }))
    }

    /// Notes that the report has a finding.
    pub(crate) fn ask(&mut self, finding: &Finding) {
        self.files.ask(finding);
    }

    /// Returns whether the tree or the history of HEAD still has a problem that was asked for.
    ///
    /// # Errors
    /// Fails when a file or the history cannot be judged for another reason than an object that cannot be read.
    pub(crate) fn has(&mut self, finding: &Finding) -> Result<InHead> {
        match &finding.location {
            Location::Commit { commit: Some(commit), .. } => {
                let history = match self.history.take() {
                    Some(history) => history,
                    None => HeadHistory::read(self.repo, self.head)?,
                };
                Ok(self.history.insert(history).has(*commit))
            }
            Location::Blob { blob, path, .. } => self.files.has(path, *blob, finding),
            Location::Commit { commit: None, .. } | Location::GitConfig { .. } | Location::Ref { .. } => {
                Ok(InHead::Unknown)
            }
        }
    }
}

/// Returns the commit of HEAD; `None` if there is none.
fn head() -> Result<Option<Oid>> {
    let answer = Git::new("rev-parse").args(["--verify", "--quiet", "HEAD^{commit}"]).answer()?;
    Ok(Oid::from_hex(answer.stdout.trim_ascii_end()))
}

/// Commits that HEAD reaches.
pub(super) struct HeadHistory {
    commits: OidSet,
    /// True if all of them could be read.
    is_whole: bool,
}

impl HeadHistory {
    /// Reads the history of what is checked out; `None` without a work tree or a commit.
    ///
    /// # Errors
    /// Fails when git does not answer.
    pub(super) fn of_work_tree(repo: &Repo) -> Result<Option<Self>> {
        match repo.work_tree().map(|_| head()).transpose()?.flatten() {
            Some(head) => Self::read(repo, head).map(Some),
            None => Ok(None),
        }
    }

    fn read(repo: &Repo, head: Oid) -> Result<Self> {
        let mut commits = OidSet::default();
        let unread = repo.with_history(|graph| {
            NewCommits::Reached(vec![head]).read(repo.store(), graph, &mut |_, commit| {
                commits.insert(commit.oid);
                Ok(())
            })
        })?;
        Ok(Self { commits, is_whole: unread.is_empty() })
    }

    pub(super) fn has(&self, commit: Oid) -> InHead {
        match (self.commits.contains(&commit), self.is_whole) {
            (true, _) => InHead::Yes,
            (false, true) => InHead::No,
            (false, false) => InHead::Unknown,
        }
    }
}
