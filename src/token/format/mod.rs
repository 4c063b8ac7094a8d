//! Formats that carry credentials, one file each: git config, URLs, netrc, command lines, archives.

pub(super) mod archive;
pub(super) mod command;
pub(super) mod config_entry;
pub(super) mod config_list;
pub(super) mod config_text;
pub(super) mod credential;
pub(super) mod netrc;
pub(super) mod url;
