//! Public keys of SSH, in wire format.

use sha2::{Digest as _, Sha256};
use ssh_key::PublicKey;
use ssh_key::public::{KeyData, RsaPublicKey};

use crate::signature::Fingerprint;
use crate::signature::fault::{SignatureFault, Verified, demand};

/// Returns the fingerprint of a key in wire format.
pub(super) fn fingerprint(key: &[u8]) -> Fingerprint {
    Fingerprint::Ssh(Sha256::digest(key).into())
}

/// Minimum length of the modulus of an RSA key, in bytes.
const MIN_RSA: usize = 256;

/// Maximum length of the modulus of an RSA key, in bytes: no signature by a longer one can be verified.
const MAX_RSA: usize = 512;

/// Parses a key in wire format.
///
/// # Errors
/// Fails when it cannot be read, or when its algorithm proves nothing here.
pub(super) fn public_key(key: &[u8]) -> Verified<KeyData> {
    let key = PublicKey::from_bytes(key).map_err(|_| SignatureFault::new("its key cannot be read"))?;
    let key = KeyData::from(key);
    match &key {
        KeyData::Ed25519(_) | KeyData::Ecdsa(_) => Ok(key),
        KeyData::Rsa(rsa) => {
            check_rsa(rsa)?;
            Ok(key)
        }
        _ => Err(SignatureFault::new("the kind of its key is not supported")),
    }
}

/// Checks that signatures by an RSA key can be verified, and prove something.
fn check_rsa(key: &RsaPublicKey) -> Verified<()> {
    let length = key.n.as_positive_bytes().map_or(0, <[u8]>::len);
    demand(length >= MIN_RSA, "its RSA key is shorter than 2048 bits")?;
    demand(length <= MAX_RSA, "its RSA key is longer than 4096 bits, which is not supported")?;
    let readable = rsa::RsaPublicKey::try_from(key);
    readable.map(|_| ()).map_err(|_| SignatureFault::new("its RSA key cannot be used"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_of_2048_to_4096_bits_count() {
        let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
        for (length, counts) in [(255, false), (256, true), (512, true), (513, false)] {
            // A number whose first bit is set has a zero before it.
            let modulus = [&[0][..], &vec![0xff; length]].concat();
            let key = [string(b"ssh-rsa"), string(&[1, 0, 1]), string(&modulus)].concat();
            assert_eq!(public_key(&key).is_ok(), counts, "{length}");
        }
    }
}
