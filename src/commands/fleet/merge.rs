//! Merging of streams.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::complete::{self, Streams, fault};
use super::lines::{RepositoryVerdict, VerdictName};
use super::parse;
use super::stream::{self, Part, Stream};
use crate::error::{Error, Result};
use crate::report::{Finding, JudgedRepository, Report, Unread, Verdict};
use crate::text::{escape, escape_path};

/// Stream of a file, with the blocks that are finished.
struct ReadStream {
    path: PathBuf,
    stream: Stream,
    blocks: Vec<Block>,
}

/// Finished block of a repository.
struct Block {
    name: Arc<str>,
    findings: Vec<Finding>,
    exempted: Vec<Finding>,
    unread: Vec<Unread>,
    end: RepositoryVerdict,
}

/// Merges the streams of files.
///
/// Whatever is missing for a verdict on all repositories is in the report as unread.
///
/// # Errors
/// Fails when a file is not a stream, and when the streams were made with different options.
pub(super) fn merged(paths: &[PathBuf]) -> Result<Report> {
    let mut streams = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let known: Streams<'_> = streams.iter().map(|read| (read.path.as_path(), &read.stream)).collect();
    complete::check_options(&known)?;
    let mut report = Report { unread: complete::faults(&known), ..Report::default() };
    let is_local = complete::list_count(&known) < 2;
    for stream in &mut streams {
        let machine = stream.stream.header.as_ref().map(|header| header.fleet.machine.clone());
        for block in stream.blocks.iter_mut().filter(|_| !is_local) {
            block.rename(&format!("{}:{}", machine.as_deref().unwrap_or_default(), block.name));
        }
    }
    add_blocks(&mut report, streams);
    Ok(report)
}

fn read(path: &Path) -> Result<ReadStream> {
    let file =
        File::open(path).map_err(|error| Error::io(format!("cannot read {}", escape_path(path)), error))?;
    let mut blocks = Vec::new();
    let mut open: Option<(String, Block)> = None;
    let stream = stream::read(path, &file, &mut |part| take(part, &mut open, &mut blocks).is_some())?;
    Ok(ReadStream { path: path.to_owned(), stream, blocks })
}

/// Adds a part of a block to the one that is open; `None` if it is not valid.
fn take(part: Part<'_>, open: &mut Option<(String, Block)>, blocks: &mut Vec<Block>) -> Option<()> {
    match part {
        Part::Begin(repository) => *open = Some((repository.clone(), Block::new(&repository))),
        Part::Finding(line) => {
            let (repository, block) = open.as_mut()?;
            block.findings.push(parse::finding(line, repository, &block.name)?);
        }
        Part::Exempted(line) => {
            let (repository, block) = open.as_mut()?;
            block.exempted.push(parse::finding(line, repository, &block.name)?);
        }
        Part::Unread(line) => {
            let (repository, block) = open.as_mut()?;
            block.unread.push(parse::unread(line, repository, &block.name)?);
        }
        Part::End(end) => {
            let (_, block) = open.take()?;
            blocks.push(Block { end, ..block });
        }
    }
    Some(())
}

impl Block {
    fn new(repository: &str) -> Self {
        let end = RepositoryVerdict {
            repository: repository.to_owned(),
            verdict: VerdictName::Undecided,
            checked: Default::default(),
            findings: 0,
            unread: 0,
            advice: Vec::new(),
            remarks: Vec::new(),
            why: None,
            hint: None,
        };
        Self { name: repository.into(), findings: Vec::new(), exempted: Vec::new(), unread: Vec::new(), end }
    }

    fn rename(&mut self, name: &str) {
        self.name = name.into();
        let findings = self.findings.iter_mut().chain(&mut self.exempted);
        findings.for_each(|finding| finding.repository = Some(Arc::clone(&self.name)));
        self.unread.iter_mut().for_each(|unread| unread.repository = Some(Arc::clone(&self.name)));
    }
}

/// Adds the blocks in the order of their names.
fn add_blocks(report: &mut Report, streams: Vec<ReadStream>) {
    let mut remarks: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let mut blocks: Vec<(PathBuf, Block)> = Vec::new();
    for ReadStream { path, blocks: more, .. } in streams {
        blocks.extend(more.into_iter().map(|block| (path.clone(), block)));
    }
    blocks.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    let mut last: Option<(PathBuf, Arc<str>)> = None;
    for (path, block) in blocks {
        if let Some((other, _)) = last.as_ref().filter(|(_, name)| *name == block.name) {
            let why = format!("it is in {} and in {}", escape_path(other), escape_path(&path));
            let hint = "leave one of them out".to_owned();
            report.unread.push(fault("repository", Some(block.name), why, hint));
            continue;
        }
        last = Some((path, Arc::clone(&block.name)));
        for remark in &block.end.remarks {
            remarks.entry(remark.clone()).or_default().push(Arc::clone(&block.name));
        }
        add_block(report, block);
    }
    for (remark, repositories) in remarks {
        report.remarks.push(match repositories.as_slice() {
            [one] => format!("{}: {remark}", escape(one.as_bytes())),
            many => format!("{remark} (in each of {} repositories)", many.len()),
        });
    }
    if !report.findings.is_empty() {
        report
            .advice
            .push("in a repository, `git gate scan --all` shows the commands that repair it".to_owned());
    }
}

fn add_block(report: &mut Report, Block { name, findings, exempted, unread, end }: Block) {
    let verdict = match end.verdict {
        VerdictName::Clean => Verdict::Clean,
        VerdictName::Denied => Verdict::Denied,
        VerdictName::Undecided => Verdict::Undecided,
    };
    let is_explained = !unread.is_empty();
    report.repositories.push(JudgedRepository { name: Arc::clone(&name), verdict, findings: end.findings });
    report.merge(Report { findings, exempted, unread, checked: end.checked.checked(), ..Report::default() });
    if verdict == Verdict::Undecided && (end.why.is_some() || !is_explained) {
        let why = end.why.unwrap_or_else(|| "its stream does not say why it is undecided".to_owned());
        report.unread.push(fault("repository", Some(name), why, end.hint.unwrap_or_default()));
    }
}
