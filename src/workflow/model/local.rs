//! Local actions: the files that a workflow refers to, and their steps.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Step;
use super::uses::Uses;
use crate::workflow::{Document, Model, Node};

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

impl Model {
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
    ///
    /// `./../<directory>/` is another work tree of the same repository, a trusted copy checked out beside the
    /// first; the rest of the path is resolved in the same tree.
    pub fn action_files(uses: &str) -> Vec<String> {
        let path = uses.replace('\\', "/");
        let mut parts: Vec<&str> =
            path.split('/').skip(1).filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.first() == Some(&"..") {
            parts.drain(..parts.len().min(2));
        }
        if parts.contains(&"..") {
            return Vec::new();
        }
        let folder = parts.join("/");
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
        ] {
            let files = Document::action_files(uses);
            assert_eq!(files.first().map(String::as_str), first, "{uses}");
        }
    }
}
