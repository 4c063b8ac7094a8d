//! Three-way merge of texts by lines.
//!
//! The changes of both sides since the base are found with git's default, the histogram algorithm, and slid as
//! git slides them. They conflict if no unchanged line is between them, unless both sides have made the same of
//! the place.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Token};
use memchr::{memchr, memchr_iter, memrchr_iter};

use super::numbered_lines::NumberedLines;

/// Maximum size of a text that is merged here, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Maximum number of lines between the first and the last change of texts that are merged here.
///
/// The time of the histogram may grow with the square of their number, and its recursion with their number.
const MAX_LINES: usize = 1 << 13;

/// Minimum number of lines that are kept before and after the first and the last change.
///
/// A change that can be moved, because lines around it repeat, is moved as far as it goes.
const CONTEXT: usize = 64;

/// Number of bytes that are compared at once.
const PIECE: usize = 64;

/// The three texts of a merge, as numbers of their lines.
pub(super) struct LineMerge<'t> {
    lines: NumberedLines<'t>,
    base: Vec<Token>,
    ours: Vec<Token>,
    theirs: Vec<Token>,
}

/// A place that a side has changed, or both.
#[derive(Debug, Clone)]
struct Place {
    kind: Kind,
    ours: Range<u32>,
    theirs: Range<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only ours changed it, or both made the same of it.
    Ours,
    Theirs,
    Conflict,
}

/// Returns true if a file is a text for git, and small enough to be merged here.
pub(super) fn is_text(text: &[u8]) -> bool {
    text.len() <= MAX_TEXT && memchr(0, text).is_none()
}

impl<'t> LineMerge<'t> {
    /// Splits texts into lines.
    pub(super) fn new(base: &'t [u8], ours: &'t [u8], theirs: &'t [u8]) -> Self {
        let mut lines = NumberedLines::new(base.len() / 24);
        let base = lines.number(base);
        lines.follow(&base);
        let ours = lines.number(ours);
        if base.is_empty() {
            lines.follow(&ours);
        }
        let theirs = lines.number(theirs);
        Self { lines, base, ours, theirs }
    }

    /// Returns true if the merge has no conflict and its text is the given one.
    ///
    /// Returns false if too many lines are changed for a merge here. Besides the histogram, Myers' algorithm is tried: git has merged with it for long, and forges still do.
    pub(super) fn gives(&mut self, merged: &'t [u8]) -> bool {
        if !self.is_small() {
            return false;
        }
        let merged = self.lines.number(merged);
        let gives = |algorithm| {
            let places = self.places(algorithm);
            places.iter().all(|place| place.kind != Kind::Conflict)
                && self.pieces(&places).flatten().eq(merged.iter())
        };
        gives(Algorithm::Histogram) || gives(Algorithm::Myers)
    }

    /// Returns true if no merge by lines gives a text, whatever changes are found.
    ///
    /// Between changes that do not conflict is a line that all texts share. So two neighbouring lines of the
    /// result are neighbours in one of the sides, and neighbours that a side has and the base has not are in
    /// the result. Begin and end of the texts count as lines that all share. If the base is not known, it may have
    /// anything.
    pub(super) fn can_never_give(&mut self, merged: &'t [u8], is_base_known: bool) -> bool {
        let merged = self.lines.number(merged);
        let [ours, theirs, result] = [&self.ours, &self.theirs, &merged].map(|text| Neighbours::of(text));
        if !result.0.iter().all(|pair| ours.has(*pair) || theirs.has(*pair)) {
            return true;
        }
        if !is_base_known {
            return false;
        }
        let base = Neighbours::of(&self.base);
        let mut sides = ours.0.iter().chain(&theirs.0);
        sides.any(|pair| !base.has(*pair) && !result.has(*pair))
    }

    /// Returns true if few enough lines are changed for a merge here.
    fn is_small(&self) -> bool {
        [&self.ours, &self.theirs].into_iter().all(|side| changed_lines(&self.base, side) <= MAX_LINES)
    }

    /// Returns the lines of the result, piece by piece.
    fn pieces<'p>(&'p self, places: &'p [Place]) -> impl Iterator<Item = &'p [Token]> {
        let mut at = 0;
        let pieces = places.iter().flat_map(move |place| {
            let before = std::mem::replace(&mut at, place.ours.end)..place.ours.start;
            let own = match place.kind {
                Kind::Theirs => part(&self.theirs, &place.theirs),
                Kind::Ours | Kind::Conflict => part(&self.ours, &place.ours),
            };
            [part(&self.ours, &before), own]
        });
        let last = places.last().map_or(0, |place| place.ours.end);
        pieces.chain([part(&self.ours, &(last..u32::MAX))])
    }

    /// Finds the places that the sides have changed, in order.
    fn places(&self, algorithm: Algorithm) -> Vec<Place> {
        let ours = self.changes(&self.base, &self.ours, algorithm);
        let theirs = self.changes(&self.base, &self.theirs, algorithm);
        let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
        let (mut shift_ours, mut shift_theirs) = (0, 0);
        let mut places = Vec::new();
        while let Some(start) =
            [ours.peek(), theirs.peek()].into_iter().flatten().map(|change| change.base.start).min()
        {
            let mut base = start..start;
            let (from_ours, from_theirs) = (shifted(start, shift_ours), shifted(start, shift_theirs));
            let (mut by_ours, mut by_theirs) = (false, false);
            // All changes that touch one another are one place.
            loop {
                if let Some(change) = ours.next_if(|change| change.base.start <= base.end) {
                    base.end = base.end.max(change.base.end);
                    shift_ours = change.shift;
                    by_ours = true;
                } else if let Some(change) = theirs.next_if(|change| change.base.start <= base.end) {
                    base.end = base.end.max(change.base.end);
                    shift_theirs = change.shift;
                    by_theirs = true;
                } else {
                    break;
                }
            }
            let (ours, theirs) =
                (from_ours..shifted(base.end, shift_ours), from_theirs..shifted(base.end, shift_theirs));
            let is_same = || part(&self.ours, &ours) == part(&self.theirs, &theirs);
            let kind = match (by_ours, by_theirs) {
                (false, _) => Kind::Theirs,
                (true, true) if !is_same() => Kind::Conflict,
                (true, _) => Kind::Ours,
            };
            places.push(Place { kind, ours, theirs });
        }
        places
    }

    fn changes(&self, base: &[Token], side: &[Token], algorithm: Algorithm) -> Vec<Change> {
        let mut diff = Diff::default();
        diff.compute_with(algorithm, base, side, self.lines.count());
        diff.postprocess_with(base, side, imara_diff::NoSliderHeuristic);
        let change = |hunk: imara_diff::Hunk| Change {
            shift: i64::from(hunk.after.end) - i64::from(hunk.before.end),
            base: hunk.before,
        };
        diff.hunks().map(change).collect()
    }
}

/// A change of a side: lines of the base, and the lines that replace them.
struct Change {
    base: Range<u32>,
    /// Difference between the numbers of a line in the side and in the base, after the change.
    shift: i64,
}

/// Returns texts without most of the lines at their begin and end that are equal in all of them.
pub(super) fn without_equal_ends(texts: [&[u8]; 4]) -> [&[u8]; 4] {
    let [first, others @ ..] = texts;
    let start = others.iter().map(|other| equal_start(first, other)).min().unwrap_or(0);
    let equal = first.get(..start).unwrap_or_default();
    let start = memrchr_iter(b'\n', equal).nth(CONTEXT).map_or(0, |at| at + 1);
    let rest = texts.map(|text| text.get(start..).unwrap_or_default());
    let [first, others @ ..] = rest;
    let end = others.iter().map(|other| equal_end(first, other)).min().unwrap_or(0);
    let equal = first.get(first.len() - end..).unwrap_or_default();
    let end = memchr_iter(b'\n', equal).nth(CONTEXT).map_or(0, |at| equal.len() - at - 1);
    rest.map(|text| text.get(..text.len() - end).unwrap_or_default())
}

/// Returns the number of bytes at the begin of texts that are equal, in whole pieces.
fn equal_start(one: &[u8], other: &[u8]) -> usize {
    let pieces = one.chunks_exact(PIECE).zip(other.chunks_exact(PIECE));
    PIECE * pieces.take_while(|(one, other)| one == other).count()
}

/// Returns the number of bytes at the end of texts that are equal, in whole pieces.
fn equal_end(one: &[u8], other: &[u8]) -> usize {
    let pieces = one.rchunks_exact(PIECE).zip(other.rchunks_exact(PIECE));
    PIECE * pieces.take_while(|(one, other)| one == other).count()
}

/// Pairs of neighbouring lines of a text, sorted. The number of the first line of a pair is in the upper half.
struct Neighbours(Vec<u64>);

impl Neighbours {
    /// Begin and end of a text; no line has this number.
    const END: u32 = u32::MAX;

    fn of(lines: &[Token]) -> Self {
        let before = std::iter::once(Self::END).chain(lines.iter().map(|line| line.0));
        let after = lines.iter().map(|line| line.0).chain([Self::END]);
        let pairs = before.zip(after).map(|(one, next)| u64::from(one) << 32 | u64::from(next));
        let mut pairs: Vec<u64> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    fn has(&self, pair: u64) -> bool {
        self.0.binary_search(&pair).is_ok()
    }
}

/// Returns the larger number of lines of two texts without their common begin and end.
fn changed_lines(base: &[Token], side: &[Token]) -> usize {
    let start = base.iter().zip(side).take_while(|(one, other)| one == other).count();
    let least = base.len().min(side.len()) - start;
    let equal = base.iter().rev().zip(side.iter().rev()).take(least);
    let end = equal.take_while(|(one, other)| one == other).count();
    base.len().max(side.len()) - start - end
}

fn part<'l>(lines: &'l [Token], range: &Range<u32>) -> &'l [Token] {
    let (start, end) = (range.start as usize, (range.end as usize).min(lines.len()));
    lines.get(start..end).unwrap_or_default()
}

fn shifted(line: u32, by: i64) -> u32 {
    u32::try_from(i64::from(line) + by).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;

    use super::super::tests::{Numbers, git_merges, git_version};
    use super::super::xdiff;
    use super::*;

    fn gives(texts: [&str; 4]) -> bool {
        let [base, ours, theirs, merged] = texts.map(lines);
        LineMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()).gives(merged.as_bytes())
    }

    fn can_never_give(texts: [&str; 4], is_base_known: bool) -> bool {
        let [base, ours, theirs, merged] = texts.map(lines);
        let mut merge = LineMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        merge.can_never_give(merged.as_bytes(), is_base_known)
    }

    /// Returns a text with a line for each word.
    fn lines(words: &str) -> String {
        words.split_whitespace().map(|word| format!("{word}\n")).collect()
    }

    #[test]
    fn changes_with_a_line_between_them_are_merged() {
        assert!(gives(["a b c d", "x b c d", "a b c y", "x b c y"]));
        assert!(gives(["a b c", "x b c", "a b y", "x b y"]));
        assert!(!gives(["a b c", "x b c", "a b y", "a b y"]), "a side is lost");
        assert!(!gives(["a b c", "x b c", "a b y", "x b y z"]), "a line of its own");
    }

    #[test]
    fn changes_without_a_line_between_them_conflict() {
        assert!(!gives(["a b c d", "a x c d", "a b y d", "a x y d"]));
        assert!(!gives(["a b", "a x b", "a y b", "a x y b"]));
        assert!(gives(["a b c", "a x c", "a x c", "a x c"]), "both sides did the same");
    }

    /// Both sides seem to change places that are apart, if only the common begin and end are compared.
    #[test]
    fn changes_that_slide_together_conflict() {
        assert!(!gives(["a b c", "a b b c", "a b d c", "a b b d c"]));
        assert!(!gives(["x a a y", "x a a a y", "x y", "x a y"]));
    }

    /// Ours moves the block `f g h` to the end, theirs changes it.
    #[test]
    fn change_does_not_follow_a_moved_block() {
        let texts = ["f g h 1 2 3 4 5 6", "1 2 3 4 5 6 f g h", "f X h 1 2 3 4 5 6", "1 2 3 4 5 6 f X h"];
        assert!(!gives(texts));
    }

    #[test]
    fn no_merge_brings_lines_together_or_loses_a_change() {
        for base in [true, false] {
            assert!(can_never_give(["a b c", "x b c", "a b y", "x b y z"], base));
            assert!(can_never_give(["a b c d", "a x c d", "a b y d", "a x y d"], base));
            assert!(!can_never_give(["a b c", "x b c", "a b y", "x b y"], base));
        }
        let undone = ["a b c d e", "x b c d e", "a b c d y", "a b c d y"];
        assert!(can_never_give(undone, true));
        assert!(!can_never_give(undone, false), "the base may have x");
    }

    #[test]
    fn no_merge_of_git_is_impossible() {
        let mut numbers = Numbers(1);
        let mut files = Vec::new();
        for words in [3, 8, 40, 1000].repeat(1000) {
            let base = numbers.text(words);
            let sides = [numbers.edited(&base, words), numbers.edited(&base, words)];
            files.push([&base, &sides[0], &sides[1]].map(|text| super::super::tests::lines(text)));
        }
        let (mut clean, mut other, all) = (0, 0, git_merges(&files));
        assert_eq!(all.len(), files.len());
        for ([base, ours, theirs], merged) in files.iter().zip(&all) {
            let texts = [base, ours, theirs].map(String::as_bytes);
            let own = xdiff::merge(texts, xdiff::MARKER).unwrap();
            let text = own.text.replace("Temporary merge branch 1", "ours");
            other += usize::from(text.replace("Temporary merge branch 2", "theirs") != *merged);
            if !merged.contains_str("<<<<<<< ours") {
                clean += 1;
                let mut merge = LineMerge::new(texts[0], texts[1], texts[2]);
                assert!(
                    !merge.can_never_give(merged, true),
                    "{base}|\n{ours}|\n{theirs}|\n{}",
                    merged.as_bstr()
                );
            }
        }
        // Since git 2.54 (e417277ae9) changes that slid together are compared once more; our xdiff is older.
        assert!(if git_version() >= (2, 54) { other < files.len() / 20 } else { other == 0 }, "{other}");
        assert!(clean > files.len() / 8, "{clean}");
    }

    #[test]
    fn equal_ends_do_not_matter() {
        let text = |from: usize, changed: &[(usize, &str)]| -> String {
            (from..from + 400)
                .map(|line| {
                    changed
                        .iter()
                        .find(|(at, _)| *at == line)
                        .map_or(format!("{line}\n"), |(_, text)| (*text).to_owned())
                })
                .collect()
        };
        let (base, ours, theirs) = (text(0, &[]), text(0, &[(200, "x\n")]), text(0, &[(205, "y\n")]));
        let merged = text(0, &[(200, "x\n"), (205, "y\n")]);
        let texts = [&base, &ours, &theirs, &merged].map(|text| text.as_bytes());
        let [base, ours, theirs, merged] = without_equal_ends(texts);
        assert!(base.starts_with(b"136\n") || base.len() < 1000, "{}", base.as_bstr());
        assert!(base.lines().count() < 200 && base.ends_with(b"\n"));
        assert!(LineMerge::new(base, ours, theirs).gives(merged));
        let equal = [merged; 4];
        assert!(without_equal_ends(equal).iter().all(|text| LineMerge::new(text, text, text).gives(text)));
    }
}
