//! Commits that the policy lets through, and the remarks that say so.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::env;
use crate::error::Result;
use crate::git::{Git, Graph, NewCommits, Oid, Repo};
use crate::policy::Policy;
use crate::signoff::settings::{Baseline, Grandfathered};

/// What the policy lets through in this push.
#[derive(Debug, Default)]
pub(super) struct Exemptions {
    /// Why everything is let through: the pusher is exempt.
    pusher: Option<String>,
    grandfathered: Vec<Grandfathered>,
    baselines: Vec<Baseline>,
    /// What each baseline reaches; none until a commit asks for it.
    reached: Mutex<Option<Vec<HashSet<Oid>>>>,
    applied: Mutex<BTreeMap<String, usize>>,
}

impl Exemptions {
    pub(super) fn new(policy: &Policy) -> Self {
        Self {
            pusher: exempt_pusher(policy),
            grandfathered: policy.sign_off.grandfathered.clone(),
            baselines: policy.sign_off.baseline.clone(),
            ..Self::default()
        }
    }

    /// Whether a commit is let through.
    pub(super) fn cover(&self, repo: &Repo, oid: Oid) -> Result<bool> {
        let listed = |entry: &&Grandfathered| entry.commits.iter().any(|commit| commit.0 == oid);
        let listed = self.grandfathered.iter().find(listed).map(|entry| entry.reason.clone());
        let reason = match self.pusher.clone().or(listed) {
            Some(reason) => Some(reason),
            None => self.baseline(repo, oid)?,
        };
        if let Some(reason) = &reason {
            let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
            *applied.entry(crate::text::escape(reason.as_bytes())).or_default() += 1;
        }
        Ok(reason.is_some())
    }

    /// What was let through and why.
    pub(super) fn remarks(&self) -> Vec<String> {
        let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        let say = |(reason, count): (&String, &usize)| match count {
            1 => format!("1 commit needed no sign-off: {reason}"),
            count => format!("{count} commits needed no sign-off: {reason}"),
        };
        applied.iter().map(say).collect()
    }

    fn baseline(&self, repo: &Repo, oid: Oid) -> Result<Option<String>> {
        if self.baselines.is_empty() {
            return Ok(None);
        }
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.is_none() {
            let sets = self.baselines.iter().map(|baseline| history(repo, baseline.commit.0));
            *reached = Some(sets.collect::<Result<_>>()?);
        }
        let mut pairs = self.baselines.iter().zip(reached.iter().flatten());
        Ok(pairs.find(|(_, reached)| reached.contains(&oid)).map(|(baseline, _)| baseline.reason.clone()))
    }
}

/// Why the pusher is exempt. Only inside a push that a server receives: elsewhere anybody sets the variables.
fn exempt_pusher(policy: &Policy) -> Option<String> {
    env::git_variable("GIT_QUARANTINE_PATH")?;
    let pusher = env::pusher(policy.server.server_type)?;
    let exemption = policy.sign_off.exempt.iter().find(|exemption| exemption.pusher == pusher)?;
    Some(format!("{} is exempt: {}", exemption.pusher, exemption.reason))
}

/// Every commit that a baseline reaches. A baseline that is not here reaches nothing: one policy may serve many
/// repositories.
fn history(repo: &Repo, baseline: Oid) -> Result<HashSet<Oid>> {
    if repo.find(baseline)?.is_none() {
        return Ok(HashSet::new());
    }
    if !repo.has_git() {
        let mut reached = HashSet::new();
        NewCommits::Reached(vec![baseline]).read(repo, &mut Graph::default(), &mut |_, commit| {
            reached.insert(commit.oid);
            Ok(())
        })?;
        return Ok(reached);
    }
    let output = Git::new("rev-list").arg(baseline.to_string()).output()?;
    Ok(output.split(|byte| *byte == b'\n').filter_map(Oid::from_hex).collect())
}
