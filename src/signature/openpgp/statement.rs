//! Statements of a certificate about one of its own keys: until when it is valid, and what it may do.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SubpacketData};

use super::subpackets::{end, is_strong, time, understood};
use crate::signature::fault::{SignatureFault, Verified, demand};

/// Statement about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement {
    /// Time of the statement, in seconds since 1970.
    pub(super) made: u64,
    /// Time at which the key ends, in seconds since 1970.
    pub(super) end: Option<u64>,
    /// Permission to sign data; `None` if nothing is said about it.
    pub(super) may_sign: Option<bool>,
}

impl Statement {
    /// Reads the statement of a signature, whose validity is checked elsewhere, about a key that was made at a time.
    ///
    /// # Errors
    /// Fails when the signature has no time, or a part that is not understood, or when its digest is not one of those that
    /// `digest` lets count.
    pub(super) fn read(signature: &Signature, key_made: u64, digest: Digest) -> Verified<Self> {
        let config = understood(signature)?;
        let is_old = digest == Digest::Sha1OrBetter && config.hash_alg == HashAlgorithm::Sha1;
        demand(is_strong(config.hash_alg) || is_old, "its digest is too weak")?;
        let made = time(signature)?;
        let lifetime = signature.key_expiration_time().map(|time| time.as_secs()).filter(|time| *time != 0);
        let key_end = lifetime.map(|lifetime| key_made + u64::from(lifetime));
        let flags =
            config.hashed_subpackets.iter().any(|part| matches!(part.data, SubpacketData::KeyFlags(_)));
        Ok(Self {
            made,
            end: earliest(key_end, end(signature, made)),
            may_sign: flags.then(|| signature.key_flags().sign()),
        })
    }

    /// Returns what two statements demand together.
    pub(super) fn and(self, other: Self) -> Self {
        let may_sign = match (self.may_sign, other.may_sign) {
            (Some(a), Some(b)) => Some(a && b),
            (a, b) => a.or(b),
        };
        Self { made: self.made.max(other.made), end: earliest(self.end, other.end), may_sign }
    }

    /// Returns the reason why the key may not sign data; `None` if it may.
    pub(super) fn objection(self) -> Option<SignatureFault> {
        match self.may_sign {
            Some(true) => None,
            Some(false) => Some(SignatureFault::new("its key is not one for signatures")),
            None => Some(SignatureFault::new("its key does not say that it may sign")),
        }
    }
}

/// Digests that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    /// SHA-256 or better.
    Sha256OrBetter,
    /// SHA-1 too, for what an old primary key says about itself: the policy names that key by its fingerprint.
    Sha1OrBetter,
}

/// Returns the earlier one of two ends.
pub(super) fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use pgp::packet::SignatureType;
    use pgp::types::{Duration, SignatureBytes};

    use super::super::made_keys::{MADE, config, direct, may_sign, primary};
    use super::*;

    #[test]
    fn key_without_a_lifetime_does_not_end() {
        let key = primary(1);
        for (seconds, end) in [(0, None), (5, Some(u64::from(MADE) + 5))] {
            let part = SubpacketData::KeyExpirationTime(Duration::from_secs(seconds));
            let config = config(SignatureType::Key, key.public_key(), MADE, [part, may_sign()]);
            let read = Statement::read(&direct(config, &key, &key), MADE.into(), Digest::Sha256OrBetter);
            assert_eq!(read.unwrap(), Statement { made: MADE.into(), end, may_sign: Some(true) });
        }
    }

    #[test]
    fn nothing_is_permitted_by_silence() {
        let key = primary(1);
        let silent = direct(config(SignatureType::Key, key.public_key(), MADE, []), &key, &key);
        let read = Statement::read(&silent, MADE.into(), Digest::Sha256OrBetter).unwrap();
        assert_eq!(read.may_sign, None);
    }

    #[test]
    fn old_digest_counts_only_where_it_may() {
        let key = primary(1);
        for (hash, digest, counts) in [
            (HashAlgorithm::Sha1, Digest::Sha1OrBetter, true),
            (HashAlgorithm::Sha1, Digest::Sha256OrBetter, false),
            (HashAlgorithm::Sha224, Digest::Sha1OrBetter, false),
            (HashAlgorithm::Md5, Digest::Sha1OrBetter, false),
        ] {
            let mut config = config(SignatureType::Key, key.public_key(), MADE, []);
            config.hash_alg = hash;
            let made = Signature::from_config(config, [0, 0], SignatureBytes::Mpis(Vec::new())).unwrap();
            assert_eq!(Statement::read(&made, MADE.into(), digest).is_ok(), counts, "{hash} {digest:?}");
        }
    }

    #[test]
    fn statements_add_up() {
        let statement = |made, end, may_sign| Statement { made, end, may_sign };
        let both = statement(2, Some(9), Some(true)).and(statement(1, None, Some(false)));
        assert_eq!(both, statement(2, Some(9), Some(false)));
        let both = statement(1, Some(5), Some(true)).and(statement(3, Some(4), None));
        assert_eq!(both, statement(3, Some(4), Some(true)));
        assert!(statement(1, None, Some(true)).objection().is_none());
        for may_sign in [Some(false), None] {
            assert!(statement(1, None, may_sign).objection().is_some(), "{may_sign:?}");
        }
    }
}
