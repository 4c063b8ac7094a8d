//! Settings of git that keep a push from rewriting what a bare repository has accepted.

use super::judged::PolicyState;
use crate::error::Result;
use crate::git::{Git, Repo};
use crate::policy::ServerType;

/// Settings with which git refuses to move a branch back, and to delete it.
const KEYS: [&str; 2] = ["receive.denyNonFastForwards", "receive.denyDeletes"];

/// Returns a note on the settings that are not on.
///
/// A forge has protected branches in their place.
///
/// # Errors
/// Fails if git cannot read its config.
pub(super) fn note(repo: &Repo, policy: &PolicyState) -> Result<Option<String>> {
    if !matches!(policy.server_type, ServerType::Plain | ServerType::Http | ServerType::Gitolite) {
        return Ok(None);
    }
    let mut missing = Vec::new();
    for key in KEYS {
        if !is_on(repo, key)? {
            missing.push(format!("`git config {key} true`"));
        }
    }
    let forced = "pushes that rewrite or delete a branch can take a repair back in several steps, none of which \
                  brings anything new";
    Ok((!missing.is_empty()).then(|| format!("{forced}; to refuse them: {}", missing.join(", "))))
}

fn is_on(repo: &Repo, key: &str) -> Result<bool> {
    let answer = Git::new("config").args(["--type=bool", "--get", key]).dir(repo.git_dir()).answer()?;
    match answer.code {
        Some(0) => Ok(answer.stdout.trim_ascii_end() == b"true"),
        Some(1) => Ok(false),
        _ => Err(answer.refusal("config")),
    }
}
