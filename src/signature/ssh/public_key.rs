//! Public keys of SSH, in wire format.

use sha2::{Digest as _, Sha256};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use crate::signature::Fingerprint;
use crate::signature::fault::{SignatureFault, Verified};

/// Returns the fingerprint of a key in wire format.
pub(super) fn fingerprint(key: &[u8]) -> Fingerprint {
    Fingerprint::Ssh(Sha256::digest(key).into())
}

/// Minimum length of the modulus of an RSA key, in bytes.
const MIN_RSA: usize = 256;

/// Parses a key in wire format.
///
/// # Errors
/// Fails when it cannot be read, or when its algorithm proves nothing here.
pub(super) fn public_key(key: &[u8]) -> Verified<KeyData> {
    let key = PublicKey::from_bytes(key).map_err(|_| SignatureFault::new("its key cannot be read"))?;
    let key = KeyData::from(key);
    match &key {
        KeyData::Ed25519(_) | KeyData::Ecdsa(_) => Ok(key),
        KeyData::Rsa(rsa) if rsa.n.as_positive_bytes().is_some_and(|n| n.len() >= MIN_RSA) => Ok(key),
        KeyData::Rsa(_) => Err(SignatureFault::new("its RSA key is shorter than 2048 bits")),
        _ => Err(SignatureFault::new("the kind of its key is not supported")),
    }
}
