//! Judges the effective git config: finds every credential that git could send or show from it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::PathBuf;

use bstr::BString;

use super::Context;
use super::finding::finding;
use super::tokens::token_rules;
use crate::config::{ConfigFile, EffectiveConfig};
use crate::error::Result;
use crate::git::{Git, Repo};
use crate::report::{Checked, Finding, Location, Report};
use crate::text::as_path;
use crate::token::{self, CredentialKind, Leak, LeakSource};

/// Judges every file of the effective config.
///
/// # Errors
/// Fails when a file of the config exists and cannot be read, or when the config is larger than git-gate
/// reads.
pub(super) fn report(context: Context<'_>) -> Result<Report> {
    let repo = context.repo;
    let effective = EffectiveConfig::read(repo)?;
    let checked = Checked { config_entries: effective.entries, ..Checked::default() };
    let mut report = Report { checked, remarks: effective.remarks, ..Report::default() };
    let active = ActiveFiles::default();
    for file in &effective.files {
        for leak in token::scan_format(file.format, &file.text) {
            let note =
                file.condition.as_deref().map(|condition| active.note(repo, file, condition)).transpose()?;
            report.findings.extend(findings(context, file, note, leak));
        }
    }
    if effective.command.iter().any(token::entry_has_secret) {
        let text = "the environment (`GIT_CONFIG_*`) contains a credential; it is not stored in a file";
        report.remarks.push(text.to_owned());
    }
    Ok(report)
}

/// Files that git reads now for this repository; queried once, on first use.
#[derive(Default)]
struct ActiveFiles {
    files: OnceCell<HashSet<PathBuf>>,
}

impl ActiveFiles {
    /// Returns the note about a file that is included under a condition.
    fn note(&self, repo: &Repo, file: &ConfigFile, condition: &[u8]) -> Result<String> {
        let condition = token::printable(condition);
        let place = format!("the file is included if `{condition}` matches");
        if !repo.has_git() {
            return Ok(place);
        }
        let files = match self.files.get() {
            Some(files) => files,
            None => {
                let files = files_in_force()?;
                self.files.get_or_init(|| files)
            }
        };
        let real = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
        let state = if files.contains(&real) { "active" } else { "not active" };
        Ok(format!("currently {state}: {place}"))
    }
}

/// Returns every file from which git takes an entry now.
fn files_in_force() -> Result<HashSet<PathBuf>> {
    let answer = Git::new("config").args(["--list", "--name-only", "--show-origin", "-z"]).answer()?;
    // Config that git refuses (status 128) has no output: no file is in force.
    if !matches!(answer.code, Some(0 | 128)) {
        return Err(answer.refusal("config"));
    }
    // With `-z`, origins and keys alternate.
    let origins = answer.stdout.split(|byte| *byte == 0).step_by(2);
    let paths = origins.filter_map(|origin| as_path(origin.strip_prefix(b"file:")?).canonicalize().ok());
    Ok(paths.collect())
}

/// Runs the token rules on a credential in a file. `note` is added to each finding.
fn findings(context: Context<'_>, file: &ConfigFile, note: Option<String>, leak: Leak) -> Vec<Finding> {
    // A server needs its `receive.certNonceSeed` in its config, where no client reads it.
    if leak.kind == CredentialKind::NonceSeed {
        return Vec::new();
    }
    let path = printable_path(context.repo, file);
    let leak = Leak { source: LeakSource::Live { option: file_option(file, &path) }, ..leak };
    let mut findings = Vec::new();
    for (rule, check) in token_rules() {
        let Some(mut problem) = check(&leak) else { continue };
        problem.notes.extend(note.clone());
        let location = Location::GitConfig {
            scope: file.scope.word(),
            path: path.clone(),
            line: Some(leak.line),
            key: leak.key.clone().unwrap_or_default(),
        };
        findings.extend(finding(context.policy, rule, problem, location, None));
    }
    findings
}

/// Returns the path of a file, redacted, and relative to the top of the work tree if it is inside.
fn printable_path(repo: &Repo, file: &ConfigFile) -> BString {
    let inside = repo.work_tree().and_then(|top| file.path.strip_prefix(top).ok());
    let path = inside.unwrap_or(&file.path);
    token::redact(path.as_os_str().as_encoded_bytes())
}

/// Returns the option that makes `git config` use a file, quoted for a shell.
fn file_option(file: &ConfigFile, path: &BString) -> String {
    match file.main {
        true => format!("--{}", file.scope.word()),
        false => format!("--file {}", crate::text::quoted(&crate::text::escape(path))),
    }
}
