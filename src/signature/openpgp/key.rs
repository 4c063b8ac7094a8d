//! Keys that may have made a signature: a primary key or a subkey, with its validity.

use pgp::packet::{PublicKey, PublicSubkey, Signature};
use pgp::types::{
    EcdsaPublicParams, Fingerprint as PgpFingerprint, KeyDetails as _, KeyId, PublicParams, VerifyingKey as _,
};
use rsa::traits::PublicKeyParts as _;

use super::revocation::Revocation;
use crate::signature::Fingerprint;
use crate::signature::fault::{SignatureFault, Verified, demand};

/// Minimum length of an RSA key, in bits.
const MIN_RSA: usize = 2048;

/// Key of a certificate that the policy names.
#[derive(Debug)]
pub(in crate::signature) struct SigningKey {
    pub(super) material: KeyMaterial,
    /// Fingerprint on the list: that of the key, or that of the primary key.
    pub(super) listed: Fingerprint,
    pub(super) validity: Validity,
}

/// Public key of either kind.
#[derive(Debug, Clone)]
pub(super) enum KeyMaterial {
    Primary(PublicKey),
    Subkey(PublicSubkey),
}

/// Validity of a key, together with that of its primary key.
#[derive(Debug, Clone)]
pub(super) struct Validity {
    /// Time from which signatures count, in seconds since 1970.
    pub(super) start: u64,
    /// Time at which they no longer count.
    pub(super) end: Option<u64>,
    pub(super) revocations: Vec<Revocation>,
    /// Reason why the key can make no signature that counts.
    pub(super) objection: Option<SignatureFault>,
}

impl Validity {
    /// Checks that a signature made at a time counts.
    pub(super) fn check(&self, made: u64) -> Verified<()> {
        if let Some(objection) = &self.objection {
            return Err(objection.clone());
        }
        demand(made >= self.start, "it is older than its key")?;
        demand(self.end.is_none_or(|end| made < end), "its key had expired when it was made")?;
        let is_revoked = self.revocations.iter().any(|revocation| revocation.covers(made));
        demand(!is_revoked, "its key is revoked")
    }
}

impl KeyMaterial {
    /// Returns the fingerprint, with the version of the key.
    pub(super) fn fingerprint(&self) -> PgpFingerprint {
        match self {
            Self::Primary(key) => key.fingerprint(),
            Self::Subkey(key) => key.fingerprint(),
        }
    }

    /// Returns the id of the key, by which old signatures name it.
    pub(super) fn id(&self) -> KeyId {
        match self {
            Self::Primary(key) => key.legacy_key_id(),
            Self::Subkey(key) => key.legacy_key_id(),
        }
    }

    /// Checks the arithmetic of a signature of some bytes.
    ///
    /// The two bytes of the digest that a signature repeats are not compared: they protect nothing, and GitHub wrote others
    /// until 2021.
    pub(super) fn verify(&self, signature: &Signature, bytes: &[u8]) -> Verified<()> {
        let verified = (|| {
            let (config, numbers) = signature.config().zip(signature.signature())?;
            let mut hasher = config.hash_alg.new_hasher().ok()?;
            hasher.update(bytes);
            let length = config.hash_signature_data(&mut hasher).ok()?;
            hasher.update(&config.trailer(length).ok()?);
            let digest = hasher.finalize();
            match self {
                Self::Primary(key) => key.verify(config.hash_alg, &digest, numbers).ok(),
                Self::Subkey(key) => key.verify(config.hash_alg, &digest, numbers).ok(),
            }
        })();
        verified.ok_or(SignatureFault::new("it does not fit the commit"))
    }
}

/// Returns the fingerprint of a key of version 4; `None` for other versions.
pub(super) fn own_fingerprint(fingerprint: &PgpFingerprint) -> Option<Fingerprint> {
    match fingerprint {
        PgpFingerprint::V4(bytes) => Some(Fingerprint::OpenPgp(*bytes)),
        _ => None,
    }
}

/// Returns the reason why an algorithm or its length proves nothing.
pub(super) fn weakness(params: &PublicParams) -> Option<SignatureFault> {
    match params {
        PublicParams::RSA(rsa) if rsa.key.n().bits() < MIN_RSA => {
            Some(SignatureFault::new("its RSA key is shorter than 2048 bits"))
        }
        PublicParams::RSA(_) | PublicParams::EdDSALegacy(_) | PublicParams::Ed25519(_) => None,
        PublicParams::ECDSA(
            EcdsaPublicParams::P256 { .. } | EcdsaPublicParams::P384 { .. } | EcdsaPublicParams::P521 { .. },
        ) => None,
        _ => Some(SignatureFault::new("the algorithm of its key is not supported")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_is_that_at_the_time_of_the_signature() {
        let validity = Validity { start: 10, end: Some(20), revocations: Vec::new(), objection: None };
        for (made, counts) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(validity.check(made).is_ok(), counts, "{made}");
        }
        let revoked = Validity { revocations: vec![Revocation::From(15)], ..validity.clone() };
        for (made, counts) in [(14, true), (15, false)] {
            assert_eq!(revoked.check(made).is_ok(), counts, "{made}");
        }
        let useless = Validity { objection: Some(SignatureFault::new("x")), ..validity };
        assert!(useless.check(15).is_err());
    }
}
