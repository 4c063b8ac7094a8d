//! `git gate rules`: the list of rules with their levels, or the documentation of one.

use std::fmt::Write as _;

use crate::ExitStatus;
use crate::cli::RulesArgs;
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::output::Ui;
use crate::policy::{self, Policy};
use crate::rules::{self, RULES, Rule};

/// Lists the rules, or explains one.
pub(crate) fn run(args: &RulesArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let policy = policy_in_force()?;
    let text = match &args.id {
        None => list(&policy),
        Some(id) => explain(find(id)?, &policy),
    };
    ui.out(&text);
    Ok(ExitStatus::Clean)
}

fn find(id: &str) -> Result<&'static Rule> {
    rules::find(id).ok_or_else(|| {
        Error::usage(format!("there is no rule `{}`", crate::text::escape(id.as_bytes())))
            .hinted("`git gate rules` lists them")
    })
}

/// The policy of the repository at hand; the defaults where there is no repository.
fn policy_in_force() -> Result<Policy> {
    match Repo::open() {
        Ok(repo) => policy::in_force(&repo),
        Err(_) => Ok(Policy::default()),
    }
}

fn list(policy: &Policy) -> String {
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in RULES {
        let (level, source) = policy.level(rule);
        let group = rule.group.to_string();
        let _ = writeln!(text, "{:width$}  {group:8}  {level:5}  {}  ({source})", rule.id, rule.summary);
    }
    text
}

fn explain(rule: &Rule, policy: &Policy) -> String {
    let (level, source) = policy.level(rule);
    format!("# {}\n\n{} (set to `{level}` {source})\n\n{}", rule.id, rule.summary, rule.docs)
}
