//! Refs and revisions: what a name stands for.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use bstr::{BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::git::{Git, Kind, Oid, Repo};

/// How many refs git is asked for at once: as many as are sure to fit on a command line.
const MAX_PATTERNS: usize = 1000;

/// A set of revisions: everything that the tips reach and the hidden ones do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Revisions {
    /// What to look at.
    pub tips: Vec<Oid>,
    /// What is known already.
    pub hidden: Vec<Oid>,
}

impl Revisions {
    /// Reads revisions and ranges as `git rev-list` takes them: `A..B`, `^A B`, `--all` (gitrevisions(7)).
    ///
    /// # Errors
    /// Fails when one of them is no revision of this repository. An option that limits a walk is none.
    pub(crate) fn parse(arguments: &[impl AsRef<OsStr>]) -> Result<Self> {
        let output = Git::new("rev-parse").args(arguments).arg("--").output().map_err(unknown_revision)?;
        let mut revisions = Self::default();
        for line in output.lines().filter(|line| *line != b"--") {
            let (list, hex) = match line.strip_prefix(b"^") {
                Some(hex) => (&mut revisions.hidden, hex),
                None => (&mut revisions.tips, line),
            };
            let oid = Oid::from_hex(hex).ok_or_else(|| {
                Error::usage(format!("`{}` is not a revision", crate::text::escape(line)))
                    .hinted("revisions and ranges are `HEAD`, `A..B`, `^A B`, `--all`")
            })?;
            list.push(oid);
        }
        Ok(revisions)
    }
}

fn symbolic(what: &[u8]) -> Error {
    let what = crate::text::escape(what);
    Error::git(format!("a symbolic ref is not pushed to, but the ref it names: `{what}`"))
}

fn unknown_revision(error: Error) -> Error {
    Error::usage("a revision cannot be found").caused_by(error)
}

/// An object at the end of a ref, and the annotated tags on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeled {
    /// The object that is no tag.
    pub oid: Oid,
    /// What it is.
    pub kind: Kind,
    /// The tags that were peeled, the outermost first.
    pub tags: Vec<Oid>,
}

impl Repo {
    /// Follows annotated tags to what they name.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read.
    pub fn peel(&self, mut oid: Oid) -> Result<Peeled> {
        let mut tags = Vec::new();
        loop {
            let object = self.read(oid)?;
            if object.kind != Kind::Tag {
                return Ok(Peeled { oid, kind: object.kind, tags });
            }
            tags.push(oid);
            let target = object.data.lines().next().and_then(|line| line.strip_prefix(b"object "));
            oid = target
                .and_then(Oid::from_hex)
                .ok_or_else(|| Error::git(format!("tag {oid} does not say what it names")))?;
        }
    }

    /// Fails when one of the refs is symbolic: a push to it would move the ref that it stands for.
    ///
    /// # Errors
    /// Fails then, and when git cannot answer.
    pub fn refuse_symbolic(&self, refnames: &[&BString]) -> Result<()> {
        if let Some(files) = self.ref_files() {
            for refname in refnames {
                if files.is_symbolic(refname.as_bstr())? {
                    return Err(symbolic(refname));
                }
            }
            return Ok(());
        }
        for some in refnames.chunks(MAX_PATTERNS) {
            let git = Git::new("for-each-ref").args(["--format=%(symref) %(refname)", "--"]);
            let output = git.args(some.iter().map(|refname| OsStr::from_bytes(refname))).output()?;
            let is_symbolic = |line: &&[u8]| {
                line.split_once_str(" ").is_none_or(|(target, name)| {
                    !target.is_empty() && some.iter().any(|refname| refname.as_slice() == name)
                })
            };
            if let Some(line) = output.lines().find(is_symbolic) {
                return Err(symbolic(line));
            }
        }
        Ok(())
    }

    /// What refs of this repository are now; none for each that does not exist. In a push this is what the server has,
    /// not what the client says.
    ///
    /// Only a ref of exactly that name counts. Where there is none, `git rev-parse` and `cat-file` go on to look for
    /// `refs/tags/<name>`, or take the end of `<name>-g<oid>` for an oid, and a pusher chooses the name.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn ref_values(&self, refnames: &[BString]) -> Result<Vec<Option<Oid>>> {
        if let Some(files) = self.ref_files() {
            return files.values(refnames);
        }
        let mut values: HashMap<BString, Oid> = HashMap::new();
        for some in refnames.chunks(MAX_PATTERNS) {
            let output = self.ahead().ref_values(some)?;
            for line in output.lines() {
                let value =
                    line.split_once_str(" ").and_then(|(hex, refname)| Some((refname, Oid::from_hex(hex)?)));
                let (refname, oid) =
                    value.ok_or_else(|| Error::git("`git for-each-ref` did not list refs"))?;
                values.insert(refname.into(), oid);
            }
        }
        Ok(refnames.iter().map(|refname| values.get(refname).copied()).collect())
    }

    /// All refs, with what they are now.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn refs(&self) -> Result<Vec<(BString, Oid)>> {
        if let Some(files) = self.ref_files() {
            return files.all();
        }
        let output = Git::new("for-each-ref").arg("--format=%(objectname) %(refname)").output()?;
        let read = |line: &[u8]| {
            let (hex, refname) = line.split_once_str(" ")?;
            Some((refname.into(), Oid::from_hex(hex)?))
        };
        let refs = output.lines().map(read).collect::<Option<_>>();
        refs.ok_or_else(|| Error::git("`git for-each-ref` said something else than refs"))
    }

    /// The commit that a ref ends at; none when it ends at something else.
    ///
    /// # Errors
    /// As [`Repo::peel`].
    pub fn commit_behind(&self, oid: Oid) -> Result<Option<Oid>> {
        let peeled = self.peel(oid)?;
        Ok((peeled.kind == Kind::Commit).then_some(peeled.oid))
    }
}
