//! `git gate audit`: what the gate of a server has done, from its audit logs.

mod human;
mod json;
mod prometheus;

use std::path::PathBuf;
use std::time::SystemTime;

use super::time;
use crate::cli::{AuditArgs, AuditFormat};
use crate::error::{Error, ErrorKind, ExitStatus, Result};
use crate::git::Repo;
use crate::output::{self, Ui};
use crate::policy;
use crate::server::{AuditTally, TallyError};
use crate::text::{date, escape_path};

/// Counts the entries of the logs. The exit status is 2 if any part of a log was not counted.
pub(crate) fn run(args: &AuditArgs, ui: &mut Ui) -> Result<ExitStatus> {
    super::need_server_system()?;
    let since = args.since.as_deref().map(time::seconds).transpose()?;
    let files = if args.files.is_empty() { vec![log_in_force()?] } else { args.files.clone() };
    let mut tally = AuditTally::new(since.map(date::of_seconds));
    let mut faults = Vec::new();
    for file in &files {
        faults.extend(tally.add_file(file).err().map(|fault| (file, fault)));
    }
    ui.out(&match args.format {
        AuditFormat::Human => human::render(&tally, ui.out_palette()),
        AuditFormat::Json => json::render(&tally, faults.len()),
        AuditFormat::Prometheus => prometheus::render(&tally, faults.is_empty(), SystemTime::now()),
    });
    let palette = ui.err_palette();
    for (file, fault) in &faults {
        let file = escape_path(file);
        let error = match fault {
            TallyError::Unreadable(error) => {
                Error::new(ErrorKind::Io, format!("cannot read {file}: {error}"))
            }
            TallyError::Lines { .. } => Error::new(ErrorKind::Io, format!("{file}: {fault}")),
        };
        ui.err(&output::error(&error, palette));
    }
    Ok(if faults.is_empty() { ExitStatus::Clean } else { ExitStatus::Failed })
}

/// Returns the audit log of the policy in force.
fn log_in_force() -> Result<PathBuf> {
    let policy = Repo::open_if_any()?.map(|repo| policy::in_force(&repo)).transpose()?;
    let log = policy.and_then(|policy| policy.server.audit_log).map(|log| log.path);
    log.ok_or_else(|| {
        let error = Error::usage("no audit log is named, neither here nor by the policy in force");
        error.hinted(
            "name it: `git gate audit FILE`; in a bare repository, the key `server.audit-log` names it",
        )
    })
}
