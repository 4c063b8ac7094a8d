//! Reasons why a signature or a key counts for nothing.

use std::borrow::Cow;
use std::fmt;

/// Reason why a signature or a key counts for nothing: the end of a sentence, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureFault(Cow<'static, str>);

/// Result of a check of a signature or a key.
pub(super) type Verified<T> = Result<T, SignatureFault>;

impl SignatureFault {
    /// Creates a fault from its text, which is already escaped.
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns a fault unless a condition holds.
pub(super) fn demand(holds: bool, otherwise: &'static str) -> Verified<()> {
    if holds { Ok(()) } else { Err(SignatureFault::new(otherwise)) }
}
