//! Decoding of commit text by the encoding that the commit names.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Decodes bytes of a commit to UTF-8.
///
/// Returns the bytes unchanged if the commit names no encoding, an unknown one, or one in which they are
/// invalid. Equal bytes then still compare equal.
///
/// UTF-16 is ignored, since git cannot store it. In all other encodings the bytes that structure a message
/// represent themselves, so only the values of identities need decoding.
pub(crate) fn decode<'a>(bytes: &'a [u8], encoding: Option<&[u8]>) -> Cow<'a, [u8]> {
    let never = [UTF_8, UTF_16LE, UTF_16BE];
    let named = encoding.and_then(Encoding::for_label).filter(|encoding| !never.contains(encoding));
    match named.and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes)) {
        Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Some(Cow::Borrowed(_)) | None => Cow::Borrowed(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_decoded_by_the_named_encoding() {
        for (bytes, encoding, text) in [
            (&b"Jos\xe9"[..], Some("ISO-8859-1"), "José".as_bytes()),
            (b"\xc9\xe1", Some("koi8-r"), "иА".as_bytes()),
            (b"Jos\xc3\xa9", None, "José".as_bytes()),
            (b"Jos\xe9", None, b"Jos\xe9"),
            (b"Jos\xe9", Some("no-such-encoding"), b"Jos\xe9"),
            (b"Jos\xe9", Some("utf-8"), b"Jos\xe9"),
            (b"plain", Some("shift_jis"), b"plain"),
            (b"even", Some("utf-16"), b"even"),
            (b"even", Some("UTF-16BE"), b"even"),
            (b"\x1b$B;3\x1b(B", Some("iso-2022-jp"), "山".as_bytes()),
        ] {
            assert_eq!(decode(bytes, encoding.map(str::as_bytes)).as_ref(), text, "{encoding:?}");
        }
    }
}
