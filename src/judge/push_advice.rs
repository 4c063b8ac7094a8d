//! Advice for a push beside that on sign-offs: faults that a later commit repairs, and tags that have to follow.

use std::collections::{BTreeSet, HashSet};

use bstr::{BString, ByteSlice as _};

use super::Context;
use super::signoff::published;
use super::tree_files::{InHead, TreeFiles};
use crate::error::Result;
use crate::git::{Added, Ancestry, NewHistory, ObjectKind, Oid, Repo};
use crate::hook::RefUpdate;
use crate::report::{Finding, Group, Level, Location, Report};
use crate::text::quoted;

/// Maximum number of commits between one and the tip of its branch.
const MAX_BETWEEN: usize = 256;

/// Maximum number of faults of which it is found out whether a later commit repairs them.
const MAX_FAULTS: usize = 64;

/// Adds the advice for a push to its report. What cannot be read gives none.
///
/// # Errors
/// Fails when git does not answer.
pub(super) fn add(
    context: Context<'_>,
    updates: &[RefUpdate],
    added: &Added,
    report: &mut Report,
) -> Result<()> {
    let Some(history) = &added.history else { return Ok(()) };
    if updates.is_empty() || !report.unread.is_empty() {
        return Ok(());
    }
    if report.advice.is_empty() {
        readable(add_combination(context, history, report))?;
    }
    if report.advice.iter().any(|line| line.starts_with("git ")) {
        readable(add_tags(context.repo, updates, report))?;
    }
    Ok(())
}

/// Passes over an object that cannot be read: no verdict depends on the advice.
fn readable(advised: Result<()>) -> Result<()> {
    match advised {
        Err(error) if error.object().is_some() => Ok(()),
        advised => advised,
    }
}

/// Adds how to combine a commit that adds faults to workflows with a later one that repairs them.
///
/// Each commit of a push is judged, so that the repair alone does not let it through. Commits that others have are not
/// rewritten.
fn add_combination(context: Context<'_>, history: &NewHistory, report: &mut Report) -> Result<()> {
    let tips: BTreeSet<Oid> = history.tips.iter().map(|tip| tip.oid).collect();
    let [tip] = Vec::from_iter(tips)[..] else { return Ok(()) };
    let repaired = repaired_later(context, tip, &report.findings)?;
    let faulty: BTreeSet<Oid> = repaired.iter().map(|(commit, _)| *commit).collect();
    let [faulty] = Vec::from_iter(faulty)[..] else { return Ok(()) };
    if !published(context.repo, vec![faulty])?.is_empty() {
        return Ok(());
    }
    let paths: Vec<&BString> = repaired.iter().map(|(_, path)| path).collect();
    let Some(changes) = changes_after(context.repo, faulty, tip, &paths)? else { return Ok(()) };
    let base = match context.repo.store().parents(&context.repo.store().commit(faulty)?)? {
        [] => "--root".to_owned(),
        [parent] => parent.short(),
        _ => return Ok(()),
    };
    let (commit, checked_out) = (faulty.short(), format!("    # with {} checked out", tip.short()));
    report
        .advice
        .push(format!("each commit is judged: combine {commit} with the later repair of its workflow:"));
    report.advice.extend(match changes.as_slice() {
        [last] if *last == tip => vec![
            format!("git commit --amend --message {}{checked_out}", quoted(&format!("fixup! {commit}"))),
            format!("git -c sequence.editor=: rebase -i --autosquash {base}"),
        ],
        changes => {
            let changes: Vec<String> = changes.iter().map(Oid::short).collect();
            let below = format!("put {} below {commit}, as `fixup`", changes.join(", "));
            vec![format!("git rebase -i {base}{checked_out}: {below}")]
        }
    });
    let is_combined = |finding: &&Finding| match &finding.location {
        Location::Blob { commit: Some(commit), path, .. } => repaired.contains(&(*commit, path.clone())),
        _ => false,
    };
    let own = report.findings.iter().filter(|finding| finding.rule.group == Group::Workflow);
    report.combined =
        own.filter(is_combined).map(|finding| (finding.rule.id, finding.location.clone())).collect();
    Ok(())
}

/// Returns the places whose faults in workflows refuse, and are all gone at the tip of a push.
fn repaired_later(context: Context<'_>, tip: Oid, findings: &[Finding]) -> Result<HashSet<(Oid, BString)>> {
    let is_own = |finding: &&Finding| finding.rule.group == Group::Workflow && finding.level == Level::Deny;
    let own: Vec<&Finding> = findings.iter().filter(is_own).take(MAX_FAULTS + 1).collect();
    let (mut repaired, mut left) = (HashSet::new(), HashSet::new());
    if own.is_empty() || own.len() > MAX_FAULTS {
        return Ok(repaired);
    }
    let mut files = TreeFiles::of(context, context.repo.store().commit(tip)?.tree);
    findings.iter().for_each(|finding| files.ask(finding));
    for finding in own {
        let Location::Blob { commit: Some(commit), blob, path, .. } = &finding.location else { continue };
        let is_gone = *commit != tip && files.has(path, *blob, finding)? == InHead::No;
        (if is_gone { &mut repaired } else { &mut left }).insert((*commit, path.clone()));
    }
    repaired.retain(|place| !left.contains(place));
    Ok(repaired)
}

/// Returns the commits from a tip down to another one that change some of the paths, older ones first.
///
/// `None` if the history between them is not linear, or too long.
fn changes_after(repo: &Repo, from: Oid, tip: Oid, paths: &[&BString]) -> Result<Option<Vec<Oid>>> {
    let (store, mut changes) = (repo.store(), Vec::new());
    let entries = |tree| -> Result<Vec<Option<Oid>>> {
        paths.iter().map(|path| Ok(store.find_entry(tree, path)?.map(|entry| entry.oid))).collect()
    };
    let mut at = tip;
    for _ in 0..MAX_BETWEEN {
        let commit = store.commit(at)?;
        let [parent] = store.parents(&commit)? else { return Ok(None) };
        if entries(commit.tree)? != entries(store.commit(*parent)?.tree)? {
            changes.insert(0, at);
        }
        if *parent == from {
            return Ok(Some(changes));
        }
        at = *parent;
    }
    Ok(None)
}

/// Adds how to move the tags of a push to the commits that the commands of the advice make.
fn add_tags(repo: &Repo, updates: &[RefUpdate], report: &mut Report) -> Result<()> {
    let mut targets: Vec<(&RefUpdate, Oid)> = Vec::new();
    for update in updates {
        let commit = update.new.map(|new| repo.store().peel_to_commit(new)).transpose()?.flatten();
        targets.extend(commit.map(|commit| (update, commit)));
    }
    let rewritten = rewritten(report);
    let mut ancestry = Ancestry::default();
    let branches = || targets.iter().filter(|(update, _)| !update.refname.starts_with(b"refs/tags/"));
    for (update, commit) in &targets {
        let (Some(new), Some(name)) = (update.new, update.refname.strip_prefix(b"refs/tags/")) else {
            continue;
        };
        let Ok(name) = name.to_str() else { continue };
        let mut follows = false;
        for bad in &rewritten {
            follows |= ancestry.reaches(repo.store(), *commit, *bad)?;
        }
        if !follows {
            continue;
        }
        let mut place = branches().next().is_none().then_some(0);
        for (_, tip) in branches() {
            place = place.or(distance(repo, *tip, *commit)?);
        }
        let tag = repo.store().read(new)?;
        let option = match (tag.kind, tag.data.contains_str("-----BEGIN ")) {
            (ObjectKind::Tag, true) => " --sign",
            (ObjectKind::Tag, false) => " --annotate",
            _ => "",
        };
        let name = quoted(name);
        report.advice.push(match place {
            Some(0) => format!("git tag --force{option} {name}    # the tag has to follow"),
            Some(above) => format!("git tag --force{option} {name} HEAD~{above}    # the tag has to follow"),
            None => format!("move the tag {name} to the commit that takes the place of {}", commit.short()),
        });
    }
    Ok(())
}

/// Returns the commits that the commands of the advice rewrite, and with them all that are built on these.
fn rewritten(report: &Report) -> BTreeSet<Oid> {
    let bad = report.findings.iter().filter(|finding| finding.rule.group == Group::Signoff);
    let combined = report.combined.iter().filter_map(|(_, location)| location.commit());
    bad.filter_map(|finding| finding.location.commit()).chain(combined).collect()
}

/// Returns the number of commits from a commit to the tip that is built on it; `None` if the history is not linear.
pub(crate) fn distance(repo: &Repo, tip: Oid, commit: Oid) -> Result<Option<usize>> {
    let mut at = tip;
    for number in 0..MAX_BETWEEN {
        if at == commit {
            return Ok(Some(number));
        }
        match repo.store().parents(&repo.store().commit(at)?)? {
            [parent] => at = *parent,
            _ => break,
        }
    }
    Ok(None)
}
