//! The block of a repository: the lines that its process has written, each with the name of the repository.

use std::io::{self, BufRead, BufReader, Write};
use std::process::ExitStatus as ProcessStatus;

use serde::Deserialize;

use super::lines::{Begin, RepositoryVerdict, VERSION, VerdictName, line};
use super::places::Fault;
use super::tally::Tally;
use super::visit::Visited;
use crate::report::Level;

/// Line of a process, as far as it is read.
#[derive(Deserialize)]
struct OwnLine {
    kind: String,
    version: Option<u32>,
    level: Option<Level>,
}

/// Writes the block of a repository, and counts what is in it.
///
/// # Errors
/// Fails if the block cannot be written. Whatever is wrong with the process becomes the verdict of the block.
pub(super) fn write(
    out: &mut impl Write,
    tally: &mut Tally,
    repository: &str,
    visited: Result<Visited, Fault>,
) -> io::Result<()> {
    out.write_all(&line("repository", &Begin { repository: repository.to_owned() }))?;
    let mut copy = Copy { out, tally, field: field(repository), findings: 0, unread: 0, end: None };
    let end = match visited {
        Err(fault) => Err(fault),
        Ok(visited) => {
            let copied = copy.lines(BufReader::new(&visited.output))?;
            copied.and_then(|()| judged(copy.end.take(), (copy.findings, copy.unread), &visited))
        }
    };
    let (findings, unread) = (copy.findings, copy.unread);
    let end = match end {
        Ok(end) => RepositoryVerdict { repository: repository.to_owned(), ..end },
        Err(Fault { why, hint }) => undecided(repository, findings, unread, why, hint),
    };
    tally.repository(&end);
    out.write_all(&line("repository-verdict", &end))
}

/// Returns the field that is put into each line, behind the kind.
fn field(repository: &str) -> String {
    format!("\"repository\":{},", serde_json::Value::from(repository))
}

fn undecided(repository: &str, findings: u64, unread: u64, why: String, hint: String) -> RepositoryVerdict {
    RepositoryVerdict {
        repository: repository.to_owned(),
        verdict: VerdictName::Undecided,
        checked: Default::default(),
        findings,
        unread,
        advice: Vec::new(),
        remarks: Vec::new(),
        why: Some(why),
        hint: Some(hint).filter(|hint| !hint.is_empty()),
    }
}

/// Returns the verdict of a process if it agrees with all else that is known of it.
fn judged(
    end: Option<RepositoryVerdict>,
    written: (u64, u64),
    visited: &Visited,
) -> Result<RepositoryVerdict, Fault> {
    let end = end.ok_or_else(|| visited.fault())?;
    if code(end.verdict) != visited.status.code() {
        return Err(visited.fault());
    }
    match (end.findings, end.unread) == written {
        true => Ok(end),
        false => Err(incomplete(visited.status)),
    }
}

fn code(verdict: VerdictName) -> Option<i32> {
    Some(match verdict {
        VerdictName::Clean => 0,
        VerdictName::Denied => 1,
        VerdictName::Undecided => 2,
    })
}

fn incomplete(status: ProcessStatus) -> Fault {
    Fault {
        why: format!("the report of its scan is not complete ({status})"),
        hint: "make room for temporary files, and scan it again".to_owned(),
    }
}

/// Copies lines.
struct Copy<'c, W> {
    out: &'c mut W,
    tally: &'c mut Tally,
    field: String,
    findings: u64,
    unread: u64,
    end: Option<RepositoryVerdict>,
}

impl<W: Write> Copy<'_, W> {
    /// Copies all lines but the header and the verdict, and stops at one that is not valid.
    fn lines(&mut self, mut lines: impl BufRead) -> io::Result<Result<(), Fault>> {
        let invalid = |number: u64| {
            let why = format!("line {number} of the report of its scan is not valid");
            Err(Fault { why, hint: "scan it by itself: `git gate scan --all`".to_owned() })
        };
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            if lines.read_until(b'\n', &mut text)? == 0 {
                break;
            }
            if self.end.is_some() || !self.line(&text)? {
                return Ok(invalid(number));
            }
        }
        Ok(Ok(()))
    }

    /// Copies a line; returns false if it is not valid.
    fn line(&mut self, text: &[u8]) -> io::Result<bool> {
        let Ok(OwnLine { kind, version, level }) = serde_json::from_slice(text) else { return Ok(false) };
        match kind.as_str() {
            "header" => return Ok(version == Some(VERSION)),
            "verdict" => {
                self.end = serde_json::from_slice(text).ok();
                return Ok(self.end.is_some());
            }
            _ => {}
        }
        let start = format!("{{\"kind\":\"{kind}\",");
        let Some(rest) = text.strip_prefix(start.as_bytes()).filter(|rest| rest.ends_with(b"\n")) else {
            return Ok(false);
        };
        match (kind.as_str(), level) {
            ("finding", Some(level)) => {
                self.findings += 1;
                self.tally.finding(level);
            }
            ("finding", None) => return Ok(false),
            ("unread", _) => self.unread += 1,
            _ => {}
        }
        for part in [start.as_bytes(), self.field.as_bytes(), rest] {
            self.out.write_all(part)?;
        }
        Ok(true)
    }
}
