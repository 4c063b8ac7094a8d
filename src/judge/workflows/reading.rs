//! Cache of the file versions that were read and judged.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bstr::BString;

use super::exempt::{self, Judgement};
use super::{ahead, local};
use crate::error::Result;
use crate::git::{Mode, Oid, Repo};
use crate::judge::multiset::Multiset;
use crate::policy::Policy;
use crate::report::{Group, ProblemKey, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::rules::{Check, MISSING_SBOM, RULES, UNSIGNED_IMAGE};
use crate::token;
use crate::workflow::{self, Document, FaultKind, FileKind, LabelledPin, is_workflow_directory};

/// Size of the cache, in bytes. A file is often both the new side of a commit and the old side of the next.
const CACHE_BYTES: usize = 16 << 20;

/// One version of a file, with the result of judging it.
#[derive(Debug, Default)]
pub(in crate::judge) struct Reading {
    /// True if it is a workflow or an action.
    pub(super) judged: bool,
    /// Judgements about this version.
    pub(super) judgements: Vec<Judgement>,
    /// Pins with a version comment.
    pub(super) pins: Vec<LabelledPin>,
    /// Pins that a comment exempts: offset of the pin and reason.
    pub(super) exempted_pins: HashMap<usize, String>,
    /// Content of the file.
    pub(super) text: Vec<u8>,
    /// True if the content contains no credential; unset until first needed.
    pub(super) clean: OnceLock<bool>,
}

impl Reading {
    /// Returns the content of the file.
    pub(in crate::judge) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns whether the content is free of credentials.
    ///
    /// The result holds at any path, except where the name decides how the file is read
    /// ([`token::path_implies_format`]).
    pub(in crate::judge) fn is_clean(&self) -> bool {
        *self.clean.get_or_init(|| token::is_clean(&self.text))
    }
}

/// Cached readings of file versions.
pub(super) struct Readings<'p> {
    reader: Reader<'p>,
    kept: HashMap<Key, Arc<Reading>>,
    bytes: usize,
}

/// Cache key: blob and path, and the tree if the judgements depend on other files of it.
pub(super) type Key = (Oid, BString, Option<Oid>);

/// File that is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Path from the root of the tree.
    pub(super) path: &'a BString,
    /// Blob of the file.
    pub(super) oid: Oid,
    /// Kind of the file, by its path.
    pub(super) kind: FileKind,
    /// Tree that contains the file.
    pub(super) tree: Option<Oid>,
}

impl Wanted<'_> {
    fn key(&self, tree: Option<Oid>) -> Key {
        (self.oid, self.path.clone(), tree)
    }
}

/// Reader that also judges the versions of files, without a cache.
#[derive(Clone, Copy)]
pub(super) struct Reader<'p> {
    policy: &'p Policy,
    /// Set if a rule needs the local actions of a workflow.
    images: bool,
    /// Set if any token rule is on.
    tokens: bool,
    /// Set if a workflow has no judgements unless it contains comments for git-gate.
    silent: bool,
}

impl Reader<'_> {
    /// Reads and judges a file, and searches it for credentials if any token rule is on.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub(super) fn read_all(self, repo: &Repo, wanted: Wanted<'_>) -> Result<(Key, Reading)> {
        let (key, reading) = self.read(repo, wanted)?;
        if self.tokens {
            reading.is_clean();
        }
        Ok((key, reading))
    }

    /// Reads and judges a file. Returns the reading with its cache key.
    ///
    /// # Errors
    /// Fails when an object cannot be read.
    pub(super) fn read(self, repo: &Repo, wanted: Wanted<'_>) -> Result<(Key, Reading)> {
        let Wanted { path, oid, kind, tree } = wanted;
        let text = repo.blob(oid)?;
        if self.silent && kind.workflow && !workflow::may_exempt(&text) {
            return Ok((wanted.key(None), Reading { judged: true, text, ..Reading::default() }));
        }
        let mut documents = Document::read(&text, kind);
        let used = self.images && local::add_actions(repo, tree, &mut documents)?;
        let reading = Reading {
            judged: !documents.is_empty(),
            judgements: judge(self.policy, path, &documents),
            pins: documents.last().map(Document::labelled_pins).unwrap_or_default(),
            exempted_pins: documents
                .first()
                .map(|document| exempt::pins(self.policy, path, document))
                .unwrap_or_default(),
            text,
            clean: OnceLock::new(),
        };
        Ok((wanted.key(tree.filter(|_| used)), reading))
    }
}

impl<'p> Readings<'p> {
    /// Creates an empty cache for a policy.
    pub(super) fn new(policy: &'p Policy) -> Self {
        let images = [&UNSIGNED_IMAGE.meta, &MISSING_SBOM.meta];
        let images = images.iter().any(|rule| policy.is_on(rule));
        let silent = policy.workflows.exempt.is_empty() && !policy.is_group_on(Group::Workflow);
        let reader = Reader { policy, images, tokens: policy.is_group_on(Group::Token), silent };
        Self { reader, kept: HashMap::new(), bytes: 0 }
    }

    /// Returns whether the judgements about a workflow depend on the local actions that it uses.
    pub(super) fn look_at_actions(&self) -> bool {
        self.reader.images
    }

    /// Reads and judges the entry at a path of a tree; `None` if no forge reads it.
    ///
    /// # Errors
    /// Fails when the object cannot be read.
    pub(super) fn read(
        &mut self,
        repo: &Repo,
        path: &BString,
        (mode, oid): (Mode, Oid),
        tree: Option<Oid>,
    ) -> Result<Option<Arc<Reading>>> {
        let is_read = |kind: Option<FileKind>| kind.is_some() || is_workflow_directory(path);
        match (mode, FileKind::of(path)) {
            (Mode::File, Some(kind)) => self.file(repo, Wanted { path, oid, kind, tree }).map(Some),
            (Mode::Symlink, kind) if is_read(kind) => Ok(Some(self.unread(path, FaultKind::SymbolicLink))),
            (Mode::Submodule, kind) if is_read(kind) => Ok(Some(self.unread(path, FaultKind::Submodule))),
            _ => Ok(None),
        }
    }

    /// Reads and caches the files that are needed next, on all cores if there are many.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, repo: &Repo, wanted: &[Wanted<'_>]) -> Result<()> {
        for (key, reading) in ahead::read(repo, self.reader, wanted)? {
            self.keep(key, &Arc::new(reading));
        }
        Ok(())
    }

    fn file(&mut self, repo: &Repo, wanted: Wanted<'_>) -> Result<Arc<Reading>> {
        let kept = self.kept.get(&wanted.key(None)).or_else(|| self.kept.get(&wanted.key(wanted.tree)));
        if let Some(reading) = kept {
            return Ok(Arc::clone(reading));
        }
        let (key, reading) = self.reader.read(repo, wanted)?;
        let reading = Arc::new(reading);
        self.keep(key, &reading);
        Ok(reading)
    }

    /// Returns the reading of a link or a submodule in the place of a file or a directory.
    fn unread(&self, path: &BString, reason: FaultKind) -> Arc<Reading> {
        let judgements = judge(self.reader.policy, path, &[Document::unread(reason)]);
        Arc::new(Reading { judged: true, judgements, ..Reading::default() })
    }

    fn keep(&mut self, key: Key, reading: &Arc<Reading>) {
        // A small file may have many judgements, if aliases replay its values.
        let bytes = reading.text.len() + 512 * (1 + reading.judgements.len() + reading.pins.len());
        if self.bytes + bytes > CACHE_BYTES {
            self.kept.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.kept.insert(key, Arc::clone(reading));
    }
}

/// Returns the problems of a text at a path, without the exempted ones.
pub(crate) fn workflow_problems(
    policy: &Policy,
    path: &BString,
    text: &[u8],
) -> Vec<(&'static RuleMeta, WorkflowProblem)> {
    let Some(kind) = FileKind::of(path) else { return Vec::new() };
    let judgements = judge(policy, path, &Document::read(text, kind)).into_iter();
    let found = judgements.filter_map(|judgement| match judgement {
        Judgement::Found(rule, problem) => Some((rule, problem)),
        Judgement::Exempted(..) | Judgement::Warning(..) => None,
    });
    found.collect()
}

/// Judges a file in every way in which a forge may parse it.
pub(super) fn judge(policy: &Policy, path: &BString, documents: &[Document]) -> Vec<Judgement> {
    let Some(first) = documents.first() else { return Vec::new() };
    exempt::apply(policy, path, first, problems(policy, documents))
}

/// Runs the rules on every document. A problem of one counts, even if the others do not have it.
fn problems(policy: &Policy, documents: &[Document]) -> Vec<(&'static RuleMeta, WorkflowProblem)> {
    let mut all: Vec<(&'static RuleMeta, WorkflowProblem)> = Vec::new();
    for document in documents {
        let mut seen: Multiset<_> = all.iter().map(|(rule, problem)| likeness(rule, problem)).collect();
        for rule in RULES.iter().filter(|rule| policy.is_on(&rule.meta)) {
            if let Check::Workflow(check) = rule.check {
                let mut problems = check(document, &policy.workflows.settings);
                problems.retain(|problem| !seen.take(&likeness(&rule.meta, problem)));
                all.extend(problems.into_iter().map(|problem| (&rule.meta, problem)));
            }
        }
    }
    all
}

/// Returns a key that is equal for the same problem in two documents of a file.
fn likeness(
    rule: &RuleMeta,
    problem: &WorkflowProblem,
) -> (&'static str, Option<usize>, Option<ProblemKey>, String) {
    let WorkflowPlace { span, key } = &problem.place;
    (rule.id, span.map(|span| span.start), key.clone(), problem.message.clone())
}
