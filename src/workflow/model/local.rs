//! Local actions and workflows: the files that a `uses` names, and the steps of the actions.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Step;
use super::uses::Uses;
use crate::workflow::{Document, Model, Node, has_expression};

/// Action in the same tree as the workflow.
#[derive(Debug)]
pub struct LocalAction {
    /// Value of the `uses` that refers to it.
    pub uses: String,
    /// Content of the action file.
    pub model: Model,
    /// Default values of the inputs; computed on first use.
    defaults: OnceCell<HashMap<String, String>>,
}

impl LocalAction {
    /// Creates an action from the `uses` that refers to it and the content of its file.
    pub fn new(uses: String, model: Model) -> Self {
        Self { uses, model, defaults: OnceCell::new() }
    }

    /// Returns the steps of the action.
    pub(in crate::workflow) fn steps(&self) -> &[Step] {
        self.model.jobs.first().map(|job| job.steps.as_slice()).unwrap_or_default()
    }

    /// Returns the default values of the inputs, by name in lower case; an empty text if an input has none.
    pub(in crate::workflow) fn defaults(&self) -> &HashMap<String, String> {
        self.defaults.get_or_init(|| {
            let inputs = self.model.action.as_ref().and_then(|root| root.get("inputs"));
            let pairs = inputs.and_then(|inputs| inputs.pairs()).unwrap_or_default().iter();
            let default = |node: &Node| node.get("default")?.text().map(str::to_owned);
            pairs
                .map(|pair| (pair.name().to_ascii_lowercase(), default(&pair.value).unwrap_or_default()))
                .collect()
        })
    }
}

/// Place that a local `uses` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::workflow) enum LocalPath {
    /// Path from the root of the tree, without empty and `.` parts.
    InTree(String),
    /// Path in another work tree of the same repository, a trusted copy checked out beside the first:
    /// `./../<directory>/`. The path is resolved in the same tree.
    Beside(String),
    /// Any other path with `..`: it may lead anywhere, such as to the cache of a runner.
    Elsewhere,
}

impl LocalPath {
    pub(in crate::workflow) fn parse(uses: &str) -> Self {
        let path = uses.replace('\\', "/");
        let parts: Vec<&str> = path.split('/').skip(1).filter(|part| !matches!(*part, "" | ".")).collect();
        match parts.as_slice() {
            ["..", directory, rest @ ..]
                if path.starts_with('.') && *directory != ".." && !rest.contains(&"..") =>
            {
                Self::Beside(rest.join("/"))
            }
            parts if parts.contains(&"..") => Self::Elsewhere,
            parts => Self::InTree(parts.join("/")),
        }
    }
}

/// Returns the paths of the workflow that the `uses` of a job may name; empty if no forge could tell.
///
/// A forge may cut off a reference after an `@`.
pub(in crate::workflow) fn called_paths(uses: &str) -> Vec<String> {
    let first = uses.split_once('@').map(|(path, _)| path);
    let last = uses.rsplit_once('@').map(|(path, _)| path);
    let mut paths = Vec::new();
    for uses in [Some(uses), first, last].into_iter().flatten() {
        let LocalPath::InTree(path) = LocalPath::parse(uses) else { continue };
        // On Linux a backslash is part of a name.
        let literal = uses
            .contains('\\')
            .then(|| uses.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/"));
        for path in [Some(path), literal].into_iter().flatten() {
            let is_yaml = [".yml", ".yaml"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
            if is_yaml && !has_expression(&path) && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

impl Model {
    /// Returns the paths of the local reusable workflows that the jobs call, sorted and without duplicates.
    pub(crate) fn called_workflows(&self) -> Vec<String> {
        let clauses = self.jobs.iter().filter_map(|job| job.uses.as_ref());
        let local = clauses.filter(|clause| clause.uses == Uses::Local);
        let mut found: Vec<String> = local.flat_map(|clause| called_paths(&clause.text)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Returns the `uses` values of steps that refer to local actions, sorted and without duplicates.
    pub fn local_actions(&self) -> Vec<String> {
        let clauses = self.jobs.iter().flat_map(|job| &job.steps).filter_map(|step| step.uses.as_ref());
        let mut found: Vec<String> =
            clauses.filter(|clause| clause.uses == Uses::Local).map(|clause| clause.text.clone()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Document {
    /// Returns the possible files of a local action, of which the first that exists counts; empty if the path
    /// leaves the tree.
    pub fn action_files(uses: &str) -> Vec<String> {
        let (LocalPath::InTree(folder) | LocalPath::Beside(folder)) = LocalPath::parse(uses) else {
            return Vec::new();
        };
        let prefix = if folder.is_empty() { folder } else { format!("{folder}/") };
        ["action.yml", "action.yaml"].iter().map(|name| format!("{prefix}{name}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_action_is_located_in_the_same_tree() {
        for (uses, first) in [
            ("./.github/actions/x", Some(".github/actions/x/action.yml")),
            (".\\.github\\actions\\x", Some(".github/actions/x/action.yml")),
            ("$/a/./b/", Some("a/b/action.yml")),
            ("./../base/.github/actions/x", Some(".github/actions/x/action.yml")),
            ("./", Some("action.yml")),
            ("./../base", Some("action.yml")),
            ("./a/../../b", None),
            ("./../../_actions/x", None),
            ("./..", None),
            ("$/../a", None),
        ] {
            let files = Document::action_files(uses);
            assert_eq!(files.first().map(String::as_str), first, "{uses}");
        }
    }

    #[test]
    fn called_workflow_is_a_yaml_file_of_the_tree() {
        for (uses, paths) in [
            ("./ci/p.yml", &["ci/p.yml"][..]),
            (".\\ci\\p.YAML", &["ci/p.YAML", ".\\ci\\p.YAML"]),
            ("./ci\\p.yml", &["ci/p.yml", "ci\\p.yml"]),
            ("$/.x//workflows/./p.yml", &[".x/workflows/p.yml"]),
            ("./ci/p.yml@main", &["ci/p.yml"]),
            ("./ci/p@1.yml", &["ci/p@1.yml"]),
            ("./ci/p@1.yml@x@y", &[]),
            ("./ci/p.txt", &[]),
            ("./ci/${{ x }}.yml", &[]),
            ("./../x/p.yml", &[]),
            ("./a/../p.yml", &[]),
            ("./", &[]),
        ] {
            assert_eq!(called_paths(uses), paths, "{uses}");
        }
    }
}
