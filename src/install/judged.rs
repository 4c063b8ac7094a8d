//! Refs and rules that a policy leaves out, in words, and the state of its audit log.

use std::path::Path;

use bstr::{BString, ByteSlice as _};

use super::accounts::{Accounts, FileUse};
use super::checks::writable_by_others;
use super::defect::Defect;
use crate::error::Result;
use crate::git::{RefPattern, Repo};
use crate::platform;
use crate::policy::{self, Level, Policy, RefPolicy, ServerType};
use crate::report::{Group, RuleMeta};
use crate::rules::RULES;
use crate::signoff::settings::covers_anybody;
use crate::text::{escape, escape_path};

/// Judgement of a policy.
#[derive(Debug, Default)]
pub(super) struct PolicyState {
    /// Reasons why the hooks may not refuse.
    pub(super) defects: Vec<Defect>,
    /// Refs and rules that are not judged, one line each.
    pub(super) notes: Vec<String>,
    /// True if the policy turns every refusal into a warning.
    pub(super) warns_only: bool,
    /// Server that the policy is for.
    pub(super) server_type: ServerType,
}

/// Judges the policy in force in a repository.
///
/// # Errors
/// Fails if a file or the default branch cannot be inspected.
pub(super) fn judge(repo: &Repo) -> Result<PolicyState> {
    let policy = match policy::in_force(repo) {
        Ok(policy) => policy,
        Err(error) => return Ok(PolicyState { defects: vec![error.into()], ..PolicyState::default() }),
    };
    let mut state = PolicyState {
        warns_only: policy.only_warns(),
        server_type: policy.server.server_type,
        ..PolicyState::default()
    };
    state.notes.extend(of_refs(repo, &policy.refs)?);
    state.notes.extend(of_rules(&policy));
    let for_anybody = policy.signoff.exempt.iter().filter(|entry| entry.authors.is_none());
    state.notes.extend(for_anybody.map(|entry| covers_anybody(&entry.pusher)));
    if !covers_a_branch(repo, &policy.refs)? {
        state.defects.push(Defect::new(
            "no branch is judged, by policy",
            "name the branches below `refs: cover:` in the policy, or take them out of `exempt`",
        ));
    }
    if !state.warns_only {
        state.defects.extend(without_denial(&policy, repo.default_branch()?.as_ref()));
    }
    // In a clone, a user who may write the policy may also commit without the hooks. So only a server is
    // checked.
    if repo.is_bare() {
        let file = policy.path.as_deref().map(writable_by_others).transpose()?;
        state.defects.extend(file.flatten());
        let accounts = Accounts::of(repo);
        if let (Some(accounts), Some(file)) = (&accounts, &policy.path) {
            state.defects.extend(accounts.cannot_use(file, FileUse::Text, "all their pushes are refused"));
        }
        let log = policy.server.audit_log.as_ref();
        state.defects.extend(log.and_then(|log| defect_of_log(&log.path, accounts.as_ref())));
        state.defects.extend(log.and_then(|log| defect_of_syslog(log.syslog.as_deref()?, accounts.as_ref())));
    }
    Ok(state)
}

fn of_refs(repo: &Repo, refs: &RefPolicy) -> Result<Vec<String>> {
    let list = |patterns: &[RefPattern]| {
        let names: Vec<String> = patterns.iter().map(|pattern| escape(pattern.as_str().as_bytes())).collect();
        names.join(", ")
    };
    let mut notes = Vec::new();
    if let Some(branch) = repo.default_branch()?.filter(|branch| !refs.covers(branch.as_ref())) {
        notes.push(format!("the default branch {} is not judged, by policy", escape(&branch)));
    }
    if !refs.exempt.is_empty() {
        notes.push(format!(
            "these refs are not judged, because the policy exempts them: {}",
            list(&refs.exempt)
        ));
    }
    if list(&refs.cover) != list(&RefPolicy::default().cover) {
        notes.push(format!("only these refs are judged, by policy: {}", list(&refs.cover)));
    }
    Ok(notes)
}

/// Returns whether a policy covers the default branch, or any branch that its patterns suggest.
fn covers_a_branch(repo: &Repo, refs: &RefPolicy) -> Result<bool> {
    let suggested =
        refs.cover.iter().map(|pattern| pattern.as_str().replace("**", "any/one").replace('*', "any"));
    let usual = ["refs/heads/any", "refs/heads/any/one"].map(str::to_owned);
    let mut names = suggested.chain(usual).filter(|name| name.starts_with("refs/heads/"));
    let default = repo.default_branch()?;
    Ok(default.is_some_and(|branch| refs.covers(branch.as_ref()))
        || names.any(|name| refs.covers(name.as_bytes().as_bstr())))
}

/// Reports a policy with which the default branch takes any commit.
fn without_denial(policy: &Policy, default_branch: Option<&BString>) -> Option<Defect> {
    // The rules about refs judge no commit.
    let denies = |policy: &Policy| {
        let mut rules = RULES.iter().filter(|rule| rule.meta.group != Group::Ref);
        rules.any(|rule| policy.level(&rule.meta).0 == Level::Deny)
    };
    if !denies(policy) {
        return Some(Defect::new(
            "no rule about commits has the level `deny`, by policy",
            "`git gate rules` shows which file sets the levels",
        ));
    }
    let branch = default_branch.filter(|branch| !denies(&policy.on_ref(branch.as_ref())))?;
    let branch = escape(branch);
    Some(Defect::new(
        format!("no rule about commits has the level `deny` on the default branch {branch}, by policy"),
        format!("take the rules out of `refs: levels:` in the policy where `match` covers {branch}"),
    ))
}

/// Names the rules that the policy switches off, everywhere or for some refs.
fn of_rules(policy: &Policy) -> Vec<String> {
    let off = |is_off: &dyn Fn(&RuleMeta) -> bool| {
        let ids = RULES.iter().filter(|rule| is_off(&rule.meta)).map(|rule| rule.meta.id);
        ids.collect::<Vec<_>>().join(", ")
    };
    let everywhere = off(&|rule| !policy.is_on(rule) && rule.default_level != Level::Allow);
    let mut notes = Vec::new();
    if !everywhere.is_empty() {
        notes.push(format!("these rules are not checked, by policy: {everywhere}"));
    }
    for (pattern, of_refs) in policy.with_levels_of_refs() {
        let off = off(&|rule| policy.is_on(rule) && !of_refs.is_on(rule));
        if !off.is_empty() {
            let pattern = escape(pattern.as_str().as_bytes());
            notes.push(format!("these rules are not checked on {pattern}, by policy: {off}"));
        }
    }
    notes
}

/// Help for an audit log that cannot be written.
const UNLOGGED: &str = "nothing is logged there until this is repaired, and no bypass is granted: see `server.audit-log` in the policy";

/// Reports an audit log to which a push could not be written.
fn defect_of_log(log: &Path, accounts: Option<&Accounts>) -> Option<Defect> {
    let shown = escape_path(log);
    let cannot_write = |place: &Path| {
        let is_closed = accounts.is_some_and(|accounts| accounts.cannot_write(place));
        is_closed || !platform::is_writable(place)
    };
    let place = if log.exists() { log } else { log.parent()? };
    let problem = if !place.exists() {
        Some(format!("the directory of the audit log {shown} does not exist"))
    } else if place == log && !log.is_file() {
        Some(format!("the audit log {shown} is not a regular file"))
    } else if cannot_write(place) {
        Some(format!("a pusher cannot write to the audit log {shown}"))
    } else {
        None
    }?;
    Some(Defect::new(problem, UNLOGGED))
}

/// Reports a socket of syslog at which nobody takes messages.
fn defect_of_syslog(socket: &Path, accounts: Option<&Accounts>) -> Option<Defect> {
    let shown = escape_path(socket);
    let connected = platform::Datagram::connect(socket);
    let problem = match connected {
        Err(error) => format!("no syslog listens at {shown}: {error}"),
        Ok(_) if accounts.is_some_and(|accounts| accounts.cannot_write(socket)) => {
            format!("a pusher cannot write to the syslog socket {shown}")
        }
        Ok(_) => return None,
    };
    Some(Defect::new(problem, UNLOGGED))
}
