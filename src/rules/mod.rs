//! Rules: one file each, all listed in [`RULES`].
//!
//! A rule is a static value with a check function. The function takes the smallest input that it needs, does
//! no I/O, cannot fail and prints nothing; anything that can fail happens earlier, in the module that builds
//! the input. It returns [`Problem`]s, to which the `judge` module adds location and level.
//!
//! # Adding a rule
//!
//! Write `src/rules/<id>.rs`, with `_` for `-`, declare it below, and list it in [`RULES`]. Levels and
//! exemptions in the policy, exemptions in comments, `git gate rules` and all output formats are derived from
//! that table. A whole file:
//!
//! ```text
//! //! Rule `privileged-trigger`: a workflow runs with secrets for any pull request.
//!
//! use super::{Check, Rule};
//! use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
//! use crate::workflow::{Document, WorkflowSettings};
//!
//! pub(crate) static RULE: Rule = Rule {
//!     meta: RuleMeta {
//!         id: "privileged-trigger",
//!         group: Group::Workflow,
//!         default_level: Level::Warn,
//!         summary: "a workflow runs with secrets for any pull request",
//!         docs: r#"### What it checks
//! [... Markdown with all of DOC_HEADINGS; below `### Example` a block of code after `Bad:` and `Good:` ...]
//! "#,
//!     },
//!     check: Check::Workflow(check),
//! };
//!
//! fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
//!     let events = document.model.events().filter(|event| event.text() == Some("pull_request_target"));
//!     let problems = events.map(|event| WorkflowProblem {
//!         message: "`pull_request_target` runs with secrets for any pull request".to_owned(),
//!         help: Some("use `pull_request`".to_owned()),
//!         notes: Vec::new(),
//!         place: WorkflowPlace::new(event.span, "", "pull_request_target"),
//!     });
//!     problems.collect()
//! }
//! ```
//!
//! Escape and shorten what a message quotes from the file. These tests report anything that is missing:
//!
//! - `rules::tests`: the name of the file, the headings, the summary;
//! - `judge/workflows/tests/documentation.rs`: the rule reports the bad example of its documentation and not
//!   the good one. A block that begins with `on:` or `name:` is a whole workflow, one that begins with `-` is
//!   the steps of a job, any other is the keys of a job;
//! - `tests/cli/examples.rs`: the same for rules of the other groups;
//! - `tests/cli/readme.rs`: the table in `README.md`, for which it prints the new text.

mod excessive_permissions;
pub(crate) mod leak_text;
mod malformed_commit;
mod mismatched_lock;
mod mismatched_signoff;
mod misnamed_signoff;
mod missing_sbom;
mod missing_signoff;
mod moved_tag;
mod outdated_action;
mod persisted_credentials;
mod replaced_object;
mod script_injection;
mod token_in_content;
mod token_in_git_config;
mod unlabelled_pin;
mod unpinned_image;
mod unpinned_uses;
mod unprotected_secret;
mod unreadable_workflow;
mod unscoped_app_token;
mod unsigned_image;
mod untrusted_checkout;
mod written_credentials;

pub(crate) use mismatched_lock::{RULE as MISMATCHED_LOCK, lock_conflict};
pub(crate) use missing_sbom::RULE as MISSING_SBOM;
pub(crate) use script_injection::{RULE as SCRIPT_INJECTION, passes_on};
pub(crate) use unlabelled_pin::{RULE as UNLABELLED_PIN, pin_conflict};
pub(crate) use unsigned_image::RULE as UNSIGNED_IMAGE;

use crate::git::RefPattern;
use crate::hook::RefUpdate;
use crate::report::{CommitProblem, Group, Problem, ProblemKey, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::signoff::CommitKind;
use crate::signoff::known_pairs::{KNOWN_PAIRS, KNOWN_PROGRAMS};
use crate::signoff::settings::SignoffSettings;
use crate::text::{escape, head};
use crate::workflow::{self, Job, UsesClause, WorkflowSettings, shorten};
use crate::{signoff, token};

/// Rule: its id, documentation, default level and check function.
#[derive(Debug)]
pub struct Rule {
    /// Its id, group, default level and documentation.
    pub meta: RuleMeta,
    /// Check function, for one kind of input.
    pub check: Check,
}

/// Check function of a rule, by kind of input. A hook runs only the rules whose input it has.
#[derive(Debug)]
pub enum Check {
    /// Checks the message and identities of one commit.
    Signoff(fn(&signoff::Subject<'_>, &SignoffSettings) -> Vec<CommitProblem>),
    /// Checks one workflow or action file.
    Workflow(fn(&workflow::Document, &WorkflowSettings) -> Vec<WorkflowProblem>),
    /// Checks one credential that was found.
    Token(fn(&token::Leak) -> Option<Problem>),
    /// Checks one ref update of a push.
    RefUpdate(fn(&RefUpdate, &[RefPattern]) -> Option<Problem>),
}

/// All rules in the order of the README: by group, the most important first.
pub static RULES: &[&Rule] = &[
    &missing_signoff::RULE,
    &mismatched_signoff::RULE,
    &misnamed_signoff::RULE,
    &malformed_commit::RULE,
    &unpinned_uses::RULE,
    &unpinned_image::RULE,
    &persisted_credentials::RULE,
    &unreadable_workflow::RULE,
    &mismatched_lock::RULE,
    &written_credentials::RULE,
    &untrusted_checkout::RULE,
    &script_injection::RULE,
    &unscoped_app_token::RULE,
    &excessive_permissions::RULE,
    &unlabelled_pin::RULE,
    &unprotected_secret::RULE,
    &unsigned_image::RULE,
    &missing_sbom::RULE,
    &outdated_action::RULE,
    &token_in_git_config::RULE,
    &token_in_content::RULE,
    &replaced_object::RULE,
    &moved_tag::RULE,
];

/// Headings of the documentation of every rule, in order.
pub const DOC_HEADINGS: &[&str] =
    &["### What it checks", "### Why it matters", "### Example", "### How to fix", "### Settings"];

/// Text about comments in the documentation of every rule from which one exempts. `{}` is the id of the rule, `{section}` its
/// section in the policy.
const COMMENTS: &str = "
A comment on the line of the problem exempts it too: `# git-gate: allow[{}] <reason>`. In a clone every comment counts. On a
server one counts only if the default branch already has it for the same value, and in the profile `hardened` none does, unless
the policy sets `{section}.comments` to `all`, `accepted` or `none`. A server writes every exemption to its audit log.
";

/// Text about exemptions in the documentation of the rules about credentials.
const CREDENTIALS: &str = "
Exemptions, each with a reason: by path, by the host that receives the credential, or by the fingerprint that
`git gate scan --format json` shows. Each that applies is reported.

```yaml
tokens:
  exempt:
    - {path: tests/fixtures/*, reason: made up}
    - {host: localhost, reason: the server of the tests}
    - {fingerprint: 5d41…, reason: revoked on 1 May}
```

In a path, case counts, and a `!` stands only before the member of an archive. A comment counts in code and config whose
comments are known by the name of the file, outside of strings; in git config, too.
";

/// Returns the documentation of a rule in Markdown.
pub(crate) fn docs(rule: &RuleMeta) -> String {
    let section = if rule.group == Group::Token { "tokens" } else { "workflows" };
    let comments = match is_exemptible(rule) {
        true => COMMENTS.replace("{}", rule.id).replace("{section}", section),
        false => String::new(),
    };
    let accounts = if rule.id == mismatched_signoff::RULE.meta.id { known_pairs() } else { String::new() };
    let names = if rule.id == token_in_git_config::RULE.meta.id { secret_names() } else { String::new() };
    let credentials = if rule.group == Group::Token { CREDENTIALS } else { "" };
    format!("{}{credentials}{comments}{accounts}{names}", rule.docs)
}

/// Returns the list of the ends of names whose values are secret.
fn secret_names() -> String {
    let names: Vec<String> = token::secret_name_ends().map(|end| format!("`{end}`")).collect();
    format!(
        "\nIn git config, also in a section that git does not know, the value of a variable is secret if its name ends in {}, or is \
         `pat`; not in the sections `secrets` and `advice`.\n",
        names.join(", ")
    )
}

/// Returns a list of the accounts whose two addresses count as one.
fn known_pairs() -> String {
    let mut text = "\nThese accounts sign with another address than they commit with, and need no entry in `aliases`:\n\n".to_owned();
    for pair in KNOWN_PAIRS {
        text += &format!(
            "- `{}`: commits as `{}`, signs as `{}` ({})\n",
            pair.name, pair.author, pair.signoff, pair.source
        );
    }
    for program in KNOWN_PROGRAMS {
        text += &format!(
            "- `{}`: commits as the app `<name>{}` of a project, signs as `{}` ({})\n",
            program.name, program.accounts, program.signoff, program.source
        );
    }
    text
}

/// Returns whether a comment can exempt from a rule.
///
/// Not from `unreadable-workflow`: comments in a file that cannot be read are not reliable.
pub(crate) fn is_exemptible(rule: &RuleMeta) -> bool {
    let is_judged_by_line = matches!(rule.group, Group::Workflow | Group::Token);
    is_judged_by_line && rule.id != unreadable_workflow::RULE.meta.id
}

/// Returns the rule with an id.
pub fn find(id: &str) -> Option<&'static RuleMeta> {
    RULES.iter().map(|rule| &rule.meta).find(|rule| rule.id == id)
}

/// Returns whether a rule is about a sign-off that is missing or is that of somebody else.
pub(crate) fn is_about_missing_signoffs(rule: &RuleMeta) -> bool {
    [missing_signoff::RULE.meta.id, mismatched_signoff::RULE.meta.id].contains(&rule.id)
}

/// Returns whether a rule is about commits with a malformed author, committer or message.
pub(crate) fn is_about_malformed_commits(rule: &RuleMeta) -> bool {
    rule.id == malformed_commit::RULE.meta.id
}

/// Returns advice for signing a commit; `None` if the commit is malformed or its author unreadable.
///
/// Only the author may write their own sign-off. What a machine wrote, the person who passes it on signs (DCO 1.1,
/// clause c).
fn sign_as_author(subject: &signoff::Subject<'_>) -> Option<String> {
    let assessment = subject.assessment;
    let author = assessment.author.as_ref().filter(|_| assessment.faults.is_empty())?;
    let otherwise = match subject.kind {
        CommitKind::Patch => "whoever applies the patch signs it with `git am --signoff`",
        _ if assessment.is_passed_on => {
            "whoever passes the commit on signs it with `git cherry-pick --signoff` or `git am --signoff`"
        }
        _ => "commit with `--signoff`",
    };
    Some(match assessment.is_author_a_machine {
        true if subject.is_draft => {
            format!(
                "the author is not a person: whoever passes the commit on has to sign it off: {otherwise}"
            )
        }
        true => "the author is not a person: whoever passes the commit on has to sign it off, with \
                 `git commit --amend --signoff`, `git cherry-pick --signoff` or `git am --signoff`"
            .to_owned(),
        false => format!("the author has to add `Signed-off-by: {author}`, or {otherwise}"),
    })
}

/// Returns the name of an identity, escaped and cut for messages.
fn shortened_name(who: &signoff::Identity) -> String {
    escape(head(&who.name, 120))
}

/// Returns the name of the action in a value of `uses`, escaped and shortened for messages.
///
/// It is in lower case, in which a credential would not be recognised and redacted: a value that contains one
/// has a placeholder.
fn action_name(uses: &str, name: &str) -> String {
    let has_secret = !token::scan_text(uses.as_bytes()).is_empty();
    escape(shorten(if has_secret { "owner/repository" } else { name }).as_bytes())
}

/// Returns the place of a problem with the value of `uses` itself.
fn place_of_uses(clause: &UsesClause, job: &Job) -> WorkflowPlace {
    let key = clause.identity().map(|subject| ProblemKey { job: job.id.clone(), subject });
    WorkflowPlace { span: Some(clause.span), key, uses: clause.compared_text(), shared: None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rule_ids_are_unique_and_match_file_names() {
        let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.meta.id.replace('-', "_")).collect();
        assert_eq!(ids.len(), RULES.len(), "an id stands twice in RULES");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| !["mod", "leak_text"].contains(&name.as_str()))
            .collect();
        assert_eq!(ids, files, "add the missing rule to RULES, or its file to src/rules");
    }

    #[test]
    fn group_is_the_one_of_the_input() {
        for rule in RULES {
            let group = match rule.check {
                Check::Signoff(_) => Group::Signoff,
                Check::Workflow(_) => Group::Workflow,
                Check::Token(_) => Group::Token,
                Check::RefUpdate(_) => Group::Ref,
            };
            assert_eq!(rule.meta.group, group, "{}", rule.meta.id);
        }
    }

    #[test]
    fn docs_have_every_heading_in_order() {
        for rule in RULES {
            let places: Vec<_> = DOC_HEADINGS.iter().map(|heading| rule.meta.docs.find(heading)).collect();
            assert!(places.iter().all(Option::is_some), "{}: a heading is missing: {places:?}", rule.meta.id);
            assert!(places.is_sorted(), "{}: headings are out of order", rule.meta.id);
        }
    }

    #[test]
    fn summary_is_one_lower_case_phrase() {
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
