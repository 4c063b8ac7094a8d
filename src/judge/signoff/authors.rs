//! Authors of a push, noted by the worker threads.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signoff::Assessment;

/// Authors of the commits of a push: one, or several.
#[derive(Default)]
pub(super) struct PushAuthors {
    hasher: RandomState,
    /// Hash of the first author that was noted.
    first: OnceLock<Option<u64>>,
    /// Set once a different author is noted.
    several: AtomicBool,
}

impl PushAuthors {
    /// Returns a hash of the author of a commit; `None` if the author cannot be read.
    pub(super) fn hash(&self, assessment: &Assessment) -> Option<u64> {
        assessment.author.as_ref().map(|author| self.hasher.hash_one(author))
    }

    /// Notes the author of a commit.
    pub(super) fn note(&self, author: Option<u64>) {
        if self.several.load(Ordering::Relaxed) {
            return;
        }
        let first = *self.first.get_or_init(|| author);
        if first != author {
            self.several.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether different authors were noted.
    pub(super) fn are_several(&self) -> bool {
        self.several.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::PushAuthors;

    #[test]
    fn several_authors_are_detected_in_any_order() {
        for (authors, several) in [
            (&[][..], false),
            (&[Some(1), Some(1)], false),
            (&[None, None], false),
            (&[Some(1), Some(2), Some(1)], true),
            (&[None, Some(1)], true),
            (&[Some(1), None], true),
        ] {
            let noted = PushAuthors::default();
            authors.iter().for_each(|author| noted.note(*author));
            assert_eq!(noted.are_several(), several, "{authors:?}");
        }
    }
}
