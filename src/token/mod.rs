//! Credentials: what they look like, and a value that cannot be printed.

/// What the token rules judge: one credential at one place.
#[derive(Debug)]
pub struct Leak {}
