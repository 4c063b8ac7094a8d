//! Line of an audit log, as it is read.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// Line of an audit log: the fields that a report counts. It borrows from the text where no character is escaped.
#[derive(Debug, Deserialize)]
pub(super) struct AuditLine<'a> {
    /// Version of the fields; lines of the first releases have none.
    #[serde(default = "first")]
    pub(super) version: u32,
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) pusher: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) repository: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) denied: RuleNames<'a>,
    #[serde(borrow, default)]
    pub(super) warned: RuleNames<'a>,
    #[serde(borrow, default)]
    pub(super) failure: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) bypass: Option<BypassLine<'a>>,
    #[serde(borrow, default)]
    pub(super) exempted: Vec<ExemptedLine<'a>>,
    #[serde(borrow, default)]
    pub(super) proven: Vec<ReasonLine<'a>>,
    #[serde(borrow, default)]
    pub(super) unsigned: Vec<ReasonLine<'a>>,
}

fn first() -> u32 {
    1
}

/// Bypass that was requested.
#[derive(Debug, Deserialize)]
pub(super) struct BypassLine<'a> {
    pub(super) granted: bool,
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
}

/// Exemption that applied.
#[derive(Debug, Deserialize)]
pub(super) struct ExemptedLine<'a> {
    #[serde(borrow)]
    pub(super) rule: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
}

/// Entry of which only the reason is counted.
#[derive(Debug, Deserialize)]
pub(super) struct ReasonLine<'a> {
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
}

/// Ids of the rules in a mapping to numbers.
#[derive(Debug, Default)]
pub(super) struct RuleNames<'a>(pub(super) Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for RuleNames<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = RuleNames<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a mapping of rule ids to numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleNames<'de>, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            map.next_value::<IgnoredAny>()?;
            names.push(name.0);
        }
        Ok(RuleNames(names))
    }
}

/// Text that is borrowed where it can be.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
