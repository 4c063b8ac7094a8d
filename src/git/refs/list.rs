//! Refs, resolved to objects.

use std::collections::HashMap;

use bstr::{BString, ByteSlice as _};

use super::libgit2;
use super::pattern::MAX_PATTERNS;

use crate::error::{Error, Result};
use crate::git::{Git, Oid, Repo};
use crate::text::os_str;

impl Repo {
    /// Returns the current values of refs, in the given order; `None` for a ref that does not exist.
    ///
    /// In a push, these are the values on the server, not those that the client sent.
    ///
    /// Only exact names match. For a missing ref, `git rev-parse` and `cat-file` would also try
    /// `refs/tags/<name>`, or read the end of `<name>-g<oid>` as an oid, and the pusher chooses the name.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn ref_values(&self, refnames: &[BString]) -> Result<Vec<Option<Oid>>> {
        if let Some(repository) = self.without_git() {
            return refnames.iter().map(|name| libgit2::value(repository, name.as_bstr())).collect();
        }
        let mut values: HashMap<BString, Oid> = HashMap::new();
        for some in refnames.chunks(MAX_PATTERNS) {
            let git = Git::new("for-each-ref").args(["--format=%(objectname) %(refname)", "--"]);
            let output = git.args(some.iter().map(|refname| os_str(refname))).output()?;
            for line in output.lines() {
                let value =
                    line.split_once_str(" ").and_then(|(hex, refname)| Some((refname, Oid::from_hex(hex)?)));
                let (refname, oid) =
                    value.ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))?;
                values.insert(refname.into(), oid);
            }
        }
        Ok(refnames.iter().map(|refname| values.get(refname).copied()).collect())
    }

    /// Returns all refs with their current values.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn refs(&self) -> Result<Vec<(BString, Oid)>> {
        if let Some(repository) = self.without_git() {
            return libgit2::all(repository);
        }
        let output = Git::new("for-each-ref").arg("--format=%(objectname) %(refname)").output()?;
        let read = |line: &[u8]| {
            let (hex, refname) = line.split_once_str(" ")?;
            Some((refname.into(), Oid::from_hex(hex)?))
        };
        let refs = output.lines().map(read).collect::<Option<_>>();
        refs.ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))
    }
}
