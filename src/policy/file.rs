//! Format of the policy file.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Error as _;

use super::levels::{LevelLayer, Profile, RuleLevels};
use super::{Limits, PrePushPolicy, RefPolicy, ServerPolicy, TokenPolicy, WorkflowPolicy};
use crate::error::{Error, Result};
use crate::platform;
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
    /// One line of at most 500 characters that is not blank, for example where to ask.
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
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(extend("type" = ["string", "number", "boolean"], "pattern" = MESSAGE, "maxLength" = MAX_MESSAGE))]
pub(super) struct HouseMessage(pub(super) String);

/// Maximum length of a text of the house, in characters.
const MAX_MESSAGE: usize = 500;

/// Form of a text of the house: one line that is not blank, and line feeds behind it, as YAML adds to a block.
const MESSAGE: &str = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*\n*$";

impl HouseMessage {
    fn new(text: &str) -> Option<Self> {
        let line = text.trim_end_matches('\n');
        let is_line = !line.contains(|c: char| c.is_ascii_control()) && text.chars().count() <= MAX_MESSAGE;
        let is_blank = line.bytes().all(|byte| byte == b' ');
        (is_line && !is_blank).then(|| Self(line.trim_matches(' ').to_owned()))
    }
}

impl<'de> Deserialize<'de> for HouseMessage {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Text;
        // The error of a visitor has the place of the value.
        impl serde::de::Visitor<'_> for Text {
            type Value = HouseMessage;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<HouseMessage, E> {
                let message = HouseMessage::new(text);
                message.ok_or_else(|| {
                    E::custom("`message` is one line of at most 500 characters, and not blank")
                })
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl RepositoryPattern {
    /// Returns whether it matches a git directory, whose path must not contain symbolic links.
    pub(super) fn matches(&self, git_dir: &Path) -> bool {
        glob::matches(self.0.as_bytes(), &platform::path_bytes(git_dir), u8::eq)
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
    fn a_text_of_the_house_is_one_line_that_says_something() {
        let long = "x".repeat(500);
        for (text, expected) in [
            ("message: ask us", Some("ask us")),
            ("message: '  ask us '", Some("ask us")),
            ("message: |\n  ask us\n", Some("ask us")),
            ("message: |+\n  ask us\n\n", Some("ask us")),
            ("message: >\n  ask\n  us\n", Some("ask us")),
            ("message: 5", Some("5")),
            (&format!("message: {long}"), Some(&long)),
            (&format!("message: {long}x"), None),
            ("message: ''", None),
            ("message: '  '", None),
            ("message: \"\\n\"", None),
            ("message: |\n  two\n  lines\n", None),
            ("message: \"\\e[1m\"", None),
        ] {
            let parsed = PolicyFile::parse(text.as_bytes(), Path::new("p.yml"));
            let message =
                parsed.as_ref().ok().and_then(|file| file.message.as_ref()).map(|text| text.0.as_str());
            assert_eq!(message, expected, "{text}");
        }
        let error = PolicyFile::parse(b"rules: {}\nmessage: '  '\n", Path::new("p.yml")).unwrap_err();
        assert!(error.to_string().contains("p.yml:2:10 "), "{error}");
    }

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
