//! Parses workflow and action files the way the forge does. Every value keeps its byte span.
//!
//! `events` wraps libyaml, `tree` builds a tree from its events within the forge's limits, and `model`
//! collects the jobs, steps and images in the tree. A part that cannot be read reliably is a [`Fault`]; the
//! rest of the file is still checked.

mod attestation;
mod cosign;
mod followed;
mod fork_guard;
mod goreleaser;
mod images;
mod kept_credential;
mod lock;
mod makefile;
mod model;
mod publishing;
mod release;
mod settings;
mod shell;
mod shorten;
#[cfg(test)]
mod tests;
mod yaml;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::rc::Rc;

use bstr::{BStr, ByteSlice as _};

pub(crate) use followed::{default_folder, may_be_followed};
pub(crate) use fork_guard::ForkGuards;
pub(crate) use images::PushedImage;
pub(crate) use images::registry::SecretRef;
pub(crate) use images::signing::Signature;
pub(crate) use kept_credential::{KeptCredential, kept_credentials};
pub(crate) use lock::{ActionsLock, LOCK_PATH, LockFault, WorkflowLock, is_name};
pub(crate) use makefile::{JUSTFILES, MAKEFILES, Makefile, RecipeSyntax};
pub(crate) use model::env::StepEnv;
pub(crate) use model::exempt::{CommentExemption, may_exempt};
pub(crate) use model::expression::{Expression, TextSource, sources};
pub(crate) use model::file_kind::{Dialect, FileKind, is_workflow_directory, may_be_in_workflow_path};
pub(crate) use model::foreign::ForeignAction;
pub(crate) use model::label::{KnownPins, LabelledPin, normal_version, version};
pub(crate) use model::local::LocalAction;
pub(crate) use model::uses::{Reference, Repository, Uses, split_host};
pub(crate) use model::{Job, Model, Step, UsesClause};
pub(crate) use release::Release;
pub(crate) use settings::{Pattern, WorkflowSettings};
pub(crate) use shell::{ShellCommand, commands, variables};
pub(crate) use shorten::shorten;
pub(crate) use yaml::fault::{Fault, FaultKind};
pub(crate) use yaml::fold::has_expression;
pub(crate) use yaml::node::{Node, Pair};

use crate::text::Span;
use followed::FollowedFiles;
use yaml::source::Comments;
use yaml::tree::YamlTree;

/// Workflow or action file under one interpretation; the input of the workflow rules.
#[derive(Debug)]
pub struct Document {
    text: Rc<[u8]>,
    comments: Rc<Comments>,
    /// Jobs, steps and images of the file, as far as it can be read.
    pub model: Model,
    /// Reasons why the file, or a part of it, cannot be read.
    pub faults: Vec<Fault>,
    /// Local actions that the file uses, directly or through other local actions. Set by the caller after
    /// parsing; empty until then.
    pub actions: Vec<LocalAction>,
    /// Files that its scripts run. Set by the caller after parsing; empty until then.
    pub files: FollowedFiles,
    /// Directories of checkouts of other repositories that the tree itself has. Set by the caller after parsing; empty until
    /// then.
    pub own_directories: HashSet<String>,
    /// Commits that the lock file of the tree gives for the actions. Set by the caller after parsing; `None` until
    /// then, and if no lock file lists the workflow.
    pub lock: Option<WorkflowLock>,
    /// Content of the file, if it is the lock file itself.
    pub lock_file: Option<ActionsLock>,
    /// Images that the file pushes; computed on first use.
    pushed: OnceCell<Vec<PushedImage>>,
}

impl Document {
    /// Parses a file in every way a forge may read it; empty if it is neither a workflow nor an action.
    ///
    /// An action, or a file of Gitea or Forgejo, with a merge key (`<<`) gives two documents: one as written, one
    /// merged. Every forge reads an action at any path.
    pub fn read(text: &[u8], kind: FileKind) -> Vec<Self> {
        if kind.lock {
            return vec![Self::of_lock(text, kind)];
        }
        let mut tree = yaml::tree::parse(text, kind.dialect == Dialect::GitHub);
        let is_merged = tree.merge_key.is_some() && (kind.action || kind.dialect == Dialect::Gitea);
        let merged = tree.root.as_ref().filter(|_| is_merged).map(yaml::merge_keys::merged);
        if !kind.workflow && !may_be_action(text, &tree, merged.as_ref()) {
            return Vec::new();
        }
        if let (Some(span), Dialect::GitHub) = (tree.merge_key, kind.dialect) {
            tree.faults.push(Fault { kind: FaultKind::MergeKey, span });
        }
        let YamlTree { root, faults, comments, .. } = tree;
        let file = (Rc::from(text), Rc::new(comments));
        let mut documents = vec![Self::of_tree(root.as_ref(), faults, kind, file.clone())];
        documents.extend(merged.map(|root| Self::of_tree(Some(&root), Vec::new(), kind, file)));
        documents
    }

    /// Returns a document with one fault and no content, for a symbolic link or submodule in place of a file.
    pub fn unread(kind: FaultKind) -> Self {
        let fault = Fault { kind, span: Span { start: 0, end: 0 } };
        let kind = FileKind { workflow: false, action: false, lock: false, dialect: Dialect::GitHub };
        Self::of_tree(None, vec![fault], kind, Default::default())
    }

    fn of_tree(
        root: Option<&Rc<Node>>,
        mut faults: Vec<Fault>,
        kind: FileKind,
        (text, comments): (Rc<[u8]>, Rc<Comments>),
    ) -> Self {
        let (model, more) = root.map(|root| Model::new(root, kind)).unwrap_or_default();
        faults.extend(more);
        Self {
            text,
            comments,
            model,
            faults,
            actions: Vec::new(),
            files: FollowedFiles::default(),
            own_directories: HashSet::new(),
            lock: None,
            lock_file: None,
            pushed: OnceCell::new(),
        }
    }

    fn of_lock(text: &[u8], kind: FileKind) -> Self {
        let (lock_file, comments) = lock::read::lock(text);
        let document = Self::of_tree(None, Vec::new(), kind, (Rc::from(text), Rc::new(comments)));
        Self { lock_file: Some(lock_file), ..document }
    }

    /// Returns the comment after a value, without leading `#` and surrounding blanks.
    pub fn comment(&self, value: Span) -> Option<&BStr> {
        let comment = self.comment_span(value)?;
        let text = comment.slice(&self.text);
        Some(text.trim_start_with(|c| c == '#').trim().as_bstr())
    }

    /// Returns the span of a text within a value as it stands in the file; that of the value if it is written in
    /// another way there.
    pub fn span_within(&self, value: Span, text: &str) -> Span {
        self.nth_span_within(value, text, 0)
    }

    /// Returns the span of a text within a value, after as many others of the same text; that of the last one if there are
    /// fewer.
    pub fn nth_span_within(&self, value: Span, text: &str, before: usize) -> Span {
        let at = value.slice(&self.text).find_iter(text.as_bytes()).take(before + 1).last();
        at.map_or(value, |at| Span { start: value.start + at, end: value.start + at + text.len() })
    }

    /// Returns the span of the comment after a value, from its `#` to the end of the line.
    pub fn comment_span(&self, value: Span) -> Option<Span> {
        // A block scalar ends after its last line; its comment is on its header line.
        let header =
            self.comments.on_line(&self.text, value.start).filter(|comment| comment.end <= value.end);
        header.or_else(|| self.comments.on_line(&self.text, value.end))
    }
}

/// Returns the root of a YAML file, with spans; `None` if it has none or cannot be read.
pub(crate) fn yaml_root(text: &[u8]) -> Option<Rc<Node>> {
    yaml::tree::parse(text, false).root
}

/// Returns whether a file named like an action has, or may have for any reader, a `runs` key.
///
/// Most faults can hide the key only in a file that contains `runs`, a backslash (an escape can spell it), a NUL,
/// or a key with a tag.
fn may_be_action(text: &[u8], tree: &YamlTree, merged: Option<&Rc<Node>>) -> bool {
    let may_spell = || text.contains_str("runs") || text.contains(&b'\\') || text.contains(&0);
    let hides = |fault: &Fault| match fault.kind {
        // YAML forbids it, so that such a file is of no use to anyone else.
        FaultKind::Control(_) => true,
        FaultKind::InvisibleBreak(_) => may_spell(),
        FaultKind::DuplicateKey(_) => tree.root.as_ref().is_some_and(|root| {
            root.pairs().unwrap_or_default().iter().any(|pair| pair.key.span == fault.span) && may_spell()
        }),
        FaultKind::TooLarge
        | FaultKind::TooManyNodes
        | FaultKind::TooDeep
        | FaultKind::TooManyDirectives
        | FaultKind::KeyIsNoScalar => may_spell() || text.contains(&b'!'),
        _ => tree.root.is_none() && may_spell(),
    };
    let has_runs = |root: &Rc<Node>| {
        let is_expression = |pair: &Pair| pair.key.is_expression();
        root.get("runs").is_some()
            || root.is_expression()
            || root.pairs().is_some_and(|pairs| pairs.iter().any(is_expression))
    };
    tree.has_tagged_key || tree.root.iter().chain(merged).any(has_runs) || tree.faults.iter().any(hides)
}
