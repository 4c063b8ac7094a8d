//! Values of the section `workflows` as they are written, with their schemas.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Error as _;

use super::Comments;
use crate::report::{Group, RuleMeta};
use crate::rules;
use crate::text::{did_you_mean, shown_name};
use crate::workflow::{Release, split_host};

/// Reads the name of a set of comments; `true` is all, `false` is none.
pub(in crate::policy) fn comments<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Comments>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected `all`, `accepted` or `none`")]
    enum Written {
        Bool(bool),
        Name(Comments),
    }
    Ok(Option::<Written>::deserialize(deserializer)?.map(|written| match written {
        Written::Bool(true) => Comments::All,
        Written::Bool(false) => Comments::None,
        Written::Name(comments) => comments,
    }))
}

/// Reads the minimum versions, and returns them by the name of the action in lower case.
pub(super) fn minimum_versions<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, String>::deserialize(deserializer)?;
    for (name, version) in &written {
        if split_host(name).1.split('/').filter(|part| !part.is_empty()).count() < 2 || name.contains('@') {
            return Err(D::Error::custom("expected the name of an action: `owner/action: v1.2.3`"));
        }
        if Release::parse(version).is_none() {
            return Err(D::Error::custom("expected a version in numbers: `owner/action: v1.2.3`"));
        }
    }
    Ok(written.into_iter().map(|(name, version)| (name.to_ascii_lowercase(), version)).collect())
}

/// Set of comments as it is written, for the schema.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::policy) enum WrittenComments {
    Bool(bool),
    Name(Option<Comments>),
}

/// Minimum versions as they are written, for the schema.
pub(super) struct MinimumVersions;

impl JsonSchema for MinimumVersions {
    fn schema_name() -> Cow<'static, str> {
        "MinimumVersions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": r"^([hH][tT][tT][pP][sS]?://[^@/]+/)?/*[^@/:]+/+[^@/][^@]*$" },
            "additionalProperties": {
                "type": ["string", "number"],
                "pattern": r"^(.*/)?[vV]?[0-9]{1,18}(\.[0-9]{1,18})*([^0-9./][^/]*)?$",
                "minimum": 0,
            },
        })
    }
}

/// Returns the schema of the id of a workflow rule.
pub(super) fn workflow_rules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": workflow_rule_ids().collect::<Vec<&str>>() })
}

fn workflow_rule_ids() -> impl Iterator<Item = &'static str> {
    rules::RULES.iter().filter(|rule| rule.meta.group == Group::Workflow).map(|rule| rule.meta.id)
}

/// Reads the id of a workflow rule.
pub(super) fn workflow_rule<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<&'static RuleMeta, D::Error> {
    let id = String::deserialize(deserializer)?;
    let rule = rules::find(&id).filter(|rule| rule.group == Group::Workflow);
    rule.ok_or_else(|| {
        let suggestion = did_you_mean(&id, workflow_rule_ids());
        D::Error::custom(format!("unknown workflow rule {}{suggestion}", shown_name(&id)))
    })
}

/// Reads a reason, which must not be blank.
pub(in crate::policy) fn reason<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    if reason.trim().is_empty() { Err(D::Error::custom("an exemption needs a reason")) } else { Ok(reason) }
}
