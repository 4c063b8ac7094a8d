//! Concludes a report: takes out what the baseline covers, and counts what is only warned about.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bstr::BString;

use super::secret_numbers;
use super::signoff::proof_remarks;
use crate::error::Result;
use crate::policy::Policy;
use crate::report::{Finding, GrantedExemption, Group, Level, Obstacle, Report, Unread, Verdict};
use crate::rules::MISMATCHED_LOCK;
use crate::text::{count, counted, escape};
use crate::token::redact_message;
use crate::workflow::LOCK_PATH;

/// Removes the findings in the baseline of the policy, and numbers the credentials of the others.
///
/// Adds a remark with their number, and one with the number of findings that would refuse if the policy
/// did not only warn; and one for each key that proved commits, of all groups of ref updates together. Removes the advice if
/// no finding about a sign-off is left.
///
/// # Errors
/// Fails when the baseline cannot be read.
pub(crate) fn conclude(report: &mut Report, policy: &Policy) -> Result<()> {
    report.remarks.extend(proof_remarks(&report.proofs, policy));
    report.unite_unread();
    add_baseline_advice(report);
    if let Some(old_findings) = &policy.old_findings {
        let mut are_old = old_findings.among(&report.findings)?.into_iter();
        let all = report.findings.len();
        report.findings.retain(|_| are_old.next() == Some(false));
        report.baselined = all - report.findings.len() + report.written.baselined;
        match report.baselined {
            0 => {}
            old => report.remarks.push(counted(
                old,
                "old finding from the baseline is not shown",
                "old findings from the baseline are not shown",
            )),
        }
        if !report.has_signoff_finding() {
            report.advice.clear();
        }
    }
    secret_numbers::add_numbers(report);
    report.remarks.extend(exemption_remarks(&report.exempted));
    report.remarks.extend(policy.remarks.iter().cloned());
    report.remarks.extend(lock_remark(report.checked.locked_uses.values().sum()));
    let spared = report.findings.iter().filter(|finding| finding.would_be_denied()).count();
    let spared = spared + report.written.would_be_denied;
    if report.verdict() != Verdict::Clean {
        report.message = policy.message.as_ref().map(|text| redact_message(escape(text.as_bytes())));
    }
    if spared > 0 {
        report
            .remarks
            .push(format!("without `warn-only`, the level of {spared} of these findings would be `deny`"));
    }
    Ok(())
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
        let number = count(credentials, "credential");
        let place = match paths.len() {
            1 => paths.iter().map(|path| format!("`{}`", escape(path))).collect(),
            more => format!("{more} files"),
        };
        let (by, reason) = (exemption.source(), escape(exemption.reason.as_bytes()));
        format!("exempted from `{rule}` by {by}: {number} in {place} ({reason})")
    };
    uses.into_iter().map(remark).collect()
}

/// Adds the advice about a baseline, once, if everything could be read: otherwise none is written.
fn add_baseline_advice(report: &mut Report) {
    let lines = std::mem::take(&mut report.baseline_advice);
    if report.unread.is_empty() && lines.iter().any(|line| !report.advice.contains(line)) {
        let mut said = BTreeSet::new();
        report.advice.extend(lines.into_iter().filter(|line| said.insert(line.clone())));
    }
}

/// Returns the remark that a number of `uses` rest on the lock file; `None` if none does.
fn lock_remark(uses: usize) -> Option<String> {
    let pinned = counted(uses, "`uses` is", "`uses` are");
    let rule = MISMATCHED_LOCK.meta.id;
    (uses > 0).then(|| {
        format!(
            "{pinned} pinned only by `{LOCK_PATH}`; `git gate rules {rule}` says where GitHub enforces it"
        )
    })
}

/// Concludes the report on a push like [`conclude`], and its advice: what is left to do after its commands.
///
/// A push that is accepted gets no advice: rewritten commits could not be pushed again.
///
/// # Errors
/// As [`conclude`].
pub(crate) fn conclude_push(report: &mut Report, policy: &Policy) -> Result<()> {
    if policy.only_warns() {
        spare_cut_history(report);
    }
    conclude(report, policy)?;
    if report.verdict() == Verdict::Clean {
        accept(report);
    }
    if report.advice.is_empty() {
        return Ok(());
    }
    let denied = report.findings.iter().filter(|finding| finding.level == Level::Deny);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    denied.filter(|finding| !is_repaired(report, finding)).for_each(|finding| {
        *left.entry(finding.rule.id).or_default() += 1;
    });
    let rules: Vec<String> = left.iter().map(|(rule, errors)| format!("{rule} ({errors})")).collect();
    match left.values().sum::<usize>() {
        0 if report.unread.is_empty() => report.advice.push("then push again".to_owned()),
        0 => {}
        errors => {
            let errors = count(errors, "error");
            report.advice.push(format!("that leaves {errors} to repair: {}", rules.join(", ")));
        }
    }
    Ok(())
}

/// Adds the remark on credentials in a history, which others may have: in what order to act.
pub(crate) fn remark_on_history(report: &mut Report) {
    let is_in_commit =
        |finding: &Finding| finding.credential.is_some() && finding.location.commit().is_some();
    if report.findings.iter().any(is_in_commit) {
        report.remarks.push(
            "a credential in a commit that was pushed is public: revoke it first; then find out who has the commit: \
             clones, forks, logs and artifacts of CI; only then rewrite the history, with git filter-repo, which every \
             clone has to follow"
                .to_owned(),
        );
    }
}

/// Removes what would have the commits of an accepted push rewritten: they are public now.
fn accept(report: &mut Report) {
    report.advice.clear();
    let mut is_public = false;
    for finding in report.findings.iter_mut().filter(|finding| finding.would_be_denied()) {
        is_public = true;
        if finding.rule.group == Group::Signoff {
            finding.help = None;
        }
    }
    if is_public {
        report.remarks.push(
            "the push is accepted, and its commits count as known from now on: do not rewrite them"
                .to_owned(),
        );
    }
}

/// Turns the ends of a shallow history into remarks: a policy that only warns accepts such a push.
fn spare_cut_history(report: &mut Report) {
    report.unite_unread();
    let (cut, unread) = std::mem::take(&mut report.unread)
        .into_iter()
        .partition(|unread| unread.obstacle == Obstacle::CutOff);
    report.unread = unread;
    let cut: Vec<Unread> = cut;
    report.remarks.extend(cut.iter().map(|cut| format!("{cut}; without `warn-only` it would be refused")));
}

/// Returns whether the commands of the advice repair what a finding is about.
fn is_repaired(report: &Report, finding: &Finding) -> bool {
    let Some(commit) = finding.location.commit() else { return false };
    match (&finding.location, finding.rule.group) {
        (_, Group::Signoff) => report.repaired.contains(&commit),
        (location, Group::Workflow) => report.combined.contains(&(finding.rule.id, location.clone())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{CutParent, Oid};

    #[test]
    fn end_of_a_history_is_remarked_on_once() {
        let oid = |digit: u8| Oid::from_hex(&[digit; 40]).unwrap();
        let cut = Unread::behind_cut(CutParent { commit: oid(b'1'), parent: oid(b'2') });
        let mut report = Report { unread: vec![cut.clone(), cut], ..Report::default() };
        spare_cut_history(&mut report);
        assert_eq!(report.remarks.len(), 1, "{:?}", report.remarks);
        assert!(report.unread.is_empty());
    }
}
