//! Settings of a server: source of the pusher's name, bypass, audit log and deadline.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use crate::env;
use crate::error::{Error, Result};
use crate::text::escape_path;

/// Settings that apply where pushes are received; every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ServerPolicy {
    /// Type of the server. It determines the only variable that is trusted for the name of the pusher.
    #[serde(rename = "type")]
    pub server_type: ServerType,
    /// File that receives a line of JSON for every refusal and every bypass.
    pub audit_log: Option<AuditLog>,
    /// Users who may bypass the gate.
    pub bypass: BypassPolicy,
    /// Time limit of the hook, from its start; a push that takes longer is refused.
    pub deadline: Option<Deadline>,
    /// True if `.git-gate.yml` on the default branch may raise levels.
    ///
    /// It can never lower a level, nor set anything else.
    pub allow_repository_policy: bool,
}

/// Type of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServerType {
    /// Plain git, which provides no name of the pusher.
    #[default]
    Plain,
    /// git-http-backend(1) with an HTTP server that authenticates: `REMOTE_USER`.
    Http,
    /// gitolite: `GL_USER`.
    Gitolite,
    /// GitLab: `GL_USERNAME`.
    Gitlab,
    /// GitHub Enterprise Server: `GITHUB_USER_LOGIN`.
    Github,
    /// Gitea and Forgejo: `GITEA_PUSHER_NAME`.
    Gitea,
}

impl ServerType {
    /// Returns the name of the pusher as the server states it; `None` if it states none.
    ///
    /// Reads the one variable that a server of this type sets for hooks and that a pusher cannot set.
    pub(crate) fn pusher(self) -> Option<String> {
        env::pusher(match self {
            Self::Plain => return None,
            Self::Http => "REMOTE_USER",
            Self::Gitolite => "GL_USER",
            Self::Gitlab => "GL_USERNAME",
            Self::Github => "GITHUB_USER_LOGIN",
            Self::Gitea => "GITEA_PUSHER_NAME",
        })
    }
}

/// Users who may bypass the gate, with the push option `git-gate.bypass=<reason>`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BypassPolicy {
    /// Names of the users, as the server provides them.
    pub users: Vec<String>,
}

/// Time limit of a hook, greater than zero: `4.5s`, `900ms`, `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Duration);

/// Path of an audit log; absolute, because hooks run in many directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditLog(PathBuf);

impl ServerPolicy {
    /// Checks that the keys fit together.
    ///
    /// # Errors
    /// Fails when a bypass could never be granted: without an audit log, or without a pusher that has a name.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
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
        }
    }
}

impl Deadline {
    /// Returns the time limit.
    pub(crate) fn limit(self) -> Duration {
        self.0
    }

    /// Parses a number with the unit `ms`, `s` or `m`; `None` if it is invalid or zero.
    fn parse(text: &str) -> Option<Self> {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            _ => return None,
        };
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        let limit = Duration::try_from_secs_f64(number * seconds).ok()?;
        (!limit.is_zero()).then_some(Self(limit))
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<'de> Deserialize<'de> for Deadline {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("a deadline needs a number and a unit, for example `4.5s`"))
    }
}

impl AuditLog {
    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl<'de> Deserialize<'de> for AuditLog {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let path = PathBuf::deserialize(deserializer)?;
        if path.is_absolute() {
            Ok(Self(path))
        } else {
            Err(D::Error::custom("the path of the audit log has to be absolute"))
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
        use ServerType::{Gitea, Github, Gitlab, Gitolite, Http, Plain};
        for server in [Plain, Http, Gitolite, Gitlab, Github, Gitea] {
            let policy = parse(&format!("type: {}", server.name())).unwrap();
            assert_eq!(policy.server_type, server);
        }
    }

    #[test]
    fn undefined_keys_and_values_are_refused() {
        for text in ["type: svn", "audit-log: gate.jsonl", "audit-log: [/x]", "bypass: [ana]", "users: [ana]"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_deadline_has_a_unit() {
        for (text, milliseconds) in [
            ("4.5s", Some(4500)),
            ("900ms", Some(900)),
            ("2m", Some(120_000)),
            ("5", None),
            ("0s", None),
            ("-1s", None),
            ("1.2.3s", None),
            ("s", None),
            ("1h", None),
            ("infs", None),
            ("99999999999999999999m", None),
        ] {
            let deadline = Deadline::parse(text).map(|deadline| deadline.limit().as_millis());
            assert_eq!(deadline, milliseconds, "{text}");
        }
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
