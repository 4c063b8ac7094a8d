//! Concludes a report: takes out what the baseline covers, and counts what is only warned about.

use crate::policy::Policy;
use crate::report::{Group, Report};

/// Removes the findings in the baseline of the policy.
///
/// Adds a remark with their number, and one with the number of findings that would refuse if the policy
/// did not only warn. Removes the advice if no finding about a sign-off is left.
pub(crate) fn conclude(report: &mut Report, policy: &Policy) {
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
    report.remarks.extend(policy.remarks.iter().cloned());
    let spared = report.findings.iter().filter(|finding| finding.would_be_denied()).count();
    if spared > 0 {
        report
            .remarks
            .push(format!("without `warn-only`, the level of {spared} of these findings would be `deny`"));
    }
}
