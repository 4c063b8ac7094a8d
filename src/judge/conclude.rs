//! Concludes a report: takes out what the baseline covers, and counts what is only warned about.

use crate::policy::Policy;
use crate::report::{Group, Report};

/// Takes out what the baseline of the policy lets through, and says what would be refused if the policy did not only
/// warn.
pub(crate) fn conclude(report: &mut Report, policy: &Policy) {
    if let Some(baseline) = &policy.baseline {
        let all = report.findings.len();
        report.findings.retain(|finding| !baseline.covers(finding));
        match all - report.findings.len() {
            0 => {}
            1 => report.remarks.push("1 old finding is in the baseline and not shown".to_owned()),
            old => report.remarks.push(format!("{old} old findings are in the baseline and not shown")),
        }
        if report.findings.iter().all(|finding| finding.rule.group != Group::SignOff) {
            report.advice.clear();
        }
    }
    let spared = report.findings.iter().filter(|finding| finding.is_spared()).count();
    if spared > 0 {
        report.remarks.push(format!("{spared} of these would be refused if the policy did not only warn"));
    }
}
