//! Settings of the workflow rules.

use serde::Deserialize;

/// Settings of the workflow rules; every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkflowPolicy {}
