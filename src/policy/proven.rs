//! Keys whose signature counts in the place of a sign-off, read from their files.

use std::path::Path;

use super::load::relative_to;
use super::trust::{self, MAX_POLICY, Origin};
use crate::error::{Error, Result};
use crate::signature::KeyRing;
use crate::signoff::settings::{Proof, ProofNeeds, ProvenAuthors};
use crate::text::escape_path;

/// Entry of `sign-off.proven`, with its keys.
#[derive(Debug)]
pub(crate) struct LoadedProof {
    /// Keys that count.
    pub(crate) keys: KeyRing,
    /// Authors of the commits.
    pub(crate) authors: ProvenAuthors,
    /// Sign-off that the commit itself needs.
    pub(crate) needs: ProofNeeds,
    /// Reason, shown whenever the proof applies.
    pub(crate) reason: String,
}

impl LoadedProof {
    /// Reads the keys of an entry, which a policy file sets.
    ///
    /// # Errors
    /// Fails when the file cannot be read or is not trusted, as a policy file, and when it lacks one of the keys, or has
    /// one several times, or one is not for signatures. A key that is revoked or has expired is read.
    pub(super) fn read(proof: &Proof, policy_file: &Path, origin: Origin<'_>) -> Result<Self> {
        let path = relative_to(policy_file, &proof.keys);
        let text = trust::read_file(&path, origin, MAX_POLICY)?;
        let keys = KeyRing::read(&text, &proof.fingerprints).map_err(|fault| {
            Error::policy(format!("the keys in {} prove nothing", escape_path(&path)))
                .caused_by(fault.to_string())
        })?;
        let Proof { authors, needs, reason, .. } = proof.clone();
        Ok(Self { keys, authors, needs, reason })
    }
}
