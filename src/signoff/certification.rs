//! Checks that the required people signed off.

use bstr::{BString, ByteSlice as _};

use super::commit_fault::{Identities, IdentityRole};
use super::folding::{self, HiddenChar};
use super::relation::are_related;
use super::settings::{Coauthors, Signer, SignoffSettings};
use super::trailer::{Trailer, TrailerBlock};
use super::{Identity, People, message};
use crate::git::CommitText;
use crate::text::decode::decode;
use crate::text::{escape, head};

/// Result of the sign-off check of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certification {
    /// All required sign-offs are present, or the commit needs none.
    Given,
    /// All required sign-offs are present, but one has another name than the person at its address.
    Misnamed {
        /// The sign-off.
        signoff: Signoff,
        /// Identity with the same address.
        person: (IdentityRole, Identity),
    },
    /// There is no sign-off at all.
    Missing,
    /// There are sign-offs, but a required one is missing.
    Mismatched {
        /// Sign-offs that count under the policy.
        found: Vec<Signoff>,
        /// Identities of which one has to sign. Empty if none is readable and may sign.
        wanted: Vec<(IdentityRole, Identity)>,
    },
}

/// A sign-off in a commit message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signoff {
    /// Line of the message on which it starts, from 1.
    pub line: u32,
    /// Identity of the signer.
    pub identity: Identity,
    /// Reason why it is valid for no person; `None` if it is valid.
    pub ineligible: Option<Ineligible>,
}

/// Reason why a sign-off is valid for no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ineligible {
    /// It contains a character that is invisible or changes how others are shown.
    Hidden(HiddenChar),
    /// The address is that of a service or an assistant, or the policy lists it as one that never signs.
    Service,
}

/// A co-author without a sign-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coauthor {
    /// Line of the trailer, from 1.
    pub line: u32,
    /// Value of the trailer.
    pub value: BString,
}

/// Reads the sign-offs of a commit and compares them with its author, committer and co-authors.
pub(super) fn read(
    text: &CommitText,
    identities: &Identities,
    policy: &SignoffSettings,
    people: &People,
) -> (Certification, Vec<Coauthor>) {
    let message = message::read(&text.message);
    let encoding = text.encoding.as_ref().map(|encoding| encoding.as_slice());
    let block = TrailerBlock::read(&message);
    let trailers = block.counting(&message, policy.position);
    let of_key = |key| trailers.iter().filter(move |trailer| trailer.is(key));
    let found: Vec<Signoff> =
        of_key("Signed-off-by").filter_map(|trailer| Signoff::read(trailer, encoding, people)).collect();
    let coauthors = match policy.coauthors {
        Coauthors::Ignore => Vec::new(),
        _ => unsigned(of_key("Co-authored-by"), &found, encoding, people),
    };
    if found.is_empty() {
        return (Certification::Missing, coauthors);
    }
    let mut certification = certification(&requirements(identities, policy.signer), found, people);
    if let Certification::Mismatched { wanted, .. } = &mut certification {
        wanted.retain(|(_, who)| !people.never_signs(&who.email));
    }
    (certification, coauthors)
}

/// Compares the sign-offs with the requirements of a policy.
fn certification(
    requirements: &[Vec<(IdentityRole, Identity)>],
    found: Vec<Signoff>,
    people: &People,
) -> Certification {
    let mut misnamed = None;
    for wanted in requirements {
        match met(wanted, &found, people) {
            None => return Certification::Mismatched { wanted: wanted.clone(), found },
            Some(Certification::Given) => {}
            Some(other) => misnamed = misnamed.or(Some(other)),
        }
    }
    misnamed.unwrap_or(Certification::Given)
}

impl Certification {
    /// Returns whether every required person has signed, be it under another name.
    pub fn is_given(&self) -> bool {
        matches!(self, Self::Given | Self::Misnamed { .. })
    }

    /// Returns whether one of the sign-offs is valid, by whomever, or, with `author`, by someone related to the author.
    pub(crate) fn has_signoff(&self, author: Option<&Identity>) -> bool {
        let found = match self {
            Self::Given | Self::Missing => &[],
            Self::Misnamed { signoff, .. } => std::slice::from_ref(signoff),
            Self::Mismatched { found, .. } => found.as_slice(),
        };
        let is_related =
            |signoff: &Signoff| author.is_none_or(|author| are_related(author, &signoff.identity));
        found.iter().any(|signoff| signoff.ineligible.is_none() && is_related(signoff))
    }

    /// Returns the id of the rule that reports the result; `None` if there is nothing to report.
    pub fn rule_id(&self) -> Option<&'static str> {
        match self {
            Self::Given => None,
            Self::Misnamed { .. } => Some("misnamed-signoff"),
            Self::Missing => Some("missing-signoff"),
            Self::Mismatched { .. } => Some("mismatched-signoff"),
        }
    }
}

impl Coauthor {
    /// Returns the value of the trailer, cut to 120 bytes and escaped.
    pub fn shortened_value(&self) -> String {
        escape(head(&self.value, 120))
    }
}

impl Signoff {
    fn read(trailer: &Trailer<'_>, encoding: Option<&[u8]>, people: &People) -> Option<Self> {
        let identity = identity(trailer, encoding)?;
        let ineligible = match folding::hidden(&identity) {
            Some(hidden) => Some(Ineligible::Hidden(hidden)),
            None => people.never_signs(&identity.email).then_some(Ineligible::Service),
        };
        Some(Self { line: trailer.line, identity, ineligible })
    }

    fn is_by(&self, who: &Identity, people: &People) -> bool {
        self.ineligible.is_none() && people.same(&self.identity, who)
    }
}

/// Returns the requirements of a policy as lists of identities: one identity of each list has to sign.
///
/// An unreadable identity is left out. An empty list is a requirement that no sign-off meets.
fn requirements(identities: &Identities, signer: Signer) -> Vec<Vec<(IdentityRole, Identity)>> {
    let role = |role, identity: &Option<Identity>| identity.clone().map(|identity| (role, identity));
    let author = role(IdentityRole::Author, &identities.author);
    let committer = role(IdentityRole::Committer, &identities.committer);
    match signer {
        Signer::Author => vec![Vec::from_iter(author)],
        Signer::AuthorAndCommitter => vec![Vec::from_iter(author), Vec::from_iter(committer)],
        Signer::AuthorOrCommitter => vec![author.into_iter().chain(committer).collect()],
    }
}

/// Returns how a requirement is met: by a sign-off with the right name if there is one; `None` if it is not met.
fn met(wanted: &[(IdentityRole, Identity)], found: &[Signoff], people: &People) -> Option<Certification> {
    let pairs = found.iter().flat_map(|signoff| wanted.iter().map(move |person| (signoff, person)));
    let mut by_person = pairs.filter(|(signoff, (_, who))| signoff.is_by(who, people)).peekable();
    let (signoff, person) = *by_person.peek()?;
    let is_named = |(signoff, (_, who)): &(&Signoff, &(IdentityRole, Identity))| {
        !people.have_two_names(&signoff.identity, who)
    };
    Some(match by_person.any(|pair| is_named(&pair)) {
        true => Certification::Given,
        false => Certification::Misnamed { signoff: signoff.clone(), person: person.clone() },
    })
}

/// Returns the identity that a trailer names; an indented line below a complete one is a remark.
fn identity(trailer: &Trailer<'_>, encoding: Option<&[u8]>) -> Option<Identity> {
    let read = |value: &[u8]| Identity::of_trailer(&decode(value, encoding));
    read(&trailer.value).or_else(|| read(trailer.first_line))
}

fn unsigned<'t>(
    coauthors: impl Iterator<Item = &'t Trailer<'t>>,
    found: &[Signoff],
    encoding: Option<&[u8]>,
    people: &People,
) -> Vec<Coauthor> {
    let valid = found.iter().filter(|signoff| signoff.ineligible.is_none());
    let signers = people.identity_set(valid.map(|signoff| &signoff.identity));
    coauthors
        .filter(|trailer| !identity(trailer, encoding).is_some_and(|who| signers.contains(&who)))
        .map(|trailer| Coauthor { line: trailer.line, value: trailer.value.as_bstr().to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signoff::settings::Position;

    const ANA: &str = "Ana <ana@x.test>";
    const BO: &str = "Bo <bo@x.test>";

    /// Checks a commit with author Ana and committer Bo.
    fn read_with(policy: &SignoffSettings, message: &str) -> (Certification, Vec<Coauthor>) {
        let identity = |who: &str| Identity::of_trailer(who.as_bytes());
        let identities = Identities { author: identity(ANA), committer: identity(BO) };
        let text = CommitText { message: message.into(), ..CommitText::default() };
        read(&text, &identities, policy, &People::new(policy, None))
    }

    #[test]
    fn missing_signoff_is_not_given() {
        assert!(!Certification::Missing.is_given());
    }

    #[test]
    fn policy_selects_the_required_signers() {
        for (signer, by_ana, by_bo) in [
            (Signer::AuthorOrCommitter, true, true),
            (Signer::Author, true, false),
            (Signer::AuthorAndCommitter, false, false),
        ] {
            let policy = SignoffSettings { signer, ..SignoffSettings::default() };
            let given = |who: &[&str]| {
                let lines: String = who.iter().map(|who| format!("Signed-off-by: {who}\n")).collect();
                read_with(&policy, &format!("s\n\n{lines}")).0 == Certification::Given
            };
            assert_eq!((given(&[ANA]), given(&[BO])), (by_ana, by_bo), "{signer:?}");
            assert!(given(&[ANA, BO]) && given(&[BO, "Cy <cy@x.test>", ANA]), "{signer:?}");
        }
    }

    #[test]
    fn name_of_another_is_told_from_a_missing_signature() {
        for (lines, misnamed) in [
            (&["Bo <ana@x.test>"][..], Some("Bo <ana@x.test>")),
            (&["Cy <cy@x.test>", "ana <Ana@X.test>"], None),
            (&["Bo <ana@x.test>", ANA], None),
            (&["Ana Ruiz <ana@x.test>", "Ana Lind <ana@x.test>"], Some("Ana Ruiz <ana@x.test>")),
        ] {
            let lines: String = lines.iter().map(|who| format!("Signed-off-by: {who}\n")).collect();
            let policy = SignoffSettings { signer: Signer::Author, ..SignoffSettings::default() };
            let found = read_with(&policy, &format!("s\n\n{lines}")).0;
            let name = match &found {
                Certification::Misnamed { signoff, .. } => Some(signoff.identity.to_string()),
                _ => None,
            };
            assert!(found.is_given());
            assert_eq!(name.as_deref(), misnamed, "{lines}");
        }
        let both = SignoffSettings { signer: Signer::AuthorAndCommitter, ..SignoffSettings::default() };
        let message = format!("s\n\nSigned-off-by: Bo <ana@x.test>\nSigned-off-by: {BO}\n");
        assert!(matches!(read_with(&both, &message).0, Certification::Misnamed { .. }));
        let message = "s\n\nSigned-off-by: Bo <ana@x.test>\n";
        assert!(matches!(read_with(&both, message).0, Certification::Mismatched { .. }));
    }

    #[test]
    fn policy_selects_where_signoffs_count() {
        let anywhere = SignoffSettings { position: Position::Anywhere, ..SignoffSettings::default() };
        for message in [format!("Signed-off-by: {ANA}\n"), format!("s\n\nSigned-off-by: {ANA}\n\nprose\n")] {
            assert_eq!(read_with(&anywhere, &message).0, Certification::Given, "{message}");
            assert_ne!(read_with(&SignoffSettings::default(), &message).0, Certification::Given, "{message}");
        }
        for message in [format!("s\n\n> Signed-off-by: {ANA}\n"), format!("s\n\nx Signed-off-by: {ANA}\n")] {
            assert_ne!(read_with(&anywhere, &message).0, Certification::Given, "{message}");
        }
    }

    #[test]
    fn indented_line_below_a_complete_signoff_is_a_remark() {
        for (below, given) in [("  for the team\n", true), ("\tand so on <x>\n", true), ("", true)] {
            let message = format!("s\n\nSigned-off-by: {ANA}\n{below}");
            let found = read_with(&SignoffSettings::default(), &message).0;
            assert_eq!(found == Certification::Given, given, "{message}");
        }
        let folded = "s\n\nSigned-off-by: Ana\n  <ana@x.test>\n";
        assert_eq!(read_with(&SignoffSettings::default(), folded).0, Certification::Given);
    }

    #[test]
    fn unsigned_co_authors_are_listed_unless_ignored() {
        let message = format!(
            "s\n\nCo-authored-by: Cy <cy@x.test>\nCo-authored-by: {BO}\nCo-authored-by: x\n\
             Co-authored-by: {BO}\n  for the tests\nSigned-off-by: {BO}\n"
        );
        for (coauthors, lines) in
            [(Coauthors::Ignore, &[][..]), (Coauthors::Warn, &[3, 5]), (Coauthors::Require, &[3, 5])]
        {
            let policy = SignoffSettings { coauthors, ..SignoffSettings::default() };
            let (certification, unsigned) = read_with(&policy, &message);
            assert_eq!(certification, Certification::Given);
            assert_eq!(unsigned.iter().map(|who| who.line).collect::<Vec<_>>(), lines, "{coauthors:?}");
        }
    }

    #[test]
    fn barred_signoff_does_not_count_for_a_co_author() {
        let policy = SignoffSettings { coauthors: Coauthors::Require, ..SignoffSettings::default() };
        let service = "GitHub <noreply@github.com>";
        let message =
            format!("s\n\nCo-authored-by: {service}\nSigned-off-by: {service}\nSigned-off-by: {ANA}\n");
        assert_eq!(read_with(&policy, &message).1.len(), 1);
    }

    #[test]
    fn sign_off_of_another_counts_for_no_machine() {
        let [bot, forge] = ["ci[bot] <1+ci[bot]@users.noreply.github.com>", "GitHub <noreply@github.com>"];
        for (author, committer, signer, given) in [
            (bot, forge, ANA, false),
            (bot, bot, ANA, false),
            (forge, forge, ANA, false),
            ("x[bot] <x[bot]@x.test>", "x[bot] <x[bot]@x.test>", ANA, false),
            ("Claude <noreply@anthropic.com>", "Claude <noreply@anthropic.com>", ANA, false),
            (bot, BO, ANA, false),
            (bot, ANA, ANA, true),
            (bot, forge, bot, true),
            (bot, forge, "ci[bot] <ci[bot]@users.noreply.github.com>", true),
            (bot, forge, "ci[bot] <2+ci[bot]@users.noreply.github.com>", false),
            (bot, forge, forge, false),
        ] {
            let identity = |who: &str| Identity::of_trailer(who.as_bytes());
            let identities = Identities { author: identity(author), committer: identity(committer) };
            let message = format!("s\n\nSigned-off-by: {signer}\n").into();
            let text = CommitText { message, ..CommitText::default() };
            let found = read(&text, &identities, &SignoffSettings::default(), &People::default()).0;
            assert_eq!(found == Certification::Given, given, "{author}, {committer}, {signer}");
        }
    }

    #[test]
    fn thousands_of_co_authors_are_compared() {
        let policy = SignoffSettings { coauthors: Coauthors::Require, ..SignoffSettings::default() };
        let mut message = format!("s\n\nSigned-off-by: {ANA}\n");
        for number in 0..20_000 {
            message.push_str(&format!(
                "Signed-off-by: s <s{number}@x.test>\nCo-authored-by: c <c{number}@x.test>\n"
            ));
        }
        message.push_str("Co-authored-by: S <S19999@X.TEST>\n");
        let (certification, unsigned) = read_with(&policy, &message);
        assert_eq!((certification, unsigned.len()), (Certification::Given, 20_000));
    }

    #[test]
    fn unreadable_identities_match_no_signoff() {
        let text =
            CommitText { message: format!("s\n\nSigned-off-by: {ANA}\n").into(), ..CommitText::default() };
        let policy = SignoffSettings::default();
        let (certification, _) = read(&text, &Identities::default(), &policy, &People::default());
        assert!(matches!(certification, Certification::Mismatched { wanted, .. } if wanted.is_empty()));
    }
}
