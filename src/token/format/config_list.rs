//! Lines that `git config --list` has written, in a log, a bug report or a JSON file.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use crate::config::Entry;
use crate::token::engine::detect_format::is_known;
use crate::token::engine::scan::is_secret;

/// Every entry of git config that a text tells of as `key=value`, `"key": "value"` or key, line end, value, NUL, with the
/// place of its key and value.
pub(crate) fn entries(text: &[u8]) -> Vec<(Range<usize>, Entry)> {
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

/// Whether a line tells of an entry that holds a credential. [Records](records) and the [environment] are not looked at.
pub(crate) fn is_told(line: &[u8]) -> bool {
    let entries = listed(line.trim_ascii_end()).into_iter().chain(json(line));
    entries.map(|(_, entry)| entry).any(|entry| is_secret(&entry))
}

/// The line around an offset, with its end.
pub(crate) fn line_around(text: &[u8], at: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
    start..memchr::memchr(b'\n', after).map_or(text.len(), |lf| at + lf + 1)
}

/// `git config --list -z`: records that end with NUL.
fn records(text: &[u8], entries: &mut Vec<(Range<usize>, Entry)>) {
    let mut start = 0;
    for bytes in text.split(|byte| *byte == 0) {
        entries.extend(record(bytes).map(|entry| (start..start + bytes.len(), entry)));
        start += bytes.len() + 1;
    }
}

/// The entry that a record holds: the key stands on a line of its own.
fn record(record: &[u8]) -> Option<Entry> {
    let (key, value) = record.split_at_checked(memchr::memchr(b'\n', record)?)?;
    known(key, value.get(1..)?)
}

/// Whether a record is an entry that holds a credential.
pub(crate) fn is_record(bytes: &[u8]) -> bool {
    record(bytes).is_some_and(|entry| is_secret(&entry))
}

/// The record around an offset, without the NUL.
pub(crate) fn record_around(text: &[u8], at: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(at).unwrap_or_default();
    let start = memchr::memrchr(0, before).map_or(0, |nul| nul + 1);
    start..memchr::memchr(0, after).map_or(text.len(), |nul| at + nul)
}

/// `key=value`, behind an origin, a scope, a time stamp, a colour or whatever a log puts before it.
fn listed(line: &[u8]) -> Option<(usize, Entry)> {
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

/// Every `"key": "value"` of a line.
fn json(line: &[u8]) -> Vec<(usize, Entry)> {
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

/// Where a string of JSON ends, if a text starts with one.
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

/// How the names of variables begin that hold config.
pub(crate) const VARIABLES: &str = "GIT_CONFIG_";

/// Whether a name that begins so goes on as one of those that the [environment] is searched for.
pub(crate) fn is_variable(rest: &[u8]) -> bool {
    [&b"KEY_"[..], b"VALUE_", b"PARAMETERS"].iter().any(|end| rest.starts_with(end))
}

/// `GIT_CONFIG_KEY_0=…` and `GIT_CONFIG_VALUE_0=…`: the value is what counts, its key says how.
fn environment(text: &[u8], entries: &mut Vec<(Range<usize>, Entry)>) {
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
        let other = || Entry { section: Arc::default(), name: BString::default(), value: Some(value.into()) };
        entries.push((range, entry.unwrap_or_else(other)));
    }
    for at in text.find_iter("GIT_CONFIG_PARAMETERS") {
        let told = told_at(text, at);
        // A shell that lists its variables quotes the quotes once more.
        let line = told.replace(r#"'"'"'"#, "'").replace(r"'\''", "'");
        let quoted = line.find_byte(b'\'').and_then(|quote| line.get(quote..)).unwrap_or_default();
        let quoted = quoted.strip_prefix(b"'").filter(|rest| rest.starts_with(b"'")).unwrap_or(quoted);
        entries
            .extend(crate::config::parameters(quoted).into_iter().map(|entry| (at..at + told.len(), entry)));
    }
}

/// What is told of the variable whose name begins at an offset: up to the next one, the end of the line or NUL.
fn told_at(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    let behind = rest.get(VARIABLES.len()..).unwrap_or_default();
    let rest = rest.get(..behind.find(VARIABLES).map_or(rest.len(), |next| VARIABLES.len() + next));
    let rest = rest.unwrap_or_default();
    rest.get(..memchr::memchr2(b'\n', 0, rest).unwrap_or(rest.len())).unwrap_or_default()
}

/// `0=value`, `0: value`, `0='value'` to the end.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = line.split_at_checked(digits).filter(|_| digits > 0)?;
    let rest = rest.trim_start_with(|c| matches!(c, '"' | '\'' | ' '));
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?;
    Some((number, value.trim_with(|c| matches!(c, '"' | '\'' | ' ' | ',' | '\r'))))
}

/// An entry, if git knows its section. Most of what looks like a key is none, and is not taken apart.
fn known(key: &[u8], value: &[u8]) -> Option<Entry> {
    is_key(key).then(|| Entry::from_key(key, value)).flatten()
}

/// Whether a key names a section that git knows.
fn is_key(key: &[u8]) -> bool {
    let section = memchr::memchr(b'.', key).and_then(|dot| key.get(..dot));
    section.is_some_and(is_known)
}
