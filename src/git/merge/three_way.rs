//! Three-way merges decided without git: by object ids, and by libgit2 for texts.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use memchr::memchr;

use crate::error::Result;
use crate::git::object::object_cache::ObjectCache;
use crate::git::{ObjectKind, Oid};

/// Maximum depth of nested directories compared here, and the limit of git itself.
const MAX_DEPTH: usize = 2048;

/// One value for each of the four trees of a merge; `None` where it does not exist.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct Sides<T> {
    pub(in crate::git) base: Option<T>,
    pub(in crate::git) ours: Option<T>,
    pub(in crate::git) theirs: Option<T>,
    pub(in crate::git) merged: Option<T>,
}

/// Returns true if the merged tree is certain to be what git would make of the other three.
///
/// At every path, the merged entry must be that of the only side that changed it since the base; a file
/// changed on both sides must equal the merge of the texts.
///
/// Returns false, which leaves the merge to git, if both sides changed a path in different ways or a tree is
/// not in git's order. It also returns false where git's rename detection could matter: both sides deleted a
/// path, or one side deleted a directory in which the other changed an entry.
pub(in crate::git) fn is_trivial(objects: &mut ObjectCache<'_>, sides: Sides<Oid>) -> Result<bool> {
    directory(objects, sides, 0)
}

fn directory(objects: &mut ObjectCache<'_>, sides: Sides<Oid>, depth: usize) -> Result<bool> {
    match sides.pick() {
        Some(expected) => return Ok(expected == sides.merged),
        None if depth > MAX_DEPTH => return Ok(false),
        None => {}
    }
    let data = sides.try_map(|oid| objects.get(oid, ObjectKind::Tree))?;
    let oid_len = sides.merged.map_or(0, |oid| oid.as_bytes().len());
    let trees = data.as_ref();
    let mut rest = trees.bytes();
    let mut last: Option<Key<'_>> = None;
    let mut changed = HashMap::new();
    while let Some((key, entries)) = rest.next(oid_len) {
        if last.is_some_and(|last| last >= key) {
            return Ok(false);
        }
        last = Some(key);
        if let Some(entries) = entries
            && (!entry(objects, key, entries, depth)?
                || entries.differ() && changed.insert(key.name, key.directory).is_some())
        {
            return Ok(false);
        }
    }
    // Bytes that are left could not be parsed.
    let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
    Ok(is_read && !trees.have_other_kinds(&changed, oid_len))
}

fn entry(
    objects: &mut ObjectCache<'_>,
    key: Key<'_>,
    entries: Sides<Entry<'_>>,
    depth: usize,
) -> Result<bool> {
    let Sides { base, ours, theirs, merged } = entries;
    if base.is_some() && ours.is_none() && theirs.is_none() {
        return Ok(false);
    }
    if let Some(expected) = entries.pick() {
        return Ok(expected == merged);
    }
    if ours.is_none() || theirs.is_none() || merged.is_none() {
        return Ok(false);
    }
    if !key.directory {
        return is_text_merge(objects, entries);
    }
    directory(objects, entries.and_then(|entry| Oid::from_bytes(entry.oid)), depth + 1)
}

/// Maximum size of a file that is merged here, in bytes; larger files are left to git.
const MAX_TEXT: usize = 1 << 20;

/// Returns true if a file changed on both sides equals the merge of the texts.
///
/// A match with libgit2's merge is sufficient, because that merge is as automatic as git's. Without a match,
/// git decides.
fn is_text_merge(objects: &mut ObjectCache<'_>, entries: Sides<Entry<'_>>) -> Result<bool> {
    let modes: Vec<&[u8]> = entries.all().flatten().map(|entry| entry.mode).collect();
    let plain = |mode: &&[u8]| matches!(*mode, b"100644" | b"100755") && modes.first() == Some(mode);
    if modes.len() != 4 || !modes.iter().all(plain) {
        return Ok(false);
    }
    let texts = entries
        .and_then(|entry| Oid::from_bytes(entry.oid))
        .try_map(|oid| objects.get(oid, ObjectKind::Blob))?;
    let texts = texts.as_ref().and_then(|text| is_text(text).then_some(&**text));
    let Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs), merged: Some(merged) } = texts
    else {
        return Ok(false);
    };
    let [base, ours, theirs] = [base, ours, theirs].map(|text| {
        let mut input = git2::MergeFileInput::new();
        input.content(text);
        input
    });
    // A failed merge is not an error, because git then repeats it.
    let result = git2::merge_file(&base, &ours, &theirs, None);
    Ok(result.is_ok_and(|result| result.is_automergeable() && result.content() == merged))
}

fn is_text(text: &[u8]) -> bool {
    text.len() <= MAX_TEXT && memchr(0, text).is_none()
}

/// Entry of a tree object. The mode is kept as written, because git merges modes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    mode: &'a [u8],
    name: &'a [u8],
    oid: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Splits off the first entry.
    fn split(data: &'a [u8], oid_len: usize) -> Option<(Self, &'a [u8])> {
        // A mode has at most six digits, so a byte-by-byte search is faster than starting a vectorised one.
        let (mode, rest) = data.split_at_checked(data.iter().take(8).position(|byte| *byte == b' ')?)?;
        let rest = rest.get(1..).filter(|_| mode.iter().all(u8::is_ascii_digit))?;
        let (name, rest) = rest.split_at_checked(memchr(0, rest)?)?;
        let (oid, rest) = rest.get(1..)?.split_at_checked(oid_len)?;
        Some((Self { mode, name, oid }, rest))
    }

    fn key(self) -> Key<'a> {
        Key { name: self.name, directory: self.mode == b"40000" }
    }
}

/// Sort key of git for tree entries: the name, with a slash appended for a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key<'a> {
    name: &'a [u8],
    directory: bool,
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let common = self.name.len().min(other.name.len());
        let (start, end) = self.name.split_at(common);
        let (other_start, other_end) = other.name.split_at(common);
        let next =
            |end: &[u8], key: &Self| end.first().copied().unwrap_or(if key.directory { b'/' } else { 0 });
        start.cmp(other_start).then_with(|| next(end, self).cmp(&next(other_end, other)))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Copy> Sides<T> {
    fn all(self) -> impl Iterator<Item = Option<T>> {
        [self.base, self.ours, self.theirs, self.merged].into_iter()
    }

    fn and_then<U>(self, f: impl Fn(T) -> Option<U>) -> Sides<U> {
        Sides {
            base: self.base.and_then(&f),
            ours: self.ours.and_then(&f),
            theirs: self.theirs.and_then(&f),
            merged: self.merged.and_then(&f),
        }
    }

    fn try_map<U>(self, mut f: impl FnMut(T) -> Result<U>) -> Result<Sides<U>> {
        Ok(Sides {
            base: self.base.map(&mut f).transpose()?,
            ours: self.ours.map(&mut f).transpose()?,
            theirs: self.theirs.map(&mut f).transpose()?,
            merged: self.merged.map(&mut f).transpose()?,
        })
    }
}

impl<T: Copy + PartialEq> Sides<T> {
    /// Returns the result of the merge; outer `None` if both sides changed it in different ways.
    fn pick(&self) -> Option<Option<T>> {
        if self.ours == self.theirs || self.base == self.theirs {
            Some(self.ours)
        } else if self.base == self.ours {
            Some(self.theirs)
        } else {
            None
        }
    }

    fn differ(&self) -> bool {
        self.base != self.ours || self.ours != self.theirs || self.theirs != self.merged
    }
}

impl<T> Sides<T> {
    fn as_ref(&self) -> Sides<&T> {
        Sides {
            base: self.base.as_ref(),
            ours: self.ours.as_ref(),
            theirs: self.theirs.as_ref(),
            merged: self.merged.as_ref(),
        }
    }
}

impl<'a> Sides<&'a Rc<[u8]>> {
    fn bytes(self) -> Sides<&'a [u8]> {
        self.and_then(|data| Some(&**data))
    }

    /// Returns true if a tree has a file where another tree has a changed directory, or the reverse.
    ///
    /// Entries of such a name cannot be decided one by one. `changed` maps each changed name to true for a
    /// directory.
    fn have_other_kinds(self, changed: &HashMap<&[u8], bool>, oid_len: usize) -> bool {
        if changed.is_empty() {
            return false;
        }
        self.all().flatten().any(|data| {
            let mut rest: &[u8] = data;
            while let Some((entry, after)) = Entry::split(rest, oid_len) {
                if changed.get(entry.name).is_some_and(|directory| *directory != entry.key().directory) {
                    return true;
                }
                rest = after;
            }
            false
        })
    }
}

impl<'a> Sides<&'a [u8]> {
    /// Takes the first key in git's order and its entries; no entries if all trees have the same one.
    ///
    /// Returns `None` at the end, or if a tree cannot be parsed.
    fn next(&mut self, oid_len: usize) -> Option<(Key<'a>, Option<Sides<Entry<'a>>>)> {
        if let Some(key) = self.skip_equal(oid_len) {
            return Some((key, None));
        }
        let key = self.first_key(oid_len)?;
        let entries = self.take(key, oid_len)?;
        Some((key, Some(entries)))
    }

    /// Skips an entry that comes first in all four trees and is identical in them; returns its key.
    fn skip_equal(&mut self, oid_len: usize) -> Option<Key<'a>> {
        let ours = self.ours?;
        let (entry, after) = Entry::split(ours, oid_len)?;
        let raw = ours.get(..ours.len() - after.len())?;
        let skip = |data: Option<&'a [u8]>| data?.strip_prefix(raw);
        let (base, theirs, merged) = (skip(self.base)?, skip(self.theirs)?, skip(self.merged)?);
        *self = Self { base: Some(base), ours: Some(after), theirs: Some(theirs), merged: Some(merged) };
        Some(entry.key())
    }

    /// Returns the first key in git's order.
    fn first_key(self, oid_len: usize) -> Option<Key<'a>> {
        self.all().flatten().filter_map(|data| Some(Entry::split(data, oid_len)?.0.key())).min()
    }

    /// Takes the entries with a key, which must be the first; `None` if a tree cannot be parsed.
    fn take(&mut self, key: Key<'_>, oid_len: usize) -> Option<Sides<Entry<'a>>> {
        let one = |data: &mut Option<&'a [u8]>| match data {
            Some(rest) if !rest.is_empty() => {
                let (entry, after) = Entry::split(rest, oid_len)?;
                let taken = (entry.key() == key).then_some(entry);
                if taken.is_some() {
                    *data = Some(after);
                }
                Some(taken)
            }
            _ => Some(None),
        };
        Some(Sides {
            base: one(&mut self.base)?,
            ours: one(&mut self.ours)?,
            theirs: one(&mut self.theirs)?,
            merged: one(&mut self.merged)?,
        })
    }
}
