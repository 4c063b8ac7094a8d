//! Members of tar, zip and gzip archives, read within limits. Members beyond a limit are counted.

mod tar;
mod zip;

use std::borrow::Cow;
use std::io::Read as _;

use bstr::BString;

/// Maximum size of a tar or zip member, in bytes.
const MAX_MEMBER: usize = 4 << 20;

/// Maximum number of bytes extracted from one file, over all layers of archives.
pub(crate) const MAX_TOTAL: usize = 64 << 20;

/// Maximum number of members read from one archive.
const MAX_MEMBERS: usize = 20_000;

/// Signature of a gzip file.
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// The members of an archive.
#[derive(Default)]
pub(crate) struct ArchiveMembers<'a> {
    /// Name and content of each member that was read. The content of a gzip file has an empty name.
    pub(crate) read: Vec<(BString, Cow<'a, [u8]>)>,
    /// The number of members not read: too large, encrypted, over a limit, or compressed by an unknown
    /// method.
    pub(crate) unread: usize,
    /// The number of bytes that may still be extracted.
    pub(crate) budget: usize,
}

/// Returns whether bytes look like an archive.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(GZIP) || zip::is_zip(bytes) || tar::is_tar(bytes)
}

/// Reads the members of an archive, within a budget of bytes. Returns `None` if it is not an archive.
pub(crate) fn members(bytes: &[u8], budget: usize) -> Option<ArchiveMembers<'_>> {
    let mut members = ArchiveMembers { budget, ..ArchiveMembers::default() };
    if bytes.starts_with(GZIP) {
        members.add_gzip(bytes);
    } else if zip::is_zip(bytes) {
        zip::members(bytes, MAX_MEMBER).for_each(|(name, content)| members.add(name, content));
    } else if tar::is_tar(bytes) {
        for (name, content) in tar::members(bytes) {
            members.add(name, Some(content.into()).filter(|_| content.len() <= MAX_MEMBER));
        }
    } else {
        return None;
    }
    Some(members)
}

impl<'a> ArchiveMembers<'a> {
    fn add(&mut self, name: BString, content: Option<Cow<'a, [u8]>>) {
        let content = content.filter(|content| content.len() <= self.budget);
        match content.filter(|_| self.read.len() < MAX_MEMBERS) {
            Some(content) => {
                self.budget -= content.len();
                self.read.push((name, content));
            }
            None => self.unread += 1,
        }
    }

    fn add_gzip(&mut self, bytes: &'a [u8]) {
        let mut content = Vec::new();
        let limit = self.budget as u64 + 1;
        // The data before an error is still searched.
        let _ = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut content);
        if content.len() > self.budget {
            content.truncate(self.budget);
            self.unread += 1;
        }
        self.add(BString::default(), Some(content.into()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &[u8] = b"[remote \"o\"]\n\turl = https://u:k9x2@h.io/a\n";

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, content) in files {
            let mut header = [0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..136].copy_from_slice(format!("{:011o} ", content.len()).as_bytes());
            header[148..156].copy_from_slice(b"        ");
            header[156] = b'0';
            let sum: usize = header.iter().map(|byte| usize::from(*byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            out.extend(header);
            out.extend(*content);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Builds a zip file without a central directory. With `late`, the header does not contain the compressed
    /// size.
    fn zip(name: &str, content: &[u8], method: u16, late: bool) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        let data = if method == 8 { encoder.finish().unwrap() } else { content.to_vec() };
        let length = if late { 0 } else { u32::try_from(data.len()).unwrap() };
        let mut out = zip::SIGNATURE.to_vec();
        out.extend([20, 0, if late { 8 } else { 0 }, 0]);
        out.extend(method.to_le_bytes());
        out.extend([0; 8]);
        out.extend(length.to_le_bytes());
        out.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        out.extend([0, 0]);
        out.extend(name.as_bytes());
        out.extend(data);
        out
    }

    fn found(path: &str, bytes: &[u8]) -> Vec<(Option<String>, u32)> {
        assert!(crate::token::tests::may_hold_secret(bytes), "{path}");
        crate::token::scan_file(path.as_bytes(), bytes)
            .leaks
            .into_iter()
            .map(|leak| (leak.member, leak.line))
            .collect()
    }

    #[test]
    fn members_are_searched_under_their_names() {
        let archive = tar(&[("a/README", b"hello"), ("a/.git/config", TEXT)]);
        let member = || Some("a/.git/config".to_owned());
        assert_eq!(found("x.tar", &archive), [(member(), 2)]);
        assert_eq!(found("x.tar.gz", &gzip(&archive)), [(member(), 2)]);
        for (method, late) in [(0, false), (8, false), (8, true)] {
            let two =
                [zip("README", b"hello", method, late), zip("a/.git/config", TEXT, method, late)].concat();
            assert_eq!(found("x.zip", &two), [(member(), 2)], "{method} {late}");
        }
        assert_eq!(found("config.gz", &gzip(TEXT)), [(None, 2)]);
        let nested = zip("in.tar.gz", &gzip(&archive), 8, false);
        assert_eq!(found("x.zip", &nested), [(Some("in.tar.gz!a/.git/config".to_owned()), 2)]);
    }

    #[test]
    fn a_self_extracting_zip_file_is_searched() {
        let end = |comment: &str| [b"PK\x05\x06", &[0; 18][..], comment.as_bytes()].concat();
        for comment in ["", "made up"] {
            let member = zip("a/.git/config", TEXT, 8, false);
            let bytes = [b"#!/bin/sh\nexit\n", &member[..], &end(comment)].concat();
            assert_eq!(found("run", &bytes), [(Some("a/.git/config".to_owned()), 2)]);
        }
    }

    #[test]
    fn unread_members_are_counted() {
        let large = vec![b'x'; MAX_MEMBER + 1];
        let unread = |bytes: &[u8]| crate::token::scan_file(b"x", bytes).unread;
        assert_eq!(unread(&tar(&[("a", &large), ("b", b"x")])), 1);
        assert_eq!(unread(&zip("a", &large, 8, false)), 1);
        assert_eq!(unread(&zip("a", &large, 0, false)), 1);
        assert_eq!(unread(&zip("a", b"x", 99, false)), 1);
        assert_eq!(members(&gzip(&vec![0; 1000]), 999).map(|members| members.unread), Some(1));
        let two = [zip("a", TEXT, 0, false), zip("b", TEXT, 8, false)].concat();
        assert_eq!(members(&two, TEXT.len()).map(|members| members.unread), Some(1));
        assert_eq!(unread(&gzip(&gzip(&gzip(&gzip(TEXT))))), 1);
        assert_eq!(unread(&gzip(&gzip(&gzip(TEXT)))), 0);
    }

    #[test]
    fn a_damaged_archive_is_searched_up_to_the_damage() {
        let archive = tar(&[("a/.git/config", TEXT)]);
        let packed = gzip(&archive);
        for bytes in [&archive[..700], &packed[..packed.len() - 6]] {
            assert_eq!(found("x", bytes).len(), 1);
        }
        let mut huge = archive.clone();
        huge[124..136].copy_from_slice(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
        assert!(members(&huge, MAX_TOTAL).is_none_or(|members| members.read.len() <= 1));
    }

    #[test]
    fn a_tar_member_of_any_stated_size_is_read() {
        for size in [b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", b"777777777777"] {
            let mut archive = tar(&[("a/.git/config", TEXT)]);
            archive[124..136].copy_from_slice(size);
            let members = members(&archive, MAX_TOTAL);
            assert!(members.is_none(), "the checksum is not that of the header");
            let old: usize = archive[..512].iter().map(|byte| usize::from(*byte)).sum();
            let field: usize = archive[148..156].iter().map(|byte| usize::from(*byte)).sum();
            archive[148..156].copy_from_slice(format!("{:06o}\0 ", old - field + 8 * 32).as_bytes());
            assert_eq!(found("x.tar", &archive), [(Some("a/.git/config".to_owned()), 2)]);
        }
    }

    #[test]
    fn overlapping_streams_of_a_zip_file_are_inflated_once() {
        // Each stream has a stored block of 30 bytes, the next header, and goes on with the next stream.
        let mut header = zip("", b"", 8, true);
        header.truncate(30);
        let stream = [&header[..], b"\0\x1e\0\xe1\xff"].concat().repeat(3000);
        let members = members(&stream, MAX_TOTAL).unwrap();
        assert_eq!((members.read.len(), members.unread), (1, 0));
    }
}
