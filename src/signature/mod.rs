//! Signatures of commits, and the keys that may have made them: OpenPGP and SSH, without `gpg` and without git config.
//!
//! Works on bytes only. A [`SignedCommit`] is a commit object split into its signature and the bytes that were signed;
//! a [`KeyRing`] holds the keys of one file that a list of fingerprints names. A key that is not on the list counts for
//! nothing, so there is no web of trust.

mod armor;
mod commit;
mod fault;
mod fingerprint;
mod key_ring;
mod openpgp;
mod ssh;

pub(crate) use commit::SignedCommit;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use key_ring::KeyRing;

/// Circumstances of a signature: those that its commit states, and the time of the check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    /// Committer date, in seconds since 1970.
    pub(crate) committed: u64,
    /// Address of the committer.
    pub(crate) committer: &'a [u8],
    /// Time of the check, in seconds since 1970.
    pub(crate) now: u64,
}
