//! `git gate rules`: lists the rules with their levels, or shows the documentation of one.

use std::fmt::Write as _;

use crate::cli::RulesArgs;
use crate::error::{Error, ExitStatus, Result};
use crate::git::Repo;
use crate::output::{Palette, Ui, paint, painted, reflowed, wrapped};
use crate::policy::{self, Policy};
use crate::report::{Level, LevelSource, RuleMeta};
use crate::rules::{self, RULES};
use crate::text::{escape, nearest};

/// Maximum width of a line, in columns.
const WIDTH: usize = 79;

/// Lists the rules, or explains one.
pub(crate) fn run(args: &RulesArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let policy = policy_in_force();
    // Errors of a policy advise to list the rules: the defaults are shown before the error.
    let shown = policy.as_ref().map_or_else(|_| Policy::default(), Policy::clone);
    let text = match &args.id {
        None => list(&shown, ui.out_palette()),
        Some(id) => explain(find(id)?, &shown, ui.out_palette()),
    };
    ui.out(&text);
    policy.map(|_| ExitStatus::Clean)
}

/// Returns a rule by its id.
///
/// # Errors
/// Fails if there is no such rule, and names the one that is meant.
pub(super) fn find(id: &str) -> Result<&'static RuleMeta> {
    rules::find(id).ok_or_else(|| {
        let error = Error::usage(format!("unknown rule `{}`", escape(id.as_bytes())));
        match nearest(id, RULES.iter().map(|rule| rule.meta.id)) {
            Some(rule) => error.hinted(format!("did you mean `{rule}`?")),
            None => error.hinted("run `git gate rules` to list the rules"),
        }
    })
}

/// Returns the policy of the current repository, or the defaults outside of a repository.
fn policy_in_force() -> Result<Policy> {
    match Repo::open_if_any()? {
        Some(repo) => policy::in_force(&repo),
        None => Ok(Policy::default()),
    }
}

/// Returns a table of the rules, with a heading for each group, that fits 80 columns.
///
/// A level that is not the default is followed by its source.
fn list(policy: &Policy, palette: Palette) -> String {
    let id_width = RULES.iter().map(|rule| rule.meta.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut group = None;
    for rule in RULES {
        if group.replace(rule.meta.group) != Some(rule.meta.group) {
            let _ = writeln!(text, "{}", paint(palette.strong, &rule.meta.group.to_string()));
        }
        let (level, source) = policy.level(&rule.meta);
        let style = match level {
            Level::Deny => palette.error,
            Level::Warn => palette.warning,
            Level::Allow => palette.frame,
        };
        let summary = match source {
            LevelSource::Default => rule.meta.summary.to_owned(),
            source => format!("{} ({source})", rule.meta.summary),
        };
        let level = format!("{:5}", level.to_string());
        let summary = wrapped(&summary, WIDTH, id_width + 11);
        let _ = writeln!(text, "  {:id_width$}  {}  {summary}", rule.meta.id, paint(style, &level));
    }
    text.push_str("\nLevels without a source are defaults. `git gate rules ID` explains a rule.\n");
    text
}

fn explain(rule: &RuleMeta, policy: &Policy, palette: Palette) -> String {
    let (level, source) = policy.level(rule);
    let head = format!("# {}\n\n{} (set to `{level}` {source})\n\n", rule.id, rule.summary);
    painted(&reflowed(&(head + &rules::docs(rule)), WIDTH), palette)
}
