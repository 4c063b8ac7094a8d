//! `git gate hook`: the command that the installed hooks call.

mod groups;
mod message;
mod pre_push;
mod pre_receive;

use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Instant;

use crate::cli::{Format, HookArgs};
use crate::error::{Error, ErrorKind, ExitStatus, Result};
use crate::hook::chained::ChainedHook;
use crate::hook::{self, HookEvent};
use crate::output::{self, Ui};
use crate::report::Report;

/// Acts as a hook. The chained hook, which was there before, runs too, and either may refuse.
pub(crate) fn run(args: &HookArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let started = Instant::now();
    let event = HookEvent::from_name(&args.event).ok_or_else(|| unknown_event(&args.event))?;
    event.check_arguments(&args.arguments)?;
    if event == HookEvent::PreReceive {
        *ui = ui.for_server();
    }
    let call = Call { event, arguments: &args.arguments, input: read_input(event)?, started };
    // A hook that edits the message must run before the check of it. The others may run in any order.
    let chained = match &args.chained {
        Some(path) => call.run_chained(path, ui)?,
        None => ExitStatus::Clean,
    };
    let judged = call.write_report(ui)?;
    Ok(if judged == ExitStatus::Clean { chained } else { judged })
}

fn unknown_event(event: &OsString) -> Error {
    let names: Vec<&str> = HookEvent::ALL.iter().map(|event| event.name()).collect();
    let event = crate::text::escape(event.as_encoded_bytes());
    Error::usage(format!("unknown hook `{event}`")).hinted(format!("the hooks are {}", names.join(", ")))
}

/// Reads all of standard input if git writes to it, before a chained hook can consume it.
fn read_input(event: HookEvent) -> Result<Option<Vec<u8>>> {
    match event {
        HookEvent::CommitMsg | HookEvent::ApplypatchMsg => Ok(None),
        HookEvent::PrePush | HookEvent::PreReceive => {
            let mut input = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut input);
            read.map_err(|error| Error::io("cannot read standard input", error))?;
            Ok(Some(input))
        }
    }
}

/// One call of a hook by git.
struct Call<'a> {
    event: HookEvent,
    arguments: &'a [OsString],
    input: Option<Vec<u8>>,
    /// Time at which git called the hook.
    started: Instant,
}

impl Call<'_> {
    fn run_chained(&self, path: &Path, ui: &mut Ui) -> Result<ExitStatus> {
        let input = self.input.as_deref();
        let deadline = if self.event == HookEvent::PreReceive { pre_receive::deadline() } else { None };
        let until = deadline.and_then(|deadline| self.started.checked_add(deadline.limit()));
        let hook = ChainedHook { event: self.event, path, arguments: self.arguments, input, until };
        let Some(status) = hook.run()? else {
            // The check below misses the deadline as well, but it reports the size of the push and writes
            // the audit log.
            let error = Error::new(
                ErrorKind::Deadline,
                format!("the chained hook {} took too long and was stopped", hook.escaped_path()),
            );
            ui.err(&output::error(&error, ui.err_palette()));
            return Ok(ExitStatus::Failed);
        };
        Ok(match status.code() {
            Some(0) => ExitStatus::Clean,
            Some(code) => ExitStatus::Chained(u8::try_from(code).unwrap_or(1).max(1)),
            None => ExitStatus::Chained(1),
        })
    }

    /// Writes the report of git-gate itself, and returns its status.
    fn write_report(&self, ui: &mut Ui) -> Result<ExitStatus> {
        let report = self.report(ui)?;
        let status = super::status(&report);
        write(&report, ui);
        Ok(status)
    }

    fn report(&self, ui: &mut Ui) -> Result<Report> {
        let input = self.input.as_deref().unwrap_or_default();
        match self.event {
            HookEvent::CommitMsg | HookEvent::ApplypatchMsg => message::report(self.event, self.arguments),
            HookEvent::PrePush => {
                let updates = hook::pre_push::parse(input)?;
                let remote = self.arguments.first().map(|name| name.as_bytes()).unwrap_or_default();
                if updates.is_empty() {
                    Ok(Report::default())
                } else {
                    pre_push::report(remote, &updates, ui)
                }
            }
            HookEvent::PreReceive => {
                let updates = hook::pre_receive::parse(input)?;
                if updates.is_empty() {
                    Ok(Report::default())
                } else {
                    pre_receive::report(updates, self.started, ui)
                }
            }
        }
    }
}

/// Writes a report to standard error, which git relays.
///
/// Writes nothing if there are no findings and no remarks.
fn write(report: &Report, ui: &mut Ui) {
    if report.findings.is_empty() && report.remarks.is_empty() {
        return;
    }
    let text = match ui.is_gitlab_page() {
        true => output::render_gitlab_page(report),
        false => output::render(report, Format::Human, ui.err_palette()),
    };
    ui.err(&text);
}
