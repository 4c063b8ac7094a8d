//! A scan whose findings are written as JSON lines while it runs.

use std::io::{BufWriter, Write as _};

use crate::commands::status;
use crate::error::{Error, ExitStatus, Result};
use crate::judge::{self, Context, FindingSink, HeadFacts, InHead, KnownCommits};
use crate::output::{self, StandardOutput};
use crate::report::{Filter, Finding, Group, Occurrences, Report, Written};

/// Judges, and writes each finding as soon as all is known about it; the report has what was noted before.
///
/// A line has the same content as in the document: a finding waits for the end of the scan if its credential may stand
/// elsewhere, too, or if another finding may decide whether HEAD still has the problem.
pub(super) fn run(
    context: Context<'_>,
    filter: &Filter,
    mut report: Report,
    has_history: bool,
    judge: impl FnOnce(&mut dyn FindingSink) -> Result<Report>,
) -> Result<ExitStatus> {
    let head = HeadFacts::read(context, &mut report)?;
    let out = BufWriter::with_capacity(BUFFER, StandardOutput::default());
    let mut lines = Lines {
        context,
        filter,
        head,
        out,
        commits: KnownCommits::default(),
        occurrences: Occurrences::default(),
        waiting: Vec::new(),
        written: Written::default(),
        has_history,
        is_begun: false,
    };
    report.merge(judge(&mut lines)?);
    report.findings.drain(..).try_for_each(|finding| lines.take(finding))?;
    lines.finish(report)
}

/// Number of bytes that are written at a time, while there is no pause.
const BUFFER: usize = 1 << 16;

/// Writer of findings.
struct Lines<'a> {
    context: Context<'a>,
    filter: &'a Filter,
    /// `None` if HEAD has no commit, or cannot be read.
    head: Option<HeadFacts<'a>>,
    commits: KnownCommits,
    occurrences: Occurrences,
    /// Findings about which not all is known yet, in their order.
    waiting: Vec<(Finding, InHead)>,
    written: Written,
    /// True if the history is scanned, and not one tree.
    has_history: bool,
    /// True once the first line is written.
    is_begun: bool,
    out: BufWriter<StandardOutput>,
}

impl FindingSink for Lines<'_> {
    fn take(&mut self, mut finding: Finding) -> Result<()> {
        let Context { repo, policy } = self.context;
        if policy.is_old(&finding)? {
            self.written.baselined += 1;
            return Ok(());
        }
        self.commits.add(repo, &mut finding);
        let mut in_head = InHead::Unknown;
        if let Some(head) = &mut self.head {
            head.ask(&finding);
            in_head = head.has(&finding)?;
        }
        self.occurrences.number(&mut finding);
        if finding.credential.is_some() || in_head == InHead::Open {
            self.waiting.push((finding, in_head));
            return Ok(());
        }
        finding.in_head = in_head.known();
        self.written.would_be_denied += usize::from(finding.would_be_denied());
        if finding.rule.group != Group::Signoff {
            repo.work().release_reported(finding.size());
        }
        self.write(&finding)
    }

    fn pause(&mut self) -> Result<()> {
        self.commits.forget_many();
        self.begin()?;
        self.out.flush().map_err(unwritable)
    }
}

impl Lines<'_> {
    /// Writes the first line, unless it is written.
    fn begin(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.is_begun, true) {
            true => Ok(()),
            false => self.out.write_all(output::first_line().as_bytes()).map_err(unwritable),
        }
    }

    fn write(&mut self, finding: &Finding) -> Result<()> {
        if !self.filter.selects(finding) {
            self.written.hidden += 1;
            return Ok(());
        }
        self.written.add(finding.level, finding.rule.group);
        self.begin()?;
        self.out.write_all(output::finding_line(finding).as_bytes()).map_err(unwritable)
    }

    /// Writes the findings that have waited, and all that comes after the findings.
    fn finish(mut self, mut report: Report) -> Result<ExitStatus> {
        for (mut finding, mut in_head) in std::mem::take(&mut self.waiting) {
            if let Some(head) = self.head.as_mut().filter(|_| in_head == InHead::Open) {
                in_head = head.has(&finding)?;
            }
            finding.in_head = in_head.known();
            report.findings.push(finding);
        }
        report.written = std::mem::take(&mut self.written);
        judge::conclude(&mut report, self.context.policy)?;
        // All findings about credentials have waited.
        if self.has_history {
            judge::remark_on_history(&mut report);
        }
        for finding in &mut report.exempted {
            self.commits.add(self.context.repo, finding);
            self.occurrences.number(finding);
        }
        self.filter.apply(&mut report);
        let status = status(&report);
        self.begin()?;
        let lines = report.findings.iter().map(output::finding_line).chain([output::last_lines(&report)]);
        for line in lines {
            self.out.write_all(line.as_bytes()).map_err(unwritable)?;
        }
        self.out.flush().map_err(unwritable)?;
        Ok(status)
    }
}

fn unwritable(error: std::io::Error) -> Error {
    Error::io("cannot write the report", error)
}
