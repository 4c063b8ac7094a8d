//! Local actions that come from the checkout of another repository.

use super::local::LocalPath;
use super::uses::{Reference, Uses};
use super::{Job, Step, UsesClause};
use crate::text::glob;
use crate::workflow::has_expression;

/// Maximum number of checkouts of a job that are told apart.
const MAX_CHECKOUTS: usize = 64;

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

/// Checkout of another repository at a reference that can move.
struct ForeignCheckout<'j> {
    /// Directory below the work tree; empty for the work tree itself.
    directory: String,
    repository: &'j str,
    reference: &'j str,
}

impl Job {
    /// Returns the local actions that come from another repository, at a reference that can move.
    ///
    /// Only a checkout over the work tree, or over a folder in which this repository has its own actions, makes
    /// an action look like one of this repository. `checkout_actions` are the actions that check out a
    /// repository.
    pub fn foreign_actions(&self, checkout_actions: &[String]) -> Vec<ForeignAction<'_>> {
        let (mut found, mut checkouts) = (Vec::new(), Vec::<ForeignCheckout<'_>>::new());
        for step in &self.steps {
            let Some(clause) = &step.uses else { continue };
            match &clause.uses {
                Uses::Repository(repository)
                    if checkout_actions.iter().any(|own| own.eq_ignore_ascii_case(&repository.name)) =>
                {
                    note_checkout(step, &mut checkouts);
                }
                Uses::Local => {
                    let LocalPath::InTree(path) = LocalPath::parse(&clause.text) else { continue };
                    let checkout =
                        checkouts.iter().rev().find(|checkout| is_below(&path, &checkout.directory));
                    found.extend(checkout.map(|checkout| ForeignAction {
                        clause,
                        repository: checkout.repository,
                        reference: checkout.reference,
                    }));
                }
                _ => {}
            }
        }
        found
    }
}

/// Adds the checkout of a step if it is foreign; otherwise it replaces what was at its directory before.
fn note_checkout<'j>(step: &'j Step, checkouts: &mut Vec<ForeignCheckout<'j>>) {
    let input = |name: &str| step.input(name).and_then(|value| value.trimmed()).unwrap_or_default();
    let path = input("path");
    // An expression, an absolute path and one with `..` may be the work tree itself.
    let is_absolute = path.starts_with(['/', '\\']) || path.contains(':');
    let known = match LocalPath::parse(&format!("./{path}")) {
        LocalPath::InTree(directory) if !is_absolute && !has_expression(path) => Some(directory),
        _ => None,
    };
    let (is_known, directory) = (known.is_some(), known.unwrap_or_default());
    let (repository, reference) = (input("repository"), input("ref"));
    let forge = directory.split('/').next().unwrap_or_default();
    let has_own_actions = directory.is_empty()
        || [".github", ".gitea", ".forgejo"].iter().any(|own| forge.eq_ignore_ascii_case(own));
    let is_pinned = matches!(Reference::parse(reference), Reference::Commit(_) | Reference::Sha256(_));
    if is_foreign(repository) && !is_pinned {
        if has_own_actions {
            // After many checkouts, any local action counts as foreign.
            let directory = if checkouts.len() < MAX_CHECKOUTS { directory } else { String::new() };
            checkouts.retain(|checkout| checkout.directory != directory);
            checkouts.push(ForeignCheckout { directory, repository, reference });
        }
    } else if is_known && step.node.get("if").is_none() {
        checkouts.retain(|checkout| !is_below(&checkout.directory, &directory));
    }
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
    !repository.is_empty() && (names_another() || !reads(b"*${{*github.*") && !reads(b"*${{*inputs.*"))
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
