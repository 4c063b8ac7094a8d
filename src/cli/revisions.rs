//! Revisions on the command line, with the options of `git rev-list` that stand for revisions.

use std::ffi::OsString;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, Error, FromArgMatches};

/// Name of the group of these arguments.
pub(super) const GROUP: &str = "history";

/// Revisions, in their order: `--not` reverses what follows, and `--exclude` concerns the next pattern.
#[derive(Debug, Default)]
pub(crate) struct RevisionArgs {
    /// Arguments for `git rev-parse`.
    pub(crate) arguments: Vec<OsString>,
}

/// Option that stands for revisions.
struct RevisionOption {
    name: &'static str,
    /// Numbers of values that it takes.
    values: std::ops::RangeInclusive<usize>,
    help: &'static str,
}

const OPTIONS: [RevisionOption; 7] = [
    RevisionOption { name: "all", values: 0..=0, help: "Check the history of all refs" },
    RevisionOption {
        name: "branches",
        values: 0..=1,
        help: "Check the history of all branches, or of those that match",
    },
    RevisionOption {
        name: "tags",
        values: 0..=1,
        help: "Check the history of all tags, or of those that match",
    },
    RevisionOption {
        name: "remotes",
        values: 0..=1,
        help: "Check the history of all remote-tracking branches, or of those that match",
    },
    RevisionOption { name: "glob", values: 1..=1, help: "Check the history of all refs that match" },
    RevisionOption {
        name: "exclude",
        values: 1..=1,
        help: "Leave refs that match out of the next of these options",
    },
    RevisionOption {
        name: "not",
        values: 0..=0,
        help: "Reverse the meaning of `^` for all revisions that follow",
    },
];

impl Args for RevisionArgs {
    fn augment_args(command: Command) -> Command {
        let revisions = Arg::new("revisions")
            .value_name("REVISION")
            .action(ArgAction::Append)
            .num_args(0..)
            .value_parser(OsStringValueParser::new())
            .help("Revisions and ranges, as for git rev-list: `A..B`, `^A B`, `--all` [default: HEAD]");
        let options = OPTIONS.iter().map(|RevisionOption { name, values, help }| {
            let option = Arg::new(name)
                .long(name)
                .help_heading("Revisions")
                .value_parser(OsStringValueParser::new())
                .help(help);
            let option = option.action(ArgAction::Append).num_args(values.clone()).value_name("PATTERN");
            // Without a value the option stands for itself.
            let option = if *values.end() > 0 { option.require_equals(true) } else { option };
            if *values.start() == 0 { option.default_missing_value("") } else { option }
        });
        let members = OPTIONS.iter().map(|option| option.name).chain(["revisions"]);
        let group = ArgGroup::new(GROUP).multiple(true).args(members);
        command.arg(revisions).args(options).group(group)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for RevisionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut found: Vec<(usize, OsString)> = Vec::new();
        let values = |id: &str| {
            let values = matches.get_many::<OsString>(id).into_iter().flatten().cloned();
            matches.indices_of(id).into_iter().flatten().zip(values)
        };
        found.extend(values("revisions"));
        for RevisionOption { name, .. } in &OPTIONS {
            found.extend(values(name).map(|(index, value)| {
                let mut option = OsString::from(format!("--{name}"));
                if !value.is_empty() {
                    option.push("=");
                    option.push(value);
                }
                (index, option)
            }));
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(Self { arguments: found.into_iter().map(|(_, argument)| argument).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
