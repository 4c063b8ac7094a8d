//! Comparison of identities: decides which of them are the same person.

use std::collections::HashSet;

use super::folding::{self, Folded};
use super::settings::{Comparison, SignoffSettings};
use super::{Identity, Mailmap};

/// Comparison of identities by the policy, its aliases and the mailmap.
#[derive(Debug, Clone, Default)]
pub struct People {
    comparison: Comparison,
    aliases: Vec<Vec<Identity>>,
    mailmap: Option<Mailmap>,
}

impl People {
    /// Creates the comparison for a policy.
    ///
    /// `mailmap` is that of the default branch, if the policy uses it.
    pub fn new(policy: &SignoffSettings, mailmap: Option<Mailmap>) -> Self {
        Self { comparison: policy.comparison, aliases: policy.aliases.clone(), mailmap }
    }

    /// Returns whether two identities are the same person.
    pub fn same(&self, a: &Identity, b: &Identity) -> bool {
        a == b || self.identity_set([a]).contains(b)
    }

    /// Collects identities into a set that many others can be compared with.
    pub(super) fn identity_set<'i>(
        &self,
        identities: impl IntoIterator<Item = &'i Identity>,
    ) -> IdentitySet<'_> {
        IdentitySet { people: self, keys: identities.into_iter().flat_map(|who| self.keys(who)).collect() }
    }

    /// Returns the comparison keys of an identity. Two identities are the same person if they share a key.
    fn keys(&self, who: &Identity) -> Vec<ComparisonKey> {
        let fold = |who: &Identity| folding::fold(who, self.comparison);
        let own = fold(who);
        let listed = |list: &[Identity]| list.iter().any(|alias| fold(alias) == own);
        let lists = self.aliases.iter().enumerate().filter(|(_, list)| listed(list));
        let mut keys: Vec<ComparisonKey> = lists.map(|(number, _)| ComparisonKey::Alias(number)).collect();
        keys.extend(self.mailmap.as_ref().map(|map| ComparisonKey::Mapped(fold(&map.proper(who)))));
        keys.push(ComparisonKey::Own(own));
        keys
    }
}

/// Comparison key of an identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ComparisonKey {
    /// The identity itself.
    Own(Folded),
    /// The identity to which the mailmap maps it.
    Mapped(Folded),
    /// Index of an alias list of the policy that contains it.
    Alias(usize),
}

/// Set of identities, prepared for comparison.
pub(super) struct IdentitySet<'p> {
    people: &'p People,
    keys: HashSet<ComparisonKey>,
}

impl IdentitySet<'_> {
    /// Returns whether an identity is the same person as one in the set.
    pub(super) fn contains(&self, who: &Identity) -> bool {
        self.people.keys(who).iter().any(|key| self.keys.contains(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_one_alias_list_are_one_person() {
        let [ana, old, bo] = [("Ana", "ana@x.test"), ("Ana R", "old@x.test"), ("Bo", "bo@x.test")]
            .map(|(n, e)| Identity::new(n, e));
        let policy = SignoffSettings { aliases: vec![vec![ana.clone(), old.clone()]], ..Default::default() };
        let people = People::new(&policy, None);
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&ana, &bo) && !people.same(&bo, &old));
    }

    #[test]
    fn mailmap_applies_to_both_identities() {
        let map = Mailmap::parse(b"Ana Ruiz <ana@x.test> <old@x.test>\n").unwrap();
        let people = People::new(&SignoffSettings::default(), Some(map));
        let (ana, old) = (Identity::new("Ana Ruiz", "ana@x.test"), Identity::new("ana", "old@x.test"));
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&old, &Identity::new("Bo", "bo@x.test")));
    }
}
