//! Summary of all objects in packs, computed before a walk reads them one by one.

use std::sync::atomic::{AtomicBool, Ordering};

use super::PackVisitor;
use super::blobs::ReachedBlobs;
use super::clean_blobs::{Bits, CleanBlobs};
use super::fingerprints::TreeFingerprints;
use super::per_object::PerObject;
use super::traverse::ByKind;
use super::trees::{NOTHING, TreeReader};
use crate::git::object::oid::OidSet;
use crate::git::pack::packs::Packs;
use crate::git::{ObjectKind, Oid, Older};
use crate::parallel::Batches;

/// Summary of the objects in packs.
///
/// It only saves work: objects that it does not cover are read as usual.
pub(crate) struct PackSummary {
    packs: Packs,
    is_always_checked: fn(&[u8]) -> bool,
    /// `None` if only commits were visited.
    content: Option<Content>,
}

/// Summary of blobs and trees.
struct Content {
    is_clean: PerObject<AtomicBool>,
    fingerprints: TreeFingerprints,
    blobs: ReachedBlobs,
}

/// Called with the size of every visited object, in bytes.
type Progress<'p> = &'p (dyn Fn(usize) + Sync);

impl PackSummary {
    /// Visits every object of packs once: commits, then blobs, then trees.
    ///
    /// `is_always_checked` returns true for the names of files and directories that have to be checked,
    /// directories with everything below them, regardless of their content. The blobs of packs in `known` are not visited.
    ///
    /// Returns `None` if an object cannot be read; what the visitor has seen so far then proves nothing.
    pub(crate) fn of(
        packs: Packs,
        visitor: &impl PackVisitor,
        is_always_checked: fn(&[u8]) -> bool,
        known: Option<&CleanBlobs>,
        progress: Progress<'_>,
    ) -> Option<Self> {
        let by_kind = ByKind::of(&packs)?;
        let pass_on = |commits| visitor.commits(commits);
        let mut commits = Batches::new(&pass_on);
        by_kind.each(ObjectKind::Commit, move |commit, _| {
            progress(commit.data.len());
            commits.add((commit.oid, commit.data.into()));
        })?;
        let content = match visitor.judged_trees(packs.count()) {
            Some(trees) => {
                let is_clean = visit_blobs(&packs, &by_kind, visitor, known, progress)?;
                let reader = TreeReader::new(&packs, is_always_checked, &is_clean);
                let (fingerprints, blobs) = read_trees(&packs, &by_kind, reader, &trees, progress)?;
                Some(Content { is_clean, fingerprints, blobs })
            }
            None => None,
        };
        drop(by_kind);
        Some(Self { packs, is_always_checked, content })
    }

    /// Returns true if a blob needs no further check.
    pub(crate) fn is_clean(&self, blob: Oid) -> bool {
        self.find(blob).is_some_and(|(content, at)| content.is_clean[at].load(Ordering::Relaxed))
    }

    /// Returns true if an older tree vouches for the relevant entries below a tree.
    ///
    /// `older` has the trees at the same path. Trees with the same relevant entries count as equal. Without
    /// older trees, and for a merge, returns true too if there are no relevant entries.
    pub(crate) fn is_as_before(&self, tree: Oid, older: &Older<Option<Oid>>) -> bool {
        let fingerprint = |tree| self.find(tree).and_then(|(content, at)| content.fingerprints.get(at));
        let Some(own) = fingerprint(tree) else { return false };
        if own == NOTHING && older.parents().len() != 1 {
            return true;
        }
        // A tree without a fingerprint equals only itself.
        let content = |tree: Oid| fingerprint(tree).ok_or(tree);
        older.map(|tree| tree.map(content)).vouch(&Ok(own))
    }

    /// Returns true if a file or directory has to be checked because of its name.
    ///
    /// Fingerprints do not cover the entries below such a directory.
    pub(in crate::git) fn is_always_checked(&self, name: &[u8]) -> bool {
        (self.is_always_checked)(name)
    }

    /// Returns the number of distinct blobs that the judged commits reach and a walk has not visited.
    ///
    /// The walk must have visited all changes but those that this summary allows it to skip.
    pub(crate) fn count_unvisited(&self, visited: &OidSet) -> usize {
        let is_reached =
            |blob: &&Oid| self.find(**blob).is_some_and(|(content, at)| content.blobs.contain(at));
        let visited = visited.iter().filter(is_reached).count();
        self.content.as_ref().map_or(0, |content| content.blobs.count() - visited)
    }

    fn find(&self, oid: Oid) -> Option<(&Content, u32)> {
        let content = self.content.as_ref()?;
        Some((content, self.packs.position(oid)?))
    }
}

/// Visits all blobs but those of known packs; returns for each object whether it is a clean blob.
fn visit_blobs(
    packs: &Packs,
    by_kind: &ByKind<'_>,
    visitor: &impl PackVisitor,
    known: Option<&CleanBlobs>,
    progress: Progress<'_>,
) -> Option<PerObject<AtomicBool>> {
    let needed = visitor.needs_blobs();
    let is_clean = PerObject::new(packs, || AtomicBool::new(!needed));
    for blobs in by_kind.packs.iter().filter(|_| needed) {
        let (pack, objects) = (blobs.pack, 0..blobs.pack.index.num_objects());
        if let Some(bits) = known.and_then(|known| known.of(pack)) {
            for number in objects {
                is_clean[pack.first + number].store(bits.get(number), Ordering::Relaxed);
            }
            (0..blobs.count(ObjectKind::Blob)).for_each(|_| progress(0));
            continue;
        }
        blobs.each(ObjectKind::Blob, |blob, base| {
            progress(blob.data.len());
            let (clean, state) = visitor.blob(blob.data, base);
            is_clean[blob.position].store(clean, Ordering::Relaxed);
            state
        })?;
        if let Some(known) = known {
            let clean = |number| is_clean[pack.first + number].load(Ordering::Relaxed);
            known.keep(pack, &Bits::collect(objects.map(clean)));
        }
    }
    Some(is_clean)
}

/// Reads all trees. Returns the fingerprints and the blobs of those that the judged trees reach.
fn read_trees(
    packs: &Packs,
    by_kind: &ByKind<'_>,
    reader: TreeReader<'_>,
    judged: &[Oid],
    progress: Progress<'_>,
) -> Option<(TreeFingerprints, ReachedBlobs)> {
    let (shared, keep) = (&reader, |trees| reader.keep(trees));
    let mut trees = Batches::new(&keep);
    by_kind.each(ObjectKind::Tree, move |tree, base| {
        progress(tree.data.len());
        let (entries, tree) = shared.read(tree, base);
        tree.into_iter().for_each(|tree| trees.add(tree));
        entries
    })?;
    let graph = reader.finish();
    let roots = judged.iter().filter_map(|tree| packs.position(*tree));
    let fingerprints = TreeFingerprints::of(packs, &graph, roots);
    let blobs = ReachedBlobs::of(packs, &graph, &fingerprints);
    Some((fingerprints, blobs))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::git::pack::delta::DeltaBase;
    use crate::git::{CleanBlobs, Git};

    /// Counts the blobs that it visits; those with a 7 are not clean.
    struct Counting(AtomicUsize);

    impl PackVisitor for Counting {
        type State = ();

        fn commits(&self, _: Vec<(Oid, Box<[u8]>)>) {}

        fn judged_trees(&self, _: usize) -> Option<Vec<Oid>> {
            Some(Vec::new())
        }

        fn needs_blobs(&self) -> bool {
            true
        }

        fn blob(&self, blob: &[u8], _: Option<DeltaBase<'_, ()>>) -> (bool, ()) {
            self.0.fetch_add(1, Ordering::Relaxed);
            (!blob.contains(&b'7'), ())
        }
    }

    #[test]
    fn blobs_of_known_packs_are_not_visited() {
        let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let git = |arguments: &[&str], input: String| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            String::from_utf8(git.output_with_input(input.into()).unwrap()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], String::new());
        let blobs = |numbers: std::ops::Range<u32>| {
            let blobs = numbers.map(|number| format!("blob\ndata 4\n{number}\n")).collect();
            git(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], blobs);
        };
        let known = CleanBlobs::new(kept.path().to_owned());
        // The second time there is a pack that is not known.
        for (new, visited) in [(1000..1200, 200), (2000..2100, 100), (0..0, 0)] {
            blobs(new);
            let (visitor, progress) = (Counting(AtomicUsize::new(0)), AtomicUsize::new(0));
            let packs = Packs::open(&[folder.path().join("objects")]);
            let count = packs.count();
            let read = |_| _ = progress.fetch_add(1, Ordering::Relaxed);
            let summary = PackSummary::of(packs, &visitor, |_| false, Some(&known), &read).unwrap();
            assert_eq!(visitor.0.into_inner(), visited);
            assert_eq!(progress.into_inner(), count, "each object counts");
            let list = ["cat-file", "--batch-all-objects", "--batch=%(objectname)"];
            let listing = git(&list, String::new());
            for blob in listing.lines().collect::<Vec<_>>().chunks(2) {
                let oid = Oid::from_hex(blob[0].as_bytes()).unwrap();
                assert_eq!(summary.is_clean(oid), !blob[1].contains('7'));
            }
        }
    }
}
