//! Lines that `git config --list` has written, in a log, a bug report or a JSON file.

use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::sniff::is_known;
use crate::config::Entry;

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

/// `git config --list -z`: records that end with NUL, the key on a line of its own.
fn records(text: &[u8], entries: &mut Vec<(Range<usize>, Entry)>) {
    let mut start = 0;
    for record in text.split(|byte| *byte == 0) {
        if let Some((key, value)) = record.split_once_str("\n") {
            entries.extend(known(key, value).map(|entry| (start..start + record.len(), entry)));
        }
        start += record.len() + 1;
    }
}

/// `key=value`, behind an origin, a scope, a time stamp or whatever a log puts before it.
fn listed(line: &[u8]) -> Option<(usize, Entry)> {
    let starts = line.char_indices().filter_map(|(at, _, _)| {
        let before = at.checked_sub(1).and_then(|before| line.get(before));
        before.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\'' | b'"')).then_some(at)
    });
    starts.take(16).find_map(|start| {
        let rest = line.get(start..)?;
        memchr::memchr_iter(b'=', rest).take(8).find_map(|equals| {
            let (key, value) = (rest.get(..equals)?, rest.get(equals + 1..)?);
            let quote = start
                .checked_sub(1)
                .and_then(|before| line.get(before))
                .filter(|byte| matches!(byte, b'\'' | b'"'));
            let value = quote.map_or(value, |quote| {
                value.split(|byte| byte == quote).find(|part| !part.is_empty()).unwrap_or_default()
            });
            known(key, value).map(|entry| (start, entry))
        })
    })
}

/// `"key": "value"`.
fn json(line: &[u8]) -> Option<(usize, Entry)> {
    let start = line.find_byte(b'"')?;
    let (key, rest) = line.get(start + 1..)?.split_once_str("\"")?;
    let value = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    let value = value.strip_suffix(b",").unwrap_or(value);
    let value: String = serde_json::from_slice(value).ok()?;
    known(key, value.as_bytes()).map(|entry| (start + 1, entry))
}

/// `GIT_CONFIG_KEY_0=…` and `GIT_CONFIG_VALUE_0=…`: the value is what counts, its key says how.
fn environment(text: &[u8], entries: &mut Vec<(Range<usize>, Entry)>) {
    for at in text.find_iter("GIT_CONFIG_VALUE_") {
        let rest = text.get(at + "GIT_CONFIG_VALUE_".len()..).unwrap_or_default();
        let Some((number, value)) = assignment(rest) else { continue };
        let key = text.find_iter("GIT_CONFIG_KEY_").find_map(|at| {
            let (other, key) = assignment(text.get(at + "GIT_CONFIG_KEY_".len()..)?)?;
            (other == number).then_some(key)
        });
        let entry = key.and_then(|key| known(key, value));
        let other = || Entry { section: Arc::default(), name: BString::default(), value: Some(value.into()) };
        let end = at + rest.lines().next().unwrap_or_default().len();
        entries.push((at..end, entry.unwrap_or_else(other)));
    }
    for at in text.find_iter("GIT_CONFIG_PARAMETERS") {
        let rest = text.get(at..).unwrap_or_default();
        let line = rest.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or_default();
        let quoted = line.find_byte(b'\'').and_then(|quote| line.get(quote..)).unwrap_or_default();
        entries
            .extend(crate::config::parameters(quoted).into_iter().map(|entry| (at..at + line.len(), entry)));
    }
}

/// `0=value`, `0: value`, `0='value'` up to the end of the line.
fn assignment(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = text.lines().next()?;
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = line.split_at_checked(digits).filter(|_| digits > 0)?;
    let rest = rest.trim_start_with(|c| matches!(c, '"' | '\'' | ' '));
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":"))?;
    let value = value.split(|byte| *byte == 0).next().unwrap_or_default();
    Some((number, value.trim_with(|c| matches!(c, '"' | '\'' | ' ' | ',' | '\r'))))
}

/// An entry, if git knows its section.
fn known(key: &[u8], value: &[u8]) -> Option<Entry> {
    Entry::from_key(key, value).filter(|entry| is_known(&entry.section.name))
}
