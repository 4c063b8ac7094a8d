//! Access to repositories: objects, refs, and the objects that a push adds.
//!
//! The only module that uses git2, gix-pack and libdeflater. Runs git for queries that need it.

mod diff;
mod failure;
mod history;
mod layout;
mod made_commit;
mod merge;
mod moved;
mod object;
mod older;
mod pack;
mod pack_scan;
mod process;
mod refs;
mod remote;
mod removed;
mod repo;
mod search;
mod special_files;
mod work;

pub(crate) use diff::{ChangedFile, Changes};
pub(crate) use history::added::{Added, Authority, AuthorityPlace, NewHistory, Tip};
pub(crate) use history::excluded::Excluded;
pub(crate) use history::graph::{Graph, NodeId, NodeMap, distinct};
pub(crate) use history::merge_bases::Ancestry;
pub(crate) use history::new_commit::{CommitOrder, NewCommit};
pub(crate) use history::new_commits::NewCommits;
pub(crate) use made_commit::MadeCommit;
pub(crate) use merge::clean::is_clean_index;
pub use merge::clean::{CleanMerges, MergeCheck};
pub(crate) use merge::deviation::{Deviation, Deviations, deviation_of_index};
pub(crate) use moved::MovedPair;
pub(crate) use object::commit::CommitLinks;
pub use object::commit::{Commit, CommitText};
pub(crate) use object::content::MAX_OBJECT;
pub(crate) use object::kind::ObjectKind;
pub use object::oid::Oid;
pub(crate) use object::oid::{OidMap, OidSet};
pub(crate) use object::tree::{Mode, Tree, TreeEntry};
pub(crate) use older::{CommitTree, OfBase, Older, ParentPair};
pub(crate) use pack::delta::DeltaBase;
pub(crate) use pack::packs::Packs;
pub(crate) use pack_scan::{PackSummary, PackVisitor};
pub(crate) use process::cleanup::end_all;
pub(crate) use process::command::{Answer, Git, LOCAL_VARIABLES};
pub(crate) use refs::list::Revisions;
pub(crate) use refs::pattern::RefPattern;
pub(crate) use remote::came_with::{CameWith, came_with, reached_only};
pub(crate) use remote::default_branch::checked_out_commit;
pub(crate) use remote::remotes::{PushTarget, Remote, Remotes};
pub(crate) use remote::tracking::TrackingRef;
pub(crate) use removed::RemovedPaths;
pub use repo::Repo;
pub(crate) use search::{Obstacle, ObstacleKind, Search};
