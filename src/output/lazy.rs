//! Reports whose findings are read when they are written.

use std::cell::Cell;
use std::io;

use serde::ser::{Error as _, SerializeSeq};

use crate::report::{Finding, Level, Report, Verdict};

/// Findings that are passed on one by one, and need not be in memory.
pub(crate) trait FindingSource {
    /// Returns the number of the findings.
    fn count(&self) -> usize;

    /// Passes on each finding, until it is not taken.
    ///
    /// # Errors
    /// Returns the error of `take`, and fails when a finding cannot be read.
    fn each(&self, take: &mut dyn FnMut(&Finding) -> io::Result<()>) -> io::Result<()>;
}

impl FindingSource for Vec<Finding> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, take: &mut dyn FnMut(&Finding) -> io::Result<()>) -> io::Result<()> {
        self.iter().try_for_each(take)
    }
}

/// Report whose findings are elsewhere.
pub(crate) struct LazyReport<'r> {
    /// Verdict.
    pub(crate) verdict: Verdict,
    /// Number of findings at level deny.
    pub(crate) denied: usize,
    /// All but the findings.
    pub(crate) report: &'r Report,
    /// Findings.
    pub(crate) findings: &'r dyn FindingSource,
    /// Credentials that an exemption lets pass.
    pub(crate) exempted: &'r dyn FindingSource,
}

impl<'r> LazyReport<'r> {
    /// Returns a report whose findings are in memory.
    pub(super) fn of(report: &'r Report) -> Self {
        let (findings, exempted) = (&report.findings, &report.exempted);
        Self { verdict: report.verdict(), denied: report.count(Level::Deny), report, findings, exempted }
    }
}

/// Adds each finding to a list in the way of `add`.
///
/// # Errors
/// Returns the error of `add`, and fails when a finding cannot be read.
pub(super) fn add_each<L: SerializeSeq>(
    list: &mut L,
    findings: &dyn FindingSource,
    add: impl Fn(&mut L, &Finding) -> Result<(), L::Error>,
) -> Result<(), L::Error> {
    let unwritten = Cell::new(None);
    let passed = findings.each(&mut |finding| {
        add(list, finding).map_err(|error| {
            unwritten.set(Some(error));
            io::ErrorKind::Other.into()
        })
    });
    match (unwritten.take(), passed) {
        (Some(error), _) => Err(error),
        (None, passed) => passed.map_err(L::Error::custom),
    }
}
