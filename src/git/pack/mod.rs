//! Packs read directly, without libgit2: their index, their entries and their deltas.

pub(super) mod delta;
pub(super) mod entries;
pub(super) mod file;
pub(super) mod order;
pub(super) mod packs;
