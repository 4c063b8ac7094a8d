//! Comparison of identities: decides which of them are the same person.

use std::collections::HashSet;

use bstr::BString;

use super::accounts::AccountMap;
use super::address::{SERVICES, is_bot};
use super::folding::{account_number, fold_email, fold_name, is_same_email};
use super::known_pairs::{KNOWN_PAIRS, KnownProgram};
use super::settings::SignoffSettings;
use super::{Identity, Mailmap};

/// Comparison of identities by their addresses, the aliases of the policy and the mailmap.
#[derive(Debug, Clone)]
pub struct People {
    /// Groups of identities; each group is one person.
    aliases: Vec<Vec<Identity>>,
    /// Indices of the groups that have an address.
    groups: AccountMap<usize>,
    /// Addresses of services and assistants, and those that the policy lists as never signing.
    never_signing: AccountMap<()>,
    mailmap: Option<Mailmap>,
}

impl People {
    /// Creates the comparison for a policy.
    ///
    /// `mailmap` is that of the default branch, if the policy uses it.
    pub fn new(policy: &SignoffSettings, mailmap: Option<Mailmap>) -> Self {
        let known = KNOWN_PAIRS.iter().map(|pair| pair.identities().to_vec());
        let aliases: Vec<Vec<Identity>> = policy.aliases.iter().cloned().chain(known).collect();
        let of_group = |(group, list): (usize, &Vec<Identity>)| {
            list.iter().map(move |who| (who.email.clone(), group)).collect::<Vec<_>>()
        };
        let groups = aliases.iter().enumerate().flat_map(of_group).collect();
        let listed = policy.never_sign.iter().map(String::as_str);
        let never_signing = SERVICES.iter().copied().chain(listed).map(|address| (address, ())).collect();
        Self { aliases, groups, never_signing, mailmap }
    }

    /// Returns whether an address is that of a service or an assistant, or is listed as one that never signs.
    pub(super) fn never_signs(&self, email: &[u8]) -> bool {
        self.never_signing.contains(email)
    }

    /// Returns whether an address is that of a bot account of a forge, or one that never signs.
    pub(super) fn is_machine(&self, email: &[u8]) -> bool {
        is_bot(email) || self.never_signs(email)
    }

    /// Returns whether two identities are the same person: by the address, an alias or the mailmap.
    ///
    /// `a` may also be the identity as which a known program signs, and `b` an account as which it commits.
    pub fn same(&self, a: &Identity, b: &Identity) -> bool {
        a == b || self.identity_set([a]).contains(b)
    }

    /// Returns whether two identities are the same person under the same name: a declaration has to be exact.
    pub fn same_by_name(&self, a: &Identity, b: &Identity) -> bool {
        self.same(a, b) && !self.have_two_names(a, b)
    }

    /// Returns whether two identities of one person have two names, which neither an alias nor the mailmap joins.
    pub(super) fn have_two_names(&self, a: &Identity, b: &Identity) -> bool {
        let is = |one: &Identity, other: &Identity| {
            is_same_email(&one.email, &other.email) && fold_name(&one.name) == fold_name(&other.name)
        };
        let has = |list: &[Identity], who: &Identity| list.iter().any(|alias| is(alias, who));
        let lists =
            |who: &Identity| self.groups.of_account(&who.email).filter_map(|group| self.aliases.get(*group));
        let is_alias = || lists(a).any(|list| has(list, a) && has(list, b));
        let is_mapped = || self.mailmap.as_ref().is_some_and(|map| is(&map.proper(a), &map.proper(b)));
        let is_program = || KnownProgram::signer_of(b).is_some_and(|signer| is(&signer, a));
        fold_name(&a.name) != fold_name(&b.name) && !is_alias() && !is_mapped() && !is_program()
    }

    /// Collects identities into a set that many others can be compared with.
    pub(super) fn identity_set<'i>(
        &self,
        identities: impl IntoIterator<Item = &'i Identity>,
    ) -> IdentitySet<'_> {
        let keys = identities.into_iter().flat_map(|who| self.keys(who, AccountNumber::listed)).collect();
        IdentitySet { people: self, keys }
    }

    /// Returns the comparison keys of an identity, with the given numbers of its account.
    ///
    /// Two identities are the same person if one with [`AccountNumber::listed`] shares a key with the other with
    /// [`AccountNumber::compared`].
    fn keys(&self, who: &Identity, numbers: fn(&[u8]) -> [AccountNumber; 2]) -> Vec<ComparisonKey> {
        let groups = self.groups.of_account(&who.email);
        let mut keys: Vec<ComparisonKey> = groups.map(|group| ComparisonKey::Alias(*group)).collect();
        let mapped = self.mailmap.as_ref().map(|map| map.proper(who).email);
        let mapped = mapped.into_iter().flat_map(|email| {
            let address = fold_email(&email);
            numbers(&email).map(|number| ComparisonKey::Mapped(address.clone(), number))
        });
        keys.extend(mapped);
        let own = fold_email(&who.email);
        keys.extend(numbers(&who.email).map(|number| ComparisonKey::Own(own.clone(), number)));
        keys
    }
}

impl Default for People {
    /// Creates the comparison of the default policy.
    fn default() -> Self {
        Self::new(&SignoffSettings::default(), None)
    }
}

/// Comparison key of an identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ComparisonKey {
    /// Its address.
    Own(BString, AccountNumber),
    /// Address of the identity to which the mailmap maps it.
    Mapped(BString, AccountNumber),
    /// Index of an alias list that contains its address.
    Alias(usize),
}

/// Number of the account in an address that a forge hides mail behind, as it is compared.
///
/// An address without a number is that of an account with any number, but two numbers are two accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum AccountNumber {
    /// Number in the address; `None` if it has none.
    Written(Option<BString>),
    /// Any number, or none.
    Any,
}

impl AccountNumber {
    /// Returns the numbers under which an address is put into a set.
    fn listed(email: &[u8]) -> [Self; 2] {
        [Self::Written(account_number(email)), Self::Any]
    }

    /// Returns the numbers under which an address is looked up in a set.
    fn compared(email: &[u8]) -> [Self; 2] {
        match account_number(email) {
            None => [Self::Any, Self::Written(None)],
            number => [Self::Written(number), Self::Written(None)],
        }
    }
}

/// Set of identities, prepared for comparison.
pub(super) struct IdentitySet<'p> {
    people: &'p People,
    keys: HashSet<ComparisonKey>,
}

impl IdentitySet<'_> {
    /// Returns whether an identity is the same person as one in the set, or the account of a program that signs as one.
    pub(super) fn contains(&self, who: &Identity) -> bool {
        let has = |who: &Identity| {
            self.people.keys(who, AccountNumber::compared).iter().any(|key| self.keys.contains(key))
        };
        has(who) || KnownProgram::signer_of(who).is_some_and(|signer| has(&signer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_listed_accounts_never_sign() {
        let listed = vec!["CI@x.test".to_owned(), "1+ci@users.noreply.github.com".to_owned()];
        let people = People::new(&SignoffSettings { never_sign: listed, ..Default::default() }, None);
        for (email, never_signs, is_machine) in [
            ("NoReply@GitHub.com", true, true),
            ("ci@x.test", true, true),
            ("198+Copilot@users.noreply.github.com", true, true),
            ("ci@users.noreply.github.com", true, true),
            ("2+ci@users.noreply.github.com", false, false),
            ("1+ana@users.noreply.github.com", false, false),
            ("1+x[bot]@users.noreply.github.com", false, true),
        ] {
            assert_eq!(people.never_signs(email.as_bytes()), never_signs, "{email}");
            assert_eq!(people.is_machine(email.as_bytes()), is_machine, "{email}");
        }
    }

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
    fn name_is_another_unless_it_is_an_alias() {
        let [ana, ruiz, other] = [("Ana", "a@x.test"), ("Ana Ruiz", "A@x.test"), ("Bo", "a@x.test")]
            .map(|(n, e)| Identity::new(n, e));
        let plain = People::new(&SignoffSettings::default(), None);
        assert!(plain.same(&ana, &ruiz) && plain.have_two_names(&ana, &ruiz));
        assert!(!plain.have_two_names(&ana, &Identity::new("ANA", "a@x.test")));
        let policy = SignoffSettings { aliases: vec![vec![ana.clone(), ruiz.clone()]], ..Default::default() };
        let aliases = People::new(&policy, None);
        let map = Mailmap::parse(b"Ana Ruiz <a@x.test> Ana <a@x.test>\n");
        let mapped = People::new(&SignoffSettings::default(), Some(map));
        // Another address of the person makes no name of a stranger theirs.
        let home = Identity::new("Ana", "home@x.test");
        let policy = SignoffSettings { aliases: vec![vec![ana.clone(), home]], ..Default::default() };
        let two = People::new(&policy, None);
        let stranger = Identity::new("Mallory", "home@x.test");
        assert!(two.same(&ana, &stranger) && two.have_two_names(&ana, &stranger));
        assert!(!two.same_by_name(&ana, &stranger));
        for people in [&aliases, &mapped] {
            assert!(!people.have_two_names(&ana, &ruiz));
            assert!(people.have_two_names(&ana, &other));
        }
    }

    #[test]
    fn known_pairs_are_one_account() {
        let people = People::new(&SignoffSettings::default(), None);
        let bot = Identity::new("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
        assert!(people.same(&bot, &Identity::new("dependabot[bot]", "support@github.com")));
        let other = Identity::new("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com");
        assert!(!people.same(&other, &Identity::new("renovate[bot]", "support@github.com")));
        let same_name = Identity::new("dependabot[bot]", "1+dependabot[bot]@users.noreply.github.com");
        let no_number = Identity::new("dependabot[bot]", "dependabot[bot]@users.noreply.github.com");
        let signer = Identity::new("dependabot[bot]", "support@github.com");
        assert!(!people.same(&same_name, &signer) && !people.same(&same_name, &bot));
        assert!(people.same(&no_number, &signer) && people.same(&bot, &no_number));
    }

    #[test]
    fn program_signs_for_its_accounts_and_for_no_other() {
        let people = People::new(&SignoffSettings::default(), None);
        let identity = |name: &str, number: &str| {
            Identity::new(name, format!("{number}{name}@users.noreply.github.com"))
        };
        let signers = [identity("renovate[bot]", "29139614+"), identity("renovate[bot]", "")];
        for signer in &signers {
            let own = identity("Team-Renovate[bot]", "161+");
            assert!(people.same(signer, &own) && !people.have_two_names(signer, &own), "{signer}");
            let misnamed = Identity::new("Mallory", signer.email.clone());
            assert!(people.same(&misnamed, &own) && people.have_two_names(&misnamed, &own));
            // An account signs for nobody else.
            assert!(!people.same(&own, signer) && !people.same(&own, &identity("x-renovate[bot]", "5+")));
        }
        let unknown = [
            identity("team-renovate[bot]", ""),
            identity("teamrenovate[bot]", "161+"),
            identity("team-renovate", "161+"),
            Identity::new("Ana", "161+team-renovate[bot]@users.noreply.github.com"),
            Identity::new("team-renovate[bot]", "161+team-renovate[bot]@users.noreply.example.org"),
        ];
        for account in &unknown {
            assert!(!people.same(&signers[0], account), "{account}");
        }
        assert!(!people.same(&identity("renovate[bot]", "1+"), &identity("team-renovate[bot]", "161+")));
        assert!(!people.same(&identity("dependabot[bot]", ""), &identity("team-renovate[bot]", "161+")));
    }

    #[test]
    fn two_numbers_are_two_accounts() {
        let [ten, eleven, none] = ["10+ana", "11+ana", "ana"]
            .map(|mailbox| Identity::new("Ana", format!("{mailbox}@users.noreply.x.test")));
        let mapped = People::new(&SignoffSettings::default(), Some(Mailmap::default()));
        for people in [People::default(), mapped] {
            for (a, b, same) in
                [(&ten, &eleven, false), (&ten, &none, true), (&none, &eleven, true), (&ten, &ten, true)]
            {
                assert_eq!((people.same(a, b), people.same(b, a)), (same, same), "{a} {b}");
            }
            assert!(!people.identity_set([&ten]).contains(&eleven));
            assert!(people.identity_set([&ten, &eleven]).contains(&none));
        }
    }

    #[test]
    fn mailmap_applies_to_both_identities() {
        let map = Mailmap::parse(b"Ana Ruiz <ana@x.test> <old@x.test>\n");
        let people = People::new(&SignoffSettings::default(), Some(map));
        let (ana, old) = (Identity::new("Ana Ruiz", "ana@x.test"), Identity::new("ana", "old@x.test"));
        assert!(people.same(&ana, &old) && people.same(&old, &ana));
        assert!(!people.same(&old, &Identity::new("Bo", "bo@x.test")));
    }
}
