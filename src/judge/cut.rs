//! Commits at which the history is cut off, in a shallow clone or in a push from one: what is below them was not judged.

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::policy::Policy;
use crate::report::{Report, Unread};

/// Command that brings the rest of a history.
const UNSHALLOW: &str = "`git fetch --unshallow` in the clone brings the rest of the history";

/// Adds that the parents of judged commits were not read, if they have any. `cut` are those of the commits without a
/// parent here.
///
/// If the policy only warns, it is remarked on.
///
/// # Errors
/// Fails when a commit cannot be read.
pub(super) fn add_unread(repo: &Repo, policy: &Policy, cut: &[Oid], report: &mut Report) -> Result<()> {
    let mut missing = Vec::new();
    for oid in cut {
        missing.extend(repo.store().commit(*oid)?.parents.first().map(|parent| (*oid, *parent)));
    }
    let Some((commit, parent)) = missing.first().copied() else { return Ok(()) };
    let others = match missing.len() {
        1 => String::new(),
        count => format!(" and at {} other commits", count - 1),
    };
    let why = format!(
        "the history is cut off at {}{others} (a shallow clone): what is below was not judged",
        commit.short()
    );
    if policy.only_warns() {
        report.remarks.push(format!("{why}; without `warn-only` it would be refused"));
    } else {
        let (kind, hint) = ("commit", UNSHALLOW.to_owned());
        report.unread.push(Unread { oid: parent, kind, path: "".into(), commit: Some(commit), why, hint });
    }
    Ok(())
}
