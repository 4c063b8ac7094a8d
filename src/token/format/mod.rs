//! Formats that carry credentials, one file each: git config, netrc, cookies, command lines, archives.

pub(super) mod archive;
pub(super) mod command;
pub(super) mod config_entry;
pub(super) mod config_environment;
pub(super) mod config_file;
pub(super) mod config_list;
pub(super) mod config_sections;
pub(super) mod cookies;
pub(super) mod credential_store;
pub(super) mod detect;
mod extra_header;
pub(super) mod live_edit;
pub(super) mod netrc;
mod shell_words;
