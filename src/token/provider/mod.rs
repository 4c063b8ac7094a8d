//! Tokens of providers: their patterns, checksums and plausibility.

pub(super) mod alphabet;
pub(super) mod bytes;
pub(super) mod checksum;
pub(super) mod detectors;
pub(super) mod plausibility;
#[cfg(test)]
pub(super) mod samples;
pub(super) mod shape;
pub(super) mod tokens;
