//! Patterns in which `*` matches any text, slashes included, and every other character matches itself.

/// Returns whether the pattern matches the whole text; `same` compares two bytes.
///
/// Backtracks only to the last star, so the time is at most quadratic.
pub(crate) fn matches(pattern: &[u8], text: &[u8], same: fn(&u8, &u8) -> bool) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while let Some(byte) = text.get(t) {
        match (pattern.get(p), &mut star) {
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, t));
            }
            (Some(own), _) if same(own, byte) => {
                p += 1;
                t += 1;
            }
            (_, Some((after, from))) => {
                *from += 1;
                (p, t) = (*after, *from);
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a/*", "a/b@v1", true),
            ("a/*", "a/b/c", true),
            ("a/*", "aa/b@v1", false),
            ("a/b@v1", "a/b@v1", true),
            ("a/b@v1", "a/b@v12", false),
            ("*@v1", "a/b@v1", true),
            ("*@v1", "a@v1/b@v1", true),
            ("a*b*c", "axxbyybzzc", true),
            ("a*b*c", "axxbyybzz", false),
            ("", "", true),
            ("", "a", false),
            ("**", "a", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes(), u8::eq), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_comparison_function_decides_on_case() {
        assert!(!matches(b"A/*", b"a/b", u8::eq));
        assert!(matches(b"A/*", b"a/b", u8::eq_ignore_ascii_case));
    }

    #[test]
    fn many_stars_take_at_most_quadratic_time() {
        assert!(!matches(&b"a*".repeat(2000), &b"a".repeat(1999), u8::eq));
        assert!(!matches(&[&b"a*".repeat(2000)[..], b"b"].concat(), &b"a".repeat(4000), u8::eq));
    }
}
