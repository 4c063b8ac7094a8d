//! Texts about the policy: a new file, the values in force, the reference, and the manual page.

mod man;
mod reference;
mod show;
mod template;

use std::fmt::Write as _;

use serde_json::Value;

pub(crate) use man::man_page;
pub(crate) use reference::reference;
pub(crate) use show::{show, show_json};
pub(crate) use template::{Template, template};

use crate::policy::{KeyKind, OF_ONE_PLACE, PolicyKey, PolicyPlace};

/// Returns the whole description of a key in one paragraph, with the place that alone reads it.
fn description(key: &PolicyKey) -> String {
    let mut text = key.description.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((place, _, _)) =
        OF_ONE_PLACE.iter().find(|(_, name, _)| key.name().trim_end_matches("[]") == *name)
    {
        text.push_str(if *place == PolicyPlace::Server { " Only on a server." } else { " Only in a clone." });
    }
    text
}

/// Returns the words that a key may have, with what they mean; empty if it takes any value of its kind.
fn words(key: &PolicyKey) -> Vec<(String, String)> {
    match key.kind {
        KeyKind::Section | KeyKind::Map | KeyKind::List | KeyKind::Number => Vec::new(),
        KeyKind::Flag => ["true", "false"].map(|word| (word.to_owned(), String::new())).into(),
        KeyKind::Text => key.words.clone(),
    }
}

/// Returns the kind of the values of a key, in words.
fn kind(key: &PolicyKey) -> &'static str {
    match key.kind {
        KeyKind::Section => "section",
        KeyKind::Map => "mapping",
        KeyKind::List => "list",
        KeyKind::Flag => "`true` or `false`",
        KeyKind::Number => "number",
        KeyKind::Text if key.words.is_empty() => "text",
        KeyKind::Text => "word",
    }
}

/// Returns a value in YAML, on one line; empty for null.
fn yaml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", "))
        }
        value => escaped(&value.to_string()),
    }
}

/// Escapes the characters of a JSON text that YAML does not take as they are.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text
}

/// Returns whether a text needs no quotes in YAML, on a line and in a list.
fn is_plain(text: &str) -> bool {
    let is_time = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if is_time.len() < text.len() && ["ms", "s", "m"].contains(&is_time) {
        return true;
    }
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./@*+".contains(c));
    is_word
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_back_as_they_were() {
        for value in [
            json!("clean"),
            json!("*_CI"),
            json!("true"),
            json!("a: b"),
            json!("# x"),
            json!("'"),
            json!(""),
            json!("a\nb\u{7f}"),
            json!(["refs/heads/*", "*_DEV", "-"]),
            json!([]),
            json!({}),
            json!({"a/b": "v1"}),
            json!(true),
            json!(5),
            json!([{"match": "*", "rules": {"moved-tag": "deny"}}]),
            json!("NULL"),
            json!("12"),
            json!("~"),
        ] {
            let text = yaml(&value);
            assert_eq!(serde_yaml::from_str::<Value>(&text).unwrap(), value, "{text}");
        }
    }
}
