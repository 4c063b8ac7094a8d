//! The stream that a run writes: to standard output, to a new file, or to one that an earlier run has begun.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Seek as _, SeekFrom, Write};
use std::path::Path;

use serde::Deserialize;

use super::lines::{Header, line};
use super::stream::{self, Part};
use super::tally::Tally;
use crate::cli::FleetScanArgs;
use crate::error::{Error, Result};
use crate::output::StandardOutput;
use crate::platform;
use crate::report::Level;
use crate::text::{escape_path, quoted_path};

/// Stream that is written, with the numbers of what is in it.
pub(super) struct Sink {
    pub(super) out: BufWriter<Box<dyn Write + Send>>,
    pub(super) tally: Tally,
    /// Repositories whose blocks an earlier run has finished.
    pub(super) judged: HashSet<String>,
    /// True if an earlier run has finished the stream.
    pub(super) is_finished: bool,
}

impl Sink {
    /// Opens the stream of a run, and writes its header unless it is there.
    ///
    /// Cuts off the block that an earlier run had not finished.
    ///
    /// # Errors
    /// Fails when the file cannot be opened, belongs to a running scan, or is the stream of another one.
    pub(super) fn open(args: &FleetScanArgs, header: &Header) -> Result<Self> {
        match (&args.resume, &args.output) {
            (Some(path), _) => Self::resumed(path, header),
            (None, Some(path)) => Self::new(Box::new(created(path)?), header),
            (None, None) => Self::new(Box::new(StandardOutput::default()), header),
        }
    }

    fn new(out: Box<dyn Write + Send>, header: &Header) -> Result<Self> {
        let (tally, judged) = (Tally::default(), HashSet::new());
        let mut sink = Self { out: BufWriter::new(out), tally, judged, is_finished: false };
        let written = sink.out.write_all(&line("header", header)).and_then(|()| sink.out.flush());
        written.map_err(unwritable)?;
        Ok(sink)
    }

    fn resumed(path: &Path, header: &Header) -> Result<Self> {
        let cannot = |error| Error::io(format!("cannot write {}", escape_path(path)), error);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(cannot)?;
        if !file.metadata().map_err(cannot)?.is_file() {
            let error = Error::usage(format!("{} is not a regular file", escape_path(path)));
            return Err(error.hinted("continue a stream that is in a file, or name a new one"));
        }
        claim(&file, path)?;
        let (mut tally, mut judged) = (Tally::default(), HashSet::new());
        let mut block = Block::default();
        let stream = stream::read(path, &file, &mut |part| block.take(part, &mut tally, &mut judged))?;
        if let Some(earlier) = &stream.header {
            // The machine may be another one: the repositories are the same.
            let mut own = header.clone();
            own.fleet.machine.clone_from(&earlier.fleet.machine);
            if own != *earlier {
                let error = Error::usage(format!("{} is the stream of another scan", escape_path(path)));
                return Err(error
                    .hinted(differences(earlier, &own))
                    .hinted("scan with the same options, or into another file"));
            }
        }
        if stream.header.is_none() && file.metadata().map_err(cannot)?.len() > 0 {
            let error =
                Error::usage(format!("{} is not a stream of `git gate fleet scan`", escape_path(path)));
            return Err(error.hinted("remove the file, or name another one"));
        }
        file.set_len(stream.finished_bytes).map_err(cannot)?;
        file.seek(SeekFrom::End(0)).map_err(cannot)?;
        if stream.header.is_none() {
            return Self::new(Box::new(file), header);
        }
        Ok(Self { out: BufWriter::new(Box::new(file)), tally, judged, is_finished: stream.is_finished })
    }

    /// Writes the last line.
    pub(super) fn finish(&mut self) -> Result<()> {
        let last = line("verdict", &self.tally.last_line());
        self.out.write_all(&last).and_then(|()| self.out.flush()).map_err(unwritable)
    }
}

/// Describes why a stream cannot be written.
pub(super) fn unwritable(error: io::Error) -> Error {
    Error::io("cannot write the stream", error)
        .hinted("with `--resume FILE`, a later scan continues after what is in the file")
}

fn created(path: &Path) -> Result<File> {
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let file = created.map_err(|error| {
        let is_there = error.kind() == ErrorKind::AlreadyExists;
        let error = Error::io(format!("cannot write {}", escape_path(path)), error);
        match is_there {
            true => error.hinted(format!("continue it with `--resume {}`, or remove it", quoted_path(path))),
            false => error,
        }
    })?;
    claim(&file, path)?;
    Ok(file)
}

/// Locks a file until this process ends. A file system without locks is no error.
fn claim(file: &File, path: &Path) -> Result<()> {
    match platform::try_lock(file) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(Error::usage(format!("another scan writes to {}", escape_path(path))))
        }
        _ => Ok(()),
    }
}

/// Says in what two headers differ.
fn differences(earlier: &Header, own: &Header) -> String {
    let (was, is) = (&earlier.fleet, &own.fleet);
    let options = |header: &Header| {
        let options = header.fleet.options.join(" ");
        if options.is_empty() { "none".to_owned() } else { options }
    };
    let parts = [
        (earlier.tool_version != own.tool_version)
            .then(|| format!("git-gate was {}, and is {}", earlier.tool_version, own.tool_version)),
        ((was.shard, was.shards) != (is.shard, is.shards)).then(|| {
            format!("the shard was {}/{}, and is {}/{}", was.shard, was.shards, is.shard, is.shards)
        }),
        (was.list != is.list).then(|| {
            format!("the repositories are others: there were {}, and there are {}", was.total, is.total)
        }),
        (was.options != is.options)
            .then(|| format!("the options were {}, and are {}", options(earlier), options(own))),
        (was.policy != is.policy).then(|| "the policy is another one".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Block of an earlier run. Its findings count when it ends.
#[derive(Default)]
struct Block {
    levels: Vec<Level>,
}

impl Block {
    fn take(&mut self, part: Part<'_>, tally: &mut Tally, judged: &mut HashSet<String>) -> bool {
        #[derive(Deserialize)]
        struct Leveled {
            level: Level,
        }
        match part {
            Part::Begin(..) => self.levels.clear(),
            Part::Finding(line) => match stream::owned::<Leveled>(line) {
                Some(Leveled { level }) => self.levels.push(level),
                None => return false,
            },
            Part::Exempted(_) | Part::Unread(_) => {}
            Part::End(end) => {
                if !end.follows(self.levels.contains(&Level::Deny)) {
                    return false;
                }
                self.levels.drain(..).for_each(|level| tally.finding(level));
                tally.repository(&end);
                return judged.insert(end.repository);
            }
        }
        true
    }
}
