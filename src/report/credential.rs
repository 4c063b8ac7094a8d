//! Facts about the credential of a finding: everything but its bytes.

use std::borrow::Cow;

use crate::git::Oid;

/// Facts about a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialFacts {
    /// Provider that issued it; `None` if its form is that of no provider.
    pub provider: Option<Cow<'static, str>>,
    /// Kind of the token, or the position of the credential.
    pub kind: Cow<'static, str>,
    /// Length in bytes.
    pub length: usize,
    /// Value that equal credentials share within this run only: its key is drawn anew in each run.
    pub same: u64,
    /// SHA-256 digest of a credential that is too random to be guessed from it; `None` for any other.
    pub mark: Option<[u8; 32]>,
    /// Place of the credential among those of the report; `None` until the report is concluded.
    pub standing: Option<Standing>,
}

/// Place of a credential among those of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Ordinal number, from 1. Findings of the same credential have the same number.
    pub number: usize,
    /// Number of its findings.
    pub findings: usize,
    /// First commit of the report that adds it.
    pub first_commit: Option<Oid>,
    /// Last commit of the report that adds it.
    pub last_commit: Option<Oid>,
}
