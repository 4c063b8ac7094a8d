//! Every blob of whole packs, in the order in which each is unpacked once: the fastest way to look at a long history.
//!
//! It tells which blobs need no second look, and nothing else: whatever it does not vouch for is read as ever, so that a
//! pack that cannot be read here costs time and hides nothing.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

use gix_pack::Bundle;
use gix_pack::index::traverse::SafetyCheck;
use gix_pack::index::traverse::with_index::Options;
use gix_utils::progress::Discard;

use super::Oid;

/// The first twenty bytes of an oid: all of it, in the repositories that are read here.
type Id = [u8; 20];

/// Blobs that hold nothing of interest, whatever their path.
#[derive(Debug, Default)]
pub struct Dismissed {
    ids: HashSet<Id>,
}

impl Dismissed {
    /// Whether a blob is one of them.
    pub fn contains(&self, oid: Oid) -> bool {
        oid.as_bytes().try_into().is_ok_and(|id: Id| self.ids.contains(&id))
    }
}

/// The packs of a repository.
pub struct Packs {
    bundles: Vec<Bundle>,
}

impl Packs {
    /// Opens the packs of an object directory; those that cannot be opened are left to whoever reads objects one by one.
    pub(super) fn open(objects: &Path) -> Self {
        let listing = std::fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listing.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
        paths.sort();
        let bundles = paths.iter().filter_map(|path| Bundle::at(path, gix_hash::Kind::Sha1).ok());
        Self { bundles: bundles.collect() }
    }

    /// How many objects there are.
    pub fn objects(&self) -> u64 {
        self.bundles.iter().map(|bundle| u64::from(bundle.index.num_objects())).sum()
    }

    /// Shows each blob to a filter and returns those that it does not want to see again. `seen` is told the size of every
    /// object.
    pub fn dismiss(
        &self,
        empty: &(dyn Fn(&[u8]) -> bool + Sync),
        seen: &(dyn Fn(usize) + Sync),
    ) -> Dismissed {
        let mut dismissed = Dismissed::default();
        for bundle in self.bundles.iter().filter(|bundle| is_sound(bundle)) {
            dismissed.ids.extend(empty_blobs(bundle, empty, seen).into_iter().flatten());
        }
        dismissed
    }
}

/// The blobs of a pack that a filter finds empty; none when the pack cannot be unpacked.
fn empty_blobs(
    bundle: &Bundle,
    empty: &(dyn Fn(&[u8]) -> bool + Sync),
    seen: &(dyn Fn(usize) + Sync),
) -> Option<Vec<Id>> {
    let ids = Mutex::new(Vec::new());
    let ids_of_all = &ids;
    let options = Options {
        thread_limit: None,
        check: SafetyCheck::SkipFileAndObjectChecksumVerification,
        alloc_limit_bytes: None,
    };
    let interrupted = AtomicBool::new(false);
    let done = bundle.index.traverse_with_index(
        &bundle.pack,
        move |kind, data, entry, _| {
            seen(data.len());
            if kind.as_bytes() == b"blob" && empty(data) {
                let id: Option<Id> = entry.oid.as_slice().try_into().ok();
                ids_of_all.lock().unwrap_or_else(PoisonError::into_inner).extend(id);
            }
            Ok(())
        },
        &mut Discard,
        &interrupted,
        options,
    );
    done.ok()?;
    Some(ids.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Whether the bytes of every entry are those that the index has noted. Unpacking alone would not notice all damage.
fn is_sound(bundle: &Bundle) -> bool {
    let mut entries: Vec<(u64, Option<u32>)> =
        bundle.index.iter().map(|entry| (entry.pack_offset, entry.crc32)).collect();
    entries.sort_unstable();
    let ends = entries.iter().skip(1).map(|(start, _)| *start);
    let ends = ends.chain([bundle.pack.pack_end() as u64]);
    entries.iter().zip(ends).all(|((start, noted), end)| {
        let bytes = bundle.pack.entry_slice(*start..end);
        noted.is_some() && bytes.map(crc32fast::hash) == *noted
    })
}
