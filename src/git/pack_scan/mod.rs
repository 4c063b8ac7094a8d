//! The pack scan: reads every object of whole packs once, in pack order, and remembers what needs no second look.

pub(super) mod fingerprints;
pub(super) mod summary;
pub(super) mod traverse;
