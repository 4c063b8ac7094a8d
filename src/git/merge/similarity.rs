//! Similarity of files, as git measures it to find renames: the share of equal chunks, which are lines or parts of
//! long lines.

use std::sync::Arc;

use crate::error::Result;
use crate::git::Oid;
use crate::git::object::generational_cache::GenerationalCache;

/// Minimum similarity in percent of files that git may regard as renamed. For git it is 50.
pub(super) const MAY_BE_RENAMED: u64 = 48;

/// Minimum similarity in percent of files that git certainly regards as renamed, if no other file is like them.
pub(super) const IS_RENAMED: u64 = 60;

/// Size in bytes of each of the two generations of the cache of chunks.
const MAX_CHUNKS: usize = 4 << 20;

/// Number of pairs in each of the two generations of the cache of pairs.
const MAX_COMPARED: usize = 1 << 14;

/// Maximum size of the files of one merge that are cut into chunks, in bytes. More may be similar for all that is known.
const MAX_CUT: usize = 64 << 20;

/// Maximum number of bytes of a chunk (git's diffcore-delta.c).
const CHUNK: u32 = 64;

/// Number of different hashes of chunks (git's diffcore-delta.c).
const HASHES: u32 = 107_927;

/// Number of bytes in which git looks for a NUL, which makes a file binary.
const BINARY: usize = 8000;

/// Known similarities of files.
pub(super) struct Similarities {
    chunks: GenerationalCache<Oid, Arc<Chunks>>,
    compared: GenerationalCache<[Oid; 2], u64>,
    /// Size of the files of this merge that were cut into chunks, in bytes.
    cut: usize,
}

/// A file that is compared with others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared {
    pub(super) oid: Oid,
    /// False if the oid may mean another file later.
    pub(super) is_lasting: bool,
}

/// Returns the content of a file; `None` if it is not known.
pub(super) type Read<'r> = dyn FnMut(Oid) -> Result<Option<Arc<Vec<u8>>>> + 'r;

/// Number of bytes of a file for each hash of a chunk, sorted by the hash.
#[derive(Debug, PartialEq, Eq)]
struct Chunks {
    size: u64,
    bytes: Vec<(u32, u32)>,
}

impl Default for Similarities {
    fn default() -> Self {
        let (chunks, compared) = (GenerationalCache::new(MAX_CHUNKS), GenerationalCache::new(MAX_COMPARED));
        Self { chunks, compared, cut: 0 }
    }
}

impl Similarities {
    /// Begins the next merge.
    pub(super) fn begin(&mut self) {
        self.cut = 0;
    }

    /// Returns true if the similarity of two files is known without reading them.
    pub(super) fn is_known(&mut self, one: Compared, other: Compared) -> bool {
        one.is_lasting && other.is_lasting && self.compared.get([one.oid, other.oid]).is_some()
    }

    /// Returns the similarity of two files in percent, rounded down; `None` if it is not known. `read` returns their content, if it is known.
    ///
    /// # Errors
    /// Fails if the content cannot be read.
    pub(super) fn percent(
        &mut self,
        one: Compared,
        other: Compared,
        read: &mut Read<'_>,
    ) -> Result<Option<u64>> {
        let pair = [one.oid, other.oid];
        let is_lasting = one.is_lasting && other.is_lasting;
        if let Some(known) = self.compared.get(pair).filter(|_| is_lasting) {
            return Ok(Some(known));
        }
        let both = (self.chunks(one, read)?, self.chunks(other, read)?);
        let (Some(one), Some(other)) = both else { return Ok(None) };
        let percent = one.similarity(&other);
        if is_lasting {
            self.compared.put(pair, percent, 1);
        }
        Ok(Some(percent))
    }

    fn chunks(&mut self, file: Compared, read: &mut Read<'_>) -> Result<Option<Arc<Chunks>>> {
        if let Some(known) = self.chunks.get(file.oid).filter(|_| file.is_lasting) {
            return Ok(Some(known));
        }
        if self.cut > MAX_CUT {
            return Ok(None);
        }
        let Some(text) = read(file.oid)? else { return Ok(None) };
        self.cut += text.len();
        let chunks = Arc::new(Chunks::of(&text));
        if file.is_lasting {
            self.chunks.put(file.oid, Arc::clone(&chunks), chunks.bytes.len() * size_of::<(u32, u32)>());
        }
        Ok(Some(chunks))
    }
}

/// Returns true if files of two sizes in bytes are not similar for git, whatever they contain.
pub(super) fn are_too_unequal(one: u64, other: u64) -> bool {
    one.min(other).saturating_mul(2) < one.max(other)
}

impl Chunks {
    fn of(text: &[u8]) -> Self {
        let is_binary = memchr::memchr(0, text.get(..BINARY).unwrap_or(text)).is_some();
        let mut all = Vec::new();
        let (mut low, mut high, mut len) = (0_u32, 0_u32, 0);
        let hash = |low: u32, high: u32| low.wrapping_add(high.wrapping_mul(0x61)) % HASHES;
        for (at, byte) in text.iter().enumerate() {
            // The first half of an end of line of two bytes does not count.
            if !is_binary && *byte == b'\r' && text.get(at + 1) == Some(&b'\n') {
                continue;
            }
            (low, high) = (low << 7 ^ high >> 25, high << 7 ^ low >> 25);
            low = low.wrapping_add(u32::from(*byte));
            len += 1;
            if len == CHUNK || *byte == b'\n' {
                all.push((hash(low, high), len));
                (low, high, len) = (0, 0, 0);
            }
        }
        if len > 0 {
            all.push((hash(low, high), len));
        }
        all.sort_unstable_by_key(|(hash, _)| *hash);
        all.dedup_by(|(hash, len), (first, sum)| {
            let is_same = hash == first;
            *sum += if is_same { *len } else { 0 };
            is_same
        });
        Self { size: text.len() as u64, bytes: all }
    }

    /// Returns the share of equal chunks in percent of the larger file, rounded down.
    fn similarity(&self, other: &Self) -> u64 {
        let most = self.size.max(other.size);
        if are_too_unequal(self.size, other.size) || most == 0 {
            return 0;
        }
        let mut rest = other.bytes.iter().peekable();
        let mut copied = 0;
        for (hash, len) in &self.bytes {
            while rest.next_if(|(other, _)| other < hash).is_some() {}
            if let Some((_, other)) = rest.next_if(|(other, _)| other == hash) {
                copied += u64::from(*len.min(other));
            }
        }
        copied * 100 / most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;

    /// Returns the similarity in percent that git prints for a renamed file; `None` if it is none for git.
    fn by_git(one: &str, other: &str) -> Option<u64> {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: &str| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            String::from_utf8(git.output_with_input(input.as_bytes().to_vec()).unwrap()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], "");
        let tree = |name: &str, text: &str| {
            let blob = git(&["hash-object", "-w", "--stdin"], text);
            git(&["mktree"], &format!("100644 blob {}\t{name}\n", blob.trim())).trim().to_owned()
        };
        let (old, new) = (tree("old", one), tree("new", other));
        let lines = git(&["diff-tree", "-r", "-M1%", "--raw", &old, &new], "");
        let (_, status) = lines.split_once(" R")?;
        status.get(..3)?.parse().ok()
    }

    #[test]
    fn similarity_is_that_of_git() {
        let line = |number: usize| format!("line {number} {}\n", "x".repeat(number % 90));
        let text = |numbers: std::ops::Range<usize>| numbers.map(line).collect::<String>();
        for (one, other) in [
            (text(0..90), text(0..90)),
            (text(0..90), text(40..130)),
            (text(0..90), text(44..134)),
            (text(0..90), text(50..140)),
            (text(0..90), text(80..170)),
            (text(0..30), text(0..90)),
            (text(0..90), text(0..90).replace('\n', "\r\n")),
            ("0123456789".repeat(40), "0123456789".repeat(70)),
        ] {
            let similarity = Chunks::of(one.as_bytes()).similarity(&Chunks::of(other.as_bytes()));
            let expected = by_git(&one, &other).unwrap_or(0);
            let are_unlike = similarity.max(expected) < MAY_BE_RENAMED;
            assert!(similarity == expected || are_unlike, "{similarity} %, {expected} %");
        }
    }
}
