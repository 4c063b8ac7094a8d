//! Text of the problem for a leak: a description, and the command that removes it. Never a byte of the
//! secret.

use crate::report::Problem;
use crate::text::quoted;
use crate::token::{CredentialKind, Leak, LeakSource, ValueChoice, is_plain_key, revocation_page};

/// Returns the problem to report for the leak.
pub(crate) fn problem(leak: &Leak) -> Problem {
    Problem { message: message(leak), help: Some(help(leak)), notes: notes(leak), place: () }
}

/// Returns a phrase that describes the credential, with everything from outside escaped.
fn message(leak: &Leak) -> String {
    let what = what(leak);
    let size = leak.secret.len();
    let host = leak.host.as_ref().map_or(String::new(), |host| format!(" for `{host}`"));
    match &leak.key {
        Some(key) => format!("`{key}` contains {what}{host} ({size} bytes)"),
        None => format!("{what}{host} ({size} bytes)"),
    }
}

/// Returns the command or the edit that removes the credential.
fn help(leak: &Leak) -> String {
    match &leak.source {
        LeakSource::Live { option, choice, reject } => live_help(leak, option, choice, reject.as_deref()),
        LeakSource::Blob => blob_help(leak),
        LeakSource::Message => "take it out of the message".into(),
        LeakSource::Name => "rename it".into(),
    }
}

/// Returns further advice, in particular to revoke the credential: it may have been read.
fn notes(leak: &Leak) -> Vec<String> {
    let revoke = match leak.detector {
        Some(detector) if detector.provider.is_empty() => {
            "replace the key wherever its public half is trusted: it may have been read".to_owned()
        }
        Some(detector) => match revocation_page(detector.provider) {
            Some(page) => format!("revoke it at {} ({page}): it may have been read", detector.provider),
            None => format!("revoke it at {}: it may have been read", detector.provider),
        },
        None => "revoke or change it: it may have been read".to_owned(),
    };
    let persisted = leak.kind == CredentialKind::BasicHeader && leak.key.is_some();
    let checkout = "`actions/checkout` writes this header: set `persist-credentials: false`";
    let fix = is_fixed(leak).then(|| "`git gate fix --git-config` removes all such values".to_owned());
    [Some(revoke), persisted.then(|| checkout.to_owned()), fix].into_iter().flatten().collect()
}

/// Returns whether `git gate fix --git-config` removes a credential: from a value in the config of the repository.
fn is_fixed(leak: &Leak) -> bool {
    match &leak.source {
        LeakSource::Live { option, choice, .. } => {
            let is_own = ["--local", "--worktree"].contains(&option.as_str());
            is_own && leak.named_key().is_some() && *choice != ValueChoice::Unselectable
        }
        _ => false,
    }
}

fn what(leak: &Leak) -> String {
    if let Some(detector) = leak.detector {
        let prefix = detector.prefix();
        let shown = if prefix.is_empty() { String::new() } else { format!(" `{prefix}***`") };
        return format!("{} {}{shown}{}", article(detector.name), detector.name, position(leak));
    }
    let name = leak.kind.name();
    match leak.kind {
        CredentialKind::BasicHeader => name.to_owned(),
        CredentialKind::NonceSeed => format!("the {name}"),
        _ => format!("{} {name}", article(name)),
    }
}

/// Returns the article before the name of a token, by its sound.
fn article(name: &str) -> &'static str {
    let is_spelt = ["npm", "xAI", "NVIDIA", "RSA", "UpCloud"].iter().any(|start| name.starts_with(start));
    if is_spelt || name.starts_with(|c| "AEIOaeio".contains(c)) { "an" } else { "a" }
}

fn position(leak: &Leak) -> &'static str {
    match leak.kind {
        CredentialKind::UrlUser | CredentialKind::UrlPassword | CredentialKind::UrlParameter => " in a URL",
        CredentialKind::BasicHeader | CredentialKind::BearerHeader | CredentialKind::Header => " in a header",
        CredentialKind::Command => " in a command",
        CredentialKind::Netrc => " in a netrc entry",
        CredentialKind::StoredCredential => " in the credential store",
        CredentialKind::Cookie => " in a cookie",
        _ => "",
    }
}

/// Returns the command that removes a credential from git config, and nothing else.
fn live_help(leak: &Leak, option: &str, choice: &ValueChoice, reject: Option<&str>) -> String {
    let pattern = match choice {
        ValueChoice::Only => Some(String::new()),
        ValueChoice::Matching(pattern) => Some(format!(" {}", quoted(pattern))),
        ValueChoice::Unselectable => None,
    };
    match (&leak.key, &leak.replacement, pattern) {
        (Some(key), Some(url), Some(pattern)) if is_plain_key(key) => {
            format!("`git config {option} --replace-all {} {}{pattern}`", quoted(key), quoted(url))
        }
        (Some(key), None, Some(pattern)) if is_plain_key(key) => {
            format!("`git config {option} --unset-all {}{pattern}`", quoted(key))
        }
        _ => match (leak.kind, reject) {
            (CredentialKind::StoredCredential, Some(input)) => format!(
                "remove it with `printf '{input}' | git credential reject`, then use a credential helper that encrypts"
            ),
            (CredentialKind::StoredCredential | CredentialKind::Cookie | CredentialKind::Netrc, _) => {
                format!("delete line {} of the file", leak.line)
            }
            _ if option.is_empty() => format!("delete line {} of the file", leak.line),
            _ => section_help(leak, option)
                .unwrap_or_else(|| format!("delete line {}: `git config {option} --edit`", leak.line)),
        },
    }
}

/// Returns the command that removes a section whose header contains the credential; `None` if it is elsewhere.
///
/// Only git names the section, so that the credential is not on the command line that is shown. Without the header
/// alone, its entries would belong to the section before.
fn section_help(leak: &Leak, option: &str) -> Option<String> {
    let key = leak.key.as_deref().filter(|key| key.contains("***") && !key.contains('\\'))?;
    let is_plain = |c: char| c.is_alphanumeric() || "/:@-_".contains(c);
    let parts = key.split("***").map(|part| part.replace(|c| !is_plain(c), "."));
    let pattern = format!("^{}([.][^.]*)?$", Vec::from_iter(parts).join(".*"));
    let names = format!("git config {option} --name-only --get-regexp {}", quoted(&pattern));
    Some(format!(
        "remove the section: `git config {option} --remove-section \"$({names} | sed 's/[.][^.]*$//;q')\"`"
    ))
}

fn blob_help(leak: &Leak) -> String {
    let instead = match leak.kind {
        CredentialKind::UrlUser
        | CredentialKind::UrlPassword
        | CredentialKind::StoredCredential
        | CredentialKind::Netrc => "use a credential helper instead",
        CredentialKind::BasicHeader | CredentialKind::BearerHeader | CredentialKind::Header => {
            "set the header in the job that needs it"
        }
        _ => "read it from the environment or from a secret store",
    };
    format!("remove it from the commit that adds it, and {instead}")
}
