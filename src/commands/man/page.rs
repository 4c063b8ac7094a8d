//! The page of one command: what clap knows of it, and the sections that git's own pages have, too.

use std::fmt::Write as _;
use std::io;

use clap::{Arg, ArgAction, Command};

use super::sections;

/// Returns the page of a command, in roff.
pub(super) fn page(command: &Command) -> io::Result<String> {
    let mut rendered = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut rendered)?;
    let rendered = String::from_utf8_lossy(&rendered);
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let (start, rest) = rendered.split_once(SYNOPSIS).unwrap_or((&rendered, ""));
    let (_, end) = rest.split_once(DESCRIPTION).unwrap_or_default();
    Ok(format!("{start}{SYNOPSIS}{}{DESCRIPTION}{end}{}", synopsis(command), sections::of(name)))
}

const SYNOPSIS: &str = ".SH SYNOPSIS\n";
const DESCRIPTION: &str = ".SH DESCRIPTION\n";

/// Returns the synopsis: each option with its value, and then the other arguments.
fn synopsis(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut parts = vec![format!("\\fB{}\\fR", escaped(name))];
    let shown = || command.get_arguments().filter(|argument| !argument.is_hide_set());
    parts.extend(shown().filter(|argument| !argument.is_positional()).filter_map(option));
    parts.extend(shown().filter(|argument| argument.is_positional()).map(operand));
    if command.get_subcommands().any(|subcommand| !subcommand.is_hide_set()) {
        parts.push("\\fICOMMAND\\fR".to_owned());
    }
    // One part a line: none is broken within.
    let mut text = ".nh\n.ad l\n".to_owned();
    for part in parts {
        let _ = writeln!(text, "{}", part.replace(' ', "\\ "));
    }
    text + ".ad\n.hy\n"
}

fn option(argument: &Arg) -> Option<String> {
    let name = match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => return None,
    };
    let value = values(argument);
    let is_optional = argument.get_num_args().is_some_and(|values| values.min_values() == 0);
    let value = match (value.is_empty(), is_optional, argument.is_require_equals_set()) {
        (true, _, _) => String::new(),
        (false, true, _) => format!("[={value}]"),
        (false, false, true) => format!("={value}"),
        (false, false, false) => format!(" {value}"),
    };
    Some(format!("[\\fB{}\\fR{value}]", escaped(&name)))
}

fn operand(argument: &Arg) -> String {
    let many = if matches!(argument.get_action(), ArgAction::Append) { "..." } else { "" };
    let value = values(argument);
    if argument.is_required_set() { format!("{value}{many}") } else { format!("[{value}]{many}") }
}

/// Returns the names of the values of an argument; nothing for a flag.
fn values(argument: &Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| format!("\\fI{}\\fR", escaped(name))).collect();
    names.join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
