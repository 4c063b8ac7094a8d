//! Checks of e-mail addresses: their form, and addresses that belong to no person.

use std::fmt;

use bstr::ByteSlice as _;

use super::settings::Addresses;

/// Addresses of services that commit on behalf of users, and of coding assistants, as in public commits.
///
/// No person who could certify a commit reads their mail. Account numbers are left out.
pub(super) const SERVICES: &[&str] = &[
    "noreply@github.com",
    "noreply@gitlab.com",
    "noreply@gitea.com",
    "noreply@gitea.io",
    "noreply@codeberg.org",
    "noreply@forgejo.org",
    "commits-noreply@bitbucket.org",
    "agent@warp.dev",
    "aider@aider.chat",
    "amp@ampcode.com",
    "codex@openai.com",
    "crush@charm.land",
    "cursoragent@cursor.com",
    "gemini-cli@google.com",
    "noreply@aider.chat",
    "noreply@anthropic.com",
    "noreply@openai.com",
    "noreply@opencode.ai",
    "openhands@all-hands.dev",
    "oz-agent@warp.dev",
    "qwen-coder@alibabacloud.com",
    "amazon-q-developer[bot]@users.noreply.github.com",
    "chatgpt-codex-connector[bot]@users.noreply.github.com",
    "claude[bot]@users.noreply.github.com",
    "codegen-sh[bot]@users.noreply.github.com",
    "coderabbitai[bot]@users.noreply.github.com",
    "copilot-swe-agent[bot]@users.noreply.github.com",
    "copilot@users.noreply.github.com",
    "cursor[bot]@users.noreply.github.com",
    "devin-ai-integration[bot]@users.noreply.github.com",
    "ellipsis-dev[bot]@users.noreply.github.com",
    "factory-droid[bot]@users.noreply.github.com",
    "gemini-code-assist[bot]@users.noreply.github.com",
    "google-labs-jules[bot]@users.noreply.github.com",
    "gpt-engineer-app[bot]@users.noreply.github.com",
    "lovable-dev[bot]@users.noreply.github.com",
    "qodo-merge-pro[bot]@users.noreply.github.com",
    "sweep-ai[bot]@users.noreply.github.com",
];

/// Reason why an e-mail address is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAddress {
    /// It contains a blank.
    Blank,
    /// It has no `@`, or more than one.
    At,
    /// Nothing precedes the `@`.
    NoMailbox,
    /// The domain has no dot, or begins or ends with one.
    NoDot,
    /// The domain exists on one machine only, such as `localhost`.
    LocalDomain,
    /// It has a number or an IP address instead of a domain.
    Number,
}

impl fmt::Display for BadAddress {
    /// Writes the end of a sentence that begins with the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "contains whitespace",
            Self::At => "does not have exactly one `@`",
            Self::NoMailbox => "has nothing before the `@`",
            Self::NoDot => "has no domain with a dot",
            Self::LocalDomain => "has a domain that is local to one machine",
            Self::Number => "has a number instead of a domain",
        })
    }
}

/// Checks the form of an address. Accepts everything to which mail could be delivered.
///
/// # Errors
/// Returns the reason if the address is invalid.
pub(super) fn check(email: &[u8], allowed: Addresses) -> Result<(), BadAddress> {
    if email.iter().any(u8::is_ascii_whitespace) {
        return Err(BadAddress::Blank);
    }
    let (mailbox, domain) = email.split_once_str("@").ok_or(BadAddress::At)?;
    if domain.contains(&b'@') {
        return Err(BadAddress::At);
    }
    if mailbox.is_empty() {
        return Err(BadAddress::NoMailbox);
    }
    match allowed {
        Addresses::Any if !domain.is_empty() => Ok(()),
        _ => check_domain(&domain.to_ascii_lowercase()),
    }
}

fn check_domain(domain: &[u8]) -> Result<(), BadAddress> {
    let local = [".local", ".localdomain", ".localhost", ".(none)"];
    let last = domain.rsplit_once_str(".").map_or(domain, |(_, last)| last);
    if matches!(domain, b"localhost" | b"(none)") || local.iter().any(|end| domain.ends_with_str(end)) {
        Err(BadAddress::LocalDomain)
    } else if domain.starts_with(b"[") || last.iter().all(u8::is_ascii_digit) && !last.is_empty() {
        Err(BadAddress::Number)
    } else if !domain.contains(&b'.') || domain.starts_with(b".") || domain.ends_with(b".") {
        Err(BadAddress::NoDot)
    } else {
        Ok(())
    }
}

/// Returns whether an address is that of a bot account of a forge.
pub(super) fn is_bot(email: &[u8]) -> bool {
    email.split_once_str("@").map_or(email, |(mailbox, _)| mailbox).ends_with(b"[bot]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_mailbox_at_a_domain() {
        for (email, says) in [
            ("a@x.test", Ok(())),
            ("a..b@x.test", Ok(())),
            (".a@x_y.test", Ok(())),
            ("a+b@x.t", Ok(())),
            ("1+b[bot]@users.noreply.github.com", Ok(())),
            ("a@exämple.test", Ok(())),
            ("aña@x.test", Ok(())),
            ("", Err(BadAddress::At)),
            ("ana-at-x.test", Err(BadAddress::At)),
            ("a@b@x.test", Err(BadAddress::At)),
            (" a@x.test", Err(BadAddress::Blank)),
            ("\"a b\"@x.test", Err(BadAddress::Blank)),
            ("@x.test", Err(BadAddress::NoMailbox)),
            ("a@", Err(BadAddress::NoDot)),
            ("a@buildhost", Err(BadAddress::NoDot)),
            ("a@x.test.", Err(BadAddress::NoDot)),
            ("a@.test", Err(BadAddress::NoDot)),
            ("a@localhost", Err(BadAddress::LocalDomain)),
            ("a@host.(none)", Err(BadAddress::LocalDomain)),
            ("a@(none)", Err(BadAddress::LocalDomain)),
            ("a@Mac.Local", Err(BadAddress::LocalDomain)),
            ("a@localhost.localdomain", Err(BadAddress::LocalDomain)),
            ("a@[192.0.2.1]", Err(BadAddress::Number)),
            ("a@[IPv6:2001:db8::1]", Err(BadAddress::Number)),
            ("a@192.0.2.1", Err(BadAddress::Number)),
        ] {
            assert_eq!(check(email.as_bytes(), Addresses::Public), says, "{email}");
        }
    }

    #[test]
    fn addresses_any_relaxes_only_the_domain() {
        for email in ["a@buildhost", "a@host.(none)", "a@[192.0.2.1]"] {
            assert_eq!(check(email.as_bytes(), Addresses::Any), Ok(()), "{email}");
        }
        for email in ["a", "a@", "@x", "a@b@c", "a b@x"] {
            assert!(check(email.as_bytes(), Addresses::Any).is_err(), "{email}");
        }
    }
}
