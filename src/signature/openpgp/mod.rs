//! OpenPGP signatures and certificates.
//!
//! The crate `pgp` parses packets and does the arithmetic. What it leaves to its users is checked here: versions and
//! kinds, digests, critical subpackets, expiry, revocation, key flags, and the bindings of subkeys.

mod certificate;
mod data_signature;
mod key;
mod key_file;
#[cfg(test)]
mod made_keys;
mod packets;
mod revocation;
mod statement;
mod subpackets;

pub(super) use data_signature::DataSignature;
pub(super) use key::SigningKey;
pub(super) use key_file::read_keys;
