//! Checksums that providers build into their tokens. All are verified offline.

use super::bytes::is_base64_url;
use crate::token::decode;

pub(in crate::token) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(in crate::token) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Verifies a GitHub or npm token: its last six digits are the CRC-32, in base62, of the body after the
/// prefix.
pub(crate) fn crc_base62(token: &[u8]) -> bool {
    let body = token.splitn(2, |byte| *byte == b'_').nth(1).unwrap_or_default();
    let Some((body, sum)) = split_end(body, 6) else { return false };
    number(crc32(body).into(), BASE62, 6) == sum
}

/// Verifies a routable GitLab token.
///
/// Its last seven digits are the CRC-32, in base36, of everything before them. The two digits before these
/// are the length of the encoded payload, which is followed by `.01.` or `.`. The payload contains lines of
/// `key:value`, and its last byte is the length of these lines.
pub(crate) fn routable(token: &[u8]) -> bool {
    let Some((before, sum)) = split_end(token, 7) else { return false };
    let Some((head, length)) = split_end(before, 2) else { return false };
    let Some(head) = head.strip_suffix(b".01.").or_else(|| head.strip_suffix(b".")) else { return false };
    let Some(length) = value(length, BASE36).and_then(|length| usize::try_from(length).ok()) else {
        return false;
    };
    let Some((_, payload)) = split_end(head, length) else { return false };
    number(crc32(before).into(), BASE36, 7) == sum
        && payload.iter().all(|b| is_base64_url(*b))
        && lines(payload)
}

/// Returns whether a routable payload decodes to 16 random bytes, lines of `key:value`, and their length.
fn lines(payload: &[u8]) -> bool {
    let Some(raw) = decode::base64(payload) else { return false };
    let Some((length, rest)) = raw.split_last() else { return false };
    let Some(text) = rest.get(16..) else { return false };
    let known = |line: &[u8]| matches!(line, [b'c' | b'g' | b'o' | b'p' | b'u' | b't', b':', ..]);
    text.len() == usize::from(*length) && text.split(|byte| *byte == b'\n').all(known)
}

/// Verifies an Atlassian token: its last eight digits are the CRC-32 of everything before them, in upper-case
/// hexadecimal.
pub(crate) fn crc_hex(token: &[u8]) -> bool {
    let Some((body, sum)) = split_end(token, 8) else { return false };
    format!("{:08X}", crc32(body)).as_bytes() == sum
}

/// Verifies an Azure DevOps token in the format used before 2025: base32 of 28 bytes, interleaved with the
/// four bytes of a keyed CRC-32.
pub(crate) fn azure_devops(token: &[u8]) -> bool {
    let bytes = decode::base32(token).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let Some(o) = bytes else { return false };
    let data =
        [o.get(0..2), o.get(3..7), o.get(9..22), o.get(23..32)].into_iter().flatten().collect::<Vec<_>>();
    let stored = u32::from_le_bytes([o[22], o[8], o[7], o[2]]);
    let sum = crc32(&data.concat());
    stored == sum ^ 0xe0b9_692d || stored == sum ^ 0x1019_f92e
}

/// Verifies an Azure DevOps token in the format used since 2025: a Marvin-32 hash of the first 80 digits is
/// in the four digits after them.
pub(crate) fn azure_key(token: &[u8]) -> bool {
    let (Some(head), Some(stored)) = (token.get(..80), token.get(80..84)) else { return false };
    let Some(raw) = decode::base64(head) else { return false };
    let hash = marvin32(&raw, u64::from_be_bytes(*b"Default0"));
    let mut digits = number(hash.swap_bytes().into(), BASE62, 1);
    digits.resize(6, b'0');
    digits.starts_with(stored)
}

/// Verifies a PyPI token: a macaroon whose location is `pypi.org`, with a 32-byte signature at the end.
pub(crate) fn macaroon(token: &[u8]) -> bool {
    let Some(raw) = token.strip_prefix(b"pypi-").and_then(decode::base64) else { return false };
    raw.starts_with(b"\x02\x01\x08pypi.org\x02")
        && split_end(&raw, 34).is_some_and(|(_, end)| end.starts_with(b"\x06\x20"))
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

pub(in crate::token) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

fn split_end(bytes: &[u8], count: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(count)?)
}

/// Encodes a number in an alphabet, padded on the left with the zero of the alphabet.
pub(in crate::token) fn number(mut value: u64, alphabet: &[u8], width: usize) -> Vec<u8> {
    let base = u64::try_from(alphabet.len()).unwrap_or(1);
    let mut digits = Vec::new();
    while value > 0 || digits.len() < width {
        let digit = usize::try_from(value % base).unwrap_or_default();
        digits.extend(alphabet.get(digit));
        value /= base;
    }
    digits.reverse();
    digits
}

fn value(digits: &[u8], alphabet: &[u8]) -> Option<u64> {
    let base = u64::try_from(alphabet.len()).ok()?;
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = alphabet.iter().position(|known| known == digit)?;
        value.checked_mul(base)?.checked_add(u64::try_from(digit).ok()?)
    })
}

pub(in crate::token) fn marvin32(data: &[u8], seed: u64) -> u32 {
    let hash = marvin64(data, seed);
    let [high, low] = halves(hash);
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
        assert_eq!(number(crc32(b"hello").into(), BASE62, 6), b"0zNvy2");
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
