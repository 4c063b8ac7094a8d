//! Check of a policy file before it is in force.

use std::path::Path;

use super::effect::PolicyPlace;
use super::file::PolicyFile;
use super::{Origin, Policy, Trust, source};
use crate::error::Result;
use crate::git::Repo;
use crate::platform;

/// Parses a policy file without the files that it names.
///
/// # Errors
/// Fails when the text is not valid by itself.
pub(crate) fn parse_alone(text: &[u8]) -> Result<()> {
    let path = Path::new(source::SERVER_FILE);
    PolicyFile::parse(text, path)?.server.check(path)
}

/// Policy file that is valid, and the place for which it is.
#[derive(Debug)]
pub(crate) struct CheckedPolicy {
    /// Policy that it makes.
    pub(crate) policy: Policy,
    /// Place for which it is.
    pub(crate) place: PolicyPlace,
}

/// Reads a policy file as the place would that it is for, and fails as a run there would fail.
///
/// A file named `.git-gate.yml` is that of a clone. `git-gate.yml`, and any file in a bare repository or outside of a
/// repository, is that of a server: outside of a repository, whoever runs this counts as the owner of the
/// repositories. Any other file in a clone may be for either.
///
/// # Errors
/// As [`super::in_force`] and [`super::on_server`].
pub(crate) fn check_file(path: &Path, repo: Option<&Repo>) -> Result<CheckedPolicy> {
    let name = path.file_name().unwrap_or_default();
    let work_tree = repo.and_then(Repo::work_tree);
    let place = if name == super::REPOSITORY_POLICY {
        PolicyPlace::Clone
    } else if name == source::SERVER_FILE || work_tree.is_none() {
        PolicyPlace::Server
    } else {
        PolicyPlace::Any
    };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let policy = match place {
        PolicyPlace::Clone => {
            let folder = absolute.parent().unwrap_or(Path::new("/"));
            let folder = platform::real_path(folder).unwrap_or_else(|_| folder.to_owned());
            let top = work_tree.filter(|top| folder.starts_with(top)).unwrap_or(&folder);
            Policy::read_for(&folder.join(name), repo, Origin::WorkTree(top))
        }
        PolicyPlace::Server => {
            let trust = repo
                .filter(|_| work_tree.is_none())
                .map_or_else(|| Ok(Trust::in_user()), Trust::in_owner_of)?;
            Policy::read_for(&absolute, repo, Origin::Server(trust))
        }
        PolicyPlace::Any => Policy::read_for(&absolute, repo, Origin::User),
    }?;
    if let Some(old_findings) = &policy.old_findings {
        old_findings.check()?;
    }
    let policy = match (place, repo) {
        (PolicyPlace::Server, Some(repo)) => {
            let accepted = policy.accepted_comments(repo)?;
            policy.for_server(accepted)
        }
        (PolicyPlace::Server, None) => policy.for_server(None),
        (PolicyPlace::Clone | PolicyPlace::Any, _) => policy,
    };
    Ok(CheckedPolicy { policy, place })
}
