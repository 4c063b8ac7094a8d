//! A value that cannot be printed.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

/// The bytes of a credential, which neither `Debug` nor any other output shows.
///
/// Only the `token` module reads them; two secrets can be compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Creates a secret from the bytes of a credential.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the secret has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a value that equal secrets share. Its key is drawn anew in each run, so that it tells nothing to others.
    pub(crate) fn value_in_run(&self) -> u64 {
        static KEY: OnceLock<RandomState> = OnceLock::new();
        KEY.get_or_init(RandomState::new).hash_one(&self.0)
    }

    /// Returns the SHA-256 digest. That of a secret which can be guessed must not be shown.
    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Returns the bytes, for recognising and comparing. They must not be part of a message.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_length() {
        let secret = Secret::new(&b"hunter2"[..]);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(7 bytes) Secret(7 bytes)");
    }
}
