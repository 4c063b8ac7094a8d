//! Members of tar, zip and gzip archives, read within limits. Members beyond a limit are counted.

mod allowance;
mod tar;
mod zip;

use std::borrow::Cow;
use std::io::Read as _;

use bstr::BString;

pub(crate) use allowance::{Allowance, Unpacked};
use tar::TarMembers;
use zip::ZipMembers;

/// Maximum size of a tar or zip member, in bytes.
const MAX_MEMBER: usize = 4 << 20;

/// Signature of a gzip file.
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// A member of an archive.
pub(crate) struct Member<'a> {
    /// Name; empty for the content of a gzip file.
    pub(crate) name: BString,
    /// Content, as far as it was read.
    pub(crate) content: Cow<'a, [u8]>,
    /// False if it was not read to its end: too large, encrypted, or compressed by an unknown method.
    pub(crate) is_whole: bool,
}

/// Reader of the members of an archive, one after the other.
pub(crate) enum Members<'a> {
    Gzip(Option<&'a [u8]>),
    Zip(ZipMembers<'a>),
    Tar(TarMembers<'a>),
}

/// Returns whether bytes look like an archive.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    Members::of(bytes).is_some()
}

/// Signatures of compressed files and archives that are not opened: bzip2, xz, zstd, lz4, lzip, compress, 7z, rar.
const CLOSED: [&[u8]; 8] = [
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"LZIP\x01",
    b"\x1f\x9d\x90",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
];

/// Blocks that may follow the head of a bzip2 file.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17rE8P\x90"];

/// Returns whether bytes look like a compressed file or an archive that is not opened.
pub(crate) fn is_closed(bytes: &[u8]) -> bool {
    let is_bzip2 =
        || BZIP2_BLOCKS.iter().any(|block| bytes.get(4..).is_some_and(|rest| rest.starts_with(block)));
    let signature = CLOSED.iter().find(|signature| bytes.starts_with(signature));
    signature.is_some_and(|signature| *signature != b"BZh" || is_bzip2())
}

impl<'a> Members<'a> {
    /// Creates the reader of an archive. Returns `None` if the bytes are not an archive.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        if bytes.starts_with(GZIP) {
            Some(Self::Gzip(Some(bytes)))
        } else if zip::is_zip(bytes) {
            Some(Self::Zip(ZipMembers::of(bytes)))
        } else if tar::is_tar(bytes) {
            Some(Self::Tar(TarMembers::of(bytes)))
        } else {
            None
        }
    }

    /// Reads the next member, within an allowance.
    pub(crate) fn next(&mut self, left: &mut Allowance) -> Option<Member<'a>> {
        match self {
            Self::Gzip(bytes) => bytes.take().map(|bytes| gunzip(bytes, left)),
            Self::Zip(members) => members.next(left),
            Self::Tar(members) => members.next(),
        }
    }
}

/// Reads the content of a gzip file. The data before an error is still searched.
fn gunzip<'a>(bytes: &[u8], left: &mut Allowance) -> Member<'a> {
    let most = left.room();
    let mut content = Vec::new();
    let decoder = flate2::read::MultiGzDecoder::new(bytes);
    let _ = decoder.take(most as u64 + 1).read_to_end(&mut content);
    left.take(content.len());
    let is_whole = content.len() <= most;
    content.truncate(most);
    Member { name: BString::default(), content: content.into(), is_whole }
}

/// Returns a member whose content is in the archive as it is, up to the maximum size.
fn stored(name: BString, content: &[u8]) -> Member<'_> {
    let read = content.get(..MAX_MEMBER).unwrap_or(content);
    Member { name, content: read.into(), is_whole: read.len() == content.len() }
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
            .map(|leak| ((!leak.members.is_empty()).then(|| leak.members.join("!")), leak.line))
            .collect()
    }

    #[test]
    fn archive_in_a_directory_of_tests_has_keys_that_are_made_up() {
        use crate::token::provider::samples::{self, Samples};
        let all = samples::all(&mut Samples::new(9));
        let find = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, token)| token).unwrap();
        let (key, token) = (find("RSA private key"), find("GitHub personal access token"));
        let archive = gzip(&tar(&[("conf/tls.key", key.as_bytes()), ("conf/env", token.as_bytes())]));
        let names =
            |path: &str| found(path, &archive).into_iter().filter_map(|(name, _)| name).collect::<Vec<_>>();
        for path in ["tests/files/a.tgz", "src/itest/a.tgz"] {
            assert_eq!(names(path), ["conf/env"], "{path}");
        }
        for path in ["a.tgz", "test.tgz", "src/install.tar.gz", "docs.tgz", "deploy/a.tgz"] {
            assert_eq!(names(path), ["conf/tls.key", "conf/env"], "{path}");
        }
    }

    #[test]
    fn false_header_hides_no_member() {
        let secret = zip("a/.git/config", TEXT, 0, false);
        let header = |method: u16, packed: u32, name: u16, extra: u16| {
            let fixed =
                [&[20, 0, 0, 0][..], &method.to_le_bytes(), &[0; 8], &packed.to_le_bytes(), &[0; 4]].concat();
            [zip::SIGNATURE, &fixed, &name.to_le_bytes(), &extra.to_le_bytes()].concat()
        };
        let covered = u32::try_from(secret.len()).unwrap();
        for (what, before) in [
            ("name", header(0, 0, 0xffff, 0)),
            ("name of all", header(0, 0, 40, 0)),
            ("extra field", header(0, 0, 0, 0xffff)),
            ("size of damaged data", [header(8, u32::MAX, 0, 0), vec![0xff]].concat()),
            ("size of unknown data", header(99, u32::MAX, 0, 0)),
            ("size of stored data", header(0, covered, 0, 0)),
        ] {
            let found = found("a.zip", &[before, secret.clone()].concat());
            assert!(found.contains(&(Some("a/.git/config".to_owned()), 2)), "{what}: {found:?}");
        }
    }

    #[test]
    fn member_whose_name_looks_like_a_header_is_searched() {
        let name = "PK\u{3}\u{4}/.git/config";
        for method in [0, 8] {
            let found = found("a.zip", &zip(name, TEXT, method, false));
            assert!(found.iter().any(|(member, line)| member.is_some() && *line == 2), "{found:?}");
        }
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
    fn what_is_not_opened_is_counted() {
        let bzip2 = b"BZh91AY&SY\0\0\0\0";
        let scan = |bytes: &[u8]| crate::token::scan_file(b"x", bytes).unread;
        for closed in [&bzip2[..], b"BZh9\x17rE8P\x90", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"Rar!\x1a\x07\0"]
        {
            assert_eq!(scan(closed), 1);
            assert!(!crate::token::is_clean(closed));
        }
        assert_eq!(scan(b"BZh9 is a name"), 0);
        assert_eq!(scan(&tar(&[("a.bz2", bzip2), ("b", b"x")])), 1);
        assert_eq!(scan(&gzip(bzip2)), 1);
        let disguised = [&bzip2[..], b"\n", TEXT].concat();
        let scan = crate::token::scan_file(b"x", &disguised);
        assert_eq!((scan.unread, scan.leaks.len()), (1, 1));
    }

    #[test]
    fn unread_members_are_counted() {
        let large = vec![b'x'; MAX_MEMBER + 1];
        let unread = |bytes: &[u8]| crate::token::scan_file(b"x", bytes).unread;
        assert_eq!(unread(&tar(&[("a", &large), ("b", b"x")])), 1);
        assert_eq!(unread(&zip("a", &large, 8, false)), 1);
        assert_eq!(unread(&zip("a", &large, 0, false)), 1);
        assert_eq!(unread(&zip("a", b"x", 99, false)), 1);
        let two = [zip("a", TEXT, 0, false), zip("b", TEXT, 8, false)].concat();
        assert_eq!(unread(&two), 0);
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
        assert!(!tar::is_tar(&huge));
    }

    #[test]
    fn a_tar_member_of_any_stated_size_is_read() {
        for size in [b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", b"777777777777"] {
            let mut archive = tar(&[("a/.git/config", TEXT)]);
            archive[124..136].copy_from_slice(size);
            assert!(!tar::is_tar(&archive), "the checksum is not that of the header");
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
        let scan = crate::token::scan_file(b"x", &stream);
        assert!(scan.unread == 0 && scan.unpacked.bytes < 2 * stream.len() as u64, "{:?}", scan.unpacked);
    }

    #[test]
    fn every_byte_that_comes_out_counts() {
        let scan = |bytes: &[u8]| crate::token::scan_file(b"x", bytes);
        // The members are too large to be kept.
        let large = zip("a", &vec![0; 5 << 20], 8, false);
        let bomb = large.repeat(200);
        let allowed = (64 << 20) + 16 * bomb.len() as u64;
        let found = scan(&bomb);
        assert!((allowed..allowed + (9 << 20)).contains(&found.unpacked.bytes), "{:?}", found.unpacked);
        assert!(found.unpacked.members < 50 && found.unread == found.unpacked.members as usize + 1);
        // All layers share one allowance.
        let nested = zip("b", &large, 8, false).repeat(200);
        assert!(scan(&nested).unpacked.bytes < (73 << 20) + 16 * nested.len() as u64);
        let empty = zip("", b"", 0, false).repeat(120_000);
        assert_eq!((scan(&empty).unpacked.members, scan(&empty).unread), (100_000, 1));
    }

    #[test]
    fn nested_gzip_files_are_not_held_together() {
        let zeros = gzip(&vec![0; 70 << 20]);
        let scan = crate::token::scan_file(b"x", &zeros);
        assert_eq!((scan.unpacked.bytes, scan.unread), ((64 << 20) + 1, 1));
        let mut outer = gzip(&[&zeros[..], &vec![0; 40 << 20]].concat());
        let scan = crate::token::scan_file(b"x", &outer);
        assert!(scan.unpacked.bytes < (65 << 20) + 1, "{:?}", scan.unpacked);
        outer.truncate(20);
        assert_eq!(crate::token::scan_file(b"x", &outer).unread, 0);
    }

    #[test]
    fn a_long_name_of_a_member_is_cut() {
        let member = zip(&"n".repeat(5000), TEXT, 8, false);
        let name = found("x.zip", &member).remove(0).0.unwrap();
        assert_eq!(name.len(), 1027);
    }

    #[test]
    fn any_tar_member_with_a_content_is_searched() {
        for flag in *b"01S7Z" {
            let mut archive = tar(&[("a/.git/config", TEXT)]);
            let field: usize = archive[148..156].iter().map(|byte| usize::from(*byte)).sum();
            let old: usize = archive[..512].iter().map(|byte| usize::from(*byte)).sum();
            let sum = old - field + 8 * 32 + usize::from(flag) - usize::from(archive[156]);
            archive[156] = flag;
            archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(found("x.tar", &archive), [(Some("a/.git/config".to_owned()), 2)], "{flag}");
        }
    }
}
