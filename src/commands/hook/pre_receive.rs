//! pre-receive: checks a push on the server, before any ref is updated.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use bstr::BString;

use super::groups::{LevelGroup, groups, matching_sections};
use crate::env;
use crate::error::{Error, Result};
use crate::git::{Added, Excluded, Oid, RefPattern, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::{self, CommitTally, Context};
use crate::output::Ui;
use crate::policy::{self, Deadline, Policy, RefPolicy, ServerType};
use crate::report::Report;
use crate::server::{JudgedPush, ServerPush, judge_until};

/// Checks the ref updates of a push. Accepts them in spite of findings if the policy grants a bypass.
pub(super) fn report(updates: Vec<RefUpdate>, started: Instant, ui: &mut Ui) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::on_server(&repo)?;
    if policy.server.server_type == ServerType::Gitlab && env::gitlab_protocol_is_web() {
        *ui = ui.for_gitlab_page();
    }
    let push = ServerPush::new(&policy.server, repo.common_dir().to_owned())?;
    let deadline = policy.server.deadline;
    let ui = *ui;
    let judged = judge_until(deadline, started, updates, move |mut updates, tally| {
        let result = judged_report(policy, &repo, &mut updates, tally, &ui);
        JudgedPush { updates, result }
    });
    push.decide(judged)
}

/// Returns the time limit of the hook, if the policy sets one.
///
/// Also returns `None` if the policy cannot be read, which the check itself reports.
pub(super) fn deadline() -> Option<Deadline> {
    Repo::open().and_then(|repo| policy::on_server(&repo)).ok()?.server.deadline
}

fn judged_report(
    policy: Policy,
    repo: &Repo,
    updates: &mut [RefUpdate],
    tally: &CommitTally,
    ui: &Ui,
) -> Result<Report> {
    for oid in updates.iter().filter_map(|update| update.new) {
        exists(repo, oid)?;
    }
    let push = PushContext {
        default_branch: resolve_old_values(repo, updates)?,
        policy: policy.tightened(repo)?,
        repo,
        tally,
    };
    let mut report = Report::default();
    let groups = groups(&push.policy, updates);
    for group in &groups {
        report.merge(push.group_report(group, ui)?);
    }
    if groups.len() > 1 {
        report.unite();
    }
    judge::conclude(&mut report, &push.policy);
    Ok(report)
}

/// Replaces the old value of each update by the current value of the ref.
///
/// The client may report any old value. Returns the default branch and its current value.
fn resolve_old_values(repo: &Repo, updates: &mut [RefUpdate]) -> Result<Option<(BString, Option<Oid>)>> {
    let mut names: Vec<BString> = updates.iter().map(|update| update.refname.clone()).collect();
    let default_branch = repo.default_branch()?;
    names.extend(default_branch.clone());
    let mut values = repo.ref_values(&names)?.into_iter();
    updates.iter_mut().zip(&mut values).for_each(|(update, value)| update.old = value);
    Ok(default_branch.map(|name| (name, values.next().flatten())))
}

/// Values shared by all ref updates of a push.
struct PushContext<'a> {
    repo: &'a Repo,
    policy: Policy,
    tally: &'a CommitTally,
    /// Default branch, and its current value.
    default_branch: Option<(BString, Option<Oid>)>,
}

impl PushContext<'_> {
    fn group_report(&self, group: &LevelGroup, ui: &Ui) -> Result<Report> {
        let LevelGroup { policy, updates } = group;
        let covers = |refname: &BString| policy.refs.covers(refname.as_ref());
        let default_branch = self.default_branch.as_ref();
        let accepted = default_branch.and_then(|(_, value)| *value);
        let uncovered = updates.iter().map(|update| &update.refname).filter(|refname| !covers(refname));
        self.repo.refuse_symbolic(&uncovered.collect::<Vec<_>>())?;
        let (mut tips, mut values) = (Vec::new(), Vec::new());
        for update in updates.iter().filter(|update| covers(&update.refname)) {
            let Some(oid) = update.new else { continue };
            tips.push(tip(self.repo, oid, update.old, accepted)?);
            values.extend(update.old);
        }
        values.extend(default_branch.filter(|(name, _)| covers(name)).and_then(|(_, value)| *value));
        let excluded = if self.policy.refs.levels.is_empty() && self.repo.has_git() {
            Excluded { values, ..covered_refs(&policy.refs) }
        } else {
            let oids = self.checked_as_strictly_as(policy)?;
            values.retain(|value| oids.contains(value));
            Excluded { oids: oids.into_iter().collect(), values, ..Excluded::default() }
        };
        let added = Added::find(self.repo, &tips, &excluded)?;
        Context { repo: self.repo, policy }.push(updates, &added, self.tally, ui)
    }

    /// Returns the values of the covered refs with levels at least as strict as those of a policy.
    ///
    /// All commits that these refs reach have passed such levels. Commits that only laxer refs reach count
    /// as new.
    fn checked_as_strictly_as(&self, policy: &Policy) -> Result<HashSet<Oid>> {
        let mut strict: BTreeMap<Vec<bool>, bool> = BTreeMap::new();
        let mut known = HashSet::new();
        for (refname, oid) in self.repo.refs()? {
            let refname = refname.as_ref();
            if !self.policy.refs.covers(refname) {
                continue;
            }
            let is_strict = strict
                .entry(matching_sections(&self.policy, refname))
                .or_insert_with(|| self.policy.on_ref(refname).is_as_strict_as(policy));
            known.extend(is_strict.then_some(oid));
        }
        Ok(known)
    }
}

/// Returns all covered refs: the commits that they reach were checked when they arrived.
fn covered_refs(refs: &RefPolicy) -> Excluded {
    let texts =
        |patterns: &[RefPattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    Excluded { refs: texts(&refs.cover), except: texts(&refs.exempt), ..Excluded::default() }
}

fn tip(repo: &Repo, oid: Oid, old: Option<Oid>, default: Option<Oid>) -> Result<Tip> {
    let commit = |oid: Option<Oid>| oid.map_or(Ok(None), |oid| repo.store().peel_to_commit(oid));
    let replaced = commit(old)?;
    let accepted = if old.is_some() { replaced } else { commit(default)? };
    Ok(Tip { oid, accepted, replaced })
}

fn exists(repo: &Repo, oid: Oid) -> Result<()> {
    match repo.store().find(oid)? {
        Some(_) => Ok(()),
        None => Err(Error::git(format!("the pushed object {oid} is missing"))),
    }
}
