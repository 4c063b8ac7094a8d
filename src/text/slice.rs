//! Parts of a text whose range is known to be inside it.

use std::ops::Range;

/// Returns the part of a text at a range that was found in it.
///
/// # Panics
/// Panics if the range is not inside the text. That is a bug of the caller; an empty part instead would make
/// a check pass.
#[expect(clippy::indexing_slicing, reason = "a wrong range must not pass as an empty part")]
pub(crate) fn slice(text: &[u8], range: Range<usize>) -> &[u8] {
    &text[range]
}
