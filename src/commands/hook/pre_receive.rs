//! pre-receive: checks a push on the server, before any ref is updated.

use std::collections::{BTreeMap, HashSet};

use bstr::{BStr, BString, ByteSlice as _};

use super::fix_advice;
use super::groups::{LevelGroup, groups, matching_sections};
use crate::env;
use crate::error::{Error, ErrorKind, FEWER_COMMITS, Result};
use crate::git::{Added, Authority, Excluded, Oid, RefPattern, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::{self, CommitTally, Context};
use crate::output::Ui;
use crate::policy::{self, Policy, RefPolicy, ServerType, is_namespaced};
use crate::report::Report;
use crate::server::{JudgedPush, ServerPush, judge_until, scan_command};
use crate::text::escape;

/// Checks the ref updates of a push. Accepts them in spite of findings if the policy grants a bypass.
pub(super) fn report(updates: Vec<RefUpdate>, ui: &mut Ui) -> Result<Report> {
    refuse_namespace()?;
    let repo = Repo::open()?;
    let policy = policy::on_server(&repo)?;
    if policy.server.server_type == ServerType::Gitlab && env::gitlab_protocol_is_web() {
        *ui = ui.for_gitlab_page();
    }
    let push = ServerPush::new(&policy.server, repo.common_dir().to_owned())?;
    let deadline = policy.server.deadline.get();
    let message = policy.message.clone();
    let ui = *ui;
    let mut judged = judge_until(deadline, updates, move |mut updates, tally| {
        let result = judged_report(policy, &repo, &mut updates, tally, &ui);
        JudgedPush { updates, result }
    });
    if let Ok(report) = &mut judged.result {
        report.rerun = scan_command(&judged.updates);
        report.findings.iter_mut().for_each(|finding| finding.source.hide_folder());
    }
    push.decide(judged).map_err(|error| message.into_iter().fold(error, Error::hinted))
}

/// Refuses a push into a namespace of git, where the refs have other names than those that the hook is given.
fn refuse_namespace() -> Result<()> {
    match env::git_variable("GIT_NAMESPACE").is_some_and(|namespace| !namespace.is_empty()) {
        false => Ok(()),
        true => Err(Error::usage("pushes into a git namespace (`GIT_NAMESPACE`) cannot be judged")
            .hinted("the administrator of the server has to give each namespace a repository of its own")),
    }
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
    let ResolvedRefs { default_branch, remarks } = resolve_refs(repo, updates)?;
    let push = PushContext { default_branch, policy: policy.tightened(repo)?, repo, tally };
    let mut report = Report { remarks, ..Report::default() };
    let groups = groups(&push.policy, updates);
    for group in &groups {
        report.merge(push.group_report(group, ui)?);
    }
    if groups.len() > 1 {
        report.unite();
    }
    fix_advice::add(repo, &push.policy, updates, &mut report)?;
    judge::conclude_push(&mut report, &push.policy)?;
    Ok(report)
}

/// Default branch of a push, and remarks about the names of its refs.
struct ResolvedRefs {
    default_branch: Option<DefaultBranch>,
    remarks: Vec<String>,
}

/// Default branch, and its current value.
struct DefaultBranch {
    refname: BString,
    value: Option<Oid>,
}

/// Replaces the name of each update by the name of the ref that moves, and the old value by its current value.
///
/// The client may report any old value, and may push to a symbolic ref.
fn resolve_refs(repo: &Repo, updates: &mut [RefUpdate]) -> Result<ResolvedRefs> {
    let mut names: Vec<BString> = updates.iter().map(|update| update.refname.clone()).collect();
    let has_default_branch = repo.default_branch()?.map(|name| names.push(name)).is_some();
    let mut names = repo.resolve_refs(&names)?;
    let mut values = repo.ref_values(&names)?;
    let default_branch = match has_default_branch {
        true => names.pop().map(|refname| DefaultBranch { refname, value: values.pop().flatten() }),
        false => None,
    };
    let mut remarks = Vec::new();
    for (update, (name, value)) in updates.iter_mut().zip(names.into_iter().zip(values)) {
        if update.refname != name {
            let (alias, end) = (escape(&update.refname), escape(&name));
            remarks.push(format!("`{alias}` is a symbolic ref: the push is judged as one to `{end}`"));
        }
        (update.refname, update.old) = (name, value);
    }
    Ok(ResolvedRefs { default_branch, remarks })
}

/// Values shared by all ref updates of a push.
struct PushContext<'a> {
    repo: &'a Repo,
    policy: Policy,
    tally: &'a CommitTally,
    default_branch: Option<DefaultBranch>,
}

impl PushContext<'_> {
    fn group_report(&self, group: &LevelGroup, ui: &Ui) -> Result<Report> {
        let LevelGroup { policy, updates } = group;
        let covers = |refname: &BString| policy.refs.covers(refname.as_ref());
        let default_branch = self.default_branch.as_ref();
        let accepted = default_branch.and_then(|branch| branch.value);
        let (mut tips, mut values, mut namespaced) = (Vec::new(), Vec::new(), Vec::new());
        for update in updates.iter().filter(|update| covers(&update.refname)) {
            let Some(oid) = update.new else { continue };
            tips.push(tip(self.repo, oid, update.old, accepted)?);
            values.extend(update.old);
            if is_namespaced(update.refname.as_ref()) {
                namespaced.extend(update.old);
            }
        }
        let has_levels = !self.policy.refs.levels.is_empty();
        let is_checked = |branch: &&DefaultBranch| {
            covers(&branch.refname) && (!has_levels || self.is_as_strict(branch.refname.as_ref(), policy))
        };
        values.extend(default_branch.filter(is_checked).and_then(|branch| branch.value));
        let authority = self.authority(updates)?;
        // All refs are read to learn which of them are as strict, but most pushes build on these values only.
        let near = has_levels.then(|| Added::in_quarantine(self.repo, &tips, &values, authority));
        let added = match near.transpose()?.flatten() {
            Some(added) => added,
            None => Added::find(self.repo, &tips, &self.excluded(policy, values, &namespaced)?, authority)?,
        };
        let judged = Context { repo: self.repo, policy }.push(updates, &added, self.tally, ui, None);
        judged.map_err(|error| self.hinted_by_size(error, added))
    }

    /// Takes the hint to push fewer commits from an error if the push brings only one.
    fn hinted_by_size(&self, error: Error, mut added: Added) -> Error {
        let is_limit = error.kind() == ErrorKind::Limit;
        match is_limit && added.count_commits(self.repo.store()).is_ok_and(|count| count <= 1) {
            true => error.with_hints_that(|hint| hint != FEWER_COMMITS),
            false => error,
        }
    }

    /// Returns the default branch as the source of deciding files, with the commit that the push gives it.
    fn authority(&self, updates: &[RefUpdate]) -> Result<Authority> {
        let Some(DefaultBranch { refname, value }) = &self.default_branch else {
            return Ok(Authority::default());
        };
        let next = updates.iter().find(|update| update.refname == *refname).and_then(|update| update.new);
        let commit = |oid: Option<Oid>| oid.map_or(Ok(None), |oid| self.repo.store().peel_to_commit(oid));
        Ok(Authority { commit: commit(*value)?, next: commit(next)?, ..Authority::default() })
    }

    /// Returns what has been checked as strictly as a policy demands. `values` are values of covered refs.
    ///
    /// A symbolic ref is left out: it is its target that was checked, if that is covered. Of the refs in
    /// namespaces, only those are excluded that the push moves; `namespaced` are their values.
    fn excluded(&self, policy: &Policy, mut values: Vec<Oid>, namespaced: &[Oid]) -> Result<Excluded> {
        let symbolic = self.repo.symbolic_refs()?;
        let names =
            symbolic.iter().map(|name| name.to_str().ok().map(str::to_owned)).collect::<Option<Vec<_>>>();
        if let Some(names) = names
            && self.policy.refs.levels.is_empty()
            && self.repo.has_git()
        {
            let mut excluded = Excluded { values, ..covered_refs(&policy.refs) };
            excluded.except.extend(names);
            excluded.oids.extend(namespaced);
            return Ok(excluded);
        }
        let mut oids = self.checked_as_strictly_as(policy, &symbolic)?;
        oids.extend(namespaced);
        values.retain(|value| oids.contains(value));
        Ok(Excluded { oids: oids.into_iter().collect(), values, ..Excluded::default() })
    }

    /// Returns true if the levels of a ref are at least as strict as those of a policy.
    fn is_as_strict(&self, refname: &BStr, policy: &Policy) -> bool {
        !is_namespaced(refname) && self.policy.on_ref(refname).is_as_strict_as(policy)
    }

    /// Returns the values of the covered refs with levels at least as strict as those of a policy.
    ///
    /// All commits that these refs reach have passed such levels. Commits that only laxer refs reach count
    /// as new.
    fn checked_as_strictly_as(&self, policy: &Policy, symbolic: &HashSet<BString>) -> Result<HashSet<Oid>> {
        let mut strict: BTreeMap<Vec<bool>, bool> = BTreeMap::new();
        let mut known = HashSet::new();
        for (refname, oid) in self.repo.refs()?.into_iter().filter(|(name, _)| !symbolic.contains(name)) {
            let refname = refname.as_ref();
            if !self.policy.refs.covers(refname) || is_namespaced(refname) {
                continue;
            }
            let is_strict = strict
                .entry(matching_sections(&self.policy, refname))
                .or_insert_with(|| self.is_as_strict(refname, policy));
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
