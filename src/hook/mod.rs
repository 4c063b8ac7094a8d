//! git's contracts with hooks (githooks(5)): parses bytes into typed values, without any policy.
//!
//! Input that git never sends is an error, not something to skip: a hook that cannot read its input has
//! checked nothing.

pub(crate) mod applypatch_msg;
pub(crate) mod chained;
pub(crate) mod commit_msg;
pub(crate) mod git_call;
pub(crate) mod inside;
pub(crate) mod pre_push;
pub(crate) mod pre_receive;

mod event;
mod lines;
mod process;
mod push_options;
mod skip;

use bstr::BString;

pub(crate) use event::{HookArguments, HookEvent};
pub(crate) use push_options::push_options;
pub(crate) use skip::Skip;

use crate::git::Oid;

/// A ref that a push creates, moves or deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// Full name of the ref on the receiving side.
    pub refname: BString,
    /// Current value of the ref; `None` if it does not exist.
    ///
    /// The hook input contains what the client reports. pre-receive replaces it with the actual value
    /// before any check.
    pub old: Option<Oid>,
    /// New value of the ref; `None` for a deletion.
    pub new: Option<Oid>,
}
