//! Entries of git config in other text: the output of `git config --list`, in a log, a bug report or a JSON
//! file, and in environment variables.

use std::ops::Range;

use super::config_entry::entry_has_secret;
use super::config_environment::environment_entries;
use super::config_sections::{is_known_key, known_entry};
use crate::config::ConfigEntry;
use crate::text::slice;

/// Returns every entry of git config listed in a text, with the range of its key and value.
///
/// An entry is written as `key=value`, as `"key": "value"`, as a NUL-terminated record or as an environment
/// variable.
pub(crate) fn listed_entries(text: &[u8]) -> Vec<(Range<usize>, ConfigEntry)> {
    let mut entries = Vec::new();
    if text.contains(&0) {
        let mut start = 0;
        for record in text.split(|byte| *byte == 0) {
            entries.extend(record_entry(record).map(|entry| (start..start + record.len(), entry)));
            start += record.len() + 1;
        }
    }
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.contains(&b'=') || line.contains(&b'"') {
            entries.extend(line_entries(line).map(|(at, entry)| (start + at..start + line.len(), entry)));
        }
        start += line.len();
    }
    entries.extend(environment_entries(text));
    entries
}

/// Returns the entries in a line, each with the offset of its key.
fn line_entries(line: &[u8]) -> impl Iterator<Item = (usize, ConfigEntry)> {
    assigned_entry(line.trim_ascii_end()).into_iter().chain(json_entries(line))
}

/// Returns whether a line lists an entry with a credential. Records and environment variables are ignored.
pub(crate) fn line_has_secret(line: &[u8]) -> bool {
    line_entries(line).any(|(_, entry)| entry_has_secret(&entry))
}

/// Returns whether a record of `git config --list -z` is an entry with a credential.
pub(crate) fn record_has_secret(record: &[u8]) -> bool {
    record_entry(record).is_some_and(|entry| entry_has_secret(&entry))
}

/// Parses a record: the key is on the first line, the value is the rest.
fn record_entry(record: &[u8]) -> Option<ConfigEntry> {
    let lf = memchr::memchr(b'\n', record)?;
    known_entry(slice(record, 0..lf), slice(record, lf + 1..record.len()))
}

/// Parses `key=value` after an origin, a scope, a time stamp, a colour or anything else that a log adds in
/// front.
///
/// Returns the offset of the key and the entry. Only the first few possible starts are tried.
fn assigned_entry(line: &[u8]) -> Option<(usize, ConfigEntry)> {
    let starts = std::iter::once(0).chain(memchr::memchr3_iter(b' ', b'\t', b'm', line).map(|at| at + 1));
    let quoted = memchr::memchr2_iter(b'\'', b'"', line).map(|at| at + 1);
    starts.take(16).chain(quoted.take(16)).find_map(|start| {
        let (before, rest) = line.split_at(start);
        let quote = before.last().filter(|byte| matches!(byte, b'\'' | b'"'));
        memchr::memchr_iter(b'=', rest).take(8).find_map(|equals| {
            let (key, value) = (slice(rest, 0..equals), slice(rest, equals + 1..rest.len()));
            let value = match quote {
                Some(quote) => value.split(|byte| byte == quote).find(|part| !part.is_empty()),
                None => Some(value),
            };
            known_entry(key, value.unwrap_or_default()).map(|entry| (start, entry))
        })
    })
}

/// Returns every `"key": "value"` of a line, with the offset of the key.
fn json_entries(line: &[u8]) -> Vec<(usize, ConfigEntry)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((_, text)) = split_at_quote(rest) {
        rest = text;
        let Some((key, after)) = split_at_quote(text) else { break };
        let Some(value) = after.trim_ascii_start().strip_prefix(b":") else { continue };
        if !is_known_key(key) {
            rest = after_json_string(value).unwrap_or(rest);
            continue;
        }
        let mut values = serde_json::Deserializer::from_slice(value).into_iter::<String>();
        let Some(Ok(decoded)) = values.next() else { continue };
        (_, rest) = value.split_at(values.byte_offset());
        let start = line.len() - text.len();
        found.extend(known_entry(key, decoded.as_bytes()).map(|entry| (start, entry)));
    }
    found
}

/// Returns the text before and after the first `"`.
fn split_at_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let quote = memchr::memchr(b'"', text)?;
    Some((slice(text, 0..quote), slice(text, quote + 1..text.len())))
}

/// Returns the text after the JSON string at the start of a text. `None` if there is no complete string.
fn after_json_string(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.trim_ascii_start().strip_prefix(b"\"")?;
    loop {
        let (_, sign) = rest.split_at(memchr::memchr2(b'"', b'\\', rest)?);
        match sign {
            [b'"', after @ ..] => return Some(after),
            [_, _, after @ ..] => rest = after,
            _ => return None,
        }
    }
}
