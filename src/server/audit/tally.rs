//! Counts of the entries of audit logs.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use super::line::AuditLine;
use crate::text::date;
use crate::token::redact_message;

/// Outcome of a push that a log records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    /// Refused.
    Refused,
    /// Accepted only because of `warn-only`.
    WarnOnly,
    /// Let in by a bypass.
    Bypassed,
    /// Let in by exemptions, proofs or a baseline.
    Exempted,
    /// Nothing to refuse.
    Passed,
}

impl Outcome {
    /// All outcomes, the worst first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Refused, Self::WarnOnly, Self::Bypassed, Self::Exempted, Self::Passed];

    /// Returns the name in a log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::WarnOnly => "warn-only",
            Self::Bypassed => "bypassed",
            Self::Exempted => "exempted",
            Self::Passed => "passed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Number of pushes, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcomes([u64; 5]);

impl Outcomes {
    fn add(&mut self, outcome: Outcome) {
        if let Some(count) = self.0.get_mut(outcome as usize) {
            *count += 1;
        }
    }

    /// Returns the number of pushes with an outcome.
    pub(crate) fn of(&self, outcome: Outcome) -> u64 {
        self.0.get(outcome as usize).copied().unwrap_or_default()
    }

    /// Returns the number of all pushes.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Kind of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ReasonKind {
    /// Given by a pusher for a bypass that was granted.
    Bypass,
    /// Given by a pusher for a bypass that was denied.
    BypassDenied,
    /// Of an exemption from a workflow rule.
    Exemption,
    /// Of an exemption from the sign-off.
    Unsigned,
    /// Of keys that prove.
    Proof,
    /// Kind of the error because of which a push was refused.
    Failure,
}

impl ReasonKind {
    /// Returns the name of the kind.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::BypassDenied => "bypass-denied",
            Self::Exemption => "exemption",
            Self::Unsigned => "no-sign-off",
            Self::Proof => "proof",
            Self::Failure => "failure",
        }
    }
}

/// Maximum size of the names of one kind that are counted one by one, in bytes. A pusher can make up reasons.
const MAX_NAMES: usize = 8 << 20;

/// Memory that a name takes besides its text, in bytes.
const PER_NAME: usize = 160;

/// Counts by name, up to a size.
#[derive(Debug)]
pub(crate) struct Counts<K, V> {
    counts: HashMap<K, V>,
    size: usize,
    /// Number of times that a name was not counted, because there were too many.
    pub(crate) left_out: u64,
}

impl<K, V> Default for Counts<K, V> {
    fn default() -> Self {
        Self { counts: HashMap::new(), size: 0, left_out: 0 }
    }
}

impl<K: Hash + Eq, V: Default> Counts<K, V> {
    /// Returns the count of a name.
    #[cfg(test)]
    pub(super) fn get(&self, name: &K) -> Option<&V> {
        self.counts.get(name)
    }

    /// Returns all names with their counts, those with the highest value first, then by name.
    pub(crate) fn sorted<O: Ord>(&self, value: impl Fn(&V) -> O) -> Vec<(&K, &V)>
    where
        K: Ord,
    {
        let mut counts: Vec<(&K, &V)> = self.counts.iter().collect();
        counts.sort_by(|a, b| value(b.1).cmp(&value(a.1)).then_with(|| a.0.cmp(b.0)));
        counts
    }

    /// Changes the count of a name whose text has a length.
    fn change(&mut self, name: K, length: usize, change: impl FnOnce(&mut V)) {
        if let Some(count) = self.counts.get_mut(&name) {
            change(count);
        } else if self.size + length + PER_NAME <= MAX_NAMES {
            self.size += length + PER_NAME;
            change(self.counts.entry(name).or_default());
        } else {
            self.left_out += 1;
        }
    }
}

impl Counts<String, Outcomes> {
    fn add(&mut self, name: &str, outcome: Outcome) {
        match self.counts.get_mut(name) {
            Some(count) => count.add(outcome),
            None => self.change(name.to_owned(), name.len(), |count| count.add(outcome)),
        }
    }
}

/// Counts of the entries of audit logs.
#[derive(Debug, Default)]
pub(crate) struct AuditTally {
    /// Earliest time that counts, as RFC 3339; `None` for all.
    since: Option<String>,
    /// All pushes.
    pub(crate) all: Outcomes,
    /// Number of pushes that passed with warnings.
    pub(crate) warned: u64,
    /// Number of pushes before the earliest time.
    pub(crate) older: u64,
    /// Pushes by rule: of each one that refused, would have, or was exempted.
    pub(crate) rules: Counts<String, Outcomes>,
    /// Pushes by repository.
    pub(crate) repositories: Counts<String, Outcomes>,
    /// Pushes by pusher; empty where nobody is known.
    pub(crate) people: Counts<String, Outcomes>,
    /// Number of pushes with a reason.
    pub(crate) reasons: Counts<(ReasonKind, String), u64>,
    /// Time of the earliest push, as RFC 3339; empty if there is none.
    pub(crate) first: String,
    /// Time of the latest push.
    pub(crate) last: String,
}

impl AuditTally {
    /// Creates empty counts of the pushes since a time in UTC, as RFC 3339.
    pub(crate) fn new(since: Option<String>) -> Self {
        Self { since, ..Self::default() }
    }

    /// Counts one entry; returns false if its outcome is unknown, or its time is not one that a log has.
    pub(super) fn count(&mut self, line: &AuditLine<'_>) -> bool {
        let Some(outcome) = Outcome::from_name(&line.event) else { return false };
        if !date::is_rfc3339(&line.time) {
            return false;
        }
        // Times in UTC and in one form have the order of their texts.
        if self.since.as_ref().is_some_and(|since| *line.time < **since) {
            self.older += 1;
            return true;
        }
        if self.first.is_empty() || *line.time < *self.first {
            self.first = line.time.as_ref().to_owned();
        }
        if *line.time > *self.last {
            self.last = line.time.as_ref().to_owned();
        }
        self.all.add(outcome);
        self.warned += u64::from(outcome == Outcome::Passed && !line.warned.0.is_empty());
        self.repositories.add(&line.repository, outcome);
        self.people.add(line.pusher.as_deref().unwrap_or_default(), outcome);
        let exempted = line.exempted.iter().map(|entry| entry.rule.as_ref());
        let rules: BTreeSet<&str> = line.denied.0.iter().map(AsRef::as_ref).chain(exempted).collect();
        rules.into_iter().for_each(|rule| self.rules.add(rule, outcome));
        for (kind, reason) in reasons(line) {
            self.reasons.change((kind, redact_message(reason.to_owned())), reason.len(), |count| *count += 1);
        }
        true
    }
}

/// Returns the reasons in an entry, each once.
fn reasons<'l>(line: &'l AuditLine<'_>) -> BTreeSet<(ReasonKind, &'l str)> {
    let mut reasons = BTreeSet::new();
    if let Some(bypass) = &line.bypass {
        reasons.insert((
            if bypass.granted { ReasonKind::Bypass } else { ReasonKind::BypassDenied },
            bypass.reason.as_ref(),
        ));
    }
    reasons.extend(line.failure.iter().map(|failure| (ReasonKind::Failure, failure.as_ref())));
    reasons.extend(line.exempted.iter().map(|entry| (ReasonKind::Exemption, entry.reason.as_ref())));
    reasons.extend(line.unsigned.iter().map(|entry| (ReasonKind::Unsigned, entry.reason.as_ref())));
    reasons.extend(line.proven.iter().map(|entry| (ReasonKind::Proof, entry.reason.as_ref())));
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let mut counts = Counts::<String, Outcomes>::default();
        for number in 0..200_000 {
            counts.add(&format!("person {number:06}"), Outcome::Passed);
        }
        counts.add("person 000000", Outcome::Refused);
        let kept = counts.sorted(Outcomes::total);
        assert_eq!(kept.len() as u64 + counts.left_out, 200_000);
        assert!(kept.len() * (PER_NAME + 13) <= MAX_NAMES && kept.len() > 40_000);
        assert_eq!((kept[0].0.as_str(), kept[0].1.total()), ("person 000000", 2));
    }
}
