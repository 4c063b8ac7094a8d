//! Checksums that providers build into their tokens. All are verified offline.

use bstr::ByteSlice as _;

use super::alphabet::is_base64_url;
use crate::token::decode;

pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Verifies a GitHub or npm token: its last six digits are the CRC-32, in base62, of the body after the
/// prefix.
pub(crate) fn crc_base62(token: &[u8]) -> bool {
    let body = token.split_once_str("_").map(|(_, body)| body);
    let Some((body, sum)) = body.and_then(<[u8]>::split_last_chunk::<6>) else { return false };
    digits_of(crc32(body), BASE62, 6) == sum
}

/// Verifies a routable GitLab token.
///
/// Its last seven digits are the CRC-32, in base36, of everything before them. The two digits before these
/// are the length of the encoded payload, which is followed by `.01.` or `.`. The payload contains lines of
/// `key:value`, and its last byte is the length of these lines.
pub(crate) fn routable(token: &[u8]) -> bool {
    let Some((before, sum)) = token.split_last_chunk::<7>() else { return false };
    let Some((head, length)) = before.split_last_chunk::<2>() else { return false };
    let Some(head) = head.strip_suffix(b".01.").or_else(|| head.strip_suffix(b".")) else { return false };
    let start = number(length, BASE36).and_then(|length| head.len().checked_sub(length));
    let Some((_, payload)) = start.map(|start| head.split_at(start)) else { return false };
    digits_of(crc32(before), BASE36, 7) == sum
        && payload.iter().all(|byte| is_base64_url(*byte))
        && is_routing(payload)
}

/// Returns whether a routable payload decodes to 16 random bytes, lines of `key:value`, and their length.
fn is_routing(payload: &[u8]) -> bool {
    let Some(raw) = decode::base64(payload) else { return false };
    let Some((length, rest)) = raw.split_last() else { return false };
    let Some(text) = rest.get(16..) else { return false };
    let known = |line: &[u8]| matches!(line, [b'c' | b'g' | b'o' | b'p' | b'u' | b't', b':', ..]);
    text.len() == usize::from(*length) && text.split(|byte| *byte == b'\n').all(known)
}

/// Verifies an Atlassian token: its last eight digits are the CRC-32 of everything before them, in upper-case
/// hexadecimal.
pub(crate) fn crc_hex(token: &[u8]) -> bool {
    let Some((body, sum)) = token.split_last_chunk::<8>() else { return false };
    format!("{:08X}", crc32(body)).as_bytes() == sum
}

/// Verifies an Azure DevOps token in the format used before 2025: base32 of 28 bytes, interleaved with the
/// four bytes of a keyed CRC-32.
pub(crate) fn azure_devops(token: &[u8]) -> bool {
    let bytes = decode::base32(token).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let Some(o) = bytes else { return false };
    let sum = crc32(&[&o[0..2], &o[3..7], &o[9..22], &o[23..32]].concat());
    let stored = u32::from_le_bytes([o[22], o[8], o[7], o[2]]);
    stored == sum ^ 0xe0b9_692d || stored == sum ^ 0x1019_f92e
}

/// Verifies an Azure DevOps token in the format used since 2025: a Marvin-32 hash of the first 80 digits is
/// in the four digits after them.
pub(crate) fn azure_key(token: &[u8]) -> bool {
    let Some((head, stored)) = token.split_first_chunk::<80>() else { return false };
    let Some(raw) = decode::base64(head) else { return false };
    stored.len() == 4 && azure_key_digits(&raw).starts_with(stored)
}

/// Returns the digits at the end of an Azure DevOps token, and two more, for the decoded digits before them.
pub(crate) fn azure_key_digits(raw: &[u8]) -> Vec<u8> {
    let hash = marvin32(raw, u64::from_be_bytes(*b"Default0"));
    let mut digits = digits_of(hash.swap_bytes(), BASE62, 1);
    digits.resize(6, b'0');
    digits
}

/// Verifies a PyPI token: a macaroon whose location is one of the two indexes, with a 32-byte signature at the end.
pub(crate) fn macaroon(token: &[u8]) -> bool {
    let Some(raw) = token.strip_prefix(b"pypi-").and_then(decode::base64) else { return false };
    (raw.starts_with(b"\x02\x01\x08pypi.org\x02") || raw.starts_with(b"\x02\x01\x0dtest.pypi.org\x02"))
        && raw.last_chunk::<34>().is_some_and(|end| end.starts_with(b"\x06\x20"))
}

/// Returns whether a text has the form of a JSON web token: two parts that are JSON objects, and a signature.
///
/// The signature is not verified.
pub(crate) fn json_web_token(token: &[u8]) -> bool {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut object = || {
        parts.next().and_then(decode::base64).is_some_and(|raw| {
            serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&raw).is_ok()
        })
    };
    object() && object() && parts.next().is_some() && parts.next().is_none()
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// Writes a number with the digits of an alphabet, padded on the left with its zero.
#[expect(clippy::indexing_slicing, reason = "a remainder is less than the length")]
pub(crate) fn digits_of(number: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let mut number = number as usize;
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        digits.push(alphabet[number % alphabet.len()]);
        number /= alphabet.len();
    }
    digits.reverse();
    digits
}

/// Reads a number in the digits of an alphabet. `None` for another digit or on overflow.
fn number(digits: &[u8], alphabet: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |number, digit| {
        let digit = alphabet.iter().position(|known| known == digit)?;
        number.checked_mul(alphabet.len())?.checked_add(digit)
    })
}

fn marvin32(data: &[u8], seed: u64) -> u32 {
    let [high, low] = halves(marvin64(data, seed));
    high ^ low
}

fn marvin64(data: &[u8], seed: u64) -> u64 {
    let [mut high, mut low] = halves(seed);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        (high, low)
    };
    let (words, tail) = data.as_chunks::<4>();
    words.iter().for_each(|word| {
        mix(u32::from_le_bytes(*word));
    });
    let mut last = [0; 4];
    tail.iter().chain(&[0x80]).zip(&mut last).for_each(|(byte, slot)| *slot = *byte);
    mix(u32::from_le_bytes(last));
    let (high, low) = mix(0);
    u64::from(high) << 32 | u64::from(low)
}

fn halves(value: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_matches_published_check_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(digits_of(crc32(b"hello"), BASE62, 6), b"0zNvy2");
    }

    #[test]
    fn marvin_matches_published_vectors() {
        for (data, seed, hash) in [
            (&b""[..], 0x004f_b61a_001b_dbcc, 0x30ed_35c1_00cd_3c7d_u64),
            (b"\xaf", 0x004f_b61a_001b_dbcc, 0x48e7_3fc7_7d75_ddc1),
            (b"\xab\x42\x7e\xa8\xd1\x0f\xc7", 0x804f_b61a_001b_dbcc, 0xe203_987d_ba25_2fb3),
            (b"\x00\xff\x00\xff\x00\xff\x00", 0x804f_b61a_801b_dbcc, 0x7187_6f2e_fb1b_0ee8),
        ] {
            assert_eq!(marvin64(data, seed), hash);
        }
    }
}
