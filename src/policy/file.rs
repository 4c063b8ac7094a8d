//! Format of the policy file.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::Error as _;

use super::levels::{LevelLayer, Profile, RuleLevels};
use super::{Limits, PrePushPolicy, RefPolicy, ServerPolicy, TokenPolicy, WorkflowPolicy};
use crate::error::{Error, Result};
use crate::signoff::settings::SignoffSettings;
use crate::text::{ParseError, escape_path, glob};

/// Policy file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyFile {
    /// Files that are read before this one; their paths are relative to it.
    ///
    /// Mappings are merged key by key, and values of this file override included ones.
    pub(super) include: Vec<PathBuf>,
    pub(super) profile: Option<Profile>,
    pub(super) rules: RuleLevels,
    /// Set if every `deny` becomes a `warn`.
    pub(super) warn_only: bool,
    /// File of old findings that are let through, as written by `git gate scan --write-baseline`.
    ///
    /// The path is relative to the file that names it.
    pub(super) baseline: Option<PathBuf>,
    /// Settings for single repositories.
    pub(super) repositories: Vec<RepositorySection>,
    pub(super) refs: RefPolicy,
    #[serde(rename = "sign-off")]
    pub(super) signoff: SignoffSettings,
    pub(super) workflows: WorkflowPolicy,
    pub(super) tokens: TokenPolicy,
    pub(super) server: ServerPolicy,
    pub(super) pre_push: PrePushPolicy,
    pub(super) limits: Limits,
}

/// Settings for the repositories that a pattern matches. If several sections match, the last one decides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RepositorySection {
    #[serde(rename = "match")]
    pub(super) pattern: RepositoryPattern,
    #[serde(default)]
    pub(super) profile: Option<Profile>,
    #[serde(default)]
    pub(super) rules: RuleLevels,
    #[serde(default)]
    pub(super) warn_only: Option<bool>,
    #[serde(default)]
    pub(super) baseline: Option<PathBuf>,
}

/// Absolute path of a git directory, in which `*` matches any text, slashes included.
#[derive(Debug)]
pub(super) struct RepositoryPattern(String);

impl RepositoryPattern {
    /// Returns whether it matches a git directory, whose path must not contain symbolic links.
    pub(super) fn matches(&self, git_dir: &Path) -> bool {
        glob::matches(self.0.as_bytes(), git_dir.as_os_str().as_encoded_bytes(), u8::eq)
    }
}

impl<'de> Deserialize<'de> for RepositoryPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with(['/', '*']) || text.contains(['?', '[', '\\']) {
            let rule = "the pattern has to be the absolute path of a git directory (`*` matches anything)";
            return Err(D::Error::custom(rule));
        }
        Ok(Self(text))
    }
}

impl PolicyFile {
    /// Parses the text of one file. `path` is only used in messages.
    pub(super) fn parse(text: &[u8], path: &Path) -> Result<Self> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let file: Option<Self> = serde_yaml::from_slice(text).map_err(|error| {
            let ParseError { line, column, kind } = ParseError::from(&error);
            Error::policy(format!("the policy {}:{line}:{column} is not valid", escape_path(path)))
                .caused_by(kind)
                .hinted("`git gate rules` lists the rules; the other keys are described in README.md and by `git gate rules ID`")
        })?;
        Ok(file.unwrap_or_default())
    }

    /// Returns the levels that the file sets for all repositories and refs.
    pub(super) fn levels(&self, path: PathBuf) -> LevelLayer {
        LevelLayer { profile: self.profile, rules: self.rules.clone(), path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_pattern_matches_the_whole_path() {
        for (pattern, git_dir, expected) in [
            ("/srv/git/*", "/srv/git/a/b.git", true),
            ("/srv/git/*", "/srv/gitx/a.git", false),
            ("/srv/git/a.git", "/srv/git/a.git", true),
            ("/srv/git/a.git", "/srv/git/a.git/x", false),
            ("*/b.git", "/srv/git/a/b.git", true),
        ] {
            let pattern: RepositoryPattern = serde_yaml::from_str(&format!("'{pattern}'")).unwrap();
            assert_eq!(pattern.matches(Path::new(git_dir)), expected, "{pattern:?} {git_dir}");
        }
        for pattern in ["a.git", "''", "'/srv/[ab].git'", "'/srv/?.git'"] {
            assert!(serde_yaml::from_str::<RepositoryPattern>(pattern).is_err(), "{pattern}");
        }
    }
}
