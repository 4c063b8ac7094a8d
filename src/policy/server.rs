//! Settings of a server: who pushes, who may bypass the gate, what is written down.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use crate::error::{Error, Result};

/// Settings that count where pushes are received; every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ServerPolicy {
    /// What the server is. It says which variable names the pusher; no other variable is believed.
    #[serde(rename = "type")]
    pub server_type: ServerType,
    /// The file that gets a line of JSON for every refusal and every bypass.
    pub audit_log: Option<AuditLog>,
    /// Who may bypass the gate.
    pub bypass: BypassPolicy,
    /// How long the hook may take, from its start; a push that takes longer is refused.
    pub deadline: Option<Deadline>,
    /// Whether `.git-gate.yml` on the default branch may raise levels. It can never lower one, nor set anything else.
    pub allow_repository_policy: bool,
}

/// What a server is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServerType {
    /// Plain git, which does not say who pushes.
    #[default]
    Plain,
    /// git-http-backend(1) behind an HTTP server that authenticates: `REMOTE_USER`.
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

/// Who may bypass the gate, with the push option `git-gate.bypass=<reason>`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BypassPolicy {
    /// Names of pushers, as the server gives them.
    pub users: Vec<String>,
}

/// How long a hook may take: `4.5s`, `900ms`, `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Duration);

/// The path of an audit log: absolute, because hooks run in many directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditLog(PathBuf);

impl ServerPolicy {
    /// Checks what one key alone cannot say.
    ///
    /// # Errors
    /// Fails when a bypass could never be granted: without an audit log, or without a pusher that has a name.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let missing = match (&self.audit_log, self.server_type) {
            _ if self.bypass.users.is_empty() => return Ok(()),
            (None, _) => "an `audit-log`",
            (Some(_), ServerType::Plain) => "a `type` of server that says who pushes",
            (Some(_), _) => return Ok(()),
        };
        let path = crate::text::escape(path.as_os_str().as_encoded_bytes());
        Err(Error::policy(format!("the policy {path} is not valid: `server.bypass` needs {missing}")))
    }
}

impl ServerType {
    /// The word for it in a policy.
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
    /// The time.
    pub(crate) fn limit(self) -> Duration {
        self.0
    }

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
        Self::parse(&text).ok_or_else(|| D::Error::custom("a deadline is a time with its unit: `4.5s`"))
    }
}

impl AuditLog {
    /// Where it is.
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
            Err(D::Error::custom("the path of an audit log is absolute"))
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
    fn what_is_not_defined_is_refused() {
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
    fn a_bypass_that_could_never_be_granted_is_refused() {
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
