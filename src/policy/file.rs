//! The policy file as it is written, and the files that it includes.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::Error as _;
use serde_yaml::Value;

use super::levels::{Profile, RuleLevels};
use super::trust::{self, Trust};
use super::{RefPolicy, ServerPolicy, WorkflowPolicy};
use crate::error::{Error, Result};
use crate::signoff::settings::SignOffSettings;
use crate::text::{escape, glob};

/// How deep files may include each other.
const DEEPEST: usize = 8;

/// The policy file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyFile {
    /// Files that are read before this one, relative to it. What stands here wins; mappings are joined key by key.
    pub(super) include: Vec<PathBuf>,
    pub(super) profile: Option<Profile>,
    pub(super) rules: RuleLevels,
    /// Whether everything that would be refused is let in with a warning.
    pub(super) warn_only: bool,
    /// A file of findings that are let through, as `git gate scan --write-baseline` makes it; relative to this file.
    pub(super) baseline: Option<PathBuf>,
    /// Levels for some repositories alone.
    pub(super) repositories: Vec<RepositorySection>,
    pub(super) refs: RefPolicy,
    pub(super) sign_off: SignOffSettings,
    pub(super) workflows: WorkflowPolicy,
    pub(super) server: ServerPolicy,
}

/// What is set for the repositories that a pattern matches. Of several that match, the last decides.
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

/// The absolute path of a git directory, in which `*` stands for anything, slashes too.
#[derive(Debug)]
pub(super) struct RepositoryPattern(String);

impl RepositoryPattern {
    /// Whether it matches a git directory, whose path has no symbolic links.
    pub(super) fn matches(&self, git_dir: &Path) -> bool {
        glob::matches(self.0.as_bytes(), git_dir.as_os_str().as_encoded_bytes(), u8::eq)
    }
}

impl<'de> Deserialize<'de> for RepositoryPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with(['/', '*']) || text.contains(['?', '[', '\\']) {
            let rule = "the absolute path of a git directory in which `*` stands for anything";
            return Err(D::Error::custom(format!("`{text}` is not {rule}")));
        }
        Ok(Self(text))
    }
}

impl PolicyFile {
    /// Reads a file and all that it includes.
    pub(super) fn load(path: &Path, trust: Option<Trust>) -> Result<Self> {
        let text = trust::read(path, trust)?;
        let file = Self::parse(&text, path)?;
        if file.include.is_empty() {
            return Ok(file);
        }
        let joined = join_included(&file, &text, path, &Depth { trust, left: DEEPEST })?;
        serde_yaml::from_value(joined)
            .map_err(|error| invalid(path).caused_by(escape(error.to_string().as_bytes())))
    }

    /// Reads the text of one file; the path is what messages name.
    pub(super) fn parse(text: &[u8], path: &Path) -> Result<Self> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let file: Option<Self> = serde_yaml::from_slice(text).map_err(|error| {
            // serde_yaml puts the place behind its text, but not always: it belongs in front, and always.
            let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
            let text = error.to_string();
            let cause = text.split(" at line ").next().unwrap_or_default();
            Error::policy(format!("the policy {}:{line}:{column} is not valid", path.display()))
                .caused_by(escape(cause.as_bytes()))
                .hinted("`git gate rules` lists the rules; README.md describes every key")
        })?;
        Ok(file.unwrap_or_default())
    }
}

/// How included files are read.
struct Depth {
    trust: Option<Trust>,
    left: usize,
}

/// The values of a file on top of those that it includes. Each file was read by itself before, so that a message can name
/// the place in it.
fn join_included(file: &PolicyFile, text: &[u8], path: &Path, depth: &Depth) -> Result<Value> {
    let Some(left) = depth.left.checked_sub(1) else {
        return Err(Error::policy(format!("the policy {} is included too deep", path.display()))
            .hinted("a file must not include itself"));
    };
    let mut joined = Value::Null;
    for name in &file.include {
        let path = path.parent().unwrap_or(Path::new("")).join(name);
        let text = trust::read(&path, depth.trust)?;
        let file = PolicyFile::parse(&text, &path)?;
        join(&mut joined, join_included(&file, &text, &path, &Depth { trust: depth.trust, left })?);
    }
    let own = serde_yaml::from_slice(text)
        .map_err(|error| invalid(path).caused_by(escape(error.to_string().as_bytes())))?;
    join(&mut joined, own);
    Ok(joined)
}

/// Puts a value on top of another: mappings are joined, anything else is replaced.
fn join(below: &mut Value, above: Value) {
    match (below, above) {
        (_, Value::Null) => {}
        (Value::Mapping(below), Value::Mapping(above)) => {
            for (key, value) in above {
                join(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

fn invalid(path: &Path) -> Error {
    Error::policy(format!("the policy {} is not valid", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_joined_and_all_else_is_replaced() {
        for (below, above, joined) in [
            ("{a: 1, b: 2}", "{b: 3, c: 4}", "{a: 1, b: 3, c: 4}"),
            ("{a: {x: 1, y: 2}}", "{a: {y: 3}}", "{a: {x: 1, y: 3}}"),
            ("{a: [1, 2]}", "{a: [3]}", "{a: [3]}"),
            ("{a: [1]}", "{a: []}", "{a: []}"),
            ("{a: 1}", "", "{a: 1}"),
            ("{a: 1}", "{a: }", "{a: 1}"),
            ("", "{a: 1}", "{a: 1}"),
        ] {
            let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
            let mut value = read(below);
            join(&mut value, read(above));
            assert_eq!(value, read(joined), "{below} {above}");
        }
    }

    #[test]
    fn a_repository_is_matched_by_its_whole_path() {
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
