//! Settings of the token rules.

use bstr::ByteSlice as _;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Error as _;

use super::workflows::{Comments, written};
use crate::report::{Group, RuleMeta};
use crate::rules;
use crate::text::{did_you_mean, shown_name};
use crate::workflow::Pattern;

/// Settings of the section `tokens`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TokenPolicy {
    /// Comments `git-gate: allow[rule] reason` that exempt the credentials on their line.
    ///
    /// Without this key: every comment in a clone; on a server those that the default branch already has, and none in the
    /// profile `hardened`. `true` and `false` are `all` and `none`.
    #[serde(deserialize_with = "written::comments")]
    #[schemars(with = "written::WrittenComments")]
    pub comments: Option<Comments>,
    /// Exemptions from token rules, with their reasons.
    ///
    /// The first entry that matches decides. Each needs a path, a host or a fingerprint.
    pub exempt: Vec<TokenExemption>,
}

/// One exemption in the policy. A key that is omitted matches everything, but one of path, host and fingerprint must be
/// there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "TokenExemptionEntry")]
#[schemars(with = "TokenExemptionEntry")]
pub(crate) struct TokenExemption {
    rule: Option<&'static RuleMeta>,
    path: Option<Pattern>,
    host: Option<Pattern>,
    fingerprint: Option<String>,
    /// Reason, shown whenever the exemption applies.
    pub reason: String,
}

/// An exemption as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("anyOf" = [
    { "required": ["path"] }, { "required": ["host"] }, { "required": ["fingerprint"] },
]))]
struct TokenExemptionEntry {
    /// Id of the exempted rule, one of the group token; both if it is missing.
    #[serde(default, deserialize_with = "token_rule")]
    #[schemars(schema_with = "token_rules")]
    rule: Option<&'static RuleMeta>,
    /// Pattern for the path of the file; case counts. In an archive, `!` and the name of the member follow, and a `!` in a
    /// pattern stands only there.
    #[serde(default)]
    path: Option<Pattern>,
    /// Pattern for the host that receives the credential, with or without its port.
    #[serde(default)]
    host: Option<Pattern>,
    /// Fingerprint of the finding, as the JSON report shows it.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{64}(:.*)?$"))]
    fingerprint: Option<String>,
    /// Reason, shown whenever the exemption applies.
    #[serde(deserialize_with = "written::reason")]
    #[schemars(extend("type" = ["string", "number", "boolean"], "pattern" = r"\S"))]
    reason: String,
}

/// Credential that is compared with the exemptions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenQuery<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// Path of the file; `None` for a message or the name of a ref.
    pub path: Option<TokenPath<'a>>,
    /// Host that receives the credential; `None` if that is not known.
    pub host: Option<&'a str>,
    /// Digest of the finding.
    pub digest: &'a str,
}

/// Path of a file with a credential.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenPath<'a> {
    /// Path of the file in the tree.
    pub file: &'a str,
    /// Names of the members of archives that lead to the credential, the outermost first.
    pub members: &'a [String],
}

impl TokenPath<'_> {
    /// Returns the path and the members with `!` only between them, so that a directory `a.zip!b` is no archive. A `!` in a
    /// name becomes a byte that no pattern contains.
    fn separated(self) -> Vec<u8> {
        let names = std::iter::once(self.file).chain(self.members.iter().map(String::as_str));
        let names: Vec<_> = names.map(|name| name.as_bytes().replace("!", b"\xff")).collect();
        names.join(&b'!')
    }
}

impl TokenPolicy {
    /// Returns the first entry that exempts a credential.
    pub(crate) fn exemption(&self, query: TokenQuery<'_>) -> Option<&TokenExemption> {
        self.exempt.iter().find(|entry| entry.matches(query))
    }
}

impl TokenExemption {
    fn matches(&self, query: TokenQuery<'_>) -> bool {
        let matches = |pattern: &Option<Pattern>, text: Option<&str>| match (pattern, text) {
            (None, _) => true,
            (Some(pattern), Some(text)) => pattern.matches(text),
            (Some(_), None) => false,
        };
        let name = query.host.map(without_port);
        self.rule.is_none_or(|rule| rule.id == query.rule)
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| query.path.is_some_and(|path| pattern.matches_path(&path.separated())))
            && (matches(&self.host, query.host) || matches(&self.host, name))
            && self.fingerprint.as_ref().is_none_or(|digest| digest == query.digest)
    }
}

impl TryFrom<TokenExemptionEntry> for TokenExemption {
    type Error = &'static str;

    fn try_from(entry: TokenExemptionEntry) -> Result<Self, Self::Error> {
        let TokenExemptionEntry { rule, path, host, fingerprint, reason } = entry;
        if path.is_none() && host.is_none() && fingerprint.is_none() {
            return Err("an exemption of credentials needs a path, a host or a fingerprint");
        }
        let fingerprint = fingerprint.map(|written| digest(&written)).transpose()?;
        Ok(Self { rule, path, host, fingerprint, reason })
    }
}

/// Returns the digest in a fingerprint: 64 hexadecimal digits, which `:` and a number may follow.
fn digest(fingerprint: &str) -> Result<String, &'static str> {
    let digest = fingerprint.split(':').next().unwrap_or_default();
    match digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(digest.to_ascii_lowercase()),
        false => Err("expected the fingerprint of a finding: 64 hexadecimal digits"),
    }
}

/// Returns a host without its port. An IPv6 address is in brackets, and stays.
fn without_port(host: &str) -> &str {
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    port.map_or(host, |(name, _)| name)
}

fn token_rule<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'static RuleMeta>, D::Error> {
    let Some(id) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let rule = rules::find(&id).filter(|rule| rule.group == Group::Token);
    let unknown = || format!("unknown token rule {}{}", shown_name(&id), did_you_mean(&id, token_ids()));
    rule.map(Some).ok_or_else(|| D::Error::custom(unknown()))
}

fn token_ids() -> impl Iterator<Item = &'static str> {
    rules::RULES.iter().filter(|rule| rule.meta.group == Group::Token).map(|rule| rule.meta.id)
}

/// Returns the schema of the id of a token rule.
fn token_rules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "enum": token_ids().map(Some).chain([None]).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Result<TokenPolicy, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    #[test]
    fn every_key_of_an_entry_has_to_match() {
        let digest = "ab".repeat(32);
        let query = |path: Option<&'static str>, host| {
            let path = path.map(|file| TokenPath { file, members: &[] });
            TokenQuery { rule: "token-in-content", path, host, digest: &digest }
        };
        let file = query(Some("tests/a.py"), Some("localhost:8888"));
        for (entry, query, expected) in [
            ("path: tests/*", file, true),
            ("path: src/*", file, false),
            ("path: Tests/*", file, false),
            ("path: tests/A.py", file, false),
            ("path: '*'", query(None, None), false),
            ("host: localhost", file, true),
            ("host: localhost:8888", file, true),
            ("host: '*.test'", file, false),
            ("host: '*'", query(Some("tests/a.py"), None), false),
            ("host: '[::1]'", query(None, Some("[::1]:80")), true),
            ("path: tests/*, host: 127.*", file, false),
            ("path: tests/*, rule: token-in-content", file, true),
            ("path: tests/*, rule: token-in-git-config", file, false),
            (&format!("fingerprint: '{digest}:2'"), file, true),
            (&format!("fingerprint: {}", digest.to_uppercase()), file, true),
            (&format!("fingerprint: {}", "cd".repeat(32)), file, false),
        ] {
            let policy = policy(&format!("exempt: [{{{entry}, reason: r}}]")).unwrap();
            assert_eq!(policy.exemption(query).is_some(), expected, "{entry}");
        }
    }

    #[test]
    fn exclamation_mark_of_a_pattern_stands_before_a_member() {
        for (pattern, file, members, expected) in [
            ("a.zip!*", "a.zip", &["x/config"][..], true),
            ("a.zip!*", "a.zip!x/config", &[], false),
            ("a.zip!*", "a.zip!x", &["config"], false),
            ("a.zip!x/config", "a.zip!x/config", &[], false),
            ("a.zip!b.tar!*", "a.zip", &["b.tar", "config"], true),
            ("a.zip!b.tar!*", "a.zip", &["b.tar!config"], false),
            ("a.zip", "a.zip", &["config"], false),
            ("*", "a.zip!x/config", &[], true),
            ("a.zip*x/config", "a.zip!x/config", &[], true),
            ("dir/*", "dir/a.zip", &["config"], true),
        ] {
            let policy = policy(&format!("exempt: [{{path: '{pattern}', reason: r}}]")).unwrap();
            let members: Vec<_> = members.iter().map(|name| (*name).to_owned()).collect();
            let path = Some(TokenPath { file, members: &members });
            let query = TokenQuery { rule: "token-in-content", path, host: None, digest: "" };
            assert_eq!(policy.exemption(query).is_some(), expected, "{pattern} {file} {members:?}");
        }
    }

    #[test]
    fn entry_needs_a_place_and_a_reason() {
        for (text, fault) in [
            ("exempt: [{reason: r}]", "needs a path, a host or a fingerprint"),
            ("exempt: [{rule: token-in-content, reason: r}]", "needs a path, a host or a fingerprint"),
            ("exempt: [{path: a}]", "missing field"),
            ("exempt: [{path: a, reason: ' '}]", "needs a reason"),
            ("exempt: [{path: a, rule: unpinned-uses, reason: r}]", "unknown token rule"),
            ("exempt: [{path: a, uses: b, reason: r}]", "unknown field"),
            ("exempt: [{fingerprint: abc, reason: r}]", "64 hexadecimal digits"),
            ("comments: some", "expected"),
        ] {
            let error = policy(text).unwrap_err().to_string();
            assert!(error.contains(fault), "{text}: {error}");
        }
    }
}
