//! Reads the trees of packs, and keeps what fingerprints and the count of blobs depend on.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::per_object::PerObject;
use super::traverse::PackedObject;
use super::tree_graph::{BlobChange, ReadTree, Subtree, SubtreeChanges, SubtreeList, TreeGraph};
use crate::git::object::tree::{OrderCheck, RawEntries, RawEntry};
use crate::git::pack::delta::DeltaBase;
use crate::git::pack::packs::Packs;
use crate::git::{Mode, TreeEntry};
use crate::parallel::{into_value, lock};
use crate::text::Copied;

/// Maximum number of subtrees and blob changes kept, of 12 and 8 bytes; trees that come later are not kept.
const MAX_KEPT: usize = 1 << 24;

/// Maximum number of delta bases from which the subtrees of a tree are put together.
const MAX_DISTANCE: u8 = 8;

/// Hash of a tree without relevant entries.
pub(super) const NOTHING: u64 = 0;

/// Reads trees, on several threads.
///
/// The hash has a random key in every run, so trees with equal fingerprints cannot be constructed in advance.
pub(super) struct TreeReader<'a> {
    packs: &'a Packs,
    is_always_checked: fn(&[u8]) -> bool,
    is_clean: &'a PerObject<AtomicBool>,
    hasher: RandomState,
    graph: Mutex<TreeGraph>,
    /// Number of subtrees and blob changes that may still be kept.
    room: AtomicUsize,
}

impl<'a> TreeReader<'a> {
    pub(super) fn new(
        packs: &'a Packs,
        is_always_checked: fn(&[u8]) -> bool,
        is_clean: &'a PerObject<AtomicBool>,
    ) -> Self {
        let (hasher, graph) = (RandomState::new(), TreeGraph::new(packs).into());
        Self { packs, is_always_checked, is_clean, hasher, graph, room: MAX_KEPT.into() }
    }

    /// Reads a tree. Entries that are copied from the delta base keep the facts that they have there.
    ///
    /// Returns the facts about all entries, and the tree to [keep](Self::keep). `None` if there is more to a
    /// tree than can be kept: its entries are not in git's order, or a subtree is in no pack.
    pub(super) fn read(
        &self,
        tree: PackedObject<'_>,
        base: Option<DeltaBase<'_, TreeEntries>>,
    ) -> (TreeEntries, Option<ReadTree>) {
        let position = tree.position;
        let base_kept_at = base.as_ref().and_then(|base| base.value.kept_at);
        let distance = base.as_ref().map_or(0, |base| base.value.distance) + 1;
        let mut read = ReadTree::new(position, base_kept_at);
        let (mut count, mut changes) = (0, SubtreeChanges::default());
        let mut base = base.map(BaseEntries::new);
        let mut raw_entries = RawEntries::new(tree.data, tree.oid.as_bytes().len());
        let (mut entries, mut order) = (Vec::new(), OrderCheck::default());
        let (mut start, mut is_whole) = (0, true);
        for raw in raw_entries.by_ref() {
            let end = start + raw.bytes().len();
            let found = base.as_mut().and_then(|base| base.find(start..end, &mut read.blobs, &mut changes));
            match found {
                Some(BaseEntry { follows: true, .. }) => order.see_next(raw),
                _ => order.see(raw),
            }
            let facts = found.map_or_else(|| self.facts(raw), |found| found.facts);
            let is_inherited = found.is_some_and(|found| found.is_inherited);
            match facts.content {
                Content::Irrelevant => {}
                Content::Relevant(hash) => read.own = self.hash((read.own, hash)),
                Content::Subtree(subtree) => {
                    count += 1;
                    changes.added.extend((!is_inherited).then_some(subtree));
                }
                Content::Unknown => is_whole = false,
            }
            if !is_inherited {
                read.blobs.extend(facts.blob.map(|blob| BlobChange { blob, is_added: true }));
            }
            entries.push(EntryFacts { start, ..facts });
            start = end;
        }
        base.into_iter().for_each(|base| base.remove_rest(&mut read.blobs, &mut changes));
        let are_few = 2 * (changes.added.len() + changes.removed.len()) < count;
        let has_changes = base_kept_at.is_some() && are_few && distance < MAX_DISTANCE;
        read.subtrees = match has_changes {
            true => SubtreeList::Changes(changes),
            false => SubtreeList::Whole(entries.iter().filter_map(EntryFacts::subtree).collect()),
        };
        let is_kept = is_whole && raw_entries.is_empty() && order.holds() && self.reserve(&read);
        let kept_at = is_kept.then_some(position);
        let distance = if has_changes { distance } else { 0 };
        (TreeEntries { entries, kept_at, distance }, is_kept.then_some(read))
    }

    fn reserve(&self, read: &ReadTree) -> bool {
        let size = read.subtrees.len() + read.blobs.len();
        let reserve = |room: usize| room.checked_sub(size);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_ok()
    }

    /// Returns the facts about an entry; its start is not set.
    fn facts(&self, raw: RawEntry<'_>) -> EntryFacts {
        let relevant = || Content::Relevant(self.hasher.hash_one(raw.bytes()));
        // git treats an entry with an unreadable mode as a submodule; here it is relevant.
        let Some(TreeEntry { mode, name, oid }) = raw.read() else {
            return EntryFacts { start: 0, content: relevant(), blob: None };
        };
        let position = || self.packs.position(oid);
        let blob = if matches!(mode, Mode::File | Mode::Symlink) { position() } else { None };
        let content = match mode {
            Mode::Symlink => relevant(),
            _ if (self.is_always_checked)(name) => relevant(),
            // Its content does not matter, but it may replace a file that a workflow calls.
            Mode::Submodule => Content::Relevant(self.hasher.hash_one(("submodule", name))),
            Mode::File if blob.is_some_and(|at| self.is_clean[at].load(Ordering::Relaxed)) => {
                Content::Irrelevant
            }
            Mode::File => relevant(),
            Mode::Tree => position().map_or(Content::Unknown, |position| {
                Content::Subtree(Subtree { name: self.hasher.hash_one(name).to_ne_bytes(), position })
            }),
        };
        EntryFacts { start: 0, content, blob }
    }

    /// Returns the hash of two values that are relevant, which is not [`NOTHING`].
    fn hash(&self, values: (u64, u64)) -> u64 {
        self.hasher.hash_one(values).max(NOTHING + 1)
    }

    /// Keeps trees that were read by one thread, in the order of reading.
    pub(super) fn keep(&self, trees: Vec<ReadTree>) {
        let mut graph = lock(&self.graph);
        trees.into_iter().for_each(|tree| graph.add(tree));
    }

    /// Returns the trees that were kept.
    pub(super) fn finish(self) -> TreeGraph {
        into_value(self.graph)
    }
}

/// Facts about the entries of a tree.
#[derive(Debug, Default)]
pub(super) struct TreeEntries {
    entries: Vec<EntryFacts>,
    /// Position of the tree, if it is kept. Its entries are then in git's order.
    kept_at: Option<u32>,
    /// Number of delta bases up to the one whose subtrees are all kept.
    distance: u8,
}

/// Facts about an entry.
#[derive(Debug, Clone, Copy)]
struct EntryFacts {
    /// Offset in the tree object.
    start: usize,
    content: Content,
    /// Position of the blob, if the entry is one and a pack has it.
    blob: Option<u32>,
}

impl EntryFacts {
    fn subtree(&self) -> Option<Subtree> {
        match self.content {
            Content::Subtree(subtree) => Some(subtree),
            _ => None,
        }
    }
}

/// Contribution of an entry to the fingerprint of its tree.
#[derive(Debug, Clone, Copy)]
enum Content {
    Irrelevant,
    /// Hash of the whole entry.
    Relevant(u64),
    Subtree(Subtree),
    /// A subtree that is in no pack.
    Unknown,
}

/// Finds the entries of a tree in its delta base.
struct BaseEntries<'a> {
    base: &'a TreeEntries,
    copied: &'a [Copied],
    /// Index of the base entry that is expected next: the one after the last match.
    next: Option<usize>,
    /// Number of base entries that are inherited or removed.
    passed: usize,
}

/// An entry of the base that a tree has too.
#[derive(Debug, Clone, Copy)]
struct BaseEntry {
    facts: EntryFacts,
    /// True if the previous entry also precedes this one in the base, and the base is in git's order.
    follows: bool,
    /// True if the tree has the blob of the entry because the base has it.
    is_inherited: bool,
}

impl<'a> BaseEntries<'a> {
    fn new(base: DeltaBase<'a, TreeEntries>) -> Self {
        Self { base: base.value, copied: base.copied, next: None, passed: 0 }
    }

    /// Returns the identical entry of the base, if the range is copied from one as a whole.
    ///
    /// Records the entries of the base that are skipped as removed. Must be called with the entries in their
    /// order.
    fn find(
        &mut self,
        entry: Range<usize>,
        blobs: &mut Vec<BlobChange>,
        subtrees: &mut SubtreeChanges,
    ) -> Option<BaseEntry> {
        while let Some((first, rest)) = self.copied.split_first()
            && first.end() <= entry.start
        {
            self.copied = rest;
        }
        let next = self.next.take();
        let copied = self.copied.first()?;
        if entry.start < copied.at || copied.end() < entry.end {
            return None;
        }
        let start = entry.start - copied.at + copied.from;
        let entries = &self.base.entries;
        let is_next = next.and_then(|next| entries.get(next)).is_some_and(|entry| entry.start == start);
        let at = match next.filter(|_| is_next) {
            Some(next) => next,
            None => entries.binary_search_by_key(&start, |entry| entry.start).ok()?,
        };
        self.next = Some(at + 1);
        let is_kept = self.base.kept_at.is_some();
        // An entry that is copied once more, or after a later one, counts as new.
        let is_inherited = is_kept && at >= self.passed;
        if is_inherited {
            self.remove_until(at, blobs, subtrees);
            self.passed = at + 1;
        }
        Some(BaseEntry { facts: *entries.get(at)?, follows: is_next && is_kept, is_inherited })
    }

    /// Records the remaining entries of the base as removed.
    fn remove_rest(mut self, blobs: &mut Vec<BlobChange>, subtrees: &mut SubtreeChanges) {
        if self.base.kept_at.is_some() {
            self.remove_until(self.base.entries.len(), blobs, subtrees);
        }
    }

    fn remove_until(&mut self, end: usize, blobs: &mut Vec<BlobChange>, subtrees: &mut SubtreeChanges) {
        for entry in self.base.entries.iter().take(end).skip(self.passed) {
            blobs.extend(entry.blob.map(|blob| BlobChange { blob, is_added: false }));
            subtrees.removed.extend(entry.subtree());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_is_known_only_if_copied_whole() {
        let facts =
            |start: usize| EntryFacts { start, content: Content::Irrelevant, blob: Some(start as u32 / 30) };
        let base =
            TreeEntries { entries: [0, 30, 60, 90].map(facts).to_vec(), kept_at: Some(0), distance: 0 };
        // Entries 1 and 3 are copied whole, entry 2 is not. Entry 4 lacks its start, entry 5 is whole, entry
        // 6 is the first one again, and entry 7 is new.
        let copied = [
            Copied { from: 0, at: 0, len: 32 },
            Copied { from: 58, at: 62, len: 32 },
            Copied { from: 65, at: 100, len: 55 },
            Copied { from: 0, at: 155, len: 30 },
        ];
        let mut base = BaseEntries::new(DeltaBase { value: &base, copied: &copied });
        let (mut blobs, mut subtrees) = (Vec::new(), SubtreeChanges::default());
        let entries = [0..30, 30..64, 64..94, 94..125, 125..155, 155..185, 185..215];
        let found = entries.map(|entry| {
            let BaseEntry { facts, follows, is_inherited } = base.find(entry, &mut blobs, &mut subtrees)?;
            Some((facts.start, follows, is_inherited))
        });
        let first = |is_inherited| Some((0, false, is_inherited));
        let (second, third) = (Some((60, false, true)), Some((90, false, true)));
        assert_eq!(found, [first(true), None, second, None, third, first(false), None]);
        base.remove_rest(&mut blobs, &mut subtrees);
        assert_eq!(blobs, [BlobChange { blob: 1, is_added: false }]);
    }
}
