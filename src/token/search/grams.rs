//! Search for many texts at once, by the first four bytes of each.

/// Number of bytes of a gram.
const GRAM: usize = 4;

/// Number of bits of the hash of a gram. With fewer of them, most hits are false. Few of the lines of the table are in use,
/// since few grams are frequent, so that it need not fit into the nearest cache.
const BITS: u32 = 17;

/// Number of positions that are looked up between two branches.
const BLOCK: usize = 8;

/// Search for texts of at least four bytes, none of which starts with another one.
///
/// A vector search compares with 64 texts at most, so it reads the text again for each 64 of them. Here, one lookup for each
/// position suffices for any number of them.
pub(super) struct GramSearch {
    /// For each hash of a gram the number of a group of texts; 0 if none starts with such a gram.
    groups: Box<[u8; 1 << BITS]>,
    /// Texts with their numbers, by groups. The first group is empty.
    texts: Vec<Vec<(&'static [u8], u32)>>,
}

impl GramSearch {
    /// Makes the search for texts, which are numbered in their order.
    ///
    /// # Panics
    ///
    /// If a text is too short, or if there are too many of them.
    #[expect(clippy::expect_used, reason = "the texts are constants, and few")]
    pub(super) fn new(texts: impl Iterator<Item = &'static str>) -> Self {
        let mut search = Self { groups: Box::new([0; 1 << BITS]), texts: vec![Vec::new()] };
        for (number, text) in (0..).zip(texts) {
            let gram = text.as_bytes().first_chunk().expect("a text has a gram");
            let group =
                search.groups.get_mut(slot(u32::from_le_bytes(*gram))).expect("a slot is in the table");
            if *group == 0 {
                *group = u8::try_from(search.texts.len()).expect("there are fewer than 256 groups");
                search.texts.push(Vec::new());
            }
            let group = search.texts.get_mut(usize::from(*group)).expect("a group was made for each number");
            group.push((text.as_bytes(), number));
        }
        search
    }

    /// Returns the offset and the number of the first text that starts at an offset or behind it.
    pub(super) fn find(&self, haystack: &[u8], start: usize) -> Option<(usize, u32)> {
        let (_, mut rest) = haystack.split_at(start);
        loop {
            let groups = match rest.first_chunk() {
                Some(window) => self.groups_in(window),
                None => self.groups_in(&filled_up(rest)),
            };
            // Branches after each lookup would cost more than the lookups.
            if groups.iter().fold(0, |all, group| all | group) != 0
                && let Some((at, number)) = self.first_of(rest, &groups)
            {
                return Some((haystack.len() - rest.len() + at, number));
            }
            rest = rest.get(BLOCK..)?;
        }
    }

    /// Returns the groups of the texts that may start at the first [`BLOCK`] bytes.
    fn groups_in(&self, window: &[u8; 2 * BLOCK]) -> [u8; BLOCK] {
        let bytes = u128::from_le_bytes(*window);
        // Two words hold all grams of the block without another shift between them.
        let (low, high) = (bytes as u64, (bytes >> 32) as u64);
        let group = |word: u64, at: u32| self.group((word >> (8 * at)) as u32);
        [
            group(low, 0),
            group(low, 1),
            group(low, 2),
            group(low, 3),
            group(low, 4),
            group(high, 1),
            group(high, 2),
            group(high, 3),
        ]
    }

    /// Returns the first text at the start of a block, of the groups of its bytes.
    #[cold]
    fn first_of(&self, haystack: &[u8], groups: &[u8; BLOCK]) -> Option<(usize, u32)> {
        groups.iter().enumerate().filter(|(_, group)| **group != 0).find_map(|(at, group)| {
            let rest = haystack.get(at..)?;
            let mut texts = self.texts.get(usize::from(*group))?.iter();
            texts.find(|(text, _)| rest.starts_with(text)).map(|(_, number)| (at, *number))
        })
    }

    /// Returns the group of the texts that start with a gram, or with another one of the same hash.
    fn group(&self, gram: u32) -> u8 {
        self.groups.get(slot(gram)).copied().unwrap_or(0)
    }
}

/// Returns the bytes at the end of a text, with zeros behind them.
fn filled_up(end: &[u8]) -> [u8; 2 * BLOCK] {
    let mut window = [0; 2 * BLOCK];
    window.iter_mut().zip(end).for_each(|(to, from)| *to = *from);
    window
}

/// Returns the slot of a gram in the table: its hash by Fibonacci hashing.
fn slot(gram: u32) -> usize {
    const _: () = assert!(size_of::<u32>() == GRAM);
    (gram.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::GramSearch;

    #[test]
    fn texts_are_found_at_every_offset() {
        let search = GramSearch::new(["abcd", "abce", "bcdefghi", "xyz_"].into_iter());
        for before in 0..40 {
            for after in 0..20 {
                for (number, text) in (0..).zip(["abcd", "abce", "bcdefghi", "xyz_"]) {
                    let haystack = ["-".repeat(before), text.to_owned(), "-".repeat(after)].concat();
                    let found = search.find(haystack.as_bytes(), 0);
                    assert_eq!(found, Some((before, number)), "{haystack}");
                    assert_eq!(search.find(haystack.as_bytes(), before + 1), None, "{haystack}");
                }
            }
        }
    }

    #[test]
    fn texts_may_overlap_and_parts_are_none() {
        let search = GramSearch::new(["abcd", "bcdefghi"].into_iter());
        assert_eq!(search.find(b"abcdefghi", 0), Some((0, 0)));
        assert_eq!(search.find(b"abcdefghi", 1), Some((1, 1)));
        assert_eq!(search.find(b"bcdefgh abc", 0), None);
        assert_eq!(search.find(b"", 0), None);
    }
}
