//! Whether a pusher may pass the gate all the same.

use bstr::{BString, ByteSlice as _};

use crate::policy::ServerPolicy;
use crate::text::escape;
use crate::token;

/// The push option that asks for a bypass, up to its reason.
const OPTION: &[u8] = b"git-gate.bypass";

/// How much of a reason is kept.
const LONGEST: usize = 1000;

/// A bypass that a pusher asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Why; escaped, cut when it is very long, and empty when nobody could read it.
    pub(super) reason: String,
}

impl Request {
    /// What the push options ask for; the last word counts, as in git config.
    pub(super) fn of(options: &[BString]) -> Option<Self> {
        let reason = options.iter().rev().find_map(|option| match option.strip_prefix(OPTION)? {
            b"" => Some(&b""[..]),
            value => value.strip_prefix(b"="),
        })?;
        let reason = token::redact(reason);
        let kept = reason.get(..LONGEST).unwrap_or(&reason);
        let readable = kept.chars().any(char::is_alphanumeric);
        Some(Self { reason: if readable { escape(kept.trim()) } else { String::new() } })
    }

    /// Why it cannot be granted; none when it can be.
    pub(super) fn objection(&self, policy: &ServerPolicy, pusher: Option<&str>) -> Option<String> {
        if policy.audit_log.is_none() {
            return Some("this server keeps no audit log".to_owned());
        }
        let Some(pusher) = pusher else {
            return Some("this server does not say who pushes".to_owned());
        };
        if !policy.bypass.users.iter().any(|user| user == pusher) {
            return Some(format!("`{}` is not listed in the policy", token::shown(pusher.as_bytes())));
        }
        self.reason.is_empty().then(|| "it needs a reason: `git push -o git-gate.bypass=<reason>`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(options: &[&str]) -> Option<String> {
        let options: Vec<BString> = options.iter().map(|option| BString::from(*option)).collect();
        Request::of(&options).map(|request| request.reason)
    }

    #[test]
    fn only_the_very_option_asks_for_a_bypass() {
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
    fn a_reason_is_cut_when_it_is_long_also_within_a_character() {
        let long = format!("git-gate.bypass={}", "\u{e9}".repeat(999) + "x\u{e9}");
        assert!(request(&[&long]).unwrap().len() <= LONGEST + 4);
    }

    #[test]
    fn it_takes_a_name_that_is_listed_and_a_reason_that_can_be_read() {
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
            let request = Request { reason: reason.to_owned() };
            assert_eq!(request.objection(&policy, pusher).is_none(), granted, "{pusher:?} {reason}");
        }
        let nobody = Request { reason: "x".to_owned() };
        assert!(nobody.objection(&ServerPolicy::default(), Some("ana")).is_some());
    }
}
