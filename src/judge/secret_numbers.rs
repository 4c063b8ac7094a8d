//! Numbers the credentials of a report, so that the findings about one of them are seen together.

use std::collections::{HashMap, HashSet};

use crate::git::Oid;
use crate::report::{Finding, Report, Standing};
use crate::text::count;

/// Maximum number of other places that a finding names.
const MAX_SPOTS: usize = 3;

/// Findings about one credential.
#[derive(Default)]
struct Same {
    number: usize,
    findings: usize,
    /// Places, each once, in the order of the report: those that a finding may have to name.
    spots: Vec<String>,
    /// Number of places.
    places: usize,
    first_commit: Option<Oid>,
    last_commit: Option<Oid>,
}

/// Gives equal credentials of a report the same number, and notes on each finding where else its credential stands.
///
/// The findings are in the order of judging, older commits first.
pub(super) fn add_numbers(report: &mut Report) {
    let mut known: HashMap<u64, Same> = HashMap::new();
    let mut seen = HashSet::new();
    for finding in report.findings.iter().chain(&report.exempted) {
        let Some(same) = finding.credential.as_ref().map(|credential| credential.same) else { continue };
        let number = known.len() + 1;
        let one = known.entry(same).or_insert_with(|| Same { number, ..Same::default() });
        one.findings += 1;
        let spot = finding.location.spot();
        if seen.insert((same, spot.clone())) {
            one.places += 1;
            // One more than is shown: a finding does not name its own place.
            if one.spots.len() <= MAX_SPOTS {
                one.spots.push(spot);
            }
        }
        if let Some(commit) = finding.location.commit() {
            one.first_commit.get_or_insert(commit);
            one.last_commit = Some(commit);
        }
    }
    for finding in report.findings.iter_mut().chain(&mut report.exempted) {
        add_number(finding, &known);
    }
}

fn add_number(finding: &mut Finding, known: &HashMap<u64, Same>) {
    let Some(credential) = &mut finding.credential else { return };
    let Some(same) = known.get(&credential.same) else { return };
    credential.standing = Some(Standing {
        number: same.number,
        findings: same.findings,
        first_commit: same.first_commit,
        last_commit: same.last_commit,
    });
    finding.notes.extend(elsewhere(same, &finding.location.spot()));
}

/// Returns the note on where else a credential stands; `None` if it stands nowhere else.
fn elsewhere(same: &Same, own: &str) -> Option<String> {
    let others: Vec<&String> = same.spots.iter().filter(|spot| *spot != own).take(MAX_SPOTS).collect();
    if others.is_empty() {
        return None;
    }
    let names: Vec<String> = others.iter().map(|spot| format!("`{spot}`")).collect();
    let more = match same.places - 1 - others.len() {
        0 => String::new(),
        more => format!(" and {}", count(more, "more place")),
    };
    Some(format!("secret {} of this report, also at {}{more}", same.number, names.join(", ")))
}
