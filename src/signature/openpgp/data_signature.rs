//! OpenPGP signatures of commits.

use data_encoding::HEXUPPER;
use pgp::packet::{Packet, Signature, SignatureType};
use pgp::types::Tag;

use super::key::{SigningKey, own_fingerprint};
use super::packets;
use super::subpackets::{end, is_strong, time, understood};
use crate::signature::fault::{SignatureFault, Verified, demand};
use crate::signature::{Circumstances, Fingerprint};

/// Time before the committer date at which a signature may be made, in seconds: clocks differ.
const MAX_EARLY: u64 = 60 * 60;

/// Time after the committer date at which a signature may be made, in seconds.
///
/// A merge queue makes the commit, waits for its checks, and signs it then; a person types a passphrase.
const MAX_LATE: u64 = 24 * 60 * 60;

/// OpenPGP signature of a commit.
#[derive(Debug)]
pub(in crate::signature) struct DataSignature(Signature);

impl DataSignature {
    /// Reads the one packet that the signature consists of.
    ///
    /// # Errors
    /// Fails for any other number or kind of packets.
    pub(in crate::signature) fn read(bytes: &[u8]) -> Verified<Self> {
        let packets = packets::split(bytes).map_err(|_| SignatureFault::new("it cannot be read"))?;
        let [packet] = packets.as_slice() else {
            return Err(SignatureFault::new("it does not consist of exactly one packet"));
        };
        demand(packet.tag() == Tag::Signature, "it is not a detached signature")?;
        match packet.parse() {
            Some(Packet::Signature(signature)) => Ok(Self(signature)),
            _ => Err(SignatureFault::new("it cannot be read")),
        }
    }

    /// Returns the key that the signature names, as words.
    pub(in crate::signature) fn signer(&self) -> String {
        if let Some(fingerprint) = self.0.issuer_fingerprint().first() {
            return format!("{fingerprint:X}");
        }
        match self.0.issuer_key_id().first() {
            Some(id) => format!("the key {}", HEXUPPER.encode(id.as_ref())),
            None => "a key that it does not name".to_owned(),
        }
    }

    /// Returns whether the signature names a key, by its fingerprint or its id.
    pub(in crate::signature) fn names(&self, key: &SigningKey) -> bool {
        let fingerprint = key.material.fingerprint();
        self.0.issuer_fingerprint().contains(&&fingerprint)
            || self.0.issuer_key_id().contains(&&key.material.id())
    }

    /// Verifies the signature of some bytes by a key, and returns the fingerprint on the list.
    ///
    /// # Errors
    /// Fails with the reason why it proves nothing.
    pub(in crate::signature) fn verify(
        &self,
        bytes: &[u8],
        key: &SigningKey,
        circumstances: Circumstances<'_>,
    ) -> Verified<Fingerprint> {
        let config = understood(&self.0)?;
        demand(config.typ == SignatureType::Binary, "it is not a signature of bytes")?;
        demand(is_strong(config.hash_alg), "its digest is too weak")?;
        let fingerprint = key.material.fingerprint();
        demand(own_fingerprint(&fingerprint).is_some(), "its key is not of version 4")?;
        let is_by_one = self.0.issuer_fingerprint().iter().all(|named| **named == fingerprint)
            && self.0.issuer_key_id().iter().all(|named| **named == key.material.id());
        demand(is_by_one, "it names several keys")?;
        let made = time(&self.0)?;
        let committed = circumstances.committed;
        demand(
            made.saturating_add(MAX_EARLY) >= committed,
            "its time is more than an hour before the committer date",
        )?;
        demand(
            made <= committed.saturating_add(MAX_LATE),
            "its time is more than a day after the committer date",
        )?;
        let is_over = end(&self.0, made).is_some_and(|end| end <= circumstances.now);
        demand(!is_over, "it has expired")?;
        key.validity.check(made)?;
        key.material.verify(&self.0, bytes)?;
        Ok(key.listed)
    }
}

#[cfg(test)]
mod tests {
    use pgp::packet::{PublicKey, SecretKey, Subpacket, SubpacketData};
    use pgp::types::{Duration, KeyDetails as _, Password};

    use super::super::key::{KeyMaterial, Validity};
    use super::super::made_keys::{MADE, config, primary};
    use super::*;

    fn key_of(key: &SecretKey) -> SigningKey {
        let public = key.public_key();
        SigningKey {
            material: KeyMaterial::Primary(public.clone()),
            listed: own_fingerprint(&public.fingerprint()).unwrap(),
            validity: Validity { start: 0, end: None, revocations: Vec::new(), objection: None },
        }
    }

    /// Returns a signature by key 1 at its first second, with more parts.
    fn made(signed: Vec<SubpacketData>, names: Vec<SubpacketData>) -> DataSignature {
        let key = primary(1);
        let mut config = config(SignatureType::Binary, key.public_key(), MADE, signed);
        config.unhashed_subpackets =
            names.into_iter().map(|name| Subpacket::regular(name).unwrap()).collect();
        DataSignature(config.sign(&key, &Password::empty(), &b"x"[..]).unwrap())
    }

    fn verified_at(signature: &DataSignature, now: u64) -> Result<Fingerprint, String> {
        let circumstances = Circumstances { committed: MADE.into(), committer: b"", now };
        let verified = signature.verify(b"x", &key_of(&primary(1)), circumstances);
        verified.map_err(|fault| fault.to_string())
    }

    #[test]
    fn signature_names_one_key() {
        let [own, other] = [1, 2].map(|number| primary(number).public_key().clone());
        let name = |key: &PublicKey| SubpacketData::IssuerFingerprint(key.fingerprint());
        let id = |key: &PublicKey| SubpacketData::IssuerKeyId(key.legacy_key_id());
        for (names, is_named, is_single) in [
            (vec![name(&own)], true, true),
            (vec![id(&own)], true, true),
            (vec![name(&own), id(&own)], true, true),
            (vec![name(&own), id(&other)], true, false),
            (vec![name(&own), name(&other)], true, false),
            (vec![id(&own), name(&other)], true, false),
            (vec![name(&other), id(&other)], false, false),
            (Vec::new(), false, true),
        ] {
            let signature = made(Vec::new(), names);
            assert_eq!(signature.names(&key_of(&primary(1))), is_named, "{signature:?}");
            let fault = verified_at(&signature, MADE.into()).err();
            assert_eq!(fault.as_deref(), (!is_single).then_some("it names several keys"), "{signature:?}");
        }
    }

    #[test]
    fn signature_is_made_about_the_time_of_its_commit() {
        let signature = made(Vec::new(), Vec::new());
        let made = u64::from(MADE);
        for (committed, counts) in [
            (made + MAX_EARLY, true),
            (made + MAX_EARLY + 1, false),
            (made - MAX_LATE, true),
            (made - MAX_LATE - 1, false),
        ] {
            let circumstances = Circumstances { committed, committer: b"", now: made };
            let verified = signature.verify(b"x", &key_of(&primary(1)), circumstances);
            assert_eq!(verified.is_ok(), counts, "{committed}");
        }
    }

    #[test]
    fn signature_ends_at_its_end() {
        let ends = SubpacketData::SignatureExpirationTime(Duration::from_secs(5));
        let signature = made(vec![ends], Vec::new());
        let end = u64::from(MADE) + 5;
        assert!(verified_at(&signature, end - 1).is_ok());
        assert_eq!(verified_at(&signature, end).unwrap_err(), "it has expired");
    }
}
