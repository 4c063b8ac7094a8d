//! Three-way merge of texts by lines.
//!
//! The changes of both sides since the base are found with git's default, the histogram algorithm, and slid as
//! git slides them. They conflict if no unchanged line is between them, unless both sides have made the same of
//! the place.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, Interner, Token};

/// Maximum size of a text that is merged here, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Maximum number of lines between the first and the last change of texts that are merged here.
///
/// The time of the histogram may grow with the square of their number, and its recursion with their number.
const MAX_LINES: usize = 1 << 13;

/// The three texts of a merge, as numbers of their lines.
pub(super) struct LineMerge<'t> {
    interner: Interner<&'t [u8]>,
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
    text.len() <= MAX_TEXT && memchr::memchr(0, text).is_none()
}

impl<'t> LineMerge<'t> {
    /// Splits texts into lines.
    pub(super) fn new(base: &'t [u8], ours: &'t [u8], theirs: &'t [u8]) -> Self {
        let mut interner = Interner::new(base.len() / 24);
        let [base, ours, theirs] = [base, ours, theirs].map(|text| tokens(&mut interner, text));
        Self { interner, base, ours, theirs }
    }

    /// Returns true if few enough lines are changed for a merge here.
    pub(super) fn is_small(&self) -> bool {
        [&self.ours, &self.theirs].into_iter().all(|side| changed_lines(&self.base, side) <= MAX_LINES)
    }

    /// Returns true if the merge has no conflict and its text is the given one.
    ///
    /// Besides the histogram, Myers' algorithm is tried: git has merged with it for long, and forges still do.
    pub(super) fn gives(&mut self, merged: &'t [u8]) -> bool {
        let merged = tokens(&mut self.interner, merged);
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
    /// the result. Begin and end of the texts count as lines that all share.
    pub(super) fn can_never_give(&mut self, merged: &'t [u8], base: BaseText) -> bool {
        let merged = tokens(&mut self.interner, merged);
        let [ours, theirs, result] = [&self.ours, &self.theirs, &merged].map(|text| Neighbours::of(text));
        if !result.0.iter().all(|pair| ours.has(*pair) || theirs.has(*pair)) {
            return true;
        }
        let base = match base {
            BaseText::Recorded => Neighbours::of(&self.base),
            BaseText::Merged | BaseText::Unknown => return false,
        };
        let mut sides = ours.0.iter().chain(&theirs.0);
        sides.any(|pair| !base.has(*pair) && !result.has(*pair))
    }

    /// Returns the merged text; `None` if that may depend on how changes are found, or if there is a conflict.
    ///
    /// Only git can mark a conflict as git does. Where a text repeats lines, the histogram of git is not quite the
    /// one here; so a line that each text has once has to be between two changes.
    pub(super) fn clean(&self) -> Option<Vec<u8>> {
        let [histogram, myers] = [Algorithm::Histogram, Algorithm::Myers].map(|algorithm| {
            let places = self.places(algorithm);
            let is_clean = places.iter().all(|place| place.kind != Kind::Conflict);
            (is_clean && self.are_far_apart(&places))
                .then(|| self.pieces(&places).flatten().copied().collect::<Vec<Token>>())
        });
        let lines = histogram.filter(|lines| myers.as_ref() == Some(lines))?;
        Some(lines.into_iter().flat_map(|line| self.interner[line]).copied().collect())
    }

    /// Returns true if a line that each text has once is between any two places.
    fn are_far_apart(&self, places: &[Place]) -> bool {
        let counts = [&self.base, &self.ours, &self.theirs].map(|text| {
            let mut counts: HashMap<Token, usize> = HashMap::new();
            text.iter().for_each(|line| *counts.entry(*line).or_default() += 1);
            counts
        });
        let is_unique = |line: &Token| counts.iter().all(|counts| counts.get(line) == Some(&1));
        places.windows(2).all(|pair| match pair {
            [one, next] => part(&self.ours, &(one.ours.end..next.ours.start)).iter().any(is_unique),
            _ => true,
        })
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
        diff.compute_with(algorithm, base, side, self.interner.num_tokens());
        diff.postprocess_with(base, side, imara_diff::NoSliderHeuristic);
        let change = |hunk: imara_diff::Hunk| Change {
            shift: i64::from(hunk.after.end) - i64::from(hunk.before.end),
            base: hunk.before,
        };
        diff.hunks().map(change).collect()
    }
}

/// Origin of the base of a merge of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BaseText {
    /// It is in the repository, so git uses the same.
    Recorded,
    /// It was merged from several bases; that of git may differ.
    Merged,
    /// It was merged from several bases with conflicts, so it is not known.
    Unknown,
}

/// A change of a side: lines of the base, and the lines that replace them.
struct Change {
    base: Range<u32>,
    /// Difference between the numbers of a line in the side and in the base, after the change.
    shift: i64,
}

/// Pairs of neighbouring lines of a text, sorted.
struct Neighbours(Vec<[u32; 2]>);

impl Neighbours {
    /// Begin and end of a text; no line has this number.
    const END: u32 = u32::MAX;

    fn of(lines: &[Token]) -> Self {
        let before = std::iter::once(Self::END).chain(lines.iter().map(|line| line.0));
        let after = lines.iter().map(|line| line.0).chain([Self::END]);
        let mut pairs: Vec<[u32; 2]> = before.zip(after).map(|(one, next)| [one, next]).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    fn has(&self, pair: [u32; 2]) -> bool {
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

fn tokens<'t>(interner: &mut Interner<&'t [u8]>, text: &'t [u8]) -> Vec<Token> {
    byte_lines(text).map(|line| interner.intern(line)).collect()
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

    use super::*;
    use crate::git::Git;

    fn gives(texts: [&str; 4]) -> bool {
        let [base, ours, theirs, merged] = texts.map(lines);
        LineMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()).gives(merged.as_bytes())
    }

    fn can_never_give(texts: [&str; 4], base_text: BaseText) -> bool {
        let [base, ours, theirs, merged] = texts.map(lines);
        let mut merge = LineMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        merge.can_never_give(merged.as_bytes(), base_text)
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
        for base in [BaseText::Recorded, BaseText::Merged] {
            assert!(can_never_give(["a b c", "x b c", "a b y", "x b y z"], base));
            assert!(can_never_give(["a b c d", "a x c d", "a b y d", "a x y d"], base));
            assert!(!can_never_give(["a b c", "x b c", "a b y", "x b y"], base));
        }
        let undone = ["a b c d e", "x b c d e", "a b c d y", "a b c d y"];
        assert!(can_never_give(undone, BaseText::Recorded));
        assert!(!can_never_give(undone, BaseText::Merged), "the base of git may have x");
    }

    /// Numbers that look random, and are the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % end
        }

        fn text(&mut self, words: usize) -> Vec<usize> {
            let length = self.below(24);
            (0..length).map(|_| self.below(words)).collect()
        }

        fn edited(&mut self, text: &[usize], words: usize) -> Vec<usize> {
            let mut edited = text.to_vec();
            for _ in 0..=self.below(3) {
                let start = self.below(edited.len() + 1);
                let end = (start + self.below(3)).min(edited.len());
                let new: Vec<usize> = (0..self.below(3)).map(|_| self.below(words)).collect();
                edited.splice(start..end, new);
            }
            edited
        }
    }

    /// Lets git merge files, all at once, and returns the merged texts.
    fn git_merges(files: &[[String; 3]]) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: String| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            git.answer_with_input(input.into_bytes()).unwrap().stdout
        };
        git(&["init", "-q", "--bare", "."], String::new());
        let mut stream = String::new();
        for (at, name) in ["base", "ours", "theirs"].into_iter().enumerate() {
            stream += &format!("commit refs/heads/{name}\ncommitter A <a@x.test> 1 +0000\ndata 1\nm\n");
            stream += if at == 0 { "" } else { "from refs/heads/base\n" };
            for (number, versions) in files.iter().enumerate() {
                let text = &versions[at];
                stream += &format!("M 644 inline {number}\ndata {}\n{text}\n", text.len());
            }
        }
        git(&["fast-import", "--quiet"], stream);
        let answer = git(&["merge-tree", "--write-tree", "--no-messages", "ours", "theirs"], String::new());
        let tree = answer.lines().next().unwrap().to_str().unwrap();
        let names = (0..files.len()).map(|number| format!("{tree}:{number}\n")).collect();
        let mut rest = git(&["cat-file", "--batch=%(objectsize)"], names);
        let mut texts = Vec::new();
        while let Some((size, after)) = rest.split_once_str("\n") {
            let size: usize = size.to_str().unwrap().parse().unwrap();
            texts.push(after[..size].to_vec());
            rest = after[size + 1..].to_vec();
        }
        texts
    }

    #[test]
    fn clean_merges_equal_those_of_git() {
        let mut numbers = Numbers(1);
        let mut files = Vec::new();
        for words in [3, 8, 40, 1000].repeat(1000) {
            let base = numbers.text(words);
            let sides = [numbers.edited(&base, words), numbers.edited(&base, words)];
            let text = |lines: &[usize]| lines.iter().map(|line| format!("line {line}\n")).collect();
            files.push([text(&base), text(&sides[0]), text(&sides[1])]);
        }
        let merged = git_merges(&files);
        assert_eq!(merged.len(), files.len());
        let mut clean = 0;
        for ([base, ours, theirs], merged) in files.iter().zip(&merged) {
            let mut merge = LineMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
            let message = format!("{base}|\n{ours}|\n{theirs}|\n{}", merged.as_bstr());
            if let Some(own) = merge.clean() {
                assert_eq!(own.as_bstr(), merged.as_bstr(), "{message}");
                clean += 1;
            }
            let is_sound =
                merged.contains_str("<<<<<<<") || !merge.can_never_give(merged, BaseText::Recorded);
            assert!(is_sound, "{message}");
        }
        assert!(clean > files.len() / 8, "{clean}");
    }
}
