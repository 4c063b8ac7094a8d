//! Small decoders and byte classes used by the formats of credentials.

use std::borrow::Cow;

/// Decodes base64, standard or URL-safe, padded or not. Surrounding whitespace is ignored.
///
/// Returns `None` for any other byte or an impossible length. Unused bits at the end may have any value:
/// servers accept that too.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let digits = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let (digits, padding) = text.split_at_checked(digits)?;
    if padding.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for digit in digits {
        bits = bits << 6 | base64_digit(*digit)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}

fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Decodes `%XX`; anything else stays as it is.
pub(crate) fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let pair = match (byte, after) {
            (b'%', [high, low, tail @ ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| (h << 4 | l, tail)),
            _ => None,
        };
        let (byte, after) = pair.unwrap_or((*byte, after));
        out.push(byte);
        rest = after;
    }
    Cow::Owned(out)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Returns whether a byte is a letter, a digit or `_`. Next to a token, such a byte would continue it.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns whether a byte is a digit of URL-safe base64.
pub(crate) fn is_base64_url(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// Counts the classes of bytes that occur: upper case, lower case, digits, anything else.
pub(crate) fn classes(bytes: &[u8]) -> usize {
    let kinds: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit, |byte| {
            !byte.is_ascii_alphanumeric()
        }];
    kinds.iter().filter(|kind| bytes.iter().any(kind)).count()
}

/// Counts the distinct bytes.
pub(crate) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    });
    seen.iter().filter(|slot| **slot).count()
}

/// Returns whether bytes look random: at least 16, of several classes, with little repetition.
pub(crate) fn is_random(bytes: &[u8]) -> bool {
    if bytes.len() < 16 || bytes.iter().any(|byte| !byte.is_ascii_graphic()) {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if bytes.len() >= 32 && bytes.iter().all(u8::is_ascii_hexdigit) {
        return digits >= 4 && digits < bytes.len() && distinct(bytes) >= 8;
    }
    let upper = bytes.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let lower = bytes.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    digits >= 2 && lower >= 3 && (upper >= 3 || digits >= 6) && distinct(bytes) >= 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_accepts_both_alphabets_and_no_padding() {
        for (text, bytes) in [
            (&b"dTpw"[..], Some(&b"u:p"[..])),
            (b"dTpwdw==", Some(b"u:pw")),
            (b"dTpwdw", Some(b"u:pw")),
            (b"-_-_", Some(b"\xfb\xff\xbf")),
            (b"+/+/", Some(b"\xfb\xff\xbf")),
            (b"dTpwd", None),
            (b"a b", None),
            (b"a===", None),
            (b"", Some(b"")),
        ] {
            assert_eq!(base64(text).as_deref(), bytes);
        }
    }

    #[test]
    fn percent_escapes_are_decoded_and_others_kept() {
        for (text, bytes) in [("%67%68p", "ghp"), ("a%4", "a%4"), ("100%zz", "100%zz"), ("%2B%2f", "+/")] {
            assert_eq!(percent_decode(text.as_bytes()), bytes.as_bytes());
        }
    }

    #[test]
    fn words_and_names_are_not_random() {
        for name in ["gitlab-deploy-token-42", "jane.doe.contractor", "aaaaaaaaaaaaaaaaaaaaaaaa", "short1A"] {
            assert!(!is_random(name.as_bytes()), "{name}");
        }
        for drawn in ["k3JdP0xQ9vLm2ZtB", "86230586f2674c8122773e09df57bc211a43ad00"] {
            assert!(is_random(drawn.as_bytes()), "{drawn}");
        }
    }
}
