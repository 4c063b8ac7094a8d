//! Data of a commit that has to be rewritten, for the advice.

use bstr::ByteSlice as _;

use super::verdict::CommitDetails;
use crate::git::Oid;
use crate::report::{Finding, Level};
use crate::signoff::repair::BadCommit;
use crate::signoff::{Identity, IdentityRole, People, without_hidden};
use crate::token;

/// Returns the data for the advice, if the commit has to be rewritten.
///
/// `user` is the one who reads the advice; `None` if unknown.
pub(super) fn read(
    oid: Oid,
    details: &CommitDetails,
    user: Option<&Identity>,
    people: &People,
) -> Option<BadCommit> {
    if details.unsigned.is_none() && details.malformed.is_none() {
        return None;
    }
    let CommitDetails { author, committer, malformed, .. } = details;
    let is_malformed = *malformed == Some(IdentityRole::Author);
    // It goes into a command that is shown.
    let address =
        || author.as_ref().map_or(String::new(), |author| token::redact(&author.email).to_str_lossy().into());
    let clean_name = author.as_ref().filter(|_| is_malformed).and_then(|author| without_hidden(&author.name));
    let differs = |a: &Identity, b: &Identity| match is_malformed && clean_name.is_none() {
        true => a.name != b.name,
        false => !people.same(a, b),
    };
    // Who passes a commit of a machine on signs it, whether or not the machine is the committer.
    let user = user.filter(|_| !details.is_author_a_machine);
    let others: Vec<&Identity> = committer.iter().chain(user).collect();
    let is_foreign = author.as_ref().is_some_and(|author| others.iter().any(|who| differs(author, who)));
    let reader = user.or(committer.as_ref());
    let is_own = author
        .as_ref()
        .zip(reader)
        .is_some_and(|(author, reader)| author.name == reader.name || !differs(author, reader));
    Some(BadCommit {
        oid,
        author: author.as_ref().map_or("an unreadable author".to_owned(), ToString::to_string),
        machine: details.is_author_a_machine.then(address),
        is_foreign,
        is_skipped: details.findings.is_empty()
            && author
                .as_ref()
                .zip(user)
                .is_some_and(|(author, user)| author.name != user.name && differs(author, user)),
        is_of_another: author.as_ref().zip(user).is_some_and(|(author, user)| {
            author.name != user.name
                && [Some(author), committer.as_ref()].iter().flatten().all(|who| differs(who, user))
        }),
        is_own,
        is_committed_by_author: author
            .as_ref()
            .zip(committer.as_ref())
            .is_some_and(|(author, committer)| !differs(author, committer)),
        is_untitled: details.is_untitled,
        // Another sign-off of the user does not change the name of the author.
        has_other_faults: malformed.is_none() && is_denied(&details.findings) || details.is_misnamed,
        malformed_address: is_malformed.then(address),
        clean_name,
        has_signature: details.has_signature && !is_foreign && !details.is_author_a_machine,
        squashed: details.squashed.clone(),
        combined_with: None,
    })
}

/// Returns whether a finding refuses.
pub(super) fn is_denied(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Deny)
}
