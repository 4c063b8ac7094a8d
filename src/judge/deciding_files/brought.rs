//! Deciding files that a push brings: an invalid one is refused.

use std::collections::HashSet;

use super::tip_files::TipFiles;
use super::{DCO_YML, FileKind, MAILMAP};
use crate::error::Result;
use crate::git::{Added, NewHistory, Oid, Tip};
use crate::judge::Context;
use crate::policy::{self, Policy};
use crate::report::{Group, Obstacle, Report, Unread, UnreadPlace};
use crate::signoff::DcoYml;
use crate::signoff::settings::RemediationSettings;

/// Check of the files of a kind.
#[derive(Clone, Copy)]
struct FileCheck {
    path: &'static str,
    max_size: u64,
    /// Returns a remark about a valid file.
    check: fn(&[u8]) -> std::result::Result<Option<String>, String>,
}

impl FileCheck {
    /// Creates the check of a kind from the path and the size of that kind.
    const fn new<T>(
        kind: &FileKind<T>,
        check: fn(&[u8]) -> std::result::Result<Option<String>, String>,
    ) -> Self {
        Self { path: kind.path, max_size: kind.max_size, check }
    }
}

/// Adds the invalid deciding files that the new values of refs bring.
///
/// If the policy only warns, they are remarked on.
///
/// # Errors
/// Fails when an object cannot be read.
pub(in crate::judge) fn add_unread(context: Context<'_>, added: &Added, report: &mut Report) -> Result<()> {
    let Context { repo, policy } = context;
    let Some(history) = &added.history else { return Ok(()) };
    let files = in_force(policy, history.accepted.is_some());
    if files.is_empty() {
        return Ok(());
    }
    let tips = changed_tips(added, history);
    // Where nothing is accepted, the commit whose files count is judged itself.
    let accepted = added.authority.commit.filter(|_| history.accepted.is_some());
    let paths: Vec<&'static str> = files.iter().map(|file| file.path).collect();
    let in_tips = TipFiles::of(repo, tips.iter().map(|tip| tip.oid), &paths)?;
    for file in files {
        let mut judged: HashSet<Oid> = HashSet::new();
        let place = UnreadPlace { commit: accepted, path: file.path.as_bytes() };
        judged.extend(report.read(in_tips.blob(accepted, file.path), place)?.flatten());
        for tip in &tips {
            let place = UnreadPlace { commit: Some(tip.oid), path: file.path.as_bytes() };
            let brought = report.read(new_blob(&in_tips, tip, file), place)?.flatten();
            let Some(brought) = brought.filter(|brought| judged.insert(*brought)) else { continue };
            let checked = add_file(context, &in_tips, added, Brought { file, blob: brought, tip }, report);
            report.read(checked, place)?;
        }
    }
    Ok(())
}

/// Returns the blob of a file in a tip, if its accepted history has another one or none.
fn new_blob(in_tips: &TipFiles<'_>, tip: &Tip, file: FileCheck) -> Result<Option<Oid>> {
    let Some(brought) = in_tips.blob(Some(tip.oid), file.path)? else { return Ok(None) };
    Ok((in_tips.blob(tip.accepted, file.path)? != Some(brought)).then_some(brought))
}

/// A deciding file that a tip brings.
#[derive(Clone, Copy)]
struct Brought<'a> {
    file: FileCheck,
    blob: Oid,
    tip: &'a Tip,
}

/// Checks one file, and adds it if it is not valid.
fn add_file(
    context: Context<'_>,
    files: &TipFiles<'_>,
    added: &Added,
    brought: Brought<'_>,
    report: &mut Report,
) -> Result<()> {
    let Context { repo, policy } = context;
    let Brought { file, blob, tip } = brought;
    let why = match repo.store().parsed_up_to(blob, file.max_size, file.check)? {
        Ok(remark) => {
            report.remarks.extend(remark);
            return Ok(());
        }
        Err(why) => why,
    };
    if is_elsewhere(context, files, added, brought)? {
        return Ok(());
    }
    let hint = format!("correct or remove `{}`, amend the commit and push again", file.path);
    let (kind, path, obstacle) = ("blob", file.path.into(), Obstacle::Invalid);
    let (oid, commit) = (Some(blob), Some(tip.oid));
    let unread = Unread { oid, kind, path, commit, obstacle, why, hint, repository: None };
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
    Context { repo, .. }: Context<'_>,
    files: &TipFiles<'_>,
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
                && files.blob(Some(parent), file.path)? == Some(wanted)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the checks of the deciding files that have an effect under a policy.
///
/// Undefined keys are refused in a change only: a whole history, as a scan or an import brings it, may have them.
fn in_force(policy: &Policy, is_change: bool) -> Vec<FileCheck> {
    let judges_signoffs = policy.is_group_on(Group::Signoff);
    let remediation_is_set = matches!(
        policy.signoff.remediation,
        RemediationSettings { individual: Some(_), third_party: Some(_) }
    );
    let checks = [
        (
            FileCheck::new(&DCO_YML, if is_change { check_new_dco_yml } else { check_dco_yml }),
            judges_signoffs && !remediation_is_set,
        ),
        (
            FileCheck::new(&MAILMAP, |text| (MAILMAP.parse)(text).map(|_| None)),
            judges_signoffs && policy.signoff.mailmap,
        ),
        (
            FileCheck {
                path: policy::REPOSITORY_POLICY,
                max_size: policy::MAX_REPOSITORY_POLICY,
                check: |text| policy::check(text).map(|()| None),
            },
            policy.server.allow_repository_policy,
        ),
    ];
    checks.into_iter().filter_map(|(check, counts)| counts.then_some(check)).collect()
}

fn check_dco_yml(text: &[u8]) -> std::result::Result<Option<String>, String> {
    (DCO_YML.parse)(text).map(|file| file.remark)
}

fn check_new_dco_yml(text: &[u8]) -> std::result::Result<Option<String>, String> {
    DcoYml::parse_new(text).map(|file| file.remark)
}
