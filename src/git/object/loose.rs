//! Loose objects: objects in files of their own (gitformat-loose(5)), with SHA-1 oids.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;

use super::content::{MAX_OBJECT, Object, too_large, unreadable};
use super::kind::ObjectKind;
use super::oid::OidMap;
use super::stores::{own_store, with_alternates};
use crate::env;
use crate::error::Result;
use crate::git::Oid;

/// Maximum length of a header, in bytes: kind, size and a NUL.
const MAX_HEADER: u64 = 32;

/// Maximum number of bytes that are reserved before an object is read: its size may be untrue.
const MAX_RESERVED: u64 = 1 << 20;

/// The loose objects of the object stores of a repository.
pub(super) struct LooseObjects {
    common_dir: PathBuf,
    stores: OnceCell<Vec<PathBuf>>,
    /// Files by the first byte of the oid, as far as they have been listed.
    listed: RefCell<HashMap<u8, OidMap<PathBuf>>>,
}

impl LooseObjects {
    /// Creates the list for a repository with a common git directory.
    pub(super) fn new(common_dir: PathBuf) -> Self {
        Self { common_dir, stores: OnceCell::new(), listed: RefCell::default() }
    }

    /// Reads an object; `None` if there is no such file.
    ///
    /// # Errors
    /// Fails when the file cannot be read, is damaged or cut off, or holds too large an object.
    pub(super) fn read(&self, oid: Oid) -> Result<Option<Object>> {
        let Some(path) = self.find(oid)? else { return Ok(None) };
        let file = LooseFile::open(&path).map_err(|error| unreadable(oid).caused_by(error))?;
        let Some(mut file) = file else { return Ok(None) };
        if file.size > MAX_OBJECT {
            return Err(too_large(oid, file.size));
        }
        let data = file.read().map_err(|error| unreadable(oid).caused_by(error))?;
        Ok(Some(Object { kind: file.kind, data }))
    }

    /// Returns the size of an object; `None` if there is no such file.
    ///
    /// # Errors
    /// Fails when the start of the file cannot be read.
    pub(super) fn size(&self, oid: Oid) -> Result<Option<u64>> {
        let Some(path) = self.find(oid)? else { return Ok(None) };
        let file = LooseFile::open(&path).map_err(|error| unreadable(oid).caused_by(error))?;
        Ok(file.map(|file| file.size))
    }

    fn find(&self, oid: Oid) -> Result<Option<PathBuf>> {
        let first = oid.as_bytes().first().copied().unwrap_or_default();
        if let Some(files) = self.listed.borrow().get(&first) {
            return Ok(files.get(&oid).cloned());
        }
        let files = self.list(first)?;
        let found = files.get(&oid).cloned();
        self.listed.borrow_mut().insert(first, files);
        Ok(found)
    }

    /// Returns the files of the oids that begin with a byte.
    fn list(&self, first: u8) -> Result<OidMap<PathBuf>> {
        let name = format!("{first:02x}");
        let mut files = OidMap::default();
        for store in self.stores()? {
            for entry in std::fs::read_dir(store.join(&name)).into_iter().flatten().flatten() {
                let rest = entry.file_name();
                let hex = [name.as_bytes(), rest.as_encoded_bytes()].concat();
                if let Some(oid) = Oid::from_hex(&hex) {
                    files.entry(oid).or_insert_with(|| entry.path());
                }
            }
        }
        Ok(files)
    }

    fn stores(&self) -> Result<&[PathBuf]> {
        if let Some(stores) = self.stores.get() {
            return Ok(stores);
        }
        let mut stores = with_alternates(own_store(&self.common_dir))?;
        if let Some(others) = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            // There is no quoted path: git itself reads the objects then.
            for other in std::env::split_paths(&others).filter(|path| !path.as_os_str().is_empty()) {
                stores.extend(with_alternates(other)?);
            }
        }
        Ok(self.stores.get_or_init(|| stores))
    }
}

/// A loose object whose header has been read.
struct LooseFile {
    kind: ObjectKind,
    /// Size of the content in bytes, as the header states it.
    size: u64,
    content: BufReader<ZlibDecoder<BufReader<File>>>,
}

impl LooseFile {
    /// Opens a file; `None` if it is gone: git may have packed the object since the file was listed.
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match crate::file::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("the loose object is not a file"));
        }
        let mut content = BufReader::new(ZlibDecoder::new(BufReader::new(file)));
        let mut header = Vec::new();
        content.by_ref().take(MAX_HEADER).read_until(0, &mut header)?;
        let header = header.strip_suffix(b"\0").unwrap_or_default();
        let mut words = header.splitn(2, |byte| *byte == b' ');
        let kind = words.next().and_then(ObjectKind::from_word);
        let size = words.next().and_then(|size| std::str::from_utf8(size).ok()?.parse().ok());
        let (Some(kind), Some(size)) = (kind, size) else {
            return Err(io::Error::other("the loose object has no valid header"));
        };
        Ok(Some(Self { kind, size, content }))
    }

    /// Returns the content, which must have exactly the size of the header.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut data = Vec::with_capacity(usize::try_from(self.size.min(MAX_RESERVED)).unwrap_or_default());
        self.content.by_ref().take(self.size + 1).read_to_end(&mut data)?;
        if data.len() as u64 == self.size {
            Ok(data)
        } else {
            Err(io::Error::other("the loose object does not have the size of its header"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::git::Git;

    fn compress(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(file: &[u8]) -> Result<Option<Object>> {
        let folder = tempfile::tempdir().unwrap();
        let oid = Oid::from_hex(&[b'1'; 40]).unwrap();
        let directory = folder.path().join("objects/11");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("1".repeat(38)), file).unwrap();
        let loose = LooseObjects::new(folder.path().into());
        assert_eq!(loose.read(Oid::from_hex(&[b'2'; 40]).unwrap()).unwrap(), None);
        loose.read(oid)
    }

    #[test]
    fn damaged_files_are_errors() {
        let file = compress(&[b"blob 3000\0".as_slice(), &b"0123456789".repeat(300)].concat());
        assert_eq!(read(&file).unwrap().unwrap().data.len(), 3000);
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "cut at {length}");
        }
        for text in
            ["blob 2\0abc", "blob 4\0abc", "blob -1\0abc", "blob 3abc", "bloB 3\0abc", "blob  3\0abc", ""]
        {
            assert!(read(&compress(text.as_bytes())).is_err(), "{text}");
        }
        assert!(read(&compress(b"blob 99999999999\0abc")).is_err());
        assert_eq!(read(&compress(b"tag 3\0abc")).unwrap().unwrap().kind, ObjectKind::Tag);
    }

    #[test]
    fn files_that_are_gone_or_no_files_do_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("objects/11");
        std::fs::create_dir_all(&directory).unwrap();
        let (oid, path) = (Oid::from_hex(&[b'1'; 40]).unwrap(), directory.join("1".repeat(38)));
        std::fs::write(&path, compress(b"tag 3\0abc")).unwrap();
        let loose = LooseObjects::new(folder.path().into());
        assert_eq!(loose.size(oid).unwrap(), Some(3));
        // git has packed it.
        std::fs::remove_file(&path).unwrap();
        assert!(loose.read(oid).unwrap().is_none() && loose.size(oid).unwrap().is_none());
        crate::platform::for_tests::create_pipe(&path);
        assert!(loose.read(oid).is_err());
    }

    #[test]
    fn objects_equal_those_of_git() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: &str| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            git.output_with_input(input.as_bytes().to_vec()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], "");
        let loose = LooseObjects::new(folder.path().into());
        for text in ["", "a", &"many lines\n".repeat(10_000)] {
            let oid = Oid::from_hex(git(&["hash-object", "-w", "--stdin"], text).trim_ascii()).unwrap();
            loose.listed.borrow_mut().clear();
            let object = loose.read(oid).unwrap().unwrap();
            assert_eq!((object.kind, object.data.as_slice()), (ObjectKind::Blob, text.as_bytes()));
            assert_eq!(loose.size(oid).unwrap(), Some(text.len() as u64));
        }
    }
}
