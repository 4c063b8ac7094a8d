//! Objects read by `git cat-file`.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};

use super::content::{MAX_OBJECT, Object, too_large, unreadable};
use super::kind::ObjectKind;
use crate::error::{Error, Result};
use crate::git::process::children::Running;
use crate::git::{Git, Oid, OidMap};

/// A running `git cat-file --batch`.
///
/// Killed on drop: after an error it may be blocked on writing answers that are not read.
pub(in crate::git) struct CatFile {
    _running: Running,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Objects whose answers have not been read, in order.
    requested: VecDeque<Oid>,
    /// Sizes of the objects that were too large to be read.
    too_large: OidMap<u64>,
}

impl CatFile {
    pub(in crate::git) fn start() -> Result<Self> {
        let mut running = Git::new("cat-file").arg("--batch").spawn()?;
        let pipes = running.child.stdin.take().zip(running.child.stdout.take());
        let (stdin, stdout) = pipes.ok_or_else(|| Error::git("cannot read from `git cat-file`"))?;
        let (requested, too_large) = (VecDeque::new(), OidMap::default());
        Ok(Self { _running: running, stdin, stdout: BufReader::new(stdout), requested, too_large })
    }

    /// Starts git again, which ends at an object that is damaged, and asks for what it has not answered.
    fn restart(&mut self) -> Result<()> {
        let requested = Vec::from(std::mem::take(&mut self.requested));
        let too_large = std::mem::take(&mut self.too_large);
        *self = Self { too_large, ..Self::start()? };
        self.request(&requested)
    }

    pub(super) fn read_with<T>(
        &mut self,
        oid: Oid,
        visit: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        self.request(&[oid])?;
        self.answer(oid, visit)
    }

    /// Requests objects. The answers must be read next, in the same order.
    ///
    /// The requests must fit into a pipe: git may stop reading until its answers are read.
    pub(super) fn request(&mut self, oids: &[Oid]) -> Result<()> {
        let text: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        self.requested.extend(oids);
        self.stdin
            .write_all(text.as_bytes())
            .map_err(|error| Error::git("cannot write to `git cat-file`").caused_by(error))
    }

    pub(super) fn answer<T>(
        &mut self,
        oid: Oid,
        visit: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        let answer = self.read_answer(oid);
        self.requested.pop_front();
        let object = match answer {
            Ok(object) => object,
            Err(error) => {
                if let Some(size) = self.size(oid) {
                    return Err(too_large(oid, size));
                }
                self.restart()?;
                return Err(unreadable(oid).caused_by(error));
            }
        };
        object.map(|object| visit(object.kind, &object.data)).transpose()
    }

    /// Returns the size of an object that was too large to be read; `None` for any other.
    pub(super) fn size(&self, oid: Oid) -> Option<u64> {
        self.too_large.get(&oid).copied()
    }

    fn read_answer(&mut self, oid: Oid) -> io::Result<Option<Object>> {
        let Some((kind, size)) = self.read_header(oid)? else { return Ok(None) };
        if size as u64 > MAX_OBJECT {
            self.too_large.insert(oid, size as u64);
            io::copy(&mut (&mut self.stdout).take(size as u64 + 1), &mut io::sink())?;
            return Err(io::Error::other("too large"));
        }
        let mut data = vec![0; size];
        self.stdout.read_exact(&mut data)?;
        self.stdout.read_exact(&mut [0])?;
        Ok(Some(Object { kind, data }))
    }

    fn read_header(&mut self, oid: Oid) -> io::Result<Option<(ObjectKind, usize)>> {
        let mut header = Vec::new();
        self.stdout.read_until(b'\n', &mut header)?;
        let mut words = header.trim_ascii_end().split(|byte| *byte == b' ');
        let is_answer = words.next().and_then(Oid::from_hex) == Some(oid);
        let (kind, size) = (words.next(), words.next());
        if is_answer && kind == Some(b"missing") {
            return Ok(None);
        }
        let size = size.and_then(|size| std::str::from_utf8(size).ok()?.parse().ok());
        let (true, Some(kind), Some(size)) = (is_answer, kind.and_then(ObjectKind::from_word), size) else {
            return Err(io::Error::other("unexpected output of `git cat-file`"));
        };
        Ok(Some((kind, size)))
    }
}
