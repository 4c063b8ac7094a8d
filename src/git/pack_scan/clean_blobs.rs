//! Clean blobs of packs that several repositories read, kept in files for the next repository of a run.
//!
//! A run over a fleet visits the blobs of a pool once, not once for each fork. All of its processes are one program with
//! one set of detectors, so a blob is clean for all of them or for none.

use std::io::Write as _;
use std::path::PathBuf;

use crate::git::pack::file::Pack;

/// Folder of these files. Only the user of the run may write there.
#[derive(Debug)]
pub(crate) struct CleanBlobs {
    folder: PathBuf,
}

/// Bits by the number of the object in the index of its pack.
pub(super) struct Bits(Vec<u8>);

impl CleanBlobs {
    /// Names the folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the clean blobs of a pack; `None` if they are not known.
    pub(super) fn of(&self, pack: &Pack) -> Option<Bits> {
        let bits = std::fs::read(self.file(pack)?).ok()?;
        (bits.len() == Bits::size(pack)).then_some(Bits(bits))
    }

    /// Keeps the clean blobs of a pack. Without a place for them, the next repository visits the pack itself.
    pub(super) fn keep(&self, pack: &Pack, bits: &Bits) {
        let Some(file) = self.file(pack) else { return };
        let Ok(mut new) = tempfile::NamedTempFile::new_in(&self.folder) else { return };
        if new.write_all(&bits.0).is_ok() {
            let _ = new.persist(file);
        }
    }

    /// Returns the file for a pack, named by what changes with the content of the pack and of its index: a pack may bear any
    /// checksum. `None` if that is not known, or has changed since the pack was opened.
    fn file(&self, pack: &Pack) -> Option<PathBuf> {
        let parts = pack.version()?.concat();
        let name: String = parts.iter().map(|part| format!("{part:x}-")).collect();
        Some(self.folder.join(name))
    }
}

impl Bits {
    /// Returns the bits of a pack by the clean blobs among its objects.
    pub(super) fn collect(is_clean: impl Iterator<Item = bool>) -> Self {
        let mut bits = Vec::new();
        for (number, clean) in is_clean.enumerate() {
            if number % 8 == 0 {
                bits.push(0);
            }
            if let Some(last) = bits.last_mut() {
                *last |= u8::from(clean) << (number % 8);
            }
        }
        Self(bits)
    }

    /// Returns the bit of an object.
    pub(super) fn get(&self, number: u32) -> bool {
        self.0.get(number as usize / 8).is_some_and(|byte| byte >> (number % 8) & 1 == 1)
    }

    fn size(pack: &Pack) -> usize {
        (pack.index.num_objects() as usize).div_ceil(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{Git, Packs};

    #[test]
    fn bits_are_read_as_they_were_collected() {
        for count in [0, 1, 7, 8, 9, 64, 65] {
            let is_clean = |number: u32| number % 3 == 1;
            let bits = Bits::collect((0..count).map(is_clean));
            assert_eq!(bits.0.len(), count.div_ceil(8) as usize);
            assert!((0..count).all(|number| bits.get(number) == is_clean(number)));
            assert!(!bits.get(count));
        }
    }

    #[test]
    fn clean_blobs_are_those_of_the_same_files_only() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: &str| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            git.output_with_input(input.into()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], "");
        let blobs: String = (1000..1200).map(|number| format!("blob\ndata 4\n{number}\n")).collect();
        git(&["fast-import", "--quiet"], &blobs);
        let kept = tempfile::tempdir().unwrap();
        let clean_blobs = CleanBlobs::new(kept.path().to_owned());
        let pack = || Packs::open(&[folder.path().join("objects")]).packs.pop().unwrap();
        assert!(clean_blobs.of(&pack()).is_none());
        clean_blobs.keep(&pack(), &Bits::collect((0..200).map(|number| number == 7)));
        let known = clean_blobs.of(&pack()).unwrap();
        assert!((0..200).all(|number| known.get(number) == (number == 7)));
        // Other files under the same names.
        for ending in ["pack", "idx"] {
            let before = pack();
            let path = before.path.with_extension(ending);
            let copy = path.with_extension("copy");
            std::fs::copy(&path, &copy).unwrap();
            std::fs::rename(&copy, &path).unwrap();
            assert!(clean_blobs.of(&pack()).is_none(), "{ending}");
            // What was seen in the files before says nothing of these.
            clean_blobs.keep(&before, &Bits::collect([true; 200].into_iter()));
            assert!(clean_blobs.of(&pack()).is_none(), "{ending}");
            clean_blobs.keep(&pack(), &Bits::collect([true; 200].into_iter()));
        }
        // A file that was cut off.
        for entry in kept.path().read_dir().unwrap() {
            std::fs::write(entry.unwrap().path(), "x").unwrap();
        }
        assert!(clean_blobs.of(&pack()).is_none());
    }
}
