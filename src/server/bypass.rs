//! Bypass of the gate: the request of the pusher, and the conditions for granting it.

use bstr::{BString, ByteSlice as _};

use crate::policy::{AuditLog, ServerPolicy, UNNAMED_VARIABLE};
use crate::text::escape;
use crate::token;

/// Push option that requests a bypass, up to its reason.
const OPTION: &[u8] = b"git-gate.bypass";

/// Maximum length of a reason, in bytes before escaping.
const MAX_REASON: usize = 1000;

/// Bypass that a pusher requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BypassRequest {
    /// Reason: redacted, cut to [`MAX_REASON`], escaped, and empty if it has no letter and no digit.
    pub(super) reason: String,
}

/// Bypass that can be granted, once it has been written to the audit log.
#[derive(Debug)]
pub(super) struct BypassGrant<'p> {
    /// Name of the pusher.
    pub(super) pusher: &'p str,
    /// Log to write it to.
    pub(super) log: &'p AuditLog,
}

impl BypassRequest {
    /// Returns the bypass that the push options request. The last such option counts, as in git config.
    pub(super) fn in_options(options: &[BString]) -> Option<Self> {
        let reason = options.iter().rev().find_map(|option| match option.strip_prefix(OPTION)? {
            b"" => Some(&b""[..]),
            value => value.strip_prefix(b"="),
        })?;
        let reason = token::redact(reason);
        let kept = reason.get(..MAX_REASON).unwrap_or(&reason);
        let readable = kept.chars().any(char::is_alphanumeric);
        Some(Self { reason: if readable { escape(kept.trim()) } else { String::new() } })
    }

    /// Decides whether the bypass can be granted.
    ///
    /// # Errors
    /// Returns the reason for denying it.
    pub(super) fn grant<'p>(
        &self,
        policy: &'p ServerPolicy,
        pusher: Option<&'p str>,
    ) -> Result<BypassGrant<'p>, String> {
        let log = policy.audit_log.as_ref().ok_or("this server has no audit log")?;
        if policy.lacks_variable() {
            return Err(UNNAMED_VARIABLE.to_owned());
        }
        let pusher = pusher.ok_or("this server does not identify the pusher")?;
        if !policy.bypass.users.iter().any(|user| user == pusher) {
            return Err(format!("`{}` is not listed in the policy", token::printable(pusher.as_bytes())));
        }
        if self.reason.is_empty() {
            return Err("a reason is required: `git push -o git-gate.bypass=<reason>`".to_owned());
        }
        Ok(BypassGrant { pusher, log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(options: &[&str]) -> Option<String> {
        let options: Vec<BString> = options.iter().map(|option| BString::from(*option)).collect();
        BypassRequest::in_options(&options).map(|request| request.reason)
    }

    #[test]
    fn only_the_exact_option_requests_a_bypass() {
        for (options, reason) in [
            (&["git-gate.bypass=an outage"][..], Some("an outage")),
            (&["ci.skip", "git-gate.bypass=x=y", "a=b"], Some("x=y")),
            (&["git-gate.bypass=one", "git-gate.bypass=two"], Some("two")),
            (&["git-gate.bypass=one", "git-gate.bypass"], Some("")),
            (&["git-gate.bypass"], Some("")),
            (&["git-gate.bypass= \t"], Some("")),
            (&["git-gate.bypass=..."], Some("")),
            (&["git-gate.bypass=\u{200b}\u{202e}\u{7}"], Some("")),
            (&["git-gate.bypass=\u{4e8b}\u{6545}"], Some("\u{4e8b}\u{6545}")),
            (&["git-gate.bypass=a\nb\u{1b}[31m"], Some(r"a\x0ab\x1b[31m")),
            (&["git-gate.bypassed=x"], None),
            (&["Git-Gate.bypass=x"], None),
            (&["x git-gate.bypass=x"], None),
            (&[], None),
        ] {
            assert_eq!(request(options).as_deref(), reason, "{options:?}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_even_within_a_character() {
        let long = format!("git-gate.bypass={}", "\u{e9}".repeat(999) + "x\u{e9}");
        assert!(request(&[&long]).unwrap().len() <= MAX_REASON + 4);
    }

    #[test]
    fn a_bypass_needs_a_listed_user_and_a_readable_reason() {
        let policy: ServerPolicy =
            serde_yaml::from_str("{type: gitlab, audit-log: /a, bypass: {users: [ana]}}").unwrap();
        for (pusher, reason, granted) in [
            (Some("ana"), "an outage", true),
            (Some("ana"), "", false),
            (Some("ANA"), "an outage", false),
            (Some("ana "), "an outage", false),
            (Some(""), "an outage", false),
            (None, "an outage", false),
        ] {
            let request = BypassRequest { reason: reason.to_owned() };
            assert_eq!(request.grant(&policy, pusher).is_ok(), granted, "{pusher:?} {reason}");
        }
        let nobody = BypassRequest { reason: "x".to_owned() };
        assert!(nobody.grant(&ServerPolicy::default(), Some("ana")).is_err());
    }
}
