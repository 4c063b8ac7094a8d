//! Reading repositories: objects, refs, what a push adds. The only room that names git2 and gix-pack, and runs git.

mod added;
mod ancestry;
mod chains;
mod changes;
mod command;
mod commit;
mod graph;
mod kept;
mod merge;
mod objects;
mod oid;
mod packs;
mod quarantine;
mod reach;
mod ref_files;
mod refs;
mod repo;
mod running;
mod scratch;
mod three_way;
mod tree;
mod walk;

pub use added::{Added, NewHistory, Tip};
pub use changes::{ChangedFile, Changes};
pub use command::{Answer, Git};
pub use commit::{Commit, CommitText};
pub use graph::Graph;
pub use merge::{Merges, distinct, is_clean_index};
pub use objects::{Kind, Object};
pub use oid::{Oid, OidMap, OidSet};
pub use packs::{Dismissed, Packs};
pub use refs::{Peeled, Revisions};
pub use repo::Repo;
pub use running::end_all;
pub use tree::{Entry, Mode, Tree};
pub use walk::{Found, Known, NewCommits, Place};
