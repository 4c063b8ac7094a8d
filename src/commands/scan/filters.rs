//! Filters of a report, from the command line.

use bstr::ByteSlice as _;

use crate::cli::{FilterArgs, ShownLevel};
use crate::error::{Error, Result};
use crate::git::Git;
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
        since: args.since.as_deref().map(time).transpose()?,
        until: args.until.as_deref().map(time).transpose()?,
        in_head: args.in_head,
    })
}

/// Returns a time as git reads it, in seconds since 1970.
fn time(when: &str) -> Result<u64> {
    let invalid = || Error::usage(format!("`{}` is not a time", escape(when.as_bytes())));
    // `git rev-parse` takes what it does not understand for the present.
    let read = Git::new("config")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "gate.time")
        .env("GIT_CONFIG_VALUE_0", when)
        .args(["--type=expiry-date", "--get", "gate.time"])
        .answer()?;
    if read.code != Some(0) || when.trim().is_empty() {
        return Err(invalid().hinted("write a date like `2024-01-31`, or a time like `3.months`"));
    }
    let output = Git::new("rev-parse").arg(format!("--since={when}")).output()?;
    let seconds = output.trim_ascii_end().strip_prefix(b"--max-age=");
    seconds.and_then(|seconds| seconds.to_str().ok()?.parse().ok()).ok_or_else(invalid)
}

fn unknown_rule(id: &str) -> Error {
    let error = Error::usage(format!("unknown rule `{}`", escape(id.as_bytes())));
    match nearest(id, rules::RULES.iter().map(|rule| rule.meta.id)) {
        Some(rule) => error.hinted(format!("did you mean `{rule}`?")),
        None => error.hinted("run `git gate rules` to list the rules"),
    }
}
