//! Ranges of a text, joined into one text.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::slice;

/// Ranges of a text, joined into one: searching it once is far faster than searching each range.
///
/// A match across two ranges is false, and must be checked in the text.
pub(super) struct JoinedRanges<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// The start of each range in the joined text, and in the original one. Empty if these are the same text.
    starts: Vec<(usize, usize)>,
}

impl<'t> JoinedRanges<'t> {
    pub(super) fn new(text: &'t [u8], mut ranges: impl Iterator<Item = Range<usize>>) -> Self {
        let Some(first) = ranges.next().filter(|first| first.len() < text.len()) else {
            return Self { text: text.into(), starts: Vec::new() };
        };
        let ranges: Vec<_> = std::iter::once(first).chain(ranges).collect();
        let length = ranges.iter().map(ExactSizeIterator::len).sum();
        let (mut joined, mut starts) = (Vec::with_capacity(length), Vec::with_capacity(ranges.len()));
        for range in ranges {
            starts.push((joined.len(), range.start));
            joined.extend_from_slice(slice(text, range));
        }
        Self { text: joined.into(), starts }
    }

    /// Returns a function that maps offsets in the joined text to the original one.
    ///
    /// It is fast for ascending offsets; a lower offset starts over.
    pub(super) fn original_offsets(&self) -> impl FnMut(usize) -> usize {
        let mut following = self.starts.iter();
        let (mut start, mut original) = (0, 0);
        move |at| {
            if at < start {
                following = self.starts.iter();
                (start, original) = (0, 0);
            }
            while let Some(next) = following.as_slice().first().filter(|(start, _)| *start <= at) {
                (start, original) = *next;
                following.next();
            }
            at - start + original
        }
    }
}
