//! Judges new values of refs that do not contain the old ones: a push with force.

use std::collections::HashSet;

use super::Context;
use super::files::judges_files;
use super::multiset::TAKEN_BACK;
use super::trees::{TreeJudge, taken_back};
use crate::error::Result;
use crate::git::{Ancestry, NewHistory, Tip};
use crate::report::{Location, Report, UnreadPlace};

/// Note on a finding that a push takes back a repair.
const TAKEN_BACK_BY_PUSH: &str =
    "the present value of the ref has repaired this, and the push, which removes it, takes the repair back";

/// Adds what a tip has again although the value that it replaces had repaired it.
///
/// # Errors
/// Fails when an object is missing or cannot be read.
pub(super) fn add_findings(
    Context { repo, policy }: Context<'_>,
    history: &NewHistory,
    ancestry: &mut Ancestry,
    trees: &mut TreeJudge<'_>,
    report: &mut Report,
) -> Result<()> {
    let mut seen: HashSet<(&str, Location)> = HashSet::new();
    for Tip { oid, replaced, .. } in &history.tips {
        let Some(replaced) = replaced.filter(|_| judges_files(policy)) else { continue };
        let place = UnreadPlace { commit: Some(*oid), path: b"" };
        let judged = ancestry.replacement(repo.store(), *oid, replaced);
        let Some(judged) = report.read(judged, place)?.flatten() else { continue };
        let mut found = Report::default();
        let result = trees.add_findings(&judged, &mut found);
        report.read(result, place)?;
        report.unread.append(&mut found.unread);
        report.findings.extend(taken_back(found, &mut seen).map(|mut finding| {
            for note in finding.notes.iter_mut().filter(|note| *note == TAKEN_BACK) {
                TAKEN_BACK_BY_PUSH.clone_into(note);
            }
            finding
        }));
    }
    Ok(())
}
