//! The rules: one file each, all of them in [`RULES`].
//!
//! A rule is a static value and a function. The function takes the narrowest value that answers its question, does no
//! I/O, cannot fail and prints nothing: whatever can fail has failed in the room that built the value. What it returns
//! are [`Problem`]s; the judge adds place and level.
//!
//! To add a rule, write `src/rules/<id>.rs` with a `RULE` and add it to [`RULES`]. The policy, `git gate rules` and the
//! README follow from the table; the tests below and `tests/cli/rules.rs` say what is missing.

mod excessive_permissions;
mod malformed_commit;
mod mismatched_signoff;
pub(crate) mod missing_sbom;
mod missing_signoff;
mod moved_tag;
mod persisted_credentials;
mod replaced_object;
mod token_in_content;
mod token_in_git_config;
pub(crate) mod unlabelled_pin;
mod unpinned_image;
mod unpinned_uses;
mod unprotected_secret;
pub(crate) mod unreadable_workflow;
pub(crate) mod unsigned_image;

use bstr::BString;

use crate::git::RefPattern;
use crate::hook::RefUpdate;
use crate::report::{Problem, RuleMeta};
use crate::signoff::settings::SignOffSettings;
use crate::workflow::{self, WorkflowSettings};
use crate::{signoff, token};

/// A rule: what it is called, what it says, and the function that judges.
#[derive(Debug)]
pub struct Rule {
    /// Its id, group, default level and documentation.
    pub meta: RuleMeta,
    /// What it judges, and how.
    pub check: Check,
}

/// What a rule judges. Rules say what they look at; hooks say what they can show.
#[derive(Debug)]
pub enum Check {
    /// One commit: its message and identities.
    SignOff(fn(&signoff::Subject<'_>, &SignOffSettings) -> Vec<Problem>),
    /// One workflow or action file.
    Workflow(fn(&workflow::Document, &WorkflowSettings) -> Vec<Problem>),
    /// One credential that was found somewhere.
    Token(fn(&token::Leak) -> Option<Problem>),
    /// One ref update of a push.
    RefUpdate(fn(&RefUpdate, &[RefPattern]) -> Option<Problem>),
}

/// All rules, in the order of the README: by group, the most important first.
pub static RULES: &[&Rule] = &[
    &missing_signoff::RULE,
    &mismatched_signoff::RULE,
    &malformed_commit::RULE,
    &unpinned_uses::RULE,
    &unpinned_image::RULE,
    &persisted_credentials::RULE,
    &unreadable_workflow::RULE,
    &excessive_permissions::RULE,
    &unlabelled_pin::RULE,
    &unprotected_secret::RULE,
    &unsigned_image::RULE,
    &missing_sbom::RULE,
    &token_in_git_config::RULE,
    &token_in_content::RULE,
    &replaced_object::RULE,
    &moved_tag::RULE,
];

/// The headings that the documentation of every rule has, in this order.
pub const DOC_HEADINGS: &[&str] =
    &["### What it checks", "### Why it matters", "### Example", "### How to fix", "### Settings"];

/// The rule with an id.
pub fn find(id: &str) -> Option<&'static RuleMeta> {
    RULES.iter().map(|rule| &rule.meta).find(|rule| rule.id == id)
}

/// What an author writes to sign a commit: nobody else may write it, and an author who cannot be signs nothing.
fn sign_as_author(assessment: &signoff::Assessment) -> Option<String> {
    let author = assessment.author.as_ref().filter(|_| assessment.faults.is_empty())?;
    Some(format!("the author adds `Signed-off-by: {author}`, or commits with `--signoff`"))
}

/// The identity of a problem in a workflow: the job and the subject. What they say does not move with the lines.
fn workflow_identity(job: &str, subject: &str) -> BString {
    let mut identity = BString::from(job);
    identity.push(0);
    identity.extend_from_slice(subject.as_bytes());
    identity
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_kebab_case_and_name_a_file_of_this_folder() {
        let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.meta.id.replace('-', "_")).collect();
        assert_eq!(ids.len(), RULES.len(), "an id stands twice in RULES");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| name != "mod")
            .collect();
        assert_eq!(ids, files, "add the missing rule to RULES, or its file to src/rules");
    }

    #[test]
    fn every_rule_is_documented_under_every_heading_in_order() {
        for rule in RULES {
            let places: Vec<_> = DOC_HEADINGS.iter().map(|heading| rule.meta.docs.find(heading)).collect();
            assert!(places.iter().all(Option::is_some), "{}: a heading is missing: {places:?}", rule.meta.id);
            assert!(places.is_sorted(), "{}: headings are out of order", rule.meta.id);
        }
    }

    #[test]
    fn a_summary_is_one_lower_case_phrase() {
        for rule in RULES {
            assert!(
                !rule.meta.summary.ends_with('.') && !rule.meta.summary.contains('\n'),
                "{}",
                rule.meta.id
            );
            assert!(rule.meta.summary.starts_with(|c: char| !c.is_uppercase()), "{}", rule.meta.id);
        }
    }
}
