//! `git gate hook`: the command that the installed hooks call.

mod fix_advice;
mod groups;
mod known_commits;
mod message;
mod pre_push;
mod pre_receive;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::{Format, HookArgs};
use crate::env;
use crate::error::{Error, ErrorKind, ExitStatus, Result};
use crate::git::PushTarget;
use crate::hook::chained::{ChainedHook, ChainedPlace};
use crate::hook::{self, HookArguments, HookEvent, Skip};
use crate::output::{self, Ui};
use crate::platform;
use crate::report::Report;
use crate::text::{escape, without_folders};

/// Acts as a hook. The chained hook, which was there before, runs too, and either may refuse.
pub(crate) fn run(args: &HookArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let event = HookEvent::from_name(&args.event).ok_or_else(|| unknown_event(&args.event))?;
    if event != HookEvent::PreReceive {
        return run_event(event, args, ui);
    }
    super::need_server_system()?;
    *ui = ui.for_server();
    run_event(event, args, ui).map_err(for_pusher)
}

/// Runs the checks of an event, and the chained hook.
fn run_event(event: HookEvent, args: &HookArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let arguments = event.parse_arguments(&args.arguments)?;
    let input = HookInput::read(event, arguments)?;
    let call = Call { event, arguments: &args.arguments, input };
    // A hook that edits the message must run before the check of it. The others may run in any order.
    let chained = match (&args.inside, &args.chained) {
        (Some(path), _) => call.run_chained(&hook::inside::path(path)?, ChainedPlace::AsBefore)?,
        (None, Some(path)) => call.run_chained(path, ChainedPlace::Elsewhere)?,
        (None, None) => ExitStatus::Clean,
    };
    if call.is_skipped(ui)? {
        return Ok(chained);
    }
    let judged = call.write_report(ui)?;
    Ok(if judged == ExitStatus::Clean { chained } else { judged })
}

/// Takes the folders of the server, and the repairs that are made there, out of an error that is shown to a pusher.
fn for_pusher(error: Error) -> Error {
    let known: Vec<PathBuf> = env::git_variable("GIT_DIR")
        .map(PathBuf::from)
        .into_iter()
        .chain(std::env::current_dir())
        .flat_map(|folder| [platform::real_path(&folder).unwrap_or_default(), folder])
        .collect();
    let error = error.map_text(|text| without_folders(text, &known));
    let blame = "this is no fault of your push: ask the administrator of this server";
    match error.kind() {
        // The hints are commands for the server, which a pusher cannot run.
        ErrorKind::Policy => error.with_hints_that(|_| false).hinted(blame),
        ErrorKind::Io => error.hinted(blame),
        _ => error,
    }
}

fn unknown_event(event: &OsString) -> Error {
    let names: Vec<&str> = HookEvent::ALL.iter().map(|event| event.name()).collect();
    let event = escape(event.as_encoded_bytes());
    Error::usage(format!("unknown hook `{event}`")).hinted(format!("the hooks are {}", names.join(", ")))
}

/// Input that git passes to a hook.
enum HookInput<'a> {
    /// commit-msg and applypatch-msg: the message file. Standard input is left to the chained hook.
    Message { event: HookEvent, file: &'a Path },
    /// pre-push: the repository that is pushed to, and the ref updates from standard input.
    PrePush { target: PushTarget<'a>, stdin: Vec<u8> },
    /// pre-receive: the ref updates from standard input.
    PreReceive { stdin: Vec<u8> },
}

impl<'a> HookInput<'a> {
    /// Reads all of standard input if git writes to it, before a chained hook can consume it.
    fn read(event: HookEvent, arguments: HookArguments<'a>) -> Result<Self> {
        Ok(match arguments {
            HookArguments::MessageFile(file) => Self::Message { event, file },
            HookArguments::PushTarget(target) => Self::PrePush { target, stdin: read_stdin()? },
            HookArguments::None => Self::PreReceive { stdin: read_stdin()? },
        })
    }

    /// Returns the standard input; `None` if git writes nothing to it.
    fn stdin(&self) -> Option<&[u8]> {
        match self {
            Self::Message { .. } => None,
            Self::PrePush { stdin, .. } | Self::PreReceive { stdin } => Some(stdin),
        }
    }
}

fn read_stdin() -> Result<Vec<u8>> {
    let mut input = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut input);
    read.map_err(|error| Error::io("cannot read standard input", error))?;
    Ok(input)
}

/// One call of a hook by git.
struct Call<'a> {
    event: HookEvent,
    arguments: &'a [OsString],
    input: HookInput<'a>,
}

impl Call<'_> {
    fn run_chained(&self, path: &Path, place: ChainedPlace) -> Result<ExitStatus> {
        let input = self.input.stdin();
        let hook = ChainedHook { event: self.event, path, place, arguments: self.arguments, input };
        let status = hook.run()?;
        Ok(match status.code() {
            Some(0) => ExitStatus::Clean,
            Some(code) => ExitStatus::Chained(u8::try_from(code).unwrap_or(1).max(1)),
            None => ExitStatus::Chained(1),
        })
    }

    /// Returns whether the user asks to skip git-gate for this run, and says so. A server does not ask.
    fn is_skipped(&self, ui: &mut Ui) -> Result<bool> {
        if self.event == HookEvent::PreReceive {
            return Ok(false);
        }
        let skip = Skip::query(self.event)?;
        ui.err(&skip.notes(self.event));
        Ok(skip.is_requested())
    }

    /// Writes the report of git-gate itself, and returns its status.
    fn write_report(&self, ui: &mut Ui) -> Result<ExitStatus> {
        let report = self.report(ui)?;
        let status = super::status(&report);
        write(&report, ui);
        Ok(status)
    }

    fn report(&self, ui: &mut Ui) -> Result<Report> {
        match &self.input {
            HookInput::Message { event, file } => message::report(*event, file),
            HookInput::PrePush { target, stdin } => match hook::pre_push::parse(stdin)?.as_slice() {
                [] => Ok(Report::default()),
                updates => pre_push::report(*target, updates, ui),
            },
            HookInput::PreReceive { stdin } => match hook::pre_receive::parse(stdin)? {
                updates if updates.is_empty() => Ok(Report::default()),
                updates => pre_receive::report(updates, ui),
            },
        }
    }
}

/// Writes a report to standard error, which git relays.
///
/// Writes nothing if there are no findings and no remarks.
fn write(report: &Report, ui: &mut Ui) {
    if report.findings.is_empty() && report.remarks.is_empty() && report.unread.is_empty() {
        return;
    }
    let text = match (ui.is_gitlab_page(), ui.is_for_server()) {
        (true, _) => output::render_for_page(report),
        (false, true) => output::render_for_pusher(report),
        (false, false) => output::render(report, Format::Human, ui.err_palette()),
    };
    ui.err(&text);
}
