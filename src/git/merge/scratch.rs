//! CleanMerges that git itself repeats, into a scratch object store.

use std::ffi::OsString;
use std::path::Path;

use bstr::ByteSlice as _;
use tempfile::TempDir;

use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Oid};

/// Commits to be merged by git.
#[derive(Debug)]
pub(in crate::git) struct MergeRequest {
    /// Commits to merge, one after the other.
    pub(in crate::git) commits: Vec<Oid>,
    /// The only merge base of two commits; `None` if git has to find it.
    pub(in crate::git) base: Option<Oid>,
}

/// Object store that reads from the repository and its quarantine, and writes to a temporary directory.
pub(in crate::git) struct ScratchStore {
    directory: TempDir,
    alternates: OsString,
}

impl ScratchStore {
    pub(in crate::git) fn new(common_dir: &Path) -> Result<Self> {
        let directory =
            tempfile::tempdir().map_err(|error| Error::io("cannot create a scratch object store", error))?;
        let objects = env::git_variable("GIT_OBJECT_DIRECTORY")
            .unwrap_or_else(|| common_dir.join("objects").into_os_string());
        let objects =
            std::path::absolute(objects).map_err(|error| Error::io("cannot find the object store", error))?;
        let mut alternates = quoted(&objects);
        if let Some(others) = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(":");
            alternates.push(others);
        }
        Ok(Self { directory, alternates })
    }

    /// Writes a commit-graph next to the scratch objects (git-commit-graph(1)).
    ///
    /// It contains the distances of commits to the roots. If there are several merge bases, git merges them
    /// into commits without a date, and searches the whole history for the merge bases of these. Without a
    /// commit-graph, merges take longer but have the same results, so errors are ignored.
    pub(in crate::git) fn measure_history(&self, requests: &[&MergeRequest]) {
        let commits = requests.iter().flat_map(|request| &request.commits);
        let input: String = commits.map(|oid| format!("{oid}\n")).collect();
        let git = self.git("commit-graph").args(["write", "--stdin-commits", "--no-progress"]);
        drop(git.output_with_input(input.into_bytes()));
    }

    /// Returns the trees that git makes automatically, in the order of the requests; `None` for a conflict.
    ///
    /// A single git process repeats all merges of two commits. If it fails, or does not support this (before
    /// 2.40), each merge is repeated by a process of its own, whose error states the cause.
    pub(in crate::git) fn merge_all(&self, requests: &[&MergeRequest]) -> Result<Vec<Option<Oid>>> {
        let pairs: Vec<String> = requests.iter().filter_map(|request| request.line()).collect();
        let merged = if pairs.len() > 1 { self.merge_pairs(&pairs) } else { None };
        let mut merged = merged.map(Vec::into_iter);
        let each = requests.iter().map(|request| match &mut merged {
            Some(merged) if request.line().is_some() => merged
                .next()
                .ok_or_else(|| Error::git("unexpected output of `git merge-tree`: a merge is missing")),
            _ => self.merge(&request.commits),
        });
        each.collect()
    }

    /// Returns the results of several merges by one git process; `None` if it does not answer all of them.
    fn merge_pairs(&self, pairs: &[String]) -> Option<Vec<Option<Oid>>> {
        let git = self.merge_tree().args(["--name-only", "--stdin", "-z"]);
        let answers = parse_answers(&git.output_with_input(pairs.concat().into_bytes()).ok()?)?;
        (answers.len() == pairs.len()).then_some(answers)
    }

    /// Writes the index as a tree and returns its oid.
    pub(in crate::git) fn write_index(&self) -> Result<Oid> {
        first_oid("write-tree", &self.git("write-tree").output()?)
    }

    /// Returns the tree that git makes of commits automatically; `None` for a conflict.
    ///
    /// More than two commits are merged one after the other.
    pub(in crate::git) fn merge(&self, commits: &[Oid]) -> Result<Option<Oid>> {
        let Some((first, others)) = commits.split_first() else { return Ok(None) };
        let (mut merged, mut tree) = (*first, None);
        for (number, other) in others.iter().enumerate() {
            if number > 0
                && let Some(tree) = tree
            {
                merged = self.commit(tree, commits.get(..=number).unwrap_or_default())?;
            }
            tree = self.merge_two(merged, *other)?;
            if tree.is_none() {
                return Ok(None);
            }
        }
        Ok(tree)
    }

    fn merge_two(&self, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
        let answer = self.merge_tree().arg(ours.to_string()).arg(theirs.to_string()).answer()?;
        match answer.code {
            Some(0) => Ok(Some(first_oid("merge-tree", &answer.stdout)?)),
            Some(1) => Ok(None),
            _ => Err(answer.refusal("merge-tree").hinted(
                "checking merges needs git 2.38 or newer, \
                 or `merges: require` or `merges: skip` in section `sign-off` of the policy",
            )),
        }
    }

    /// Creates a commit of the merges so far, as one side of the next merge.
    fn commit(&self, tree: Oid, parents: &[Oid]) -> Result<Oid> {
        let mut git = self.git("commit-tree").arg(tree.to_string()).args(["-m", "merge"]);
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            git = git.env(name, "git-gate");
        }
        for parent in parents {
            git = git.arg("-p").arg(parent.to_string());
        }
        first_oid("commit-tree", &git.output()?)
    }

    fn merge_tree(&self) -> Git {
        self.git("merge-tree").args(["--write-tree", "--no-messages", "--allow-unrelated-histories"])
    }

    fn git(&self, subcommand: &str) -> Git {
        Git::new(subcommand)
            .env("GIT_OBJECT_DIRECTORY", self.directory.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.alternates)
    }
}

impl MergeRequest {
    /// Returns the input line for `git merge-tree --stdin`; `None` unless it is a merge of two commits.
    fn line(&self) -> Option<String> {
        let [ours, theirs] = self.commits.as_slice() else { return None };
        Some(match self.base {
            Some(base) => format!("{base} -- {ours} {theirs}\n"),
            None => format!("{ours} {theirs}\n"),
        })
    }
}

/// Parses the output of `git merge-tree --stdin`; `None` if it is malformed.
///
/// For each merge: a flag (1 if clean), the tree, the paths in conflict, and an empty field.
fn parse_answers(output: &[u8]) -> Option<Vec<Option<Oid>>> {
    let mut fields = output.strip_suffix(b"\0")?.split(|byte| *byte == 0);
    let mut answers = Vec::new();
    while let Some(status) = fields.next() {
        let tree = Oid::from_hex(fields.next()?)?;
        let paths = fields.by_ref().take_while(|path| !path.is_empty()).count();
        answers.push(match status {
            b"1" if paths == 0 => Some(tree),
            b"0" => None,
            _ => return None,
        });
    }
    Some(answers)
}

/// Quotes a path for a colon-separated list (git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`).
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy();
    if !text.contains([':', '"', '\\']) {
        return path.as_os_str().to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")).into()
}

fn first_oid(name: &str, output: &[u8]) -> Result<Oid> {
    let line = output.lines().next().unwrap_or_default();
    Oid::from_hex(line).ok_or_else(|| Error::git(format!("unexpected output of `git {name}`: not an oid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    #[test]
    fn only_a_clean_merge_gives_a_tree() {
        let output = format!("1\0{OID}\0\x000\0{OID}\0a\0b c\0\x001\0{OID}\0\0");
        let tree = Oid::from_hex(OID.as_bytes());
        assert_eq!(parse_answers(output.as_bytes()), Some(vec![tree, None, tree]));
    }

    #[test]
    fn malformed_answers_are_none() {
        for output in [
            String::new(),
            "1\0".into(),
            "1\0x\0\0".into(),
            format!("2\0{OID}\0\0"),
            format!("1\0{OID}\0a\0\0"),
            format!("1\0{OID}"),
        ] {
            assert_eq!(parse_answers(output.as_bytes()), None, "{output:?}");
        }
    }
}
