//! Facts about findings that no verdict needs: their commits, and which of them HEAD still has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::Context;
use super::files::FileJudge;
use super::subject::subject;
use crate::error::Result;
use crate::git::{ChangedFile, Git, Graph, Mode, NewCommits, Oid, OidSet, Older, Repo};
use crate::report::{CommitFacts, Finding, Group, Location, Report, UnreadPlace, digest};
use crate::rules::UNLABELLED_PIN;
use crate::text::escape;
use crate::token;
use crate::workflow::FileKind;

/// Adds author, date and subject of the commits and tags of the findings.
///
/// An object that cannot be read has no facts: the report is undecided because of it already.
pub(crate) fn add_commits(repo: &Repo, report: &mut Report) {
    let mut known: HashMap<Oid, Option<Arc<CommitFacts>>> = HashMap::new();
    for finding in report.findings.iter_mut().chain(&mut report.exempted) {
        let Some(oid) = finding.location.commit() else { continue };
        finding.commit = known.entry(oid).or_insert_with(|| facts(repo, oid).map(Arc::new)).clone();
    }
}

fn facts(repo: &Repo, oid: Oid) -> Option<CommitFacts> {
    let object = repo.store().find(oid).ok()??;
    let (header, message) = object.data.split_once_str("\n\n").unwrap_or((&object.data, b""));
    let value = |key: &[u8]| header.lines().find_map(|line| line.strip_prefix(key));
    let author = value(b"author ").or_else(|| value(b"tagger ")).unwrap_or_default();
    let committer = value(b"committer ").or_else(|| value(b"tagger ")).unwrap_or_default();
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
    let answer = Git::new("rev-parse").args(["--verify", "--quiet", "HEAD^{commit}"]).answer()?;
    let Some(head) = Oid::from_hex(answer.stdout.trim_ascii_end()) else { return Ok(()) };
    let tree = context.repo.store().commit(head).map(|commit| commit.tree);
    let place = UnreadPlace { commit: Some(head), path: b"" };
    let Some(tree) = report.read(tree, place)? else { return Ok(()) };
    let mut history = HeadHistory { commits: OidSet::default(), is_whole: true };
    if report.findings.iter().any(|finding| matches!(finding.location, Location::Commit { .. })) {
        history = HeadHistory::read(context.repo, head)?;
    }
    let mut files = TreeFiles::of(context, tree, &report.findings);
    for finding in &mut report.findings {
        finding.in_head = match &finding.location {
            Location::Commit { commit, .. } => commit.and_then(|commit| history.has(commit)),
            Location::Blob { blob, path, .. } => files.has(path, *blob, finding)?,
            Location::GitConfig { .. } | Location::Ref { .. } => None,
        };
    }
    Ok(())
}

/// Commits that HEAD reaches.
struct HeadHistory {
    commits: OidSet,
    /// True if all of them could be read.
    is_whole: bool,
}

impl HeadHistory {
    fn read(repo: &Repo, head: Oid) -> Result<Self> {
        let mut commits = OidSet::default();
        let unread =
            NewCommits::Reached(vec![head]).read(repo.store(), &mut Graph::default(), &mut |_, commit| {
                commits.insert(commit.oid);
                Ok(())
            })?;
        Ok(Self { commits, is_whole: unread.is_empty() })
    }

    /// Returns true for a commit of the history; `None` if that is not known.
    fn has(&self, commit: Oid) -> Option<bool> {
        let has = self.commits.contains(&commit);
        (has || self.is_whole).then_some(has)
    }
}

/// Files of a tree, of HEAD or of the tip of a push, judged as if they were new where their objects do not decide.
pub(super) struct TreeFiles<'a> {
    context: Context<'a>,
    tree: Oid,
    /// File at each path.
    files: HashMap<BString, TreeFile>,
    /// Digests of the findings that are asked for.
    asked: HashSet<String>,
}

/// File of a tree.
enum TreeFile {
    None,
    /// It has not been judged.
    Found(ChangedFile),
    Judged(JudgedFile),
    Unread,
}

/// File of a tree that was judged by itself.
struct JudgedFile {
    oid: Oid,
    /// Digests of its findings.
    digests: HashSet<String>,
    /// Rules of those of its findings that nobody asks for.
    unasked: HashSet<&'static str>,
}

impl<'a> TreeFiles<'a> {
    /// Returns the files of a tree, to be asked for some findings; none has been judged.
    pub(super) fn of(context: Context<'a>, tree: Oid, findings: &[Finding]) -> Self {
        let in_files = findings.iter().filter(|finding| matches!(finding.location, Location::Blob { .. }));
        Self { context, tree, files: HashMap::new(), asked: in_files.map(digest).collect() }
    }

    /// Returns true if the file at a path is a blob, or has the same finding, and false if it has not.
    ///
    /// `None` if that is not certain: the file cannot be read, its path is redacted, a workflow elsewhere in the tree
    /// decides what the file is, or the file has a finding of the rule that nobody asks for. That may be this one in
    /// other words: some messages name all places of a file.
    ///
    /// # Errors
    /// Fails when a file cannot be judged for another reason than an object that cannot be read.
    pub(super) fn has(&mut self, path: &BString, blob: Oid, finding: &Finding) -> Result<Option<bool>> {
        if !self.files.contains_key(path) {
            let file = self.find(path)?;
            self.files.insert(path.clone(), file);
        }
        match self.files.get(path) {
            Some(TreeFile::Found(file)) if file.oid == blob => return Ok(Some(true)),
            Some(TreeFile::Found(file)) => {
                let judged = known(self.judge(file))?;
                self.files.insert(path.clone(), judged);
            }
            _ => {}
        }
        let is_redacted = path.contains_str("***");
        Ok(match self.files.get(path) {
            Some(TreeFile::Judged(file)) if file.oid == blob || file.digests.contains(&digest(finding)) => {
                Some(true)
            }
            Some(TreeFile::Judged(file)) => {
                let is_by_itself = finding.rule.group == Group::Token
                    || finding.rule.id != UNLABELLED_PIN.meta.id && FileKind::of(path).is_some();
                (is_by_itself && !file.unasked.contains(finding.rule.id)).then_some(false)
            }
            Some(TreeFile::None) if !is_redacted => Some(false),
            Some(TreeFile::None | TreeFile::Found(_) | TreeFile::Unread) | None => None,
        })
    }

    /// Returns the file at a path, or at the path of the archive that a path names.
    fn find(&self, path: &BString) -> Result<TreeFile> {
        let store = self.context.repo.store();
        // In an archive, the name of the member follows.
        let archive = path.find_byte(b'!').and_then(|end| path.get(..end));
        let paths = [Some(path.as_slice()), archive].into_iter().flatten().filter(|path| !path.is_empty());
        for path in paths {
            let file = store.find_entry(self.tree, path).map(|entry| {
                let entry = entry.filter(|entry| entry.mode != Mode::Tree)?;
                let (mode, oid) = (entry.mode, entry.oid);
                Some(ChangedFile { path: path.into(), mode, oid, older: Older::default() })
            });
            match known(file.map(|file| file.map_or(TreeFile::None, TreeFile::Found)))? {
                TreeFile::None => {}
                found => return Ok(found),
            }
        }
        Ok(TreeFile::None)
    }

    fn judge(&self, file: &ChangedFile) -> Result<TreeFile> {
        let Context { repo, policy } = self.context;
        let (mut files, mut report) = (FileJudge::new(repo, policy), Report::default());
        files.enter_tree(self.tree, &Older::default());
        files.add_findings(None, file, &mut report)?;
        let (mut digests, mut unasked) = (HashSet::new(), HashSet::new());
        for finding in &report.findings {
            let digest = digest(finding);
            let is_known = policy.baseline.as_ref().is_some_and(|baseline| baseline.covers(finding));
            if !is_known && !self.asked.contains(&digest) {
                unasked.insert(finding.rule.id);
            }
            digests.insert(digest);
        }
        Ok(TreeFile::Judged(JudgedFile { oid: file.oid, digests, unasked }))
    }
}

/// Returns a file, or that it could not be read; fails for any other reason.
fn known(file: Result<TreeFile>) -> Result<TreeFile> {
    match file {
        Err(error) if error.object().is_some() => Ok(TreeFile::Unread),
        file => file,
    }
}
