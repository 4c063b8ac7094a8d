//! Merging of streams, and the proof that together they are complete.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::BString;

use super::lines::{FleetRun, Header, RepositoryVerdict, VerdictName};
use super::parse;
use super::stream::{self, Part, Stream};
use crate::error::{Error, Result};
use crate::report::{Finding, JudgedRepository, Obstacle, Report, Unread, Verdict};
use crate::text::{escape, escape_path, quoted_path};

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
    check_options(&streams)?;
    let mut report = Report::default();
    let lists = lists(&streams);
    for shards in lists.values() {
        add_incomplete(&mut report, shards);
    }
    let is_local = lists.len() < 2;
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
        Self { name: repository.into(), findings: Vec::new(), unread: Vec::new(), end }
    }

    fn rename(&mut self, name: &str) {
        self.name = name.into();
        self.findings.iter_mut().for_each(|finding| finding.repository = Some(Arc::clone(&self.name)));
        self.unread.iter_mut().for_each(|unread| unread.repository = Some(Arc::clone(&self.name)));
    }
}

/// Fails unless all streams were made by one version, with the same options and policy.
fn check_options(streams: &[ReadStream]) -> Result<()> {
    let mut known = streams.iter().filter_map(|read| Some((&read.path, read.stream.header.as_ref()?)));
    let Some((first, one)) = known.next() else { return Ok(()) };
    let options = |header: &Header| {
        let fleet = header.fleet.clone();
        (header.tool_version.clone(), fleet.options, fleet.policy)
    };
    match known.find(|(_, other)| options(other) != options(one)) {
        None => Ok(()),
        Some((path, _)) => Err(Error::usage(format!(
            "{} and {} were made with different options, policies or versions of git-gate",
            escape_path(first),
            escape_path(path)
        ))
        .hinted("scan again with the same ones everywhere; their first lines name them")),
    }
}

/// Shards of one list of repositories.
type Shards<'s> = Vec<(&'s ReadStream, &'s FleetRun)>;

/// Groups streams by the list of repositories that they are part of.
fn lists(streams: &[ReadStream]) -> BTreeMap<(&str, u64), Shards<'_>> {
    let mut lists: BTreeMap<(&str, u64), Shards<'_>> = BTreeMap::new();
    for read in streams {
        // A stream without a header is reported by its path.
        let Some(Header { fleet, .. }) = &read.stream.header else { continue };
        lists.entry((fleet.list.as_str(), fleet.shards)).or_default().push((read, fleet));
    }
    lists
}

/// Notes which shards of a list are missing or not finished.
fn add_incomplete(report: &mut Report, shards: &Shards<'_>) {
    let Some((_, FleetRun { shards: of, total, .. })) = shards.first() else { return };
    let mut found: HashMap<u64, &Path> = HashMap::new();
    for (read, run) in shards {
        let path = escape_path(&read.path);
        if let Some(other) = found.insert(run.shard, &read.path) {
            let why = format!("shard {}/{of} is in two files: {} and {path}", run.shard, escape_path(other));
            add_fault(report, why, "leave one of them out".to_owned());
        }
        if !read.stream.is_finished {
            let why =
                format!("{path} is not finished: it has {} of {}", read.stream.judged, run.repositories);
            let resume = quoted_path(&read.path);
            add_fault(
                report,
                why,
                format!("run its scan again with `--resume {resume}` in place of `--output`"),
            );
        }
    }
    // A list may be divided into any number of shards; the first ones that are missing will do.
    let missing = (1..=*of).filter(|number| !found.contains_key(number));
    for number in missing.take(MAX_MISSING) {
        let why = format!(
            "shard {number}/{of} is missing: {} of {total} repositories are in the others",
            held(shards)
        );
        add_fault(report, why, format!("scan it with `--shard {number}/{of}`, and add its stream"));
    }
}

/// Maximum number of missing shards that are named.
const MAX_MISSING: usize = 100;

/// Returns the number of repositories in the shards that are there.
fn held(shards: &Shards<'_>) -> u64 {
    let by_number: BTreeMap<u64, u64> = shards.iter().map(|(_, run)| (run.shard, run.repositories)).collect();
    by_number.values().sum()
}

fn add_fault(report: &mut Report, why: String, hint: String) {
    report.unread.push(fault("stream", None, why, hint));
}

fn fault(kind: &'static str, repository: Option<Arc<str>>, why: String, hint: String) -> Unread {
    let (oid, path, commit, obstacle) = (None, BString::default(), None, Obstacle::Unreadable);
    Unread { oid, kind, path, commit, obstacle, why, hint, repository }
}

/// Adds the blocks in the order of their names.
fn add_blocks(report: &mut Report, streams: Vec<ReadStream>) {
    for read in streams.iter().filter(|read| read.stream.header.is_none()) {
        let why = format!("{} is not finished: it has no header", escape_path(&read.path));
        add_fault(report, why, "run its scan again".to_owned());
    }
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

fn add_block(report: &mut Report, Block { name, findings, unread, end }: Block) {
    let verdict = match end.verdict {
        VerdictName::Clean => Verdict::Clean,
        VerdictName::Denied => Verdict::Denied,
        VerdictName::Undecided => Verdict::Undecided,
    };
    let is_explained = !unread.is_empty();
    report.repositories.push(JudgedRepository { name: Arc::clone(&name), verdict, findings: end.findings });
    report.merge(Report { findings, unread, checked: end.checked.checked(), ..Report::default() });
    if verdict == Verdict::Undecided && (end.why.is_some() || !is_explained) {
        let why = end.why.unwrap_or_else(|| "its stream does not say why it is undecided".to_owned());
        report.unread.push(fault("repository", Some(name), why, end.hint.unwrap_or_default()));
    }
}
