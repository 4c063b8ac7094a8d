//! Files of a tree, asked for the problems of a report that they still have.

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice as _};

use super::Context;
use super::files::FileJudge;
use crate::error::Result;
use crate::git::{ChangedFile, Mode, Oid, Older};
use crate::report::{Finding, Group, Location, Report, digest};
use crate::rules::UNLABELLED_PIN;
use crate::workflow::FileKind;

/// Answer to the question whether a tree, or the history of HEAD, has a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InHead {
    Yes,
    No,
    /// It is not certain.
    Unknown,
    /// It is not certain as long as not all findings have been asked for.
    Open,
}

impl InHead {
    /// Returns the answer if all findings have been asked for.
    pub(crate) fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown | Self::Open => None,
        }
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
    /// Paths of the judged files with findings that nobody has asked for, and the rules of these, by digest.
    unasked: HashMap<String, Vec<(BString, &'static str)>>,
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
    /// Number of those that nobody has asked for, by rule.
    unasked: HashMap<&'static str, usize>,
}

impl<'a> TreeFiles<'a> {
    /// Returns the files of a tree; none has been judged.
    pub(super) fn of(context: Context<'a>, tree: Oid) -> Self {
        let (files, asked, unasked) = (HashMap::new(), HashSet::new(), HashMap::new());
        Self { context, tree, files, asked, unasked }
    }

    /// Notes that a finding is asked for: the tree may have it in another file, or in another version of its file.
    pub(super) fn ask(&mut self, finding: &Finding) {
        if !matches!(finding.location, Location::Blob { .. }) {
            return;
        }
        let digest = digest(finding);
        for (path, rule) in self.unasked.remove(&digest).unwrap_or_default() {
            if let Some(TreeFile::Judged(JudgedFile { unasked, .. })) = self.files.get_mut(&path)
                && let Some(number) = unasked.get_mut(rule)
            {
                *number -= 1;
            }
        }
        self.asked.insert(digest);
    }

    /// Returns that the file at a path is a blob, or has the same finding, or that it has not.
    ///
    /// It is not certain if the file cannot be read, its path is redacted, a workflow elsewhere in the tree decides what
    /// the file is, or the file has a finding of the rule that nobody asks for. That may be this one in other words: some
    /// messages name all places of a file.
    ///
    /// # Errors
    /// Fails when a file cannot be judged for another reason than an object that cannot be read.
    pub(super) fn has(&mut self, path: &BString, blob: Oid, finding: &Finding) -> Result<InHead> {
        if !self.files.contains_key(path) {
            let file = self.find(path)?;
            self.files.insert(path.clone(), file);
        }
        match self.files.get(path) {
            Some(TreeFile::Found(file)) if file.oid == blob => return Ok(InHead::Yes),
            Some(TreeFile::Found(file)) => {
                let file = file.clone();
                let judged = known(self.judge(path, &file))?;
                self.files.insert(path.clone(), judged);
            }
            _ => {}
        }
        let is_redacted = path.contains_str("***");
        Ok(match self.files.get(path) {
            Some(TreeFile::Judged(file)) if file.oid == blob || file.digests.contains(&digest(finding)) => {
                InHead::Yes
            }
            Some(TreeFile::Judged(file)) => {
                let is_by_itself = finding.rule.group == Group::Token
                    || finding.rule.id != UNLABELLED_PIN.meta.id && FileKind::of(path).is_some();
                match (is_by_itself, file.unasked.get(finding.rule.id)) {
                    (false, _) => InHead::Unknown,
                    (true, None | Some(0)) => InHead::No,
                    (true, Some(_)) => InHead::Open,
                }
            }
            Some(TreeFile::None) if !is_redacted => InHead::No,
            Some(TreeFile::None | TreeFile::Found(_) | TreeFile::Unread) | None => InHead::Unknown,
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

    fn judge(&mut self, path: &BString, file: &ChangedFile) -> Result<TreeFile> {
        let Context { repo, policy } = self.context;
        let (mut files, mut report) = (FileJudge::new(repo, policy), Report::default());
        files.enter_tree(self.tree, &Older::default());
        files.add_findings(None, file, &mut report)?;
        let mut judged = JudgedFile { oid: file.oid, digests: HashSet::new(), unasked: HashMap::new() };
        for finding in &report.findings {
            let (rule, digest) = (finding.rule.id, digest(finding));
            let is_known = policy.is_old(finding)?;
            let is_asked = is_known || self.asked.contains(&digest);
            if judged.digests.insert(digest.clone()) && !is_asked {
                *judged.unasked.entry(rule).or_default() += 1;
                self.unasked.entry(digest).or_default().push((path.clone(), rule));
            }
        }
        Ok(TreeFile::Judged(judged))
    }
}

/// Returns a file, or that it could not be read; fails for any other reason.
fn known(file: Result<TreeFile>) -> Result<TreeFile> {
    match file {
        Err(error) if error.object().is_some() => Ok(TreeFile::Unread),
        file => file,
    }
}
