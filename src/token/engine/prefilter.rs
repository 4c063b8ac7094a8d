//! The prefilter: decides cheaply that a file holds no credential.

use super::candidates::CandidateOffsets;
use super::encoding::is_wide;
use crate::token::format::archive::is_archive;
use crate::token::format::netrc::is_netrc;

/// Returns whether a file may contain anything that is reported at a path that implies no format. Cheap enough
/// to be called for every blob.
pub(crate) fn may_hold_secret(bytes: &[u8], candidates: &CandidateOffsets) -> bool {
    is_archive(bytes) || is_netrc(bytes) || is_wide(bytes) || candidates.may_hold_secret(bytes)
}
