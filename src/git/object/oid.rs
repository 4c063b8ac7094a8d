//! Object ids, SHA-1 or SHA-256.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A map with oids as keys.
pub(crate) type OidMap<T> = HashMap<Oid, T, BuildHasherDefault<OidHasher>>;

/// A set of oids.
pub(crate) type OidSet = HashSet<Oid, BuildHasherDefault<OidHasher>>;

/// An object id: 20 bytes in a SHA-1 repository, 32 in a SHA-256 one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid {
    len: u8,
    bytes: [u8; 32],
}

impl Oid {
    /// Parses an oid as git writes it: exactly 40 or 64 lower-case hexadecimal digits.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let (pairs, rest) = hex.as_chunks::<2>();
        if !matches!(hex.len(), 40 | 64) || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Self::from_bytes(bytes.get(..hex.len() / 2)?)
    }

    /// Reads an oid as tree objects contain it: 20 or 32 raw bytes.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if !matches!(raw.len(), 20 | 32) {
            return None;
        }
        let mut bytes = [0; 32];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { len: u8::try_from(raw.len()).ok()?, bytes })
    }

    /// Returns the raw bytes: 20 or 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Returns true for the all-zero oid, which means "no object" in a ref update.
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// Returns the number of hexadecimal digits: 40 or 64.
    pub fn hex_len(&self) -> usize {
        usize::from(self.len) * 2
    }

    /// Returns the first twelve digits, for display.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(12);
        hex
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Uses the first eight bytes, because an oid is a hash already.
///
/// An attacker would need many objects whose oids begin alike, which costs more than the slowdown is worth.
impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (start, _) = self.bytes.as_chunks::<8>();
        state.write_u64(start.first().copied().map_or(0, u64::from_le_bytes));
    }
}

/// Hasher that returns the first bytes of an oid unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OidHasher(u64);

impl Hasher for OidHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Oid;

    #[test]
    fn hex_of_either_hash_is_read_and_written_back() {
        for hex in ["11bd71901bbe5b1630ceea73d27597364c9af683".to_owned(), "0f".repeat(32)] {
            assert_eq!(Oid::from_hex(hex.as_bytes()).unwrap().to_string(), hex);
        }
    }

    #[test]
    fn only_40_or_64_lower_case_digits_are_an_oid() {
        for bad in ["", "0", "g".repeat(40).as_str(), "A".repeat(40).as_str(), "0".repeat(41).as_str()] {
            assert_eq!(Oid::from_hex(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn the_zero_oid_is_zero_in_either_length() {
        assert!(Oid::from_hex(&[b'0'; 40]).unwrap().is_zero());
        assert!(Oid::from_hex(&[b'0'; 64]).unwrap().is_zero());
        assert_ne!(Oid::from_hex(&[b'0'; 40]), Oid::from_hex(&[b'0'; 64]));
    }
}
