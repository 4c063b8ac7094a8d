//! Files that both sides of a merge have changed, and what is known about their merges.

use std::sync::Mutex;

use crate::git::Oid;
use crate::git::object::generational_cache::GenerationalCache;
use crate::parallel::lock;

/// Number of merges of files in each of the two generations that are remembered.
const REMEMBERED: usize = 1 << 15;

/// Four versions of a file in a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FileMerge {
    pub(super) base: Oid,
    pub(super) ours: Oid,
    pub(super) theirs: Oid,
    pub(super) merged: Oid,
}

/// Result of comparing the merged text with the merge of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextCheck {
    /// A merge by lines gives it.
    Clean,
    /// No merge by lines gives it.
    Differs,
    /// git has to decide.
    Unknown,
}

/// Results for files, remembered for all threads: histories repeat the same merge on several branches.
pub(super) struct TextChecks(Mutex<GenerationalCache<FileMerge, TextCheck>>);

impl TextChecks {
    pub(super) fn new() -> Self {
        Self(Mutex::new(GenerationalCache::new(REMEMBERED)))
    }

    pub(super) fn get(&self, file: FileMerge) -> Option<TextCheck> {
        lock(&self.0).get(file)
    }

    pub(super) fn put(&self, file: FileMerge, check: TextCheck) {
        lock(&self.0).put(file, check, 1);
    }
}
