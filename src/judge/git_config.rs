//! The effective git config: every credential that git could send or show from it.

use bstr::BString;

use super::finding;
use super::tokens::token_rules;
use crate::config::{ConfigFile, Effective};
use crate::error::Result;
use crate::finding::{Finding, Location};
use crate::git::Repo;
use crate::policy::Policy;
use crate::token::{self, Kind, Leak, Origin};

/// Judges every file of the effective config; returns the findings, how many entries were looked at, and remarks.
///
/// # Errors
/// Fails when a file of the config is there and cannot be read, or when there is more of it than git-gate reads.
pub(crate) fn effective(repo: &Repo, policy: &Policy) -> Result<(Vec<Finding>, u64, Vec<String>)> {
    let effective = Effective::read(repo)?;
    let mut findings = Vec::new();
    for file in &effective.files {
        for leak in token::live_file(file.form, &file.text) {
            findings.extend(judge(repo, policy, file, leak));
        }
    }
    let mut remarks = effective.remarks;
    if effective.command.iter().any(token::is_secret) {
        remarks.push("the environment (`GIT_CONFIG_*`) brings a credential; it is stored nowhere".to_owned());
    }
    Ok((findings, effective.entries, remarks))
}

fn judge(repo: &Repo, policy: &Policy, file: &ConfigFile, leak: Leak) -> Vec<Finding> {
    // A server needs its seed in its config, and nobody else reads it there.
    if leak.kind == Kind::NonceSeed {
        return Vec::new();
    }
    let path = shown(repo, file);
    let leak = Leak { origin: Origin::Live { option: option(file, &path) }, ..leak };
    let mut findings = Vec::new();
    for (rule, check) in token_rules() {
        let Some(mut problem) = check(&leak, policy) else { continue };
        if let Some(condition) = &file.condition {
            problem.notes.push(format!(
                "the file is included where `{}` holds",
                crate::text::escape(&token::redact(condition))
            ));
        }
        let location = Location::GitConfig {
            scope: file.scope.word(),
            path: path.clone(),
            line: Some(leak.line),
            key: leak.key.clone().unwrap_or_default(),
        };
        findings.extend(finding(policy, rule, problem, location, None));
    }
    findings
}

/// The path of a file, relative to the top of the work tree when it lies inside.
fn shown(repo: &Repo, file: &ConfigFile) -> BString {
    let inside = repo.work_tree().and_then(|top| file.path.strip_prefix(top).ok());
    let path = inside.unwrap_or(&file.path);
    token::redact(path.as_os_str().as_encoded_bytes())
}

/// How `git config` is told to use a file.
fn option(file: &ConfigFile, shown: &BString) -> String {
    match file.main {
        true => format!("--{}", file.scope.word()),
        false => format!("--file {}", token::quoted(&crate::text::escape(shown))),
    }
}
