//! One version of a workflow or action file, read and checked.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bstr::BString;

use super::check::{CheckResult, ResultKey, accepted_comments, check_file};
use super::dependencies::Dependencies;
use super::local_actions::TreeRules;
use super::{called, local_actions};
use crate::error::Result;
use crate::git::{Mode, Oid, Repo};
use crate::judge::comments::CommentFilter;
use crate::policy::{CountingComments, Policy};
use crate::report::{Group, ProblemKey};
use crate::token;
use crate::workflow::{self, ActionsLock, Document, FaultKind, FileKind, LabelledPin};

/// One version of a file, with the results of checking it.
#[derive(Debug, Default)]
pub(in crate::judge) struct FileVersion {
    /// True if it is a workflow or an action.
    pub(super) is_workflow: bool,
    /// Results of checking it.
    pub(super) results: Vec<CheckResult>,
    /// Paths of the local reusable workflows that it calls.
    pub(super) calls: Vec<String>,
    /// Number of `uses` that only the lock file of the tree pins.
    pub(super) locked_uses: usize,
    /// Pins with a version comment.
    pub(super) pins: Vec<LabelledPin>,
    /// Pins that a comment exempts: offset of the pin and reason.
    pub(super) exempted_pins: HashMap<usize, String>,
    /// Content of the file.
    pub(super) text: Vec<u8>,
    /// Other files of the tree on which the results depend.
    pub(super) dependencies: Dependencies,
    /// True if the content is no archive and contains no credential; unset until first needed.
    pub(super) is_clean: OnceLock<bool>,
}

impl FileVersion {
    /// Returns the size in memory, in bytes, about. A small file may have many results, if aliases replay its values.
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.dependencies.size() + 512 * (1 + self.results.len() + self.pins.len())
    }

    /// Returns the content of the file.
    pub(in crate::judge) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns whether the content is free of credentials.
    ///
    /// The result holds at any path, except where the name decides how the file is read
    /// ([`token::path_implies_format`]).
    pub(in crate::judge) fn is_clean(&self) -> bool {
        *self.is_clean.get_or_init(|| token::is_clean(&self.text))
    }

    /// Returns the version of a link or a submodule in the place of a file or a directory.
    pub(super) fn unread(policy: &Policy, path: &BString, fault: FaultKind) -> Self {
        let (results, _) = check_file(policy, path, &[Document::unread(fault)], CommentFilter::None);
        Self { is_workflow: true, results, ..Self::default() }
    }
}

/// Entry of an older tree at the path of a file.
#[derive(Debug, Default)]
pub(super) struct OlderVersion {
    /// Mode and object; `None` for a directory or no entry.
    pub(super) entry: Option<(Mode, Oid)>,
    /// The version, if a forge reads it.
    pub(super) version: Option<Arc<FileVersion>>,
}

impl OlderVersion {
    /// Returns the version, unless it is a link or a submodule: their content is not compared with that of a
    /// file.
    pub(super) fn file(&self) -> Option<&FileVersion> {
        let is_file = self.entry.is_some_and(|(mode, _)| mode == Mode::File);
        self.version.as_deref().filter(|_| is_file)
    }

    /// Returns the keys of its results.
    pub(super) fn keys(&self) -> impl Iterator<Item = ResultKey<'_>> {
        let keyed = self.file().into_iter().flat_map(|file| &file.results).filter_map(CheckResult::key);
        let results = self.version.iter().flat_map(|version| &version.results);
        let unkeyed = self
            .entry
            .into_iter()
            .flat_map(move |entry| results.clone().filter_map(move |result| result.key_in(entry)));
        keyed.chain(unkeyed)
    }
}

/// Key of a version in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct VersionKey {
    oid: Oid,
    path: BString,
    kind: FileKind,
    /// Lock file of the tree, if it may pin actions of the file.
    lock: Option<Oid>,
}

/// Reason for which a file is read as a workflow or an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A forge finds it by its path.
    Found,
    /// A workflow calls it.
    Called,
}

impl Role {
    /// Returns the kind of a file in this role; `None` if no forge reads it.
    pub(super) fn kind(self, path: &[u8]) -> Option<FileKind> {
        match self {
            Self::Found => FileKind::of(path),
            Self::Called => Some(FileKind::CALLED),
        }
    }
}

/// File that is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct WantedFile<'a> {
    /// Path from the root of the tree.
    pub(super) path: &'a BString,
    /// Blob of the file.
    pub(super) oid: Oid,
    /// Kind of the file, by its path.
    pub(super) kind: FileKind,
    /// Tree that contains the file.
    pub(super) tree: Option<Oid>,
    /// Lock file of that tree, if it may pin actions of the file.
    pub(super) lock: Option<&'a LockFile>,
}

/// Lock file, which is read and parsed when the first workflow needs it.
#[derive(Debug)]
pub(super) struct LockFile {
    oid: Oid,
    parsed: OnceLock<ActionsLock>,
}

impl LockFile {
    /// Creates the lock file in a blob.
    pub(super) fn new(oid: Oid) -> Self {
        Self { oid, parsed: OnceLock::new() }
    }

    fn read(&self, repo: &Repo) -> Result<&ActionsLock> {
        if let Some(lock) = self.parsed.get() {
            return Ok(lock);
        }
        let text = repo.store().blob(self.oid)?;
        Ok(self.parsed.get_or_init(|| ActionsLock::read(&text)))
    }
}

impl WantedFile<'_> {
    /// Returns the key of its versions, which differ by what else is in their trees.
    pub(super) fn key(&self) -> VersionKey {
        let lock = self.lock.map(|lock| lock.oid);
        VersionKey { oid: self.oid, path: self.path.clone(), kind: self.kind, lock }
    }
}

/// Reads and checks versions of files, without a cache.
#[derive(Clone, Copy)]
pub(super) struct VersionReader<'p> {
    pub(super) policy: &'p Policy,
    /// Rules by which the results of a workflow depend on the local actions that it uses.
    pub(super) tree_rules: TreeRules,
    /// Set if the results of a workflow depend on the lock file of its tree.
    pub(super) needs_lock: bool,
    /// Set if any token rule is on.
    needs_tokens: bool,
    /// Set if a workflow has no results unless it contains comments for git-gate.
    only_comments: bool,
}

impl<'p> VersionReader<'p> {
    /// Creates a reader that applies a policy.
    pub(super) fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            tree_rules: TreeRules::of(policy),
            needs_lock: policy.honours_lock() && policy.is_group_on(Group::Workflow),
            needs_tokens: policy.is_group_on(Group::Token),
            only_comments: policy.workflows.exempt.is_empty() && !policy.is_group_on(Group::Workflow),
        }
    }

    /// Reads and checks a file, and searches it for credentials if any token rule is on.
    ///
    /// # Errors
    /// As [`VersionReader::read`].
    pub(super) fn read_all(self, repo: &Repo, wanted: WantedFile<'_>) -> Result<(VersionKey, FileVersion)> {
        let version = self.read(repo, wanted)?;
        if self.needs_tokens {
            version.is_clean();
        }
        Ok((wanted.key(), version))
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// Fails when an object cannot be read.
    pub(super) fn read(self, repo: &Repo, wanted: WantedFile<'_>) -> Result<FileVersion> {
        let WantedFile { path, oid, kind, tree, lock } = wanted;
        let text = repo.store().blob(oid)?;
        if kind.lock && !self.needs_lock {
            return Ok(FileVersion { text, ..FileVersion::default() });
        }
        if self.only_comments && kind.workflow && !workflow::may_exempt(&text) {
            return Ok(FileVersion { is_workflow: true, text, ..FileVersion::default() });
        }
        let mut documents = Document::read(&text, kind);
        let rules = self.tree_rules;
        let mut dependencies = Dependencies::in_tree(tree);
        if rules.any() {
            local_actions::add(repo, &mut dependencies, rules, &mut documents)?;
        }
        self.add_directories(repo, &mut dependencies, &mut documents)?;
        if let Some(lock) = lock {
            add_lock(repo, lock, path, &mut documents)?;
        }
        let comments = self.comments(repo, wanted, &text)?;
        let (results, exempted_pins) = check_file(self.policy, path, &documents, comments);
        let version = FileVersion {
            is_workflow: !documents.is_empty() && !kind.lock,
            results,
            calls: called::calls(&documents),
            locked_uses: documents.first().map(Document::locked_uses).unwrap_or_default(),
            pins: documents.last().map(Document::labelled_pins).unwrap_or_default(),
            exempted_pins,
            text,
            dependencies,
            is_clean: OnceLock::new(),
        };
        Ok(version)
    }

    /// Gives the documents the directories of the tree over which they check out other repositories.
    fn add_directories(
        self,
        repo: &Repo,
        dependencies: &mut Dependencies,
        documents: &mut [Document],
    ) -> Result<()> {
        for document in documents {
            let checkouts = &self.policy.workflows.settings.checkout_actions;
            for directory in document.model.foreign_directories(checkouts) {
                if dependencies.find(repo.store(), directory.as_bytes())?.is_some() {
                    document.own_directories.insert(directory);
                }
            }
        }
        Ok(())
    }

    /// Returns whether a lock file may pin actions of a file of a kind.
    pub(super) fn may_be_locked(self, kind: FileKind) -> bool {
        self.needs_lock && kind.may_be_locked()
    }

    /// Returns the comments that count in a file.
    fn comments(self, repo: &Repo, wanted: WantedFile<'_>, text: &[u8]) -> Result<CommentFilter<ProblemKey>> {
        let counting = self.policy.workflow_comments();
        let CountingComments::InTree(Some(tree)) = counting else {
            return Ok(CommentFilter::without_accepted(counting));
        };
        let accepted = match workflow::may_exempt(text) {
            true => repo.store().file_at(tree, wanted.path)?,
            false => None,
        };
        let documents = accepted.map(|text| Document::read(&text, wanted.kind)).unwrap_or_default();
        Ok(accepted_comments(self.policy, wanted.path, &documents))
    }
}

/// Gives the documents of a workflow the commits that a lock file has for its actions.
fn add_lock(repo: &Repo, lock: &LockFile, path: &BString, documents: &mut [Document]) -> Result<()> {
    if documents.iter().any(Document::may_be_locked) {
        let lock = lock.read(repo)?;
        documents.iter_mut().for_each(|document| document.lock = lock.of_workflow(path));
    }
    Ok(())
}
