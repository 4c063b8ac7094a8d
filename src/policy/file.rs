//! Format of the policy file.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Error as _;

use super::levels::{LevelLayer, Profile, RuleLevels};
use super::{Limits, PrePushPolicy, RefPolicy, ServerPolicy, TokenPolicy, WorkflowPolicy};
use crate::error::{Error, Result};
use crate::signoff::settings::SignoffSettings;
use crate::text::{ParseError, escape_path, glob};

/// Policy of git-gate: a YAML file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyFile {
    /// Files that are read before this one; their paths are relative to it.
    ///
    /// Mappings are merged key by key, lists are replaced, and values of this file override included ones.
    pub(super) include: Vec<PathBuf>,
    /// Set of levels of the rules. Without this key: `default`.
    pub(super) profile: Option<Profile>,
    /// Levels of single rules. They override the profile, wherever it is set.
    pub(super) rules: RuleLevels,
    /// True to accept every push: every `deny` becomes a `warn`.
    ///
    /// What would be refused is reported and logged. What is accepted counts as known from then on, also after this is
    /// switched off.
    pub(super) warn_only: bool,
    /// Text or URL of the house, shown under each refusal.
    ///
    /// One line of at most 500 characters, for example where to ask.
    pub(super) message: Option<HouseMessage>,
    /// File of old findings that are let through, as written by `git gate scan --all --write-baseline FILE`.
    ///
    /// The path is relative to the file that names it.
    pub(super) baseline: Option<PathBuf>,
    /// Settings for single repositories. If several sections match, the last one decides.
    pub(super) repositories: Vec<RepositorySection>,
    /// Refs that are judged.
    pub(super) refs: RefPolicy,
    /// Settings of the sign-off rules.
    #[serde(rename = "sign-off")]
    pub(super) signoff: SignoffSettings,
    /// Settings of the workflow rules.
    pub(super) workflows: WorkflowPolicy,
    /// Settings of the token rules.
    pub(super) tokens: TokenPolicy,
    /// Settings of a server that receives pushes.
    pub(super) server: ServerPolicy,
    /// Settings of pushes from a clone.
    pub(super) pre_push: PrePushPolicy,
    /// Limits of the work for one push or scan; over a limit, it is refused with exit status 2.
    pub(super) limits: Limits,
}

/// Settings for the repositories that a pattern matches. If several sections match, the last one decides.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RepositorySection {
    /// Absolute path of a git directory, in which `*` matches any text, slashes included.
    #[serde(rename = "match")]
    pub(super) pattern: RepositoryPattern,
    /// As `profile`, for these repositories.
    #[serde(default)]
    pub(super) profile: Option<Profile>,
    /// As `rules`, for these repositories.
    #[serde(default)]
    pub(super) rules: RuleLevels,
    /// As `warn-only`, for these repositories.
    #[serde(default)]
    pub(super) warn_only: Option<bool>,
    /// As `baseline`, for these repositories.
    #[serde(default)]
    pub(super) baseline: Option<PathBuf>,
}

/// Absolute path of a git directory, in which `*` matches any text, slashes included.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = r"^[/*][^?\[\\]*$"))]
pub(super) struct RepositoryPattern(String);

/// Text or URL of the house, one line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("type" = ["string", "number", "boolean"], "pattern" = r"^[^\x00-\x1f\x7f]{1,500}$"))]
pub(super) struct HouseMessage(pub(super) String);

/// Maximum length of a text of the house, in characters.
const MAX_MESSAGE: usize = 500;

impl TryFrom<String> for HouseMessage {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let is_line = !text.is_empty() && text.chars().count() <= MAX_MESSAGE;
        match is_line && !text.contains(|c: char| c.is_ascii_control()) {
            true => Ok(Self(text)),
            false => Err("`message` is one line of at most 500 characters"),
        }
    }
}

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
                .hinted(
                    "`git gate policy schema` and `man git-gate-policy` have all keys, `git gate rules` has all rules",
                )
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
