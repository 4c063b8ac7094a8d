//! Quoting for a POSIX shell, and git's reading of quoted text.
//!
//! git writes shell words with `sq_quote_buf` and reads them with `sq_dequote_step` (its `quote.c`): in
//! config from `git -c`, and in the author script of `git am`. [`quote`] writes a subset of that: git also puts
//! `!` outside of the quotes, for csh.

use std::borrow::Cow;
use std::path::Path;

use bstr::ByteSlice as _;

use super::escape;
use crate::platform;

/// Quotes a value. Inside single quotes only the quote itself has a meaning.
pub(crate) fn quote(value: &[u8]) -> Vec<u8> {
    [b"'", value.replace("'", r"'\''").as_slice(), b"'"].concat()
}

/// Quotes a word, if it needs quotes.
pub(crate) fn quoted(word: &str) -> String {
    String::from_utf8_lossy(&if_needed(word.as_bytes())).into_owned()
}

/// Returns a path as a user would type it: quoted if it needs quotes, and escaped for output.
pub(crate) fn quoted_path(path: &Path) -> String {
    escape(&if_needed(&platform::path_bytes(path)))
}

fn if_needed(word: &[u8]) -> Cow<'_, [u8]> {
    let safe = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(byte);
    match !word.is_empty() && word.iter().all(safe) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(quote(word)),
    }
}

/// Reads a text that is one quoted word and nothing else; `None` for any other text.
pub(crate) fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    unquote_first(text).filter(|(_, rest)| rest.is_empty()).map(|(word, _)| word)
}

/// Splits off a quoted word. Returns the word and the rest; `None` if the text does not begin with one.
///
/// A quote and an exclamation mark are outside of the quotes, after a backslash.
pub(crate) fn unquote_first(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    let mut rest = text.strip_prefix(b"'")?;
    loop {
        let (inside, after) = rest.split_once_str("'")?;
        word.extend_from_slice(inside);
        match after {
            [b'\\', byte @ (b'\'' | b'!'), b'\'', after @ ..] => {
                word.push(*byte);
                rest = after;
            }
            _ => return Some((word, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_quoted_only_if_needed() {
        for (word, shown) in [
            ("a/b-c_d.e:f@g%h+i=j,k1", "a/b-c_d.e:f@g%h+i=j,k1"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("caf\u{e9}", "'caf\u{e9}'"),
            ("", "''"),
        ] {
            assert_eq!((quoted(word), quoted_path(Path::new(word))), (shown.to_owned(), shown.to_owned()));
        }
        assert_eq!(quoted_path(Path::new("a\u{1b}[m")), r"'a\x1b[m'");
    }

    #[test]
    fn git_quoting_is_read_as_by_git() {
        for (text, word) in [
            ("''", Some("")),
            ("'a b'", Some("a b")),
            (r"'it'\''s'", Some("it's")),
            (r"'no'\!''", Some("no!")),
            ("a", None),
            ("'a", None),
            ("'a'b", None),
            ("'a''b'", None),
            (r"'a'\$'b'", None),
            (r"'a'\'", None),
            (r"\''a'", None),
            ("", None),
        ] {
            assert_eq!(unquote(text.as_bytes()), word.map(|word| word.as_bytes().to_vec()), "{text}");
        }
        assert_eq!(unquote_first(b"'a'='b'"), Some((b"a".to_vec(), &b"='b'"[..])));
    }

    proptest! {
        #[test]
        fn quoted_words_are_inert_in_the_shell(word in "[ -~\n\u{e9}]{1,40}") {
            let value = quote(word.as_bytes());
            prop_assert_eq!(unquote(&value).unwrap(), word.as_bytes());
            let script = [b"git_gate=".as_slice(), &value, b"\nprintf %s \"$git_gate\""].concat();
            let output = Command::new("/bin/sh").arg("-c").arg(platform::os_str(&script)).output().unwrap();
            prop_assert_eq!(output.stdout, word.as_bytes());
        }
    }
}
