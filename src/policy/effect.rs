//! Keys that are set and have no effect at the place where the policy is in force.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::settings::{ParsedFiles, Placed};
use super::{AuditLog, Policy, ServerType};
use crate::report::Group;
use crate::rules;
use crate::text::escape_path;

/// Key that is set without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ineffective {
    /// Names of the key, joined with dots.
    pub(crate) key: String,
    /// File that sets it.
    pub(crate) path: PathBuf,
    /// Line that sets it; `None` if it was not found.
    pub(crate) line: Option<u32>,
    /// Reason, the end of a sentence that begins with the key.
    pub(crate) reason: String,
}

/// Place for which a policy file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyPlace {
    /// Work tree of a clone.
    Clone,
    /// Server.
    Server,
    /// Any place: a file that is passed with `--policy`.
    Any,
}

/// Key that only one place reads, and the reason why the other does not.
pub(crate) const OF_ONE_PLACE: [(PolicyPlace, &str, &str); 4] = [
    (PolicyPlace::Server, "server", "it is for a server; here is a clone"),
    (PolicyPlace::Server, "sign-off.exempt", "a clone does not know who pushes"),
    (PolicyPlace::Clone, "pre-push", "it is for a clone; here is a server"),
    (PolicyPlace::Clone, "workflows.lock-file", "only `git gate fix` reads it, in a clone"),
];

/// Key that only some rules read.
const OF_RULES: [(&str, &[&str]); 9] = [
    ("refs.immutable", &["moved-tag"]),
    ("workflows.minimum-versions", &["outdated-action"]),
    ("workflows.environments", &["unprotected-secret"]),
    ("workflows.production-secrets", &["unprotected-secret"]),
    ("workflows.development-secrets", &["unprotected-secret"]),
    ("workflows.read-all", &["excessive-permissions"]),
    ("workflows.checkout-actions", &["persisted-credentials", "unpinned-uses", "untrusted-checkout"]),
    ("workflows.sha256", &["unpinned-uses", "unpinned-image"]),
    ("workflows.actions-lock", &["unpinned-uses", "mismatched-lock"]),
];

/// Returns the keys that are set without effect, in the order of their tables.
pub(crate) fn ineffective(policy: &Policy, place: PolicyPlace) -> Vec<Ineffective> {
    let files = ParsedFiles::of(policy);
    let mut found = Vec::new();
    let mut note = |key: &str, reason: String| {
        let names: Vec<&str> = key.split('.').collect();
        if let Some(Placed { path, line, .. }) = files.find(&names) {
            found.push(Ineffective { key: key.to_owned(), path, line, reason });
        }
    };
    for (only, key, reason) in OF_ONE_PLACE {
        if place != PolicyPlace::Any && place != only {
            note(key, reason.to_owned());
        }
    }
    // Levels of single refs may switch a rule on.
    if policy.refs.levels.is_empty() {
        for (key, ids) in OF_RULES {
            if ids.iter().all(|id| is_off(policy, id)) {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                note(key, format!("it is for {}, set to `allow`", ids.join(", ")));
            }
        }
        for (key, group) in
            [("sign-off", Group::Signoff), ("workflows", Group::Workflow), ("tokens", Group::Token)]
        {
            if !policy.is_group_on(group) {
                note(key, format!("all rules of the group `{group}` are set to `allow`"));
            }
        }
    }
    combinations(policy, place, &mut note);
    if place == PolicyPlace::Server
        && let Some(log) = &policy.server.audit_log
    {
        unlogged(log, &mut note);
    }
    let exempt = files.find(&["workflows", "exempt"]);
    found.extend(exempt.into_iter().flat_map(|placed| of_exemptions(policy, &placed)));
    found
}

/// Notes keys that need another key.
fn combinations(policy: &Policy, place: PolicyPlace, note: &mut impl FnMut(&str, String)) {
    let remediation = policy.signoff.remediation;
    if remediation.individual == Some(false) && remediation.third_party == Some(true) {
        note("sign-off.remediation.third-party", "it needs `individual: true`".to_owned());
    }
    if remediation.third_party == Some(false) {
        note("sign-off.representatives", "`remediation.third-party` is `false`".to_owned());
    }
    if policy.signoff.proven.is_empty() {
        note("limits.signatures", "no key is listed in `sign-off.proven`".to_owned());
    }
    let is_plain = policy.server.server_type == ServerType::Plain;
    if place == PolicyPlace::Server && is_plain {
        note(
            "sign-off.exempt",
            "a server of the type `plain` does not say who pushes: set `server.type`".to_owned(),
        );
    } else if place == PolicyPlace::Server && policy.server.lacks_variable() {
        note("sign-off.exempt", "`server.pusher.variable` is not set: nobody is known to push".to_owned());
    }
}

/// Notes an audit log that cannot be written on this machine.
fn unlogged(log: &AuditLog, note: &mut impl FnMut(&str, String)) {
    let folder = log.path.parent().unwrap_or(Path::new("/"));
    let shown = escape_path;
    if !folder.is_dir() {
        note("server.audit-log", format!("there is no folder {} on this machine", shown(folder)));
    } else if log.path.exists() && !log.path.is_file() {
        note("server.audit-log", format!("{} is not a regular file", shown(&log.path)));
    }
    if let Some(socket) = log.syslog.as_deref().filter(|socket| !socket.exists()) {
        note("server.audit-log.syslog", format!("there is no socket {} on this machine", shown(socket)));
    }
}

/// Returns the entries of `workflows.exempt` for a rule that is off.
fn of_exemptions(policy: &Policy, placed: &Placed) -> Vec<Ineffective> {
    let entries = placed.value.as_array().into_iter().flatten();
    let ids = entries.filter_map(|entry| entry.get("rule").and_then(Value::as_str));
    let mut ids: Vec<&str> = ids.filter(|id| policy.refs.levels.is_empty() && is_off(policy, id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let note = |id: &str| Ineffective {
        key: "workflows.exempt".to_owned(),
        path: placed.path.clone(),
        line: placed.line,
        reason: format!("for `{id}`: the rule is set to `allow`"),
    };
    ids.into_iter().map(note).collect()
}

fn is_off(policy: &Policy, id: &str) -> bool {
    rules::find(id).is_some_and(|rule| !policy.is_on(rule))
}
