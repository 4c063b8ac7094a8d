//! Decoders for the encodings of credentials, as lenient as the servers that accept them.

use std::borrow::Cow;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

/// Base64 in the standard or the URL-safe alphabet, without padding.
static BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = data_encoding::BASE64_NOPAD.specification();
    specification.translate.from.push_str("-_");
    specification.translate.to.push_str("+/");
    lenient(specification)
});

/// Base32 in lower case, without padding.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    lenient(specification)
});

/// Builds an encoding in which unused bits at the end may have any value.
#[expect(clippy::expect_used, reason = "the specifications are constants")]
fn lenient(specification: Specification) -> Encoding {
    let specification = Specification { check_trailing_bits: false, ..specification };
    specification.encoding().expect("a valid specification")
}

/// Decodes base64, standard or URL-safe, padded or not. Surrounding whitespace is ignored.
///
/// Returns `None` for any other byte, an impossible length, or more than two `=`.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let (digits, _) = text.split_at_checked(text.len() - padding).filter(|_| padding <= 2)?;
    BASE64.decode(digits).ok()
}

/// Decodes base32 in lower case, without padding. `None` for any other byte or an impossible length.
pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    BASE32.decode(text).ok()
}

/// Decodes `%XX`; anything else stays as it is.
pub(super) fn percent(text: &[u8]) -> Cow<'_, [u8]> {
    percent_encoding::percent_decode(text).into()
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
            (b" dTpwdx=\n", Some(b"u:pw")),
            (b"-_-_", Some(b"\xfb\xff\xbf")),
            (b"+/+/", Some(b"\xfb\xff\xbf")),
            (b"dTpwd", None),
            (b"a b", None),
            (b"dTpw\ndTpw", None),
            (b"a===", None),
            (b"=", Some(b"")),
            (b"", Some(b"")),
        ] {
            assert_eq!(base64(text).as_deref(), bytes);
        }
    }

    #[test]
    fn base32_accepts_only_lower_case() {
        assert_eq!(base32(b"mzxw6").as_deref(), Some(&b"foo"[..]));
        assert_eq!(base32(b"mzxw7").as_deref(), Some(&b"foo"[..]));
        assert_eq!(base32(b"MZXW6"), None);
        assert_eq!(base32(b"mzxw6="), None);
    }

    #[test]
    fn percent_escapes_are_decoded_and_others_kept() {
        for (text, bytes) in [("%67%68p", "ghp"), ("a%4", "a%4"), ("100%zz", "100%zz"), ("%2B%2f", "+/")] {
            assert_eq!(percent(text.as_bytes()), bytes.as_bytes());
        }
    }
}
