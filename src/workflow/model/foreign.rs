//! Local actions that come from the checkout of another repository.

use std::collections::HashSet;

use super::expression::{Expression, expressions};
use super::local::LocalPath;
use super::uses::{Reference, Uses};
use super::{Job, Model, Step, UsesClause};
use crate::text::glob;
use crate::workflow::has_expression;

/// Maximum number of checkouts of a job that are told apart.
const MAX_CHECKOUTS: usize = 64;

/// Folders in which repositories have actions of their own.
const OWN: [&str; 5] = [".github", ".gitea", ".forgejo", "actions", "action"];

/// Local action that comes from another repository, at a reference that can move.
#[derive(Debug)]
pub struct ForeignAction<'j> {
    /// Value that names the action.
    pub clause: &'j UsesClause,
    /// Repository that is checked out, as written.
    pub repository: &'j str,
    /// Reference that is checked out, as written; empty for the default branch.
    pub reference: &'j str,
}

/// Checkout into a directory.
struct Checkout<'j> {
    /// Directory below the work tree; empty for the work tree itself.
    directory: String,
    /// Repository and reference, if it is another one at a reference that can move.
    movable: Option<(&'j str, &'j str)>,
}

impl Job {
    /// Returns the local actions that come from another repository, at a reference that can move.
    ///
    /// Only a checkout over the work tree, or over a folder in which this repository has or may have its own actions, makes
    /// an action look like one of this repository. Of the checkouts that hold its path, the last one counts. `checkout_actions` are the actions
    /// that check out a repository, `own` the paths that the tree is known to have.
    pub fn foreign_actions(
        &self,
        checkout_actions: &[String],
        own: &HashSet<String>,
    ) -> Vec<ForeignAction<'_>> {
        let (mut found, mut checkouts) = (Vec::new(), Vec::<Checkout<'_>>::new());
        for step in &self.steps {
            let Some(clause) = &step.uses else { continue };
            match &clause.uses {
                Uses::Repository(repository)
                    if checkout_actions.iter().any(|own| own.eq_ignore_ascii_case(&repository.name)) =>
                {
                    note_checkout(step, own, &mut checkouts);
                }
                Uses::Local => {
                    // A path beside the work tree may lead back into it, by the name of the repository.
                    let (path, is_beside) = match LocalPath::parse(&clause.text) {
                        LocalPath::InTree(path) => (path, false),
                        LocalPath::Beside(path) => (path, true),
                        LocalPath::Elsewhere => continue,
                    };
                    let holds = |checkout: &&Checkout<'_>| {
                        is_below(&path, &checkout.directory) && !(is_beside && checkout.directory.is_empty())
                    };
                    let checkout = checkouts.iter().rev().find(holds);
                    let movable = checkout.and_then(|checkout| checkout.movable);
                    let action = movable.map(|(repository, reference)| ForeignAction {
                        clause,
                        repository,
                        reference,
                    });
                    found.extend(action);
                }
                _ => {}
            }
        }
        found
    }
}

impl Model {
    /// Returns the directories of checkouts of other repositories; a finding depends on which of them the tree has.
    pub(crate) fn foreign_directories(&self, checkout_actions: &[String]) -> HashSet<String> {
        let steps = self.jobs.iter().flat_map(|job| &job.steps);
        let checkouts = steps.filter(|step| match step.uses.as_ref().map(|clause| &clause.uses) {
            Some(Uses::Repository(repository)) => {
                checkout_actions.iter().any(|own| own.eq_ignore_ascii_case(&repository.name))
            }
            _ => false,
        });
        let is_foreign_step = |step: &&Step| is_foreign(input(step, "repository"));
        let known = checkouts.filter(is_foreign_step).filter_map(|step| directory(input(step, "path")));
        known.filter(|directory| !may_have_own_actions(directory)).collect()
    }
}

/// Returns the text of an input, empty if it has none.
fn input<'s>(step: &'s Step, name: &str) -> &'s str {
    step.input(name).and_then(|value| value.trimmed()).unwrap_or_default()
}

/// Returns the directory of a checkout; `None` if it is not known, and may be the work tree itself.
fn directory(path: &str) -> Option<String> {
    // An expression, an absolute path and one with `..` may be the work tree itself.
    let is_absolute = path.starts_with(['/', '\\']) || path.contains(':');
    match LocalPath::parse(&format!("./{path}")) {
        LocalPath::InTree(directory) if !is_absolute && !has_expression(path) => Some(directory),
        _ => None,
    }
}

/// Adds the checkout of a step; it replaces what earlier ones left at its directory and below.
fn note_checkout<'j>(step: &'j Step, own: &HashSet<String>, checkouts: &mut Vec<Checkout<'j>>) {
    let known = directory(input(step, "path"));
    let (repository, reference) = (input(step, "repository"), input(step, "ref"));
    let is_pinned = matches!(Reference::parse(reference), Reference::Commit(_) | Reference::Sha256(_));
    if is_foreign(repository) && !is_pinned {
        // After many checkouts, any local action counts as foreign.
        let directory = known.filter(|_| checkouts.len() < MAX_CHECKOUTS).unwrap_or_default();
        checkouts.retain(|checkout| checkout.directory != directory);
        let is_mistakable = may_have_own_actions(&directory) || own.contains(&directory);
        let movable = is_mistakable.then_some((repository, reference));
        checkouts.push(Checkout { directory, movable });
    } else if let Some(directory) = known.filter(|_| step.node.get("if").is_none()) {
        checkouts.retain(|checkout| !is_below(&checkout.directory, &directory));
        let is_inside = checkouts.iter().any(|checkout| is_below(&directory, &checkout.directory));
        if is_inside && checkouts.len() < MAX_CHECKOUTS {
            checkouts.push(Checkout { directory, movable: None });
        }
    }
}

/// Returns whether this repository may have actions of its own in a directory, for which those of a checkout there would be
/// taken. Whoever checks out below another path names it in `uses`, and means that checkout.
fn may_have_own_actions(directory: &str) -> bool {
    let first = directory.split('/').next().unwrap_or_default();
    first.is_empty() || OWN.iter().any(|own| first.eq_ignore_ascii_case(own))
}

/// Returns whether a checked-out repository is surely another one.
///
/// Expressions of the event and of the caller usually name this repository, or a fork of it.
fn is_foreign(repository: &str) -> bool {
    let reads = |context: &[u8]| glob::matches(context, repository.as_bytes(), u8::eq_ignore_ascii_case);
    let names_another = || {
        without_expressions(repository)
            .split_once('/')
            .is_some_and(|(owner, name)| !owner.trim().is_empty() && !name.trim().is_empty())
    };
    let may_be_another = || {
        let parsed = expressions(repository).into_iter().filter_map(Expression::parse);
        parsed.flat_map(|parsed| parsed.texts()).any(|text| is_name(&text))
    };
    !repository.is_empty()
        && (names_another() || may_be_another() || !reads(b"*${{*github.*") && !reads(b"*${{*inputs.*"))
}

/// Returns whether a text of an expression is the name of a repository, in full.
fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

/// Returns a value without its expressions, which may be empty.
fn without_expressions(value: &str) -> String {
    let (mut literal, mut rest) = (String::new(), value);
    while let Some((before, expression)) = rest.split_once("${{") {
        literal.push_str(before);
        rest = expression.split_once("}}").map_or("", |(_, after)| after);
    }
    literal + rest
}

/// Returns whether a path is a directory or below it.
fn is_below(path: &str, directory: &str) -> bool {
    let path =
        path.get(..directory.len()).filter(|start| start.eq_ignore_ascii_case(directory)).map(|_| path);
    path.and_then(|path| path.get(directory.len()..))
        .is_some_and(|rest| directory.is_empty() || rest.is_empty() || rest.starts_with('/'))
}
