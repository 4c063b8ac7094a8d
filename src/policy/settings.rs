//! Values of all keys that are in force, each with the place where it is set.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use super::keys::{KeyKind, PolicyKey, keys};
use super::{Policy, PolicyText};
use crate::report::LevelSource;
use crate::rules::RULES;
use crate::text::line_number;
use crate::workflow::{Node, yaml_root};

/// Value of a key that is in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    /// Names of the key, from the top.
    pub(crate) path: Vec<String>,
    /// Value; null if the key is not set and has no default.
    pub(crate) value: Value,
    /// Source of the value.
    pub(crate) source: SettingSource,
}

/// Source of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SettingSource {
    /// Default of git-gate.
    Default,
    /// Place in a policy file; the line is `None` where the file has too many values to find it.
    Policy(PathBuf, Option<u32>),
    /// Profile that is set at a place, for a level.
    Profile(PathBuf, Option<u32>),
    /// `warn-only` that is set at a place, for a level that would be `deny`.
    WarnOnly(PathBuf, Option<u32>),
}

/// Parsed policy files, included ones first.
pub(super) struct ParsedFiles<'p> {
    files: Vec<ParsedFile<'p>>,
    sections: &'p [(PathBuf, usize)],
}

struct ParsedFile<'p> {
    path: &'p Path,
    text: &'p [u8],
    root: Option<Rc<Node>>,
    values: Value,
}

/// Value in a policy file, and its place.
pub(super) struct Placed {
    pub(super) value: Value,
    pub(super) path: PathBuf,
    pub(super) line: Option<u32>,
}

impl<'p> ParsedFiles<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        let parsed = |PolicyText { path, text }: &'p PolicyText| ParsedFile {
            path,
            text,
            root: yaml_root(text),
            values: serde_yaml::from_slice(text).unwrap_or_default(),
        };
        Self { files: policy.files.iter().map(parsed).collect(), sections: &policy.sections }
    }

    /// Returns the value of a key that counts: that of the last file that sets it.
    pub(super) fn find(&self, path: &[&str]) -> Option<Placed> {
        self.files.iter().rev().find_map(|file| file.find(path))
    }

    /// Returns the value of a key in the last section `repositories` that matches and sets it.
    fn find_in_sections(&self, path: &[&str]) -> Option<Placed> {
        self.sections.iter().rev().find_map(|(file, number)| {
            let file = self.files.iter().rev().find(|it| it.path == file)?;
            let list = file.root.as_ref().and_then(|root| root.get("repositories")).cloned();
            let node = list.and_then(|list| list.items()?.get(*number).cloned());
            let value = file.values.get("repositories")?.get(*number)?;
            file.place(value, node.as_ref(), path)
        })
    }

    /// Returns the value of a key that a section may override.
    fn overridden(&self, path: &[&str]) -> Option<Placed> {
        self.find_in_sections(path).or_else(|| self.find(path))
    }

    /// Returns the line of the key of a file that set a level.
    fn line_of(&self, path: &Path, keys: &[&str]) -> Option<u32> {
        let found = self.find_in_sections(keys).filter(|placed| placed.path == path);
        let in_file = || self.files.iter().rev().find(|file| file.path == path)?.find(keys);
        found.or_else(in_file)?.line
    }
}

impl ParsedFile<'_> {
    fn find(&self, path: &[&str]) -> Option<Placed> {
        self.place(&self.values, self.root.as_ref(), path)
    }

    /// Returns the value of a key below a node, unless it is null.
    fn place(&self, value: &Value, node: Option<&Rc<Node>>, path: &[&str]) -> Option<Placed> {
        let value = path.iter().try_fold(value, |value, name| value.get(name))?;
        let (last, above) = path.split_last()?;
        let mapping = node.and_then(|node| above.iter().try_fold(node, |node, name| node.get(name)));
        let pair = mapping.and_then(|mapping| mapping.pairs()?.iter().find(|pair| pair.name() == *last));
        let line = pair.map(|pair| line_number(self.text, pair.key.span.start));
        (!value.is_null()).then(|| Placed { value: value.clone(), path: self.path.to_owned(), line })
    }
}

/// Returns the value of each key that is in force in a repository: those that are set, and the defaults of the others.
///
/// The levels of all rules are among them. Of a list or a mapping whose keys the user chooses, the whole value is one
/// setting.
pub(crate) fn settings(policy: &Policy) -> Vec<Setting> {
    let files = ParsedFiles::of(policy);
    let mut settings = Vec::new();
    let mut leaf: Option<Vec<String>> = None;
    for key in keys() {
        if key.is_in_list() || leaf.as_ref().is_some_and(|leaf| key.path.starts_with(leaf)) {
            continue;
        }
        match key.kind {
            KeyKind::Section => {}
            _ if key.path == ["rules"] => settings.extend(levels(policy, &files)),
            _ => {
                settings.push(setting(&key, &files));
                leaf = Some(key.path);
            }
        }
    }
    settings
}

fn setting(key: &PolicyKey, files: &ParsedFiles<'_>) -> Setting {
    let path: Vec<String> = key.path.iter().map(|name| name.trim_end_matches("[]").to_owned()).collect();
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let overridable = matches!(names.as_slice(), ["profile" | "warn-only" | "baseline"]);
    let found = if overridable { files.overridden(&names) } else { files.find(&names) };
    let (value, source) = match found {
        Some(Placed { value, path, line }) => (value, SettingSource::Policy(path, line)),
        None => (key.default.clone().unwrap_or_default(), SettingSource::Default),
    };
    Setting { path, value, source }
}

/// Returns the levels of all rules.
fn levels<'a>(policy: &'a Policy, files: &'a ParsedFiles<'_>) -> impl Iterator<Item = Setting> + 'a {
    RULES.iter().map(|rule| {
        let id = rule.meta.id;
        let (level, source) = policy.level(&rule.meta);
        let source = match source {
            LevelSource::Policy(path) => {
                let line = files.line_of(&path, &["rules", id]);
                SettingSource::Policy(path, line)
            }
            LevelSource::Profile(path) => {
                let line = files.line_of(&path, &["profile"]);
                SettingSource::Profile(path, line)
            }
            LevelSource::WarnOnly(path) => {
                let line = files.line_of(&path, &["warn-only"]);
                SettingSource::WarnOnly(path, line)
            }
            LevelSource::Default
            | LevelSource::Bypass
            | LevelSource::Autosquash
            | LevelSource::Repository => SettingSource::Default,
        };
        Setting { path: vec!["rules".to_owned(), id.to_owned()], value: level.to_string().into(), source }
    })
}
