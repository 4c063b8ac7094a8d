//! Advice for a push that only workflows keep back: `git gate fix`, where it repairs them, and the commit that takes the repair.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::BString;

use crate::error::Result;
use crate::fix::{Basis, FileText, Files, Fix, KnownPins, repair};
use crate::git::{Mode, Oid, Repo};
use crate::hook::RefUpdate;
use crate::judge;
use crate::policy::{JudgedCommits, Policy};
use crate::report::{Finding, Group, Level, Location, Report};
use crate::text::quoted;
use crate::token;
use crate::workflow::{ActionsLock, Document, FileKind, LOCK_PATH};

/// Maximum number of files that are repaired to find out what can be advised.
const MAX_FILES: usize = 64;

/// Command that repairs the files of a work tree.
const FIX: &str = "git gate fix --apply";

/// Adds the commands to a report that has no other advice. What cannot be read gives none.
///
/// # Errors
/// Fails when git does not answer.
pub(super) fn add(repo: &Repo, policy: &Policy, updates: &[RefUpdate], report: &mut Report) -> Result<()> {
    if !report.advice.is_empty() || !report.unread.is_empty() {
        return Ok(());
    }
    let advised = advice(repo, policy, updates, &report.findings);
    let Some((lines, repaired)) = (match advised {
        Err(error) if error.object().is_some() => return Ok(()),
        advised => advised?,
    }) else {
        return Ok(());
    };
    report.advice = lines;
    report.combined.extend(repaired);
    Ok(())
}

/// Lines of an advice, and the rules and locations of the findings that its commands repair.
type Advice = (Vec<String>, Vec<(&'static str, Location)>);

fn advice(
    repo: &Repo,
    policy: &Policy,
    updates: &[RefUpdate],
    findings: &[Finding],
) -> Result<Option<Advice>> {
    let denied = |finding: &&Finding| finding.rule.group == Group::Workflow && finding.level == Level::Deny;
    let denied: Vec<&Finding> = findings.iter().filter(denied).collect();
    // A tag would have to follow the commit.
    if denied.is_empty() || updates.iter().any(|update| update.refname.starts_with(b"refs/tags/")) {
        return Ok(None);
    }
    let mut tips = BTreeSet::new();
    for new in updates.iter().filter_map(|update| update.new) {
        tips.extend(repo.store().peel_to_commit(new)?);
    }
    let [tip] = Vec::from_iter(tips)[..] else { return Ok(None) };
    let repaired = repaired(repo, policy, tip, &denied)?;
    let commits: BTreeSet<Oid> = repaired.iter().filter_map(|(_, location)| location.commit()).collect();
    let lines = match Vec::from_iter(commits)[..] {
        [faulty] if policy.workflows.judge == JudgedCommits::EveryCommit => way_into(repo, faulty, tip)?,
        [] => None,
        [..] if policy.workflows.judge == JudgedCommits::Tip => Some(vec![
            format!("{FIX}    # with {} checked out", tip.short()),
            "git commit --all --signoff --message 'ci: repair the workflows'".to_owned(),
        ]),
        // One repair would have to be split among the commits.
        [..] => None,
    };
    Ok(lines.map(|lines| (lines, repaired)))
}

/// Returns the commands that bring a repair into the commit that adds the faults: each commit of a push is judged.
///
/// `None` if others have that commit, or the history above it is not linear.
fn way_into(repo: &Repo, faulty: Oid, tip: Oid) -> Result<Option<Vec<String>>> {
    if !judge::published(repo, vec![faulty])?.is_empty() {
        return Ok(None);
    }
    let fix = format!("{FIX}    # with {} checked out", tip.short());
    if faulty == tip {
        return Ok(Some(vec![fix, "git commit --all --amend --no-edit".to_owned()]));
    }
    let base = match repo.store().parents(&repo.store().commit(faulty)?)? {
        [] => "--root".to_owned(),
        [parent] => parent.short(),
        _ => return Ok(None),
    };
    let title = quoted(&format!("fixup! {}", faulty.short()));
    Ok(judge::distance(repo, tip, faulty)?.map(|_| {
        vec![
            fix,
            format!("git commit --all --message {title}"),
            format!("git -c sequence.editor=: rebase -i --autosquash {base}"),
        ]
    }))
}

/// Returns rule and location of the findings that are gone once the files of a commit are repaired.
///
/// Only findings in files that are the same in this commit: a repair of another text may conflict.
fn repaired(
    repo: &Repo,
    policy: &Policy,
    tip: Oid,
    denied: &[&Finding],
) -> Result<Vec<(&'static str, Location)>> {
    let files = TreeFiles { repo, tree: repo.store().commit(tip)?.tree };
    let mut texts: BTreeMap<&BString, Vec<u8>> = BTreeMap::new();
    for finding in denied {
        let Location::Blob { commit: Some(_), blob, path, .. } = &finding.location else { continue };
        if !texts.contains_key(path) && files.entry(path)? == Some(*blob) {
            texts.insert(path, repo.store().read(*blob)?.data.to_vec());
        }
    }
    if texts.len() > MAX_FILES {
        return Ok(Vec::new());
    }
    let mut known = KnownPins::default();
    for (path, text) in &texts {
        let documents = FileKind::of(path).map(|kind| Document::read(text, kind)).unwrap_or_default();
        documents.iter().for_each(|document| known.learn(document));
    }
    let lock = files.entry(LOCK_PATH.as_bytes())?.map(|oid| repo.store().read(oid)).transpose()?;
    let lock = lock.map(|lock| ActionsLock::read(&lock.data));
    let basis = Basis { policy, known: &known, lock: lock.as_ref(), files: &files, is_unsafe: false };
    let fixes: HashMap<&BString, Fix> =
        texts.iter().map(|(path, text)| (*path, repair(&basis, path, text))).collect();
    let is_repaired = |finding: &Finding| {
        let Location::Blob { blob, path, .. } = &finding.location else { return false };
        let Some(Fix { open, left, .. }) = fixes.get(path) else { return false };
        let is_same = |rule: &str, message: &str| {
            rule == finding.rule.id && token::redact_message(message.to_owned()) == finding.message
        };
        files.entry(path).is_ok_and(|entry| entry == Some(*blob))
            && open.iter().any(|fault| is_same(fault.rule, &fault.message))
            && !left.iter().any(|fault| is_same(fault.rule, &fault.message))
    };
    let gone = denied.iter().filter(|finding| is_repaired(finding));
    Ok(gone.map(|finding| (finding.rule.id, finding.location.clone())).collect())
}

/// Files of a tree.
struct TreeFiles<'r> {
    repo: &'r Repo,
    tree: Oid,
}

impl TreeFiles<'_> {
    /// Returns the blob of the regular file at a path; `None` if there is none.
    fn entry(&self, path: &[u8]) -> Result<Option<Oid>> {
        let entry = self.repo.store().find_entry(self.tree, path)?;
        Ok(entry.filter(|entry| entry.mode == Mode::File).map(|entry| entry.oid))
    }
}

impl Files for TreeFiles<'_> {
    fn read(&self, path: &str) -> FileText {
        let store = self.repo.store();
        let Ok(entry) = store.find_entry(self.tree, path.as_bytes()) else { return FileText::Unreadable };
        match entry.map(|entry| (entry.mode, entry.oid)) {
            Some((Mode::File, oid)) => {
                store.read(oid).map_or(FileText::Unreadable, |blob| FileText::Found(blob.data.to_vec()))
            }
            Some((Mode::Symlink, _)) => FileText::Unreadable,
            _ => FileText::Missing,
        }
    }
}
