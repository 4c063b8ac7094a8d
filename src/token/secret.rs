//! A value that cannot be printed.

use std::fmt;

/// The bytes of a credential. Neither `Debug` nor anything else shows a part of it; only this room and the comparison of
/// two secrets look inside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes of a credential.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes themselves: for recognising and comparing, never for a message.
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
    fn a_secret_shows_its_length_and_nothing_else() {
        let secret = Secret::new(&b"hunter2"[..]);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(7 bytes) Secret(7 bytes)");
    }
}
