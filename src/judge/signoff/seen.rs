//! Statistics of a push, shared by the worker threads.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signoff::Assessment;

/// Authors of the commits of a push: one, or several.
#[derive(Default)]
pub(super) struct Seen {
    hasher: RandomState,
    /// Hash of the first author that was noted.
    author: OnceLock<Option<u64>>,
    /// Set once a different author is noted.
    authors: AtomicBool,
}

impl Seen {
    /// Returns a hash of the author of a commit; `None` if the author cannot be read.
    pub(super) fn author(&self, assessment: &Assessment) -> Option<u64> {
        assessment.author.as_ref().map(|author| self.hasher.hash_one(author))
    }

    /// Notes the author of a commit.
    pub(super) fn note(&self, author: Option<u64>) {
        if self.authors.load(Ordering::Relaxed) {
            return;
        }
        let first = *self.author.get_or_init(|| author);
        if first != author {
            self.authors.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether different authors were noted.
    pub(super) fn has_several_authors(&self) -> bool {
        self.authors.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

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
            let seen = Seen::default();
            authors.iter().for_each(|author| seen.note(*author));
            assert_eq!(seen.has_several_authors(), several, "{authors:?}");
        }
    }
}
