//! Findings of a report that were written while it was made, and so are not in it any more.

use super::{Group, Level};

/// Numbers of findings that have been written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Number of them.
    pub findings: usize,
    /// Number of those at level deny.
    pub denied: usize,
    /// Number of those about sign-offs.
    pub signoffs: usize,
    /// Number of all findings, also of those that are not shown, that would refuse if the policy did not only warn.
    pub would_be_denied: usize,
    /// Number of findings that the baseline covers.
    pub baselined: usize,
    /// Number of findings that the filters leave out.
    pub hidden: usize,
}

impl Written {
    /// Counts a finding that is written, by its level and the group of its rule.
    pub(crate) fn add(&mut self, level: Level, group: Group) {
        self.findings += 1;
        self.denied += usize::from(level == Level::Deny);
        self.signoffs += usize::from(group == Group::Signoff);
    }
}
