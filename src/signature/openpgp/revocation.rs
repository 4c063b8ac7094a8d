//! Revocations of keys.

use pgp::packet::{RevocationCode, Signature};

use super::subpackets::time;

/// Revocation of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Revocation {
    /// All signatures of the key count for nothing: others may have made them.
    Always,
    /// Signatures from a time on count for nothing, in seconds since 1970.
    From(u64),
}

impl Revocation {
    /// Reads a revocation. `is_valid` tells whether it is by the key that may revoke.
    ///
    /// One that is not, or that does not say that the key was only replaced or retired, counts always: whoever wrote the
    /// file of keys has put it there.
    pub(super) fn read(signature: &Signature, is_valid: bool) -> Self {
        let code = signature.revocation_reason_code();
        let is_soft = matches!(code, Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired));
        match time(signature) {
            Ok(made) if is_soft && is_valid => Self::From(made),
            _ => Self::Always,
        }
    }

    /// Returns whether a signature that was made at a time counts for nothing.
    pub(super) fn covers(self, made: u64) -> bool {
        match self {
            Self::Always => true,
            Self::From(start) => made >= start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Revocation;

    #[test]
    fn revocation_covers_its_time_and_all_later() {
        for (made, covered) in [(9, false), (10, true), (11, true)] {
            assert_eq!(Revocation::From(10).covers(made), covered, "{made}");
            assert!(Revocation::Always.covers(made));
        }
    }
}
