//! Credentials in URLs: `scheme://user:password@host` and `?private_token=`.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem, memrchr};

use crate::text::slice;

/// The authority of a URL that names a user, as ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserInfo {
    /// The range of the user, percent-encoded.
    pub(crate) user: Range<usize>,
    /// The range of the password, percent-encoded. `None` if there is no `:`.
    pub(crate) password: Option<Range<usize>>,
    /// The range of the host, including its port.
    pub(crate) host: Range<usize>,
}

/// Names of query parameters that hold a token.
const PARAMETERS: &[&str] = &[
    "private_token",
    "access_token",
    "job_token",
    "token",
    "oauth_token",
    "auth_token",
    "api_key",
    "apikey",
    "password",
    "client_secret",
    "feed_token",
];

/// Suffixes of the names of secrets, in a query or in a command.
const SECRETS: &[&str] = &["password", "passwd", "passphrase", "auth", "key", "token", "secret"];

/// The separator after the scheme of a URL, plain and as JSON may write it.
pub(crate) const SEPARATORS: [&str; 2] = ["://", r":\/\/"];

/// Parses a text that is a URL as a whole. As in git, only `/` or `?` ends the authority.
///
/// Returns `None` if the text is not a URL or has no user.
pub(crate) fn parse(text: &[u8]) -> Option<UserInfo> {
    let (scheme, start) = split_scheme(text)?;
    is_scheme(scheme).then(|| user_info(text, start..authority_end(text, start)))?
}

/// Parses `user:password@host`, with or without a scheme, as in a proxy setting.
pub(crate) fn parse_proxy(text: &[u8]) -> Option<UserInfo> {
    match split_scheme(text) {
        Some(_) => parse(text),
        None => user_info(text, 0..authority_end(text, 0)),
    }
}

/// Parses the user of a URL inside of other text, where blanks and quotes end it. The authority starts at the
/// given offset.
pub(crate) fn parse_at(text: &[u8], start: usize) -> Option<UserInfo> {
    let (_, rest) = text.split_at(start);
    let length = rest.iter().position(|byte| ends_authority(*byte)).unwrap_or(rest.len());
    user_info(text, start..start + length)
}

/// Returns the end of an authority that only `/` or `?` ends.
fn authority_end(text: &[u8], start: usize) -> usize {
    memchr2(b'/', b'?', text.split_at(start).1).map_or(text.len(), |length| start + length)
}

fn ends_authority(byte: u8) -> bool {
    byte <= b' '
        || byte == 0x7f
        || matches!(byte, b'/' | b'?' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | b'^')
}

/// Returns the ranges of the values of query parameters that hold a token. The ranges do not overlap.
pub(crate) fn secret_parameters(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let (_, rest) = text.split_at(end);
        let start = memchr::memchr2_iter(b'?', b'&', rest).find_map(|mark| value_start(text, end + mark))?;
        let (_, rest) = text.split_at(start);
        let length = (0..rest.len()).find(|length| ends_value(rest, *length)).unwrap_or(rest.len());
        end = start + length;
        Some(start..end)
    })
}

/// Returns the offset of the last equals sign that follows the name of a secret.
pub(crate) fn last_secret(text: &[u8]) -> Option<usize> {
    let ends = |before: &[u8], name: &str| {
        let end = before.len().checked_sub(name.len()).map(|start| before.split_at(start).1);
        end.is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
    };
    let is_secret = |equals: &usize| SECRETS.iter().any(|name| ends(text.split_at(*equals).0, name));
    memchr::memrchr_iter(b'=', text).find(is_secret)
}

/// Returns the start of a query parameter's value, if the parameter holds a token. `mark` is the offset of
/// its `?` or `&`.
fn value_start(text: &[u8], mark: usize) -> Option<usize> {
    let (_, rest) = text.split_at(mark + 1);
    let equals = memchr(b'=', rest.get(..32).unwrap_or(rest))?;
    let (name, _) = rest.split_at(equals);
    PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())).then_some(mark + equals + 2)
}

/// Returns whether the value of a query parameter ends at an offset.
fn ends_value(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None | Some(b'&' | b'#') => true,
        Some(b'/') => false,
        // A value may contain a `?` that does not start another parameter.
        Some(b'?') => value_start(text, at).is_some(),
        Some(byte) => ends_authority(*byte),
    }
}

/// Returns the scheme of a URL and the offset of its authority.
fn split_scheme(text: &[u8]) -> Option<(&[u8], usize)> {
    let separators = SEPARATORS.iter().map(|separator| separator.as_bytes());
    let first = separators.filter_map(|separator| Some((memmem::find(text, separator)?, separator))).min();
    first.map(|(at, separator)| (text.split_at(at).0, at + separator.len()))
}

/// Returns whether a text is a scheme, or several of them as in `codecommit::https`.
fn is_scheme(text: &[u8]) -> bool {
    let first = text.first().is_some_and(u8::is_ascii_alphabetic);
    first && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':'))
}

/// Splits an authority: the last `@` ends the user part, and the first `:` in that part starts the password.
///
/// Returns `None` if there is no `@`.
fn user_info(text: &[u8], authority: Range<usize>) -> Option<UserInfo> {
    let at = authority.start + memrchr(b'@', slice(text, authority.clone()))?;
    let colon = memchr(b':', slice(text, authority.start..at)).map(|colon| authority.start + colon);
    let password = colon.map(|colon| colon + 1..at);
    Some(UserInfo { user: authority.start..colon.unwrap_or(at), password, host: at + 1..authority.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, info: Option<UserInfo>) -> Option<(&str, Option<&str>, &str)> {
        let info = info?;
        Some((&text[info.user], info.password.map(|password| &text[password]), &text[info.host]))
    }

    #[test]
    fn a_url_is_split_as_git_splits_it() {
        for (url, expected) in [
            ("https://u:p@h/x", Some(("u", Some("p"), "h"))),
            ("https://t@h", Some(("t", None, "h"))),
            ("https://t:@h:8080/", Some(("t", Some(""), "h:8080"))),
            ("https://:p@h/", Some(("", Some("p"), "h"))),
            ("https://u:p@q#r s@h/x", Some(("u", Some("p@q#r s"), "h"))),
            ("https://u:p:q@[::1]:80/x", Some(("u", Some("p:q"), "[::1]:80"))),
            ("codecommit::https://u:p@h", Some(("u", Some("p"), "h"))),
            (r"https:\/\/u:p@h\/x", Some(("u", Some("p"), r"h\"))),
            ("https://h/a:b@1.2.3", None),
            ("https://h?x=a:b@c", None),
            ("git@github.com:a/b", None),
        ] {
            assert_eq!(parts(url, parse(url.as_bytes())), expected, "{url}");
        }
    }

    #[test]
    fn a_proxy_needs_no_scheme() {
        assert_eq!(parts("u:p@h:8080", parse_proxy(b"u:p@h:8080")), Some(("u", Some("p"), "h:8080")));
        assert_eq!(parse_proxy(b"h:8080"), None);
    }

    #[test]
    fn urls_in_prose_end_at_blanks_and_quotes() {
        let text = r#"x "https://u:p@h" and 'http://a@b' but not ssh://c d@e, https:\/\/j:s@n\/x"#;
        let starts = SEPARATORS
            .iter()
            .flat_map(|sign| memmem::find_iter(text.as_bytes(), sign).map(|at| at + sign.len()));
        let found: Vec<_> =
            starts.filter_map(|start| parts(text, parse_at(text.as_bytes(), start))).collect();
        assert_eq!(found, [("u", Some("p"), "h"), ("a", None, "b"), ("j", Some("s"), "n")]);
    }

    #[test]
    fn query_tokens_are_found_by_parameter_name() {
        let text = b"https://h/x?a=1&private_token=abc&z=2 http://h?TOKEN=d%20e#f";
        let found: Vec<_> = secret_parameters(text).map(|range| &text[range]).collect();
        assert_eq!(found, [&b"abc"[..], b"d%20e"]);
    }

    #[test]
    fn last_secret_knows_all_parameters_and_marks() {
        let marks = crate::token::format::command::MARKS.iter().filter(|(_, follows)| follows(b'='));
        // `sshpass -p` and ` pass:` accept any text after them.
        let names = marks.map(|(mark, _)| mark).filter(|mark| !mark.contains(' '));
        for name in PARAMETERS.iter().chain(names) {
            let end = "a=".len() + name.len();
            assert_eq!(last_secret(format!("a={name}=b c=d").as_bytes()), Some(end), "{name}");
        }
    }

    #[test]
    fn a_value_may_contain_question_marks() {
        let text = b"http://h?token=a?b/c?password=d?access_token=";
        let found: Vec<_> = secret_parameters(text).map(|range| &text[range]).collect();
        assert_eq!(found, [&b"a?b/c"[..], b"d", b""]);
    }
}
