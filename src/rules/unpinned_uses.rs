//! A `uses:` is not pinned to a full commit oid.

use super::{Check, Group, Rule};
use crate::finding::{Place, Problem};
use crate::policy::{Level, Policy};
use crate::text::escape;
use crate::workflow::{Document, Job, Reference, Uses, UsesClause, shorten};

pub(super) static RULE: Rule = Rule {
    id: "unpinned-uses",
    group: Group::Workflow,
    default_level: Level::Deny,
    summary: "a `uses:` is not pinned to a full commit oid",
    docs: include_str!("unpinned_uses.md"),
    check: Check::Workflow(check),
};

fn check(document: &Document, policy: &Policy) -> Vec<Problem> {
    let uses = document.model.uses();
    uses.filter_map(|(job, clause)| judge(job, clause, policy.workflows.sha256)).collect()
}

fn judge(job: &Job, clause: &UsesClause, sha256: bool) -> Option<Problem> {
    let shown = escape(shorten(&clause.text).as_bytes());
    let (message, help, subject) = match &clause.uses {
        Uses::Local | Uses::Docker(_) => return None,
        Uses::Malformed(why) => (
            format!("`{shown}` cannot be pinned: {why}"),
            "write it as `owner/repository@<40 hex digits>`".to_owned(),
            clause.text.clone(),
        ),
        Uses::Repository(repository) => {
            let name = escape(shorten(&repository.full_name()).as_bytes());
            let pin = format!("pin it: `{name}@<40 hex digits> # <version>`");
            let (what, help) = match &repository.reference {
                Reference::Commit(_) => return None,
                Reference::Sha256(_) if sha256 => return None,
                Reference::Sha256(_) => ("64 digits name no commit here", pin),
                Reference::UpperCase(oid) => (
                    "its digits are in upper case",
                    format!("write them in lower case: `{name}@{}`", oid.to_ascii_lowercase()),
                ),
                Reference::Short(_) => ("an abbreviated oid is ambiguous", pin),
                Reference::Expression(_) => ("an expression can name anything", pin),
                Reference::Name(_) => ("a tag or a branch can move", pin),
            };
            let subject = format!("{}@{}", repository.full_name(), repository.reference.as_str());
            (format!("`{shown}` is not pinned to a commit: {what}"), help, subject)
        }
    };
    Some(super::workflow_problem(job, &subject, message, Some(help), Place::Span(clause.span)))
}
