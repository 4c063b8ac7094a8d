//! `git gate policy check`: says whether a policy is valid, and what it would have refused.

use std::fmt::Write as _;

use crate::cli::PolicyCheckArgs;
use crate::commands::scan;
use crate::error::{Error, ExitStatus, Result};
use crate::git::Repo;
use crate::judge::{self, Context};
use crate::output::{self, Ui};
use crate::policy::{self, CheckedPolicy, Ineffective, PolicyPlace};
use crate::report::{Report, Verdict};
use crate::text::{count, escape_path};

/// Checks a file, or the policy in force.
///
/// # Errors
/// Fails with the error of a run with the policy.
pub(super) fn run(args: &PolicyCheckArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open_if_any()?;
    let CheckedPolicy { policy, place } = match (&args.file, &repo) {
        (Some(file), repo) => policy::check_file(file, repo.as_ref())?,
        (None, Some(repo)) => {
            let place = if repo.work_tree().is_some() { PolicyPlace::Clone } else { PolicyPlace::Server };
            CheckedPolicy { policy: policy::in_force(repo)?, place }
        }
        (None, None) => {
            let error = Error::usage("not inside a git repository, and no file is named");
            return Err(error.hinted("name the file: `git gate policy check FILE`"));
        }
    };
    let ineffective = policy::ineffective(&policy, place);
    let mut text = String::new();
    for Ineffective { key, path, line, reason } in &ineffective {
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        let _ = writeln!(text, "warning: {}{line}: `{key}` has no effect: {reason}", escape_path(path));
    }
    for remark in &policy.remarks {
        let _ = writeln!(text, "warning: {remark}");
    }
    let warnings = match ineffective.len() + policy.remarks.len() {
        0 => String::new(),
        number => format!(", {}", count(number, "warning")),
    };
    match (&policy.path, &repo) {
        (Some(path), _) => {
            let _ = writeln!(text, "valid: {}{warnings}", escape_path(path));
        }
        (None, repo) => {
            let places: Vec<String> =
                repo.iter().flat_map(policy::places).map(|path| escape_path(&path)).collect();
            let _ = writeln!(text, "valid: the defaults; there is no {}", places.join(" or "));
        }
    }
    ui.out(&text);
    if args.against.is_empty() {
        return Ok(ExitStatus::Clean);
    }
    let repo = repo.ok_or_else(|| Error::usage("not inside a git repository"))?;
    let mut report = scan::history(Context { repo: &repo, policy: &policy }, &args.against, ui, None)?;
    judge::conclude(&mut report, &policy)?;
    judge::add_commits(&repo, &mut report);
    ui.out(&output::refused(&report, ui.out_palette()));
    Ok(undecided(&report))
}

/// Returns the status: what the policy would have refused is an answer, and what could not be read is none.
fn undecided(report: &Report) -> ExitStatus {
    match report.verdict() {
        Verdict::Clean | Verdict::Denied => ExitStatus::Clean,
        Verdict::Undecided => ExitStatus::Failed,
    }
}
