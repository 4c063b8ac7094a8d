//! Entries of git config in other text: the output of `git config --list`, in a log, a bug report or a JSON
//! file, and in environment variables.

use std::collections::HashSet;
use std::ops::Range;

use bstr::{BString, ByteSlice as _};

use super::config_entry::entry_has_secret;
use super::config_environment::environment_entries;
use super::config_sections::{KeyCertainty, is_known_key, is_telling, key_certainty, known_entry};
use crate::config::ConfigEntry;
use crate::text::slice;
use crate::token::placeholder::is_guessable;
use crate::token::provider::detectors::recognize;

/// Entry of git config that a text lists.
pub(crate) struct ListedEntry {
    /// Range of the key and the value.
    pub(crate) range: Range<usize>,
    /// The entry.
    pub(crate) entry: ConfigEntry,
    /// Syntax in which it is listed.
    syntax: ListSyntax,
}

/// Syntax of an entry in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListSyntax {
    /// `key=value`, `"key": "value"` or a NUL-terminated record.
    Assigned,
    /// `key value`, as `git config --get-regexp` prints it. Prose looks like that, too.
    Spaced,
    /// An environment variable that only git reads.
    Variable,
}

/// Number of entries that occur only in git config, from which on every entry of a text counts.
const DUMP: usize = 2;

/// Returns the listed entries of a text that are git config.
///
/// An environment variable is. Another entry is if its key is one of git whose value is secret. All entries are if
/// the text lists others that only git config has: then it is a dump of git config.
pub(crate) fn counted_entries(text: &[u8]) -> Vec<ListedEntry> {
    let mut entries = listed_entries(text);
    let telling = entries.iter().filter(|one| is_telling(&one.entry)).map(|one| one.entry.key());
    let telling: HashSet<BString> = telling.collect();
    entries.retain(|one| {
        let company = telling.len() - usize::from(is_telling(&one.entry));
        let is_dump = company >= DUMP;
        match (one.syntax, key_certainty(&one.entry)) {
            (ListSyntax::Variable, _) => true,
            (ListSyntax::Spaced, _) => is_dump,
            (ListSyntax::Assigned, KeyCertainty::Certain) => true,
            (ListSyntax::Assigned, KeyCertainty::Shared) => {
                company > 0 || one.entry.value.as_deref().is_some_and(|value| is_drawn_value(value))
            }
            (ListSyntax::Assigned, KeyCertainty::Open) => is_dump,
        }
    });
    entries
}

/// Returns whether a value is hard to guess and no code. A URL is left to the rules for any text.
fn is_drawn_value(value: &[u8]) -> bool {
    let value = value.trim_ascii().trim_end_with(|c| matches!(c, '"' | '\'' | ';' | ','));
    let is_code = |byte: &u8| matches!(byte, b'(' | b')' | b'{' | b'}' | b';' | b'$' | b'<' | b'>' | b'@');
    let is_command = value.starts_with(b"!");
    is_command || recognize(value).is_some() || !is_guessable(value) && !value.iter().any(is_code)
}

/// Returns every entry listed in a text whose section is one of git.
fn listed_entries(text: &[u8]) -> Vec<ListedEntry> {
    let mut entries = Vec::new();
    if text.contains(&0) {
        let mut start = 0;
        for record in text.split(|byte| *byte == 0) {
            let range = start..start + record.len();
            entries.extend(record_entry(record).map(|entry| ListedEntry {
                range,
                entry,
                syntax: ListSyntax::Assigned,
            }));
            start += record.len() + 1;
        }
    }
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if line.contains(&b'=') || line.contains(&b'"') {
            entries.extend(line_entries(line).map(|(at, entry)| ListedEntry {
                range: start + at..end,
                entry,
                syntax: ListSyntax::Assigned,
            }));
        }
        entries.extend(spaced_entry(line).map(|entry| ListedEntry {
            range: start..end,
            entry,
            syntax: ListSyntax::Spaced,
        }));
        start = end;
    }
    entries.extend(environment_entries(text).into_iter().map(|(range, entry)| ListedEntry {
        range,
        entry,
        syntax: ListSyntax::Variable,
    }));
    entries
}

/// Parses `key value` as a whole line.
fn spaced_entry(line: &[u8]) -> Option<ConfigEntry> {
    let (key, value) = line.trim_ascii_end().split_once_str(" ")?;
    known_entry(key, value).filter(|_| !key.contains(&b'='))
}

/// Returns the entries in a line, each with the offset of its key.
fn line_entries(line: &[u8]) -> impl Iterator<Item = (usize, ConfigEntry)> {
    assigned_entry(line.trim_ascii_end()).into_iter().chain(json_entries(line))
}

/// Returns whether a line lists an entry with a credential. Records and environment variables are ignored.
pub(crate) fn line_has_secret(line: &[u8]) -> bool {
    let entries = line_entries(line).map(|(_, entry)| entry).chain(spaced_entry(line));
    entries.into_iter().any(|entry| entry_has_secret(&entry))
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
