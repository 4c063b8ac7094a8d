//! Byte classes used by the formats of credentials, and measures of variety.

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
    fn words_and_names_are_not_random() {
        for name in ["gitlab-deploy-token-42", "jane.doe.contractor", "aaaaaaaaaaaaaaaaaaaaaaaa", "short1A"] {
            assert!(!is_random(name.as_bytes()), "{name}");
        }
        for drawn in ["k3JdP0xQ9vLm2ZtB", "86230586f2674c8122773e09df57bc211a43ad00"] {
            assert!(is_random(drawn.as_bytes()), "{drawn}");
        }
    }
}
