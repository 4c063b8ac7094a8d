//! `.github/dco.yml`: settings of the DCO apps of forges, as far as they are used here.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_yaml::Value;

/// Path of the file on the default branch.
pub(crate) const PATH: &str = ".github/dco.yml";

/// Maximum size of the file, in bytes.
pub(crate) const MAX_SIZE: u64 = 64 << 10;

/// Maximum number of keys that a remark names.
const MAX_NAMED: usize = 5;

/// Permissions for remediation: signing off an earlier commit by a later one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DcoYml {
    /// True if authors may sign off their own earlier commits.
    pub individual: bool,
    /// True if other people may sign off for them.
    pub third_party: bool,
    /// True if members of the organisation need no sign-off on a forge, for signed commits.
    pub exempts_members: bool,
    /// Remark about keys that have no effect.
    pub remark: Option<String>,
}

/// Keys that have an effect. All others are read as [`Value`], for a remark.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DcoYmlFile {
    allow_remediation_commits: Option<RemediationKeys>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RemediationKeys {
    individual: Option<bool>,
    third_party: Option<bool>,
}

impl DcoYml {
    /// Parses the file.
    ///
    /// Only a key with an effect can make the file invalid. `require.members` and `allowOverrideAction` are
    /// accepted and ignored: members are not exempt here, and there is no override button.
    ///
    /// # Errors
    /// Returns the place and the kind of the fault, and no text of the file.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let file: Option<DcoYmlFile> = serde_yaml::from_slice(text).map_err(|error| fault(&error))?;
        let value: Value = serde_yaml::from_slice(text).map_err(|error| fault(&error))?;
        let RemediationKeys { individual, third_party } =
            file.unwrap_or_default().allow_remediation_commits.unwrap_or_default();
        Ok(Self {
            individual: individual == Some(true),
            third_party: third_party == Some(true),
            exempts_members: value.get("require").and_then(|it| it.get("members"))
                == Some(&Value::Bool(false)),
            remark: remark(&value),
        })
    }

    /// Parses a file that a push brings, in which an undefined key is a fault.
    ///
    /// # Errors
    /// As [`Self::parse`]; also for a key that is not defined.
    pub(crate) fn parse_new(text: &[u8]) -> Result<Self, String> {
        let file = Self::parse(text)?;
        serde_yaml::from_slice::<Option<DefinedKeys>>(text).map_err(|error| fault(&error))?;
        Ok(file)
    }
}

/// Keys of the file that are defined, and those that other readers of such files know: `_extends` of Probot, and the list
/// of bots of some forks of the app. Those that have no effect may have any value.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct DefinedKeys {
    allow_remediation_commits: Option<DefinedRemediationKeys>,
    require: Option<DefinedRequireKeys>,
    allow_override_action: IgnoredAny,
    #[serde(rename = "_extends")]
    extends: IgnoredAny,
    allowed_bots: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct DefinedRemediationKeys {
    individual: IgnoredAny,
    third_party: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DefinedRequireKeys {
    members: IgnoredAny,
}

/// Describes a fault by its place, its kind and what was expected, without quoting the file.
fn fault(error: &serde_yaml::Error) -> String {
    const KEYS: [&str; 4] = [
        "require: ",
        "allowRemediationCommits.individual: ",
        "allowRemediationCommits.thirdParty: ",
        "allowRemediationCommits: ",
    ];
    let text = error.to_string();
    let key = KEYS.iter().find(|key| text.starts_with(**key)).copied().unwrap_or_default();
    let kind = text.get(key.len()..).unwrap_or_default();
    let kind = match kind.rsplit_once(", expected ") {
        // The text before may quote the file.
        Some((found, expected)) if found.starts_with("invalid ") => {
            let expected = expected.split(" at line ").next().unwrap_or_default();
            let expected = if expected.starts_with("struct ") { "a mapping" } else { expected };
            format!("wrong type, expected {expected}")
        }
        _ if kind.starts_with("unknown field ") => {
            let key = kind.split('`').nth(1).unwrap_or_default();
            format!("unknown key `{}`", name(&Value::from(key)))
        }
        _ if kind.starts_with("duplicate ") => "a key is set twice".to_owned(),
        _ => "it is not valid YAML".to_owned(),
    };
    match error.location() {
        Some(place) => format!("line {}, column {}: {key}{kind}", place.line(), place.column()),
        None => format!("line 1: {key}{kind}"),
    }
}

/// Returns a remark about the keys that have no effect; `None` if there are none.
fn remark(file: &Value) -> Option<String> {
    let Value::Mapping(file) = file else { return None };
    let mut unused: Vec<String> = Vec::new();
    for (key, value) in file {
        match key.as_str() {
            Some("allowRemediationCommits") => {
                unused.extend(keys(value).filter(|key| !matches!(key.as_str(), "individual" | "thirdParty")));
            }
            Some("require") => unused.extend(match value.get("members") {
                Some(Value::Bool(_)) | None => keys(value).filter(|key| key != "members").collect(),
                Some(_) => vec!["require.members".to_owned()],
            }),
            Some("allowOverrideAction") if matches!(value, Value::Bool(_) | Value::Null) => {}
            _ => unused.push(name(key)),
        }
    }
    let more = match unused.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    unused.truncate(MAX_NAMED);
    let named = unused.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    (!unused.is_empty()).then(|| format!("these keys of `{PATH}` have no effect: {named}{more}"))
}

fn keys(value: &Value) -> impl Iterator<Item = String> {
    value.as_mapping().into_iter().flatten().map(|(key, _)| name(key))
}

/// Returns a key as it may be shown: a word, or a placeholder.
fn name(key: &Value) -> String {
    let is_word = |key: &&str| {
        key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    key.as_str().filter(is_word).unwrap_or("...").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_remediation_keys_have_an_effect() {
        assert!(DcoYml::parse(b"require: {members: false}").unwrap().exempts_members);
        for (text, individual, third_party) in [
            ("", false, false),
            ("# only a comment\n", false, false),
            ("allowRemediationCommits:\n", false, false),
            ("allowRemediationCommits:\n  individual: true\n", true, false),
            ("allowRemediationCommits: {individual: true, thirdParty: true}", true, true),
            ("require:\n  members: false\nallowOverrideAction: false\n", false, false),
        ] {
            let exempts_members = text.contains("members: false");
            let parsed = DcoYml { individual, third_party, exempts_members, remark: None };
            assert_eq!(DcoYml::parse(text.as_bytes()), Ok(parsed), "{text:?}");
        }
    }

    #[test]
    fn keys_without_effect_are_remarked_on() {
        for (text, named) in [
            ("allowRemediationCommit: {}", "`allowRemediationCommit`"),
            ("_extends: .github\nallowedBots: [x]", "`_extends`, `allowedBots`"),
            ("allowRemediationCommits: {individual: true, thirdparty: true}", "`thirdparty`"),
            ("require: {members: \"false\"}", "`require.members`"),
            ("require: {member: true}", "`member`"),
            ("require: 1\nallowOverrideAction: {x: 1}", "`allowOverrideAction`"),
            ("\"a b\\e[31m\": 1\n2: x", "`...`, `...`"),
            ("{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7}", "`a`, `b`, `c`, `d`, `e` and 2 more"),
        ] {
            let remark = DcoYml::parse(text.as_bytes()).unwrap().remark.unwrap();
            assert_eq!(remark, format!("these keys of `{PATH}` have no effect: {named}"), "{text:?}");
        }
    }

    #[test]
    fn undefined_key_of_a_new_file_is_a_fault() {
        for (text, fault) in [
            ("", None),
            ("require: {members: x}\nallowOverrideAction: {x: 1}\n", None),
            ("allowRemediationCommits: {individual: true, thirdParty: false}\n", None),
            ("require: {members: false}\n_extends: .github\nallowedBots: [x]\n", None),
            ("require: {members: false}\nfoo: bar\n", Some("line 2, column 1: unknown key `foo`")),
            (
                "allowRemediationCommits:\n  individual: true\n  thirdparty: true\n",
                Some("line 3, column 3: allowRemediationCommits: unknown key `thirdparty`"),
            ),
            ("require:\n  member: true\n", Some("line 2, column 3: require: unknown key `member`")),
            ("\"a b\": 1\n", Some("line 1, column 1: unknown key `...`")),
        ] {
            let parsed = DcoYml::parse_new(text.as_bytes());
            assert_eq!(parsed.err().as_deref(), fault, "{text:?}");
        }
    }

    #[test]
    fn a_fault_is_placed_and_quotes_nothing() {
        let key = "allowRemediationCommits";
        for (text, fault) in [
            (format!("{key}: SECRET"), format!("line 1, column 26: {key}: wrong type, expected a mapping")),
            (
                format!("x: 1\n{key}:\n  individual: \"SECRET, expected SECRET\"\n"),
                format!("line 3, column 15: {key}.individual: wrong type, expected a boolean"),
            ),
            (
                format!("{key}: {{thirdParty: 'true'}}"),
                format!("line 1, column 39: {key}.thirdParty: wrong type, expected a boolean"),
            ),
            ("- SECRET".to_owned(), "line 1, column 1: wrong type, expected a mapping".to_owned()),
            ("SECRET: [".to_owned(), "line 2, column 1: it is not valid YAML".to_owned()),
            (format!("{key}:\n{key}:\n"), "line 1, column 1: a key is set twice".to_owned()),
            ("SECRET: 1\nSECRET: 2".to_owned(), "line 1, column 1: a key is set twice".to_owned()),
        ] {
            assert_eq!(DcoYml::parse(text.as_bytes()), Err(fault), "{text:.80?}");
        }
    }
}
