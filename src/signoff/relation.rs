//! Relation between a sign-off and an author, where their addresses differ.

use bstr::{BString, ByteSlice as _};

use super::Identity;
use super::folding::{fold_email, fold_name};

/// Mailboxes that many people have: they relate nobody to anybody.
const SHARED_MAILBOXES: &[&str] = &[
    "admin",
    "code",
    "contact",
    "dev",
    "developer",
    "email",
    "git",
    "github",
    "gitlab",
    "hello",
    "hey",
    "hi",
    "info",
    "mail",
    "me",
    "no-reply",
    "noreply",
    "oss",
    "postmaster",
    "root",
    "support",
    "team",
    "user",
    "webmaster",
    "work",
];

/// Returns whether two identities have a name, a login or a mailbox in common.
///
/// The login is the mailbox of an address that a forge hides mail behind, or stands where the name should.
pub(super) fn are_related(a: &Identity, b: &Identity) -> bool {
    let (own, other) = (handles(a), handles(b));
    own.iter().any(|handle| other.contains(handle))
}

/// Returns the name and the mailbox of an identity, folded; a single letter, and a mailbox that many people have, is left out.
fn handles(who: &Identity) -> Vec<BString> {
    let email = fold_email(&who.email);
    let mailbox = email.split_once_str("@").map_or(email.as_bytes(), |(mailbox, _)| mailbox);
    // What follows a plus is chosen freely.
    let mailbox = mailbox.split_once_str("+").map_or(mailbox, |(mailbox, _)| mailbox);
    let all = [fold_name(&who.name), fold_name(mailbox)];
    let is_shared = |handle: &BString| SHARED_MAILBOXES.iter().any(|shared| handle == shared);
    all.into_iter().filter(|handle| handle.len() > 1 && !is_shared(handle)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_related_by_name_login_or_mailbox() {
        for (author, signoff, related) in [
            ("李 <a@x.test>", "李 <b@y.test>", true),
            ("Ana Ruiz <a@x.test>", "Ana Ruiz <b@y.test>", true),
            ("ana ruiz <a@x.test>", "Ana  Ruiz <b@y.test>", true),
            ("Ana <1+aruiz@users.noreply.github.com>", "aruiz <b@y.test>", true),
            ("Ana <1+aruiz@users.noreply.github.com>", "A R <aruiz@y.test>", true),
            ("Ana <aruiz@x.test>", "A R <12+ARuiz@users.noreply.github.com>", true),
            ("aruiz <1+other@users.noreply.github.com>", "A R <aruiz@y.test>", true),
            ("Ana <aruiz@x.test>", "Bo <aruiz+dco@y.test>", true),
            ("Ana <a@x.test>", "Bo <b@x.test>", false),
            ("Ana Ruiz <a@x.test>", "Ana <b@y.test>", false),
            ("Ana <x@x.test>", "Bo <x@y.test>", false),
            ("Ana <me@x.test>", "Bo <me@y.test>", false),
            ("Ana <noreply@x.test>", "Bo <noreply@y.test>", false),
            ("Ana <a+aruiz@x.test>", "Bo <b+aruiz@y.test>", false),
        ] {
            let read = |text: &str| Identity::of_trailer(text.as_bytes()).unwrap();
            assert_eq!(are_related(&read(author), &read(signoff)), related, "{author} {signoff}");
        }
    }
}
