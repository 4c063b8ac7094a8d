//! Unpacks the objects of one kind, each once: deltas directly follow their base.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::git::pack::delta::{DeltaBase, apply};
use crate::git::pack::entries::{Entries, Extent};
use crate::git::pack::file::Pack;
use crate::git::pack::order::{Order, extent};
use crate::git::pack::packs::Packs;
use crate::git::{ObjectKind, Oid};
use crate::parallel::{self, cores};
use crate::text::Copied;

/// Maximum size of the delta bases held by all threads, in bytes. A pack that needs more is not traversed.
const MAX_HELD: usize = 256 << 20;

/// Maximum size of a buffer kept for reuse, in bytes; larger ones are freed.
const MAX_SPARE: usize = 4 << 20;

/// An unpacked object of a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) position: usize,
    /// Object id.
    pub(super) oid: Oid,
    /// Content of the object.
    pub(super) data: &'a [u8],
}

/// The objects of packs, grouped by kind.
pub(super) struct ByKind<'p> {
    packs: Vec<(&'p Pack, Order)>,
}

impl<'p> ByKind<'p> {
    /// Reads the order of the objects of all packs; `None` if a pack does not match its index.
    pub(super) fn of(packs: &'p Packs) -> Option<Self> {
        let orders = packs.packs.iter().map(|pack| Some((pack, Order::of(pack)?)));
        orders.collect::<Option<_>>().map(|packs| Self { packs })
    }

    /// Passes every object of a kind to a closure, on all cores; each core has its own clone of the closure.
    ///
    /// With a delta, the closure also gets its result for the base. Returns the number of objects. `None` if
    /// a pack does not match its index; the results so far then prove nothing.
    pub(super) fn each<T>(
        &self,
        kind: ObjectKind,
        see: impl FnMut(Packed<'_>, Option<DeltaBase<'_, T>>) -> T + Send + Clone,
    ) -> Option<usize> {
        self.packs.iter().map(|(pack, order)| each(pack, order, kind, see.clone())).sum()
    }
}

/// Passes every object of a kind to a closure, of which each core has a clone; returns their number.
///
/// `None` if the pack does not match its index, or if it needs more memory than the limit.
pub(super) fn each<T>(
    pack: &Pack,
    order: &Order,
    kind: ObjectKind,
    see: impl FnMut(Packed<'_>, Option<DeltaBase<'_, T>>) -> T + Send + Clone,
) -> Option<usize> {
    let forest = Forest::of(pack, order, kind)?;
    let (next, held, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let work = |see| {
        let mut unpacker = Unpacker::new(pack, order, (&forest, &held), see);
        while let Some(root) = forest.roots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let going = unpacker.as_mut().filter(|_| !failed.load(Ordering::Relaxed));
            if going.and_then(|unpacker| unpacker.tree(*root)).is_none() {
                failed.store(true, Ordering::Relaxed);
                break;
            }
        }
    };
    let others = cores().min(forest.roots.len()).saturating_sub(1);
    parallel::run(vec![see.clone(); others], || work(see), work);
    (!failed.into_inner()).then_some(forest.roots.len() + forest.made.len())
}

/// The delta trees of one kind of object.
struct Forest {
    /// Objects that are not deltas, by position.
    roots: Vec<u32>,
    /// Index in `made` of the first delta of each object, by position; ends at that of the next object.
    starts: Vec<u32>,
    /// Deltas, grouped by base.
    made: Vec<u32>,
}

impl Forest {
    fn of(pack: &Pack, order: &Order, kind: ObjectKind) -> Option<Self> {
        let wanted =
            || (0u32..).zip(order.items.iter().zip(&order.kinds)).filter(|(_, (_, own))| **own == kind);
        let mut starts = vec![0; order.items.len() + 1];
        let mut roots = Vec::new();
        for (at, (item, _)) in wanted() {
            match item.base() {
                Some(base) => *starts.get_mut(base + 1)? += 1,
                None => roots.push(at),
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut forest = Self { roots, made: vec![0; total as usize], starts };
        forest.fill(wanted().filter_map(|(at, (item, _))| Some((at, item.base()?))))?;
        forest.sort_roots(pack, order)?;
        Some(forest)
    }

    /// Groups the deltas by base, leaves first.
    ///
    /// A base is freed before the deltas of its last delta are unpacked.
    fn fill(&mut self, made: impl Iterator<Item = (u32, usize)> + Clone) -> Option<()> {
        let mut next: Vec<u32> = self.starts.clone();
        for leaves in [true, false] {
            for (at, base) in made.clone() {
                if self.made_from(at).is_empty() != leaves {
                    continue;
                }
                let next = next.get_mut(base)?;
                *self.made.get_mut(*next as usize)? = at;
                *next += 1;
            }
        }
        Some(())
    }

    /// Sorts the large delta trees to the front, largest first.
    ///
    /// Otherwise one core might unpack a large tree at the end, while all others wait.
    fn sort_roots(&mut self, pack: &Pack, order: &Order) -> Option<()> {
        let sizes = (0..order.items.len())
            .map(|at| extent(pack, &order.items, at).map(|extent| extent.end - extent.start));
        let mut sizes: Vec<u64> = sizes.collect::<Option<_>>()?;
        // A base usually precedes its deltas, so the sizes add up from back to front.
        for (at, item) in order.items.iter().enumerate().rev() {
            let own = sizes.get(at).copied().unwrap_or_default();
            item.base().and_then(|base| sizes.get_mut(base)).into_iter().for_each(|size| *size += own);
        }
        let size = |root: &u32| sizes.get(*root as usize).copied().unwrap_or_default();
        let large = self.roots.iter().map(size).sum::<u64>() / LARGE;
        self.roots.sort_by_key(|root| std::cmp::Reverse(Some(size(root)).filter(|size| *size > large)));
        Some(())
    }

    /// Returns the deltas of an object.
    fn made_from(&self, at: u32) -> &[u32] {
        let bounds = self.starts.get(at as usize..at as usize + 2);
        let Some([start, end]) = bounds else { return &[] };
        self.made.get(*start as usize..*end as usize).unwrap_or_default()
    }
}

/// Denominator of the fraction of the total packed size above which a delta tree is large.
const LARGE: u64 = 256;

/// Unpacks delta trees, one root after the other.
struct Unpacker<'f, S> {
    pack: &'f Pack,
    order: &'f Order,
    forest: &'f Forest,
    see: S,
    entries: Entries,
    delta: Vec<u8>,
    copied: Vec<Copied>,
    /// Buffers for reuse.
    spare: Vec<Vec<u8>>,
    /// Size of the delta bases held by all threads, in bytes.
    held: &'f AtomicUsize,
}

/// An object with deltas that are still to be unpacked.
struct Open<'f, T> {
    data: Vec<u8>,
    value: T,
    rest: &'f [u32],
}

impl<'f, S> Unpacker<'f, S> {
    fn new(
        pack: &'f Pack,
        order: &'f Order,
        (forest, held): (&'f Forest, &'f AtomicUsize),
        see: S,
    ) -> Option<Self> {
        Some(Self {
            pack,
            order,
            forest,
            see,
            entries: pack.entries()?,
            delta: Vec::new(),
            copied: Vec::new(),
            spare: Vec::new(),
            held,
        })
    }

    fn tree<T>(&mut self, root: u32) -> Option<()>
    where
        S: FnMut(Packed<'_>, Option<DeltaBase<'_, T>>) -> T,
    {
        let mut data = self.spare.pop().unwrap_or_default();
        let extent = self.extent(root)?;
        self.entries.unpack(extent, &mut data)?;
        let packed = self.packed(root, &data)?;
        let value = (self.see)(packed, None);
        let mut open = Vec::new();
        self.keep(Open { data, value, rest: self.forest.made_from(root) }, &mut open)?;
        while let Some(base) = open.last_mut() {
            let Some((next, rest)) = base.rest.split_first() else { break };
            base.rest = rest;
            let mut data = self.spare.pop().unwrap_or_default();
            let value = self.make(*next, base, &mut data)?;
            // This was the last delta of the base, so the base is freed before the deltas of the new object.
            if rest.is_empty() {
                let done = open.pop()?;
                self.held.fetch_sub(done.data.len(), Ordering::Relaxed);
                self.leave(done.data);
            }
            self.keep(Open { data, value, rest: self.forest.made_from(*next) }, &mut open)?;
        }
        Some(())
    }

    /// Builds an object from its base and passes it to the closure.
    fn make<T>(&mut self, at: u32, base: &Open<'_, T>, data: &mut Vec<u8>) -> Option<T>
    where
        S: FnMut(Packed<'_>, Option<DeltaBase<'_, T>>) -> T,
    {
        let extent = self.extent(at)?;
        self.entries.unpack(extent, &mut self.delta)?;
        apply(&self.delta, &base.data, data, &mut self.copied)?;
        let packed = self.packed(at, data)?;
        Some((self.see)(packed, Some(DeltaBase { value: &base.value, copied: &self.copied })))
    }

    /// Holds an object as long as it has deltas to be unpacked; `None` if the memory limit is exceeded.
    fn keep<T>(&mut self, object: Open<'f, T>, open: &mut Vec<Open<'f, T>>) -> Option<()> {
        if object.rest.is_empty() {
            self.leave(object.data);
            return Some(());
        }
        let held = self.held.fetch_add(object.data.len(), Ordering::Relaxed) + object.data.len();
        open.push(object);
        (held <= MAX_HELD || open.len() == 1).then_some(())
    }

    /// Keeps a buffer for reuse, unless it is too large.
    fn leave(&mut self, data: Vec<u8>) {
        if data.capacity() <= MAX_SPARE {
            self.spare.push(data);
        }
    }

    fn extent(&self, at: u32) -> Option<Extent> {
        extent(self.pack, &self.order.items, at as usize)
    }

    fn packed<'a>(&self, at: u32, data: &'a [u8]) -> Option<Packed<'a>> {
        let index = self.order.items.get(at as usize)?.index;
        let oid = Oid::from_bytes(self.pack.index.oid_at_index(index).as_bytes())?;
        Some(Packed { position: self.pack.first + index as usize, oid, data })
    }
}
