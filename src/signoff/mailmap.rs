//! Mailmap (gitmailmap(5)): maps identities in commits to proper names and addresses.

use std::collections::HashMap;

use bstr::{BString, ByteSlice as _};

use super::Identity;

/// Path of the file on the default branch.
pub(crate) const PATH: &str = ".mailmap";

/// Maximum size of the file, in bytes.
pub(crate) const MAX_SIZE: u64 = 1 << 20;

/// Entries of a mailmap, by the address in commits; ASCII letters in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailmap {
    entries: HashMap<BString, Entry>,
}

/// Replacements of one address in commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    /// Replacement under any name.
    any_name: Replacement,
    /// Replacements under one name, by that name.
    by_name: HashMap<BString, Replacement>,
}

/// Proper name and address; `None` leaves what the commit has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Replacement {
    name: Option<BString>,
    email: Option<BString>,
}

impl Mailmap {
    /// Parses a mailmap. Lines without an address map nothing, as in git.
    pub fn parse(text: &[u8]) -> Self {
        let mut map = Self::default();
        text.lines().for_each(|line| map.add(line));
        map
    }

    /// Adds a line. A later one overrides what an earlier one says about the same address and name.
    fn add(&mut self, line: &[u8]) {
        if line.starts_with(b"#") {
            return;
        }
        let Some(first) = Person::split(line).filter(|person| !person.email.is_empty()) else { return };
        let Some(second) = Person::split(first.rest) else {
            let entry = self.entries.entry(first.email.to_ascii_lowercase().into()).or_default();
            entry.any_name.name = first.name.or(entry.any_name.name.take());
            return;
        };
        let entry = self.entries.entry(second.email.to_ascii_lowercase().into()).or_default();
        let email = Some(first.email.into());
        match second.name {
            Some(name) => {
                let replacement = Replacement { name: first.name, email };
                entry.by_name.insert(name.to_ascii_lowercase().into(), replacement);
            }
            None => {
                entry.any_name.email = email;
                entry.any_name.name = first.name.or(entry.any_name.name.take());
            }
        }
    }

    /// Returns the proper identity, or the identity itself if nothing is said about it.
    ///
    /// An entry for an address under one name takes precedence.
    pub fn proper(&self, identity: &Identity) -> Identity {
        let entry = self.entries.get(identity.email.to_ascii_lowercase().as_bstr());
        let Some(Entry { any_name, by_name }) = entry else { return identity.clone() };
        let named = by_name.get(identity.name.to_ascii_lowercase().as_bstr());
        let Replacement { name, email } = named.unwrap_or(any_name);
        Identity {
            name: name.as_ref().unwrap_or(&identity.name).clone(),
            email: email.as_ref().unwrap_or(&identity.email).clone(),
        }
    }
}

/// Optional name, address, and the rest of a line.
struct Person<'a> {
    name: Option<BString>,
    email: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Person<'a> {
    /// Splits a person off; `None` if the text has none.
    fn split(text: &'a [u8]) -> Option<Self> {
        let (name, rest) = text.split_once_str("<")?;
        let (email, rest) = rest.split_once_str(">")?;
        let name = name.trim_ascii();
        Some(Self { name: (!name.is_empty()).then(|| name.into()), email, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_without_an_address_maps_nothing() {
        let old = Identity::new("Old", "old@x.test");
        for line in ["Ana <> <old@x.test>", "Ana <>", "Ana"] {
            assert_eq!(Mailmap::parse(line.as_bytes()).proper(&old), old, "{line}");
        }
    }

    #[test]
    fn each_line_form_maps_as_in_git() {
        let map = Mailmap::parse(
            b"# a comment <x@x.test>\nProper Name <one@x.test>\n<two@x.test> <old2@x.test>\n\
              Three <three@x.test> <old3@x.test>\nFour <four@x.test> Old <old4@x.test>\nno address\n",
        );
        let proper = |name: &str, email: &str| map.proper(&Identity::new(name, email));
        assert_eq!(proper("x", "ONE@x.test"), Identity::new("Proper Name", "ONE@x.test"));
        assert_eq!(proper("x", "old2@x.test"), Identity::new("x", "two@x.test"));
        assert_eq!(proper("x", "old3@x.test"), Identity::new("Three", "three@x.test"));
        assert_eq!(proper("OLD", "old4@x.test"), Identity::new("Four", "four@x.test"));
        assert_eq!(proper("x", "old4@x.test"), Identity::new("x", "old4@x.test"));
        assert_eq!(proper("x", "x@x.test"), Identity::new("x", "x@x.test"));
    }
}
