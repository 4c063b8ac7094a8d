//! Pre-scan of a whole history in pack order; clean commits are not read again by the walk.

use std::collections::HashSet;
use std::sync::Mutex;

use super::files::Files;
use super::signoff::{QuickVerdict, SignoffJudge};
use crate::error::Result;
use crate::git::{
    Commit, CommitLinks, DeltaBase, Graph, Looks, Names, NewCommit, NewCommits, Oid, Overview, Regard, Repo,
};
use crate::output::{Progress, Ui};
use crate::parallel::{into_value, lock};
use crate::policy::Policy;
use crate::report::Group;
use crate::token::{self, CandidateOffsets};
use crate::workflow;

/// Minimum number of objects, and of commits, for which scanning whole packs pays off.
const MANY: usize = 256;

/// Maximum number of packed objects per commit: for scanning all commits, and for scanning all objects.
///
/// If the packs contain far more objects than the commits reach, most of the scan would be wasted.
const OBJECTS_PER_COMMIT: [usize; 2] = [512, 64];

/// Results of the pre-scan, by the number of the commit in the graph.
#[derive(Default)]
pub(super) struct Survey {
    verdicts: Vec<Option<Seen>>,
}

/// Result of the pre-scan for one commit.
#[derive(Clone, Copy)]
struct Seen {
    /// Verdict on its sign-off; `None` if that has to be judged in full.
    signoff: Option<QuickVerdict>,
    /// True if its text contains no credential, or if no token rule is on.
    is_clean: bool,
}

impl Survey {
    /// Scans the packs of the repository, if most of their objects are to be judged.
    ///
    /// Replaces `graph` by the one built during the scan. Without a scan, the survey is empty and `graph`
    /// unchanged.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(super) fn of(
        repo: &Repo,
        policy: &Policy,
        (commits, signoffs): (&NewCommits, &SignoffJudge),
        graph: &mut Graph,
        ui: &Ui,
    ) -> Result<Self> {
        let Some(packs) = repo.packs().filter(|packs| packs.count() >= MANY) else {
            return Ok(Self::default());
        };
        let mut learned = Graph::default();
        let least = MANY.max(packs.count() / OBJECTS_PER_COMMIT[0]);
        if !commits.are_whole(repo, &mut learned, least)? {
            return Ok(Self::default());
        }
        let surveyor = Surveyor {
            commits,
            signoffs,
            shallow: repo.shallow_commits()?,
            names: Meaning { tokens: policy.is_group_on(Group::Token) },
            content: Files::of_commits(repo, policy).are_judged(),
            progress: Progress::bytes(ui, "reading packs", packs.count() as u64),
            state: Mutex::new((learned, Self::default())),
        };
        let overview = Overview::of(packs, &surveyor);
        surveyor.progress.finish();
        let (learned, survey) = into_value(surveyor.state);
        let Some(overview) = overview else { return Ok(Self::default()) };
        overview.into_iter().for_each(|overview| repo.keep(overview));
        *graph = learned;
        Ok(survey)
    }

    /// Returns the verdict on the sign-off of a commit, if nothing else of it has to be judged.
    ///
    /// `content` is set if any rule for files or texts is on.
    pub(super) fn quick_verdict(
        &self,
        repo: &Repo,
        graph: &Graph,
        commit: NewCommit<'_>,
        content: bool,
    ) -> Option<QuickVerdict> {
        let Seen { signoff, is_clean } = self.verdicts.get(commit.number as usize).copied().flatten()?;
        let quick = signoff?;
        if !content {
            return Some(quick);
        }
        let (tree, parents) = graph.trees(commit.number)?;
        (is_clean && repo.overview()?.is_as_before(tree, parents)).then_some(quick)
    }
}

/// Visitor of the objects of the packs.
struct Surveyor<'a> {
    commits: &'a NewCommits,
    signoffs: &'a SignoffJudge,
    shallow: &'a HashSet<Oid>,
    names: Meaning,
    /// Set if any rule for files or texts is on.
    content: bool,
    progress: Progress,
    state: Mutex<(Graph, Survey)>,
}

/// Relevance of the names in a tree for the rules that are on.
///
/// Workflows are relevant whenever files are: their exemptions are reported even if no rule judges them.
#[derive(Debug, Clone, Copy)]
struct Meaning {
    tokens: bool,
}

impl Names for Meaning {
    fn regard(&self, name: &[u8]) -> Regard {
        // Git reads a name that contains a slash as a path. Such a name is not split, but always checked.
        let speaks = name.contains(&b'/') || workflow::may_be_in_workflow_path(name);
        if speaks || self.tokens && (token::path_implies_format(name) || !token::is_clean_name(name)) {
            return Regard::Always;
        }
        if self.tokens && token::implies_format_in_special_dir(name) {
            Regard::Placed
        } else {
            Regard::Content
        }
    }

    fn is_place(&self, name: &[u8]) -> bool {
        self.tokens && token::is_special_dir(name)
    }
}

impl Looks for Surveyor<'_> {
    type Names = Meaning;
    type Learned = Option<(Oid, CommitLinks, Option<Seen>)>;
    type Trace = CandidateOffsets;

    fn names(&self) -> Option<&Meaning> {
        self.content.then_some(&self.names)
    }

    fn commit(&self, oid: Oid, data: &[u8]) -> Self::Learned {
        // At the boundary of a shallow history, only the repository knows the parents of a commit.
        let commit = Commit::parse(oid, data).ok().filter(|_| !self.shallow.contains(&oid));
        let seen = commit.map(|commit| Seen {
            signoff: self.signoffs.quick_verdict(&commit),
            is_clean: !self.names.tokens || token::scan_text(data).is_empty(),
        });
        let links = CommitLinks::parse(oid, data).ok()?;
        Some((oid, links.cut(oid, self.shallow), seen))
    }

    fn learn(&self, learned: Vec<Self::Learned>) {
        let (graph, survey) = &mut *lock(&self.state);
        for (oid, links, seen) in learned.into_iter().flatten() {
            let number = graph.learn(oid, &links) as usize;
            if survey.verdicts.len() <= number {
                survey.verdicts.resize(number + 1, None);
            }
            survey.verdicts.get_mut(number).into_iter().for_each(|verdict| *verdict = seen);
        }
    }

    fn goes_on(&self, objects: usize) -> bool {
        let (graph, _) = &mut *lock(&self.state);
        let known = self.commits.count_in(graph);
        known >= MANY && objects / OBJECTS_PER_COMMIT[1] <= known
    }

    fn blobs(&self) -> bool {
        self.names.tokens
    }

    fn blob(&self, blob: &[u8], base: Option<DeltaBase<'_, CandidateOffsets>>) -> (bool, CandidateOffsets) {
        let candidates = match base {
            Some(DeltaBase { value, copied }) => CandidateOffsets::find_in_delta(blob, value, copied),
            None => CandidateOffsets::find(blob),
        };
        (token::is_clean_at_candidates(blob, &candidates), candidates)
    }

    fn seen(&self, size: usize) {
        self.progress.read(size);
    }
}
