//! Reading repositories: objects, refs, what a push adds. The only room that names git2 and runs git.

mod changes;
mod command;
mod commit;
mod objects;
mod oid;
mod repo;
mod tree;

pub use changes::{ChangedFile, Changes};
pub use command::Git;
pub use commit::{Commit, CommitText};
pub use objects::{Kind, Object};
pub use oid::Oid;
pub use repo::Repo;
pub use tree::{Entry, Mode, Tree};
