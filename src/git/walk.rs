//! Which commits are new: reachable from the tips, and from nothing that is known.

use std::collections::HashSet;

use bstr::ByteSlice as _;

use super::{Git, Oid, Repo, quarantine, reach};
use crate::error::{Error, Result};

/// What is already known, and so is never judged again.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Commits and tags by oid. Those that are missing here hide nothing.
    pub oids: Vec<Oid>,
    /// Refs by pattern: full refnames in which `*` stands for anything.
    pub refs: Vec<String>,
    /// Refs by pattern that are not among the known ones all the same.
    pub except: Vec<String>,
    /// What some of those refs name: those that the new commits are likely to be built upon.
    pub values: Vec<Oid>,
}

impl Known {
    fn is_empty(&self) -> bool {
        self.oids.is_empty() && self.refs.is_empty()
    }

    /// The known refs as arguments of `git rev-list`, where `--exclude` acts on the next `--glob` alone.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for pattern in &self.refs {
            arguments.extend(self.except.iter().map(|except| format!("--exclude={except}")));
            arguments.push(format!("--glob={}", glob(pattern)));
        }
        arguments
    }
}

/// The pattern as a glob. git reads one without a special character as a directory, so the last character of a full
/// refname becomes a class of one.
fn glob(pattern: &str) -> String {
    match pattern.char_indices().next_back() {
        Some((last, c)) if !pattern.contains('*') => {
            format!("{}[{c}]", pattern.get(..last).unwrap_or_default())
        }
        _ => pattern.to_owned(),
    }
}

/// The commits that the tips reach and the known ones do not, older ones first.
///
/// git's `rev-list` finds them: libgit2's walk takes minutes when 100,000 refs are hidden. Where nothing is hidden there is
/// nothing to find out, and the walk over parents is done here, at half the cost.
///
/// # Errors
/// Fails when a tip, or a commit on the way, is missing or cannot be read.
pub fn new_commits(repo: &Repo, tips: &[Oid], known: &Known) -> Result<Vec<Oid>> {
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    if known.is_empty() {
        return walk_all(repo, tips);
    }
    if let Some(store) = repo.store_behind_quarantine()?
        && let Some(commits) = quarantine::new_commits(repo, &store, tips, &known.values)?
    {
        return Ok(commits);
    }
    if repo.has_git() {
        return rev_list(tips, known);
    }
    if !known.refs.is_empty() {
        return Err(Error::git("without git, refs are known by their values alone"));
    }
    Ok(oldest_first(reach::difference(repo, tips, &known.oids)?))
}

fn rev_list(tips: &[Oid], known: &Known) -> Result<Vec<Oid>> {
    let mut input = String::new();
    tips.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    known.oids.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    // The tips have been read, so only known objects can be missing: a broken ref elsewhere hides nothing.
    let git = Git::new("rev-list").args(["--ignore-missing", "--stdin", "--not"]);
    let output = git.args(known.arguments()).output_with_input(input.into_bytes())?;
    let mut commits = Vec::new();
    for line in output.lines() {
        commits.push(
            Oid::from_hex(line).ok_or_else(|| Error::git("`git rev-list` said something else than oids"))?,
        );
    }
    commits.reverse();
    Ok(commits)
}

/// Walks everything that the tips reach.
fn walk_all(repo: &Repo, tips: &[Oid]) -> Result<Vec<Oid>> {
    let mut seen: HashSet<Oid> = HashSet::new();
    let mut dated: Vec<(u64, Oid)> = Vec::new();
    let mut stack: Vec<Oid> = tips.to_vec();
    while let Some(oid) = stack.pop() {
        if !seen.insert(oid) {
            continue;
        }
        let commit = repo.commit(oid)?;
        dated.push((commit.date(), oid));
        stack.extend(repo.parents(&commit)?.iter().rev());
    }
    Ok(oldest_first(dated))
}

/// Puts commits, found children first, in the order of their dates.
pub(super) fn oldest_first(mut dated: Vec<(u64, Oid)>) -> Vec<Oid> {
    // The sort is stable, so that at equal dates parents come first.
    dated.reverse();
    dated.sort_by_key(|(date, _)| *date);
    dated.into_iter().map(|(_, oid)| oid).collect()
}
