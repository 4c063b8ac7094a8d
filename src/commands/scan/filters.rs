//! Filters of a report, from the command line.

use crate::cli::{FilterArgs, ShownLevel};
use crate::commands::{rules, time};
use crate::error::Result;
use crate::report::{Filter, Level};

/// Returns the filter that the arguments describe.
///
/// # Errors
/// Fails when a rule is unknown, or git does not understand a time.
pub(in crate::commands) fn filter(args: &FilterArgs) -> Result<Filter> {
    for id in &args.rules {
        rules::find(id)?;
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
