//! git's contracts with hooks (githooks(5)): bytes in, typed values out, no policy.
//!
//! What git never sends is an error, not something to skip: a hook that cannot read its input has judged nothing.

pub(crate) mod applypatch_msg;
pub(crate) mod chained;
pub(crate) mod commit_msg;
pub(crate) mod pre_push;
pub(crate) mod pre_receive;

mod event;
mod lines;
mod push_options;

use bstr::BString;

pub(crate) use event::HookEvent;
pub(crate) use push_options::push_options;

use crate::git::Oid;

/// One ref that a push creates, moves or deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The full name of the ref on the receiving side.
    pub refname: BString,
    /// What the ref is now; none when it does not exist. As the hook gets it this is the word of the sender; pre-receive
    /// looks at the ref itself before anything is judged.
    pub old: Option<Oid>,
    /// What the ref is to be; none for a deletion.
    pub new: Option<Oid>,
}
