//! Starts the git queries of a push early, so that they run while the repository is opened.
//!
//! A result is used only for exactly the query that was started. Any other query runs when it is needed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use bstr::BString;

use crate::error::Result;
use crate::git::process::command::{Answer, Git, Started};

/// Branch name that `HEAD` contains if refs are not stored in files (gitrepository-layout(5)).
const NO_BRANCH: &[u8] = b"refs/heads/.invalid";

/// Maximum input of an early query, in bytes: it fits into a pipe, so writing it never blocks.
const MAX_INPUT: usize = 32 << 10;

/// Maximum number of refs in an early query.
const MAX_REFS: usize = 512;

/// Git queries that were started early.
#[derive(Default)]
pub(in crate::git) struct Ahead {
    path: Option<(String, Started)>,
    values: Option<(Vec<BString>, Started)>,
    head: Option<Started>,
    commits: Option<(RevList, Started)>,
}

/// Arguments and input of the `git rev-list` that finds the new commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::git) struct RevList {
    /// Standard input: the tips, and the excluded oids.
    pub(in crate::git) input: String,
    /// Arguments after `--not`.
    pub(in crate::git) hidden: Vec<String>,
}

impl Ahead {
    /// Starts the queries for a key of git config and for the values of refs and of the default branch.
    pub(in crate::git) fn ask(key: &str, git_dir: &Path, mut refnames: Vec<BString>) -> Result<Self> {
        refnames.extend(branch_in_head(git_dir).ok().flatten());
        let may_ask = refnames.len() <= MAX_REFS && refnames.iter().all(|refname| refname != NO_BRANCH);
        let values = may_ask.then(|| ref_values(&refnames).start()).transpose()?;
        let path = Some((key.to_owned(), config_path(key).start()?));
        Ok(Self { path, values: values.map(|started| (refnames, started)), ..Self::default() })
    }

    /// Starts the query for the branch that `HEAD` points to.
    pub(in crate::git) fn ask_head(&mut self) -> Result<()> {
        self.head = Some(symbolic_head().start()?);
        Ok(())
    }

    /// Starts the search for new commits, unless its input is too long.
    pub(in crate::git) fn ask_commits(&mut self, question: RevList) -> Result<()> {
        if question.input.len() <= MAX_INPUT {
            let started = question.git().start_with_input(question.input.as_bytes())?;
            self.commits = Some((question, started));
        }
        Ok(())
    }

    /// Returns the answer of `git config` for the path in a key.
    pub(in crate::git) fn config_path(&mut self, key: &str) -> Result<Answer> {
        match self.path.take() {
            Some((asked, started)) if asked == key => started.answer(),
            _ => config_path(key).answer(),
        }
    }

    /// Returns the current values of refs, one per line with the refname.
    pub(in crate::git) fn ref_values(&mut self, refnames: &[BString]) -> Result<Vec<u8>> {
        match self.values.take() {
            Some((asked, started)) if asked == refnames => started.output(),
            _ => ref_values(refnames).output(),
        }
    }

    /// Returns the answer of `git symbolic-ref` for `HEAD`.
    pub(in crate::git) fn symbolic_head(&mut self) -> Result<Answer> {
        self.head.take().map_or_else(|| symbolic_head().answer(), Started::answer)
    }

    /// Returns the oids of the new commits, one per line.
    pub(in crate::git) fn commits(&mut self, question: RevList) -> Result<Vec<u8>> {
        match self.commits.take() {
            Some((asked, started)) if asked == question => started.output(),
            _ => question.git().output_with_input(question.input.into_bytes()),
        }
    }
}

impl RevList {
    fn git(&self) -> Git {
        // The tips are read later, so a missing tip is noticed. Only missing excluded objects are ignored: a
        // broken ref elsewhere excludes nothing.
        Git::new("rev-list").args(["--ignore-missing", "--stdin", "--not"]).args(&self.hidden)
    }
}

fn config_path(key: &str) -> Git {
    Git::new("config").args(["--type=path", "--get", key])
}

fn ref_values(refnames: &[BString]) -> Git {
    let git = Git::new("for-each-ref").args(["--format=%(objectname) %(refname)", "--"]);
    git.args(refnames.iter().map(|refname| OsStr::from_bytes(refname)))
}

fn symbolic_head() -> Git {
    Git::new("symbolic-ref").args(["--quiet", "HEAD"])
}

/// Returns the branch in the file `HEAD`; `None` if the file contains an oid.
pub(in crate::git) fn branch_in_head(git_dir: &Path) -> std::io::Result<Option<BString>> {
    let head = std::fs::read(git_dir.join("HEAD"))?;
    Ok(head.trim_ascii_end().strip_prefix(b"ref: ").map(BString::from))
}
