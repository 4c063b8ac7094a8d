//! Unpacks the objects of one kind, each once: what is made from an object comes right behind it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::delta;
use super::entries::{Entries, Extent};
use super::order::{Order, extent};
use super::packs::{Base, Pack, Packed};
use crate::git::{Kind, Oid};
use crate::parallel::tasks::together;
use crate::text::Copied;

/// How much of objects is kept, by all threads, for others that are made from them. A pack that needs more is not gone
/// through.
const MAX_HELD: usize = 256 << 20;

/// Memory of more than this is given back.
const MAX_SPARE: usize = 4 << 20;

/// Shows every object of a kind to a closure, of which each core has a copy. Returns how many there are; none when the pack
/// is not what its index says.
pub(in crate::git) fn each<T>(
    pack: &Pack,
    order: &Order,
    kind: Kind,
    see: impl FnMut(Packed<'_>, Option<Base<'_, T>>) -> T + Send + Clone,
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
    let work = &work;
    together(forest.roots.len(), || {
        let see = see.clone();
        move || work(see)
    });
    (!failed.into_inner()).then_some(forest.roots.len() + forest.made.len())
}

/// Which objects of a kind are made from which.
struct Forest {
    /// Those that are made from no other one, by their place.
    roots: Vec<u32>,
    /// Where those that are made from each begin, by the place of that one; they end where the next begin.
    starts: Vec<u32>,
    /// Those that are made from others.
    made: Vec<u32>,
}

impl Forest {
    fn of(pack: &Pack, order: &Order, kind: Kind) -> Option<Self> {
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

    /// Puts each behind the one it is made from: first those that nothing is made from. Where only one other is left, what
    /// it is made from need not be kept.
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

    /// Puts those first from which most is made: at the end no core shall wait long for another one.
    fn sort_roots(&mut self, pack: &Pack, order: &Order) -> Option<()> {
        let sizes = (0..order.items.len())
            .map(|at| extent(pack, &order.items, at).map(|extent| extent.end - extent.start));
        let mut sizes: Vec<u64> = sizes.collect::<Option<_>>()?;
        // What an object is made from stands before it most often.
        for (at, item) in order.items.iter().enumerate().rev() {
            let own = sizes.get(at).copied().unwrap_or_default();
            item.base().and_then(|base| sizes.get_mut(base)).into_iter().for_each(|size| *size += own);
        }
        let size = |root: &u32| sizes.get(*root as usize).copied().unwrap_or_default();
        let large = self.roots.iter().map(size).sum::<u64>() / LARGE;
        self.roots.sort_by_key(|root| std::cmp::Reverse(Some(size(root)).filter(|size| *size > large)));
        Some(())
    }

    /// Those that are made from an object.
    fn made_from(&self, at: u32) -> &[u32] {
        let bounds = self.starts.get(at as usize..at as usize + 2);
        let Some([start, end]) = bounds else { return &[] };
        self.made.get(*start as usize..*end as usize).unwrap_or_default()
    }
}

/// Which part of all is large.
const LARGE: u64 = 256;

/// Unpacks one root after the other, with all that is made from it.
struct Unpacker<'f, S> {
    pack: &'f Pack,
    order: &'f Order,
    forest: &'f Forest,
    see: S,
    entries: Entries,
    delta: Vec<u8>,
    copied: Vec<Copied>,
    /// Memory to unpack into.
    spare: Vec<Vec<u8>>,
    /// How many bytes all threads keep.
    held: &'f AtomicUsize,
}

/// An object from which others are still to be made.
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
        S: FnMut(Packed<'_>, Option<Base<'_, T>>) -> T,
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
            // Nothing else is made from it: it goes before anything is made from the new one.
            if rest.is_empty() {
                let done = open.pop()?;
                self.held.fetch_sub(done.data.len(), Ordering::Relaxed);
                self.leave(done.data);
            }
            self.keep(Open { data, value, rest: self.forest.made_from(*next) }, &mut open)?;
        }
        Some(())
    }

    /// Makes an object from another one, and shows it.
    fn make<T>(&mut self, at: u32, base: &Open<'_, T>, data: &mut Vec<u8>) -> Option<T>
    where
        S: FnMut(Packed<'_>, Option<Base<'_, T>>) -> T,
    {
        let extent = self.extent(at)?;
        self.entries.unpack(extent, &mut self.delta)?;
        delta::apply(&self.delta, &base.data, data, &mut self.copied)?;
        let packed = self.packed(at, data)?;
        Some((self.see)(packed, Some(Base { value: &base.value, copied: &self.copied })))
    }

    /// Keeps an object while anything is to be made from it.
    fn keep<T>(&mut self, object: Open<'f, T>, open: &mut Vec<Open<'f, T>>) -> Option<()> {
        if object.rest.is_empty() {
            self.leave(object.data);
            return Some(());
        }
        let held = self.held.fetch_add(object.data.len(), Ordering::Relaxed) + object.data.len();
        open.push(object);
        (held <= MAX_HELD || open.len() == 1).then_some(())
    }

    /// Leaves memory to what is unpacked next.
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
