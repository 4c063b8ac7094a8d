//! Searches archives for credentials, within a limit for all archives of a push or a scan.

use std::collections::HashMap;
use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::git::{Oid, Repo};
use crate::policy::{ByteLimit, Policy};
use crate::token::{self, FileScan};

/// Number of bytes that may come out of the archives of any push.
const UNPACKED: u64 = 512 << 20;

/// Number of further bytes that may come out of archives for each byte that is stored.
///
/// Archives of source, classes or images unpack to a few times their size, and logs to some ten times.
const UNPACKED_PER_BYTE: u64 = 16;

/// Work for a member of an archive, in bytes of content.
const MEMBER: u64 = 1 << 10;

/// Place of an archive, for messages.
#[derive(Clone, Copy)]
pub(super) struct ArchivePlace<'a> {
    pub(super) path: &'a [u8],
    pub(super) oid: Oid,
    pub(super) commit: Option<Oid>,
}

impl fmt::Display for ArchivePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (blob {}", token::printable(self.path), self.oid)?;
        self.commit.map_or(Ok(()), |commit| write!(f, " in commit {commit}"))?;
        f.write_str(")")
    }
}

/// Searched archives. Each of them is opened once for all its paths, unless it has a credential.
#[derive(Default)]
pub(super) struct Archives {
    /// Number of members not searched, of archives without a credential. The result depends on nothing of
    /// the path but whether it is one of an example.
    unread: HashMap<(Oid, bool), usize>,
}

impl Archives {
    /// Searches an archive at a path.
    ///
    /// # Errors
    /// Fails when more comes out of the archives of this run than the policy allows.
    pub(super) fn scan(
        &mut self,
        repo: &Repo,
        policy: &Policy,
        place: &ArchivePlace<'_>,
        bytes: &[u8],
    ) -> Result<FileScan> {
        let key = (place.oid, token::is_example_path(place.path));
        let is_path_special = token::path_implies_format(place.path);
        if let Some(unread) = self.unread.get(&key).filter(|_| !is_path_special) {
            return Ok(FileScan { unread: *unread, ..FileScan::default() });
        }
        let work = repo.work();
        let scan = {
            let _permit = work.archives.take();
            token::scan_file(place.path, bytes)
        };
        let cost = scan.unpacked.bytes + MEMBER * scan.unpacked.members;
        let is_last = scan.leaks.is_empty() && !is_path_special;
        let sum = if is_last { work.add_unpacked_once(key, cost) } else { work.add_unpacked(cost) };
        if is_last {
            self.unread.insert(key, scan.unread);
        }
        within_limit(repo, policy, sum, place).map(|()| scan)
    }
}

/// Fails if the work for all archives is more than the limit.
fn within_limit(repo: &Repo, policy: &Policy, sum: u64, place: &ArchivePlace<'_>) -> Result<()> {
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
    let message = format!("more than {limit} would come out of the archives, up to {place}");
    Err(Error::new(ErrorKind::Limit, message)
        .hinted("push fewer commits at a time, or store these files unpacked or with Git LFS")
        .hinted("an administrator can set another limit in the policy: `limits: {unpacked: 4GiB}`"))
}
