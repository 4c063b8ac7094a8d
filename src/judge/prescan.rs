//! Pre-scan of a whole history in pack order; clean commits are not read again by the walk.
//!
//! It only saves time: without it, the walk reads all commits, with the same result.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::Context;
use super::files::judges_files;
use super::signoff::{QuickVerdict, SignoffJudge};
use super::workflows::may_be_called_by_name;
use crate::error::Result;
use crate::git::{
    Commit, CommitLinks, DeltaBase, Graph, NewCommit, NewCommits, NodeId, NodeMap, Oid, Older, PackSummary,
    PackVisitor,
};
use crate::output::{Progress, Ui};
use crate::parallel::{into_value, lock};
use crate::report::Group;
use crate::token::{self, CandidateOffsets};
use crate::workflow;

/// Minimum number of objects for which scanning whole packs pays off.
const MANY: usize = 256;

/// Minimum number of commits, and of their trees, for which it does. Few commits are read faster one by one, unless their
/// directories are large.
const MANY_COMMITS: usize = 32;

/// Maximum number of packed objects per commit for scanning all commits.
///
/// If the packs contain far more objects than the commits reach, most of the scan would be wasted.
const OBJECTS_PER_COMMIT: usize = 512;

/// Maximum number of packed objects per commit for scanning all objects.
const OBJECTS_PER_COMMIT_WITH_CONTENT: usize = 64;

/// Maximum size of the commits whose bytes are kept for the walk, in bytes. It reads the others again.
const MAX_KEPT: usize = 16 << 20;

/// Results of the pre-scan; empty without one.
#[derive(Default)]
pub(super) struct Prescan {
    /// Facts about the commits of the graph.
    facts: NodeMap<Option<CommitFacts>>,
    /// Bytes of commits that have to be judged in full, up to [`MAX_KEPT`].
    kept: HashMap<NodeId, Box<[u8]>>,
    /// Set if any rule for files or texts is on.
    judges_files: bool,
    /// Trees and blobs that the walk may skip.
    pub(super) summary: Option<PackSummary>,
}

/// Facts about a commit object by itself.
#[derive(Clone, Copy)]
struct CommitFacts {
    /// Verdict on its sign-off; `None` if that has to be judged in full.
    verdict: Option<QuickVerdict>,
    /// True if its text contains no credential, or if no token rule is on.
    is_clean: bool,
}

impl Prescan {
    /// Scans the packs of the repository, if most of their objects are to be judged.
    ///
    /// Replaces `graph` by the one built during the scan. Without a scan, `graph` stays unchanged.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(super) fn run(
        context: Context<'_>,
        commits: &NewCommits,
        signoffs: &SignoffJudge,
        graph: &mut Graph,
        ui: &Ui,
    ) -> Result<Self> {
        let Context { repo, policy } = context;
        let Some(packs) = repo.packs().filter(|packs| packs.count() >= MANY) else {
            return Ok(Self::default());
        };
        let mut learned = Learned::default();
        let least = MANY_COMMITS.max(packs.count() / OBJECTS_PER_COMMIT);
        match commits.are_whole(repo.store(), &mut learned.graph, least) {
            Ok(true) => {}
            // The walk notes what cannot be read.
            Err(error) if error.object().is_none() => return Err(error),
            Ok(false) | Err(_) => return Ok(Self::default()),
        }
        let visitor = Visitor {
            commits,
            signoffs,
            shallow: repo.store().shallow_commits()?,
            judges_files: judges_files(policy),
            judges_tokens: policy.is_group_on(Group::Token),
            learned: learned.into(),
        };
        let is_always_checked = if visitor.judges_tokens { is_special_name } else { is_workflow_name };
        let progress = Progress::objects(ui, "reading packs", packs.count() as u64);
        let known = repo.shared_clean_blobs();
        let summary =
            PackSummary::of(packs, &visitor, is_always_checked, known, &|size| progress.add_read(size));
        progress.finish();
        let judges_files = visitor.judges_files;
        let learned = into_value(visitor.learned);
        Ok(match summary {
            Some(summary) => {
                repo.read_many();
                *graph = learned.graph;
                Self { facts: learned.facts, kept: learned.kept, judges_files, summary: Some(summary) }
            }
            None => Self::default(),
        })
    }

    /// Returns a commit with its bytes, if the walk or the scan has them.
    pub(super) fn with_bytes<'a>(&'a self, commit: NewCommit<'a>) -> NewCommit<'a> {
        let data = commit.data.or_else(|| self.kept.get(&commit.node).map(|data| &**data));
        NewCommit { data, ..commit }
    }

    /// Returns the verdict on the sign-off of a commit, if nothing else of it has to be judged.
    ///
    /// The files of a merge are judged later.
    pub(super) fn quick_verdict(&self, graph: &Graph, commit: NewCommit<'_>) -> Option<QuickVerdict> {
        let CommitFacts { verdict, is_clean } = self.facts.get(commit.node)?;
        let skips_files = || graph.is_merge(commit.node) || self.has_files_of(graph, commit.node);
        verdict.filter(|_| !self.judges_files || is_clean && skips_files())
    }

    /// Returns true if a commit was read in the scan, is no end of a shallow history, and has no file that matters and is new.
    pub(super) fn skips_files(&self, graph: &Graph, commit: NodeId) -> bool {
        self.facts.get(commit).is_some() && !graph.is_merge(commit) && self.has_files_of(graph, commit)
    }

    /// Returns true if each parent of a commit has all its files that matter.
    pub(super) fn has_files_of(&self, graph: &Graph, commit: NodeId) -> bool {
        let as_before = |summary: &PackSummary| {
            let (tree, parents) = graph.trees(commit)?;
            let parents = parents.map(Some).collect();
            let older =
                if graph.is_merge(commit) { Older::of_every(parents) } else { Older::of_parents(parents) };
            Some(summary.is_as_before(tree, &older))
        };
        self.summary.as_ref().and_then(as_before) == Some(true)
    }
}

/// Returns whether a file or directory of this name may hold workflows or actions, or be a workflow that others call.
///
/// They matter even if no rule judges them, because their exemptions are reported. Git reads a name that
/// contains a slash as a path.
fn is_workflow_name(name: &[u8]) -> bool {
    name.contains(&b'/')
        || workflow::may_be_in_workflow_path(name)
        || may_be_called_by_name(name)
        || workflow::may_be_followed(name)
}

/// Returns whether the rules may treat a file or directory in a special way because of its name.
fn is_special_name(name: &[u8]) -> bool {
    is_workflow_name(name)
        || token::path_implies_format(name)
        || token::is_special_dir(name)
        || !token::is_clean_name(name)
}

/// Visitor of the objects of the packs.
struct Visitor<'a> {
    commits: &'a NewCommits,
    signoffs: &'a SignoffJudge,
    shallow: &'a HashSet<Oid>,
    /// Set if any rule for files or texts is on.
    judges_files: bool,
    judges_tokens: bool,
    learned: Mutex<Learned>,
}

/// Commits that have been read.
#[derive(Default)]
struct Learned {
    graph: Graph,
    /// Facts about the commits of the graph.
    facts: NodeMap<Option<CommitFacts>>,
    /// Bytes of commits that have to be judged in full.
    kept: HashMap<NodeId, Box<[u8]>>,
    /// Size of these, in bytes.
    kept_size: usize,
}

impl Learned {
    fn add(&mut self, Read { oid, links, facts, data }: Read) {
        let node = self.graph.add(oid, &links);
        let is_quick = facts.is_some_and(|facts| facts.verdict.is_some() && facts.is_clean);
        if !is_quick && self.kept_size + data.len() <= MAX_KEPT {
            self.kept_size += data.len();
            self.kept.insert(node, data);
        }
        *self.facts.get_mut(node) = facts;
    }
}

/// Commit that has been read.
struct Read {
    oid: Oid,
    links: CommitLinks,
    facts: Option<CommitFacts>,
    data: Box<[u8]>,
}

impl Visitor<'_> {
    fn facts(&self, oid: Oid, data: &[u8]) -> Option<CommitFacts> {
        // At the boundary of a shallow history, only the repository knows the parents of a commit.
        let commit = Commit::parse(oid, data).ok().filter(|_| !self.shallow.contains(&oid))?;
        Some(CommitFacts {
            verdict: self.signoffs.quick_verdict(&commit),
            is_clean: !self.judges_tokens || token::scan_text(data).is_empty(),
        })
    }
}

impl PackVisitor for Visitor<'_> {
    type State = CandidateOffsets;

    fn commits(&self, commits: Vec<(Oid, Box<[u8]>)>) {
        // Whatever cannot be parsed is left to the walk.
        let read = commits.into_iter().filter_map(|(oid, data)| {
            let links = CommitLinks::parse(oid, &data).ok()?.cut(oid, self.shallow);
            Some(Read { oid, links, facts: self.facts(oid, &data), data })
        });
        let read: Vec<_> = read.collect();
        let mut learned = lock(&self.learned);
        read.into_iter().for_each(|read| learned.add(read));
    }

    fn judged_trees(&self, objects: usize) -> Option<Vec<Oid>> {
        let trees = self.commits.trees_in(&mut lock(&self.learned).graph);
        let pays_off =
            trees.len() >= MANY_COMMITS && objects / OBJECTS_PER_COMMIT_WITH_CONTENT <= trees.len();
        (self.judges_files && pays_off).then_some(trees)
    }

    fn needs_blobs(&self) -> bool {
        self.judges_tokens
    }

    fn blob(&self, blob: &[u8], base: Option<DeltaBase<'_, CandidateOffsets>>) -> (bool, CandidateOffsets) {
        let candidates = match base {
            Some(DeltaBase { value, copied }) => CandidateOffsets::find_in_delta(blob, value, copied),
            None => CandidateOffsets::find(blob),
        };
        (token::is_clean_at_candidates(blob, &candidates), candidates)
    }
}
