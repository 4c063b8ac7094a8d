//! Output of `git config --list`, in a log, a bug report or a JSON file, and config in environment variables.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use crate::config::ConfigEntry;
use crate::token::engine::detect_format::is_known;
use crate::token::engine::scan::entry_has_secret;

/// Returns every entry of git config listed in a text, with the range of its key and value.
///
/// An entry is written as `key=value`, as `"key": "value"`, as a NUL-terminated record or as an environment
/// variable.
pub(crate) fn entries(text: &[u8]) -> Vec<(Range<usize>, ConfigEntry)> {
    let mut entries = Vec::new();
    if text.contains(&0) {
        records(text, &mut entries);
    }
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.contains(&b'=') || line.contains(&b'"') {
            let found = listed(line.trim_ascii_end()).into_iter().chain(json(line));
            entries.extend(found.map(|(at, entry)| (start + at..start + line.len(), entry)));
        }
        start += line.len();
    }
    environment(text, &mut entries);
    entries
}

/// Returns whether a line lists an entry with a credential. [Records](records) and the [environment] are
/// ignored.
pub(crate) fn is_told(line: &[u8]) -> bool {
    let entries = listed(line.trim_ascii_end()).into_iter().chain(json(line));
    entries.map(|(_, entry)| entry).any(|entry| entry_has_secret(&entry))
}

/// Returns the line around an offset, including the line end.
pub(crate) fn line_around(text: &[u8], at: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
    start..memchr::memchr(b'\n', after).map_or(text.len(), |lf| at + lf + 1)
}

/// Adds the entries of `git config --list -z`: records that end with NUL.
fn records(text: &[u8], entries: &mut Vec<(Range<usize>, ConfigEntry)>) {
    let mut start = 0;
    for bytes in text.split(|byte| *byte == 0) {
        entries.extend(record(bytes).map(|entry| (start..start + bytes.len(), entry)));
        start += bytes.len() + 1;
    }
}

/// Parses a record: the key is on the first line, the value is the rest.
fn record(record: &[u8]) -> Option<ConfigEntry> {
    let (key, value) = record.split_at_checked(memchr::memchr(b'\n', record)?)?;
    known(key, value.get(1..)?)
}

/// Returns whether a record is an entry with a credential.
pub(crate) fn is_record(bytes: &[u8]) -> bool {
    record(bytes).is_some_and(|entry| entry_has_secret(&entry))
}

/// Returns the record around an offset, without the NUL.
pub(crate) fn record_around(text: &[u8], at: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr(0, before).map_or(0, |nul| nul + 1);
    start..memchr::memchr(0, after).map_or(text.len(), |nul| at + nul)
}

/// Parses `key=value` after an origin, a scope, a time stamp, a colour or anything else that a log adds in
/// front.
///
/// Returns the offset of the key and the entry. Only the first few possible starts are tried.
fn listed(line: &[u8]) -> Option<(usize, ConfigEntry)> {
    let starts = std::iter::once(0).chain(memchr::memchr3_iter(b' ', b'\t', b'm', line).map(|at| at + 1));
    let quoted = memchr::memchr2_iter(b'\'', b'"', line).map(|at| at + 1);
    starts.take(16).chain(quoted.take(16)).find_map(|start| {
        let rest = line.get(start..)?;
        let quote = start.checked_sub(1).and_then(|before| line.get(before));
        let quote = quote.filter(|byte| matches!(byte, b'\'' | b'"'));
        memchr::memchr_iter(b'=', rest).take(8).find_map(|equals| {
            let (key, value) = (rest.get(..equals)?, rest.get(equals + 1..)?);
            let value = quote.map_or(value, |quote| {
                value.split(|byte| byte == quote).find(|part| !part.is_empty()).unwrap_or_default()
            });
            known(key, value).map(|entry| (start, entry))
        })
    })
}

/// Returns every `"key": "value"` of a line, with the offset of the key.
fn json(line: &[u8]) -> Vec<(usize, ConfigEntry)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(end) = line.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        let start = at + end + 1;
        at = start;
        let Some(length) = line.get(start..).and_then(|rest| rest.find_byte(b'"')) else { break };
        let (key, rest) = (line.get(start..start + length), line.get(start + length + 1..));
        let value = rest.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
        let (Some(key), Some(value)) = (key, value) else { continue };
        let end = line.len() - value.len();
        if !is_key(key) {
            at = string_end(value).map_or(start, |length| end + length);
            continue;
        }
        let mut values = serde_json::Deserializer::from_slice(value).into_iter::<String>();
        let Some(Ok(text)) = values.next() else { continue };
        at = end + values.byte_offset();
        found.extend(known(key, text.as_bytes()).map(|entry| (start, entry)));
    }
    found
}

/// Returns the end of the JSON string at the start of a text. `None` if there is no complete string.
fn string_end(text: &[u8]) -> Option<usize> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let mut at = text.get(start..)?.strip_prefix(b"\"").map(|_| start + 1)?;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Prefix of the names of environment variables that contain config.
pub(crate) const VARIABLES: &str = "GIT_CONFIG_";

/// Returns whether the rest of a name after [`VARIABLES`] is one of those that the [environment] search
/// reads.
pub(crate) fn is_variable(rest: &[u8]) -> bool {
    [&b"KEY_"[..], b"VALUE_", b"PARAMETERS"].iter().any(|end| rest.starts_with(end))
}

/// Adds the entries in `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0` and so on, and in `GIT_CONFIG_PARAMETERS`.
///
/// A range covers the variable with the value. A value without a known key becomes an entry without a key.
fn environment(text: &[u8], entries: &mut Vec<(Range<usize>, ConfigEntry)>) {
    let assigned = |name: &'static str| {
        text.find_iter(name).filter_map(move |at| {
            let told = told_at(text, at);
            let (number, value) = assignment(told.get(name.len()..)?)?;
            Some((at..at + told.len(), number, value))
        })
    };
    let keys = assigned("GIT_CONFIG_KEY_").map(|(_, number, key)| (number, key));
    let keys: HashMap<&[u8], &[u8]> = keys.collect();
    for (range, number, value) in assigned("GIT_CONFIG_VALUE_") {
        let entry = keys.get(number).and_then(|key| known(key, value));
        let other =
            || ConfigEntry { section: Arc::default(), name: BString::default(), value: Some(value.into()) };
        entries.push((range, entry.unwrap_or_else(other)));
    }
    for at in text.find_iter("GIT_CONFIG_PARAMETERS") {
        let told = told_at(text, at);
        // A shell that lists its variables escapes the quotes once more.
        let line = told.replace(r#"'"'"'"#, "'").replace(r"'\''", "'");
        let quoted = line.find_byte(b'\'').and_then(|quote| line.get(quote..)).unwrap_or_default();
        let quoted = quoted.strip_prefix(b"'").filter(|rest| rest.starts_with(b"'")).unwrap_or(quoted);
        entries
            .extend(crate::config::parameters(quoted).into_iter().map(|entry| (at..at + told.len(), entry)));
    }
}

/// Returns the assignment of the variable whose name starts at an offset. It ends at the next variable, at a
/// line end or at NUL.
fn told_at(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    let behind = rest.get(VARIABLES.len()..).unwrap_or_default();
    let rest = rest.get(..behind.find(VARIABLES).map_or(rest.len(), |next| VARIABLES.len() + next));
    let rest = rest.unwrap_or_default();
    rest.get(..memchr::memchr2(b'\n', 0, rest).unwrap_or(rest.len())).unwrap_or_default()
}

/// Parses the rest of an assignment, `0=value`, `0: value` or `0='value'`, into the number and the value.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = line.split_at_checked(digits).filter(|_| digits > 0)?;
    let rest = rest.trim_start_with(|c| matches!(c, '"' | '\'' | ' '));
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?;
    Some((number, value.trim_with(|c| matches!(c, '"' | '\'' | ' ' | ',' | '\r'))))
}

/// Builds an entry if git knows its section. Most candidates are not keys, and are not parsed further.
fn known(key: &[u8], value: &[u8]) -> Option<ConfigEntry> {
    is_key(key).then(|| ConfigEntry::from_key(key, value)).flatten()
}

/// Returns whether the section of a key is one that git knows.
fn is_key(key: &[u8]) -> bool {
    let section = memchr::memchr(b'.', key).and_then(|dot| key.get(..dot));
    section.is_some_and(is_known)
}
