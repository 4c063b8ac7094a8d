//! Default branches of remotes, as they were fetched last.

use bstr::{BString, ByteSlice as _};

use super::remotes::Remotes;
use crate::error::{Error, Result};
use crate::git::{Authority, AuthorityPlace, Git, Oid, Repo};

impl Repo {
    /// Returns the commit of the first default branch of remotes that is known, as last fetched.
    ///
    /// git records it as `refs/remotes/<remote>/HEAD` (`git clone`, `git remote set-head <remote> --auto`), wherever
    /// the other refs of the remote are kept.
    ///
    /// # Errors
    /// Fails when git does not answer, or when an object cannot be read.
    pub(crate) fn default_commit_of(&self, remotes: &[&BString]) -> Result<Option<Oid>> {
        self.first_commit(&remotes.iter().map(|remote| tracking(remote, b"HEAD")).collect::<Vec<_>>())
    }

    fn first_commit(&self, refnames: &[BString]) -> Result<Option<Oid>> {
        let value = self.ref_values(refnames)?.into_iter().flatten().next();
        value.map_or(Ok(None), |oid| self.store().peel_to_commit(oid))
    }
}

impl Authority {
    /// Returns the source of deciding files where no push says which it is.
    ///
    /// In a bare repository, that is its default branch. In a clone, it is the default branch of a remote, else what the
    /// checked out branch tracks, else the commit that is checked out. The remote of that branch comes first.
    ///
    /// # Errors
    /// Fails when git does not answer, or when an object cannot be read.
    pub(crate) fn of_repository(repo: &Repo) -> Result<Self> {
        if repo.is_bare() {
            return Ok(Self { commit: repo.default_commit()?, ..Self::default() });
        }
        let Upstream { branch, remote, tracked } = Upstream::read()?;
        let remotes = Remotes::read()?;
        let mut names: Vec<&BString> = remotes.list().iter().map(|remote| &remote.name).collect();
        names.sort_by_key(|name| (remote.as_ref() != Some(name), *name != "origin"));
        let mut refnames: Vec<BString> = names.iter().map(|name| tracking(name, b"HEAD")).collect();
        refnames.extend(tracked);
        refnames.extend(names.iter().flat_map(|name| Some(tracking(name, branch.as_ref()?))));
        if let Some(commit) = repo.first_commit(&refnames)? {
            return Ok(Self { commit: Some(commit), ..Self::default() });
        }
        let answer = Git::new("rev-parse").args(["--verify", "--quiet", "HEAD^{commit}"]).answer()?;
        let commit = Oid::from_hex(answer.stdout.trim_ascii_end());
        Ok(Self { commit, place: AuthorityPlace::Head, next: None })
    }
}

/// Returns the name under which a fetch keeps a ref of a remote, unless git config says otherwise.
fn tracking(remote: &BString, name: &[u8]) -> BString {
    [b"refs/remotes/", remote.as_slice(), b"/", name].concat().into()
}

/// Checked out branch, and what it tracks.
#[derive(Debug, Default)]
struct Upstream {
    /// Name without `refs/heads/`.
    branch: Option<BString>,
    remote: Option<BString>,
    /// Full name of the remote-tracking ref.
    tracked: Option<BString>,
}

impl Upstream {
    fn read() -> Result<Self> {
        let answer = Git::new("symbolic-ref").args(["--quiet", "HEAD"]).answer()?;
        let refname = answer.stdout.trim_ascii_end();
        let Some(branch) = refname.strip_prefix(b"refs/heads/").filter(|_| answer.code == Some(0)) else {
            return Ok(Self::default());
        };
        let format = "--format=%(upstream:remotename) %(upstream)";
        let git = Git::new("for-each-ref").args([format, "--"]).arg(crate::text::os_str(refname));
        let output = git.output()?;
        let (remote, tracked) = match output.lines().next() {
            None => (&b""[..], &b""[..]),
            Some(line) => line
                .split_once_str(" ")
                .ok_or_else(|| Error::git("unexpected output of `git for-each-ref`"))?,
        };
        let some = |text: &[u8]| (!text.is_empty()).then(|| text.into());
        Ok(Self { branch: some(branch), remote: some(remote), tracked: some(tracked) })
    }
}
