//! Files and names that hold no credential.

use super::candidates::CandidateOffsets;
use super::encoding;
use super::prefilter::may_hold_secret;
use super::scan::scan_file;
use crate::token::format::archive::{is_archive, is_closed};
use crate::token::format::detect::format_by_content;
use crate::token::search::find::may_have_credentials;

/// Maximum size of a text that is read here, in bytes.
const MAX_READ: usize = 1 << 20;

/// Returns whether [`scan_file`] finds nothing in a file at any path that implies no format.
///
/// For such a path there are only two cases: an example path, or any other path. At a path of any kind between, nothing
/// is found that is not found at one of these. An archive never counts as clean, nor does a large text with a candidate:
/// they are costly, and the business of [`scan_file`] only.
pub(crate) fn is_clean(bytes: &[u8]) -> bool {
    is_clean_at_candidates(bytes, &CandidateOffsets::find(bytes))
}

/// Does the same as [`is_clean`], for a file whose candidates are known.
pub(crate) fn is_clean_at_candidates(bytes: &[u8], candidates: &CandidateOffsets) -> bool {
    if is_archive(bytes) || is_closed(bytes) {
        return false;
    }
    if !may_hold_secret(bytes, candidates) {
        return true;
    }
    // A large text needs much memory, and is read only one at a time.
    if bytes.len() > MAX_READ {
        return false;
    }
    let finds_nothing = |path: &[u8]| scan_file(path, bytes).leaks.is_empty();
    // Content that determines its format is read differently at a test path, where it is not checked for a
    // format. Any other content is only searched for fewer things there.
    let depends_on_path = || format_by_content(&encoding::decode(bytes)).is_some();
    finds_nothing(b"") && (!depends_on_path() || finds_nothing(b"tests/"))
}

/// Returns whether a name contains nothing that [`scan_text`](super::scan::scan_text) would report.
///
/// The same is then true of any path built from such names: a keyword of a credential that spans a slash also
/// spans an empty name or a backslash.
pub(crate) fn is_clean_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b'\\') && !may_have_credentials(name)
}
