//! Settings of the token rules.

use serde::Deserialize;

/// Settings of the token rules; every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenPolicy {}
