//! Workflow and action files as values with spans, read the way the forge reads them.

/// What the workflow rules judge: one file.
#[derive(Debug)]
pub struct Document {}
