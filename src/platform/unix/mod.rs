//! Unix: Linux and macOS.

mod attributes;
mod below;
mod constants;
mod files;
#[cfg(test)]
pub(crate) mod for_tests;
mod handles;
mod paths;
mod permissions;
mod processes;
mod signals;
mod sockets;
mod syslog;

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
pub(crate) use syslog::*;
