//! Steps of a job with its local actions inlined: a step that uses one is replaced by the action's steps.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::context::{Property, properties};
use super::expression::Expression;
use super::local::LocalAction;
use super::{Job, Step};
use crate::text::Span;
use crate::workflow::shell::flow::Flow;
use crate::workflow::shell::program::{reads_as_sh, runs_script, stops_at_failure};
use crate::workflow::shell::{ShellCommand, commands};
use crate::workflow::yaml::node::Node;

/// Maximum nesting depth at which local actions are inlined; GitHub has the same limit.
const MAX_DEPTH: usize = 10;

/// Maximum number of steps of a file after inlining; a placeholder replaces further ones. Only local actions,
/// or aliases that repeat long texts, can make a file exceed this limit or the next one.
const MAX_STEPS: usize = 20_000;
/// Maximum size of the text of all these steps, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// Action of the placeholder for steps beyond the limits. It counts as a push, because those steps may push.
pub(in crate::workflow) const OVER_LIMIT: &str = "steps beyond the limit";

/// Step of a job, or step of a local action with its inputs substituted.
#[derive(Debug)]
pub(in crate::workflow) struct InlinedStep {
    /// Ids by which later steps refer to it: its own, then those of the enclosing steps.
    pub(in crate::workflow) ids: Vec<String>,
    /// Ids of the steps whose outputs it reads.
    pub(in crate::workflow) reads: Vec<String>,
    /// Action that it runs, as `owner/name` in lower case and an optional path.
    pub(in crate::workflow) action: Option<String>,
    /// Commands of its `run` script.
    pub(in crate::workflow) commands: Rc<[ShellCommand]>,
    /// All texts of the step, keys included, one per line.
    pub(in crate::workflow) text: String,
    /// Span of its `uses` or `run` value in the workflow; inside a local action, that of the calling step.
    pub(in crate::workflow) span: Span,
    /// True if its `if`, or that of an enclosing step, never holds after the steps before have succeeded.
    pub(in crate::workflow) is_disabled: bool,
    /// True if its `if`, or that of an enclosing step, never holds.
    pub(in crate::workflow) is_off: bool,
    /// True if it runs although a step before has failed, or if the job goes on when it fails itself.
    pub(in crate::workflow) is_always: bool,
    /// Variables set by its own `env`.
    pub(in crate::workflow) env: HashMap<String, String>,
    /// Folder in which its script runs, as it is written; `None` for the top.
    pub(in crate::workflow) folder: Option<String>,
    /// Commands that its script runs through files of the tree, each with the index of the command that runs it. Set by
    /// the caller after inlining; empty until then.
    pub(in crate::workflow) followed: Vec<(usize, ShellCommand)>,
    inputs: Vec<(String, String)>,
    /// Program that runs its script, if it names one.
    shell: Option<String>,
    /// Commands of its script that are reached; computed on first use.
    flow: OnceCell<Flow>,
}

impl InlinedStep {
    fn over_limit(span: Span) -> Self {
        Self {
            ids: Vec::new(),
            reads: Vec::new(),
            action: Some(OVER_LIMIT.to_owned()),
            commands: Rc::default(),
            text: String::new(),
            span,
            is_disabled: false,
            is_off: false,
            is_always: false,
            env: HashMap::new(),
            folder: None,
            followed: Vec::new(),
            inputs: Vec::new(),
            shell: None,
            flow: OnceCell::new(),
        }
    }

    /// Returns the words after a program, for each of its calls that the script reaches, itself or in a file that it runs; each
    /// with the command and the index of the command of the script.
    pub(in crate::workflow) fn calls<'s>(
        &'s self,
        name: &'s str,
    ) -> impl Iterator<Item = (usize, &'s ShellCommand, &'s [String])> {
        let followed = self.followed.iter().map(|(at, command)| (*at, command));
        let all = self.commands.iter().enumerate().chain(followed);
        let named = all.filter_map(move |(at, command)| Some((at, command, command.run_arguments(name)?)));
        named.filter(|(at, ..)| runs_script(self.shell.as_deref()) && self.flow().reaches(*at))
    }

    /// Returns whether its script always fails.
    pub(in crate::workflow) fn fails(&self) -> bool {
        let may_end =
            |command: &ShellCommand| command.words.iter().any(|word| word == "exit" || word == "false");
        self.commands.iter().any(may_end) && self.flow().fails
    }

    fn flow(&self) -> &Flow {
        let shell = self.shell.as_deref();
        self.flow.get_or_init(|| match reads_as_sh(shell) {
            true => Flow::of(&self.commands, stops_at_failure(shell)),
            false => Flow::all(&self.commands),
        })
    }

    /// Returns the value of an input, compared without ASCII case.
    pub(in crate::workflow) fn input(&self, name: &str) -> Option<&str> {
        let found = self.inputs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Context of the steps of a job or of a local action.
struct Frame<'f> {
    /// Prefix of the ids of its steps; empty for those of the job.
    prefix: String,
    /// Ids of the enclosing steps.
    ids: Vec<String>,
    /// Values of the inputs, by name in lower case.
    inputs: HashMap<String, String>,
    /// Action that contains the steps; `None` for those of the job.
    action: Option<&'f LocalAction>,
    /// Ids of the steps whose outputs the input values read.
    reads: Vec<String>,
    /// Settings of scripts, unless a step has its own.
    defaults: RunDefaults<'f>,
    span: Option<Span>,
    is_disabled: bool,
    is_off: bool,
    is_always: bool,
    actions: &'f [LocalAction],
    depth: usize,
}

/// Settings of the scripts of a job: the folder and the shell in which they run.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::workflow) struct RunDefaults<'n> {
    pub(in crate::workflow) folder: Option<&'n str>,
    pub(in crate::workflow) shell: Option<&'n str>,
}

/// Returns the steps of a job with local actions inlined, within the limits of the budget.
///
/// `defaults` are the settings of scripts unless a step has its own.
pub(in crate::workflow) fn inlined_steps(
    job: &Job,
    defaults: RunDefaults<'_>,
    actions: &[LocalAction],
    budget: &mut InlineBudget,
) -> Vec<InlinedStep> {
    let frame = Frame {
        prefix: String::new(),
        ids: Vec::new(),
        inputs: HashMap::new(),
        action: None,
        reads: Vec::new(),
        defaults,
        span: None,
        is_disabled: false,
        is_off: false,
        is_always: false,
        actions,
        depth: 0,
    };
    let mut out = InlinedSteps { steps: Vec::new(), budget, is_full: false };
    frame.steps(&job.steps, &mut out);
    out.steps
}

/// Number and size of the steps inlined so far, over all jobs of a file.
#[derive(Default)]
pub(in crate::workflow) struct InlineBudget {
    steps: usize,
    bytes: usize,
}

/// Steps of one job inlined so far.
struct InlinedSteps<'b> {
    steps: Vec<InlinedStep>,
    budget: &'b mut InlineBudget,
    /// Set once a step was beyond the limits.
    is_full: bool,
}

impl InlinedSteps<'_> {
    /// Counts a step and returns whether it is within the limits. The first one beyond them is replaced by a
    /// placeholder for it and all that follow.
    fn count(&mut self, span: Span) -> bool {
        if self.is_full {
            return false;
        }
        self.is_full = self.budget.steps >= MAX_STEPS || self.budget.bytes >= MAX_BYTES;
        if self.is_full {
            self.steps.push(InlinedStep::over_limit(span));
        }
        // Calls of local actions count too: they can be repeated many times without any other step.
        self.budget.steps += 1;
        !self.is_full
    }

    fn push(&mut self, step: InlinedStep) {
        self.budget.bytes += step.text.len();
        self.steps.push(step);
    }
}

impl Frame<'_> {
    fn steps(&self, steps: &[Step], out: &mut InlinedSteps<'_>) {
        for (at, step) in steps.iter().enumerate() {
            if !out.count(self.span.unwrap_or(step.node.span)) {
                return;
            }
            let inlined = self.step(step);
            let local = step.uses.as_ref().filter(|_| step.is_local() && self.depth < MAX_DEPTH);
            let action =
                local.and_then(|clause| self.actions.iter().find(|action| action.uses == clause.text));
            match action {
                Some(action) => self.inner(at, inlined, action).steps(action.steps(), out),
                None => out.push(inlined),
            }
        }
    }

    /// Returns the frame of a local action that a step of this frame uses.
    fn inner<'i>(&'i self, at: usize, step: InlinedStep, action: &'i LocalAction) -> Frame<'i> {
        let given = step.inputs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        Frame {
            prefix: format!("{}{at}/", self.prefix),
            ids: step.ids,
            inputs: given.collect(),
            action: Some(action),
            reads: step.reads,
            // The default of the job does not hold in an action.
            defaults: RunDefaults::default(),
            span: Some(step.span),
            is_disabled: step.is_disabled,
            is_off: step.is_off,
            is_always: step.is_always,
            actions: self.actions,
            depth: self.depth + 1,
        }
    }

    /// Returns a step of this frame, with the inputs of the frame substituted.
    fn step(&self, step: &Step) -> InlinedStep {
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
        InlinedStep {
            ids,
            reads,
            action: step.action_name(),
            commands: node.get("run").map(|run| self.commands(run)).unwrap_or_default(),
            text: self.with_inputs(text),
            span: self.span.or(span).unwrap_or(node.span),
            is_disabled: self.is_disabled
                || condition(node).is_some_and(|own| own.after_success() == Some(false)),
            is_off: self.is_off || condition(node).is_some_and(|own| own.constant() == Some(false)),
            is_always: self.is_always || is_always(node),
            env: node.get("env").map(|env| self.values_of(env).collect()).unwrap_or_default(),
            folder: self.folder_of(node),
            followed: Vec::new(),
            inputs: node.get("with").map(|with| self.values_of(with).collect()).unwrap_or_default(),
            shell: node
                .get("shell")
                .and_then(|shell| shell.text())
                .or(self.defaults.shell)
                .map(str::to_owned),
            flow: OnceCell::new(),
        }
    }

    fn folder_of(&self, step: &Node) -> Option<String> {
        let own = step.get("working-directory").and_then(|node| node.text());
        own.map(|own| self.with_inputs(own.to_owned())).or_else(|| self.defaults.folder.map(str::to_owned))
    }

    fn values_of(&self, node: &Node) -> impl Iterator<Item = (String, String)> {
        pairs(node).map(|(name, value)| (name, self.with_inputs(value)))
    }

    fn id(&self, id: &str) -> String {
        format!("{}{}", self.prefix, id.to_ascii_lowercase())
    }

    fn commands(&self, run: &Node) -> Rc<[ShellCommand]> {
        if self.depth == 0 {
            return Rc::clone(run.commands());
        }
        commands(&self.with_inputs(run.text().unwrap_or_default().to_owned())).into()
    }

    /// Replaces `${{ inputs.NAME }}` in a text by the value of the input. A value of 4096 bytes or more, and
    /// any value after `MAX_BYTES` of output, is left as an expression.
    fn with_inputs(&self, text: String) -> String {
        if self.depth == 0 {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("${{") {
            out.push_str(before);
            let (expression, after) = after.split_once("}}").unwrap_or((after, ""));
            let name = expression.trim().strip_prefix("inputs.");
            match name.and_then(|name| self.input(name)) {
                // Without the limits, a value used twice at each level would double in size at each level.
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

    /// Returns the value of an input: the given one, else the default of the action.
    fn input(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        let given = self.inputs.get(&name).map(String::as_str);
        given.or_else(|| self.action?.defaults().get(&name).map(String::as_str))
    }
}

/// Returns the parsed `if` of a job or a step; `None` if it has none, or one that is always true.
pub(in crate::workflow) fn condition(node: &Node) -> Option<Expression> {
    Expression::condition(node.get("if")?.text()?)
}

/// Returns whether a step runs after a failure, or whether the job goes on if it fails.
fn is_always(node: &Node) -> bool {
    let text = |key: &str| node.get(key).and_then(|node| node.text()).unwrap_or_default();
    let goes_on = text("continue-on-error");
    !goes_on.is_empty() && goes_on != "false" || has_status_function(text("if"))
}

/// Returns whether a condition has a function that decides it although something before has failed.
pub(in crate::workflow) fn has_status_function(condition: &str) -> bool {
    let text: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.to_ascii_lowercase();
    ["always(", "failure(", "cancelled(", "success("].iter().any(|name| text.contains(name))
}

/// Returns the keys and texts of a mapping. A value that is not a scalar has an empty text.
fn pairs(node: &Node) -> impl Iterator<Item = (String, String)> {
    let pairs = node.pairs().unwrap_or_default().iter();
    pairs.map(|pair| (pair.name().to_owned(), pair.value.text().unwrap_or_default().to_owned()))
}

fn names(text: &str, context: &str) -> impl Iterator<Item = String> {
    properties(text, context).into_iter().filter_map(|property| match property {
        Property::Named(name) => Some(name),
        Property::Any => None,
    })
}

/// Returns the ids of the steps that a text of a job reads, in lower case.
pub(in crate::workflow) fn step_ids(text: &str) -> Vec<String> {
    names(text, "steps").map(|id| id.to_ascii_lowercase()).collect()
}
