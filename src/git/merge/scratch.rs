//! Merges that git itself repeats, in a scratch repository.
//!
//! The repository is our own, without config, attributes or work tree, and reads the objects of the judged one.
//! So nothing that the judged repository or its user has configured decides a merge or is executed: no merge
//! driver, no attribute such as `merge=union`, no setting of the rename detection.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::ByteSlice as _;

use super::object_stores::alternates;
use crate::error::{Error, Result};
use crate::git::process::cleanup::ScratchDirectory;
use crate::git::{Answer, Git, Oid, Repo};
use crate::platform;

/// Settings of the scratch repository.
///
/// Those of merges are the defaults of git, which differ between its versions, but for the limit on the
/// detection of renames: its time grows with the square of their number, and the default of 7,000 allows minutes.
/// What `git fast-import` makes stays in its pack: another process would write each object to a file.
const CONFIG: &str = "\
[core]
\tbare = true
[merge]
\trenames = true
\trenameLimit = 1000
\tdirectoryRenames = conflict
[fastimport]
\tunpackLimit = 0
";

/// Bare repository in a temporary directory that reads the objects of the judged one, and those of a push.
pub(in crate::git) struct ScratchRepo {
    directory: ScratchDirectory,
    alternates: OsString,
    /// Number of branches so far.
    branches: AtomicUsize,
}

impl ScratchRepo {
    /// Creates the repository, for merges of commits with oids like `example`.
    pub(in crate::git) fn new(repo: &Repo, example: Oid) -> Result<Self> {
        let failed = |error| Error::io("cannot create a scratch repository", error);
        let directory = ScratchDirectory::new().map_err(failed)?;
        let path = directory.path();
        for name in ["objects", "refs"] {
            std::fs::create_dir(path.join(name)).map_err(failed)?;
        }
        let format = match example.hex_len() == 64 {
            true => "\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n",
            false => "\trepositoryFormatVersion = 0\n",
        };
        // git compares histories up to the same boundary as we do.
        let shallow = repo.store().shallow_commits()?.iter().map(|oid| format!("{oid}\n")).collect();
        for (name, content) in [
            ("HEAD", "ref: refs/heads/main\n".to_owned()),
            ("config", format!("{CONFIG}[core]\n{format}")),
            ("shallow", shallow),
        ] {
            if !content.is_empty() {
                std::fs::write(path.join(name), content).map_err(failed)?;
            }
        }
        let alternates = alternates(repo.common_dir(), path)?;
        Ok(Self { directory, alternates, branches: AtomicUsize::new(0) })
    }

    /// Writes a commit-graph next to the scratch objects (git-commit-graph(1)).
    ///
    /// It contains the distances of commits to the roots. If there are several merge bases, git merges them
    /// into commits without a date, and searches the whole history for the merge bases of these. Without a
    /// commit-graph, merges take longer but have the same results, so errors are ignored.
    pub(super) fn measure_history(&self, merges: &[&[Oid]]) {
        let commits = merges.iter().copied().flatten();
        let input: String = commits.map(|oid| format!("{oid}\n")).collect();
        let git = self.git("commit-graph").args(["write", "--stdin-commits", "--no-progress"]);
        drop(git.output_with_input(input.into_bytes()));
    }

    /// Returns the trees that git makes automatically of commits, in the order of the merges; `None` for a conflict.
    ///
    /// A single git process repeats all merges of two commits. If it fails, or does not support this (before
    /// 2.39), each merge is repeated by a process of its own, whose error states the cause.
    pub(super) fn merge_all(&self, merges: &[&[Oid]]) -> Result<Vec<Option<Oid>>> {
        let pairs: Vec<String> = merges.iter().filter_map(|commits| line(commits)).collect();
        let merged = if pairs.len() > 1 { self.merge_pairs(&pairs) } else { None };
        let mut merged = merged.map(Vec::into_iter);
        let each = merges.iter().map(|commits| match &mut merged {
            Some(merged) if line(commits).is_some() => merged
                .next()
                .ok_or_else(|| Error::git("unexpected output of `git merge-tree`: a merge is missing")),
            _ => self.merge(commits),
        });
        each.collect()
    }

    /// Returns the results of several merges by one git process; `None` if it does not answer all of them.
    fn merge_pairs(&self, pairs: &[String]) -> Option<Vec<Option<Oid>>> {
        let git = self.merge_tree().args(["--name-only", "--stdin", "-z"]);
        let answers = parse_answers(&git.output_with_input(pairs.concat().into_bytes()).ok()?)?;
        (answers.len() == pairs.len()).then_some(answers)
    }

    /// Returns the name of a new branch: two processes must not write to one.
    pub(super) fn new_branch(&self) -> String {
        format!("refs/heads/{}", self.branches.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes the index of the judged repository as a tree and returns its oid.
    ///
    /// `git write-tree` in the judged repository would write its index and run the hook `post-index-change`.
    pub(in crate::git) fn write_index(&self) -> Result<Oid> {
        let entries = Git::new("ls-files")
            .args(["--stage", "-z", "--full-name", ":/"])
            .env("GIT_LITERAL_PATHSPECS", "0")
            .output()?;
        let index = self.directory.path().join("index");
        let git = |name| self.git(name).env("GIT_INDEX_FILE", &index);
        git("update-index").args(["-z", "--index-info"]).output_with_input(entries)?;
        first_oid("write-tree", &git("write-tree").output()?)
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
            _ => Err(refused(&answer)),
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

    /// Creates the git command that merges without a work tree (git-merge-tree(1)).
    pub(super) fn merge_tree(&self) -> Git {
        self.git("merge-tree").args(["--write-tree", "--no-messages", "--allow-unrelated-histories"])
    }

    /// Creates a git command in the scratch repository.
    ///
    /// Without system and global config, and in an empty `HOME`: attributes have their default file there.
    pub(super) fn git(&self, subcommand: &str) -> Git {
        let directory = self.directory.path();
        let nothing = Path::new("/dev/null");
        let git = Git::elsewhere(subcommand);
        let git = if platform::ISOLATES_STORES { git } else { git.config("core.commitGraph=false") };
        git.env("GIT_DIR", directory)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.alternates)
            .env("GIT_CONFIG_GLOBAL", nothing)
            .env("GIT_CONFIG_SYSTEM", nothing)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env_remove("GIT_ATTR_SOURCE")
            .env_remove("GIT_NAMESPACE")
            .env("HOME", directory)
            .env("XDG_CONFIG_HOME", directory)
    }
}

/// Returns the input line for `git merge-tree --stdin`; `None` unless it is a merge of two commits.
fn line(commits: &[Oid]) -> Option<String> {
    let [ours, theirs] = commits else { return None };
    Some(format!("{ours} {theirs}\n"))
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

/// Returns the error for a merge that git did not try.
pub(super) fn refused(answer: &Answer) -> Error {
    let error = answer.refusal("merge-tree");
    match answer.code {
        // git before 2.38 does not know the options.
        Some(129) => error.hinted(
            "checking merges needs git 2.38 or newer, \
             or `merges: require` or `merges: skip` in section `sign-off` of the policy",
        ),
        _ => error,
    }
}

pub(super) fn first_oid(name: &str, output: &[u8]) -> Result<Oid> {
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
