//! Settings of a server: source of the pusher's name, bypass, audit log and deadline.

use std::path::Path;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit_log::AuditLog;
use super::deadline::PushDeadline;
use crate::env;
use crate::error::{Error, Result};
use crate::text::escape_path;

/// Settings that apply where pushes are received; every key has a default.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("allOf" = together()))]
pub(crate) struct ServerPolicy {
    /// Type of the server. It determines the only variable that is believed about the name of the pusher.
    #[serde(rename = "type")]
    pub server_type: ServerType,
    /// File that receives a line of JSON for each push that is refused, bypassed, only warned or exempted.
    ///
    /// Its absolute path, or a mapping.
    pub audit_log: Option<AuditLog>,
    /// Bypass by `git push -o git-gate.bypass=<reason>`, which is reported and logged.
    ///
    /// It is refused if it cannot be logged.
    pub bypass: BypassPolicy,
    /// Source of the pusher's name where the type of the server does not determine it.
    pub pusher: PusherPolicy,
    /// Time limit of the hook, from its start: a number with `ms`, `s` or `m`, or `none`.
    ///
    /// A push that takes longer is refused. A chained hook takes its own time.
    pub deadline: PushDeadline,
    /// True if `.git-gate.yml` on the default branch may raise levels.
    ///
    /// It can never lower a level, nor set anything else.
    pub allow_repository_policy: bool,
}

/// Type of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServerType {
    /// Plain git, which provides no name of the pusher.
    #[default]
    Plain,
    /// git-http-backend(1) with an HTTP server that authenticates: the variable that `pusher` names.
    Http,
    /// gitolite: `GL_USER`.
    Gitolite,
    /// GitLab: `GL_USERNAME`.
    Gitlab,
    /// GitHub Enterprise Server: `GITHUB_USER_LOGIN`.
    Github,
    /// Gitea and Forgejo: `GITEA_PUSHER_NAME`.
    Gitea,
    /// Gogs: `GOGS_AUTH_USER_NAME`.
    Gogs,
    /// soft-serve: `SOFT_SERVE_USERNAME`, which is not set for a pusher without an account.
    SoftServe,
    /// Phorge and Phabricator: `PHABRICATOR_USER`.
    Phorge,
    /// Bitbucket Data Center: `BB_USER_NAME`.
    Bitbucket,
}

/// Source of the pusher's name for the type `http`.
///
/// No variable is believed unless it is named here. An HTTP server may set `REMOTE_USER` to a name that a client
/// only claims: nginx does, and its own list of variables has it, with and without a check of passwords.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PusherPolicy {
    /// Variable that contains the name that the server has checked; only for `type: http`.
    ///
    /// Without it, the pusher is unknown there.
    pub variable: Option<PusherVariable>,
}

/// Name of an environment variable that no client can set.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(extend(
    "type" = ["string", "boolean"],
    "pattern" = "^[A-Za-z_][A-Za-z0-9_]*$",
    "not" = {"anyOf": [{"pattern": "^(HTTP_|GIT_)"}, {"enum": OF_THE_REQUEST}]},
))]
pub(crate) struct PusherVariable(String);

/// CGI variables that repeat the request (RFC 3875), and those that git takes from it.
const OF_THE_REQUEST: [&str; 14] = [
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "DOCUMENT_URI",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PROTOCOL",
    "SSH_ORIGINAL_COMMAND",
];

impl<'de> Deserialize<'de> for PusherVariable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_word || name.is_empty() || name.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return Err(D::Error::custom("the name of a variable consists of letters, digits and `_`"));
        }
        if name.starts_with("HTTP_") || name.starts_with("GIT_") || OF_THE_REQUEST.contains(&name.as_str()) {
            return Err(D::Error::custom("the client of a push can set this variable"));
        }
        Ok(Self(name))
    }
}

/// Message for a server that does not say who pushes because nobody has told it how.
pub(crate) const UNNAMED_VARIABLE: &str = "the policy does not name the variable that identifies the pusher; \
     the administrator adds `server: {pusher: {variable: REMOTE_USER}}` if the HTTP server sets it after it has \
     checked the name (see install/README.md)";

/// Users who may bypass the gate, with the push option `git-gate.bypass=<reason>`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BypassPolicy {
    /// Names of the users who may, as the server provides them. Needs `audit-log`, and a `type` that names the pusher.
    pub users: Vec<String>,
}

/// Returns the conditions of [`ServerPolicy::check`], for the schema.
fn together() -> serde_json::Value {
    let users = json!({ "type": "array", "minItems": 1 });
    let bypass = with("bypass", &with("users", &users));
    let set = json!({ "not": { "type": "null" } });
    let logged = with("audit-log", &set);
    let identified = with("type", &json!({ "not": { "const": "plain" } }));
    let variable = with("pusher", &with("variable", &set));
    let http = with("type", &json!({ "const": "http" }));
    let bypass = json!({ "if": bypass, "then": { "allOf": [logged, identified] } });
    json!([bypass, { "if": variable, "then": http }])
}

/// Returns the schema of a mapping that has a key with a value.
fn with(key: &str, value: &serde_json::Value) -> serde_json::Value {
    json!({ "type": "object", "properties": { key: value }, "required": [key] })
}

impl ServerPolicy {
    /// Returns the name of the pusher as the server states it; `None` if it states none.
    ///
    /// Reads the one variable that a server of this type sets for hooks and that a pusher cannot set.
    pub(crate) fn pusher_name(&self) -> Option<String> {
        env::pusher(match self.server_type {
            ServerType::Plain => return None,
            ServerType::Http => &self.pusher.variable.as_ref()?.0,
            ServerType::Gitolite => "GL_USER",
            ServerType::Gitlab => "GL_USERNAME",
            ServerType::Github => "GITHUB_USER_LOGIN",
            ServerType::Gitea => "GITEA_PUSHER_NAME",
            ServerType::Gogs => "GOGS_AUTH_USER_NAME",
            ServerType::SoftServe => "SOFT_SERVE_USERNAME",
            ServerType::Phorge => "PHABRICATOR_USER",
            ServerType::Bitbucket => "BB_USER_NAME",
        })
    }

    /// Returns whether the policy does not say which variable names the pusher, although it has to.
    pub(crate) fn lacks_variable(&self) -> bool {
        self.server_type == ServerType::Http && self.pusher.variable.is_none()
    }

    /// Checks that the keys fit together.
    ///
    /// # Errors
    /// Fails when a bypass could never be granted: without an audit log, or without a pusher that has a name.
    /// Fails when a variable is named for a server whose type determines it.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        if self.pusher.variable.is_some() && self.server_type != ServerType::Http {
            let path = escape_path(path);
            let message = format!("the policy {path} is not valid: `server.pusher` is for `type: http` only");
            return Err(Error::policy(message));
        }
        let missing = match (&self.audit_log, self.server_type) {
            _ if self.bypass.users.is_empty() => return Ok(()),
            (None, _) => "an `audit-log`",
            (Some(_), ServerType::Plain) => "a `type` other than `plain`, to identify the pusher",
            (Some(_), _) => return Ok(()),
        };
        let path = escape_path(path);
        Err(Error::policy(format!("the policy {path} is not valid: `server.bypass` needs {missing}")))
    }
}

impl ServerType {
    /// Returns the name of the type in a policy file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Http => "http",
            Self::Gitolite => "gitolite",
            Self::Gitlab => "gitlab",
            Self::Github => "github",
            Self::Gitea => "gitea",
            Self::Gogs => "gogs",
            Self::SoftServe => "soft-serve",
            Self::Phorge => "phorge",
            Self::Bitbucket => "bitbucket",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> std::result::Result<ServerPolicy, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    #[test]
    fn every_type_is_read_by_its_name() {
        use ServerType::{Bitbucket, Gitea, Github, Gitlab, Gitolite, Gogs, Http, Phorge, Plain, SoftServe};
        for server in [Plain, Http, Gitolite, Gitlab, Github, Gitea, Gogs, SoftServe, Phorge, Bitbucket] {
            let policy = parse(&format!("type: {}", server.name())).unwrap();
            assert_eq!(policy.server_type, server);
        }
    }

    #[test]
    fn undefined_keys_and_values_are_refused() {
        for text in [
            "type: svn",
            "audit-log: gate.jsonl",
            "audit-log: [/x]",
            "audit-log: {file: x}",
            "audit-log: {clean: true}",
            "bypass: [ana]",
            "users: [ana]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_push_has_a_deadline_unless_the_policy_says_none() {
        for (text, seconds) in
            [("{}", Some(60)), ("deadline:", Some(60)), ("deadline: 2m", Some(120)), ("deadline: none", None)]
        {
            let deadline = parse(text).unwrap().deadline.get();
            assert_eq!(deadline.map(|deadline| deadline.limit().as_secs()), seconds, "{text}");
        }
        for text in ["deadline: 0", "deadline: 60", "deadline: 0s", "deadline: false", "deadline: None"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_variable_that_a_client_can_set_is_refused() {
        for (name, valid) in [
            ("REMOTE_USER", true),
            ("AUTH_USER", true),
            ("gate_pusher_1", true),
            ("HTTP_X_REMOTE_USER", false),
            ("HTTP_AUTHORIZATION", false),
            ("GIT_PROTOCOL", false),
            ("GIT_PUSH_OPTION_0", false),
            ("QUERY_STRING", false),
            ("''", false),
            ("1A", false),
            ("A-B", false),
            ("A=B", false),
        ] {
            let policy = parse(&format!("{{type: http, pusher: {{variable: {name}}}}}"));
            assert_eq!(policy.is_ok(), valid, "{name}");
        }
    }

    #[test]
    fn a_variable_is_for_the_type_http_only() {
        for (server, valid) in [("http", true), ("plain", false), ("gitolite", false), ("gitea", false)] {
            let policy = parse(&format!("{{type: {server}, pusher: {{variable: REMOTE_USER}}}}")).unwrap();
            assert_eq!(policy.check(Path::new("p.yml")).is_ok(), valid, "{server}");
        }
        assert!(parse("type: http").unwrap().lacks_variable());
        assert_eq!(parse("type: http").unwrap().pusher_name(), None);
    }

    #[test]
    fn a_bypass_that_can_never_be_granted_is_refused() {
        for (text, valid) in [
            ("type: gitlab", true),
            ("audit-log: /a", true),
            ("{type: gitlab, audit-log: /a, bypass: {users: [ana]}}", true),
            ("{type: gitlab, bypass: {users: [ana]}}", false),
            ("{audit-log: /a, bypass: {users: [ana]}}", false),
            ("{type: plain, audit-log: /a, bypass: {users: [ana]}}", false),
        ] {
            assert_eq!(parse(text).unwrap().check(Path::new("p.yml")).is_ok(), valid, "{text}");
        }
    }
}
