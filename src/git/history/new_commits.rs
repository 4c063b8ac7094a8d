//! New commits: reachable from the tips, but not from an excluded object.

use bstr::ByteSlice as _;

use super::cut::{CutParent, cut_before};
use super::difference::{Difference, difference};
use super::excluded::Excluded;
use super::graph::Graph;
use super::new_commit::{CommitList, CommitOrder, ListedCommit, NewCommit, Visitor};
use super::parent_walk::{reached, reaches, walk};
use super::quarantine::{MainStore, QuarantinedCommits};
use super::unread::UnreadTip;
use super::unread_excluded::{RevList, unread_excluded};
use crate::error::{Error, Result};
use crate::git::object::oid::OidSet;
use crate::git::object::store::Store;
use crate::git::{Git, Oid, Repo};

/// New commits, found before or while they are read.
#[derive(Debug, Clone)]
pub(crate) enum NewCommits {
    /// The commits themselves, older ones first.
    Listed(Vec<ListedCommit>),
    /// All commits that these tips reach.
    Reached(Vec<Oid>),
}

/// New commits, and those that could not be read on the way to them.
pub(super) struct FoundCommits {
    pub(super) commits: NewCommits,
    pub(super) unread: Vec<UnreadTip>,
    /// Ends of a shallow history behind which may be some of the commits: then none is returned.
    pub(super) cut: Vec<CutParent>,
}

/// Returns the commits that the tips reach and the excluded objects do not.
///
/// git's `rev-list` finds them: libgit2's walk takes minutes if 100,000 refs are hidden. If nothing is
/// hidden, no search is needed; the parents are walked here while the commits are read.
///
/// # Errors
/// Fails when a tip, or a commit on the way, is missing or cannot be read.
pub(super) fn new_commits(repo: &Repo, tips: &[Oid], excluded: &Excluded) -> Result<FoundCommits> {
    let whole = |commits| Ok(FoundCommits { commits, unread: Vec::new(), cut: Vec::new() });
    if tips.is_empty() {
        return whole(NewCommits::Listed(Vec::new()));
    }
    if repo.store().repository().is_some() {
        if excluded.is_empty() {
            return whole(NewCommits::Reached(tips.to_vec()));
        }
        if let Some(commits) = in_quarantine(repo, tips, &excluded.values)? {
            return whole(NewCommits::Listed(commits));
        }
    }
    // A push from a shallow clone is judged above its cut, whatever else its refs have.
    let start = if excluded.is_start { excluded.oids.as_slice() } else { &[] };
    let cut = cut_before(repo.store(), start, tips)?;
    if !cut.is_empty() {
        return Ok(FoundCommits { commits: NewCommits::Listed(Vec::new()), unread: Vec::new(), cut });
    }
    let failure = match repo.has_git().then(|| rev_list(tips, excluded)) {
        Some(Ok(list)) => {
            let unread = unread_excluded(repo, tips, excluded, &list)?;
            let commits = if unread.is_empty() { list.commits } else { Vec::new() };
            return Ok(FoundCommits { commits: NewCommits::Listed(commits), unread, cut: Vec::new() });
        }
        Some(Err(error)) => Some(error),
        None => None,
    };
    if !excluded.refs.is_empty() {
        let no_git = || Error::git("listing refs needs `git`, which is not on PATH");
        return Err(failure.unwrap_or_else(no_git));
    }
    // git ends at the first commit that it cannot read.
    let Difference { commits, unread } = difference(repo.store(), tips, &excluded.oids)?;
    if let Some(error) = failure.filter(|_| unread.is_empty()) {
        return Err(error);
    }
    let mut list = CommitList::default();
    commits.into_iter().for_each(|(date, oid)| list.add(oid, date, None));
    Ok(FoundCommits { commits: NewCommits::Listed(list.oldest_first()), unread, cut: Vec::new() })
}

/// Returns the new commits of a push if they are built only on what some values of refs reach; `None` if that is not known.
///
/// # Errors
/// As [`new_commits`].
pub(super) fn commits_in_quarantine(
    repo: &Repo,
    tips: &[Oid],
    values: &[Oid],
) -> Result<Option<FoundCommits>> {
    if repo.store().repository().is_none() {
        return Ok(None);
    }
    let commits = in_quarantine(repo, tips, values)?.map(NewCommits::Listed);
    Ok(commits.map(|commits| FoundCommits { commits, unread: Vec::new(), cut: Vec::new() }))
}

/// Returns the new commits if the quarantine of a push has exactly these.
///
/// `covered` are values of covered refs. `None` if they do not reach every commit at which the new commits
/// join the main store: a walk is needed then.
fn in_quarantine(repo: &Repo, tips: &[Oid], covered: &[Oid]) -> Result<Option<Vec<ListedCommit>>> {
    let Some(main) = MainStore::open()? else { return Ok(None) };
    let QuarantinedCommits { commits, mut joins } = QuarantinedCommits::find(repo.store(), &main, tips)?;
    covered.iter().for_each(|oid| {
        joins.remove(oid);
    });
    let is_exact = joins.is_empty() || all_reached(repo, &joins, covered)?;
    Ok(is_exact.then_some(commits))
}

/// Returns true if the covered commits reach all of `joins`.
fn all_reached(repo: &Repo, joins: &OidSet, covered: &[Oid]) -> Result<bool> {
    if !repo.has_git() {
        let joins: Vec<Oid> = joins.iter().copied().collect();
        return Ok(difference(repo.store(), &joins, covered)?.whole()?.is_empty());
    }
    let mut input = String::new();
    joins.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    covered.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    let unreached =
        Git::walk("rev-list").args(["--max-count=1", "--stdin"]).output_with_input(input.into_bytes())?;
    Ok(unreached.is_empty())
}

/// Asks git for the new commits.
fn rev_list(tips: &[Oid], excluded: &Excluded) -> Result<RevList> {
    let mut input = String::new();
    tips.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    excluded.oids.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    // The tips were read before, so none is missing. A missing excluded object, as of a broken ref, excludes
    // nothing.
    let git = Git::walk("rev-list")
        .args(["--ignore-missing", "--parents", "--stdin", "--not"])
        .args(excluded.arguments());
    let output = git.output_with_input(input.into_bytes())?;
    let (mut commits, mut has_root) = (Vec::new(), false);
    for line in output.lines() {
        let (hex, parents) = line.split_once_str(" ").unwrap_or((line, b""));
        let oid = Oid::from_hex(hex).ok_or_else(|| Error::git("unexpected output of `git rev-list`"))?;
        has_root |= parents.is_empty();
        commits.push(ListedCommit { oid, data: None });
    }
    commits.reverse();
    Ok(RevList { commits, has_root })
}

impl NewCommits {
    /// Returns the commits; `None` if these are all that the tips reach.
    pub(crate) fn listed(&self) -> Option<OidSet> {
        match self {
            Self::Listed(commits) => Some(commits.iter().map(|commit| commit.oid).collect()),
            Self::Reached(_) => None,
        }
    }

    /// Finds all commits before any of them is checked; returns those that cannot be read.
    ///
    /// # Errors
    /// Fails when the list of shallow commits cannot be read.
    pub(super) fn list(&mut self, store: &Store) -> Result<Vec<UnreadTip>> {
        let Self::Reached(tips) = self else { return Ok(Vec::new()) };
        let mut list = CommitList::default();
        let unread = walk(store, tips, &mut Graph::default(), &mut |graph, commit| {
            list.add(commit.oid, graph.date(commit.node), commit.data);
            Ok(())
        })?;
        *self = Self::Listed(list.oldest_first());
        Ok(unread)
    }

    /// Returns the number of the commits; `None` as long as they have not been found.
    pub(super) fn count(&self) -> Option<usize> {
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
    pub(crate) fn are_whole(&self, store: &Store, graph: &mut Graph, least: usize) -> Result<bool> {
        match self {
            Self::Listed(_) => Ok(false),
            Self::Reached(tips) => reaches(store, tips, graph, least),
        }
    }

    /// Returns the trees of the commits that the graph already reaches from the tips; none for a list.
    pub(crate) fn trees_in(&self, graph: &mut Graph) -> Vec<Oid> {
        let Self::Reached(tips) = self else { return Vec::new() };
        let reached = reached(tips, graph).into_iter();
        reached.filter(|node| graph.is_read(*node)).map(|node| graph.tree(node)).collect()
    }

    /// Calls `visit` for every commit once, and returns the commits that cannot be read.
    ///
    /// Commits that the graph lacks are read and added to it.
    ///
    /// # Errors
    /// Fails when `visit` fails, and when the list of shallow commits cannot be read.
    pub(crate) fn read(
        &self,
        store: &Store,
        graph: &mut Graph,
        visit: Visitor<'_>,
    ) -> Result<Vec<UnreadTip>> {
        match self {
            Self::Reached(tips) => walk(store, tips, graph, visit),
            Self::Listed(commits) => read_listed(store, commits, graph, visit),
        }
    }
}

fn read_listed(
    store: &Store,
    commits: &[ListedCommit],
    graph: &mut Graph,
    visit: Visitor<'_>,
) -> Result<Vec<UnreadTip>> {
    let (mut index, mut unread) = (0, Vec::new());
    let mut visit_next = |oid: Oid, data: &[u8]| {
        let node = graph.add(oid, &store.parse_links(oid, data)?);
        let order = CommitOrder::Listed(index);
        index += 1;
        visit(graph, NewCommit { oid, node, order, data: Some(data) })
    };
    for run in commits.chunk_by(|a, b| a.data.is_some() == b.data.is_some()) {
        let stored: Vec<Oid> =
            run.iter().filter(|commit| commit.data.is_none()).map(|commit| commit.oid).collect();
        store.read_commits_with(&stored, &mut visit_next, &mut |oid, error| {
            unread.push(UnreadTip::new(oid, None, error));
        })?;
        run.iter().try_for_each(|ListedCommit { oid, data }| {
            data.as_ref().map_or(Ok(()), |data| visit_next(*oid, data))
        })?;
    }
    Ok(unread)
}
