//! Files of allowed signers (ssh-keygen(1), ALLOWED SIGNERS).

use std::collections::BTreeSet;

use data_encoding::BASE64;

use super::options::Options;
use super::public_key::{fingerprint, public_key};
use super::wire::Wire;
use crate::signature::Fingerprint;
use crate::signature::fault::{SignatureFault, Verified};

/// Line of a file of allowed signers whose key is on the list.
#[derive(Debug)]
pub(in crate::signature) struct AllowedSigner {
    pub(in crate::signature) fingerprint: Fingerprint,
    /// Key in wire format.
    pub(super) key: Vec<u8>,
    pub(super) options: Options,
}

/// Reads the lines of a file that a list of fingerprints names.
///
/// # Errors
/// Fails when a line has no key, or the file lacks a fingerprint, or when a line on the list is not valid.
pub(in crate::signature) fn read_signers(
    text: &[u8],
    listed: &[Fingerprint],
) -> Verified<Vec<AllowedSigner>> {
    let text = std::str::from_utf8(text);
    let text = text.map_err(|_| SignatureFault::new("it has neither OpenPGP keys nor allowed signers"))?;
    let mut signers = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let signer = signer(line, listed);
        let on_line = |fault: SignatureFault| SignatureFault::new(format!("line {number}: {fault}"));
        signers.extend(signer.map_err(on_line)?);
    }
    let found: BTreeSet<Fingerprint> = signers.iter().map(|signer| signer.fingerprint).collect();
    match listed.iter().find(|fingerprint| !found.contains(fingerprint)) {
        Some(missing) => Err(SignatureFault::new(format!("it has no key {missing}"))),
        None => Ok(signers),
    }
}

/// Reads a line; `None` if its key is not on the list.
fn signer(line: &str, listed: &[Fingerprint]) -> Verified<Option<AllowedSigner>> {
    let (principals, rest) = field(line);
    let (next, after) = field(rest);
    let (options, kind, after) = match is_kind(next) {
        true => (None, next, after),
        false => {
            let (kind, after) = field(after);
            (Some(next), kind, after)
        }
    };
    let key = BASE64.decode(field(after).0.as_bytes()).ok();
    let key = key.filter(|key| Wire(key).string() == Some(kind.as_bytes()));
    let key = key
        .ok_or(SignatureFault::new("it has no key of the form `<principals> [<options>] <kind> <base64>`"))?;
    let fingerprint = fingerprint(&key);
    if !listed.contains(&fingerprint) {
        return Ok(None);
    }
    let options = Options::read(principals.trim_matches('"'), options)?;
    public_key(&key)?;
    Ok(Some(AllowedSigner { fingerprint, key, options }))
}

/// Splits off the first field, which ends at a blank that is not in quotes.
fn field(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let mut is_quoted = false;
    let end = text.find(|c: char| {
        is_quoted ^= c == '"';
        c.is_ascii_whitespace() && !is_quoted
    });
    text.split_at(end.unwrap_or(text.len()))
}

/// Returns whether a field is the kind of a key.
fn is_kind(field: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-", "webauthn-"].iter().any(|start| field.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEMN6uJoYqRIH1S7vYsMbTNr1XgTLV3c4Zs9U0i3S1QT";

    fn listed() -> [Fingerprint; 1] {
        [fingerprint(&BASE64.decode(KEY.split_once(' ').unwrap().1.as_bytes()).unwrap())]
    }

    #[test]
    fn listed_lines_are_read() {
        for line in [
            format!("a@x.test {KEY}"),
            format!("# keys\n\n\"a@x.test\"  {KEY} a comment"),
            format!("a@x.test namespaces=\"git, file\",valid-after=\"20200101Z\" {KEY}\r"),
            format!("b@x.test cert-authority ssh-rsa AAAAB3NzaC1yc2E=\na@x.test {KEY}"),
        ] {
            let signers = read_signers(line.as_bytes(), &listed()).unwrap();
            assert_eq!((signers.len(), signers[0].options.principals.as_str()), (1, "a@x.test"), "{line}");
        }
    }

    #[test]
    fn faults_name_the_line() {
        for (text, says) in [
            (String::new(), "it has no key SHA256:"),
            (KEY.to_owned(), "line 1: it has no key"),
            (format!("# x\na@x.test {KEY}A"), "line 2: it has no key"),
            (format!("a@x.test {}", KEY.replace("ssh-ed25519", "ssh-rsa")), "line 1: it has no key"),
            (format!("a@x.test cert-authority {KEY}"), "line 1: `cert-authority` is not supported"),
            (format!("a@x.test verify-required {KEY}"), "line 1: it has an option"),
            ("\u{feff}".to_owned(), "line 1"),
        ] {
            let fault = read_signers(text.as_bytes(), &listed()).unwrap_err().to_string();
            assert!(fault.starts_with(says), "{fault}");
        }
        assert!(read_signers(b"\xff", &listed()).is_err());
    }
}
