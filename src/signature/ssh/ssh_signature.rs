//! SSH signatures of commits (PROTOCOL.sshsig of OpenSSH).

use ssh_key::{Algorithm, HashAlg, Signature, SshSig};

use super::NAMESPACE;
use super::allowed_signers::AllowedSigner;
use super::public_key::{fingerprint, public_key};
use super::wire::Wire;
use crate::signature::fault::{SignatureFault, Verified, demand};
use crate::signature::{Circumstances, Fingerprint};

/// SSH signature of a commit.
#[derive(Debug)]
pub(in crate::signature) struct SshSignature {
    /// Fingerprint of the key in the signature.
    pub(in crate::signature) fingerprint: Fingerprint,
    key: Vec<u8>,
    namespace: Vec<u8>,
    reserved: Vec<u8>,
    digest: Vec<u8>,
    signature: Vec<u8>,
}

impl SshSignature {
    /// Reads a signature.
    ///
    /// # Errors
    /// Fails when it is not one of version 1, or when more follows it.
    pub(in crate::signature) fn read(bytes: &[u8]) -> Verified<Self> {
        let unreadable = || SignatureFault::new("it cannot be read");
        let mut wire = Wire(bytes.strip_prefix(b"SSHSIG").ok_or_else(unreadable)?);
        demand(wire.number() == Some(1), "it cannot be read")?;
        let mut string = || wire.string().map(<[u8]>::to_vec).ok_or_else(unreadable);
        let (key, namespace, reserved) = (string()?, string()?, string()?);
        let (digest, signature) = (string()?, string()?);
        demand(wire.0.is_empty(), "it cannot be read")?;
        Ok(Self { fingerprint: fingerprint(&key), key, namespace, reserved, digest, signature })
    }

    /// Verifies the signature of some bytes by an allowed signer, and returns the fingerprint on the list.
    ///
    /// # Errors
    /// Fails with the reason why it proves nothing.
    pub(in crate::signature) fn verify(
        &self,
        bytes: &[u8],
        signer: &AllowedSigner,
        circumstances: Circumstances<'_>,
    ) -> Verified<Fingerprint> {
        demand(self.key == signer.key, "it is by another key")?;
        demand(self.namespace == NAMESPACE.as_bytes(), "it is not for the namespace `git`")?;
        demand(self.reserved.is_empty(), "it has a part that is not understood")?;
        let digest = match self.digest.as_slice() {
            b"sha256" => HashAlg::Sha256,
            b"sha512" => HashAlg::Sha512,
            _ => return Err(SignatureFault::new("its digest is too weak")),
        };
        signer.options.check(circumstances)?;
        let key = public_key(&self.key)?;
        let unreadable = |_| SignatureFault::new("it cannot be read");
        demand(has_two_parts(&self.signature), "it cannot be read")?;
        let signature = Signature::try_from(self.signature.as_slice()).map_err(unreadable)?;
        let is_weak = matches!(signature.algorithm(), Algorithm::Rsa { hash: None } | Algorithm::Dsa);
        demand(!is_weak, "its digest is too weak")?;
        let signed = SshSig::signed_data(NAMESPACE, digest, bytes).map_err(unreadable)?;
        let verified = signature::Verifier::verify(&key, &signed, &signature);
        verified.map_err(|_| SignatureFault::new("it does not fit the commit"))?;
        Ok(signer.fingerprint)
    }
}

/// Returns whether the inner signature consists of its algorithm and its numbers, and nothing more.
fn has_two_parts(signature: &[u8]) -> bool {
    let mut wire = Wire(signature);
    wire.string().is_some() && wire.string().is_some() && wire.0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_signature_has_two_parts() {
        let two = b"\0\0\0\x01a\0\0\0\x02bc";
        assert!(has_two_parts(two));
        for bad in [&two[..5], &two[..two.len() - 1], &[&two[..], b"x"].concat(), b""] {
            assert!(!has_two_parts(bad), "{bad:?}");
        }
    }

    #[test]
    fn signature_has_exactly_its_parts() {
        let string = |text: &str| [&[0, 0, 0, text.len() as u8], text.as_bytes()].concat();
        let parts = ["key", "git", "", "sha512", "signature"].map(string).concat();
        let whole = [&b"SSHSIG\0\0\0\x01"[..], &parts].concat();
        let read = SshSignature::read(&whole).unwrap();
        assert_eq!((read.key.as_slice(), read.namespace.as_slice()), (&b"key"[..], &b"git"[..]));
        for bad in [
            [&b"SSHSIG\0\0\0\x02"[..], &parts].concat(),
            [&b"SSHSIGS\0\0\0\x01"[..], &parts].concat(),
            [whole.as_slice(), b"x"].concat(),
            whole[..whole.len() - 1].to_vec(),
        ] {
            assert!(SshSignature::read(&bad).is_err());
        }
    }
}
