//! What git will be asked in a push, asked before anything else is done: it answers while the repository is opened and read.
//!
//! An answer counts only for exactly the question that was put. Any other question is asked when it comes up.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use bstr::BString;

use crate::error::Result;
use crate::git::process::command::{Answer, Git, Started};

/// A name of a branch that stands in `HEAD` where refs are not in files (gitrepository-layout(5)).
const NO_BRANCH: &[u8] = b"refs/heads/.invalid";

/// How much is sure to fit into a pipe: nobody waits for git to read it.
const MAX_INPUT: usize = 32 << 10;

/// How many refs are asked for ahead.
const MAX_REFS: usize = 512;

/// Questions that git was asked ahead.
#[derive(Default)]
pub(in crate::git) struct Ahead {
    path: Option<(String, Started)>,
    values: Option<(Vec<BString>, Started)>,
    head: Option<Started>,
    commits: Option<(RevList, Started)>,
}

/// The question which commits are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::git) struct RevList {
    /// What `git rev-list` reads: the tips, and what is hidden by its oid.
    pub(in crate::git) input: String,
    /// Its arguments behind `--not`.
    pub(in crate::git) hidden: Vec<String>,
}

impl Ahead {
    /// Asks what a key of git config is set to, and what some refs and then the default branch are now.
    pub(in crate::git) fn ask(key: &str, git_dir: &Path, mut refnames: Vec<BString>) -> Result<Self> {
        refnames.extend(branch_in_head(git_dir).ok().flatten());
        let may_ask = refnames.len() <= MAX_REFS && refnames.iter().all(|refname| refname != NO_BRANCH);
        let values = may_ask.then(|| ref_values(&refnames).start()).transpose()?;
        let path = Some((key.to_owned(), config_path(key).start()?));
        Ok(Self { path, values: values.map(|started| (refnames, started)), ..Self::default() })
    }

    /// Asks which branch `HEAD` stands for.
    pub(in crate::git) fn ask_head(&mut self) -> Result<()> {
        self.head = Some(symbolic_head().start()?);
        Ok(())
    }

    /// Asks which commits are new.
    pub(in crate::git) fn ask_commits(&mut self, question: RevList) -> Result<()> {
        if question.input.len() <= MAX_INPUT {
            let started = question.git().start_with_input(question.input.as_bytes())?;
            self.commits = Some((question, started));
        }
        Ok(())
    }

    /// What a key of git config is set to.
    pub(in crate::git) fn config_path(&mut self, key: &str) -> Result<Answer> {
        match self.path.take() {
            Some((asked, started)) if asked == key => started.answer(),
            _ => config_path(key).answer(),
        }
    }

    /// What refs are now, one in each line.
    pub(in crate::git) fn ref_values(&mut self, refnames: &[BString]) -> Result<Vec<u8>> {
        match self.values.take() {
            Some((asked, started)) if asked == refnames => started.output(),
            _ => ref_values(refnames).output(),
        }
    }

    /// Which branch `HEAD` stands for.
    pub(in crate::git) fn symbolic_head(&mut self) -> Result<Answer> {
        self.head.take().map_or_else(|| symbolic_head().answer(), Started::answer)
    }

    /// Which commits are new, one in each line.
    pub(in crate::git) fn commits(&mut self, question: RevList) -> Result<Vec<u8>> {
        match self.commits.take() {
            Some((asked, started)) if asked == question => started.output(),
            _ => question.git().output_with_input(question.input.into_bytes()),
        }
    }
}

impl RevList {
    fn git(&self) -> Git {
        // The tips are read too, so only known objects can be missing: a broken ref elsewhere hides nothing.
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

/// The branch that the file `HEAD` names; none when it names a commit.
pub(in crate::git) fn branch_in_head(git_dir: &Path) -> std::io::Result<Option<BString>> {
    let head = std::fs::read(git_dir.join("HEAD"))?;
    Ok(head.trim_ascii_end().strip_prefix(b"ref: ").map(BString::from))
}
