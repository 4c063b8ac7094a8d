//! Files of OpenPGP certificates, refused if they may say less about a key than a key ring would.
//!
//! `gpg` merges all that it reads about a key. A file is not a key ring: it has one certificate for each key, with all
//! that was said about the key in its place.

use std::collections::BTreeSet;

use pgp::packet::Packet;
use pgp::types::{KeyDetails as _, Tag};

use super::certificate::{Certificate, MISPLACED, Owner};
use super::key::SigningKey;
use super::packets;
use crate::signature::fault::{SignatureFault, Verified, demand};
use crate::signature::{Fingerprint, armor};

/// Reads the keys of a file that a list of fingerprints names.
///
/// # Errors
/// Fails when the file cannot be read, or lacks a fingerprint, or has a key on the list several times, or when a key on the
/// list is not one for signatures, nor any of its subkeys. A key that is revoked or has expired is read: it says so of each
/// signature.
pub(in crate::signature) fn read_keys(
    text: &[u8],
    is_binary: bool,
    listed: &[Fingerprint],
) -> Verified<Vec<SigningKey>> {
    let certificates = if is_binary { read_certificates(text)? } else { read_armored(text)? };
    let primaries = certificates.iter().map(|certificate| certificate.primary.fingerprint());
    check_single(primaries.map(|fingerprint| format!("{fingerprint:X}")))?;
    let mut keys = Vec::new();
    for certificate in &certificates {
        let own = certificate.keys(listed)?;
        let is_revoked_elsewhere = !own.is_empty() && is_revoked_elsewhere(certificate, &certificates);
        demand(!is_revoked_elsewhere, MISPLACED)?;
        keys.extend(own);
    }
    check_single(keys.iter().map(|key| format!("{:X}", key.material.fingerprint())))?;
    listed.iter().try_for_each(|fingerprint| check_usable(*fingerprint, &keys))?;
    Ok(keys)
}

fn read_armored(text: &[u8]) -> Verified<Vec<Certificate>> {
    let mut certificates = Vec::new();
    for block in armor::blocks(text)? {
        demand(block.label == "PGP PUBLIC KEY BLOCK", "it has a block that is no public key")?;
        certificates.extend(read_certificates(&block.bytes)?);
    }
    Ok(certificates)
}

/// Splits packets into certificates.
fn read_certificates(bytes: &[u8]) -> Verified<Vec<Certificate>> {
    let mut certificates: Vec<Certificate> = Vec::new();
    let mut owner = Owner::Ignored;
    for raw in packets::split(bytes)? {
        match (raw.tag(), raw.parse()) {
            (Tag::SecretKey | Tag::SecretSubkey, _) => {
                return Err(SignatureFault::new(
                    "it has a secret key: export the public one, and make a new key",
                ));
            }
            (Tag::PublicKey, Some(Packet::PublicKey(primary))) => {
                certificates.push(Certificate::new(primary));
                owner = Owner::Primary;
            }
            (Tag::PublicKey, _) => {
                return Err(SignatureFault::new(
                    "it has a key that cannot be read: export only those that the policy names",
                ));
            }
            (tag, packet) => {
                let certificate = certificates.last_mut().ok_or(SignatureFault::new(
                    "a part of it begins with no key, as a revocation by itself does: import the parts of the file with \
                     `gpg --import`, each from a file of its own and the key first, and export the key again",
                ))?;
                certificate.add(packet, tag, &mut owner)?;
            }
        }
    }
    Ok(certificates)
}

/// Returns whether a revocation of a key stands below another one.
fn is_revoked_elsewhere(certificate: &Certificate, all: &[Certificate]) -> bool {
    let fingerprint = certificate.primary.fingerprint();
    let mut others = all.iter().filter(|other| other.primary.fingerprint() != fingerprint);
    others.any(|other| other.has_revocation_of(certificate))
}

/// Checks that each key occurs once: another copy may be older, and lack a revocation or an end.
fn check_single(fingerprints: impl Iterator<Item = String>) -> Verified<()> {
    let mut known = BTreeSet::new();
    for fingerprint in fingerprints {
        if let Some(twice) = known.replace(fingerprint) {
            return Err(SignatureFault::new(format!(
                "it has the key {twice} several times: import the file with `gpg --import`, and export the key again; a \
                 subkey of two certificates counts for neither"
            )));
        }
    }
    Ok(())
}

/// Checks that the file has a key on the list, and that it or one of its subkeys is one for signatures.
fn check_usable(fingerprint: Fingerprint, keys: &[SigningKey]) -> Verified<()> {
    let own = keys.iter().filter(|key| key.listed == fingerprint);
    let objections: Vec<Option<&SignatureFault>> = own.map(|key| key.validity.objection.as_ref()).collect();
    match objections.iter().copied().collect::<Option<Vec<&SignatureFault>>>().as_deref() {
        Some([]) => Err(SignatureFault::new(format!("it has no key {fingerprint}"))),
        Some([fault, ..]) => {
            Err(SignatureFault::new(format!("the key {fingerprint} can prove nothing: {fault}")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use pgp::packet::{PacketTrait as _, SecretKey, SignatureType};

    use super::super::key::own_fingerprint;
    use super::super::made_keys::{MADE, config, direct, may_sign, primary};
    use super::*;

    /// Returns a certificate, with a revocation of a key by itself below it.
    fn certificate(key: &SecretKey, revoked: Option<&SecretKey>) -> Vec<u8> {
        let word = direct(config(SignatureType::Key, key.public_key(), MADE, [may_sign()]), key, key);
        let revocation =
            revoked.map(|of| direct(config(SignatureType::KeyRevocation, of.public_key(), MADE, []), of, of));
        let mut file = Vec::new();
        key.public_key().to_writer_with_header(&mut file).unwrap();
        for signature in std::iter::once(word).chain(revocation) {
            signature.to_writer_with_header(&mut file).unwrap();
        }
        file
    }

    fn name(key: &SecretKey) -> Fingerprint {
        own_fingerprint(&key.public_key().fingerprint()).unwrap()
    }

    #[test]
    fn each_key_on_the_list_is_in_the_file() {
        let (own, other) = (primary(1), primary(2));
        let file = certificate(&own, None);
        assert_eq!(read_keys(&file, true, &[name(&own)]).unwrap().len(), 1);
        let fault = read_keys(&file, true, &[name(&own), name(&other)]).unwrap_err().to_string();
        assert_eq!(fault, format!("it has no key {}", name(&other)));
    }

    #[test]
    fn revocation_of_a_listed_key_below_another_one_is_refused() {
        let (own, other) = (primary(1), primary(2));
        let whole = [certificate(&own, None), certificate(&other, None)].concat();
        let misplaced = [certificate(&own, None), certificate(&other, Some(&own))].concat();
        assert!(read_keys(&whole, true, &[name(&own)]).is_ok());
        assert_eq!(read_keys(&misplaced, true, &[name(&own)]).unwrap_err().to_string(), MISPLACED);
        assert!(read_keys(&misplaced, true, &[name(&other)]).is_ok());
    }
}
