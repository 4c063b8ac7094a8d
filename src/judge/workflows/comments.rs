//! Comments that count as exemptions: all, none, or those that the default branch of a server already has.

use std::collections::HashSet;

use bstr::BString;

use super::check::problems;
use super::exemptions::FileExemptions;
use crate::judge::multiset::Multiset;
use crate::policy::{CountingComments, Policy};
use crate::report::{ProblemKey, RuleMeta};
use crate::rules::UNLABELLED_PIN;
use crate::workflow::{CommentAllows, CommentExemption, Document, LabelledPin};

/// Comments of a file that count as exemptions.
#[derive(Debug)]
pub(super) enum CommentFilter {
    /// Every comment.
    All,
    /// Only those that the default branch has for the same problems.
    Accepted(AcceptedComments),
    /// No comment.
    None,
}

/// Comments that the default branch has in a file.
#[derive(Debug, Default)]
pub(super) struct AcceptedComments {
    problems: Multiset<AcceptedComment>,
    pins: HashSet<AcceptedComment>,
}

/// Comment with the problem that it exempts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct AcceptedComment {
    rule: &'static str,
    key: ProblemKey,
    allows: Option<CommentAllows>,
}

impl CommentFilter {
    /// Returns the comments that count in a file that the default branch does not have.
    pub(super) fn without_accepted(policy: &Policy) -> Self {
        match policy.counting_comments() {
            CountingComments::All => Self::All,
            CountingComments::InTree(_) => Self::Accepted(AcceptedComments::default()),
            CountingComments::None => Self::None,
        }
    }

    /// Returns the comments that count in a file if the default branch has the given documents at its path.
    pub(super) fn accepted_in(policy: &Policy, path: &BString, documents: &[Document]) -> Self {
        let Some(first) = documents.first() else { return Self::Accepted(AcceptedComments::default()) };
        let file = FileExemptions::new(policy, path, first, Self::All);
        let problems = problems(policy, documents);
        let problems = problems.iter().filter_map(|(rule, problem)| {
            AcceptedComment::new(
                rule,
                problem.place.key.as_ref(),
                file.comment_on(rule, problem.place.span?)?,
            )
        });
        let pins = first.labelled_pins().into_iter().filter_map(|pin| {
            AcceptedComment::of_pin(&pin, file.comment_on(&UNLABELLED_PIN.meta, pin.span)?)
        });
        Self::Accepted(AcceptedComments { problems: problems.collect(), pins: pins.collect() })
    }

    /// Takes a comment if it counts for a problem. An accepted one counts as often as it has been accepted.
    pub(super) fn take(
        &mut self,
        rule: &'static RuleMeta,
        key: Option<&ProblemKey>,
        comment: &CommentExemption,
    ) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Accepted(accepted) => AcceptedComment::new(rule, key, comment)
                .is_some_and(|comment| accepted.problems.take(&comment)),
        }
    }

    /// Returns whether a comment counts for conflicts of a pin with others.
    pub(super) fn counts_for_pin(&self, pin: &LabelledPin, comment: &CommentExemption) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Accepted(accepted) => {
                AcceptedComment::of_pin(pin, comment).is_some_and(|comment| accepted.pins.contains(&comment))
            }
        }
    }

    /// Returns the reason for which a comment that has the right form does not count.
    pub(super) fn objection(&self) -> &'static str {
        match self {
            Self::All | Self::None => "the policy does not let comments exempt",
            Self::Accepted(_) => {
                "on this server only a comment counts that the default branch already has for the same value"
            }
        }
    }
}

impl AcceptedComment {
    fn new(rule: &'static RuleMeta, key: Option<&ProblemKey>, comment: &CommentExemption) -> Option<Self> {
        Some(Self { rule: rule.id, key: key?.clone(), allows: comment.allows.clone() })
    }

    fn of_pin(pin: &LabelledPin, comment: &CommentExemption) -> Option<Self> {
        let key = ProblemKey { job: pin.job.clone(), subject: pin.uses.clone() };
        Self::new(&UNLABELLED_PIN.meta, Some(&key), comment)
    }
}
