//! Concludes a report: takes out what the baseline covers, and counts what is only warned about.

use std::collections::{BTreeMap, HashSet};

use bstr::BString;

use super::secret_numbers;
use super::signoff::proof_remarks;
use crate::policy::Policy;
use crate::report::{Finding, GrantedExemption, Group, Level, Obstacle, Report, Unread, Verdict};
use crate::rules::MISMATCHED_LOCK;
use crate::text::escape;
use crate::workflow::LOCK_PATH;

/// Removes the findings in the baseline of the policy, and numbers the credentials of the others.
///
/// Adds a remark with their number, and one with the number of findings that would refuse if the policy
/// did not only warn; and one for each key that proved commits, of all groups of ref updates together. Removes the advice if
/// no finding about a sign-off is left.
pub(crate) fn conclude(report: &mut Report, policy: &Policy) {
    report.remarks.extend(proof_remarks(&report.proofs, policy));
    let mut named = HashSet::new();
    report.unread.retain(|unread| named.insert(unread.oid));
    if let Some(baseline) = &policy.baseline {
        let all = report.findings.len();
        report.findings.retain(|finding| !baseline.covers(finding));
        match all - report.findings.len() {
            0 => {}
            1 => report.remarks.push("1 old finding from the baseline is not shown".to_owned()),
            old => report.remarks.push(format!("{old} old findings from the baseline are not shown")),
        }
        if report.findings.iter().all(|finding| finding.rule.group != Group::Signoff) {
            report.advice.clear();
        }
    }
    secret_numbers::add_numbers(report);
    report.remarks.extend(exemption_remarks(&report.exempted));
    report.remarks.extend(policy.remarks.iter().cloned());
    report.remarks.extend(lock_remark(report.checked.locked_uses.values().sum()));
    let spared = report.findings.iter().filter(|finding| finding.would_be_denied()).count();
    if spared > 0 {
        report
            .remarks
            .push(format!("without `warn-only`, the level of {spared} of these findings would be `deny`"));
    }
}

/// Returns a remark for each exemption of credentials: rule, number, file or number of files, and reason.
fn exemption_remarks(exempted: &[Finding]) -> Vec<String> {
    let mut uses: BTreeMap<(&str, &GrantedExemption), (usize, HashSet<BString>)> = BTreeMap::new();
    for finding in exempted {
        let Some(exemption) = &finding.exemption else { continue };
        let (credentials, paths) = uses.entry((finding.rule.id, exemption)).or_default();
        *credentials += 1;
        paths.insert(finding.location.file_path());
    }
    let remark = |((rule, exemption), (credentials, paths)): (
        (&str, &GrantedExemption),
        (usize, HashSet<BString>),
    )| {
        let number =
            if credentials == 1 { "1 credential".to_owned() } else { format!("{credentials} credentials") };
        let place = match paths.len() {
            1 => paths.iter().map(|path| format!("`{}`", escape(path))).collect(),
            more => format!("{more} files"),
        };
        let (by, reason) = (exemption.source(), escape(exemption.reason.as_bytes()));
        format!("exempted from `{rule}` by {by}: {number} in {place} ({reason})")
    };
    uses.into_iter().map(remark).collect()
}

/// Returns the remark that a number of `uses` rest on the lock file; `None` if none does.
fn lock_remark(uses: usize) -> Option<String> {
    let rest = match uses {
        0 => return None,
        1 => "1 `uses` is pinned only by".to_owned(),
        more => format!("{more} `uses` are pinned only by"),
    };
    Some(format!(
        "{rest} `{LOCK_PATH}`; `git gate rules {}` says where GitHub enforces it",
        MISMATCHED_LOCK.meta.id
    ))
}

/// Concludes the report on a push like [`conclude`], and its advice: what is left to do after its commands.
///
/// A push that is accepted gets no advice: rewritten commits could not be pushed again.
pub(crate) fn conclude_push(report: &mut Report, policy: &Policy) {
    if policy.only_warns() {
        spare_cut_history(report);
    }
    conclude(report, policy);
    if report.verdict() == Verdict::Clean {
        report.advice.clear();
    }
    if report.advice.is_empty() {
        return;
    }
    let denied = report.findings.iter().filter(|finding| finding.level == Level::Deny);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    denied.filter(|finding| !is_repaired(report, finding)).for_each(|finding| {
        *left.entry(finding.rule.id).or_default() += 1;
    });
    let rules: Vec<String> = left.iter().map(|(rule, count)| format!("{rule} ({count})")).collect();
    match left.values().sum::<usize>() {
        0 if report.unread.is_empty() => report.advice.push("then push again".to_owned()),
        0 => {}
        1 => report.advice.push(format!("that leaves 1 error to repair: {}", rules.join(", "))),
        count => report.advice.push(format!("that leaves {count} errors to repair: {}", rules.join(", "))),
    }
}

/// Turns the ends of a shallow history into remarks: a policy that only warns accepts such a push.
fn spare_cut_history(report: &mut Report) {
    let (cut, unread) = std::mem::take(&mut report.unread)
        .into_iter()
        .partition(|unread| unread.obstacle == Obstacle::CutOff);
    report.unread = unread;
    let cut: Vec<Unread> = cut;
    report.remarks.extend(cut.iter().map(|cut| format!("{cut}; without `warn-only` it would be refused")));
}

/// Returns whether the commands of the advice repair what a finding is about.
fn is_repaired(report: &Report, finding: &Finding) -> bool {
    let commit = finding.location.commit();
    finding.rule.group == Group::Signoff && commit.is_some_and(|commit| report.repaired.contains(&commit))
}
