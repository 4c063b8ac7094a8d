//! Who certifies a commit: trailers, identities and what a sign-off must say.

use crate::git::CommitText;

/// What the sign-off rules judge: one commit.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What the commit says.
    pub text: &'a CommitText,
}
