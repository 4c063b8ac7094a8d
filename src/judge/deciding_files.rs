//! Deciding files: files of a repository that determine how it is judged itself.
//!
//! They count from the default branch before the push only. An invalid one is refused where it comes in. One
//! that is there already blocks nothing, not even its own repair: it is read in the strictest way.

use std::collections::HashSet;

use super::Context;
use crate::error::Result;
use crate::git::{Added, NewHistory, Oid, Repo, Tip};
use crate::policy::{self, Policy};
use crate::report::{Group, Report, Unread};
use crate::signoff::settings::RemediationSettings;
use crate::signoff::{DcoYml, Mailmap, dco_yml, mailmap};

/// A deciding file: its path, and the check of its text.
#[derive(Clone, Copy)]
struct DecidingFile {
    path: &'static str,
    /// Returns a remark about a valid file.
    check: fn(&[u8]) -> std::result::Result<Option<String>, String>,
}

const DCO_YML: DecidingFile =
    DecidingFile { path: dco_yml::PATH, check: |text| DcoYml::parse(text).map(|file| file.remark) };
const MAILMAP: DecidingFile =
    DecidingFile { path: mailmap::PATH, check: |text| Mailmap::parse(text).map(|_| None) };
const POLICY: DecidingFile =
    DecidingFile { path: policy::REPOSITORY_POLICY, check: |text| policy::check(text).map(|()| None) };

/// Returns the text of a deciding file in a commit; `None` if there is no such file.
///
/// # Errors
/// Fails when the commit or the file cannot be read.
pub(super) fn deciding_file(repo: &Repo, commit: Option<Oid>, path: &str) -> Result<Option<Vec<u8>>> {
    blob(repo, commit, path)?.map(|blob| repo.store().blob(blob)).transpose()
}

/// Returns the remark about an invalid file of the default branch.
pub(super) fn ignored(path: &str, fault: &str, effect: &str) -> String {
    format!("`{path}` on the default branch is not valid: {fault}; until it is corrected, {effect}")
}

/// Adds the invalid deciding files that the new values of refs bring.
///
/// If the policy only warns, they are remarked on.
///
/// # Errors
/// Fails when an object cannot be read.
pub(super) fn add_unread(context: Context<'_>, added: &Added, report: &mut Report) -> Result<()> {
    let Context { repo, policy } = context;
    let Some(history) = &added.history else { return Ok(()) };
    let files = in_force(policy);
    if files.is_empty() {
        return Ok(());
    }
    let tips = changed_tips(added, history);
    for file in files {
        let mut judged: HashSet<Oid> = HashSet::new();
        judged.extend(blob(repo, added.authority.commit, file.path)?);
        for tip in &tips {
            let Some(brought) = blob(repo, Some(tip.oid), file.path)? else { continue };
            if !judged.contains(&brought) && blob(repo, tip.accepted, file.path)? != Some(brought) {
                judged.insert(brought);
                add_file(context, added, Brought { file, blob: brought, tip }, report)?;
            }
        }
    }
    Ok(())
}

/// A deciding file that a tip brings.
#[derive(Clone, Copy)]
struct Brought<'a> {
    file: DecidingFile,
    blob: Oid,
    tip: &'a Tip,
}

/// Checks one file, and adds it if it is not valid.
fn add_file(context: Context<'_>, added: &Added, brought: Brought<'_>, report: &mut Report) -> Result<()> {
    let Context { repo, policy } = context;
    let Brought { file, blob, tip } = brought;
    let why = match (file.check)(&repo.store().blob(blob)?) {
        Ok(remark) => {
            report.remarks.extend(remark);
            return Ok(());
        }
        Err(why) => why,
    };
    if is_elsewhere(repo, added, brought)? {
        return Ok(());
    }
    let hint = format!("correct or remove `{}`, amend the commit and push again", file.path);
    let unread = Unread { oid: blob, kind: "blob", path: file.path.into(), commit: Some(tip.oid), why, hint };
    if policy.only_warns() {
        report.remarks.push(format!("{unread}; without `warn-only` it would be refused"));
    } else {
        report.unread.push(unread);
    }
    Ok(())
}

/// Returns the tips that may bring a file: first the next commit of the default branch, then new commits.
fn changed_tips<'a>(added: &Added, history: &'a NewHistory) -> Vec<&'a Tip> {
    let listed = history.commits.listed();
    let mut seen = HashSet::new();
    let is_new = |oid| listed.as_ref().is_none_or(|listed| listed.contains(&oid));
    let is_next = |tip: &&Tip| added.authority.next == Some(tip.oid);
    let changed = history.tips.iter().filter(|tip| is_new(tip.oid) || is_next(tip));
    let mut tips: Vec<&Tip> = changed.filter(|tip| seen.insert((tip.oid, tip.accepted))).collect();
    tips.sort_by_key(|tip| !is_next(tip));
    tips
}

/// Returns whether a commit on which the new ones are built has the file already, on whatever branch.
///
/// False for the default branch, where the file would count.
fn is_elsewhere(
    repo: &Repo,
    added: &Added,
    Brought { file, blob: wanted, tip }: Brought<'_>,
) -> Result<bool> {
    let listed = added.history.as_ref().and_then(|history| history.commits.listed());
    let Some(listed) = listed.filter(|_| added.authority.next != Some(tip.oid)) else { return Ok(false) };
    let mut seen = HashSet::new();
    for oid in &listed {
        for parent in repo.store().commit(*oid)?.parents {
            // A parent behind the end of a shallow history does not exist here.
            let is_known = !listed.contains(&parent) && seen.insert(parent);
            if is_known
                && repo.store().find(parent)?.is_some()
                && blob(repo, Some(parent), file.path)? == Some(wanted)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the blob of a file in a commit.
fn blob(repo: &Repo, commit: Option<Oid>, path: &str) -> Result<Option<Oid>> {
    let Some(commit) = commit else { return Ok(None) };
    repo.store().find_file(repo.store().commit(commit)?.tree, path.as_bytes())
}

/// Returns the deciding files that have an effect under a policy.
fn in_force(policy: &Policy) -> Vec<DecidingFile> {
    let judges_signoffs = policy.is_group_on(Group::Signoff);
    let remediation_is_set = matches!(
        policy.signoff.remediation,
        RemediationSettings { individual: Some(_), third_party: Some(_) }
    );
    let files = [
        (DCO_YML, judges_signoffs && !remediation_is_set),
        (MAILMAP, judges_signoffs && policy.signoff.mailmap),
        (POLICY, policy.server.allow_repository_policy),
    ];
    files.into_iter().filter_map(|(file, counts)| counts.then_some(file)).collect()
}
