//! Filters of a report, from the command line.

use crate::cli::{FilterArgs, ShownLevel};
use crate::commands::time;
use crate::error::{Error, Result};
use crate::report::{Filter, Level};
use crate::rules;
use crate::text::{escape, nearest};

/// Returns the filter that the arguments describe.
///
/// # Errors
/// Fails when a rule is unknown, or git does not understand a time.
pub(in crate::commands) fn filter(args: &FilterArgs) -> Result<Filter> {
    for id in &args.rules {
        if rules::find(id).is_none() {
            return Err(unknown_rule(id));
        }
    }
    Ok(Filter {
        rules: args.rules.clone(),
        level: args.level.map(|level| match level {
            ShownLevel::Warn => Level::Warn,
            ShownLevel::Deny => Level::Deny,
        }),
        paths: args.paths.clone(),
        authors: args.authors.clone(),
        since: args.since.as_deref().map(time::seconds).transpose()?,
        until: args.until.as_deref().map(time::seconds).transpose()?,
        in_head: args.in_head,
    })
}

fn unknown_rule(id: &str) -> Error {
    let error = Error::usage(format!("unknown rule `{}`", escape(id.as_bytes())));
    match nearest(id, rules::RULES.iter().map(|rule| rule.meta.id)) {
        Some(rule) => error.hinted(format!("did you mean `{rule}`?")),
        None => error.hinted("run `git gate rules` to list the rules"),
    }
}
