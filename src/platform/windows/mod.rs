//! Windows, as the machine of somebody who works in a clone. Servers do not run there.
//!
//! Who may change a file is decided by access control lists, which are not looked at: every file counts as the user's own.

mod attributes;
mod below;
mod constants;
mod files;
mod handles;
mod paths;
mod permissions;
mod processes;
mod signals;
mod sockets;

pub(crate) use attributes::*;
pub(crate) use below::*;
pub(crate) use constants::*;
pub(crate) use files::*;
pub(crate) use handles::*;
pub(crate) use paths::*;
pub(crate) use permissions::*;
pub(crate) use processes::*;
pub(crate) use signals::*;
pub(crate) use sockets::*;
