//! Reports whose findings are read when they are written.

use std::io;

use crate::report::{Finding, Report, Verdict};

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
        Self { verdict: report.verdict(), report, findings, exempted }
    }
}
