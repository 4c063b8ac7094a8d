//! Comments that count as exemptions: all, none, or those that the default branch of a server already has.

use std::collections::HashSet;

use crate::judge::multiset::Multiset;
use crate::policy::{CountingComments, Policy};
use crate::report::{ProblemKey, RuleMeta};
use crate::rules::UNLABELLED_PIN;
use crate::workflow::{CommentAllows, CommentExemption, LabelledPin};

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
struct AcceptedComment {
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

impl AcceptedComments {
    /// Adds a comment that exempts a problem.
    pub(super) fn add(
        &mut self,
        rule: &'static RuleMeta,
        key: Option<&ProblemKey>,
        comment: &CommentExemption,
    ) {
        AcceptedComment::new(rule, key, comment).into_iter().for_each(|comment| self.problems.add(comment));
    }

    /// Adds a comment that exempts a pin from conflicts with others.
    pub(super) fn add_pin(&mut self, pin: &LabelledPin, comment: &CommentExemption) {
        self.pins.extend(AcceptedComment::of_pin(pin, comment));
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
