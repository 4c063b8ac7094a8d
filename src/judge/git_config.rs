//! Judges the effective git config: finds every credential that git could send or show from it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::Context;
use super::comments::CommentFilter;
use super::finding::finding;
use super::token_exemptions::TokenExemptions;
use super::tokens::token_rules;
use crate::config::{self, ConfigFile, ConfigScope, EffectiveConfig, FileFormat};
use crate::error::Result;
use crate::git::Repo;
use crate::platform;
use crate::policy::CountingComments;
use crate::report::{Checked, Location, Report};
use crate::text::{count, lossless};
use crate::token::{self, CredentialKind, Leak, LeakSource, ValueChoice};

/// Work for which the effective config is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfigJudgement {
    /// A scan: every file counts.
    Scan,
    /// A push: what belongs to the user and not to the repository is only remarked on.
    Push,
}

/// Judges every file of the effective config.
///
/// # Errors
/// Fails when a file of the config exists and cannot be read, or when the config is larger than git-gate
/// reads.
pub(super) fn report(context: Context<'_>, judgement: ConfigJudgement) -> Result<Report> {
    let repo = context.repo;
    let effective = EffectiveConfig::read(repo)?;
    let checked = Checked { config_entries: effective.entries, ..Checked::default() };
    let mut report = Report { checked, remarks: effective.remarks, ..Report::default() };
    let active = ActiveFiles::default();
    let mut of_user = 0;
    for file in &effective.files {
        if judgement == ConfigJudgement::Push && is_of_user(repo, file) {
            let leaks = token::scan_format(file.format, &file.text);
            of_user += leaks.iter().filter(|leak| leak.kind != CredentialKind::NonceSeed).count();
            continue;
        }
        let mut judged = exemptions(context);
        for leak in token::scan_format(file.format, &file.text) {
            let note =
                file.condition.as_deref().map(|condition| active.note(repo, file, condition)).transpose()?;
            add_findings(context, file, note, leak, &mut judged);
        }
        let findings = judged.finish(&mut report);
        report.findings.extend(findings);
    }
    if of_user > 0 {
        let credentials = count(of_user, "credential");
        report.remarks.push(format!(
            "the git config of this user contains {credentials}, which the push does not contain: \
             `git gate scan --git-config` shows more"
        ));
    }
    if effective.command.iter().any(token::entry_has_secret) {
        let text = "the environment (`GIT_CONFIG_*`) contains a credential; it is not stored in a file";
        report.remarks.push(text.to_owned());
    }
    Ok(report)
}

/// Returns whether a file belongs to the user or the machine, and not to the repository.
fn is_of_user(repo: &Repo, file: &ConfigFile) -> bool {
    let is_inside = || {
        let real = real_path(&file.path);
        let tops = repo.work_tree().into_iter().chain([repo.common_dir(), repo.git_dir()]);
        tops.into_iter().any(|top| real.starts_with(real_path(top)))
    };
    match file.format {
        FileFormat::Config => matches!(file.scope, ConfigScope::System | ConfigScope::Global) && !is_inside(),
        FileFormat::Remote => false,
        FileFormat::Netrc | FileFormat::Credentials | FileFormat::Cookies => !is_inside(),
    }
}

/// Returns a path without links and without `..` in its directory, or the path itself if it cannot be resolved.
fn real_path(path: &Path) -> PathBuf {
    let named =
        |parent: &Path, name: &OsStr| platform::real_path(parent).ok().map(|parent| parent.join(name));
    let resolved = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => named(parent, name),
        _ => platform::real_path(path).ok(),
    };
    resolved.unwrap_or_else(|| path.to_owned())
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
                let files = config::files_in_force()?;
                self.files.get_or_init(|| files)
            }
        };
        let real = platform::real_path(&file.path).unwrap_or_else(|_| file.path.clone());
        let state = if files.contains(&real) { "active" } else { "not active" };
        Ok(format!("currently {state}: {place}"))
    }
}

/// Returns whether an exemption lets a credential in a file pass.
pub(super) fn is_exempted(context: Context<'_>, file: &ConfigFile, leak: &Leak) -> bool {
    let (mut report, mut judged) = (Report::default(), exemptions(context));
    add_findings(context, file, None, leak.clone(), &mut judged);
    judged.finish(&mut report);
    !report.exempted.is_empty()
}

/// Returns the exemptions in git config.
///
/// Nobody pushes these files: where only accepted comments count, those in them are.
fn exemptions(context: Context<'_>) -> TokenExemptions<'_> {
    let comments = match context.policy.token_comments() {
        CountingComments::None => CommentFilter::None,
        CountingComments::All | CountingComments::InTree(_) => CommentFilter::All,
    };
    TokenExemptions::new(context.policy, comments)
}

/// Runs the token rules on a credential in a file. `note` is added to each finding.
fn add_findings(
    context: Context<'_>,
    file: &ConfigFile,
    note: Option<String>,
    leak: Leak,
    judged: &mut TokenExemptions<'_>,
) {
    // A server needs its `receive.certNonceSeed` in its config, where no client reads it.
    if leak.kind == CredentialKind::NonceSeed {
        return;
    }
    let path = printable_path(context.repo, file);
    let is_config = file.format == FileFormat::Config;
    let line = file.text.lines().nth(leak.line.saturating_sub(1) as usize).unwrap_or_default();
    let is_stored = file.format == FileFormat::Credentials;
    let source = LeakSource::Live {
        option: if is_config { file_option(file) } else { String::new() },
        choice: if is_config { token::value_choice(&file.text, &leak) } else { ValueChoice::Unselectable },
        reject: is_stored.then(|| token::reject_input(line)).flatten(),
    };
    let leak = Leak { source, ..leak };
    let shown = lossless(&path);
    for (rule, check) in token_rules() {
        let Some(mut problem) = check(&leak) else { continue };
        problem.notes.extend(note.clone());
        let location = Location::GitConfig {
            scope: file.scope.word(),
            path: path.clone(),
            line: Some(leak.line),
            key: leak.key.clone().unwrap_or_default(),
        };
        let found = finding(context.policy, rule, problem, location, None);
        found.into_iter().for_each(|found| judged.add(found, &leak, Some(&shown)));
    }
}

/// Returns the path of a file, redacted, and relative to the top of the work tree if it is inside.
fn printable_path(repo: &Repo, file: &ConfigFile) -> BString {
    let path = real_path(&file.path);
    let git_dir = repo.common_dir();
    let beside = || git_dir.parent().filter(|_| git_dir.file_name().is_some_and(|name| name == ".git"));
    let top = repo
        .work_tree()
        .or_else(beside)
        .map(|top| platform::real_path(top).unwrap_or_else(|_| top.to_owned()));
    let inside = top.as_deref().and_then(|top| path.strip_prefix(top).ok());
    token::redact(&platform::path_bytes(inside.unwrap_or(&path)))
}

/// Returns the option that makes `git config` use a file from any directory, quoted for a shell.
fn file_option(file: &ConfigFile) -> String {
    match file.main {
        true => format!("--{}", file.scope.word()),
        false => {
            let path = token::redact(&platform::path_bytes(&real_path(&file.path)));
            format!("--file {}", crate::text::quoted(&crate::text::escape(&path)))
        }
    }
}
