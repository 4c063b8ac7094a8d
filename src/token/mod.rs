//! Credentials: token formats, search in texts and archives, and a value type that cannot be printed.

mod comment;
mod credential_match;
mod decode;
mod engine;
mod format;
mod leak;
mod match_set;
mod placeholder;
mod provider;
mod redact;
mod search;
mod secret;
#[cfg(test)]
mod tests;

pub(crate) use credential_match::{CredentialKind, Strictness};
pub(crate) use engine::candidates::CandidateOffsets;
pub(crate) use engine::clean::{is_clean, is_clean_at_candidates, is_clean_name};
pub(crate) use engine::parts::{MAX_LEAKS, MAX_PART, PartedText};
pub(crate) use engine::path::{is_other_format, is_special_dir, path_implies_format};
pub(crate) use engine::path_kind::PathKind;
pub(crate) use engine::scan::{FileScan, scan_file, scan_format, scan_text};
pub(crate) use format::archive::{is_archive, is_closed};
pub(crate) use format::config_entry::{entry_has_secret, secret_name_ends};
pub(crate) use format::live_edit::{ValueChoice, clean_header, reject_input, value_choice};
pub(crate) use leak::is_plain_key;
pub(crate) use leak::{Leak, LeakSource};
pub(crate) use provider::revocation::revocation_page;
pub(crate) use redact::{printable, redact, redact_message};
pub(crate) use secret::Secret;
