//! Reading of a stream, finished or not, in bounded memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lines::{Begin, FleetVerdict, Header, RepositoryVerdict, VERSION, VerdictCounts};
use super::places;
use crate::cli::Shard;
use crate::error::{Error, Result};
use crate::text::escape_path;

/// Part of a block.
pub(super) enum Part<'l> {
    /// A block begins: the repository, and the place of its next line in the file, in bytes.
    Begin(String, u64),
    /// Line of kind `finding`.
    Finding(&'l [u8]),
    /// Line of kind `exempted`.
    Exempted(&'l [u8]),
    /// Line of kind `unread`.
    Unread(&'l [u8]),
    /// The block is finished.
    End(RepositoryVerdict),
}

/// Stream that was read.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// First line; `None` if not even that is finished.
    pub(super) header: Option<Header>,
    /// Number of finished blocks.
    pub(super) judged: u64,
    /// Number of bytes up to the end of the last finished block, or of the header.
    pub(super) finished_bytes: u64,
    /// True if the last line is there.
    pub(super) is_finished: bool,
}

#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(borrow)]
    kind: &'l str,
}

/// Reads a stream, and passes on its blocks. The last one may be unfinished, and then has no [`Part::End`].
///
/// # Errors
/// Fails when the file cannot be read, and when a line of it is not one that `git gate fleet scan` writes there. A last
/// line without line feed is one that was not finished.
pub(super) fn read(path: &Path, file: &File, take: &mut dyn FnMut(Part<'_>) -> bool) -> Result<Stream> {
    let cannot = |error| Error::io(format!("cannot read {}", escape_path(path)), error);
    let mut reader =
        Reader { stream: Stream::default(), block: None, end: 0, counts: Default::default(), take };
    let (mut lines, mut text) = (BufReader::new(file), Vec::new());
    for number in 1_u64.. {
        text.clear();
        reader.end += lines.read_until(b'\n', &mut text).map_err(cannot)? as u64;
        let Some(line) = text.strip_suffix(b"\n") else { break };
        match reader.line(line) {
            Some(true) => reader.stream.finished_bytes = reader.end,
            Some(false) => {}
            None => {
                let what = if number == 1 { "a stream" } else { "a valid line of a stream" };
                let error = Error::usage(format!(
                    "{}:{number}: this is not {what} of `git gate fleet scan`",
                    escape_path(path)
                ));
                return Err(error.hinted("remove the file, and scan again"));
            }
        }
    }
    Ok(reader.stream)
}

struct Reader<'r> {
    stream: Stream,
    /// Block that was begun: the repository, and the numbers of its findings and of what was not read.
    block: Option<(String, u64, u64)>,
    /// Number of bytes up to the end of the line.
    end: u64,
    /// Numbers of the finished blocks, and of the findings and of what was not read in them.
    counts: (VerdictCounts, u64, u64),
    take: &'r mut dyn FnMut(Part<'_>) -> bool,
}

impl Reader<'_> {
    /// Reads a line; returns whether a block or the header ends with it, and `None` if it is not valid.
    fn line(&mut self, line: &[u8]) -> Option<bool> {
        let Kind { kind } = parsed(line)?;
        match (kind, &mut self.block) {
            ("header", None) if self.stream.header.is_none() => {
                let header: Header = parsed(line)?;
                (header.version == VERSION && header.tool == "git-gate").then_some(())?;
                (1..=header.fleet.shards).contains(&header.fleet.shard).then_some(())?;
                self.stream.header = Some(header);
                Some(true)
            }
            _ if self.stream.header.is_none() || self.stream.is_finished => None,
            ("repository", None) => {
                let Begin { repository } = parsed(line)?;
                let run = &self.stream.header.as_ref()?.fleet;
                places::is_in(Shard { number: run.shard, of: run.shards }, &repository).then_some(())?;
                self.block = Some((repository.clone(), 0, 0));
                (self.take)(Part::Begin(repository, self.end)).then_some(false)
            }
            ("finding", Some((_, findings, _))) => {
                *findings += 1;
                (self.take)(Part::Finding(line)).then_some(false)
            }
            ("exempted", Some(_)) => (self.take)(Part::Exempted(line)).then_some(false),
            ("unread", Some((.., unread))) => {
                *unread += 1;
                (self.take)(Part::Unread(line)).then_some(false)
            }
            ("repository-verdict", Some(_)) => {
                let end: RepositoryVerdict = parsed(line)?;
                let is_own = self.block.take()? == (end.repository.clone(), end.findings, end.unread);
                self.stream.judged += 1;
                self.counts.0.add(end.verdict);
                self.counts.1 += end.findings;
                self.counts.2 += end.unread;
                (is_own && (self.take)(Part::End(end))).then_some(true)
            }
            ("verdict", None) => {
                let last: FleetVerdict = parsed(line)?;
                let own = self.stream.header.as_ref()?.fleet.repositories;
                self.stream.is_finished = true;
                let is_own = (last.repositories, last.findings, last.unread) == self.counts
                    && last.verdict == last.repositories.verdict().into();
                (self.stream.judged == own && is_own).then_some(true)
            }
            ("header" | "verdict" | "repository" | "repository-verdict", _) | (_, None) => None,
            // Lines of further kinds may be added.
            (_, Some(_)) => Some(false),
        }
    }
}

fn parsed<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}

/// Returns the kind of a line, and the line without its line feed; `None` if it is not valid.
pub(super) fn kind_of(line: &[u8]) -> Option<(&str, &[u8])> {
    let line = line.strip_suffix(b"\n")?;
    parsed::<Kind<'_>>(line).map(|Kind { kind }| (kind, line))
}

/// Parses a line that was passed on, or is one of another kind.
pub(super) fn owned<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    parsed(line)
}
