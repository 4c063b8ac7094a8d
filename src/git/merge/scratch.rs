//! CleanMerges that git itself repeats, into a scratch object store.

use std::ffi::OsString;
use std::path::Path;

use bstr::ByteSlice as _;
use tempfile::TempDir;

use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Oid, Repo};

/// Commits that git is to merge.
#[derive(Debug)]
pub(in crate::git) struct Request {
    /// What is merged, one after the other.
    pub(in crate::git) commits: Vec<Oid>,
    /// The one merge base of two commits; none where git has to find it.
    pub(in crate::git) base: Option<Oid>,
}

/// An object store that reads from the repository and its quarantine, and writes elsewhere.
pub(in crate::git) struct Scratch {
    directory: TempDir,
    alternates: OsString,
}

impl Scratch {
    pub(in crate::git) fn new(repo: &Repo) -> Result<Self> {
        let directory =
            tempfile::tempdir().map_err(|error| Error::io("cannot make a scratch object store", error))?;
        let objects = env::git_variable("GIT_OBJECT_DIRECTORY")
            .unwrap_or_else(|| repo.common_dir().join("objects").into_os_string());
        let objects = std::path::absolute(objects)
            .map_err(|error| Error::io("the object store cannot be found", error))?;
        let mut alternates = quoted(&objects);
        if let Some(others) = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(":");
            alternates.push(others);
        }
        Ok(Self { directory, alternates })
    }

    /// Has git write down, beside the scratch objects, how far commits are from the roots (git-commit-graph(1)). Of several
    /// merge bases it makes commits without a date, whose own merge bases it otherwise looks for in all of history.
    ///
    /// Where git does not do it, merges take longer and come out the same.
    pub(in crate::git) fn measure_history(&self, requests: &[&Request]) {
        let commits = requests.iter().flat_map(|request| &request.commits);
        let input: String = commits.map(|oid| format!("{oid}\n")).collect();
        let git = self.git("commit-graph").args(["write", "--stdin-commits", "--no-progress"]);
        drop(git.output_with_input(input.into_bytes()));
    }

    /// The trees that git makes by itself, in the order of the requests; none where it cannot.
    ///
    /// One git repeats all merges of two commits. Where it does not know how to (before 2.40), or fails, each is repeated
    /// by a git of its own, whose error then names what is wrong.
    pub(in crate::git) fn merge_all(&self, requests: &[&Request]) -> Result<Vec<Option<Oid>>> {
        let pairs: Vec<String> = requests.iter().filter_map(|request| request.line()).collect();
        let merged = if pairs.len() > 1 { self.merge_pairs(&pairs) } else { None };
        let mut merged = merged.map(Vec::into_iter);
        let each = requests.iter().map(|request| match &mut merged {
            Some(merged) if request.line().is_some() => {
                merged.next().ok_or_else(|| Error::git("`git merge-tree` has left out a merge"))
            }
            _ => self.merge(&request.commits),
        });
        each.collect()
    }

    /// The answers of one git to many merges; none when it does not answer all of them.
    fn merge_pairs(&self, pairs: &[String]) -> Option<Vec<Option<Oid>>> {
        let git = self.merge_tree().args(["--name-only", "--stdin", "-z"]);
        let answers = parse_answers(&git.output_with_input(pairs.concat().into_bytes()).ok()?)?;
        (answers.len() == pairs.len()).then_some(answers)
    }

    /// The tree that the index holds.
    pub(in crate::git) fn write_index(&self) -> Result<Oid> {
        first_oid("write-tree", &self.git("write-tree").output()?)
    }

    /// The tree that git makes of commits by itself; none where it cannot. More than two are merged one after the
    /// other.
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
                "to judge merges, git 2.38 or newer is needed; \
                 with `merges: require` or `merges: skip` in the policy no merge has to be repeated",
            )),
        }
    }

    /// A commit that stands for what has been merged so far.
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

impl Request {
    /// How `git merge-tree --stdin` is asked for it; none unless it is a merge of two commits.
    fn line(&self) -> Option<String> {
        let [ours, theirs] = self.commits.as_slice() else { return None };
        Some(match self.base {
            Some(base) => format!("{base} -- {ours} {theirs}\n"),
            None => format!("{ours} {theirs}\n"),
        })
    }
}

/// Reads what `git merge-tree --stdin` says of each merge: whether it is clean, the tree, the paths in conflict, and
/// an empty field. None when it says anything else.
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

/// A path as an element of a list that colons part (git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`).
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy();
    if !text.contains([':', '"', '\\']) {
        return path.as_os_str().to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")).into()
}

fn first_oid(name: &str, output: &[u8]) -> Result<Oid> {
    let line = output.lines().next().unwrap_or_default();
    Oid::from_hex(line).ok_or_else(|| Error::git(format!("`git {name}` said something else than an oid")))
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
    fn an_answer_of_another_shape_is_none() {
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
