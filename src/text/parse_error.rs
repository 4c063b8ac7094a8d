//! Errors of the YAML and JSON parsers, without the text that they quote: the file may be a private one.

use super::{escape, nearest};

/// Place and kind of a fault in a YAML or JSON file. Contains nothing of the file except names of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Kind of the fault, and the expected keys or values.
    pub kind: String,
}

impl From<&serde_yaml::Error> for ParseError {
    fn from(error: &serde_yaml::Error) -> Self {
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        Self { line, column, kind: kind(&error.to_string()) }
    }
}

impl From<&serde_json::Error> for ParseError {
    fn from(error: &serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column(), kind: kind(&error.to_string()) }
    }
}

/// Returns a key or another short name for a message, in quotes; a placeholder if it is not like a name.
///
/// A name has at most 40 letters, digits, `_` and `-`. A secret has more digits, or capitals in a row.
pub(crate) fn shown_name(name: &str) -> String {
    let is_name = name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && name.chars().filter(char::is_ascii_digit).count() <= 4
        && !name.as_bytes().windows(2).any(|two| two.iter().all(u8::is_ascii_uppercase));
    if is_name { format!("`{name}`") } else { "(its name is not shown)".to_owned() }
}

/// Beginnings of the messages of serde that quote the file.
const QUOTING: [&str; 8] = [
    "invalid type: ",
    "invalid value: ",
    "invalid length ",
    "unknown field ",
    "unknown variant ",
    "missing field ",
    "duplicate field ",
    "duplicate entry ",
];

/// Returns the message of a parser in our words.
fn kind(message: &str) -> String {
    if message.contains("more than one document") {
        return "it has several YAML documents, and has to be one: take out the line `---`".to_owned();
    }
    // The parsers put the place after the message, but not always.
    let message = message.split(" at line ").next().unwrap_or_default();
    let (path, message) = split_path(message);
    let kind = match QUOTING.iter().position(|quoting| message.starts_with(quoting)) {
        None => escape(message.as_bytes()),
        Some(0 | 1) => format!("found {}{}", found(message), expected(message)),
        Some(2) => format!("wrong number of values{}", expected(message)),
        Some(3) => format!("unknown key {}{}", quoted_name(message), suggested(message)),
        Some(4) => format!("unknown value {}{}", quoted_name(message), suggested(message)),
        Some(5) => format!("the key {} is missing", quoted_name(message)),
        Some(_) => "a key is set twice".to_owned(),
    };
    format!("{path}{kind}")
}

/// Splits off the path of keys, such as `server.type: `, and makes it printable.
fn split_path(message: &str) -> (String, &str) {
    let at = |start: &&str| {
        if message.starts_with(*start) {
            Some(0)
        } else {
            message.find(&format!(": {start}")).map(|at| at + 2)
        }
    };
    let quoting = QUOTING.iter().filter_map(at).min();
    let path = match quoting {
        Some(at) => message.split_at(at).0.strip_suffix(": ").unwrap_or_default(),
        // A message of ours begins with a word, so this is no path if it contains a blank.
        None => message.split_once(": ").map_or("", |(path, _)| path),
    };
    if path.is_empty() || quoting.is_none() && path.contains(' ') {
        return (String::new(), message);
    }
    let rest = message.get(path.len() + 2..).unwrap_or_default();
    let names = path.split('.').map(|name| name.split('[').next().unwrap_or_default());
    let is_printable = names.into_iter().all(|name| shown_name(name).starts_with('`'));
    let path = if is_printable { format!("{path}: ") } else { String::new() };
    (path, rest)
}

/// Returns the kind of value that was found, without the value.
fn found(message: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("string", "text"),
        ("integer", "a number"),
        ("floating point", "a number"),
        ("boolean", "`true` or `false`"),
        ("sequence", "a list"),
        ("map", "a mapping"),
        ("unit", "nothing"),
        ("null", "nothing"),
        ("Option", "nothing"),
    ];
    let kind = message.split_once(": ").map_or("", |(_, kind)| kind);
    KINDS.iter().find(|(name, _)| kind.starts_with(name)).map_or("another value", |(_, kind)| kind)
}

/// Returns what a parser expected, with a comma before it; empty if it does not say so.
fn expected(message: &str) -> String {
    // A quoted text may contain the word, so the last one counts.
    let Some((_, expected)) = message.rsplit_once(", expected ") else { return String::new() };
    let expected = match expected.split(' ').next() {
        Some("struct" | "map") => "a mapping",
        Some("sequence") => "a list",
        Some("unit") => "nothing",
        Some("enum" | "variant") => "one of its values",
        // An enum; the tag is another way to write its values.
        _ if expected.contains("YAML tag") => "one of its values",
        Some("u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64") => "a number",
        _ => match expected {
            "a sequence" => "a list",
            "a map" => "a mapping",
            "a boolean" => "`true` or `false`",
            "a string" | "path string" => "text",
            expected => expected,
        },
    };
    format!(", expected {}", escape(expected.as_bytes()))
}

/// Returns the expected name that is most like the one that a message quotes, else all expected ones.
fn suggested(message: &str) -> String {
    let expected = expected(message);
    let name = quoted_name(message);
    let candidates = expected.split('`').skip(1).step_by(2);
    match nearest(name.trim_matches('`'), candidates) {
        Some(candidate) => format!("; did you mean `{candidate}`?"),
        None => expected,
    }
}

/// Returns the name that a message quotes first, as far as it may be shown.
fn quoted_name(message: &str) -> String {
    let end = message.rfind("`, ").or_else(|| message.rfind('`'));
    let start = message.find('`').map(|at| at + 1);
    let name = start.zip(end).and_then(|(start, end)| message.get(start..end));
    shown_name(name.map_or("", |name| name.split("`, expected").next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only errors are of interest")]
    struct Sample {
        one: Option<Vec<u32>>,
        two: Option<Choice>,
        three: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Choice {
        Left,
        Right,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are of interest")]
    struct Inner {
        flag: bool,
    }

    const SECRET: &str = "-----BEGIN KEY----- `x`, expected \"y\": MIIEpAIBAAKCAQEA";

    #[test]
    fn errors_name_place_and_kind() {
        for (text, line, column, kind) in [
            ("just text", 1, 1, "found text, expected a mapping"),
            ("- a", 1, 1, "found a list, expected a mapping"),
            ("one: x", 1, 6, "one: found text, expected a list"),
            ("one: [1, x]", 1, 10, "one[1]: found text, expected a number"),
            ("two: up", 1, 6, "two: unknown value `up`, expected `left` or `right`"),
            ("\ntwo: [left]", 2, 6, "two: found a list, expected one of its values"),
            ("four: 1", 1, 1, "unknown key `four`, expected one of `one`, `two`, `three`"),
            ("three: {flag: maybe}", 1, 15, "three.flag: found text, expected `true` or `false`"),
            ("three: {flog: true}", 1, 9, "three: unknown key `flog`; did you mean `flag`?"),
            ("three: {}", 1, 8, "three: the key `flag` is missing"),
            ("one: []\none: []", 1, 1, "a key is set twice"),
            (
                "one: []\n---\none: []",
                1,
                1,
                "it has several YAML documents, and has to be one: take out the line `---`",
            ),
        ] {
            let error = serde_yaml::from_str::<Sample>(text).unwrap_err();
            assert_eq!(
                ParseError::from(&error),
                ParseError { line, column, kind: kind.to_owned() },
                "{text}"
            );
        }
        let error = serde_json::from_str::<Sample>("{\"one\":\n 7}").unwrap_err();
        assert_eq!(ParseError::from(&error).kind, "found a number, expected a list");
    }

    #[test]
    fn no_error_quotes_the_file() {
        let quoted = format!("'{SECRET}'");
        for place in [
            "{}",
            "[{}",
            "[{}]",
            "{{}: 1}",
            "one: {}",
            "one: [{}]",
            "two: {}",
            "two: [{}]",
            "two: {{}: 1}",
            "three: {{}: 1}",
            "three: {flag: {}}",
            "{}: {a: {}}",
            "*{}",
            "!{} x",
            "{}: 1\n{}: 2",
            "x: |\n {}\n{",
        ] {
            for value in [SECRET, &quoted, "MIIEpAIBAAKCAQEA", "a1b2c3d4e5f6", &"word".repeat(11)] {
                let text = place.replace("{}", value);
                let Err(error) = serde_yaml::from_str::<Sample>(&text) else { continue };
                let shown = format!("{:?}", ParseError::from(&error));
                for part in ["BEGIN", "MIIE", "KEY", "a1b2", "wordword"] {
                    assert!(!shown.contains(part), "{text}: {shown}");
                }
            }
        }
    }
}
