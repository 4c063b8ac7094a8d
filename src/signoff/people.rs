//! Which identities are one person in this repository.

use super::{Identity, Mailmap, person};
use crate::policy::{Comparison, SignOffPolicy};

/// Compares identities as the policy and the accepted history say.
#[derive(Debug, Clone, Default)]
pub struct People {
    comparison: Comparison,
    aliases: Vec<Vec<Identity>>,
    mailmap: Option<Mailmap>,
}

impl People {
    /// Compares as a policy says, with the mailmap of the accepted history where the policy asks for it.
    pub fn new(policy: &SignOffPolicy, mailmap: Option<Mailmap>) -> Self {
        Self { comparison: policy.comparison, aliases: policy.aliases.clone(), mailmap }
    }

    /// Whether two identities are one person.
    pub fn same(&self, a: &Identity, b: &Identity) -> bool {
        person::same(a, b, self.comparison) || self.mapped(a, b) || self.aliased(a, b)
    }

    fn mapped(&self, a: &Identity, b: &Identity) -> bool {
        self.mailmap.as_ref().is_some_and(|map| person::same(&map.proper(a), &map.proper(b), self.comparison))
    }

    fn aliased(&self, a: &Identity, b: &Identity) -> bool {
        let has = |list: &[Identity], who| list.iter().any(|alias| person::same(alias, who, self.comparison));
        self.aliases.iter().any(|list| has(list, a) && has(list, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_identities_of_a_list_are_one_person() {
        let [ana, old, bo] = [("Ana", "ana@x.test"), ("Ana R", "old@x.test"), ("Bo", "bo@x.test")]
            .map(|(n, e)| Identity::new(n, e));
        let policy = SignOffPolicy { aliases: vec![vec![ana.clone(), old.clone()]], ..Default::default() };
        let people = People::new(&policy, None);
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&ana, &bo) && !people.same(&bo, &old));
    }

    #[test]
    fn the_mailmap_counts_for_both_sides() {
        let map = Mailmap::parse(b"Ana Ruiz <ana@x.test> <old@x.test>\n");
        let people = People::new(&SignOffPolicy::default(), Some(map));
        let (ana, old) = (Identity::new("Ana Ruiz", "ana@x.test"), Identity::new("ana", "old@x.test"));
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&old, &Identity::new("Bo", "bo@x.test")));
    }
}
