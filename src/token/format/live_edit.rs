//! Edits of git config that take a credential out and leave all other values as they are.

use bstr::ByteSlice as _;

use super::config_entry::{in_entry, in_section};
use crate::config::{self, ConfigEntry, ConfigPart};
use crate::text::slice;
use crate::token::leak::Leak;
use crate::token::redact::redact;
use crate::token::search::url;

/// Value that `git config` has to select of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueChoice {
    /// The only value of the key.
    Only,
    /// Values that match a pattern, a POSIX extended regular expression without any part of the credential. Each of them
    /// holds a credential.
    Matching(String),
    /// A value that no such pattern selects.
    Unselectable,
}

/// Fixed part of a value, by which a pattern selects it.
enum Mark<'v> {
    End(&'v [u8]),
    Start(&'v [u8]),
    Part(&'static [u8]),
}

/// Returns how the value with a leak is selected among the values of its key in a config file.
pub(crate) fn value_choice(text: &[u8], leak: &Leak) -> ValueChoice {
    let Some(key) = leak.named_key() else { return ValueChoice::Unselectable };
    let mut values: Vec<(u32, ConfigEntry)> = Vec::new();
    for item in config::parse(text) {
        if let ConfigPart::Entry(entry) = item.part
            && entry.key() == key.as_bytes()
        {
            let line = memchr::memchr_iter(b'\n', slice(text, 0..item.offset)).count();
            values.push((u32::try_from(line + 1).unwrap_or(u32::MAX), entry));
        }
    }
    if values.len() <= 1 {
        return ValueChoice::Only;
    }
    let own = values.iter().find(|(line, _)| *line == leak.line);
    let Some(value) = own.and_then(|(_, entry)| entry.value.as_deref()) else {
        return ValueChoice::Unselectable;
    };
    let Some(mark) = mark(value) else { return ValueChoice::Unselectable };
    let is_safe = values.iter().all(|(_, entry)| !mark.fits(entry) || !in_entry(entry).is_empty());
    let pattern = mark.pattern();
    let is_plain = redact(pattern.as_bytes()) == pattern.as_bytes() && pattern.is_ascii();
    if is_safe && is_plain { ValueChoice::Matching(pattern) } else { ValueChoice::Unselectable }
}

/// Returns the part of a value that tells it from others, and is not the credential.
fn mark(value: &[u8]) -> Option<Mark<'_>> {
    if let Some(info) = url::parse(value) {
        return Some(Mark::End(slice(value, info.host.start - 1..value.len())));
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let name = value.iter().take_while(|byte| is_name(byte)).count();
    if name > 0 && value.get(name) == Some(&b':') && !value.starts_with(b"http") {
        return Some(Mark::Start(slice(value, 0..name + 1)));
    }
    [&b"password="[..], b"token="].into_iter().find(|part| value.contains_str(part)).map(Mark::Part)
}

impl Mark<'_> {
    fn fits(&self, entry: &ConfigEntry) -> bool {
        let value: &[u8] = entry.value.as_deref().map_or(b"", |value| value);
        match self {
            Self::End(end) => value.ends_with(end),
            Self::Start(start) => value.starts_with(start),
            Self::Part(part) => value.contains_str(part),
        }
    }

    fn pattern(&self) -> String {
        match self {
            Self::End(end) => format!("{}$", quoted_pattern(end)),
            Self::Start(start) => format!("^{}", quoted_pattern(start)),
            Self::Part(part) => quoted_pattern(part),
        }
    }
}

/// Returns a regular expression that matches exactly a text.
fn quoted_pattern(text: &[u8]) -> String {
    let mut pattern = String::new();
    for c in text.to_str_lossy().chars() {
        if c.is_ascii_punctuation() && !matches!(c, '@' | '/' | ':' | '-' | '_' | '=' | '%' | '~' | ',') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Returns the input of `git credential reject` for a line of the credential store: protocol, host and user, as far as
/// they are no secret. `None` if the line has no such parts.
pub(crate) fn reject_input(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    let info = url::parse(line)?;
    let scheme = slice(line, 0..memchr::memchr(b':', line)?).to_str().ok()?;
    let host = slice(line, info.host.clone());
    let host = host.trim_end_with(|c| c == '/').to_str().ok()?;
    let user = slice(line, info.user.clone()).to_str().ok()?;
    let is_plain = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._:@".contains(c);
        !text.is_empty() && text.chars().all(is_part) && redact(text.as_bytes()) == text.as_bytes()
    };
    let is_named = is_plain(scheme) && is_plain(host) && is_plain(user) && info.password.is_some();
    is_named.then(|| format!("protocol={scheme}\\nhost={host}\\nusername={user}\\n"))
}

/// Returns a config file without the user in the URL of the section header on a line. `None` if there is no such
/// header, or if it would still have a credential.
pub(crate) fn clean_header(text: &[u8], line: u32) -> Option<Vec<u8>> {
    let start = match line {
        0 => return None,
        1 => 0,
        _ => memchr::memchr_iter(b'\n', text).nth(line as usize - 2)? + 1,
    };
    let (before, rest) = text.split_at(start);
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let (header, after) = rest.split_at(end);
    let authority = header.find("://")? + "://".len();
    let info = url::parse_at(header, authority)?;
    let clean = [slice(header, 0..info.user.start), slice(header, info.host.start..header.len())].concat();
    let is_clean = config::parse(&clean).iter().all(|item| match &item.part {
        ConfigPart::Section(section) => in_section(section).is_empty(),
        ConfigPart::Entry(entry) => in_entry(entry).is_empty(),
        ConfigPart::Comment(_) => true,
        ConfigPart::Fault(_) => false,
    });
    (header.trim_ascii_start().starts_with(b"[") && is_clean).then(|| [before, &clean, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FileFormat;
    use crate::token::scan_format;

    /// Returns the choice for the first leak of a config file.
    fn choice(text: &str) -> ValueChoice {
        let leaks = scan_format(FileFormat::Config, text.as_bytes());
        value_choice(text.as_bytes(), &leaks[0])
    }

    #[test]
    fn pattern_selects_only_values_with_a_credential() {
        let matching = |pattern: &str| ValueChoice::Matching(pattern.to_owned());
        for (text, expected) in [
            ("[remote \"o\"]\nurl = https://u:hunter2x@h.io/a\n", ValueChoice::Only),
            (
                "[remote \"o\"]\nurl = https://u:hunter2x@h.io/a.git\nurl = https://m.io/a.git\n",
                matching(r"@h\.io/a\.git$"),
            ),
            (
                "[http]\nextraheader = X-Trace: 1\nextraheader = Authorization: token Qz7kV7x554\n",
                matching("^Authorization:"),
            ),
            (
                "[http]\nextraheader = Authorization: token $T\nextraheader = Authorization: token Qz7k\n",
                ValueChoice::Unselectable,
            ),
            (
                "[credential]\nhelper = cache\nhelper = \"!f() { echo password=Qz7kV7x554; }; f\"\n",
                matching("password="),
            ),
            (
                "[credential]\nhelper = !echo password=$P\nhelper = !echo password=Qz7kV7x554\n",
                ValueChoice::Unselectable,
            ),
            ("[a]\ntoken = Qz7kV7x554\ntoken = ${T}\n", ValueChoice::Unselectable),
        ] {
            assert_eq!(choice(text), expected, "{text}");
        }
    }

    #[test]
    fn user_of_a_header_is_removed() {
        for (text, line, clean) in [
            (
                "[url \"https://u:p4xx@h.io/\"]\n\tinsteadOf = h:\n",
                1,
                Some("[url \"https://h.io/\"]\n\tinsteadOf = h:\n"),
            ),
            ("[a]\nb = c\n[http \"https://u:p4xx@h.io\"]", 3, Some("[a]\nb = c\n[http \"https://h.io\"]")),
            ("[a]\nurl = https://u:p4xx@h.io\n", 2, None),
            ("[a]\n", 1, None),
            ("[a]\n", 9, None),
        ] {
            let expected = clean.map(|clean| clean.as_bytes().to_vec());
            assert_eq!(clean_header(text.as_bytes(), line), expected, "{text}");
        }
    }

    #[test]
    fn input_for_git_names_no_secret() {
        for (line, expected) in [
            ("https://me:pw1@h.io:8080", Some(r"protocol=https\nhost=h.io:8080\nusername=me\n")),
            ("https://me@h.io", None),
            ("https://me:x'y@h.io", Some(r"protocol=https\nhost=h.io\nusername=me\n")),
            ("https://m%25e:xy@h.io", None),
            ("nothing", None),
        ] {
            assert_eq!(reject_input(line.as_bytes()).as_deref(), expected, "{line}");
        }
    }
}
