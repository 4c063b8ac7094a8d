//! Jobs, steps and images that a workflow or action runs, regardless of `if` conditions.

mod constant;
pub(super) mod context;
pub(super) mod env;
pub(super) mod exempt;
pub(super) mod expression;
pub(super) mod file_kind;
pub(super) mod foreign;
mod generated;
pub(super) mod inline;
pub(super) mod label;
pub(super) mod local;
mod script;
pub(super) mod uses;

use std::rc::Rc;

use super::yaml::fault::{Fault, FaultKind};
use super::yaml::node::{Node, Pair};
use crate::text::Span;
use file_kind::{Dialect, FileKind};
use local::{LocalPath, called_paths};
use uses::{Uses, bounded, strip_ascii_prefix};

const DOCKER: &str = "docker://";

/// Jobs of a workflow or action file.
#[derive(Debug, Default)]
pub struct Model {
    /// Root of a workflow that GitHub reads; `None` for an action, and for a workflow of another forge.
    pub workflow: Option<Rc<Node>>,
    /// Root of an action; `None` for other files.
    pub action: Option<Rc<Node>>,
    /// Value of the key `on` of a workflow.
    on: Option<Rc<Node>>,
    /// Jobs of a workflow; an action is one job without an id.
    pub jobs: Vec<Job>,
}

/// Job of a workflow, or the `runs` mapping of an action.
#[derive(Debug)]
pub struct Job {
    /// Key under `jobs`, shortened if it is too long for a job id; empty for an action.
    pub id: String,
    /// Span of that key; for an action, the span of the `runs` mapping.
    pub key: Span,
    /// YAML mapping of the job, with all its keys.
    pub node: Rc<Node>,
    /// Reusable workflow that the job calls.
    pub uses: Option<UsesClause>,
    /// Steps in file order, including those inside `parallel`.
    pub steps: Vec<Step>,
    /// Images named by `container`, `services` or `runs.image`; those of `uses` are not included.
    pub images: Vec<Image>,
}

/// Step of a job.
#[derive(Debug)]
pub struct Step {
    /// YAML mapping of the step, with all its keys.
    pub node: Rc<Node>,
    /// Action or image that the step runs.
    pub uses: Option<UsesClause>,
}

/// Value of a `uses` key.
#[derive(Debug)]
pub struct UsesClause {
    /// Parsed value.
    pub uses: Uses,
    /// Value as written, folded and trimmed; shortened if it is too long to name anything.
    pub text: String,
    /// True if the text has not been shortened.
    pub is_whole: bool,
    /// Span of the value.
    pub span: Span,
}

/// Container image that a job or an action uses.
#[derive(Debug)]
pub struct Image {
    /// Image name, folded and trimmed, without `docker://`.
    pub name: String,
    /// Span of the name.
    pub span: Span,
}

impl Model {
    /// Collects the jobs of a document, and the faults that could hide more of them.
    pub(in crate::workflow) fn new(root: &Rc<Node>, kind: FileKind) -> (Self, Vec<Fault>) {
        let mut builder = Builder::default();
        builder.mapping(root, "the file");
        if kind.workflow
            && let Some(jobs) = root.get("jobs")
        {
            builder.jobs(jobs);
        }
        if kind.action
            && let Some(runs) = root.get("runs")
        {
            builder.runs(runs);
        }
        let workflow = (kind.workflow && kind.dialect == Dialect::GitHub).then(|| Rc::clone(root));
        let action = kind.action.then(|| Rc::clone(root));
        let on = root.get("on").filter(|_| kind.workflow).cloned();
        (Self { workflow, action, on, jobs: builder.jobs }, builder.faults)
    }

    /// Returns the scalars that name the events which start a workflow, in file order; none for an action.
    pub fn events(&self) -> impl Iterator<Item = &Node> {
        let named = self.on.iter().flat_map(|on| {
            let items = on.items().unwrap_or(std::slice::from_ref(on));
            let keys = on.pairs().unwrap_or_default().iter().map(|pair| &pair.key);
            items.iter().chain(keys)
        });
        named.map(AsRef::as_ref).filter(|event| event.text().is_some())
    }

    /// Returns every `uses` value together with its job.
    pub fn uses(&self) -> impl Iterator<Item = (&Job, &UsesClause)> {
        self.jobs.iter().flat_map(|job| {
            let steps = job.steps.iter().filter_map(|step| step.uses.as_ref());
            job.uses.iter().chain(steps).map(move |uses| (job, uses))
        })
    }
}

#[derive(Debug, Default)]
struct Builder {
    jobs: Vec<Job>,
    faults: Vec<Fault>,
}

impl Builder {
    fn jobs(&mut self, node: &Node) {
        for pair in self.mapping(node, "`jobs`") {
            let job = &pair.value;
            self.mapping(job, "a job");
            let mut images = Vec::new();
            if let Some(container) = job.get("container") {
                images.extend(self.image(container, "`container`"));
            }
            if let Some(services) = job.get("services") {
                self.services(services, &mut images);
            }
            let steps = self.steps(job);
            let uses = job.get("uses").map(|uses| UsesClause::new(uses));
            self.faults.extend(uses.as_ref().and_then(UsesClause::fault_of_call));
            self.jobs.push(Job {
                id: bounded(pair.name()),
                key: pair.key.span,
                node: Rc::clone(job),
                uses,
                steps,
                images,
            });
        }
    }

    fn runs(&mut self, runs: &Rc<Node>) {
        self.mapping(runs, "`runs`");
        let steps = self.steps(runs);
        // An image without `docker://` is the path of a Dockerfile.
        let is_image = |node: &&Rc<Node>| {
            node.trimmed().is_some_and(|name| strip_ascii_prefix(name, DOCKER).is_some())
                || node.is_expression()
        };
        let image = runs.get("image").filter(is_image).and_then(|image| self.image(image, "`image`"));
        let images = image.into_iter().collect();
        let (key, node) = (runs.span, Rc::clone(runs));
        self.jobs.push(Job { id: String::new(), key, node, uses: None, steps, images });
    }

    fn steps(&mut self, parent: &Node) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(list) = parent.get("steps") {
            self.collect_steps(list, "`steps`", &mut steps);
        }
        steps
    }

    fn collect_steps(&mut self, list: &Node, what: &'static str, steps: &mut Vec<Step>) {
        for node in self.sequence(list, what) {
            self.mapping(node, "a step");
            let uses = node.get("uses").map(|uses| UsesClause::new(uses));
            self.faults.extend(uses.as_ref().and_then(UsesClause::fault_of_step));
            steps.push(Step { node: Rc::clone(node), uses });
            if let Some(parallel) = node.get("parallel") {
                self.collect_steps(parallel, "`parallel`", steps);
            }
        }
    }

    fn services(&mut self, services: &Node, images: &mut Vec<Image>) {
        if services.is_expression() {
            images.extend(Image::new(services));
            return;
        }
        for pair in self.mapping(services, "`services`") {
            images.extend(self.image(&pair.value, "a service"));
        }
    }

    /// Returns the image of a container, given as a name or as a mapping; `None` if the name is empty.
    fn image(&mut self, node: &Node, what: &'static str) -> Option<Image> {
        match node.text() {
            Some(_) => Image::new(node),
            None => {
                self.mapping(node, what);
                node.get("image").and_then(|image| Image::new(image))
            }
        }
    }

    /// Returns the pairs of a mapping; empty for other nodes. Any other node except null is a fault, because
    /// it could hide steps. A key that is an expression is a fault too.
    fn mapping<'n>(&mut self, node: &'n Node, what: &'static str) -> &'n [Pair] {
        let Some(pairs) = node.pairs() else {
            if !node.is_null() {
                self.faults.push(FaultKind::NotAMapping(what).at(node.span));
            }
            return &[];
        };
        for pair in pairs.iter().filter(|pair| pair.key.is_expression()) {
            self.faults.push(FaultKind::ExpressionKey(pair.name().to_owned()).at(pair.key.span));
        }
        pairs
    }

    fn sequence<'n>(&mut self, node: &'n Node, what: &'static str) -> &'n [Rc<Node>] {
        if node.items().is_none() && !node.is_null() {
            self.faults.push(FaultKind::NotASequence(what).at(node.span));
        }
        node.items().unwrap_or_default()
    }
}

impl Job {
    /// Returns whether a `uses` of the job is the reusable workflow that it calls, not an action of a step.
    pub(crate) fn calls(&self, clause: &UsesClause) -> bool {
        self.uses.as_ref().is_some_and(|call| std::ptr::eq(call, clause))
    }
}

impl Step {
    /// Returns whether the step runs a local action.
    pub(in crate::workflow) fn is_local(&self) -> bool {
        self.uses.as_ref().is_some_and(|clause| clause.uses == Uses::Local)
    }

    /// Returns the action that the step runs, as `owner/name` and an optional path; `None` for a local action
    /// or an image.
    pub(in crate::workflow) fn action_name(&self) -> Option<String> {
        match &self.uses.as_ref()?.uses {
            Uses::Repository(repository) => Some(repository.full_name()),
            _ => None,
        }
    }

    /// Returns the value of an input. Input names are case-insensitive.
    pub fn input(&self, name: &str) -> Option<&Rc<Node>> {
        self.node.get("with")?.get_ignoring_case(name)
    }
}

impl UsesClause {
    /// Parses a value. A value that is not a scalar becomes an empty text, which names nothing.
    fn new(node: &Node) -> Self {
        let text = node.trimmed().unwrap_or_default();
        let bounded = bounded(text);
        Self { uses: Uses::parse(text), is_whole: bounded == text, text: bounded, span: node.span }
    }

    /// Returns the fault of a local action whose path may lead out of the repository.
    fn fault_of_step(&self) -> Option<Fault> {
        let is_elsewhere = self.uses == Uses::Local && LocalPath::parse(&self.text) == LocalPath::Elsewhere;
        is_elsewhere.then(|| FaultKind::LeavesRepository(self.text.clone()).at(self.span))
    }

    /// Returns the fault of a local reusable workflow that cannot be found in the tree.
    fn fault_of_call(&self) -> Option<Fault> {
        let is_unknown = self.uses == Uses::Local && called_paths(&self.text).is_empty();
        is_unknown.then(|| FaultKind::UnknownCall(self.text.clone()).at(self.span))
    }
}

impl Image {
    fn new(node: &Node) -> Option<Self> {
        let name = node.trimmed().unwrap_or_default();
        let name = strip_ascii_prefix(name, DOCKER).unwrap_or(name);
        (!name.is_empty()).then(|| Self { name: bounded(name), span: node.span })
    }
}

#[cfg(test)]
mod tests {
    use crate::workflow::{Document, FileKind};

    fn events(path: &str, text: &str) -> Vec<String> {
        let documents = Document::read(text.as_bytes(), FileKind::of(path.as_bytes()).unwrap());
        let events = documents.iter().flat_map(|document| document.model.events());
        events.filter_map(|event| event.text().map(str::to_owned)).collect()
    }

    #[test]
    fn events_are_read_in_every_form() {
        for (text, names) in [
            ("on: push", &["push"][..]),
            ("on: [push, pull_request]", &["push", "pull_request"]),
            ("on: {push: {branches: [main]}, workflow_call: }", &["push", "workflow_call"]),
            ("on:\n  - push\n  - [nested]", &["push"]),
            ("${{ 'on' }}: ${{ 'push' }}", &["push"]),
            ("'on': &e push\nenv: {A: *e}", &["push"]),
            ("name: x", &[]),
        ] {
            let text = format!("{text}\njobs: {{a: {{}}}}\n");
            for path in [".github/workflows/x.yml", ".gitea/workflows/x.yml"] {
                assert_eq!(events(path, &text), names, "{text}");
            }
            assert!(events("action.yml", &format!("{text}runs: {{}}\n")).is_empty(), "{text}");
        }
    }
}
