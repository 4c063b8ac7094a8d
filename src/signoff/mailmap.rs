//! Mailmap (gitmailmap(5)): maps identities in commits to proper names and addresses.

use bstr::{BString, ByteSlice as _};

use super::Identity;

/// Path of the file on the default branch.
pub(crate) const PATH: &str = ".mailmap";

/// Maximum size of the file, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// Entries of a mailmap, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailmap {
    mappings: Vec<Mapping>,
}

/// One line of a mailmap: an identity in commits, and its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mapping {
    proper_name: Option<BString>,
    proper_email: Option<BString>,
    commit_name: Option<BString>,
    commit_email: BString,
}

impl Mailmap {
    /// Parses a mailmap. Lines without an address map nothing, as in git.
    ///
    /// # Errors
    /// Fails when the text is too large; returns the reason.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MAX_SIZE {
            return Err(format!("it is larger than {} KiB", MAX_SIZE >> 10));
        }
        Ok(Self { mappings: text.lines().filter_map(Mapping::parse).collect() })
    }

    /// Returns the proper identity, or the identity itself if no mapping matches it.
    ///
    /// A mapping with name and address takes precedence over one with only an address, and a later mapping
    /// over an earlier one.
    pub fn proper(&self, identity: &Identity) -> Identity {
        let named = self
            .mappings
            .iter()
            .rev()
            .find(|mapping| mapping.commit_name.is_some() && mapping.covers(identity));
        let mapping = named.or_else(|| {
            self.mappings
                .iter()
                .rev()
                .find(|mapping| mapping.commit_name.is_none() && mapping.covers(identity))
        });
        let Some(mapping) = mapping else { return identity.clone() };
        Identity {
            name: mapping.proper_name.as_ref().unwrap_or(&identity.name).clone(),
            email: mapping.proper_email.as_ref().unwrap_or(&identity.email).clone(),
        }
    }
}

impl Mapping {
    fn parse(line: &[u8]) -> Option<Self> {
        if line.starts_with(b"#") {
            return None;
        }
        let (first_name, first_email, rest) = person(line)?;
        Some(match person(rest) {
            Some((commit_name, commit_email, _)) => {
                Self { proper_name: first_name, proper_email: Some(first_email), commit_name, commit_email }
            }
            None => Self {
                proper_name: first_name,
                proper_email: None,
                commit_name: None,
                commit_email: first_email,
            },
        })
    }

    fn covers(&self, identity: &Identity) -> bool {
        let named = self.commit_name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&identity.name));
        named && self.commit_email.eq_ignore_ascii_case(&identity.email)
    }
}

/// Splits off an optional name and an address; returns both and the rest.
fn person(text: &[u8]) -> Option<(Option<BString>, BString, &[u8])> {
    let (name, rest) = text.split_once_str("<")?;
    let (email, rest) = rest.split_once_str(">")?;
    let name = name.trim_ascii();
    Some(((!name.is_empty()).then(|| name.into()), email.trim_ascii().into(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_form_maps_as_in_git() {
        let map = Mailmap::parse(
            b"# a comment <x@x.test>\nProper Name <one@x.test>\n<two@x.test> <old2@x.test>\n\
              Three <three@x.test> <old3@x.test>\nFour <four@x.test> Old <old4@x.test>\nno address\n",
        )
        .unwrap();
        let proper = |name: &str, email: &str| map.proper(&Identity::new(name, email));
        assert_eq!(proper("x", "ONE@x.test"), Identity::new("Proper Name", "ONE@x.test"));
        assert_eq!(proper("x", "old2@x.test"), Identity::new("x", "two@x.test"));
        assert_eq!(proper("x", "old3@x.test"), Identity::new("Three", "three@x.test"));
        assert_eq!(proper("OLD", "old4@x.test"), Identity::new("Four", "four@x.test"));
        assert_eq!(proper("x", "old4@x.test"), Identity::new("x", "old4@x.test"));
        assert_eq!(proper("x", "x@x.test"), Identity::new("x", "x@x.test"));
        assert!(Mailmap::parse(&[b'#'; MAX_SIZE + 1]).is_err());
    }
}
