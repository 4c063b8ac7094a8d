//! What is known of the objects of whole packs before a walk asks for them one by one.
//!
//! It spares work and nothing else: whatever it does not vouch for is read as ever.

use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprints::{Marker, Marks, NOTHING};
use super::packs::{Base, Gathered, Packs};
use crate::git::{Kind, Oid};

/// What an entry of a tree means by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regard {
    /// What it holds counts: a file that may have to be looked at, or a tree in which there may be one.
    Content,
    /// It has to be looked at whatever it holds, and so has everything below it.
    Always,
    /// As [`Regard::Content`], unless the name of the directory in which it stands makes more of it.
    Placed,
}

/// What the names in a tree mean.
pub trait Names: Send + Sync {
    /// What an entry means. It must not depend on more than this.
    fn regard(&self, name: &[u8]) -> Regard;

    /// Whether a directory of this name makes more of those entries in it that are [`Regard::Placed`].
    fn is_place(&self, name: &[u8]) -> bool;
}

/// Looks at objects as they come out of a pack.
pub trait Looks: Sync {
    /// What the names in a tree mean.
    type Names: Names + Clone + 'static;

    /// What comes of a commit.
    type Learned: Send;

    /// What comes of a blob for those that are made from it.
    type Trace;

    /// What the names in a tree mean; none when no tree has to be looked at.
    fn names(&self) -> Option<&Self::Names>;

    /// Looks at a commit.
    fn commit(&self, oid: Oid, data: &[u8]) -> Self::Learned;

    /// Notes what came of commits.
    fn learn(&self, learned: Vec<Self::Learned>);

    /// Whether it is worth while to go on, when all commits among so many objects have been looked at.
    fn goes_on(&self, objects: usize) -> bool;

    /// Whether blobs are looked at: else none of them needs it.
    fn blobs(&self) -> bool;

    /// Whether a blob needs no further look, whatever its path. What else comes of it is shown with those blobs that are made
    /// from it.
    fn blob(&self, blob: &[u8], base: Option<Base<'_, Self::Trace>>) -> (bool, Self::Trace);

    /// Is told the size of every object.
    fn seen(&self, size: usize);
}

/// What came of a look at packs.
pub struct Overview {
    packs: Packs,
    clean: Vec<AtomicBool>,
    marks: Marks,
    names: Box<dyn Names>,
    /// How many blobs were looked at.
    pub blobs: usize,
}

impl Overview {
    /// Looks at every object of packs once: commits, then blobs, then trees. None when any of it cannot be read; then what
    /// was seen proves nothing. No overview when nothing but commits was looked at.
    pub fn of(packs: Packs, looks: &impl Looks) -> Option<Option<Self>> {
        let by_kind = packs.by_kind()?;
        let learn = |learned| looks.learn(learned);
        let mut learned = Gathered::new(&learn);
        by_kind.each(Kind::Commit, move |commit, _| {
            looks.seen(commit.data.len());
            learned.add(looks.commit(commit.oid, commit.data));
        })?;
        let Some(names) = looks.names().filter(|_| looks.goes_on(packs.count())) else { return Some(None) };
        let clean: Vec<AtomicBool> = (0..packs.count()).map(|_| AtomicBool::new(!looks.blobs())).collect();
        let mut blobs = 0;
        if looks.blobs() {
            blobs = by_kind.each(Kind::Blob, |blob, base| {
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
        let mut trees = Gathered::new(&keep);
        by_kind.each(Kind::Tree, move |tree, base| {
            looks.seen(tree.data.len());
            let (parts, tree) = reader.read(tree, base);
            tree.into_iter().for_each(|tree| trees.add(tree));
            parts
        })?;
        let marks = marker.finish();
        drop(by_kind);
        Some(Some(Self { packs, clean, marks, names: Box::new(names.clone()), blobs }))
    }

    /// Whether a blob was looked at.
    pub fn has_seen(&self, blob: Oid) -> bool {
        self.blobs > 0 && self.packs.position(blob).is_some()
    }

    /// Whether a blob needs no further look.
    pub fn is_clean(&self, blob: Oid) -> bool {
        let clean = self.packs.position(blob).and_then(|at| self.clean.get(at));
        clean.is_some_and(|clean| clean.load(Ordering::Relaxed))
    }

    /// Whether all that has to be looked at below a tree is as in one of the older trees; where there are none, whether there
    /// is nothing to look at.
    pub fn is_as_before(&self, tree: Oid, older: impl Iterator<Item = Oid>) -> bool {
        let mark = |oid| self.marks.get(self.packs.position(oid)?);
        let Some(own) = mark(tree) else { return false };
        let mut older = older.peekable();
        if older.peek().is_none() { own == NOTHING } else { older.any(|oid| mark(oid) == Some(own)) }
    }

    /// What the mark of a tree of some name says: it is silent about what counts because of that name.
    pub(in crate::git) fn spares(&self, name: &[u8]) -> Spares {
        match (self.names.regard(name), self.names.is_place(name)) {
            (Regard::Content, false) => Spares::Everything,
            (Regard::Content, true) => Spares::Below,
            _ => Spares::Nothing,
        }
    }
}

/// What may be spared of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum Spares {
    /// All of it.
    Everything,
    /// The trees in it, but not what else stands in it.
    Below,
    /// Nothing, however deep.
    Nothing,
}
