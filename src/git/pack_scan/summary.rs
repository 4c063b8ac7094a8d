//! Summary of all objects in packs, computed before a walk reads them one by one.
//!
//! It only saves work: objects that it does not cover are read as usual.

use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprints::{Marker, Marks, NOTHING};
use super::traverse::ByKind;
use crate::git::pack::delta::DeltaBase;
use crate::git::pack::packs::Packs;
use crate::git::{ObjectKind, Oid};
use crate::parallel::Batches;

/// Relevance of a tree entry, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regard {
    /// Relevant by its content: a file that may have to be checked, or a directory that may contain one.
    Content,
    /// Always has to be checked, with everything below it, regardless of its content.
    Always,
    /// As [`Regard::Always`] in directories with [`Names::is_place`], as [`Regard::Content`] in all others.
    Placed,
}

/// Classifies tree entries by name.
pub trait Names: Send + Sync {
    /// Returns the relevance of an entry. The result must depend on the name only.
    fn regard(&self, name: &[u8]) -> Regard;

    /// Returns true if [`Regard::Placed`] entries have a special meaning in a directory of this name.
    fn is_place(&self, name: &[u8]) -> bool;
}

/// Visitor of the objects of packs.
pub trait Looks: Sync {
    /// Classifier of tree entries.
    type Names: Names + Clone + 'static;

    /// Result of a commit.
    type Learned: Send;

    /// State passed from a delta base to the objects built on it.
    type Trace;

    /// Returns the classifier of tree entries; `None` if no tree has to be visited.
    fn names(&self) -> Option<&Self::Names>;

    /// Visits a commit.
    fn commit(&self, oid: Oid, data: &[u8]) -> Self::Learned;

    /// Called with the results of several commits.
    fn learn(&self, learned: Vec<Self::Learned>);

    /// Returns true if blobs and trees should be visited too.
    ///
    /// Called once, after all commits, with the number of objects in all packs.
    fn goes_on(&self, objects: usize) -> bool;

    /// Returns true if blobs have to be visited; otherwise all of them count as clean.
    fn blobs(&self) -> bool;

    /// Returns true if the blob is clean at any path, and the state for its deltas.
    ///
    /// A clean blob needs no further check. `base` is the delta base of the blob, with its state.
    fn blob(&self, blob: &[u8], base: Option<DeltaBase<'_, Self::Trace>>) -> (bool, Self::Trace);

    /// Called with the size of every visited object, in bytes.
    fn seen(&self, size: usize);
}

/// Summary of the objects in packs.
pub struct Overview {
    packs: Packs,
    clean: Vec<AtomicBool>,
    marks: Marks,
    names: Box<dyn Names>,
    /// Number of visited blobs.
    pub blobs: usize,
}

impl Overview {
    /// Visits every object of packs once: commits, then blobs, then trees.
    ///
    /// Returns `None` if an object cannot be read; the results so far then prove nothing. Returns
    /// `Some(None)` if only commits were visited.
    pub fn of(packs: Packs, looks: &impl Looks) -> Option<Option<Self>> {
        let by_kind = ByKind::of(&packs)?;
        let learn = |learned| looks.learn(learned);
        let mut learned = Batches::new(&learn);
        by_kind.each(ObjectKind::Commit, move |commit, _| {
            looks.seen(commit.data.len());
            learned.add(looks.commit(commit.oid, commit.data));
        })?;
        let Some(names) = looks.names().filter(|_| looks.goes_on(packs.count())) else { return Some(None) };
        let clean: Vec<AtomicBool> = (0..packs.count()).map(|_| AtomicBool::new(!looks.blobs())).collect();
        let mut blobs = 0;
        if looks.blobs() {
            blobs = by_kind.each(ObjectKind::Blob, |blob, base| {
                looks.seen(blob.data.len());
                let (is_clean, trace) = looks.blob(blob.data, base);
                clean
                    .get(blob.position)
                    .into_iter()
                    .for_each(|clean| clean.store(is_clean, Ordering::Relaxed));
                trace
            })?;
        }
        let is_clean = |at: usize| clean.get(at).is_some_and(|clean| clean.load(Ordering::Relaxed));
        let marker = Marker::new(&packs, names, &is_clean);
        let (reader, keep) = (&marker, |trees| marker.keep(trees));
        let mut trees = Batches::new(&keep);
        by_kind.each(ObjectKind::Tree, move |tree, base| {
            looks.seen(tree.data.len());
            let (parts, tree) = reader.read(tree, base);
            tree.into_iter().for_each(|tree| trees.add(tree));
            parts
        })?;
        let marks = marker.finish();
        drop(by_kind);
        Some(Some(Self { packs, clean, marks, names: Box::new(names.clone()), blobs }))
    }

    /// Returns true if a blob was visited.
    pub fn has_seen(&self, blob: Oid) -> bool {
        self.blobs > 0 && self.packs.position(blob).is_some()
    }

    /// Returns true if a blob needs no further check.
    pub fn is_clean(&self, blob: Oid) -> bool {
        let clean = self.packs.position(blob).and_then(|at| self.clean.get(at));
        clean.is_some_and(|clean| clean.load(Ordering::Relaxed))
    }

    /// Returns true if the relevant entries below a tree are the same as in one of the older trees.
    ///
    /// Without older trees, returns true if there are no relevant entries.
    pub fn is_as_before(&self, tree: Oid, older: impl Iterator<Item = Oid>) -> bool {
        let mark = |oid| self.marks.get(self.packs.position(oid)?);
        let Some(own) = mark(tree) else { return false };
        let mut older = older.peekable();
        if older.peek().is_none() { own == NOTHING } else { older.any(|oid| mark(oid) == Some(own)) }
    }

    /// Returns the part of a directory of this name that may be skipped because of its fingerprint.
    ///
    /// A fingerprint does not cover the relevance that entries get from the name of the directory itself.
    pub(in crate::git) fn spares(&self, name: &[u8]) -> Spares {
        match (self.names.regard(name), self.names.is_place(name)) {
            (Regard::Content, false) => Spares::Everything,
            (Regard::Content, true) => Spares::Below,
            _ => Spares::Nothing,
        }
    }
}

/// Part of a directory that may be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum Spares {
    /// All of it.
    Everything,
    /// The subdirectories, but no other entries.
    Below,
    /// Nothing, at any depth.
    Nothing,
}
