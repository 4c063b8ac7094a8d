//! Findings of the sign-off rules in one commit.

use crate::git::Oid;
use crate::judge::finding::finding;
use crate::judge::subject::subject;
use crate::policy::Policy;
use crate::report::{Finding, Location};
use crate::rules::{Check, RULES};
use crate::signoff::{Subject, cause};

/// Runs the sign-off rules on one commit. `oid` is `None` while the commit is being made.
pub(super) fn findings(policy: &Policy, commit: &Subject<'_>, oid: Option<Oid>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        let Check::Signoff(check) = rule.check else { continue };
        for problem in check(commit, &policy.signoff) {
            let subject = subject(&commit.text.message);
            let location = Location::Commit { commit: oid, subject, line: problem.place };
            findings.extend(finding(policy, &rule.meta, problem, location, None));
        }
    }
    // A commit with several problems counts once.
    if let Some(first) = findings.first_mut() {
        first.cause = cause(commit.assessment, commit.kind, policy.signoff.merges);
    }
    findings
}
