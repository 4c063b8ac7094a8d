//! Counts the commits of a push that came with remote-tracking refs.

use bstr::ByteSlice as _;

use super::tracking::TrackingRef;
use crate::error::Result;
use crate::git::history::parent_walk::reached_if_known;
use crate::git::{Git, Oid, OidSet, Repo};

/// Maximum number of commits that are counted.
const MAX_COUNTED: usize = 10_000;

/// Maximum number of refs with which the commits are compared one by one.
const MAX_COMPARED: usize = 16;

/// Commits that came with a remote-tracking ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CameWith<'a> {
    /// The ref; `None` for the commits that came with any other ones.
    pub(crate) tracking: Option<&'a TrackingRef>,
    /// Number of commits, or a lower limit.
    pub(crate) commits: usize,
    /// True if it is only a lower limit, since not all commits have been counted.
    pub(crate) is_lower_limit: bool,
}

impl<'a> CameWith<'a> {
    /// Returns the difference of two counts, each up to [`MAX_COUNTED`]; `None` if there is none.
    fn difference(tracking: Option<&'a TrackingRef>, all: usize, left: usize) -> Option<Self> {
        let commits = all.checked_sub(left).filter(|commits| *commits > 0)?;
        Some(Self { tracking, commits, is_lower_limit: all >= MAX_COUNTED })
    }
}

/// Counts the commits that tips reach and `base` does not, by the ref of `refs` with which they came.
///
/// Each commit is counted for the first ref that reaches it: refs that were merged or pushed come first, then those
/// of default branches.
///
/// # Errors
/// Fails if git does not answer.
pub(crate) fn came_with<'a>(
    tips: &[Oid],
    base: &[Oid],
    refs: &'a [TrackingRef],
) -> Result<Vec<CameWith<'a>>> {
    if tips.is_empty() || refs.is_empty() {
        return Ok(Vec::new());
    }
    let mut hidden = base.to_vec();
    hidden.extend(refs.iter().map(|tracking| tracking.oid));
    let own = Walk::run(tips, &hidden)?;
    let mut rest = Walk::run(tips, base)?.commits;
    let mut refs: Vec<&TrackingRef> = refs.iter().collect();
    let is_joined =
        |tracking: &TrackingRef| own.joins.contains(&tracking.oid) || tips.contains(&tracking.oid);
    refs.sort_by_key(|tracking| (!is_joined(tracking), !tracking.is_default));
    let (mut came, mut hidden) = (Vec::new(), base.to_vec());
    for tracking in refs.into_iter().take(MAX_COMPARED) {
        if rest <= own.commits {
            break;
        }
        hidden.push(tracking.oid);
        let left = Walk::run(tips, &hidden)?.commits;
        came.extend(CameWith::difference(Some(tracking), rest, left));
        rest = left;
    }
    came.extend(CameWith::difference(None, rest, own.commits));
    Ok(came)
}

/// Result of a walk from tips to hidden commits.
struct Walk {
    /// Number of commits.
    commits: usize,
    /// Commits at which the walk ended.
    joins: OidSet,
}

impl Walk {
    fn run(tips: &[Oid], hidden: &[Oid]) -> Result<Self> {
        let most = format!("--max-count={MAX_COUNTED}");
        // The numbers are only shown, so that a commit-graph may be used.
        let git = Git::new("rev-list").args(["--ignore-missing", "--boundary", &most, "--stdin"]);
        let output = git.output_with_input(input(tips, hidden).into_bytes())?;
        let mut walk = Self { commits: 0, joins: OidSet::default() };
        for line in output.lines() {
            match line.strip_prefix(b"-") {
                Some(join) => walk.joins.extend(Oid::from_hex(join)),
                None => walk.commits += 1,
            }
        }
        Ok(walk)
    }
}

/// Returns those of some commits that hidden commits do not reach.
///
/// Asks git only where the history that has been read does not tell.
///
/// # Errors
/// Fails if git does not answer.
pub(crate) fn unreached(repo: &Repo, commits: &[Oid], hidden: &[Oid]) -> Result<OidSet> {
    let known = repo.with_history(|graph| {
        let reached = reached_if_known(hidden, graph)?;
        Some(reached.into_iter().map(|node| graph.oid(node)).collect::<OidSet>())
    });
    let own = |reached: OidSet| commits.iter().copied().filter(|oid| !reached.contains(oid)).collect();
    match known {
        Some(reached) => Ok(own(reached)),
        None => reached_only(commits, hidden),
    }
}

/// Returns the commits that tips reach and hidden commits do not.
///
/// # Errors
/// Fails if git does not answer.
pub(crate) fn reached_only(tips: &[Oid], hidden: &[Oid]) -> Result<OidSet> {
    let output = Git::walk("rev-list")
        .args(["--ignore-missing", "--stdin"])
        .output_with_input(input(tips, hidden).into_bytes())?;
    Ok(output.lines().filter_map(Oid::from_hex).collect())
}

/// Returns the input for `git rev-list --stdin`.
fn input(tips: &[Oid], hidden: &[Oid]) -> String {
    let mut input = String::new();
    tips.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    hidden.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_of_a_capped_count_is_a_lower_limit() {
        for (all, left, expected) in [
            (70, 20, Some((50, false))),
            (MAX_COUNTED - 1, 20, Some((MAX_COUNTED - 21, false))),
            (MAX_COUNTED, 9_980, Some((20, true))),
            (MAX_COUNTED, MAX_COUNTED, None),
        ] {
            let came = CameWith::difference(None, all, left);
            assert_eq!(came.map(|came| (came.commits, came.is_lower_limit)), expected);
        }
    }
}
