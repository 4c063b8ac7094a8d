//! Reads a policy file with the files that it includes, and merges their values.

use std::path::{Path, PathBuf};

use serde_yaml::Value;
use sha2::{Digest as _, Sha256};

use super::file::PolicyFile;
use super::levels::LevelLayer;
use super::trust::{self, MAX_POLICY, Origin};
use crate::error::{Error, Result};
use crate::text::{ParseError, escape_path};

/// Maximum depth of nested includes.
const MAX_DEPTH: usize = 8;

/// Maximum number of files that are read for one policy: that of a clone may come from anyone.
const MAX_FILES: usize = 100;

/// Policy file merged with the files that it includes.
#[derive(Debug)]
pub(super) struct LoadedPolicy {
    /// Merged values.
    pub(super) file: PolicyFile,
    /// Levels that each file sets, included files first.
    pub(super) levels: Vec<LevelLayer>,
    /// Files from which some of the values come.
    pub(super) sources: Sources,
    /// All files, included ones first.
    pub(super) files: Vec<PolicyText>,
}

/// Text of a policy file.
#[derive(Debug)]
pub(crate) struct PolicyText {
    /// Path of the file.
    pub(crate) path: PathBuf,
    /// Content of the file.
    pub(crate) text: Vec<u8>,
}

/// Files that set a value whose file matters: a path is relative to it, or a finding names it.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) warn_only: PathBuf,
    pub(super) baseline: PathBuf,
    pub(super) repositories: PathBuf,
    pub(super) ref_levels: PathBuf,
    pub(super) proven: PathBuf,
}

/// Returns the digest of a policy file of the user and of all files that it includes, in hexadecimal digits.
///
/// # Errors
/// As [`LoadedPolicy::read`].
pub(crate) fn digest(path: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(PolicySource::read(path.to_owned(), Origin::User)?, Origin::User, MAX_DEPTH, &mut files)?;
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.text.len().to_be_bytes());
        digest.update(file.text);
    }
    Ok(format!("{:x}", digest.finalize()))
}

impl LoadedPolicy {
    /// Reads a file and all files that it includes.
    ///
    /// # Errors
    /// Fails when a file cannot be read, is not trusted or is not valid, or when includes are nested too
    /// deeply.
    pub(super) fn read(path: &Path, origin: Origin<'_>) -> Result<Self> {
        let top = PolicySource::read(path.to_owned(), origin)?;
        if top.file.include.is_empty() {
            return Ok(Self::of_one_file(top.file, top.text, path));
        }
        let mut files = Vec::new();
        collect(top, origin, MAX_DEPTH, &mut files)?;
        Self::merged(files, path)
    }

    /// Creates the policy of a file that includes no other.
    pub(super) fn of_one_file(file: PolicyFile, text: Vec<u8>, path: &Path) -> Self {
        let path = || path.to_owned();
        let sources = Sources {
            warn_only: path(),
            baseline: path(),
            repositories: path(),
            ref_levels: path(),
            proven: path(),
        };
        let files = vec![PolicyText { path: path(), text }];
        Self { levels: vec![file.levels(path())], file, sources, files }
    }

    /// Merges files, of which later ones override earlier ones. `top` is the one that includes the others.
    fn merged(files: Vec<PolicySource>, top: &Path) -> Result<Self> {
        let values = files.iter().map(PolicySource::value).collect::<Result<Vec<Value>>>()?;
        let source = |keys: &[&str]| {
            let mut files = files.iter().zip(&values).rev();
            files.find(|(_, value)| sets(value, keys)).map_or(top, |(file, _)| &file.path).to_owned()
        };
        let sources = Sources {
            warn_only: source(&["warn-only"]),
            baseline: source(&["baseline"]),
            repositories: source(&["repositories"]),
            ref_levels: source(&["refs", "levels"]),
            proven: source(&["sign-off", "proven"]),
        };
        let mut merged = Value::Null;
        values.into_iter().for_each(|value| merge(&mut merged, value));
        let file = serde_yaml::from_value(merged).map_err(|error| invalid(top, &error))?;
        let levels = files.iter().map(|PolicySource { path, file, .. }| file.levels(path.clone())).collect();
        let files =
            files.into_iter().map(|PolicySource { path, text, .. }| PolicyText { path, text }).collect();
        Ok(Self { file, levels, sources, files })
    }
}

/// One policy file, as it was read.
struct PolicySource {
    path: PathBuf,
    text: Vec<u8>,
    file: PolicyFile,
}

impl PolicySource {
    /// Reads and parses one file, so that a message can name the position in it.
    fn read(path: PathBuf, origin: Origin<'_>) -> Result<Self> {
        let text = trust::read_file(&path, origin, MAX_POLICY)?;
        let file = PolicyFile::parse(&text, &path)?;
        Ok(Self { path, text, file })
    }

    fn value(&self) -> Result<Value> {
        serde_yaml::from_slice(&self.text).map_err(|error| invalid(&self.path, &error))
    }
}

/// Adds a file to `files`, after the files that it includes.
fn collect(
    file: PolicySource,
    origin: Origin<'_>,
    depth_left: usize,
    files: &mut Vec<PolicySource>,
) -> Result<()> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        let path = escape_path(&file.path);
        let error = Error::policy(format!("the policy {path} is included by too many files in a row"));
        return Err(error.hinted("a file must not include itself"));
    };
    for name in &file.file.include {
        if files.len() >= MAX_FILES {
            let path = escape_path(&file.path);
            let error = Error::policy(format!("the policy {path} includes more than {MAX_FILES} files"));
            return Err(error.hinted("a file counts each time that it is included: include it once"));
        }
        let included = PolicySource::read(relative_to(&file.path, name), origin)?;
        collect(included, origin, depth_left, files)?;
    }
    files.push(file);
    Ok(())
}

/// Returns the path of a file that a policy file names.
pub(super) fn relative_to(policy_file: &Path, name: &Path) -> PathBuf {
    policy_file.parent().unwrap_or(Path::new("")).join(name)
}

/// Returns whether a file sets the key at the end of a path of keys.
fn sets(file: &Value, keys: &[&str]) -> bool {
    keys.iter().try_fold(file, |value, key| value.get(key)).is_some_and(|value| !value.is_null())
}

/// Merges a value onto another: mappings are merged, null changes nothing, anything else replaces the value.
fn merge(below: &mut Value, above: Value) {
    match (below, above) {
        (_, Value::Null) => {}
        (Value::Mapping(below), Value::Mapping(above)) => {
            for (key, value) in above {
                merge(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

fn invalid(path: &Path, error: &serde_yaml::Error) -> Error {
    let invalid = Error::policy(format!("the policy {} is not valid", escape_path(path)));
    invalid.caused_by(ParseError::from(error).kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_merged_and_other_values_replaced() {
        for (below, above, merged) in [
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
            merge(&mut value, read(above));
            assert_eq!(value, read(merged), "{below} {above}");
        }
    }

    #[test]
    fn a_file_that_is_included_again_and_again_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: usize| folder.path().join(format!("{name}.yml"));
        std::fs::write(path(0), "{}").unwrap();
        for name in 1..7 {
            let names = vec![format!("{}.yml", name - 1); 20].join(", ");
            std::fs::write(path(name), format!("include: [{names}]")).unwrap();
        }
        let load =
            |name: usize| LoadedPolicy::read(&path(name), Origin::User).map(|policy| policy.files.len());
        assert_eq!(load(1).unwrap(), 21);
        assert!(load(6).unwrap_err().to_string().contains("includes more than 100 files"));
        assert!(digest(&path(6)).is_err());
    }

    #[test]
    fn the_last_file_that_sets_a_key_is_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("fleet")).unwrap();
        for (name, text) in [
            (
                "fleet/base.yml",
                "warn-only: true\nbaseline: a.json\nrefs: {levels: []}\nrules: {moved-tag: warn}",
            ),
            (
                "fleet/all.yml",
                "include: [base.yml]\nrepositories: []\nbaseline: b.json\nrefs: {levels: }\nsign-off: {proven: []}",
            ),
            ("top.yml", "include: [fleet/all.yml]\nrefs: {cover: []}\nbaseline:"),
        ] {
            std::fs::write(path(name), text).unwrap();
        }
        let LoadedPolicy { file, levels, sources, .. } =
            LoadedPolicy::read(&path("top.yml"), Origin::User).unwrap();
        assert_eq!((file.warn_only, file.baseline), (true, Some("b.json".into())));
        let layers: Vec<&Path> = levels.iter().map(|layer| layer.path.as_path()).collect();
        assert_eq!(layers, [path("fleet/base.yml"), path("fleet/all.yml"), path("top.yml")]);
        assert_eq!(sources.warn_only, path("fleet/base.yml"));
        assert_eq!(sources.baseline, path("fleet/all.yml"));
        assert_eq!(sources.repositories, path("fleet/all.yml"));
        assert_eq!(sources.ref_levels, path("fleet/base.yml"));
        assert_eq!(sources.proven, path("fleet/all.yml"));
    }
}
