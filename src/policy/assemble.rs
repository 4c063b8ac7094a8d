//! Puts together the policy of a repository from what was read.

use std::path::Path;

use super::file::RepositorySection;
use super::levels::{LevelLayer, Levels};
use super::load::{LoadedPolicy, relative_to};
use super::old_findings::OldFindings;
use super::proven::LoadedProof;
use super::trust::Origin;
use super::{Place, Policy};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::platform;

impl Policy {
    /// Applies the sections that match the repository, and reads the baseline.
    pub(super) fn assemble(
        loaded: LoadedPolicy,
        path: &Path,
        repo: Option<&Repo>,
        origin: Origin<'_>,
    ) -> Result<Self> {
        let LoadedPolicy { mut file, levels, sources, files } = loaded;
        file.server.check(path)?;
        let mut levels = Levels::new(levels);
        let mut warn_only = file.warn_only.then_some(sources.warn_only);
        let mut baseline = file.baseline.map(|name| relative_to(&sources.baseline, &name));
        let mut sections = Vec::new();
        for (number, section) in matching(file.repositories, repo)? {
            let path = &sources.repositories;
            sections.push((path.clone(), number));
            if let Some(set) = section.warn_only {
                warn_only = set.then(|| path.clone());
            }
            baseline = section.baseline.map(|name| relative_to(path, &name)).or(baseline);
            levels.add(LevelLayer { profile: section.profile, rules: section.rules, path: path.clone() });
        }
        levels.warn_only(warn_only);
        for section in &mut file.refs.levels {
            section.path.clone_from(&sources.ref_levels);
        }
        let old_findings = baseline.map(|path| OldFindings::open(&path, origin));
        let proven =
            file.signoff.proven.iter().map(|proof| LoadedProof::read(proof, &sources.proven, origin));
        Ok(Self {
            levels,
            proven: proven.collect::<Result<_>>()?,
            old_findings: old_findings.transpose()?,
            path: Some(path.to_owned()),
            refs: file.refs,
            signoff: file.signoff,
            workflows: file.workflows,
            tokens: file.tokens,
            server: file.server,
            pre_push: file.pre_push,
            limits: file.limits,
            message: file.message.map(|message| message.0),
            files: files.into(),
            sections: sections.into(),
            remarks: Vec::new(),
            place: Place::Clone,
        })
    }
}

/// Returns the sections that match the repository, with their places in the list; none if there is no repository.
fn matching(
    sections: Vec<RepositorySection>,
    repo: Option<&Repo>,
) -> Result<Vec<(usize, RepositorySection)>> {
    let Some(repo) = repo.filter(|_| !sections.is_empty()) else { return Ok(Vec::new()) };
    let git_dir = platform::real_path(repo.common_dir());
    let git_dir = git_dir.map_err(|error| Error::io("cannot find the git directory", error))?;
    let sections = sections.into_iter().enumerate();
    Ok(sections.filter(|(_, section)| section.pattern.matches(&git_dir)).collect())
}
