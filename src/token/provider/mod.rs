//! Tokens of providers: their patterns, checksums and plausibility.

pub(super) mod alphabet;
pub(super) mod aws;
pub(super) mod checksum;
pub(super) mod detectors;
pub(super) mod keywords;
pub(super) mod npm;
pub(super) mod old_azure;
pub(super) mod pattern;
pub(super) mod plausibility;
pub(super) mod public;
pub(super) mod published;
pub(super) mod revocation;
#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;
pub(super) mod tokens;
pub(super) mod variety;
