//! A commit that is made without a repository, and the push of it, without a client.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::Oid;
use crate::error::{Error, Result};

/// Kinds of objects in a pack.
#[derive(Debug, Clone, Copy)]
enum PackedKind {
    Commit = 1,
    Tree = 2,
}

impl PackedKind {
    fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
        }
    }
}

/// Commit without parents and files.
#[derive(Debug)]
pub(crate) struct MadeCommit {
    oid: Oid,
    pack: Vec<u8>,
}

impl MadeCommit {
    /// Makes a commit of an author, who is given as `Name <address> time zone`.
    ///
    /// # Errors
    /// Fails if a hash cannot be computed.
    pub(crate) fn new(author: &str, message: &str) -> Result<Self> {
        let tree = oid(PackedKind::Tree, b"")?;
        let text = format!("tree {tree}\nauthor {author}\ncommitter {author}\n\n{message}");
        let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
        for (kind, body) in [(PackedKind::Commit, text.as_bytes()), (PackedKind::Tree, b"")] {
            pack.extend(packed(kind, body)?);
        }
        let checksum = sha1(&[&pack])?;
        pack.extend_from_slice(checksum.as_bytes());
        Ok(Self { oid: oid(PackedKind::Commit, text.as_bytes())?, pack })
    }

    /// Returns what a client sends to `git receive-pack` to create a ref at the commit (gitprotocol-pack(5)).
    pub(crate) fn push_to(&self, refname: &str) -> Vec<u8> {
        let command = format!("{} {} {refname}\0 report-status", "0".repeat(40), self.oid);
        let line = format!("{:04x}{command}0000", command.len() + 4);
        [line.as_bytes(), &self.pack].concat()
    }
}

fn oid(kind: PackedKind, body: &[u8]) -> Result<Oid> {
    sha1(&[format!("{} {}\0", kind.name(), body.len()).as_bytes(), body])
}

fn sha1(parts: &[&[u8]]) -> Result<Oid> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    parts.iter().for_each(|part| hasher.update(part));
    let cannot = || Error::git("cannot compute a hash");
    let hash = hasher.try_finalize().map_err(|error| cannot().caused_by(error))?;
    Oid::from_bytes(hash.as_slice()).ok_or_else(cannot)
}

/// Returns an object as it stands in a pack: kind and size, then the compressed body.
fn packed(kind: PackedKind, body: &[u8]) -> Result<Vec<u8>> {
    let mut size = body.len();
    #[expect(clippy::cast_possible_truncation, reason = "four and seven bits at a time")]
    let mut byte = (kind as u8) << 4 | (size & 15) as u8;
    size >>= 4;
    let mut out = Vec::new();
    while size > 0 {
        out.push(byte | 0x80);
        #[expect(clippy::cast_possible_truncation, reason = "four and seven bits at a time")]
        let low = (size & 0x7f) as u8;
        byte = low;
        size >>= 7;
    }
    out.push(byte);
    let mut encoder = ZlibEncoder::new(out, Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .map_err(|error| Error::io("cannot compress an object", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_has_the_oid_that_git_gives_it() {
        let commit = MadeCommit::new("A U Thor <author@example.com> 1700000000 +0000", "x\n").unwrap();
        assert_eq!(commit.oid.to_string(), "93f5c593ea2addb0359ad75cc73943f7223bee65");
        assert!(commit.push_to("refs/heads/x").starts_with(b"0071000000"));
    }
}
