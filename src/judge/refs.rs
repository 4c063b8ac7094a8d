//! Judges the ref updates of a push by their names.

use bstr::BString;

use super::Context;
use super::finding::finding;
use super::tokens::TokenJudge;
use crate::hook::RefUpdate;
use crate::policy::name_in_namespace;
use crate::report::{Location, Report};
use crate::rules::{Check, RULES};

/// Adds the credentials in the names of refs.
pub(super) fn add_name_findings(context: Context<'_>, names: &[BString], report: &mut Report) {
    let tokens = TokenJudge::new(context.policy, None);
    for name in names {
        let location = Location::Ref { refname: name.clone() };
        let found = tokens.text_findings(location, name, report);
        report.findings.extend(found);
    }
}

/// Adds the problems of each ref update, and a remark for each ref that the policy does not cover.
pub(super) fn add_findings(context: Context<'_>, updates: &[RefUpdate], report: &mut Report) {
    report.checked.ref_updates += updates.len() as u64;
    for update in updates {
        let named = name_in_namespace(update.refname.as_ref());
        let in_namespace = RefUpdate { refname: named.to_owned(), ..*update };
        for rule in RULES {
            let Check::RefUpdate(check) = rule.check else { continue };
            let Some(problem) = check(&in_namespace, &context.policy.refs.immutable) else { continue };
            let location = Location::Ref { refname: update.refname.clone() };
            report.findings.extend(finding(context.policy, &rule.meta, problem, location, None));
        }
        if update.new.is_some() {
            let location = Location::Ref { refname: update.refname.clone() };
            let tokens = TokenJudge::new(context.policy, None);
            let found = tokens.text_findings(location, &update.refname, report);
            report.findings.extend(found);
        }
        if update.new.is_some() && !context.policy.refs.covers(update.refname.as_ref()) {
            let refname = crate::text::escape(&update.refname);
            report
                .remarks
                .push(format!("ref `{refname}` is not covered by the policy; its commits were not checked"));
        }
    }
}
