//! How much a finding counts, and who said so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};

use crate::rules::{self, Rule};

/// How much a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not at all: the rule is off.
    Allow,
    /// It is shown.
    Warn,
    /// It is shown and refuses.
    Deny,
}

/// A named set of levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The level that each rule names itself.
    #[default]
    Default,
    /// Every rule denies, also what would warn or is off.
    Hardened,
}

/// Where a level comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LevelSource {
    /// The rule itself.
    Default,
    /// The profile that a policy file names.
    Profile(PathBuf),
    /// An entry of a policy file.
    Policy(PathBuf),
    /// The pusher, who may bypass the gate and does.
    Bypass,
}

/// The levels of all rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    profile: Profile,
    rules: RuleLevels,
    path: PathBuf,
}

impl Levels {
    pub(super) fn new(profile: Profile, rules: RuleLevels, path: &Path) -> Self {
        Self { profile, rules, path: path.to_owned() }
    }

    pub(super) fn of(&self, rule: &Rule) -> (Level, LevelSource) {
        match (self.rules.0.get(rule.id), self.profile, rule.default_level) {
            (Some(level), _, _) => (*level, LevelSource::Policy(self.path.clone())),
            (None, Profile::Hardened, Level::Allow | Level::Warn) => {
                (Level::Deny, LevelSource::Profile(self.path.clone()))
            }
            (None, _, default) => (default, LevelSource::Default),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

impl fmt::Display for LevelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::Profile(path) => write!(f, "by the profile in {}", path.display()),
            Self::Policy(path) => write!(f, "in {}", path.display()),
            Self::Bypass => f.write_str("because of the bypass"),
        }
    }
}

/// The section `rules`: rule id to level. Unlike a plain map it refuses unknown and repeated ids.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleLevels(BTreeMap<&'static str, Level>);

impl<'de> Deserialize<'de> for RuleLevels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RuleLevelsVisitor)
    }
}

struct RuleLevelsVisitor;

impl<'de> Visitor<'de> for RuleLevelsVisitor {
    type Value = RuleLevels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of rule ids to `allow`, `warn` or `deny`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleLevels, A::Error> {
        let mut levels = BTreeMap::new();
        while let Some(id) = map.next_key::<String>()? {
            let rule =
                rules::find(&id).ok_or_else(|| A::Error::custom(format!("there is no rule `{id}`")))?;
            if levels.insert(rule.id, map.next_value()?).is_some() {
                return Err(A::Error::custom(format!("the rule `{id}` is set twice")));
            }
        }
        Ok(RuleLevels(levels))
    }

    fn visit_unit<E>(self) -> Result<RuleLevels, E> {
        Ok(RuleLevels::default())
    }
}
