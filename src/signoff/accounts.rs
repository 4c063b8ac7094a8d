//! Lists of addresses, looked up without comparing each of them.

use std::collections::HashMap;

use bstr::BString;

use super::folding::FoldedAddress;

/// Values of addresses, found under each address of the same account.
///
/// An address without the number of its account is the same account as one with any number; two numbers are two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountMap<T>(HashMap<BString, Vec<(Option<BString>, T)>>);

impl<T> AccountMap<T> {
    /// Returns the values of the account that has an address, in the order of the list.
    pub(super) fn of_account<'m>(&'m self, email: &[u8]) -> impl Iterator<Item = &'m T> + use<'m, T> {
        let FoldedAddress { address, number } = FoldedAddress::of(email);
        let entries = self.0.get(&address).into_iter().flatten();
        let is_same = move |listed: &Option<BString>| match (listed, &number) {
            (Some(listed), Some(number)) => listed == number,
            _ => true,
        };
        entries.filter(move |(listed, _)| is_same(listed)).map(|(_, value)| value)
    }

    /// Returns whether the list has an address of the account.
    pub(super) fn contains(&self, email: &[u8]) -> bool {
        self.of_account(email).next().is_some()
    }
}

impl<A: AsRef<[u8]>, T> FromIterator<(A, T)> for AccountMap<T> {
    fn from_iter<I: IntoIterator<Item = (A, T)>>(entries: I) -> Self {
        let mut map: HashMap<BString, Vec<(Option<BString>, T)>> = HashMap::new();
        for (email, value) in entries {
            let FoldedAddress { address, number } = FoldedAddress::of(email.as_ref());
            map.entry(address).or_default().push((number, value));
        }
        Self(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signoff::folding::is_same_email;

    #[test]
    fn address_is_found_where_one_by_one_it_is_the_same() {
        let addresses = [
            "ana@x.test",
            "ANA@X.test",
            "bo@x.test",
            "ana@users.noreply.x.test",
            "1+ana@users.noreply.x.test",
            "2+Ana@users.noreply.x.test",
            "1+ana@x.test",
            "m\u{fc}@x.test",
            "mu\u{308}@x.test",
        ];
        let map: AccountMap<&str> = addresses.into_iter().map(|email| (email, email)).collect();
        for email in addresses.into_iter().chain(["3+ana@users.noreply.x.test", "cy@x.test", ""]) {
            let is_same = |listed: &&str| is_same_email(listed.as_bytes(), email.as_bytes());
            let expected: Vec<&str> = addresses.into_iter().filter(is_same).collect();
            let found: Vec<&str> = map.of_account(email.as_bytes()).copied().collect();
            assert_eq!(found, expected, "{email}");
            assert_eq!(map.contains(email.as_bytes()), !expected.is_empty(), "{email}");
        }
    }
}
