//! Merging of streams. The findings stay in the files until they are written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blocks::{Block, Blocks};
use super::complete::{self, Streams, fault};
use super::lines::{RepositoryVerdict, VerdictName};
use super::parse;
use super::stream::{self, Part, Stream};
use crate::error::{Error, Result};
use crate::report::{JudgedRepository, Level, Report, Unread, Verdict};
use crate::text::{escape, escape_path};

/// Merged streams.
pub(super) struct Merged {
    /// Report without its findings.
    pub(super) report: Report,
    /// Findings.
    pub(super) blocks: Blocks,
    /// Number of findings that refuse.
    pub(super) denied: usize,
}

/// Stream of a file, with the blocks that are finished.
struct ReadStream {
    path: PathBuf,
    stream: Stream,
    blocks: Vec<FinishedBlock>,
}

/// Finished block of a repository.
struct FinishedBlock {
    block: Block,
    /// Number of findings that refuse.
    denied: usize,
    unread: Vec<Unread>,
    end: RepositoryVerdict,
}

impl Merged {
    /// Merges the streams of files.
    ///
    /// The report has all that is missing for a verdict on every repository as unread.
    ///
    /// # Errors
    /// Fails when a file is not a stream, and when the streams were made with different options.
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut files = Vec::new();
        let mut streams = Vec::new();
        for path in paths {
            let cannot = |error| Error::io(format!("cannot read {}", escape_path(path)), error);
            let file = File::open(path).and_then(seekable).map_err(cannot)?;
            streams.push(read(path, &file, files.len())?);
            files.push((path.clone(), file));
        }
        let known: Streams<'_> = streams.iter().map(|read| (read.path.as_path(), &read.stream)).collect();
        complete::check_options(&known)?;
        let mut report = Report { unread: complete::faults(&known), ..Report::default() };
        if report.unread.is_empty() {
            let ids = streams.iter().map(|read| {
                let ids = read.blocks.iter().map(|finished| finished.block.repository.as_str());
                (&read.stream, ids.collect())
            });
            report.unread = complete::foreign(ids);
        }
        let is_local = complete::list_count(&known) < 2;
        for stream in &mut streams {
            let machine = stream.stream.header.as_ref().map(|header| header.fleet.machine.clone());
            for finished in stream.blocks.iter_mut().filter(|_| !is_local) {
                let machine = machine.as_deref().unwrap_or_default();
                finished.rename(&format!("{machine}:{}", finished.block.name));
            }
        }
        let mut merged = Self { report, blocks: Blocks::in_files(files), denied: 0 };
        merged.add_blocks(streams);
        Ok(merged)
    }

    /// Returns the verdict on all repositories.
    pub(super) fn verdict(&self) -> Verdict {
        match self.report.verdict() {
            Verdict::Clean if self.denied > 0 => Verdict::Denied,
            verdict => verdict,
        }
    }

    /// Returns the report with its findings.
    ///
    /// # Errors
    /// Fails when a file has changed since it was read.
    pub(super) fn whole(self) -> Result<Report> {
        let (findings, exempted) = self.blocks.read()?;
        Ok(Report { findings, exempted, ..self.report })
    }

    /// Adds the blocks in the order of their names.
    fn add_blocks(&mut self, streams: Vec<ReadStream>) {
        let mut remarks: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
        let mut blocks: Vec<(PathBuf, FinishedBlock)> = Vec::new();
        for ReadStream { path, blocks: more, .. } in streams {
            blocks.extend(more.into_iter().map(|block| (path.clone(), block)));
        }
        blocks.sort_by(|(_, one), (_, other)| one.block.name.cmp(&other.block.name));
        let mut last: Option<(PathBuf, Arc<str>)> = None;
        for (path, finished) in blocks {
            let name = Arc::clone(&finished.block.name);
            if let Some((other, _)) = last.as_ref().filter(|(_, last)| *last == name) {
                let why = format!("it is in {} and in {}", escape_path(other), escape_path(&path));
                let hint = "leave one of them out".to_owned();
                self.report.unread.push(fault("repository", Some(name), why, hint));
                continue;
            }
            for remark in &finished.end.remarks {
                remarks.entry(remark.clone()).or_default().push(Arc::clone(&name));
            }
            last = Some((path, name));
            self.add_block(finished);
        }
        for (remark, repositories) in remarks {
            self.report.remarks.push(match repositories.as_slice() {
                [one] => format!("{}: {remark}", escape(one.as_bytes())),
                many => format!("{remark} (in each of {} repositories)", many.len()),
            });
        }
        if self.blocks.has_findings() {
            let advice = "in a repository, `git gate scan --all` shows the commands that repair it";
            self.report.advice.push(advice.to_owned());
        }
    }

    fn add_block(&mut self, FinishedBlock { block, denied, unread, end }: FinishedBlock) {
        let verdict = match end.verdict {
            VerdictName::Clean => Verdict::Clean,
            VerdictName::Denied => Verdict::Denied,
            VerdictName::Undecided => Verdict::Undecided,
        };
        let (is_explained, name) = (!unread.is_empty(), Arc::clone(&block.name));
        self.denied += denied;
        self.blocks.add(block);
        let judged = JudgedRepository { name: Arc::clone(&name), verdict, findings: end.findings };
        self.report.repositories.push(judged);
        self.report.merge(Report { unread, checked: end.checked.checked(), ..Report::default() });
        if verdict == Verdict::Undecided && (end.why.is_some() || !is_explained) {
            let why = end.why.unwrap_or_else(|| "its stream does not say why it is undecided".to_owned());
            self.report.unread.push(fault("repository", Some(name), why, end.hint.unwrap_or_default()));
        }
    }
}

/// Returns a file that can be read twice: what a pipe brings goes to a temporary one.
fn seekable(mut file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut file, &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

/// Block that is read at the moment: all but its end.
type OpenBlock = (Block, usize, Vec<Unread>);

fn read(path: &Path, file: &File, number: usize) -> Result<ReadStream> {
    let mut blocks = Vec::new();
    let mut open: Option<OpenBlock> = None;
    let stream = stream::read(path, file, &mut |part| take(part, number, &mut open, &mut blocks).is_some())?;
    Ok(ReadStream { path: path.to_owned(), stream, blocks })
}

/// Adds a part of a block to the one that is open; `None` if it is not valid.
fn take(
    part: Part<'_>,
    file: usize,
    open: &mut Option<OpenBlock>,
    blocks: &mut Vec<FinishedBlock>,
) -> Option<()> {
    match part {
        Part::Begin(repository, at) => *open = Some((Block::new(repository, file, at), 0, Vec::new())),
        Part::Finding(line) => {
            let (block, denied, _) = open.as_mut()?;
            let finding = parse::finding(line, &block.repository, &block.name)?;
            *denied += usize::from(finding.level == Level::Deny);
            block.findings += 1;
        }
        Part::Exempted(line) => {
            let (block, ..) = open.as_mut()?;
            parse::finding(line, &block.repository, &block.name)?;
            block.exempted += 1;
        }
        Part::Unread(line) => {
            let (block, _, unread) = open.as_mut()?;
            unread.push(parse::unread(line, &block.repository, &block.name)?);
        }
        Part::End(end) => {
            let (block, denied, unread) = open.take()?;
            end.follows(denied > 0).then_some(())?;
            blocks.push(FinishedBlock { block, denied, unread, end });
        }
    }
    Some(())
}

impl FinishedBlock {
    fn rename(&mut self, name: &str) {
        self.block.name = name.into();
        let name = &self.block.name;
        self.unread.iter_mut().for_each(|unread| unread.repository = Some(Arc::clone(name)));
    }
}
