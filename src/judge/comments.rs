//! Comments that count as exemptions: all, none, or those that the default branch of a server already has.

use std::collections::HashSet;
use std::hash::Hash;

use super::multiset::Multiset;
use crate::policy::CountingComments;
use crate::report::{CommentAllows, RuleMeta};
use crate::rules;

/// Comments of a file that count as exemptions. A key tells equal problems.
#[derive(Debug)]
pub(super) enum CommentFilter<K> {
    /// Every comment.
    All,
    /// Only those that the default branch has for the same problems.
    Accepted(AcceptedComments<K>),
    /// No comment.
    None,
}

/// Comments that the default branch has in a file.
#[derive(Debug)]
pub(super) struct AcceptedComments<K> {
    /// Comments that count as often as they stand there.
    counted: Multiset<AcceptedComment<K>>,
    /// Comments that count any number of times.
    standing: HashSet<AcceptedComment<K>>,
}

/// Comment with the problem that it exempts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AcceptedComment<K> {
    rule: &'static str,
    key: K,
    allows: CommentAllows,
}

impl<K: Clone + Eq + Hash> CommentFilter<K> {
    /// Returns the comments that count in a file that the default branch does not have.
    pub(super) fn without_accepted(counting: CountingComments) -> Self {
        match counting {
            CountingComments::All => Self::All,
            CountingComments::InTree(_) => Self::Accepted(AcceptedComments::default()),
            CountingComments::None => Self::None,
        }
    }

    /// Takes a comment if it counts for a problem. An accepted one counts as often as it has been accepted.
    pub(super) fn take(
        &mut self,
        rule: &'static RuleMeta,
        key: Option<&K>,
        allows: Option<&CommentAllows>,
    ) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Accepted(accepted) => {
                AcceptedComment::new(rule, key, allows).is_some_and(|comment| accepted.counted.take(&comment))
            }
        }
    }

    /// Returns whether a comment counts for a problem that may occur any number of times.
    pub(super) fn is_standing(
        &self,
        rule: &'static RuleMeta,
        key: &K,
        allows: Option<&CommentAllows>,
    ) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Accepted(accepted) => AcceptedComment::new(rule, Some(key), allows)
                .is_some_and(|comment| accepted.standing.contains(&comment)),
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

impl<K> Default for AcceptedComments<K> {
    fn default() -> Self {
        Self { counted: Multiset::default(), standing: HashSet::new() }
    }
}

impl<K: Clone + Eq + Hash> AcceptedComments<K> {
    /// Adds a comment that exempts a problem once.
    pub(super) fn add(&mut self, rule: &'static RuleMeta, key: Option<&K>, allows: Option<&CommentAllows>) {
        AcceptedComment::new(rule, key, allows).into_iter().for_each(|comment| self.counted.add(comment));
    }

    /// Adds a comment that exempts a problem any number of times.
    pub(super) fn add_standing(&mut self, rule: &'static RuleMeta, key: &K, allows: Option<&CommentAllows>) {
        self.standing.extend(AcceptedComment::new(rule, Some(key), allows));
    }
}

impl<K: Clone> AcceptedComment<K> {
    fn new(rule: &'static RuleMeta, key: Option<&K>, allows: Option<&CommentAllows>) -> Option<Self> {
        Some(Self { rule: rule.id, key: key?.clone(), allows: allows?.clone() })
    }
}

/// Returns whether a comment exempts from a rule.
///
/// A comment that also names an unknown or non-exemptible rule is not trusted: its author did not know the
/// rules.
pub(super) fn exempts(allows: &CommentAllows, rule: &RuleMeta) -> bool {
    allows.rules.iter().any(|id| id == rule.id) && names_exemptible(allows)
}

/// Returns whether a comment can exempt from each rule that it names.
pub(super) fn names_exemptible(allows: &CommentAllows) -> bool {
    allows.rules.iter().all(|id| rules::find(id).is_some_and(rules::is_exemptible))
}
