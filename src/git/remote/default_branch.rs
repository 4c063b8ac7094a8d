//! Default branches of remotes, as they were fetched last.

use std::collections::HashMap;

use bstr::{BString, ByteSlice as _};

use super::remotes::Remotes;
use super::tracking::LOCAL;
use crate::error::{Error, Result};
use crate::git::{Authority, AuthorityPlace, Git, Oid, Repo};
use crate::text::os_str;

/// Maximum number of remotes that one run of git is asked about.
const MAX_REMOTES: usize = 1000;

impl Repo {
    /// Returns the commit of the first default branch of remotes that is known, as last fetched.
    ///
    /// # Errors
    /// Fails when git does not answer, or when an object cannot be read.
    pub(crate) fn default_commit_of(&self, remotes: &[&BString]) -> Result<Option<Oid>> {
        let known = default_values(remotes)?;
        let value = remotes.iter().find_map(|remote| known.get(&tracking(remote, b"HEAD")));
        value.map_or(Ok(None), |oid| self.store().peel_to_commit(*oid))
    }
}

/// Returns the values of the default branches of remotes that are known, by the refs that say which they are.
///
/// git records them as `refs/remotes/<remote>/HEAD` (`git clone`, `git remote set-head <remote> --auto`), wherever
/// the other refs of the remote are kept. That is a symbolic ref, as nobody can push one: a fetch would put a branch
/// with the name `HEAD` there, too. A branch of the clone itself is no default branch of a remote.
fn default_values(remotes: &[&BString]) -> Result<HashMap<BString, Oid>> {
    let mut values = HashMap::new();
    for some in remotes.chunks(MAX_REMOTES) {
        let names: Vec<BString> = some.iter().map(|remote| tracking(remote, b"HEAD")).collect();
        let git = Git::new("for-each-ref").args(["--format=%(objectname) %(symref) %(refname)", "--"]);
        let output = git.args(names.iter().map(|name| os_str(name))).output()?;
        for line in output.lines() {
            let fields = <[&[u8]; 3]>::try_from(line.splitn_str(3, " ").collect::<Vec<_>>()).ok();
            let value = fields.and_then(|[hex, target, name]| Some((Oid::from_hex(hex)?, target, name)));
            let (oid, target, name) =
                value.ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))?;
            let is_local = LOCAL.iter().any(|folder| target.starts_with(folder.as_bytes()));
            if !target.is_empty() && !is_local {
                values.insert(name.into(), oid);
            }
        }
    }
    Ok(values)
}

impl Authority {
    /// Returns the source of deciding files where no push says which it is.
    ///
    /// In a bare repository, that is its default branch. In a clone, it is the default branch of a remote:
    /// `upstream` before `origin`, which may be a fork, and both before the remote of the checked out branch and all
    /// others. A branch is no default branch by its name: whoever may create branches could make one. Only where
    /// nothing was ever fetched is it the commit that is checked out.
    ///
    /// # Errors
    /// Fails when git does not answer, or when an object cannot be read.
    pub(crate) fn of_repository(repo: &Repo) -> Result<Self> {
        if repo.is_bare() {
            return Ok(Self { commit: repo.default_commit()?, ..Self::default() });
        }
        let (remotes, branch) = (Remotes::read()?, checked_out_branch()?);
        let remote_of_branch = branch.as_ref().map_or(Ok(None), remote_of)?;
        let mut names: Vec<&BString> = remotes.list().iter().map(|remote| &remote.name).collect();
        let is_of_branch = |name: &BString| remote_of_branch.as_ref() == Some(name);
        names.sort_by_key(|name| (**name != "upstream", **name != "origin", !is_of_branch(name)));
        let (known, fetched) = (default_values(&names)?, remotes.tracking_refs()?);
        for name in &names {
            let value = known.get(&tracking(name, b"HEAD")).copied();
            let commit = value.map_or(Ok(None), |oid| repo.store().peel_to_commit(oid))?;
            if commit.is_some() {
                return Ok(Self { commit, ..Self::default() });
            }
        }
        // A commit that is checked out without a branch is one of a remote, of which nothing else is known.
        if !fetched.is_empty() || !names.is_empty() && branch.is_none() {
            return Ok(Self { place: AuthorityPlace::Unknown, ..Self::default() });
        }
        Ok(Self { commit: checked_out_commit()?, place: AuthorityPlace::Head, next: None })
    }
}

/// Returns the commit of HEAD; `None` if it has none yet.
///
/// # Errors
/// Fails when git does not answer.
pub(crate) fn checked_out_commit() -> Result<Option<Oid>> {
    let answer = Git::new("rev-parse").args(["--verify", "--quiet", "HEAD^{commit}"]).answer()?;
    Ok(Oid::from_hex(answer.stdout.trim_ascii_end()))
}

/// Returns the name under which a fetch keeps a ref of a remote, unless git config says otherwise.
fn tracking(remote: &BString, name: &[u8]) -> BString {
    [b"refs/remotes/", remote.as_slice(), b"/", name].concat().into()
}

/// Returns the full name of the checked out branch; `None` if HEAD is detached.
fn checked_out_branch() -> Result<Option<BString>> {
    let answer = Git::new("symbolic-ref").args(["--quiet", "HEAD"]).answer()?;
    let refname = answer.stdout.trim_ascii_end();
    Ok((answer.code == Some(0) && refname.starts_with(b"refs/heads/")).then(|| refname.into()))
}

/// Returns the name of the remote of a branch.
fn remote_of(branch: &BString) -> Result<Option<BString>> {
    let git = Git::new("for-each-ref").args(["--format=%(upstream:remotename)", "--"]);
    let output = git.arg(os_str(branch)).output()?;
    Ok(output.lines().next().filter(|name| !name.is_empty()).map(BString::from))
}
