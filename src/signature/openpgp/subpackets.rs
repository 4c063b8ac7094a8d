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
