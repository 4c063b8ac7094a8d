//! Report of what a fix leaves to do, with the commands for it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bstr::{BStr, BString};

use super::resolve::{has_known_host, url};
use crate::cli::FixArgs;
use crate::error::{Error, ExitStatus};
use crate::fix::{Fix, LABEL_RULE, Left, NamedAction, PIN_RULE};
use crate::output::{self, Ui};
use crate::report::{Unread, UnreadPlace};
use crate::text::{count, escape, quoted};
use crate::token;

/// Returns the report; empty if nothing is left. `unasked` are the repositories that gave no answer.
pub(super) fn report(fixes: &[(&BString, Fix)], args: &FixArgs, unasked: &BTreeSet<String>) -> String {
    let mut text = String::new();
    let mut lookups = BTreeSet::new();
    for (file, fix) in fixes {
        let path = token::printable(BStr::new(file));
        if fix.is_generated && !fix.left.is_empty() {
            let _ = writeln!(
                text,
                "  {path}: another program writes it, so repair its source: {}",
                count(fix.left.len(), "problem")
            );
            continue;
        }
        let unlabelled = fix.left.iter().filter(|left| left.rule == LABEL_RULE).count();
        for left in fix.left.iter().filter(|left| left.rule != LABEL_RULE) {
            let _ = writeln!(text, "  {path}:{}: {}", left.line, problem(left));
            let can_be_asked =
                |action: &&NamedAction| action.is_name && has_known_host(file, &action.address);
            lookups.extend(left.action.as_ref().filter(|_| left.rule == PIN_RULE).filter(can_be_asked));
        }
        if unlabelled > 0 {
            let _ = writeln!(text, "  {path}: {} without a version that is known", count(unlabelled, "pin"));
        }
    }
    if text.is_empty() {
        return text;
    }
    let mut report = format!("left to do:\n{text}");
    let doubtful: usize = fixes.iter().map(|(_, fix)| fix.doubtful).sum();
    if doubtful > 0 {
        let _ = writeln!(
            report,
            "to see {} too, run `git gate fix --unsafe`",
            count(doubtful, "doubtful repair")
        );
    }
    let (failed, asked): (Vec<&NamedAction>, Vec<&NamedAction>) =
        lookups.into_iter().partition(|action| unasked.contains(&action.address));
    let not_asked = "to look up the commits of tags in the repositories of the actions, run `git gate fix --resolve`, or:\n";
    let no_tags = "no tag there has one of these names, or a branch has it too; see which commit is meant:\n";
    add(&mut report, if args.resolve { no_tags } else { not_asked }, &asked);
    add(&mut report, "these could not be looked up; try again, or ask their repositories:\n", &failed);
    report
}

/// Maximum number of failures to read an object that are shown; the rest is counted.
const MAX_UNREAD: usize = 10;

/// Shows what of the history could not be read, and returns the exit status.
pub(super) fn show_unread(unread: &[Error], ui: &mut Ui) -> ExitStatus {
    if unread.is_empty() {
        return ExitStatus::Clean;
    }
    let nowhere = UnreadPlace { commit: None, path: b"" };
    let hints = |error: &Error| match Unread::of(error, nowhere) {
        Some(unread) => vec![unread.hint],
        None => error.hints().to_vec(),
    };
    let palette = ui.err_palette();
    for error in unread.iter().take(MAX_UNREAD) {
        ui.err(&output::failure(&error.to_string(), &[], palette));
    }
    let more = unread.len().saturating_sub(MAX_UNREAD);
    let more = if more > 0 { format!("{more} more of these; ") } else { String::new() };
    let end = format!("{more}pins that only an older version of a workflow names may not be known");
    let hints: BTreeSet<String> = unread.iter().flat_map(hints).collect();
    ui.err(&output::failure(&end, &Vec::from_iter(hints), palette));
    ExitStatus::Failed
}

/// Adds the commands that show what some references are, below a line.
fn add(report: &mut String, line: &str, actions: &[&NamedAction]) {
    if !actions.is_empty() {
        report.push_str(line);
        actions.iter().for_each(|action| {
            let _ = writeln!(report, "  {}", lookup(action));
        });
    }
}

fn problem(left: &Left) -> String {
    let message = token::redact_message(left.message.clone());
    match &left.why {
        Some(why) => format!("{message}; {}", token::redact_message(escape(why.as_bytes()))),
        None => message,
    }
}

/// Returns the command that shows the commit of a reference.
fn lookup(NamedAction { address, reference, .. }: &NamedAction) -> String {
    let refs = [reference.to_string(), format!("{reference}^{{}}")];
    let words = [url(address)].into_iter().chain(refs);
    let words: Vec<String> = words.map(|word| quoted(&escape(word.as_bytes()))).collect();
    token::redact_message(format!("git ls-remote {}", words.join(" ")))
}
