//! Levels of rules, and the sources of the levels.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};

use crate::report::{Level, LevelSource, RuleMeta};
use crate::rules;
use crate::text::{did_you_mean, shown_name};

/// Named set of levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// Default level of each rule.
    #[default]
    Default,
    /// Level `deny` for every rule, also for those that warn or are off by default.
    Hardened,
}

/// Levels of all rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    /// Layers of a policy, the more general first. A rule that is set in any layer overrides every profile.
    layers: Vec<LevelLayer>,
    /// LevelLayer that can only raise levels.
    raised: Option<LevelLayer>,
    /// Policy file with `warn-only`.
    warn_only: Option<PathBuf>,
}

/// Profile and levels of rules that are set in one place.
#[derive(Debug, Clone, Default)]
pub(super) struct LevelLayer {
    pub(super) profile: Option<Profile>,
    pub(super) rules: RuleLevels,
    pub(super) path: PathBuf,
}

impl Levels {
    /// Creates the levels of some layers, of which later ones override earlier ones.
    pub(super) fn new(layers: Vec<LevelLayer>) -> Self {
        Self { layers, ..Self::default() }
    }

    /// Adds a layer, which overrides the earlier ones.
    pub(super) fn add(&mut self, layer: LevelLayer) {
        self.layers.push(layer);
    }

    /// Sets the layer that can only raise levels.
    pub(super) fn raise(&mut self, layer: LevelLayer) {
        self.raised = Some(layer);
    }

    /// Sets the policy file with `warn-only`: `deny` becomes `warn` for every rule.
    pub(super) fn warn_only(&mut self, path: Option<PathBuf>) {
        self.warn_only = path;
    }

    /// Returns whether every `deny` is a `warn`.
    pub(super) fn only_warn(&self) -> bool {
        self.warn_only.is_some()
    }

    /// Returns whether the profile in force is the hardened one.
    pub(super) fn is_hardened(&self) -> bool {
        let profile = self.layers.iter().rev().find_map(|layer| layer.profile);
        let raised = self.raised.as_ref().and_then(|layer| layer.profile);
        [profile, raised].contains(&Some(Profile::Hardened))
    }

    /// Returns the level of a rule, and its source.
    pub(super) fn level(&self, rule: &RuleMeta) -> (Level, LevelSource) {
        let set = level_in(&self.layers, rule).unwrap_or((rule.default_level, LevelSource::Default));
        let raised = self.raised.as_ref().and_then(|layer| level_in(std::slice::from_ref(layer), rule));
        let level = raised.filter(|(level, _)| *level > set.0).unwrap_or(set);
        match &self.warn_only {
            Some(path) if level.0 == Level::Deny => (Level::Warn, LevelSource::WarnOnly(path.clone())),
            _ => level,
        }
    }
}

/// Returns the level of a rule, if any layer has one.
///
/// The last layer that sets the rule decides, else the last one with a profile.
fn level_in(layers: &[LevelLayer], rule: &RuleMeta) -> Option<(Level, LevelSource)> {
    let set = |layer: &LevelLayer| {
        let level = layer.rules.0.get(rule.id)?;
        Some((*level, LevelSource::Policy(layer.path.clone())))
    };
    let profile = |layer: &LevelLayer| match layer.profile? {
        Profile::Hardened if rule.default_level != Level::Deny => {
            Some((Level::Deny, LevelSource::Profile(layer.path.clone())))
        }
        Profile::Default | Profile::Hardened => Some((rule.default_level, LevelSource::Default)),
    };
    layers.iter().rev().find_map(set).or_else(|| layers.iter().rev().find_map(profile))
}

/// Section `rules`: level by rule id. Unlike a plain map it refuses unknown and repeated ids.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleLevels(BTreeMap<&'static str, Level>);

impl<'de> Deserialize<'de> for RuleLevels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RuleLevelsVisitor)
    }
}

impl JsonSchema for RuleLevels {
    fn schema_name() -> Cow<'static, str> {
        "RuleLevels".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let ids: Vec<&str> = rules::RULES.iter().map(|rule| rule.meta.id).collect();
        let level = Level::json_schema(generator);
        json_schema!({ "type": "object", "propertyNames": { "enum": ids }, "additionalProperties": level })
    }
}

/// Returns the message about an id that no rule has, with the most similar one of those that are expected.
fn unknown_rule(id: &str) -> String {
    format!(
        "unknown rule {}{}",
        shown_name(id),
        did_you_mean(id, rules::RULES.iter().map(|rule| rule.meta.id))
    )
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
            let rule = rules::find(&id).ok_or_else(|| A::Error::custom(unknown_rule(&id)))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(profile: Option<Profile>, rules: &str) -> LevelLayer {
        LevelLayer { profile, rules: serde_yaml::from_str(rules).unwrap(), path: "p.yml".into() }
    }

    fn level(levels: &Levels) -> Level {
        levels.level(rules::find("unpinned-image").unwrap()).0
    }

    #[test]
    fn the_last_layer_wins_and_rules_override_profiles() {
        use Profile::{Default as Plain, Hardened};
        let (allow, warn, deny) = ("unpinned-image: allow", "unpinned-image: warn", "unpinned-image: deny");
        for (layers, expected) in [
            (vec![], Level::Warn),
            (vec![layer(None, deny), layer(None, "{}")], Level::Deny),
            (vec![layer(None, deny), layer(None, allow)], Level::Allow),
            (vec![layer(None, warn), layer(Some(Hardened), "{}")], Level::Warn),
            (vec![layer(Some(Hardened), "{}"), layer(None, "{}")], Level::Deny),
            (vec![layer(Some(Hardened), "{}"), layer(Some(Plain), "{}")], Level::Warn),
        ] {
            let levels = Levels { layers, ..Levels::default() };
            assert_eq!(level(&levels), expected, "{levels:?}");
        }
    }

    #[test]
    fn a_raising_layer_never_lowers_a_level() {
        for (set, raised, expected) in [
            ("unpinned-image: warn", "unpinned-image: deny", Level::Deny),
            ("unpinned-image: allow", "unpinned-image: warn", Level::Warn),
            ("unpinned-image: deny", "unpinned-image: allow", Level::Deny),
            ("unpinned-image: deny", "{}", Level::Deny),
        ] {
            let mut levels = Levels::default();
            levels.add(layer(None, set));
            levels.raise(layer(None, raised));
            assert_eq!(level(&levels), expected, "{set} {raised}");
        }
    }

    #[test]
    fn a_policy_that_only_warns_denies_nothing() {
        let mut levels = Levels::default();
        levels.add(layer(Some(Profile::Hardened), "unpinned-uses: deny"));
        levels.warn_only(Some("p.yml".into()));
        assert!(rules::RULES.iter().all(|rule| levels.level(&rule.meta).0 == Level::Warn));
    }
}
