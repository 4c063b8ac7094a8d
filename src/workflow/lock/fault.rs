//! Faults of a lock file.

use std::fmt;

use super::LOCK_PATH;
use crate::text::{Span, escape};
use crate::workflow::{FaultKind, shorten};

/// Reason why a lock file, or an entry of it, pins nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFault {
    /// Kind of fault.
    pub kind: LockFaultKind,
    /// Byte range of the fault; `0..0` means the whole file.
    pub span: Span,
}

/// Kind of fault of a lock file, with the text that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockFaultKind {
    /// Line of a merge that was not resolved.
    ConflictMarker,
    /// YAML that cannot be read.
    Yaml(FaultKind),
    /// Expression, which no lock file has.
    Expression,
    /// Key, or value of a wrong kind, that the format does not have.
    Form(String),
    /// No version, or one that is not known.
    Version(String),
    /// Name of an action that is none.
    Pin(String),
    /// Digest or number of an entry that is none.
    Value(String),
    /// Entry whose key names another commit than the entry: the key, and the commit of the entry.
    OtherCommit(String, String),
    /// Entry whose key names another reference than the entry: the key, and the reference of the entry.
    OtherReference(String, String),
    /// Two entries of one action that differ.
    Duplicate(String),
    /// Action that uses itself through others.
    Cycle(String),
    /// Action that is listed, or used by a locked one, and has no entry.
    NoEntry(String),
}

impl LockFaultKind {
    /// Returns a fault of this kind at a byte range.
    pub(super) fn at(self, span: Span) -> LockFault {
        LockFault { kind: self, span }
    }
}

impl LockFault {
    /// Returns whether GitHub would refuse the file because of it, so that nothing in it counts.
    pub(crate) fn is_fatal(&self) -> bool {
        !matches!(self.kind, LockFaultKind::NoEntry(_))
    }
}

impl fmt::Display for LockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| escape(shorten(text).as_bytes());
        match &self.kind {
            LockFaultKind::ConflictMarker => write!(f, "{LOCK_PATH} has the conflict markers of a merge"),
            LockFaultKind::Yaml(kind) => write!(f, "{LOCK_PATH} cannot be read: {kind}"),
            LockFaultKind::Expression => {
                write!(f, "{LOCK_PATH} has an expression, which is not evaluated there")
            }
            LockFaultKind::Form(what) => write!(f, "{LOCK_PATH} is not a lock file: {}", shown(what)),
            LockFaultKind::Version(version) => {
                write!(f, "{LOCK_PATH} has the version `{}`; v0.0.1 and v0.0.2 are known", shown(version))
            }
            LockFaultKind::Pin(pin) => write!(f, "`{}` is not an action at a reference", shown(pin)),
            LockFaultKind::Value(what) => write!(f, "{}", shown(what)),
            LockFaultKind::OtherCommit(pin, oid) => {
                write!(f, "the lock of `{}` has another commit: `{}`", shown(pin), shown(oid))
            }
            LockFaultKind::OtherReference(pin, reference) => {
                write!(f, "the lock of `{}` has another reference: `{}`", shown(pin), shown(reference))
            }
            LockFaultKind::Duplicate(pin) => write!(f, "`{}` is locked twice, in different ways", shown(pin)),
            LockFaultKind::Cycle(pin) => write!(f, "the lock says that `{}` uses itself", shown(pin)),
            LockFaultKind::NoEntry(pin) => write!(f, "`{}` is used, but has no commit", shown(pin)),
        }
    }
}
