//! Causes for which many commits of a history are refused, each with the keys of the policy that settle it.

use super::settings::MergePolicy;
use super::{
    Assessment, BadAddress, Certification, CommitFault, CommitKind, email_difference, name_difference,
};

/// Common cause of the problems with the sign-off of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Machine,
    AnotherName,
    AnotherAddress,
    AnotherSigner,
    Merge,
    Unsigned,
    LocalAddress,
}

impl Cause {
    /// Returns the cause and the keys of `sign-off` that settle it, for a list.
    fn text(self) -> &'static str {
        match self {
            Self::Machine => "by bots: `exempt`, `proven` or `aliases`",
            Self::AnotherName => {
                "same address, another name: accepted; level `allow`, `aliases` or `mailmap` silences it"
            }
            Self::AnotherAddress => {
                "same name, another address: `aliases` or `mailmap`, or `proven` if a forge wrote it"
            }
            Self::AnotherSigner => {
                "signed by another: `aliases` if it is the same person, `proven` if a forge rewrote the author"
            }
            Self::Merge => "merges with content of their own: `merges: conflicts`",
            Self::Unsigned => "not signed: a sign-off; for old history, `grandfathered` or `baseline`",
            Self::LocalAddress => "local addresses: `addresses: any`",
        }
    }
}

/// Returns the common cause of the problems of a commit and what settles it; `None` if nothing in common is known.
pub(crate) fn cause(assessment: &Assessment, kind: CommitKind, merges: MergePolicy) -> Option<&'static str> {
    find(assessment, kind, merges).map(Cause::text)
}

fn find(assessment: &Assessment, kind: CommitKind, merges: MergePolicy) -> Option<Cause> {
    let is_local = |fault: &CommitFault| {
        matches!(fault, CommitFault::Address { reason: BadAddress::LocalDomain | BadAddress::NoDot, .. })
    };
    match &assessment.certification {
        Certification::Given if assessment.faults.iter().any(is_local) => Some(Cause::LocalAddress),
        Certification::Given => None,
        Certification::Misnamed { .. } => Some(Cause::AnotherName),
        Certification::Missing | Certification::Mismatched { .. } if assessment.is_author_a_machine => {
            Some(Cause::Machine)
        }
        Certification::Missing if kind == CommitKind::Merge && merges == MergePolicy::Clean => {
            Some(Cause::Merge)
        }
        Certification::Missing => Some(Cause::Unsigned),
        Certification::Mismatched { found, wanted } => {
            let has_a_name = found.iter().any(|signoff| {
                let who = &signoff.identity;
                wanted.iter().any(|(_, person)| {
                    name_difference(&who.name, &person.name).is_none()
                        && email_difference(&who.email, &person.email).is_some()
                })
            });
            Some(if has_a_name { Cause::AnotherAddress } else { Cause::AnotherSigner })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::CommitText;
    use crate::signoff::settings::SignoffSettings;
    use crate::signoff::{People, assess};

    #[test]
    fn each_family_of_commits_has_its_cause() {
        let [ana, bot] = ["Ana <ana@x.test>", "ci[bot] <1+ci[bot]@users.noreply.github.com>"];
        for (author, signer, kind, found) in [
            (ana, Some(ana), CommitKind::Ordinary, None),
            (ana, None, CommitKind::Ordinary, Some(Cause::Unsigned)),
            (ana, None, CommitKind::Merge, Some(Cause::Merge)),
            (ana, Some("Ana <ana@y.test>"), CommitKind::Ordinary, Some(Cause::AnotherAddress)),
            (ana, Some("Bo <bo@x.test>"), CommitKind::Ordinary, Some(Cause::AnotherSigner)),
            (ana, Some("A. <ana@x.test>"), CommitKind::Ordinary, Some(Cause::AnotherName)),
            (bot, None, CommitKind::Ordinary, Some(Cause::Machine)),
            (
                "Ana <ana@host.local>",
                Some("Ana <ana@host.local>"),
                CommitKind::Ordinary,
                Some(Cause::LocalAddress),
            ),
        ] {
            let header = || vec![format!("{author} 1 +0000").into()];
            let trailer = signer.map(|who| format!("Signed-off-by: {who}\n")).unwrap_or_default();
            let message = format!("s\n\n{trailer}").into();
            let text =
                CommitText { authors: header(), committers: header(), message, ..CommitText::default() };
            let assessment = assess(&text, &SignoffSettings::default(), &People::default());
            assert_eq!(find(&assessment, kind, MergePolicy::Clean), found, "{author}, {signer:?}");
            let strict = find(&assessment, kind, MergePolicy::Conflicts);
            assert_ne!(strict, Some(Cause::Merge), "{author}, {signer:?}");
        }
    }
}
