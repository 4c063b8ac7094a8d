//! Variables that a step sees in `env`.

use super::context::{Property, properties};
use super::{Job, Step};
use crate::text::Span;
use crate::workflow::SecretRef;
use crate::workflow::shell::variables;
use crate::workflow::yaml::node::Node;

/// Variables of a step, in order of precedence: step, job, workflow.
pub(crate) struct StepEnv<'n> {
    nodes: [Option<&'n Node>; 3],
}

impl<'n> StepEnv<'n> {
    /// Creates the variables of a step of a job; `workflow` is `None` for an action.
    pub(crate) fn new(step: &'n Step, job: &'n Job, workflow: Option<&'n Node>) -> Self {
        Self { nodes: [Some(&*step.node), Some(&*job.node), workflow] }
    }

    /// Returns what tells these variables from those of another step of the workflow: aliases can repeat a step very
    /// often, and what is found in its script is the same each time.
    pub(crate) fn key(&self) -> [Option<Span>; 2] {
        let env = |node: Option<&Node>| node?.get("env").map(|env| env.span);
        let [step, job, _] = self.nodes;
        [env(step), env(job)]
    }

    /// Returns the secrets that a text reads, directly or through a variable. `span` is the span of the text.
    pub(crate) fn secrets(&self, text: &str, span: Span) -> Vec<SecretRef> {
        let mut found = properties(text, "secrets");
        let of_env = properties(text, "env");
        let names = of_env.iter().filter_map(Property::name).chain(variables(text));
        found.extend(names.filter_map(|name| self.get(name)).flat_map(|text| properties(text, "secrets")));
        found.into_iter().map(|property| SecretRef { property, span }).collect()
    }

    /// Returns the variables around the innermost ones: those that the expressions in the values of the latter read.
    pub(crate) fn outer(&self) -> Self {
        let [step, job, workflow] = self.nodes;
        let nodes = match (step, job) {
            (Some(_), _) => [None, job, workflow],
            (None, Some(_)) => [None, None, workflow],
            (None, None) => [None; 3],
        };
        Self { nodes }
    }

    /// Returns the text of a variable. Its name is compared with case, as a shell does.
    pub(crate) fn get(&self, name: &str) -> Option<&'n str> {
        self.value(|env| env.get(name).map(AsRef::as_ref))
    }

    /// Returns the text of a variable that an expression reads: its name is compared without case.
    pub(crate) fn get_ignoring_case(&self, name: &str) -> Option<&'n str> {
        self.value(|env| env.get_ignoring_case(name).map(AsRef::as_ref))
    }

    fn value(&self, find: impl Fn(&'n Node) -> Option<&'n Node>) -> Option<&'n str> {
        let env = self.nodes.into_iter().flatten().filter_map(|node| node.get("env"));
        env.filter_map(|env| find(env)).find_map(Node::text)
    }
}
