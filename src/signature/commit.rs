//! Commit objects, split into their signature and the bytes that were signed.

use bstr::ByteSlice as _;

use super::armor;
use super::fault::{SignatureFault, Verified, demand};
use super::openpgp::DataSignature;
use super::ssh::SshSignature;

/// Maximum size of an armored signature, in bytes; one by an RSA key of 4096 bits takes 900.
const MAX_SIGNATURE: usize = 16 << 10;

/// A signed commit.
#[derive(Debug)]
pub(crate) struct SignedCommit {
    /// Bytes that were signed: the object without its signatures.
    pub(crate) payload: Vec<u8>,
    pub(super) signature: Signature,
}

/// Signature of a commit, not verified.
#[derive(Debug)]
pub(super) enum Signature {
    OpenPgp(Box<DataSignature>),
    Ssh(Box<SshSignature>),
}

impl SignedCommit {
    /// Splits a commit object; `None` if it has no signature for the hash of its repository.
    ///
    /// # Errors
    /// Fails when there are several signatures, or when the signature cannot be read.
    pub(crate) fn read(object: &[u8], is_sha256: bool) -> Verified<Option<Self>> {
        let Some((payload, armored)) = split(object, is_sha256)? else { return Ok(None) };
        demand(armored.len() <= MAX_SIGNATURE, "it is too long")?;
        let block = armor::only_block(&armored)?;
        let signature = match block.label.as_str() {
            "PGP SIGNATURE" => Signature::OpenPgp(Box::new(DataSignature::read(&block.bytes)?)),
            "SSH SIGNATURE" => Signature::Ssh(Box::new(SshSignature::read(&block.bytes)?)),
            "SIGNED MESSAGE" => {
                return Err(SignatureFault::new("it is an X.509 signature, which is not supported"));
            }
            _ => return Err(SignatureFault::new("it is neither an OpenPGP nor an SSH signature")),
        };
        Ok(Some(Self { payload, signature }))
    }

    /// Returns the key that the signature names, as words: its fingerprint, or all that is said.
    pub(crate) fn signer(&self) -> String {
        match &self.signature {
            Signature::OpenPgp(signature) => signature.signer(),
            Signature::Ssh(signature) => signature.fingerprint.to_string(),
        }
    }
}

/// Returns the bytes that were signed, and the armored signature; `None` if there is no signature.
///
/// The signatures for both hashes are cut out, each with its continuation lines, and nothing else is changed. They have
/// to stand below the committer, as all programs write them: git takes a parent or an identity below another header for no
/// parent and no identity, and so would read another commit than the one that was signed.
///
/// # Errors
/// Fails when there are several signatures for one hash, or when one stands above the committer.
fn split(object: &[u8], is_sha256: bool) -> Verified<Option<(Vec<u8>, Vec<u8>)>> {
    let [own, other] = match is_sha256 {
        true => [&b"gpgsig-sha256 "[..], b"gpgsig "],
        false => [&b"gpgsig "[..], b"gpgsig-sha256 "],
    };
    let head = object.find(b"\n\n").map_or(object.len(), |end| end + 1);
    let (head, message) = object.split_at(head);
    let mut payload = Vec::with_capacity(object.len());
    let (mut signature, mut others) = (Vec::new(), 0);
    let (mut part, mut has_committer) = (Part::Payload, false);
    for line in head.lines_with_terminator() {
        let mut content = line;
        if let Some(rest) = line.strip_prefix(b" ").filter(|_| part != Part::Payload) {
            content = rest;
        } else if let Some(value) = line.strip_prefix(own) {
            demand(signature.is_empty(), "the commit has several signatures")?;
            (part, content) = (Part::Own, value);
        } else if line.starts_with(other) {
            others += 1;
            demand(others == 1, "the commit has several signatures")?;
            part = Part::Other;
        } else {
            part = Part::Payload;
            has_committer |= line.starts_with(b"committer ");
        }
        demand(part == Part::Payload || has_committer, "its header stands above the committer")?;
        match part {
            Part::Payload => payload.extend_from_slice(content),
            Part::Own => signature.extend_from_slice(content),
            Part::Other => {}
        }
    }
    payload.extend_from_slice(message);
    Ok((!signature.is_empty()).then_some((payload, signature)))
}

/// Part of a commit object to which a line belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Bytes that were signed.
    Payload,
    /// The signature for the hash of the repository.
    Own,
    /// The signature for the other hash.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signatures_are_cut_out() {
        for (signatures, expected) in [
            ("", None),
            ("gpgsig a\n b\n", Some("a\nb\n")),
            ("gpgsig a\n b\ngpgsig-sha256 c\n d\n", Some("a\nb\n")),
            ("gpgsig-sha256 c\n d\n", None),
        ] {
            let object = format!("tree t\ncommitter c\nx y\n  z\n{signatures}encoding e\n\ngpgsig m\n n\n");
            let found = split(object.as_bytes(), false).unwrap();
            let signed = "tree t\ncommitter c\nx y\n  z\nencoding e\n\ngpgsig m\n n\n";
            let expected = expected.map(|text| (signed.into(), text.as_bytes().to_vec()));
            assert_eq!(found, expected, "{signatures}");
        }
        let object = b"tree t\ncommitter c\ngpgsig a\n b\ngpgsig-sha256 c\n d\n\nm";
        let expected = (b"tree t\ncommitter c\n\nm".to_vec(), b"c\nd\n".to_vec());
        assert_eq!(split(object, true).unwrap(), Some(expected));
    }

    #[test]
    fn signatures_above_the_committer_are_refused() {
        let headers = ["tree t\n", "parent p\n", "parent q\n", "author a\n", "committer c\n"];
        for own in ["gpgsig a\n b\n", "gpgsig-sha256 a\n b\n"] {
            for (at, above) in (0..).zip(headers) {
                for is_sha256 in [false, true] {
                    let mut lines = headers.to_vec();
                    lines.insert(at + 1, own);
                    let object = format!("{}\nm\ncommitter c\n", lines.concat());
                    let found = split(object.as_bytes(), is_sha256);
                    assert_eq!(found.is_ok(), above == "committer c\n", "{object}");
                }
            }
        }
        // Neither the value of another header nor the message is a committer.
        for object in ["tree t\nmergetag o\n committer c\ngpgsig a\n\nm", "tree t\ngpgsig a\n\ncommitter c"] {
            assert!(split(object.as_bytes(), false).is_err(), "{object}");
        }
    }

    #[test]
    fn no_other_header_is_cut_out() {
        for header in ["gpgsig-x a\n", "gpgsigs a\n", "Gpgsig a\n", "gpgsig\n"] {
            let object = format!("tree t\ncommitter c\n{header} b\ngpgsig s\n\nm");
            let (payload, signature) = split(object.as_bytes(), false).unwrap().unwrap();
            assert_eq!(payload, format!("tree t\ncommitter c\n{header} b\n\nm").as_bytes(), "{header}");
            assert_eq!(signature, b"s\n");
        }
    }

    #[test]
    fn several_signatures_are_refused() {
        for object in [
            "tree t\ncommitter c\ngpgsig a\ngpgsig b\n\nm",
            "tree t\ncommitter c\ngpgsig a\n b\nencoding e\ngpgsig b\n\nm",
            "tree t\ncommitter c\ngpgsig a\ngpgsig-sha256 b\ngpgsig-sha256 b\n\nm",
        ] {
            let fault = split(object.as_bytes(), false).unwrap_err().to_string();
            assert!(fault.contains("several signatures"), "{object}");
        }
    }

    #[test]
    fn unreadable_signatures_say_why() {
        for (value, says) in [
            ("x".to_owned(), "no armor"),
            ("-----BEGIN PGP SIGNATURE-----\n -----END PGP SIGNATURE-----".to_owned(), "wrapped"),
            ("-----BEGIN SIGNED MESSAGE-----\n \n MIIE\n -----END SIGNED MESSAGE-----".to_owned(), "X.509"),
            ("-----BEGIN OTHER-----\n \n MIIE\n -----END OTHER-----".to_owned(), "neither"),
            (
                "-----BEGIN PGP SIGNATURE-----\n \n MIIE\n -----END PGP SIGNATURE-----".to_owned(),
                "cannot be read",
            ),
            (
                "-----BEGIN SSH SIGNATURE-----\n \n MIIE\n -----END SSH SIGNATURE-----".to_owned(),
                "cannot be read",
            ),
            ("x".repeat(MAX_SIGNATURE - 1), "no armor"),
            ("x".repeat(MAX_SIGNATURE), "too long"),
        ] {
            let object = format!("tree t\ncommitter c\ngpgsig {value}\n\nm");
            let fault = SignedCommit::read(object.as_bytes(), false).unwrap_err().to_string();
            assert!(fault.contains(says), "{fault}");
        }
    }
}
