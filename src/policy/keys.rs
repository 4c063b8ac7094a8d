//! Keys of the policy file, read from its schema: what the reference, a new policy and `git gate policy show` list.

use serde_json::Value;

use super::schema::schema;

/// Key of the policy file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyKey {
    /// Names from the top; that of a list of mappings ends with `[]`.
    pub(crate) path: Vec<String>,
    /// Description: the first paragraph is a sentence, the others are details.
    pub(crate) description: String,
    /// Kind of the value.
    pub(crate) kind: KeyKind,
    /// Words that are accepted, each with its description.
    pub(crate) words: Vec<(String, String)>,
    /// Default; `None` if the key must be set, or if there is nothing that it would be set to.
    pub(crate) default: Option<Value>,
    /// True if the mapping that contains it has to have it.
    pub(crate) required: bool,
}

/// Kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// Mapping with keys of its own.
    Section,
    /// Mapping with keys that the user chooses.
    Map,
    /// List.
    List,
    /// `true` or `false`.
    Flag,
    /// Whole number.
    Number,
    /// Text, or one of several words.
    Text,
}

/// Order of the keys at the top, the most used ones first. A key that is missing here comes last.
const ORDER: [&str; 14] = [
    "profile",
    "rules",
    "message",
    "warn-only",
    "baseline",
    "include",
    "refs",
    "repositories",
    "sign-off",
    "workflows",
    "tokens",
    "pre-push",
    "server",
    "limits",
];

impl PolicyKey {
    /// Returns the names, joined with dots.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }

    /// Returns the number of keys that contain it.
    pub(crate) fn depth(&self) -> usize {
        self.path.len() - 1
    }

    /// Returns whether the key is in an item of a list.
    pub(crate) fn is_in_list(&self) -> bool {
        self.path.iter().rev().skip(1).any(|name| name.ends_with("[]"))
    }
}

/// Returns all keys, each section before the keys in it.
pub(crate) fn keys() -> Vec<PolicyKey> {
    let mut keys = Vec::new();
    add(&schema(), &[], &mut keys);
    let place = |key: &PolicyKey| {
        let top = key.path.first().map_or("", |name| name.trim_end_matches("[]"));
        ORDER.iter().position(|name| *name == top).unwrap_or(ORDER.len())
    };
    keys.sort_by_key(place);
    keys
}

/// Adds the keys of a mapping, and those below them.
fn add(mapping: &Value, path: &[String], keys: &mut Vec<PolicyKey>) {
    let required = |name: &str| {
        mapping
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|it| it == name))
    };
    for (name, value) in mapping.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let parts = parts(value);
        let kind = kind(&parts);
        let nested = nested(&parts, kind);
        let mut path = path.to_vec();
        path.push(if kind == KeyKind::List && nested.is_some() { format!("{name}[]") } else { name.clone() });
        let default = value.get("default").filter(|default| !default.is_null()).cloned();
        let nothing = match kind {
            KeyKind::List if parts.iter().all(|part| part.get("minItems").is_none()) => {
                Some(Value::Array(Vec::new()))
            }
            KeyKind::Map => Some(Value::Object(serde_json::Map::new())),
            KeyKind::List | KeyKind::Section | KeyKind::Flag | KeyKind::Number | KeyKind::Text => None,
        };
        keys.push(PolicyKey {
            path: path.clone(),
            description: text(value, "description"),
            kind,
            words: words(&parts),
            default: if kind == KeyKind::Section { None } else { default.or(nothing) },
            required: required(name),
        });
        if let Some(nested) = nested {
            add(nested, &path, keys);
        }
    }
}

/// Returns a schema and the alternatives in it.
fn parts(schema: &Value) -> Vec<&Value> {
    let alternatives = ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    std::iter::once(schema).chain(alternatives.flat_map(parts)).collect()
}

/// Returns whether a schema accepts a type.
fn accepts(part: &Value, name: &str) -> bool {
    match part.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

fn kind(parts: &[&Value]) -> KeyKind {
    let any = |name: &str| parts.iter().any(|part| accepts(part, name));
    let is_text = parts.iter().any(|part| accepts(part, "string"));
    match parts.iter().find(|part| accepts(part, "object")) {
        Some(_) if is_text => KeyKind::Text,
        Some(part) if part.get("properties").is_some() => KeyKind::Section,
        Some(_) => KeyKind::Map,
        None if any("array") && !is_text => KeyKind::List,
        None if is_text => KeyKind::Text,
        None if any("integer") => KeyKind::Number,
        None => KeyKind::Flag,
    }
}

/// Returns the schema of the mappings below a key; `None` if there are none.
fn nested<'s>(parts: &[&'s Value], kind: KeyKind) -> Option<&'s Value> {
    let mut mappings =
        parts.iter().map(|part| if kind == KeyKind::List { part.get("items") } else { Some(*part) });
    mappings.find_map(|mapping| mapping.filter(|mapping| mapping.get("properties").is_some()))
}

/// Returns the words that a value may be, with their descriptions.
fn words(parts: &[&Value]) -> Vec<(String, String)> {
    let word = |part: &&Value| Some((part.get("const")?.as_str()?.to_owned(), text(part, "description")));
    let described = parts.iter().filter_map(word);
    let listed = parts.iter().filter_map(|part| part.get("enum")?.as_array()).flatten();
    described.chain(listed.filter_map(|word| Some((word.as_str()?.to_owned(), String::new())))).collect()
}

fn text(schema: &Value, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_has_its_place() {
        let keys = keys();
        assert!(keys.len() > 70, "{}", keys.len());
        for key in &keys {
            assert!(!key.description.is_empty(), "{} has no description", key.name());
            assert!(!key.description.contains("[`") && !key.description.contains("None"), "{key:?}");
        }
        let top = |key: &PolicyKey| key.path[0].trim_end_matches("[]").to_owned();
        assert!(keys.iter().all(|key| ORDER.contains(&top(key).as_str())));
        assert!(ORDER.iter().all(|name| keys.iter().any(|key| top(key) == *name)));
    }

    #[test]
    fn kinds_and_defaults_are_those_of_the_types() {
        let keys = keys();
        let find = |name: &str| keys.iter().find(|key| key.name() == name).expect(name).clone();
        for (name, kind, default) in [
            ("profile", KeyKind::Text, None),
            ("rules", KeyKind::Map, Some("{}")),
            ("warn-only", KeyKind::Flag, Some("false")),
            ("include", KeyKind::List, Some("[]")),
            ("refs", KeyKind::Section, None),
            ("refs.cover", KeyKind::List, Some(r#"["refs/heads/*","refs/tags/*"]"#)),
            ("refs.levels[].match", KeyKind::Text, None),
            ("sign-off.merges", KeyKind::Text, Some("\"clean\"")),
            ("sign-off.aliases", KeyKind::List, Some("[]")),
            ("sign-off.exempt[].authors", KeyKind::List, None),
            ("sign-off.proven[].needs", KeyKind::Text, None),
            ("workflows.comments", KeyKind::Text, None),
            ("workflows.minimum-versions", KeyKind::Map, Some("{}")),
            ("workflows.exempt[].exempt", KeyKind::Flag, Some("true")),
            ("server.type", KeyKind::Text, Some("\"plain\"")),
            ("server.audit-log", KeyKind::Text, None),
            ("server.audit-log.clean", KeyKind::Flag, Some("false")),
            ("server.deadline", KeyKind::Text, Some("\"60s\"")),
            ("limits.signatures", KeyKind::Number, None),
            ("limits.unpacked", KeyKind::Text, None),
        ] {
            let key = find(name);
            assert_eq!(
                (key.kind, key.default.map(|it| it.to_string()).as_deref()),
                (kind, default),
                "{name}"
            );
        }
        assert!(find("sign-off.proven[].keys").required && !find("server.deadline").required);
        let words: Vec<String> = find("sign-off.merges").words.into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["clean", "conflicts", "skip", "require"]);
    }
}
