//! Reading repositories: objects, refs, what a push adds. The only room that names git2, gix-pack and libdeflater, and runs
//! git.

mod added;
mod ahead;
mod ancestry;
mod chains;
mod changes;
mod command;
mod commit;
mod descent;
mod graph;
mod kept;
mod marks;
mod merge;
mod objects;
mod oid;
mod overview;
mod packs;
mod place;
mod quarantine;
mod reach;
mod reads;
mod recent;
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
pub use commit::{Commit, CommitText, Links};
pub use graph::Graph;
pub use merge::{Merges, distinct, is_clean_index};
pub use objects::{Kind, Object};
pub use oid::{Oid, OidMap, OidSet};
pub use overview::{Looks, Names, Overview, Regard};
pub use packs::{Base, ByKind, Packed, Packs};
pub use refs::{Peeled, Revisions};
pub use repo::Repo;
pub use running::end_all;
pub use tree::{Entry, Mode, Tree};
pub use walk::{Each, Found, Known, NewCommits, Place};
