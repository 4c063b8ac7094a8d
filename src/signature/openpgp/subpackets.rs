//! Subpackets of signatures: those that are understood, and what must be said at most once.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureVersionSpecific, Subpacket, SubpacketData};

use crate::signature::fault::{SignatureFault, Verified, demand};

/// Returns the fields of a signature of version 4, the only one that `gpg` and the forges make.
///
/// # Errors
/// Fails for other versions, and when a critical subpacket is not understood, or the time or the expiry is said twice.
pub(super) fn understood(signature: &Signature) -> Verified<&SignatureConfig> {
    let config = signature.config().filter(|config| config.version_specific == SignatureVersionSpecific::V4);
    let config = config.ok_or(SignatureFault::new("it is not of version 4"))?;
    let mut all = config.hashed_subpackets.iter().chain(&config.unhashed_subpackets);
    demand(
        all.all(|subpacket| !subpacket.is_critical || is_understood(subpacket)),
        "it has a critical part that is not understood",
    )?;
    let is_single = |kind: fn(&SubpacketData) -> bool| {
        config.hashed_subpackets.iter().filter(|subpacket| kind(&subpacket.data)).count() <= 1
    };
    let are_single = is_single(|data| matches!(data, SubpacketData::SignatureCreationTime(_)))
        && is_single(|data| matches!(data, SubpacketData::SignatureExpirationTime(_)))
        && is_single(|data| matches!(data, SubpacketData::KeyExpirationTime(_)))
        && is_single(|data| matches!(data, SubpacketData::RevocationReason(..)))
        && is_single(|data| matches!(data, SubpacketData::KeyFlags(_)));
    demand(are_single, "it says the same thing twice")?;
    Ok(config)
}

/// Returns whether a subpacket that is marked as critical is understood: what it says is checked, or is only a preference.
///
/// Left out are, besides unknown ones, notations, trust, regular expressions, targets and intended recipients.
fn is_understood(subpacket: &Subpacket) -> bool {
    matches!(
        subpacket.data,
        SubpacketData::SignatureCreationTime(_)
            | SubpacketData::SignatureExpirationTime(_)
            | SubpacketData::KeyExpirationTime(_)
            | SubpacketData::IssuerKeyId(_)
            | SubpacketData::IssuerFingerprint(_)
            | SubpacketData::PreferredSymmetricAlgorithms(_)
            | SubpacketData::PreferredHashAlgorithms(_)
            | SubpacketData::PreferredCompressionAlgorithms(_)
            | SubpacketData::PreferredAeadAlgorithms(_)
            | SubpacketData::PreferredKeyServer(_)
            | SubpacketData::KeyServerPreferences(_)
            | SubpacketData::KeyFlags(_)
            | SubpacketData::Features(_)
            | SubpacketData::RevocationReason(..)
            | SubpacketData::RevocationKey(_)
            | SubpacketData::Revocable(_)
            | SubpacketData::ExportableCertification(_)
            | SubpacketData::IsPrimary(_)
            | SubpacketData::SignersUserID(_)
            | SubpacketData::PolicyURI(_)
            | SubpacketData::EmbeddedSignature(_)
    )
}

/// Returns the time of a signature, from its signed part, in seconds since 1970.
///
/// # Errors
/// Fails when it says no time.
pub(super) fn time(signature: &Signature) -> Verified<u64> {
    let time = signature.created().ok_or(SignatureFault::new("it says no time"))?;
    Ok(u64::from(time.as_secs()))
}

/// Returns the time at which a signature itself ends, in seconds since 1970; `None` if it does not.
pub(super) fn end(signature: &Signature, made: u64) -> Option<u64> {
    let duration = signature.signature_expiration_time()?.as_secs();
    (duration != 0).then(|| made + u64::from(duration))
}

/// Returns whether a digest is good enough for signed data: SHA-256 or better.
pub(super) fn is_strong(hash: HashAlgorithm) -> bool {
    matches!(
        hash,
        HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
            | HashAlgorithm::Sha3_256
            | HashAlgorithm::Sha3_512
    )
}

#[cfg(test)]
mod tests {
    use pgp::packet::{KeyFlags, Notation, RevocationCode, SignatureType};
    use pgp::types::{Duration, SignatureBytes, Timestamp};

    use super::*;

    /// Returns a signature with signed and other subpackets.
    fn signature(hashed: Vec<Subpacket>, unhashed: Vec<Subpacket>) -> Signature {
        let algorithm = pgp::crypto::public_key::PublicKeyAlgorithm::RSA;
        let mut config = SignatureConfig::v4(SignatureType::Binary, algorithm, HashAlgorithm::Sha256);
        (config.hashed_subpackets, config.unhashed_subpackets) = (hashed, unhashed);
        Signature::from_config(config, [0, 0], SignatureBytes::Mpis(Vec::new())).unwrap()
    }

    #[test]
    fn critical_parts_have_to_be_understood() {
        let notation = || {
            SubpacketData::Notation(Notation {
                readable: true,
                name: "a@x.test".as_bytes().to_vec().into(),
                value: "b".as_bytes().to_vec().into(),
            })
        };
        for (data, is_understood) in [
            (SubpacketData::SignatureCreationTime(Timestamp::from_secs(1)), true),
            (SubpacketData::KeyFlags(KeyFlags::default()), true),
            (SubpacketData::RevocationReason(RevocationCode::NoReason, Vec::new().into()), true),
            (notation(), false),
            (SubpacketData::TrustSignature(1, 120), false),
            (SubpacketData::RegularExpression(b"x".to_vec().into()), false),
            (SubpacketData::Experimental(101, b"x".to_vec().into()), false),
            (SubpacketData::Other(90, b"x".to_vec().into()), false),
        ] {
            let critical = || vec![Subpacket::critical(data.clone()).unwrap()];
            let regular = || vec![Subpacket::regular(data.clone()).unwrap()];
            assert!(understood(&signature(regular(), regular())).is_ok(), "{data:?}");
            for read in [signature(critical(), Vec::new()), signature(Vec::new(), critical())] {
                assert_eq!(understood(&read).is_ok(), is_understood, "{data:?}");
            }
        }
    }

    #[test]
    fn other_versions_are_refused() {
        let algorithm = pgp::crypto::public_key::PublicKeyAlgorithm::RSA;
        let (typ, hash) = (SignatureType::Binary, HashAlgorithm::Sha256);
        let id = pgp::types::KeyId::from([1; 8]);
        for config in [
            SignatureConfig::v3(typ, algorithm, hash, Timestamp::from_secs(1), id),
            SignatureConfig::v6_with_salt(typ, algorithm, hash, vec![0; 16]),
        ] {
            let read = Signature::from_config(config, [0, 0], SignatureBytes::Mpis(Vec::new())).unwrap();
            assert_eq!(understood(&read).unwrap_err().to_string(), "it is not of version 4");
        }
    }

    #[test]
    fn nothing_that_counts_is_said_twice() {
        let (second, minute) = (Timestamp::from_secs(1), Duration::from_secs(60));
        for data in [
            SubpacketData::SignatureCreationTime(second),
            SubpacketData::SignatureExpirationTime(minute),
            SubpacketData::KeyExpirationTime(minute),
            SubpacketData::RevocationReason(RevocationCode::KeyRetired, Vec::new().into()),
            SubpacketData::KeyFlags(KeyFlags::default()),
        ] {
            let twice =
                || vec![Subpacket::regular(data.clone()).unwrap(), Subpacket::regular(data.clone()).unwrap()];
            assert!(understood(&signature(twice(), Vec::new())).is_err(), "{data:?}");
            assert!(understood(&signature(Vec::new(), twice())).is_ok(), "{data:?}");
        }
    }

    #[test]
    fn time_and_end_are_those_of_the_signed_part() {
        let part = |data| vec![Subpacket::regular(data).unwrap()];
        let created = |time| SubpacketData::SignatureCreationTime(Timestamp::from_secs(time));
        assert_eq!(time(&signature(part(created(7)), part(created(9)))).unwrap(), 7);
        assert!(time(&signature(Vec::new(), part(created(9)))).is_err());
        let ends = |seconds| SubpacketData::SignatureExpirationTime(Duration::from_secs(seconds));
        assert_eq!(end(&signature(part(ends(5)), Vec::new()), 7), Some(12));
        assert_eq!(end(&signature(part(ends(0)), part(ends(5))), 7), None);
        for (hash, strong) in [
            (HashAlgorithm::Sha256, true),
            (HashAlgorithm::Sha3_512, true),
            (HashAlgorithm::Sha224, false),
            (HashAlgorithm::Sha1, false),
            (HashAlgorithm::Md5, false),
        ] {
            assert_eq!(is_strong(hash), strong, "{hash}");
        }
    }
}
