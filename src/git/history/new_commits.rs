//! New commits: reachable from the tips, but not from an excluded object.

use bstr::ByteSlice as _;

use super::graph::Graph;
use super::parent_walk::{Descent, reaches, walk};
use super::{difference, quarantine};
use crate::error::{Error, Result};
use crate::git::object::commit::CommitLinks;
use crate::git::{Git, Oid, Repo};

/// Commits and refs to exclude from the walk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Excluded {
    /// Commits and tags by oid. Missing ones are ignored.
    pub oids: Vec<Oid>,
    /// Patterns of full refnames, in which `*` matches any text.
    pub refs: Vec<String>,
    /// Patterns of refs that are not excluded although [`Excluded::refs`] matches them.
    pub except: Vec<String>,
    /// Values of some of these refs: likely ancestors of the new commits.
    pub values: Vec<Oid>,
}

impl Excluded {
    fn is_empty(&self) -> bool {
        self.oids.is_empty() && self.refs.is_empty()
    }

    /// Returns the refs as arguments of `git rev-list`. `--exclude` applies to the next `--glob` only.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for pattern in &self.refs {
            arguments.extend(self.except.iter().map(|except| format!("--exclude={except}")));
            arguments.push(match pattern.as_str() {
                // For a glob, git reads every ref. These two options are equivalent and faster, but not after
                // `--exclude`.
                "refs/heads/*" if self.except.is_empty() => "--branches".to_owned(),
                "refs/tags/*" if self.except.is_empty() => "--tags".to_owned(),
                pattern => format!("--glob={}", glob(pattern)),
            });
        }
        arguments
    }
}

/// Converts a pattern to a glob of git.
///
/// git reads a glob without special characters as a directory, so the last character of a full refname
/// becomes a character class.
fn glob(pattern: &str) -> String {
    match pattern.char_indices().next_back() {
        Some((last, c)) if !pattern.contains('*') => {
            format!("{}[{c}]", pattern.get(..last).unwrap_or_default())
        }
        _ => pattern.to_owned(),
    }
}

/// Maximum size of commits kept between the search and the check, in bytes. The others are read again.
const KEPT: usize = 32 << 20;

/// New commits, found before or while they are read.
#[derive(Debug, Clone)]
pub(crate) enum NewCommits {
    /// The commits themselves, older ones first.
    Listed(Vec<ListedCommit>),
    /// All commits that these tips reach.
    Reached(Vec<Oid>),
}

/// A new commit, and its bytes if they were kept.
#[derive(Debug, Clone)]
pub(crate) struct ListedCommit {
    oid: Oid,
    data: Option<Box<[u8]>>,
}

/// A new commit, as passed to the callback.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewCommit<'a> {
    /// Object id.
    pub oid: Oid,
    /// Number in the graph, which has the parents of the commit.
    pub number: u32,
    /// Sort key among the new commits.
    pub order: CommitOrder,
    /// Content of the commit object; `None` if the graph had the commit already.
    pub data: Option<&'a [u8]>,
}

/// Callback for each new commit.
pub(crate) type Visitor<'e> = &'e mut dyn FnMut(&Graph, NewCommit<'_>) -> Result<()>;

/// Sort key of new commits: older ones first, and normally parents before children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CommitOrder(pub(in crate::git) u64, pub(in crate::git) u32);

/// Returns the commits that the tips reach and the excluded objects do not.
///
/// git's `rev-list` finds them: libgit2's walk takes minutes if 100,000 refs are hidden. If nothing is
/// hidden, no search is needed; the parents are walked here while the commits are read.
///
/// # Errors
/// Fails when a tip, or a commit on the way, is missing or cannot be read.
pub(in crate::git) fn new_commits(repo: &Repo, tips: &[Oid], excluded: &Excluded) -> Result<NewCommits> {
    if tips.is_empty() {
        return Ok(NewCommits::Listed(Vec::new()));
    }
    if excluded.is_empty() && !repo.is_read_by_git() {
        return Ok(NewCommits::Reached(tips.to_vec()));
    }
    if let Some(store) = repo.main_store()?
        && let Some(commits) = quarantine::new_commits(repo, &store, tips, &excluded.values)?
    {
        return Ok(NewCommits::Listed(commits));
    }
    if repo.has_git() {
        return rev_list(tips, excluded);
    }
    if !excluded.refs.is_empty() {
        return Err(Error::git("listing refs needs `git`, which is not on PATH"));
    }
    let mut list = CommitList::default();
    for (date, oid) in difference::difference(repo, tips, &excluded.oids)? {
        list.add_unread(oid, date);
    }
    Ok(NewCommits::Listed(list.oldest_first()))
}

fn rev_list(tips: &[Oid], excluded: &Excluded) -> Result<NewCommits> {
    let mut input = String::new();
    tips.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    excluded.oids.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    // The tips were read before, so none is missing. A missing excluded object, as of a broken ref, excludes
    // nothing.
    let git = Git::new("rev-list").args(["--ignore-missing", "--stdin", "--not"]).args(excluded.arguments());
    let output = git.output_with_input(input.into_bytes())?;
    let mut commits = Vec::new();
    for line in output.lines() {
        let oid = Oid::from_hex(line).ok_or_else(|| Error::git("unexpected output of `git rev-list`"))?;
        commits.push(ListedCommit { oid, data: None });
    }
    commits.reverse();
    Ok(NewCommits::Listed(commits))
}

impl NewCommits {
    /// Finds all commits before any of them is checked; returns their number.
    ///
    /// # Errors
    /// Fails when one of them is missing or cannot be read.
    pub(crate) fn list(&mut self, repo: &Repo) -> Result<usize> {
        if let Self::Reached(tips) = self {
            let mut list = CommitList::default();
            walk(repo, tips, &mut Graph::default(), &mut |_, found| {
                list.add(found);
                Ok(())
            })?;
            *self = Self::Listed(list.oldest_first());
        }
        Ok(self.count().unwrap_or(0))
    }

    /// Returns the number of commits, if it is known before they are read.
    pub(crate) fn count(&self) -> Option<usize> {
        match self {
            Self::Listed(commits) => Some(commits.len()),
            Self::Reached(_) => None,
        }
    }

    /// Returns true if these are all commits that some tips reach, and at least `least` of them.
    ///
    /// Adds the commits that it reads to the graph.
    ///
    /// # Errors
    /// Fails when one of them is missing or cannot be read.
    pub(crate) fn are_whole(&self, repo: &Repo, graph: &mut Graph, least: usize) -> Result<bool> {
        match self {
            Self::Listed(_) => Ok(false),
            Self::Reached(tips) => reaches(repo, tips, graph, least),
        }
    }

    /// Returns the trees of the commits that the graph already reaches from the tips.
    pub(crate) fn trees_in(&self, graph: &mut Graph) -> Vec<Oid> {
        let Self::Reached(tips) = self else { return Vec::new() };
        let mut descent = Descent::from(tips, graph);
        let numbers = std::iter::from_fn(|| {
            let number = descent.next()?;
            descent.enter(graph.parents(number));
            Some(number)
        });
        numbers.filter(|number| graph.is_read(*number)).map(|number| graph.tree(number)).collect()
    }

    /// Calls `each` for every commit once. Commits that the graph lacks are read and added to it.
    ///
    /// # Errors
    /// Fails when one of them is missing or cannot be read, or when `each` fails.
    pub(crate) fn read(&self, repo: &Repo, graph: &mut Graph, each: Visitor<'_>) -> Result<()> {
        match self {
            Self::Reached(tips) => walk(repo, tips, graph, each),
            Self::Listed(commits) => read_listed(repo, commits, graph, each),
        }
    }
}

fn read_listed(repo: &Repo, commits: &[ListedCommit], graph: &mut Graph, each: Visitor<'_>) -> Result<()> {
    let mut at = 0;
    let mut one = |oid: Oid, data: &[u8]| {
        let number = graph.number(oid);
        graph.note(number, &repo.links_here(oid, CommitLinks::parse(oid, data)?)?);
        let order = CommitOrder(0, at);
        at += 1;
        each(graph, NewCommit { oid, number, order, data: Some(data) })
    };
    for run in commits.chunk_by(|a, b| a.data.is_some() == b.data.is_some()) {
        let unread: Vec<Oid> =
            run.iter().filter(|commit| commit.data.is_none()).map(|commit| commit.oid).collect();
        repo.look_at_commits(&unread, &mut one)?;
        run.iter().try_for_each(|ListedCommit { oid, data }| {
            data.as_ref().map_or(Ok(()), |data| one(*oid, data))
        })?;
    }
    Ok(())
}

/// Commits that have been found, children first, with their bytes up to a limit.
#[derive(Default)]
pub(in crate::git) struct CommitList {
    commits: Vec<(CommitOrder, ListedCommit)>,
    bytes: usize,
}

impl CommitList {
    fn add(&mut self, NewCommit { oid, order, data, .. }: NewCommit<'_>) {
        let data = data.filter(|data| self.bytes + data.len() <= KEPT);
        self.bytes += data.map_or(0, <[u8]>::len);
        self.commits.push((order, ListedCommit { oid, data: data.map(Into::into) }));
    }

    pub(in crate::git) fn add_dated(&mut self, oid: Oid, date: u64, data: &[u8]) {
        let order = self.next(date);
        self.add(NewCommit { oid, number: 0, order, data: Some(data) });
    }

    fn add_unread(&mut self, oid: Oid, date: u64) {
        let order = self.next(date);
        self.commits.push((order, ListedCommit { oid, data: None }));
    }

    fn next(&self, date: u64) -> CommitOrder {
        CommitOrder(date, u32::MAX - u32::try_from(self.commits.len()).unwrap_or(u32::MAX))
    }

    pub(in crate::git) fn oldest_first(mut self) -> Vec<ListedCommit> {
        self.commits.sort_unstable_by_key(|(order, _)| *order);
        self.commits.into_iter().map(|(_, commit)| commit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_patterns_become_rev_list_arguments() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let arguments = |refs: &[&str], except: &[&str]| {
            Excluded { refs: texts(refs), except: texts(except), ..Excluded::default() }.arguments().join(" ")
        };
        assert_eq!(arguments(&["refs/heads/*", "refs/tags/*"], &[]), "--branches --tags");
        assert_eq!(
            arguments(&["refs/heads/*x", "refs/tags/v1"], &[]),
            "--glob=refs/heads/*x --glob=refs/tags/v[1]"
        );
        assert_eq!(
            arguments(&["refs/heads/*"], &["refs/heads/w"]),
            "--exclude=refs/heads/w --glob=refs/heads/*"
        );
    }
}
