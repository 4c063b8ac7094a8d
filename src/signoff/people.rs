//! Which identities are one person in this repository.

use std::collections::HashSet;

use super::person::{self, Folded};
use super::settings::{Comparison, SignOffSettings};
use super::{Identity, Mailmap};

/// Compares identities as the policy and the accepted history say.
#[derive(Debug, Clone, Default)]
pub struct People {
    comparison: Comparison,
    aliases: Vec<Vec<Identity>>,
    mailmap: Option<Mailmap>,
}

impl People {
    /// Compares as a policy says, with the mailmap of the accepted history where the policy asks for it.
    pub fn new(policy: &SignOffSettings, mailmap: Option<Mailmap>) -> Self {
        Self { comparison: policy.comparison, aliases: policy.aliases.clone(), mailmap }
    }

    /// Whether two identities are one person.
    pub fn same(&self, a: &Identity, b: &Identity) -> bool {
        a == b || self.signers([a]).include(b)
    }

    /// Gathers identities, to ask about many of others.
    pub(super) fn signers<'i>(&self, identities: impl IntoIterator<Item = &'i Identity>) -> Signers<'_> {
        Signers { people: self, keys: identities.into_iter().flat_map(|who| self.keys(who)).collect() }
    }

    /// What an identity goes by: two identities are one person when they have any of it in common.
    fn keys(&self, who: &Identity) -> Vec<Key> {
        let fold = |who: &Identity| person::fold(who, self.comparison);
        let own = fold(who);
        let listed = |list: &[Identity]| list.iter().any(|alias| fold(alias) == own);
        let lists = self.aliases.iter().enumerate().filter(|(_, list)| listed(list));
        let mut keys: Vec<Key> = lists.map(|(number, _)| Key::Alias(number)).collect();
        keys.extend(self.mailmap.as_ref().map(|map| Key::Mapped(fold(&map.proper(who)))));
        keys.push(Key::Own(own));
        keys
    }
}

/// What an identity goes by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// What it says.
    Own(Folded),
    /// What the mailmap makes of it.
    Mapped(Folded),
    /// A list of the policy that it is in.
    Alias(usize),
}

/// Some identities.
pub(super) struct Signers<'p> {
    people: &'p People,
    keys: HashSet<Key>,
}

impl Signers<'_> {
    /// Whether a person is among them.
    pub(super) fn include(&self, who: &Identity) -> bool {
        self.people.keys(who).iter().any(|key| self.keys.contains(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_identities_of_a_list_are_one_person() {
        let [ana, old, bo] = [("Ana", "ana@x.test"), ("Ana R", "old@x.test"), ("Bo", "bo@x.test")]
            .map(|(n, e)| Identity::new(n, e));
        let policy = SignOffSettings { aliases: vec![vec![ana.clone(), old.clone()]], ..Default::default() };
        let people = People::new(&policy, None);
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&ana, &bo) && !people.same(&bo, &old));
    }

    #[test]
    fn the_mailmap_counts_for_both_sides() {
        let map = Mailmap::parse(b"Ana Ruiz <ana@x.test> <old@x.test>\n");
        let people = People::new(&SignOffSettings::default(), Some(map));
        let (ana, old) = (Identity::new("Ana Ruiz", "ana@x.test"), Identity::new("ana", "old@x.test"));
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&old, &Identity::new("Bo", "bo@x.test")));
    }
}
