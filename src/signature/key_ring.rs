//! Keys of one file that a list of fingerprints names.

use bstr::ByteSlice as _;

use super::commit::Signature;
use super::fault::{SignatureFault, Verified};
use super::openpgp::SigningKey;
use super::ssh::AllowedSigner;
use super::{Circumstances, Fingerprint, SignedCommit, openpgp, ssh};

/// Keys of one file that a list of fingerprints names.
#[derive(Debug)]
pub(crate) struct KeyRing(Keys);

/// Keys of one kind.
#[derive(Debug)]
enum Keys {
    /// Keys of OpenPGP certificates: of each one on the list the primary key and its subkeys.
    OpenPgp(Vec<SigningKey>),
    /// Lines of a file of allowed signers.
    Ssh(Vec<AllowedSigner>),
}

impl KeyRing {
    /// Reads the keys of a file: OpenPGP certificates, armored or not, or the allowed signers of SSH.
    ///
    /// # Errors
    /// Fails when the file cannot be read as one of these, or lacks one of the fingerprints, or has such a certificate
    /// several times, or when such a key is not one for signatures.
    pub(crate) fn read(text: &[u8], listed: &[Fingerprint]) -> Verified<Self> {
        let is_binary = text.first().is_some_and(|byte| byte & 0x80 != 0 && !text.is_utf8());
        if is_binary || text.contains_str("-----BEGIN PGP ") {
            return openpgp::read_keys(text, is_binary, listed).map(|keys| Self(Keys::OpenPgp(keys)));
        }
        ssh::read_signers(text, listed).map(|signers| Self(Keys::Ssh(signers)))
    }

    /// Returns whether one of the keys is the one that the signature names.
    pub(crate) fn has_signer(&self, commit: &SignedCommit) -> bool {
        match (&self.0, &commit.signature) {
            (Keys::OpenPgp(keys), Signature::OpenPgp(signature)) => {
                keys.iter().any(|key| signature.names(key))
            }
            (Keys::Ssh(signers), Signature::Ssh(signature)) => {
                signers.iter().any(|signer| signer.fingerprint == signature.fingerprint)
            }
            _ => false,
        }
    }

    /// Verifies the signature of a commit, and returns the fingerprint on the list that it proves.
    ///
    /// # Errors
    /// Fails with the reason why the signature proves nothing.
    pub(crate) fn verify(
        &self,
        commit: &SignedCommit,
        circumstances: Circumstances<'_>,
    ) -> Verified<Fingerprint> {
        let foreign = || SignatureFault::new("it is by another key");
        match (&self.0, &commit.signature) {
            (Keys::OpenPgp(keys), Signature::OpenPgp(signature)) => {
                let named = keys.iter().filter(|key| signature.names(key));
                first_success(named.map(|key| signature.verify(&commit.payload, key, circumstances)))
            }
            (Keys::Ssh(signers), Signature::Ssh(signature)) => {
                let own = signers.iter().filter(|signer| signer.fingerprint == signature.fingerprint);
                first_success(own.map(|signer| signature.verify(&commit.payload, signer, circumstances)))
            }
            _ => None,
        }
        .unwrap_or_else(|| Err(foreign()))
    }
}

/// Returns the first success, else the first fault; `None` if there is neither.
fn first_success<T>(results: impl Iterator<Item = Verified<T>>) -> Option<Verified<T>> {
    let mut fault = None;
    for result in results {
        match result {
            Ok(value) => return Some(Ok(value)),
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    fault.map(Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_with_a_letter_of_any_script_is_text() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEMN6uJoYqRIH1S7vYsMbTNr1XgTLV3c4Zs9U0i3S1QT";
        let listed = "SHA256:V8fLI9Qf8mYvuS3Mze3wx64MQXzZZj3TTPNJaho3v+I".to_owned();
        let listed = [Fingerprint::try_from(listed).unwrap()];
        for principal in ["a@x.test", "ü@x.test"] {
            let ring = KeyRing::read(format!("{principal} {key}\n").as_bytes(), &listed);
            assert!(matches!(ring, Ok(KeyRing(Keys::Ssh(signers))) if signers.len() == 1), "{principal}");
        }
    }
}
