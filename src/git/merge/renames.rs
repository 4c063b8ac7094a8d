//! Renames that git may find in a merge, and that may change its result.
//!
//! git looks for a new path of a file on the side that has deleted it, if the other side has not left it as it was.
//! Files that are unlike each other are no rename. Whatever else may be one is left to git.

use std::collections::{HashMap, HashSet};

use super::objects::MergeObjects;
use super::sides::{Entry, Key, MAX_DEPTH, Sides, UNKNOWN_MODE};
use super::similarity::{Compared, IS_RENAMED, MAY_BE_RENAMED, Similarities, are_too_unequal};
use super::touched::{RenamedFile, Touch, TouchedPaths};
use crate::error::Result;
use crate::git::{ObjectKind, Oid};

/// Maximum number of pairs of a deleted and an added file that are compared.
const MAX_PAIRS: usize = 1 << 14;

/// Search for renames in one merge.
pub(super) struct Renames<'r, 's> {
    objects: &'r mut MergeObjects<'s>,
    similarities: &'r mut Similarities,
    /// Files that ours or theirs has deleted, and that the other side has not left as they were.
    sources: [Vec<Source>; 2],
    /// Path of the directory that is searched, with a slash at its end; empty for the root.
    directory: Vec<u8>,
    /// True for a merge of merge bases, in which git looks for no renamed directories.
    is_of_bases: bool,
    /// True if something was found that may be a rename and touches more than two paths.
    is_possible: bool,
}

/// A file of a tree.
#[derive(Debug, Clone)]
struct File {
    path: Vec<u8>,
    mode: Vec<u8>,
    /// `None` if the content is not known.
    oid: Option<Oid>,
    /// False for symbolic links and submodules, which are renamed only as they are.
    is_regular: bool,
}

/// A file of the base that a side has deleted.
#[derive(Debug, Clone)]
struct Source {
    file: File,
    /// True if it is a regular file wherever it exists, and known.
    is_plain: bool,
    /// Version of the side that has not deleted it: mode and oid.
    other: Option<(Vec<u8>, Oid)>,
}

/// A file that a side has added.
#[derive(Debug)]
struct Added {
    file: File,
    /// True if the other side has something there, too.
    is_shared: bool,
}

/// Files that a side has added or deleted.
#[derive(Default)]
struct Moves {
    added: Vec<Added>,
    deleted: Vec<File>,
}

/// Pairs of files that may be renames.
#[derive(Default)]
struct Pairs {
    all: Vec<Pair>,
    /// Number of pairs of each source, and of each added file.
    of_source: HashMap<usize, usize>,
    of_added: HashMap<usize, usize>,
}

/// A deleted and an added file, by their numbers.
struct Pair {
    source: usize,
    added: usize,
    likeness: Likeness,
}

/// Similarity of two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// Neither is a renamed version of the other for git.
    Unlike,
    /// It may be.
    Alike,
    /// It is, unless another file is alike, too.
    Close,
}

impl<'r, 's> Renames<'r, 's> {
    pub(super) fn new(objects: &'r mut MergeObjects<'s>, similarities: &'r mut Similarities) -> Self {
        Self {
            objects,
            similarities,
            sources: Default::default(),
            directory: Vec::new(),
            is_of_bases: false,
            is_possible: false,
        }
    }

    /// Returns true if a rename may change the result of the merge of trees.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn may_matter(mut self, trees: Sides<Oid>) -> Result<bool> {
        for (sources, moves) in self.moves(trees)? {
            for (source, added) in
                sources.iter().flat_map(|one| moves.added.iter().map(move |other| (one, other)))
            {
                if self.likeness(&source.file, &added.file)? != Likeness::Unlike {
                    return Ok(true);
                }
            }
        }
        Ok(self.is_possible)
    }

    /// Returns the paths that renames change, or may change, in a merge of merge bases; `None` if they cannot be told.
    ///
    /// git looks for no renamed directories there, so a rename touches two paths: where the file was, and where it is.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn touched(mut self, trees: Sides<Oid>) -> Result<Option<TouchedPaths>> {
        self.is_of_bases = true;
        let mut touched = TouchedPaths::default();
        for (is_ours, (sources, moves)) in [true, false].into_iter().zip(self.moves(trees)?) {
            let pairs = self.alike(&sources, &moves.added)?;
            let is_alone = |pair: &Pair| {
                pairs.of_source.get(&pair.source) == Some(&1) && pairs.of_added.get(&pair.added) == Some(&1)
            };
            for pair in &pairs.all {
                let (Some(source), Some(added)) = (sources.get(pair.source), moves.added.get(pair.added))
                else {
                    continue;
                };
                let is_certain = pair.likeness == Likeness::Close
                    && is_alone(pair)
                    && self.is_only_source(source, added, &moves.deleted)?;
                match source.renamed(added, is_ours).filter(|_| is_certain) {
                    Some(renamed) => {
                        touched.add(&source.file.path, Touch::Gone);
                        touched.add(&added.file.path, Touch::Renamed(renamed));
                    }
                    None => {
                        // If nothing is renamed, the version of the base wins over a change, or both have deleted it.
                        let is_plain = source.is_plain;
                        let left = if is_plain { Touch::AbsentOrBase } else { Touch::Anything };
                        touched.add(&source.file.path, left);
                        touched.add(&added.file.path, Touch::Anything);
                    }
                }
            }
        }
        Ok((!self.is_possible).then_some(touched))
    }

    /// Finds the pairs of files that may be renames.
    fn alike(&mut self, sources: &[Source], added: &[Added]) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        for (number, source) in sources.iter().enumerate() {
            for (other, added) in added.iter().enumerate() {
                let likeness = self.likeness(&source.file, &added.file)?;
                if likeness != Likeness::Unlike {
                    pairs.all.push(Pair { source: number, added: other, likeness });
                    *pairs.of_source.entry(number).or_default() += 1;
                    *pairs.of_added.entry(other).or_default() += 1;
                }
            }
        }
        Ok(pairs)
    }

    /// Finds the files that ours and theirs have deleted, if that matters, and all that they have added or deleted.
    fn moves(&mut self, trees: Sides<Oid>) -> Result<[(Vec<Source>, Moves); 2]> {
        self.find_sources(trees, 0)?;
        let Sides { base, ours, theirs, .. } = trees;
        let mut found: [(Vec<Source>, Moves); 2] =
            std::mem::take(&mut self.sources).map(|sources| (sources, Moves::default()));
        for ((sources, moves), (side, other)) in found.iter_mut().zip([(ours, theirs), (theirs, ours)]) {
            if sources.is_empty() || self.is_possible {
                continue;
            }
            self.find_moves(Sides { base, ours: side, theirs: other, merged: other }, moves, 0)?;
            let deleted: HashSet<Oid> = moves.deleted.iter().filter_map(|file| file.oid).collect();
            // With a renamed directory, git may take for the source what the other side has left as it was.
            let mut shared = moves.added.iter().filter(|added| added.is_shared && !self.is_of_bases);
            self.is_possible |= shared.any(|added| added.file.oid.is_some_and(|oid| deleted.contains(&oid)));
            self.is_possible |= sources.len().saturating_mul(moves.added.len()) > MAX_PAIRS;
        }
        if self.is_possible {
            return Ok(Default::default());
        }
        Ok(found)
    }

    /// Returns true if no other file that the side has deleted is like an added file.
    fn is_only_source(&mut self, source: &Source, added: &Added, deleted: &[File]) -> Result<bool> {
        if deleted.len() > MAX_PAIRS.isqrt() {
            return Ok(false);
        }
        for other in deleted.iter().filter(|file| file.path != source.file.path) {
            if self.likeness(other, &added.file)? != Likeness::Unlike {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn likeness(&mut self, source: &File, added: &File) -> Result<Likeness> {
        let (Some(one), Some(other)) = (source.oid, added.oid) else { return Ok(Likeness::Alike) };
        let are_regular = source.is_regular && added.is_regular;
        // In the last merge it does not matter how much they are alike, so an equal file need not be there.
        if !are_regular || one == other && !self.is_of_bases {
            return Ok(if one == other { Likeness::Alike } else { Likeness::Unlike });
        }
        let [first, second] =
            [one, other].map(|oid| Compared { oid, is_lasting: !self.objects.is_made(oid) });
        if !self.similarities.is_known(first, second)
            && let Some((one, other)) = self.objects.size(one).zip(self.objects.size(other))
            && are_too_unequal(one, other)
        {
            return Ok(Likeness::Unlike);
        }
        let read = &mut |oid| self.objects.get(oid, ObjectKind::Blob);
        Ok(match self.similarities.percent(first, second, read)? {
            Some(IS_RENAMED..) => Likeness::Close,
            Some(MAY_BE_RENAMED..) | None => Likeness::Alike,
            // An empty file is like none, and none for git.
            Some(_) if one == other => Likeness::Alike,
            Some(_) => Likeness::Unlike,
        })
    }

    /// Finds files of the base that a side has deleted, if what the other side has made of them matters.
    fn find_sources(&mut self, trees: Sides<Oid>, depth: usize) -> Result<()> {
        let Sides { base, ours, theirs, .. } = trees;
        if base.is_none() || base == ours || base == theirs {
            return Ok(());
        }
        let is_removed = ours.is_none() != theirs.is_none();
        self.each_entry(Sides { merged: theirs, ..trees }, depth, |search, key, entries| {
            // The directory may have been moved, and what the other side has added to it moves along.
            let may_be_added = entries.base.is_none_or(Entry::is_unknown);
            search.is_possible |= is_removed && may_be_added && !search.is_of_bases;
            let (Some(base), ours, theirs) = (entries.base, entries.ours, entries.theirs) else {
                return Ok(());
            };
            if key.directory {
                return search.find_sources(entries.and_then(Entry::oid), depth + 1);
            }
            let changed = |side: Option<Entry<'_>>| side != Some(base);
            let may_lack = |side: Option<Entry<'_>>| side.is_none_or(Entry::is_unknown);
            let is_source = [may_lack(ours) && changed(theirs), may_lack(theirs) && changed(ours)];
            if is_source.contains(&true) {
                let is_plain = [ours, theirs].into_iter().flatten().all(Entry::is_file) && base.is_file();
                let other = ours.or(theirs).filter(|_| ours.is_none() != theirs.is_none() && is_plain);
                let other = other.and_then(|other| Some((other.mode.to_vec(), other.oid()?)));
                let source = Source { file: search.file(key, base), is_plain, other };
                for (sources, _) in
                    search.sources.iter_mut().zip(is_source).filter(|(_, is_source)| *is_source)
                {
                    sources.push(source.clone());
                }
            }
            Ok(())
        })
    }

    /// Finds what a side, given as ours, has added or deleted.
    fn find_moves(&mut self, trees: Sides<Oid>, moves: &mut Moves, depth: usize) -> Result<()> {
        if trees.base == trees.ours {
            return Ok(());
        }
        self.each_entry(trees, depth, |search, key, entries| {
            if key.directory {
                return search.find_moves(entries.and_then(Entry::oid), moves, depth + 1);
            }
            let (base, ours) = (entries.base, entries.ours);
            if let Some(added) = ours.filter(|_| base.is_none_or(Entry::is_unknown)) {
                let file = search.file(key, added);
                moves.added.push(Added { file, is_shared: entries.theirs.is_some() });
            }
            if let Some(deleted) = base.filter(|_| ours.is_none_or(Entry::is_unknown)) {
                moves.deleted.push(search.file(key, deleted));
            }
            Ok(())
        })
    }

    /// Passes each entry that differs between trees to a closure.
    fn each_entry(
        &mut self,
        trees: Sides<Oid>,
        depth: usize,
        mut visit: impl FnMut(&mut Self, Key<'_>, Sides<Entry<'_>>) -> Result<()>,
    ) -> Result<()> {
        if self.is_possible || depth > MAX_DEPTH {
            self.is_possible = true;
            return Ok(());
        }
        let mut is_known = true;
        let data = trees.try_map(|oid| {
            let tree = self.objects.get(oid, ObjectKind::Tree)?;
            is_known &= tree.is_some();
            Ok(tree.unwrap_or_default())
        })?;
        let oid_len = trees.all().flatten().next().map_or(0, |oid| oid.as_bytes().len());
        let mut rest = data.as_ref().bytes();
        let start = self.directory.len();
        let mut last = None;
        while is_known {
            // A rename is looked for by git, if a tree is not as git writes it.
            is_known = rest.skip_equal(oid_len, &mut last).is_some();
            let Some((key, entries)) = rest.next(oid_len).filter(|_| is_known) else { break };
            last = Some(key);
            if key.directory {
                self.directory.extend_from_slice(key.name);
                self.directory.push(b'/');
            }
            visit(self, key, entries)?;
            self.directory.truncate(start);
        }
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        self.is_possible |= !is_known || !is_read;
        Ok(())
    }

    /// Returns a file of the directory that is searched.
    fn file(&self, key: Key<'_>, entry: Entry<'_>) -> File {
        let path = [self.directory.as_slice(), key.name].concat();
        let is_unknown = entry.is_unknown();
        let oid = match is_unknown {
            true => entry.oid().and_then(|oid| self.objects.content_if_any(oid)),
            false => entry.oid(),
        };
        File { path, mode: entry.mode.to_vec(), oid, is_regular: is_unknown || entry.is_file() }
    }
}

impl Source {
    /// Returns the merge if an added file is this one renamed; `None` if more than the texts decides it.
    fn renamed(&self, added: &Added, is_ours: bool) -> Option<RenamedFile> {
        let is_known = ![&self.file, &added.file].iter().any(|file| file.mode == UNKNOWN_MODE);
        if !is_known || added.is_shared || !added.file.is_regular {
            return None;
        }
        let (other_mode, other) = self.other.clone()?;
        let side = (added.file.mode.clone(), added.file.oid?);
        let ((our_mode, ours), (their_mode, theirs)) =
            if is_ours { (side, (other_mode, other)) } else { ((other_mode, other), side) };
        let mode = if our_mode == self.file.mode { their_mode } else { our_mode };
        Some(RenamedFile { mode, base: self.file.oid?, ours, theirs })
    }
}
