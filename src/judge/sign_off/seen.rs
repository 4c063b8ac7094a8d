//! What a push is like as a whole, noted by all threads that judge it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signoff::Assessment;

/// Who has made its commits.
#[derive(Default)]
pub(super) struct Seen {
    hasher: RandomState,
    author: OnceLock<Option<u64>>,
    authors: AtomicBool,
}

impl Seen {
    /// What stands for the author of a commit.
    pub(super) fn author(&self, assessment: &Assessment) -> Option<u64> {
        assessment.author.as_ref().map(|author| self.hasher.hash_one(author))
    }

    pub(super) fn note(&self, author: Option<u64>) {
        if self.authors.load(Ordering::Relaxed) {
            return;
        }
        let first = *self.author.get_or_init(|| author);
        if first != author {
            self.authors.store(true, Ordering::Relaxed);
        }
    }

    /// Whether there are several authors.
    pub(super) fn has_several_authors(&self) -> bool {
        self.authors.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn several_authors_are_several_in_whatever_order_they_are_noted() {
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
