//! Variety of the bytes of a value: random values have more of it than names and words.

/// Counts the classes of bytes that occur: upper case, lower case, digits, anything else.
pub(crate) fn classes(bytes: &[u8]) -> usize {
    let other = |byte: &u8| !byte.is_ascii_alphanumeric();
    let classes = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit, other];
    classes.iter().filter(|class| bytes.iter().any(class)).count()
}

/// Counts the distinct bytes.
#[expect(clippy::indexing_slicing, reason = "a byte is less than 256")]
pub(crate) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// Returns whether more than a third of the bytes are followed by their successor, as in `abcdefgh` or
/// `123456`.
pub(crate) fn steps(bytes: &[u8]) -> bool {
    let steps = bytes.windows(2).filter(|pair| matches!(pair, [a, b] if a.wrapping_add(1) == *b)).count();
    steps * 3 > bytes.len()
}

/// Returns whether bytes look random: at least 16, of several classes, in no order and with little repetition.
pub(crate) fn is_random(bytes: &[u8]) -> bool {
    if bytes.len() < 16 || bytes.iter().any(|byte| !byte.is_ascii_graphic()) || steps(bytes) {
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
        for name in [
            "gitlab-deploy-token-42",
            "jane.doe.contractor",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "short1A",
            "0123456789abcdefghij",
            "abcdef0123456789ABCDEF",
        ] {
            assert!(!is_random(name.as_bytes()), "{name}");
        }
        for drawn in ["k3JdP0xQ9vLm2ZtB", "86230586f2674c8122773e09df57bc211a43ad00"] {
            assert!(is_random(drawn.as_bytes()), "{drawn}");
        }
    }
}
