//! Audit log of a server: its file, and the pushes that it records.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Audit log. It is written as a path or as a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditLog {
    /// Absolute path of the log, because hooks run in many directories.
    pub(crate) path: PathBuf,
    /// True if pushes without anything to report are logged too.
    pub(crate) clean: bool,
    /// Socket of syslog that gets each line, too.
    pub(crate) syslog: Option<PathBuf>,
}

/// Audit log as it is written in a mapping.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogSection {
    /// Absolute path of the log.
    file: AbsolutePath,
    /// True to log each push, also one with nothing to report: a sign of life.
    #[serde(default)]
    clean: bool,
    /// Absolute path of the socket of syslog or journald that gets each line too, for example `/dev/log`.
    #[serde(default)]
    syslog: Option<AbsolutePath>,
}

/// Absolute path.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "PathBuf")]
#[schemars(with = "PathBuf", extend("pattern" = "^/"))]
struct AbsolutePath(PathBuf);

impl TryFrom<PathBuf> for AbsolutePath {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, Self::Error> {
        if path.is_absolute() { Ok(Self(path)) } else { Err("the paths of an audit log have to be absolute") }
    }
}

impl JsonSchema for AuditLog {
    fn schema_name() -> Cow<'static, str> {
        "AuditLog".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (path, section) = (AbsolutePath::json_schema(generator), LogSection::json_schema(generator));
        json_schema!({ "anyOf": [path, section] })
    }
}

impl<'de> Deserialize<'de> for AuditLog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LogVisitor)
    }
}

struct LogVisitor;

impl<'de> Visitor<'de> for LogVisitor {
    type Value = AuditLog;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path of the log, or `{file: <path>, clean: true, syslog: <path>}`")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<AuditLog, E> {
        let AbsolutePath(path) = PathBuf::from(path).try_into().map_err(E::custom)?;
        Ok(AuditLog { path, clean: false, syslog: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AuditLog, A::Error> {
        let LogSection { file, clean, syslog } = LogSection::deserialize(MapAccessDeserializer::new(map))?;
        Ok(AuditLog { path: file.0, clean, syslog: syslog.map(|socket| socket.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_a_path_or_a_mapping() {
        for (text, expected) in [
            ("/var/log/x", Some(("/var/log/x", false))),
            ("{file: /x}", Some(("/x", false))),
            ("{file: /x, clean: true}", Some(("/x", true))),
            ("{file: /x, syslog: }", Some(("/x", false))),
            ("gate.jsonl", None),
            ("{file: /x, syslog: log}", None),
            ("{file: /x, syslog: true}", None),
            ("{syslog: /dev/log}", None),
            ("{file: x}", None),
            ("{clean: true}", None),
            ("{file: /x, clear: true}", None),
            ("[/x]", None),
            ("5", None),
        ] {
            let log: Option<AuditLog> = serde_yaml::from_str(text).ok();
            let log = log.as_ref().map(|log| (log.path.to_str().unwrap(), log.clean));
            assert_eq!(log, expected, "{text}");
        }
    }
}
