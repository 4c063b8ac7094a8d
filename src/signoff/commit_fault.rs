//! Malformed parts of a commit: identities, addresses and NUL bytes.

use std::fmt;

use bstr::BString;

use super::folding::{self, HiddenChar};
use super::settings::SignoffSettings;
use super::{BadAddress, Identity, address};
use crate::git::CommitText;
use crate::text::decode::decode;
use crate::text::line_number;

/// One of the two identities of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityRole {
    /// Author of the change.
    Author,
    /// Committer, who recorded the change.
    Committer,
}

/// A malformed part of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitFault {
    /// A NUL in the message: git shows nothing after it.
    NulInMessage {
        /// Line of the message, from 1.
        line: u32,
    },
    /// A NUL in a header: git shows no message at all.
    NulInHeader,
    /// No header of this role, or more than one.
    Count {
        /// IdentityRole of the header.
        role: IdentityRole,
        /// Number of headers.
        count: usize,
    },
    /// A header that is not `name <address> time zone`.
    Unreadable {
        /// IdentityRole of the header.
        role: IdentityRole,
        /// Value of the header.
        value: BString,
    },
    /// An invisible character in an identity, or one that changes how others are shown.
    Hidden {
        /// IdentityRole of the identity.
        role: IdentityRole,
        /// First such character.
        hidden: HiddenChar,
    },
    /// An invalid e-mail address.
    Address {
        /// IdentityRole of the identity.
        role: IdentityRole,
        /// Address, as written.
        email: BString,
        /// Reason why it is invalid.
        reason: BadAddress,
    },
}

impl CommitFault {
    /// Returns the role of the malformed identity; `None` if the fault is elsewhere.
    pub fn role(&self) -> Option<IdentityRole> {
        match self {
            Self::NulInMessage { .. } | Self::NulInHeader => None,
            Self::Count { role, .. }
            | Self::Unreadable { role, .. }
            | Self::Hidden { role, .. }
            | Self::Address { role, .. } => Some(*role),
        }
    }
}

/// Author and committer of a commit, each `None` if unreadable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Identities {
    pub(super) author: Option<Identity>,
    pub(super) committer: Option<Identity>,
}

impl Identities {
    /// Reads both identities and collects all faults of the commit.
    pub(super) fn read(text: &CommitText, policy: &SignoffSettings) -> (Self, Vec<CommitFault>) {
        let mut faults = Vec::new();
        let encoding = text.encoding.as_ref().map(|encoding| encoding.as_slice());
        let mut read = |role, values: &[BString]| identity(role, values, encoding, &mut faults);
        let author = read(IdentityRole::Author, &text.authors);
        let committer = read(IdentityRole::Committer, &text.committers);
        add_faults(IdentityRole::Author, author.as_ref(), policy, &mut faults);
        if author != committer {
            add_faults(IdentityRole::Committer, committer.as_ref(), policy, &mut faults);
        }
        if text.nul_in_header {
            faults.push(CommitFault::NulInHeader);
        }
        if let Some(at) = memchr::memchr(0, &text.message) {
            faults.push(CommitFault::NulInMessage { line: line_number(&text.message, at) });
        }
        (Self { author, committer }, faults)
    }
}

fn identity(
    role: IdentityRole,
    values: &[BString],
    encoding: Option<&[u8]>,
    faults: &mut Vec<CommitFault>,
) -> Option<Identity> {
    let [value] = values else {
        faults.push(CommitFault::Count { role, count: values.len() });
        return None;
    };
    let identity = Identity::of_header(&decode(value, encoding));
    if identity.is_none() {
        faults.push(CommitFault::Unreadable { role, value: value.clone() });
    }
    identity
}

fn add_faults(
    role: IdentityRole,
    identity: Option<&Identity>,
    policy: &SignoffSettings,
    faults: &mut Vec<CommitFault>,
) {
    let Some(identity) = identity else { return };
    if let Some(hidden) = folding::hidden(identity) {
        faults.push(CommitFault::Hidden { role, hidden });
    }
    if let Err(reason) = address::check(&identity.email, policy.addresses) {
        faults.push(CommitFault::Address { role, email: identity.email.clone(), reason });
    }
}

impl fmt::Display for IdentityRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Author => "author",
            Self::Committer => "committer",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "Ana <ana@x.test> 1 +0000";

    fn faults(authors: &[&str], committers: &[&str], message: &[u8]) -> Vec<CommitFault> {
        let list = |values: &[&str]| values.iter().map(|value| BString::from(*value)).collect();
        let text = CommitText {
            authors: list(authors),
            committers: list(committers),
            message: message.into(),
            ..CommitText::default()
        };
        Identities::read(&text, &SignoffSettings::default()).1
    }

    #[test]
    fn a_commit_has_one_author_and_one_committer() {
        assert_eq!(faults(&[GOOD], &[GOOD], b"m"), []);
        assert_eq!(faults(&[], &[GOOD], b"m"), [CommitFault::Count { role: IdentityRole::Author, count: 0 }]);
        assert_eq!(
            faults(&[GOOD], &[GOOD, GOOD], b"m"),
            [CommitFault::Count { role: IdentityRole::Committer, count: 2 }]
        );
        let value = "Ana <ana@x.test>";
        assert_eq!(
            faults(&[GOOD], &[value], b"m"),
            [CommitFault::Unreadable { role: IdentityRole::Committer, value: value.into() }]
        );
    }

    #[test]
    fn each_fault_of_both_identities_is_reported_once() {
        let (bad, other) = ("Ana <ana> 1 +0000", "Bo\u{200b} <bo@localhost> 1 +0000");
        let address = |role, email: &str, reason| CommitFault::Address { role, email: email.into(), reason };
        assert_eq!(faults(&[bad], &[bad], b"m"), [address(IdentityRole::Author, "ana", BadAddress::At)]);
        let hidden = HiddenChar { character: '\u{200b}', before: "Bo".into() };
        assert_eq!(
            faults(&[bad], &[other], b"m"),
            [
                address(IdentityRole::Author, "ana", BadAddress::At),
                CommitFault::Hidden { role: IdentityRole::Committer, hidden },
                address(IdentityRole::Committer, "bo@localhost", BadAddress::LocalDomain),
            ]
        );
    }

    #[test]
    fn nul_in_any_header_is_a_fault() {
        let text = CommitText {
            authors: vec![GOOD.into()],
            committers: vec![GOOD.into()],
            nul_in_header: true,
            ..CommitText::default()
        };
        assert_eq!(Identities::read(&text, &SignoffSettings::default()).1, [CommitFault::NulInHeader]);
    }

    #[test]
    fn nul_in_the_message_has_its_line() {
        assert_eq!(faults(&[GOOD], &[GOOD], b"a\n\n\0\n"), [CommitFault::NulInMessage { line: 3 }]);
    }
}
