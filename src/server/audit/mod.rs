//! Audit log: one line of JSON for each push that is refused, bypassed, only warned or exempted, and for all others if
//! the policy asks for them.
//!
//! Of the environment it contains only the name of the pusher; of the push options, only the reason of a
//! bypass. Of the pushed files, it contains the paths and the reasons of exemptions.

mod append;
mod line;
mod read;
mod syslog;
mod tally;
mod targets;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use read::TallyError;
#[cfg(test)]
use tally::ReasonKind;
pub(crate) use tally::{AuditTally, Counts, Outcome, Outcomes};
pub(super) use targets::{record, record_before};

/// Version of the fields of an entry. Fields may be added in the same version; none is removed or changes its meaning.
pub(super) const VERSION: u32 = 1;

/// Entry of the log, one line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AuditEntry {
    /// [`VERSION`].
    pub(super) version: u32,
    /// Time in UTC, as RFC 3339.
    pub(super) time: String,
    /// Outcome of the push.
    pub(super) event: PushOutcome,
    /// Type of the server; determines the source of the pusher's name.
    pub(super) server: &'static str,
    /// Name of the pusher; `None` if the server does not provide it. On a server of the type `plain`, the account of the
    /// process: that of the pusher, or one that many share.
    pub(super) pusher: Option<String>,
    /// Path of the repository.
    pub(super) repository: String,
    /// Ref updates of the push.
    pub(super) refs: Vec<RefEntry>,
    /// Number of ref updates that are not listed.
    pub(super) refs_more: usize,
    /// Number of findings per rule that refuse, or would if the policy did not only warn.
    pub(super) denied: BTreeMap<&'static str, usize>,
    /// Number of other findings per rule.
    pub(super) warned: BTreeMap<&'static str, usize>,
    /// Kind of the error, if no verdict could be reached.
    pub(super) failure: Option<&'static str>,
    /// Bypass that the pusher requested, if it was denied or had an effect.
    pub(super) bypass: Option<BypassEntry>,
    /// Exemptions of new problems, by a comment or by the policy.
    pub(super) exempted: Vec<ExemptedEntry>,
    /// Number of exemptions that are not listed, because there are too many.
    pub(super) exempted_more: usize,
    /// Keys whose signatures counted in the place of sign-offs.
    pub(super) proven: Vec<ProvenEntry>,
    /// Commits that needed no sign-off by the policy.
    pub(super) unsigned: Vec<UnsignedEntry>,
    /// Number of findings that the baseline covers.
    pub(super) baselined: usize,
}

/// Outcome of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PushOutcome {
    /// The push was refused.
    Refused,
    /// The push would have been refused and was let in.
    Bypassed,
    /// The push would have been refused if the policy did not only warn.
    WarnOnly,
    /// There was nothing to refuse, because of exemptions, proofs or a baseline.
    Exempted,
    /// There was nothing to refuse. Written if the pusher requested a bypass that was denied, or the policy asks for it.
    Passed,
}

/// Update of one ref.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RefEntry {
    /// Full name of the ref.
    pub(super) name: String,
    /// Old value; `None` if the ref did not exist.
    pub(super) old: Option<String>,
    /// New value; `None` for a deletion.
    pub(super) new: Option<String>,
}

/// Equal exemptions of one rule in one file.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ExemptedEntry {
    /// Id of the rule.
    pub(super) rule: &'static str,
    /// Path of the file.
    pub(super) path: String,
    /// `comment` or `policy`.
    pub(super) by: &'static str,
    /// Reason of the exemption.
    pub(super) reason: String,
    /// Number of problems.
    pub(super) count: usize,
}

/// Key whose signatures counted in the place of sign-offs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ProvenEntry {
    /// Fingerprint of the key.
    pub(super) key: String,
    /// Reason of the policy.
    pub(super) reason: String,
    /// Number of commits.
    pub(super) commits: usize,
}

/// Commits that needed no sign-off, for one reason.
#[derive(Debug, Clone, Serialize)]
pub(super) struct UnsignedEntry {
    /// Reason of the policy.
    pub(super) reason: String,
    /// Number of commits.
    pub(super) commits: usize,
}

/// Bypass that was requested.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BypassEntry {
    /// True if it was granted.
    pub(super) granted: bool,
    /// Reason that the pusher gave.
    pub(super) reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the entry of a bypass with a reason.
    pub(super) fn entry(reason: &str) -> AuditEntry {
        AuditEntry {
            version: VERSION,
            time: "2026-01-01T00:00:00Z".to_owned(),
            event: PushOutcome::Bypassed,
            server: "gitlab",
            pusher: Some("ana".to_owned()),
            repository: "/srv/x.git".to_owned(),
            refs: vec![RefEntry { name: "refs/heads/x".to_owned(), old: None, new: Some("a".repeat(40)) }],
            refs_more: 0,
            denied: [("unpinned-uses", 2)].into(),
            warned: BTreeMap::new(),
            failure: None,
            bypass: Some(BypassEntry { granted: true, reason: reason.to_owned() }),
            exempted: Vec::new(),
            exempted_more: 0,
            proven: Vec::new(),
            unsigned: Vec::new(),
            baselined: 0,
        }
    }
}
