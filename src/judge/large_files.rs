//! Searches archives and large files for credentials, within a limit for all of them in a push or a scan.

use std::collections::HashMap;
use std::fmt;

use crate::error::{Error, ErrorKind, FEWER_COMMITS, Result};
use crate::git::{MAX_OBJECT, Oid, Repo};
use crate::policy::{ByteLimit, Policy};
use crate::token::{self, FileScan, MAX_LEAKS, MAX_PART, PartedText, PathKind};

/// Size from which a file is large, in bytes.
pub(super) const LARGE: u64 = 1 << 20;

/// Number of bytes that may come out of the archives and the largest files of any push.
const UNPACKED: u64 = 512 << 20;

/// Number of further bytes that may come out of them for each byte that is stored.
///
/// Archives of source, classes or images unpack to a few times their size, and logs to some ten times.
const UNPACKED_PER_BYTE: u64 = 16;

/// Work for a member of an archive, in bytes of content.
const MEMBER: u64 = 1 << 10;

/// Place of a file, for messages.
#[derive(Clone, Copy)]
pub(super) struct FilePlace<'a> {
    pub(super) path: &'a [u8],
    pub(super) oid: Oid,
    pub(super) commit: Option<Oid>,
}

impl fmt::Display for FilePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (blob {}", token::printable(self.path), self.oid)?;
        self.commit.map_or(Ok(()), |commit| write!(f, " in commit {commit}"))?;
        f.write_str(")")
    }
}

/// File, and the number of the kind of its path.
type ResultKey = (Oid, u8);

/// Searched files. Each of them is read once for all its paths of a kind, unless it has a credential.
#[derive(Default)]
pub(super) struct LargeFiles {
    /// Number of members not searched, for each file without a credential. The result depends on nothing of
    /// the path but its kind.
    unread: HashMap<ResultKey, usize>,
}

impl LargeFiles {
    /// Returns the result for a file that was searched before at such a path, and has no credential.
    pub(super) fn known(&self, place: &FilePlace<'_>) -> Option<FileScan> {
        let unread = *self.unread.get(&key(place)?)?;
        Some(FileScan { unread, ..FileScan::default() })
    }

    /// Searches an archive or a large file.
    ///
    /// # Errors
    /// Fails when more comes out of the files of this run than the policy allows, or when a file has too many
    /// credentials.
    pub(super) fn scan(
        &mut self,
        repo: &Repo,
        policy: &Policy,
        place: &FilePlace<'_>,
        bytes: &[u8],
    ) -> Result<FileScan> {
        let scan = token::scan_file(place.path, bytes);
        let cost = scan.unpacked.bytes + MEMBER * scan.unpacked.members;
        self.add(repo, policy, place, cost, scan)
    }

    /// Searches a file that is too large to be read as a whole. Nothing is known of its format but what its path
    /// implies, and an archive is not opened.
    ///
    /// # Errors
    /// As [`LargeFiles::scan`], and when the file cannot be read.
    pub(super) fn scan_in_parts(
        &mut self,
        repo: &Repo,
        policy: &Policy,
        place: &FilePlace<'_>,
        size: u64,
    ) -> Result<FileScan> {
        let (mut text, mut part) = (PartedText::new(place.path), Vec::with_capacity(MAX_PART));
        let mut is_archive = None;
        repo.store().stream_blob(place.oid, size, &mut |piece| {
            part.extend_from_slice(piece);
            if part.len() >= MAX_PART {
                is_archive.get_or_insert_with(|| token::is_archive(&part) || token::is_closed(&part));
                part.drain(..text.search(&part, false));
            }
        })?;
        text.search(&part, true);
        let unread = usize::from(is_archive == Some(true));
        let scan = FileScan { leaks: text.into_leaks(), unread, ..FileScan::default() };
        self.add(repo, policy, place, size, scan)
    }

    /// Remembers a result, and adds the work that it took to that for all other files.
    fn add(
        &mut self,
        repo: &Repo,
        policy: &Policy,
        place: &FilePlace<'_>,
        cost: u64,
        scan: FileScan,
    ) -> Result<FileScan> {
        if scan.leaks.len() > MAX_LEAKS {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("{place} contains more than {MAX_LEAKS} credentials"),
            ));
        }
        let sum = match key(place).filter(|_| scan.leaks.is_empty()) {
            Some(key) => {
                self.unread.insert(key, scan.unread);
                repo.work().add_unpacked_once(key, cost)
            }
            None => repo.work().add_unpacked(cost),
        };
        if cost > 0 { within_limit(repo, policy, sum, place).map(|()| scan) } else { Ok(scan) }
    }
}

/// Returns whether a file of a size is read in parts.
pub(super) fn is_read_in_parts(size: u64) -> bool {
    size > MAX_OBJECT
}

/// Returns the key of the result for a file; `None` if the result depends on more of the path than others do.
fn key(place: &FilePlace<'_>) -> Option<ResultKey> {
    let FilePlace { path, oid, .. } = *place;
    // What looks like git config is none in a file of another format.
    let is_other = u8::from(token::is_other_format(path));
    let is_of_tests = u8::from(PathKind::is_archive_of_tests(path));
    let kind = 4 * PathKind::of(path) as u8 + 2 * is_of_tests + is_other;
    (!token::path_implies_format(path)).then_some((oid, kind))
}

/// Fails if the work for all files is more than the limit.
fn within_limit(repo: &Repo, policy: &Policy, sum: u64, place: &FilePlace<'_>) -> Result<()> {
    let limit = match policy.limits.unpacked {
        Some(limit) => limit,
        // The size of what is stored is measured only if it matters.
        None if sum <= UNPACKED => return Ok(()),
        None => {
            ByteLimit::of(UNPACKED.saturating_add(UNPACKED_PER_BYTE.saturating_mul(repo.work().stored())))
        }
    };
    if sum <= limit.bytes() {
        return Ok(());
    }
    let message = format!("more than {limit} would come out of archives and very large files, up to {place}");
    Err(Error::new(ErrorKind::Limit, message)
        .hinted(FEWER_COMMITS)
        .hinted("store these files unpacked or with Git LFS")
        .hinted("an administrator can set another limit in the policy: `limits: {unpacked: 4GiB}`"))
}
