//! Config in environment variables: `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0` and so on, and
//! `GIT_CONFIG_PARAMETERS`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::config_sections::known_entry;
use crate::config::{self, ConfigEntry};
use crate::token::search::keywords::CONFIG_VARIABLES;

/// Returns whether the rest of a name after [`CONFIG_VARIABLES`] is one of those that [`environment_entries`]
/// reads.
pub(crate) fn is_variable(rest: &[u8]) -> bool {
    ["KEY_", "VALUE_", "PARAMETERS"].iter().any(|end| rest.starts_with(end.as_bytes()))
}

/// Returns the entries in the environment variables that a text lists.
///
/// A range covers the variable with the value. A value without a known key becomes an entry without a key.
pub(super) fn environment_entries(text: &[u8]) -> Vec<(Range<usize>, ConfigEntry)> {
    let keys = numbered(text, "GIT_CONFIG_KEY_").map(|(_, number, key)| (number, key));
    let keys: HashMap<&[u8], &[u8]> = keys.collect();
    let other = |value: &[u8]| ConfigEntry {
        section: Arc::default(),
        name: BString::default(),
        value: Some(value.into()),
    };
    let values = numbered(text, "GIT_CONFIG_VALUE_").map(|(range, number, value)| {
        let entry = keys.get(number).and_then(|key| known_entry(key, value));
        (range, entry.unwrap_or_else(|| other(value)))
    });
    let parameters = text.find_iter("GIT_CONFIG_PARAMETERS").flat_map(|at| {
        let assignment = assignment_at(text, at);
        parameters(assignment).into_iter().map(move |entry| (at..at + assignment.len(), entry))
    });
    values.chain(parameters).collect()
}

/// Returns range, number and value of each variable whose name starts with the given text.
fn numbered<'t>(text: &'t [u8], name: &str) -> impl Iterator<Item = (Range<usize>, &'t [u8], &'t [u8])> {
    text.find_iter(name).filter_map(move |at| {
        let assignment = assignment_at(text, at);
        let (number, value) = number_and_value(assignment.strip_prefix(name.as_bytes())?)?;
        Some((at..at + assignment.len(), number, value))
    })
}

/// Returns the assignment of the variable whose name starts at an offset. It ends at the next variable, at a
/// line end or at NUL.
fn assignment_at(text: &[u8], at: usize) -> &[u8] {
    let (_, rest) = text.split_at(at);
    // The next variable is searched for first: a line may be long, and full of variables.
    let next = rest.find_iter(CONFIG_VARIABLES).nth(1);
    let (rest, _) = rest.split_at(next.unwrap_or(rest.len()));
    rest.split_at(memchr::memchr2(b'\n', 0, rest).unwrap_or(rest.len())).0
}

/// Parses the rest of an assignment, `0=value`, `0: value` or `0='value'`, into the number and the value.
fn number_and_value(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = rest.split_at(digits);
    let rest = rest.trim_start_with(|c| matches!(c, '"' | '\'' | ' '));
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b":")).filter(|_| digits > 0)?;
    Some((number, value.trim_with(|c| matches!(c, '"' | '\'' | ' ' | ',' | '\r'))))
}

/// Returns the entries in an assignment of `GIT_CONFIG_PARAMETERS`.
fn parameters(assignment: &[u8]) -> Vec<ConfigEntry> {
    // A shell that lists its variables escapes the quotes once more.
    let line = assignment.replace(r#"'"'"'"#, "'").replace(r"'\''", "'");
    let Some(start) = line.find_byte(b'\'') else { return Vec::new() };
    let (_, quoted) = line.split_at(start);
    config::parameters(quoted.strip_prefix(b"'").filter(|rest| rest.starts_with(b"'")).unwrap_or(quoted))
}
