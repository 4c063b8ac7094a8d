//! The steps of a job with the local actions that it uses written out in their place.

use std::collections::HashMap;
use std::rc::Rc;

use super::context::{Property, properties};
use super::local::LocalAction;
use super::uses::Uses;
use super::{Job, Step};
use crate::text::Span;
use crate::workflow::shell::{Command, commands};
use crate::workflow::yaml::node::Node;

/// Actions that use actions are written out to this depth, as deep as GitHub runs them.
const MAX_DEPTH: usize = 10;

/// More steps of a file than this, or more bytes in them, are not written out. A file without local actions cannot have
/// as many, unless aliases replay long texts.
const MAX_STEPS: usize = 20_000;
const MAX_BYTES: usize = 4 << 20;

/// The step that stands for those that are not written out. Nobody knows what they push.
pub(in crate::workflow) const TOO_MANY: &str = "steps that are too many to judge";

/// A step, or a step of a local action with the inputs put in.
#[derive(Debug)]
pub(in crate::workflow) struct FlatStep {
    /// By what later steps call it: its own id, and those of the steps that it is part of.
    pub(in crate::workflow) ids: Vec<String>,
    /// The steps whose outputs it reads, by their ids.
    pub(in crate::workflow) reads: Vec<String>,
    /// The action that it runs, in lower case.
    pub(in crate::workflow) action: Option<String>,
    /// The commands that it runs.
    pub(in crate::workflow) commands: Rc<[Command]>,
    /// Everything that is written in it.
    pub(in crate::workflow) text: String,
    /// Where it stands in the workflow.
    pub(in crate::workflow) span: Span,
    /// Whether `if` is literally false.
    pub(in crate::workflow) never: bool,
    /// Its own variables.
    pub(in crate::workflow) env: HashMap<String, String>,
    inputs: Vec<(String, String)>,
}

impl FlatStep {
    fn too_many(span: Span) -> Self {
        Self {
            ids: Vec::new(),
            reads: Vec::new(),
            action: Some(TOO_MANY.to_owned()),
            commands: Rc::default(),
            text: String::new(),
            span,
            never: false,
            env: HashMap::new(),
            inputs: Vec::new(),
        }
    }

    /// The value of an input.
    pub(in crate::workflow) fn input(&self, name: &str) -> Option<&str> {
        let found = self.inputs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What the steps of an action are run in.
struct Frame<'f> {
    /// Set before the ids of its steps; empty for those of the job.
    scope: String,
    /// The ids of the steps that it is part of.
    ids: Vec<String>,
    /// The values that are given to inputs, by their names in lower case.
    inputs: HashMap<String, String>,
    /// The action whose steps they are; none for those of the job.
    action: Option<&'f LocalAction>,
    /// The outputs that these values read, by the ids of their steps.
    reads: Vec<String>,
    span: Option<Span>,
    never: bool,
    actions: &'f [LocalAction],
    depth: usize,
}

/// Writes out the steps of a job, as long as there is room for them.
pub(in crate::workflow) fn steps(job: &Job, actions: &[LocalAction], room: &mut Room) -> Vec<FlatStep> {
    let frame = Frame {
        scope: String::new(),
        ids: Vec::new(),
        inputs: HashMap::new(),
        action: None,
        reads: Vec::new(),
        span: None,
        never: false,
        actions,
        depth: 0,
    };
    let mut out = Written { steps: Vec::new(), room, full: false };
    frame.steps(&job.steps, &mut out);
    out.steps
}

/// What is written out of all jobs so far.
#[derive(Default)]
pub(in crate::workflow) struct Room {
    steps: usize,
    bytes: usize,
}

/// What is written out of a job so far.
struct Written<'r> {
    steps: Vec<FlatStep>,
    room: &'r mut Room,
    full: bool,
}

impl Written<'_> {
    /// Whether another step has room; where it has not, one stands for all that follow.
    fn has_room(&mut self, span: Span) -> bool {
        if self.full {
            return false;
        }
        self.full = self.room.steps >= MAX_STEPS || self.room.bytes >= MAX_BYTES;
        if self.full {
            self.steps.push(FlatStep::too_many(span));
        }
        // One that uses an action counts too: actions may use each other often, and do nothing.
        self.room.steps += 1;
        !self.full
    }

    fn push(&mut self, step: FlatStep) {
        self.room.bytes += step.text.len();
        self.steps.push(step);
    }
}

impl Frame<'_> {
    fn steps(&self, steps: &[Step], out: &mut Written<'_>) {
        for (at, step) in steps.iter().enumerate() {
            if !out.has_room(self.span.unwrap_or(step.node.span)) {
                return;
            }
            let flat = self.flat(step);
            let local =
                step.uses.as_ref().filter(|clause| clause.uses == Uses::Local && self.depth < MAX_DEPTH);
            let action =
                local.and_then(|clause| self.actions.iter().find(|action| action.uses == clause.text));
            match action {
                Some(action) => self.inner(at, flat, action).steps(action.steps(), out),
                None => out.push(flat),
            }
        }
    }

    /// The frame of an action that a step of this frame uses.
    fn inner<'i>(&'i self, at: usize, step: FlatStep, action: &'i LocalAction) -> Frame<'i> {
        let given = step.inputs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        Frame {
            scope: format!("{}{at}/", self.scope),
            ids: step.ids,
            inputs: given.collect(),
            action: Some(action),
            reads: step.reads,
            span: Some(step.span),
            never: step.never,
            actions: self.actions,
            depth: self.depth + 1,
        }
    }

    fn flat(&self, step: &Step) -> FlatStep {
        let node = &step.node;
        let mut text = String::new();
        node.for_each_text(&mut |part, _| {
            text.push_str(part);
            text.push('\n');
        });
        let mut reads: Vec<String> = names(&text, "steps").map(|id| self.id(&id)).collect();
        if names(&text, "inputs").next().is_some() {
            reads.extend(self.reads.iter().cloned());
        }
        let id = node.get("id").and_then(|id| id.trimmed()).filter(|id| !id.is_empty());
        let ids = id.map(|id| self.id(id)).into_iter().chain(self.ids.iter().cloned()).collect();
        let span =
            step.uses.as_ref().map(|clause| clause.span).or_else(|| node.get("run").map(|run| run.span));
        FlatStep {
            ids,
            reads,
            action: action_name(step),
            commands: node.get("run").map(|run| self.commands(run)).unwrap_or_default(),
            text: self.put_in(text),
            span: self.span.or(span).unwrap_or(node.span),
            never: self.never || is_never(node),
            env: node.get("env").map(|env| self.values_of(env).collect()).unwrap_or_default(),
            inputs: node.get("with").map(|with| self.values_of(with).collect()).unwrap_or_default(),
        }
    }

    fn values_of(&self, node: &Node) -> impl Iterator<Item = (String, String)> {
        pairs(node).map(|(name, value)| (name, self.put_in(value)))
    }

    fn id(&self, id: &str) -> String {
        format!("{}{}", self.scope, id.to_ascii_lowercase())
    }

    fn commands(&self, run: &Node) -> Rc<[Command]> {
        if self.depth == 0 {
            return Rc::clone(run.commands());
        }
        commands(&self.put_in(run.text().unwrap_or_default().to_owned())).into()
    }

    /// A text with `${{ inputs.NAME }}` replaced by the value, as long as the whole is not too large for a step.
    fn put_in(&self, text: String) -> String {
        if self.depth == 0 {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("${{") {
            out.push_str(before);
            let (expression, after) = behind.split_once("}}").unwrap_or((behind, ""));
            let name = expression.trim().strip_prefix("inputs.");
            match name.and_then(|name| self.input(name)) {
                // What is put in twice at each level doubles at each level.
                Some(value) if value.len() < 4096 && out.len() < MAX_BYTES => out.push_str(value),
                _ => {
                    out.push_str("${{");
                    out.push_str(expression);
                    out.push_str("}}");
                }
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The value of an input: the one given, else its default.
    fn input(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        let given = self.inputs.get(&name).map(String::as_str);
        given.or_else(|| self.action?.defaults().get(&name).map(String::as_str))
    }
}

/// The action that a step runs, in lower case.
pub(in crate::workflow) fn action_name(step: &Step) -> Option<String> {
    match &step.uses.as_ref()?.uses {
        Uses::Repository(repository) => Some(repository.full_name()),
        _ => None,
    }
}

fn is_never(node: &Node) -> bool {
    let condition = node.get("if").and_then(|condition| condition.trimmed()).unwrap_or_default();
    let inner = condition.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    inner.unwrap_or(condition).trim() == "false"
}

/// The names and the texts of a mapping.
fn pairs(node: &Node) -> impl Iterator<Item = (String, String)> {
    let pairs = node.pairs().unwrap_or_default().iter();
    pairs.map(|pair| {
        let text = |node: &Node| node.text().unwrap_or_default().to_owned();
        (text(&pair.key), text(&pair.value))
    })
}

fn names(text: &str, context: &str) -> impl Iterator<Item = String> {
    properties(text, context).into_iter().filter_map(|property| match property {
        Property::Named(name) => Some(name),
        Property::Any => None,
    })
}

/// The ids of the steps that a text of a job reads.
pub(in crate::workflow) fn step_ids(text: &str) -> Vec<String> {
    names(text, "steps").map(|id| id.to_ascii_lowercase()).collect()
}
