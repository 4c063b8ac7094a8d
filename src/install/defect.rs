//! Defects of an installation.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Reason why a hook may not refuse, and its repair.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Defect {
    /// Description: one line.
    pub(crate) message: String,
    /// Repairs, one line each.
    pub(crate) repairs: Vec<String>,
}

impl Defect {
    /// Creates a defect with one repair.
    pub(crate) fn new(message: impl Into<String>, repair: impl Into<String>) -> Self {
        Self { message: message.into(), repairs: vec![repair.into()] }
    }
}

impl From<Error> for Defect {
    /// Takes an error for which a hook would refuse everything.
    fn from(error: Error) -> Self {
        Self { message: error.to_string(), repairs: error.hints().to_vec() }
    }
}
