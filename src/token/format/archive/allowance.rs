//! Limits of the work for one archive.

/// Number of bytes that may come out of any archive.
const BYTES: usize = 64 << 20;

/// Number of further bytes that may come out of an archive for each of its own. Few honest archives need
/// as much.
const BYTES_PER_BYTE: usize = 16;

/// Maximum number of members of an archive, over all layers.
const MEMBERS: usize = 100_000;

/// Maximum number of unpacked bytes that are held at a time. A gzip file may hold a whole tar file.
const HELD: usize = 64 << 20;

/// Bytes and members that may still come out of an archive, over all its layers.
///
/// Everything that is unpacked counts, whether it is kept or not.
#[derive(Debug)]
pub(crate) struct Allowance {
    bytes: usize,
    members: usize,
    taken: Unpacked,
    held: usize,
}

/// Number of bytes and members that came out of an archive, over all its layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub(crate) bytes: u64,
    pub(crate) members: u64,
}

impl Allowance {
    /// Creates the allowance of an archive of a size.
    pub(crate) fn of_size(size: usize) -> Self {
        Self {
            bytes: size.saturating_mul(BYTES_PER_BYTE).saturating_add(BYTES),
            members: MEMBERS,
            taken: Unpacked::default(),
            held: 0,
        }
    }

    /// Takes bytes that were unpacked; false if there were fewer left.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        self.taken.bytes += bytes as u64;
        let is_paid = bytes <= self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        is_paid
    }

    /// Takes a member; false if there is none left, or no byte.
    pub(crate) fn take_member(&mut self) -> bool {
        let is_paid = self.members > 0 && self.bytes > 0;
        self.members = self.members.saturating_sub(1);
        self.taken.members += u64::from(is_paid);
        is_paid
    }

    /// Returns the number of bytes that may be unpacked and held next.
    pub(super) fn room(&self) -> usize {
        self.bytes.min(HELD.saturating_sub(self.held))
    }

    /// Notes that unpacked bytes are held until they are [released](Self::release).
    pub(crate) fn hold(&mut self, bytes: usize) {
        self.held += bytes;
    }

    /// Notes that unpacked bytes are no longer held.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.held -= bytes;
    }

    /// Returns what came out of the archive.
    pub(crate) fn taken(&self) -> Unpacked {
        self.taken
    }
}
