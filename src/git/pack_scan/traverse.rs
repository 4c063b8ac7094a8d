//! Unpacks the objects of one kind, each once: deltas directly follow their base.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::git::pack::delta::{DeltaBase, apply, built_size};
use crate::git::pack::entries::{Entries, Extent};
use crate::git::pack::file::Pack;
use crate::git::pack::order::{Order, extent};
use crate::git::pack::packs::Packs;
use crate::git::{ObjectKind, Oid};
use crate::parallel::{self, cores};
use crate::text::Copied;

/// Maximum size of the delta bases held by all threads, in bytes. A pack that needs more is not traversed.
const MAX_HELD: usize = 128 << 20;

/// Maximum size of a blob, in bytes. A larger one is not visited, and neither are its deltas.
const MAX_BLOB: usize = 16 << 20;

/// Maximum size of a buffer kept for reuse, in bytes; larger ones are freed.
const MAX_SPARE: usize = 4 << 20;

/// An unpacked object of a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedObject<'a> {
    pub(super) position: u32,
    pub(super) oid: Oid,
    pub(super) data: &'a [u8],
}

/// The objects of packs, grouped by kind.
pub(super) struct ByKind<'p> {
    pub(super) packs: Vec<PackByKind<'p>>,
}

impl<'p> ByKind<'p> {
    /// Reads the order of the objects of all packs; `None` if a pack does not match its index.
    pub(super) fn of(packs: &'p Packs) -> Option<Self> {
        let orders = packs.packs.iter().map(|pack| Some(PackByKind { pack, order: Order::of(pack)? }));
        orders.collect::<Option<_>>().map(|packs| Self { packs })
    }

    /// Passes every object of a kind to a closure, on all cores; each core has its own clone of the closure.
    ///
    /// As [`PackByKind::each`].
    pub(super) fn each<T>(
        &self,
        kind: ObjectKind,
        visit: impl FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T + Send + Clone,
    ) -> Option<()> {
        self.packs.iter().try_for_each(|pack| pack.each(kind, visit.clone()))
    }
}

/// The objects of one pack, grouped by kind.
pub(super) struct PackByKind<'p> {
    pub(super) pack: &'p Pack,
    order: Order,
}

impl PackByKind<'_> {
    /// Returns the number of objects of a kind.
    pub(super) fn count(&self, kind: ObjectKind) -> usize {
        self.order.kinds.iter().filter(|own| **own == kind).count()
    }

    /// Passes every object of a kind to a closure, on all cores; each core has its own clone of the closure.
    ///
    /// With a delta, the closure also gets its result for the base, which the same thread has unpacked before.
    ///
    /// Blobs that are very large are left out.
    ///
    /// `None` if a pack does not match its index, or if it needs more memory than the limit.
    pub(super) fn each<T>(
        &self,
        kind: ObjectKind,
        visit: impl FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T + Send + Clone,
    ) -> Option<()> {
        each_of(self.pack, &self.order, kind, visit)
    }
}

fn each_of<T>(
    pack: &Pack,
    order: &Order,
    kind: ObjectKind,
    visit: impl FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T + Send + Clone,
) -> Option<()> {
    let forest = DeltaForest::of(pack, order, kind)?;
    let (next, held, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let work = |visit| {
        let mut unpacker = Unpacker::new(pack, order, &forest, &held, visit);
        if let Some(unpacker) = unpacker.as_mut().filter(|_| kind != ObjectKind::Blob) {
            unpacker.most = usize::MAX;
        }
        while let Some(root) = forest.roots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let going = unpacker.as_mut().filter(|_| !failed.load(Ordering::Relaxed));
            if going.and_then(|unpacker| unpacker.tree(*root)).is_none() {
                failed.store(true, Ordering::Relaxed);
                break;
            }
        }
    };
    let others = cores().min(forest.roots.len()).saturating_sub(1);
    parallel::run(vec![visit.clone(); others], || work(visit), work);
    (!failed.into_inner()).then_some(())
}

/// The delta trees of one kind of object. Objects are numbered by their rank in the order of the pack.
struct DeltaForest {
    /// Objects that are not deltas.
    roots: Vec<u32>,
    /// Index in `deltas` of the first delta of each object, by rank; ends at that of the next object.
    starts: Vec<u32>,
    /// Deltas, grouped by base.
    deltas: Vec<u32>,
}

#[expect(clippy::indexing_slicing, reason = "the order gives every object a rank, also every base")]
impl DeltaForest {
    fn of(pack: &Pack, order: &Order, kind: ObjectKind) -> Option<Self> {
        let objects = || (0_u32..).zip(order.items.iter().zip(&order.kinds));
        let wanted = || objects().filter(|(_, (_, own))| **own == kind).map(|(rank, (item, _))| (rank, item));
        let mut starts = vec![0; order.items.len() + 1];
        let mut roots = Vec::new();
        for (rank, item) in wanted() {
            match item.base() {
                Some(base) => starts[base as usize + 1] += 1,
                None => roots.push(rank),
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut forest = Self { roots, deltas: vec![0; total as usize], starts };
        forest.group(wanted().filter_map(|(rank, item)| Some((rank, item.base()?))));
        forest.sort_roots(pack, order)?;
        Some(forest)
    }

    /// Groups the deltas by base, leaves first.
    ///
    /// A base is freed before the deltas of its last delta are unpacked.
    fn group(&mut self, deltas: impl Iterator<Item = (u32, u32)> + Clone) {
        let mut next = self.starts.clone();
        for leaves in [true, false] {
            for (delta, base) in deltas.clone() {
                if self.deltas_of(delta).is_empty() == leaves {
                    let next = &mut next[base as usize];
                    self.deltas[*next as usize] = delta;
                    *next += 1;
                }
            }
        }
    }

    /// Sorts the large delta trees to the front, largest first.
    ///
    /// Otherwise one core might unpack a large tree at the end, while all others wait.
    fn sort_roots(&mut self, pack: &Pack, order: &Order) -> Option<()> {
        let sizes = (0..order.items.len())
            .map(|rank| extent(pack, &order.items, rank).map(|extent| extent.end - extent.start));
        let mut sizes: Vec<u64> = sizes.collect::<Option<_>>()?;
        // A base usually precedes its deltas, so the sizes add up from back to front.
        for (rank, item) in order.items.iter().enumerate().rev() {
            if let Some(base) = item.base() {
                sizes[base as usize] += sizes[rank];
            }
        }
        let size = |root: &u32| sizes[*root as usize];
        let large = self.roots.iter().map(size).sum::<u64>() / LARGE;
        self.roots.sort_by_key(|root| Reverse(Some(size(root)).filter(|size| *size > large)));
        Some(())
    }

    /// Returns the deltas of an object.
    fn deltas_of(&self, rank: u32) -> &[u32] {
        let (start, end) = (self.starts[rank as usize], self.starts[rank as usize + 1]);
        &self.deltas[start as usize..end as usize]
    }
}

/// Denominator of the fraction of the total packed size above which a delta tree is large.
const LARGE: u64 = 256;

/// Unpacks delta trees, one root after the other.
struct Unpacker<'f, V> {
    pack: &'f Pack,
    order: &'f Order,
    forest: &'f DeltaForest,
    visit: V,
    /// Maximum size of an object.
    most: usize,
    entries: Entries,
    delta: Vec<u8>,
    copied: Vec<Copied>,
    /// Buffers for reuse.
    spare: Vec<Vec<u8>>,
    /// Size of the delta bases held by all threads, in bytes.
    held: &'f AtomicUsize,
}

/// Result of building an object from a delta.
enum Built<T> {
    Object(T),
    TooLarge,
    Damaged,
}

/// An object with deltas that are still to be unpacked.
struct OpenBase<'f, T> {
    data: Vec<u8>,
    value: T,
    rest: &'f [u32],
}

impl<'f, V> Unpacker<'f, V> {
    fn new(
        pack: &'f Pack,
        order: &'f Order,
        forest: &'f DeltaForest,
        held: &'f AtomicUsize,
        visit: V,
    ) -> Option<Self> {
        Some(Self {
            pack,
            order,
            forest,
            visit,
            most: MAX_BLOB,
            entries: pack.entries()?,
            delta: Vec::new(),
            copied: Vec::new(),
            spare: Vec::new(),
            held,
        })
    }

    fn tree<T>(&mut self, root: u32) -> Option<()>
    where
        V: FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T,
    {
        let mut data = self.spare.pop().unwrap_or_default();
        let extent = self.extent(root)?;
        if self.entries.is_larger(extent, self.most)? {
            return Some(());
        }
        self.entries.unpack(extent, &mut data)?;
        let object = self.object(root, &data)?;
        let value = (self.visit)(object, None);
        let mut open = Vec::new();
        self.keep(OpenBase { data, value, rest: self.forest.deltas_of(root) }, &mut open)?;
        while let Some(base) = open.last_mut() {
            let Some((next, rest)) = base.rest.split_first() else { break };
            base.rest = rest;
            let mut data = self.spare.pop().unwrap_or_default();
            let value = self.build(*next, base, &mut data);
            // This was the last delta of the base, so the base is freed before the deltas of the new object.
            if rest.is_empty() {
                let done = open.pop()?;
                self.held.fetch_sub(done.data.len(), Ordering::Relaxed);
                self.reuse(done.data);
            }
            match value {
                Built::Object(value) => {
                    self.keep(OpenBase { data, value, rest: self.forest.deltas_of(*next) }, &mut open)?;
                }
                Built::TooLarge => self.reuse(data),
                Built::Damaged => return None,
            }
        }
        Some(())
    }

    /// Builds an object from its base and passes it to the closure.
    fn build<T>(&mut self, rank: u32, base: &OpenBase<'_, T>, data: &mut Vec<u8>) -> Built<T>
    where
        V: FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T,
    {
        match self.read_delta(rank) {
            None => Built::Damaged,
            Some(false) => Built::TooLarge,
            Some(true) => self.apply_delta(rank, base, data).map_or(Built::Damaged, Built::Object),
        }
    }

    /// Reads the delta of an object; false if it would build an object that is too large.
    fn read_delta(&mut self, rank: u32) -> Option<bool> {
        let extent = self.extent(rank)?;
        if self.entries.is_larger(extent, self.most)? {
            return Some(false);
        }
        self.entries.unpack(extent, &mut self.delta)?;
        Some(built_size(&self.delta)? <= self.most)
    }

    /// Applies the delta that was read last, and passes the object to the closure.
    fn apply_delta<T>(&mut self, rank: u32, base: &OpenBase<'_, T>, data: &mut Vec<u8>) -> Option<T>
    where
        V: FnMut(PackedObject<'_>, Option<DeltaBase<'_, T>>) -> T,
    {
        apply(&self.delta, &base.data, data, &mut self.copied)?;
        let object = self.object(rank, data)?;
        Some((self.visit)(object, Some(DeltaBase { value: &base.value, copied: &self.copied })))
    }

    /// Holds an object as long as it has deltas to be unpacked; `None` if the memory limit is exceeded.
    fn keep<T>(&mut self, object: OpenBase<'f, T>, open: &mut Vec<OpenBase<'f, T>>) -> Option<()> {
        if object.rest.is_empty() {
            self.reuse(object.data);
            return Some(());
        }
        let held = self.held.fetch_add(object.data.len(), Ordering::Relaxed) + object.data.len();
        open.push(object);
        (held <= MAX_HELD || open.len() == 1).then_some(())
    }

    /// Keeps a buffer for reuse, unless it is too large.
    fn reuse(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= MAX_SPARE {
            self.spare.push(buffer);
        }
    }

    fn extent(&self, rank: u32) -> Option<Extent> {
        extent(self.pack, &self.order.items, rank as usize)
    }

    #[expect(clippy::indexing_slicing, reason = "the order gives every object a rank")]
    fn object<'a>(&self, rank: u32, data: &'a [u8]) -> Option<PackedObject<'a>> {
        let index = self.order.items[rank as usize].index;
        let oid = Oid::from_bytes(self.pack.index.oid_at_index(index).as_bytes())?;
        Some(PackedObject { position: self.pack.first + index, oid, data })
    }
}
