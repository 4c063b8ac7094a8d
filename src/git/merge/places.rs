//! Places of entries that git moves out of the way when it merges, or proposes to move.
//!
//! A push may bring very many of them, so they are found by their paths, and not one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bstr::{BStr, ByteSlice as _};

use super::difference::{Difference, Entry};

/// Differences by their paths.
pub(super) type DifferencesByPath<'d> = BTreeMap<&'d [u8], &'d Difference>;

/// Numbers of moved entries, by a path.
type Numbers = BTreeMap<Vec<u8>, Vec<usize>>;

/// Kinds of conflicts about a place, as `git merge-tree -z` names them.
const IN_WAY: &[u8] = b"CONFLICT (file/directory)";
const TWO_TYPES: &[u8] = b"CONFLICT (distinct modes)";
const MOVED_DIRECTORY: &[u8] = b"CONFLICT (directory rename suggested)";

/// Places of all moved entries of a merge.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    moved: Vec<Moved>,
    /// Those that git leaves at a path.
    at: Numbers,
    /// Those that would be at a path without the conflict.
    from: Numbers,
    /// Those that git leaves at a path followed by `~` and the label of a branch.
    labelled: Numbers,
}

/// Entries with a conflict about their place.
#[derive(Debug, Default, PartialEq, Eq)]
struct Moved {
    /// Paths at which git leaves them. They are paths in conflict.
    at: Vec<Vec<u8>>,
    entries: Vec<Entry>,
    /// True if a directory is at the path where they would be.
    is_directory_in_way: bool,
}

impl Places {
    /// Adds the paths of a message of git, if it is one about a place.
    ///
    /// `in_conflict` has the entries of all paths in conflict.
    pub(super) fn add(
        &mut self,
        kind: &[u8],
        paths: Vec<Vec<u8>>,
        in_conflict: &BTreeMap<Vec<u8>, Vec<Entry>>,
    ) {
        if ![IN_WAY, TWO_TYPES, MOVED_DIRECTORY].contains(&kind) {
            return;
        }
        let number = self.moved.len();
        let labelled =
            |base: &&Vec<u8>| paths.iter().any(|at| in_conflict.contains_key(at) && has_label(at, base));
        for base in paths.iter().filter(labelled) {
            self.labelled.entry(base.clone()).or_default().push(number);
        }
        let entries = paths.iter().filter_map(|path| in_conflict.get(path)).flatten().copied().collect();
        let (at, from): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| in_conflict.contains_key(path));
        for (index, paths) in [(&mut self.at, &at), (&mut self.from, &from)] {
            paths.iter().for_each(|path| index.entry(path.clone()).or_default().push(number));
        }
        self.moved.push(Moved { at, entries, is_directory_in_way: kind == IN_WAY });
    }

    /// Returns whether a difference is one of the place of moved entries.
    pub(super) fn explain(&self, difference: &Difference, all: &DifferencesByPath<'_>) -> bool {
        let is_kept = |moved: &Moved| difference.is_one_of(&moved.entries);
        self.numbered(self.at.get(&difference.path)).any(is_kept)
            || !self.elsewhere(difference).is_empty()
            || self.is_cleared(difference, all)
    }

    /// Returns a path of the recorded tree if moved entries are in more places than git has left them in.
    pub(super) fn surplus<'d>(
        &self,
        differences: &'d [Difference],
        all: &DifferencesByPath<'_>,
    ) -> Option<&'d BStr> {
        let mut elsewhere: BTreeMap<usize, Vec<&Difference>> = BTreeMap::new();
        for difference in differences {
            for number in self.elsewhere(difference) {
                elsewhere.entry(number).or_default().push(difference);
            }
        }
        let is_left =
            |path: &&Vec<u8>| all.get(path.as_slice()).is_none_or(|difference| difference.recorded.is_some());
        elsewhere.into_iter().find_map(|(number, others)| {
            let moved = self.moved.get(number)?;
            let left = moved.at.iter().filter(is_left).count();
            let last = others.last().filter(|_| left + others.len() > moved.at.len())?;
            Some(last.path.as_bstr())
        })
    }

    fn numbered<'p>(&'p self, numbers: Option<&'p Vec<usize>>) -> impl Iterator<Item = &'p Moved> {
        numbers.into_iter().flatten().filter_map(|number| self.moved.get(*number))
    }

    /// Returns the numbers of the entries that a difference records at another place than git.
    ///
    /// If git leaves something there, it is no place for them: that would be a change of what is there. The label of
    /// a branch may be another one, but what is recorded under it may not.
    fn elsewhere(&self, difference: &Difference) -> BTreeSet<usize> {
        let path = &difference.path;
        let Some(recorded) = difference.recorded.filter(|_| difference.was.is_none()) else {
            return BTreeSet::new();
        };
        let fits = |number: &usize, fits: &dyn Fn(&Entry) -> bool| {
            self.moved.get(*number).is_some_and(|moved| moved.entries.iter().any(fits))
        };
        let from = self.from.get(path).into_iter().flatten();
        let from = from.filter(|number| fits(number, &|entry| entry.mode == recorded.mode));
        let labelled = starts(&self.labelled, path).filter(|(base, _)| has_label(path, base));
        let labelled = labelled.flat_map(|(_, numbers)| numbers);
        let labelled = labelled.filter(|number| fits(number, &|entry| *entry == recorded));
        from.chain(labelled).copied().collect()
    }

    /// Returns whether a difference removes a file of a directory, where what was in its way is recorded.
    fn is_cleared(&self, difference: &Difference, all: &DifferencesByPath<'_>) -> bool {
        difference.recorded.is_none()
            && starts(&self.from, &difference.path).any(|(from, numbers)| {
                difference.path.get(from.len()) == Some(&b'/')
                    && all.contains_key(from)
                    && self.numbered(Some(numbers)).any(|moved| moved.is_directory_in_way)
            })
    }
}

/// Returns whether a path is another one followed by `~` and the label of a branch.
fn has_label(path: &[u8], base: &[u8]) -> bool {
    let label = path.strip_prefix(base).and_then(|rest| rest.strip_prefix(b"~"));
    label.is_some_and(|label| !label.is_empty() && !label.contains(&b'/'))
}

/// Returns the numbers of all paths with which a longer path starts.
///
/// Each step looks up the last path up to a start of the longer one. That takes few steps, of whatever a long path
/// consists: each needs a path that differs from the others only at its end.
fn starts<'p>(numbers: &'p Numbers, path: &'p [u8]) -> impl Iterator<Item = (&'p [u8], &'p Vec<usize>)> {
    let mut end = Bound::Excluded(path);
    std::iter::from_fn(move || {
        loop {
            let (start, numbers) = numbers.range::<[u8], _>((Bound::Unbounded, end)).next_back()?;
            let same = start.iter().zip(path).take_while(|(a, b)| a == b).count();
            let common = path.get(..same)?;
            if same == start.len() {
                end = Bound::Excluded(common);
                return Some((start.as_slice(), numbers));
            }
            end = Bound::Included(common);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    fn entry(number: u8) -> Entry {
        let hex = format!("{number:02x}").repeat(20);
        assert!(Oid::from_hex(hex.as_bytes()).is_some());
        Entry::parse(b"100644", hex.as_bytes()).unwrap().unwrap()
    }

    fn places(list: &[(&[u8], &[&str])], at: &[(&str, u8)]) -> Places {
        let in_conflict =
            at.iter().map(|(path, number)| (path.as_bytes().to_vec(), vec![entry(*number)])).collect();
        let mut places = Places::default();
        for (kind, paths) in list {
            places.add(kind, paths.iter().map(|path| path.as_bytes().to_vec()).collect(), &in_conflict);
        }
        places
    }

    /// Creates a difference: a path, and the entries that git leaves and that are recorded; 0 for none.
    fn difference(path: &str, was: u8, recorded: u8) -> Difference {
        let some = |number| (number > 0).then(|| entry(number));
        Difference { path: path.into(), was: some(was), recorded: some(recorded) }
    }

    /// Returns whether the places explain all differences, and none of them is surplus.
    fn is_inside(places: &Places, differences: &[Difference]) -> bool {
        let all = differences.iter().map(|difference| (difference.path.as_slice(), difference)).collect();
        differences.iter().all(|difference| places.explain(difference, &all))
            && places.surplus(differences, &all).is_none()
    }

    #[test]
    fn only_a_new_path_has_the_label_of_a_branch() {
        let in_way = places(&[(IN_WAY, &["d~ours", "d"])], &[("d~ours", 1)]);
        let two_types = places(&[(TWO_TYPES, &["A", "A~ours"])], &[("A", 2), ("A~ours", 1)]);
        for (places, name) in [(&in_way, "d"), (&two_types, "A")] {
            let path = |label: &str| format!("{name}~{label}");
            let gone = difference(&path("ours"), 1, 0);
            for (more, inside) in [
                (difference(&path("HEAD"), 0, 1), true),
                (difference(&path("HEAD"), 0, 9), false),
                (difference(&path("keep"), 3, 0), false),
                (difference(&path("keep"), 3, 1), false),
                (difference(&path("a/b"), 0, 1), false),
                (difference(&path(""), 0, 1), false),
                (difference(name, 0, 1), true),
                (difference(name, 3, 1), name == "A"),
                (difference("other", 0, 1), false),
            ] {
                assert_eq!(is_inside(places, &[gone.clone(), more.clone()]), inside, "{name} {more:?}");
            }
            let twice = [gone, difference(&path("a"), 0, 1), difference(&path("b"), 0, 1)];
            assert!(!is_inside(places, &twice), "{name}");
        }
    }

    #[test]
    fn directory_is_cleared_for_the_file_that_was_in_its_way() {
        let places = places(&[(IN_WAY, &["d~ours", "d"])], &[("d~ours", 1)]);
        let [gone, file, inner] =
            [difference("d~ours", 1, 0), difference("d", 0, 1), difference("d/e/f", 4, 0)];
        for (differences, inside) in [
            (vec![gone.clone(), file.clone(), inner.clone()], true),
            (vec![gone.clone(), inner], false),
            (vec![gone.clone(), file.clone(), difference("d/e/f", 4, 5)], false),
            (vec![gone, file, difference("dd/e", 4, 0)], false),
        ] {
            assert_eq!(is_inside(&places, &differences), inside, "{differences:?}");
        }
    }

    #[test]
    fn all_starts_of_a_path_are_found() {
        let paths = ["", "d", "d~", "d~a", "d~a~", "d~ab", "d~b", "e", "d/x", "d/xy"];
        let numbers: Numbers = paths.iter().map(|path| (path.as_bytes().to_vec(), vec![])).collect();
        for (path, found) in [
            ("d~a~c", &["d~a~", "d~a", "d~", "d", ""][..]),
            ("d~a", &["d~", "d", ""]),
            ("d/xz", &["d/x", "d", ""]),
            ("c", &[""]),
            ("", &[]),
        ] {
            let starts: Vec<&str> =
                starts(&numbers, path.as_bytes()).map(|(start, _)| start.to_str().unwrap()).collect();
            assert_eq!(starts, found, "{path}");
        }
    }

    /// With a look at every moved entry for every difference, this would take minutes.
    #[test]
    fn very_many_places_are_looked_up() {
        const COUNT: usize = 100_000;
        let names: Vec<String> = (0..COUNT).map(|number| format!("d{number}")).collect();
        let in_conflict: BTreeMap<Vec<u8>, Vec<Entry>> =
            names.iter().map(|name| (format!("{name}~ours").into_bytes(), vec![entry(1)])).collect();
        let mut places = Places::default();
        let mut differences = Vec::new();
        for name in &names {
            places.add(IN_WAY, vec![format!("{name}~ours").into(), name.as_str().into()], &in_conflict);
            differences.push(difference(&format!("{name}~ours"), 1, 0));
            differences.push(difference(&format!("{name}~HEAD"), 0, 1));
        }
        assert!(is_inside(&places, &differences));
        differences.push(difference("d7~HEAD", 0, 2));
        assert!(!is_inside(&places, &differences));
    }

    #[test]
    fn long_path_of_many_labels_is_looked_up() {
        let long = "~".repeat(50_000);
        let paths = [long.as_str(), "d"];
        let places = places(&[(IN_WAY, &paths)], &[(&long, 1)]);
        for number in 0..1000 {
            assert!(!is_inside(&places, &[difference(&format!("{long}{number}"), 0, 2)]));
        }
    }
}
