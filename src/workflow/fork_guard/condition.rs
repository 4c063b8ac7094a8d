//! Parts of a condition that hold for no code of a stranger.
//!
//! A value that an event does not have is null, which equals every other null, `false` and the empty text. So each
//! part is judged for one event at a time.

use std::collections::HashSet;

use crate::workflow::model::expression::{Comparison, Expression};

/// Beginnings of the values that describe the repository and the owner of the code; those of `user` are those of its owner.
const HEADS: &[(&str, &str)] = &[
    ("github.event.pull_request.head.repo.", ""),
    ("github.event.pull_request.head.user.", "owner."),
    ("github.event.workflow_run.head_repository.", ""),
];

/// Beginnings of the values that describe the repository of the workflow, in the same way.
const OWN: &[(&str, &str)] = &[
    ("github.event.repository.", ""),
    ("github.event.pull_request.base.repo.", ""),
    ("github.event.pull_request.base.user.", "owner."),
    ("github.event.workflow_run.repository.", ""),
];

/// Shorter names of some of the latter.
const OWN_NAMES: &[(&str, &str)] = &[
    ("github.repository", "full_name"),
    ("github.repository_id", "id"),
    ("github.repository_owner", "owner.login"),
    ("github.repository_owner_id", "owner.id"),
];

/// Values of a repository that tell it, or its owner, from all others. The name without the owner is none: each fork
/// has it.
const IDENTIFYING: &[&str] = &[
    "clone_url",
    "full_name",
    "git_url",
    "html_url",
    "id",
    "node_id",
    "owner.id",
    "owner.login",
    "owner.node_id",
    "ssh_url",
    "url",
];

/// Names of who wrote the code, or who asked for the run.
const LOGINS: &[&str] = &[
    "github.event.comment.user.login",
    "github.event.issue.user.login",
    "github.event.pull_request.user.login",
    "github.event.review.user.login",
    "github.event.sender.login",
];

/// Relations of such a person to the repository.
const ASSOCIATIONS: &[&str] = &[
    "github.event.comment.author_association",
    "github.event.issue.author_association",
    "github.event.pull_request.author_association",
    "github.event.review.author_association",
];

/// Associations that anyone can have. Source: docs.github.com, "CommentAuthorAssociation" of the GraphQL API. A
/// contributor is whoever had one pull request merged.
const STRANGERS: &[&str] = &["NONE", "CONTRIBUTOR", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"];

/// Label that was just added. Only people with the right to triage add labels.
const LABEL: &str = "github.event.label.name";

/// Lists of labels.
const LABELS: &[&str] = &["github.event.pull_request.labels", "github.event.issue.labels"];

/// Values that are true if the code is that of a fork.
const IS_FORK: &[&str] =
    &["github.event.pull_request.head.repo.fork", "github.event.workflow_run.head_repository.fork"];

/// Values that are true only if the code has been accepted.
const IS_ACCEPTED: &[&str] = &["github.event.pull_request.merged"];

/// Actors that only name who caused the event. Bots can be made to act for others.
const ACTORS: &[&str] = &["github.actor", "github.triggering_actor"];

/// Event, and the jobs that are known to run for no stranger.
pub(super) struct Guards<'g> {
    pub(super) event: &'g str,
    /// Ids of jobs in lower case.
    pub(super) jobs: &'g HashSet<String>,
}

impl Guards<'_> {
    /// Returns whether a part of a condition holds for no code of a stranger.
    pub(super) fn is_guard(&self, part: &Expression) -> bool {
        match part {
            Expression::Path(_) => is_in(part, IS_ACCEPTED),
            Expression::Not(inner) => self.is_fork(inner) || self.is_pull_request_run(inner),
            Expression::Compare(comparison, sides) => {
                let [left, right] = &**sides;
                let compares = |value, other| match comparison {
                    Comparison::Equal => self.is_equal_guard(value, other),
                    Comparison::Unequal => self.is_unequal_guard(value, other),
                    Comparison::Order => false,
                };
                compares(left, right) || compares(right, left)
            }
            Expression::Call(name, arguments) if name == "contains" => match arguments.as_slice() {
                [list, value] => self.is_list_guard(list, value),
                _ => false,
            },
            _ => false,
        }
    }

    /// Returns whether an expression says for this event that an event of a pull request has started the other workflow.
    ///
    /// All events whose names begin so do: `pull_request_review` too. Source: `unsafe-pr-checkout-helper.ts` of
    /// `actions/checkout`.
    fn is_pull_request_run(&self, expression: &Expression) -> bool {
        let Expression::Call(name, arguments) = expression else { return false };
        let is_start =
            |text: &str| !text.is_empty() && "pull_request".starts_with(&text.to_ascii_lowercase());
        match arguments.as_slice() {
            [value, Expression::Literal(text)] if name == "startswith" => {
                let path = value.path().unwrap_or_default();
                path == "github.event.workflow_run.event" && self.has(&path) && is_start(text)
            }
            _ => false,
        }
    }

    /// Returns whether a value says for this event that the code is that of a fork.
    fn is_fork(&self, value: &Expression) -> bool {
        is_in(value, IS_FORK) && value.path().is_some_and(|path| self.has(&path))
    }

    /// Returns whether the event has a value, as far as that is known.
    fn has(&self, path: &str) -> bool {
        let events = [
            ("github.event.pull_request.", "pull_request_target"),
            ("github.event.workflow_run.", "workflow_run"),
            ("github.event.comment.", "issue_comment"),
            ("github.event.issue.", "issue_comment"),
        ];
        events.iter().all(|(start, event)| !path.starts_with(start) || self.event == *event)
    }

    fn is_equal_guard(&self, value: &Expression, other: &Expression) -> bool {
        let Some(path) = value.path() else { return false };
        let path = path.as_str();
        if let Expression::Constant(constant) = other {
            // A number and null equal what the event does not have.
            let is_own_code = IS_FORK.contains(&path) && constant == "false" && self.has(path);
            return is_own_code || IS_ACCEPTED.contains(&path) && constant == "true";
        }
        let Some(text) = literal(other).filter(|text| !text.is_empty()) else {
            return other.path().is_some_and(|other| self.is_own(path, &other));
        };
        match path {
            "github.event_name" => !text.eq_ignore_ascii_case(self.event),
            "github.event.workflow_run.event" => !text.to_ascii_lowercase().starts_with("pull_request"),
            LABEL => true,
            _ if ACTORS.contains(&path) => !text.to_ascii_lowercase().ends_with("[bot]"),
            _ if ASSOCIATIONS.contains(&path) => !is_stranger(text),
            _ => LOGINS.contains(&path) || origin(path, HEADS).is_some() || self.is_done(path, text),
        }
    }

    fn is_unequal_guard(&self, value: &Expression, other: &Expression) -> bool {
        let path = value.path().unwrap_or_default();
        match (path.as_str(), other) {
            ("github.event_name", Expression::Literal(text)) => text.eq_ignore_ascii_case(self.event),
            // The text 'true' is a number that equals nothing.
            (_, Expression::Constant(constant)) => constant == "true" && self.is_fork(value),
            _ => false,
        }
    }

    /// Returns whether a value of the code and one of the own repository are equal only for code of the repository.
    fn is_own(&self, path: &str, other: &str) -> bool {
        let by_name =
            || OWN_NAMES.iter().find(|(name, _)| *name == other).map(|(_, value)| (*value).to_owned());
        let own = by_name().or_else(|| origin(other, OWN).filter(|_| self.has(other)));
        let of_person = LOGINS.contains(&path).then(|| "owner.login".to_owned());
        own.is_some() && own == origin(path, HEADS).or(of_person)
    }

    /// Returns whether a value says that a job has run which runs for no stranger.
    fn is_done(&self, path: &str, text: &str) -> bool {
        let Some((job, rest)) = path.strip_prefix("needs.").and_then(|rest| rest.split_once('.')) else {
            return false;
        };
        let is_result = rest == "result" && text.eq_ignore_ascii_case("success");
        self.jobs.contains(job) && (is_result || rest.starts_with("outputs."))
    }

    /// Returns whether `contains` holds for no stranger.
    fn is_list_guard(&self, list: &Expression, value: &Expression) -> bool {
        let of_labels = |path: &str| {
            path == LABEL
                || LABELS.iter().any(|labels| {
                    path.strip_prefix(labels).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
        };
        if let Some(text) = literal(value).filter(|text| !text.is_empty()) {
            let mut sources = list.sources().into_iter().map(|source| source.path.join(".")).peekable();
            let is_of_labels = sources.peek().is_some() && sources.all(|path| of_labels(&path));
            // A part of the name of an association is enough: `O` is in `NONE`.
            let text = text.to_ascii_uppercase();
            return is_of_labels
                || is_in(list, ASSOCIATIONS) && !STRANGERS.iter().any(|name| name.contains(&text));
        }
        if is_in(value, ASSOCIATIONS) {
            return match (list, elements(list)) {
                (_, Some(names)) => names.iter().all(|name| !name.is_empty() && !is_stranger(name)),
                (Expression::Literal(text), None) => {
                    // Null is in every text.
                    let text = text.to_ascii_uppercase();
                    let has = value.path().is_some_and(|path| self.has(&path));
                    has && !STRANGERS.iter().any(|name| text.contains(name))
                }
                _ => false,
            };
        }
        // In a text, a part of a name is enough, and anyone can have that for a name.
        let is_person = is_in(value, LOGINS)
            || value.path().is_some_and(|path| origin(&path, HEADS).is_some() || path == LABEL);
        let is_setting = |list: &Expression| {
            matches!(list, Expression::Call(name, _) if name == "fromjson")
                && list.sources().iter().all(|source| {
                    source.path.first().is_some_and(|context| ["secrets", "vars"].contains(&context.as_str()))
                })
        };
        is_person
            && match elements(list) {
                Some(names) => names.iter().all(|name| !name.is_empty()),
                None => is_setting(list) && !list.sources().is_empty(),
            }
    }
}

fn is_in(part: &Expression, list: &[&str]) -> bool {
    part.path().is_some_and(|path| list.contains(&path.as_str()))
}

fn literal(part: &Expression) -> Option<&str> {
    match part {
        Expression::Literal(text) => Some(text),
        _ => None,
    }
}

/// Returns the elements of a list that is written in the condition as JSON.
fn elements(list: &Expression) -> Option<Vec<String>> {
    match list {
        Expression::Call(name, arguments) if name == "fromjson" => {
            serde_json::from_str(literal(arguments.first()?)?).ok()
        }
        _ => None,
    }
}

fn is_stranger(association: &str) -> bool {
    STRANGERS.iter().any(|name| name.eq_ignore_ascii_case(association))
}

/// Returns the value of a repository that a path names, if it tells it from all others.
fn origin(path: &str, repositories: &[(&str, &str)]) -> Option<String> {
    let named = |(start, below): &(&str, &str)| Some(format!("{below}{}", path.strip_prefix(start)?));
    repositories.iter().find_map(named).filter(|value| IDENTIFYING.contains(&value.as_str()))
}
