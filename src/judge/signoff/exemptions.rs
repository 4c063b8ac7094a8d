//! Commits that the policy exempts from the sign-off rules, and the remarks about them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bstr::ByteSlice as _;

use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Graph, NewCommits, Oid, Repo};
use crate::parallel::lock;
use crate::policy::{Policy, UNNAMED_VARIABLE};
use crate::signoff::Identity;
use crate::signoff::settings::{ExemptHistory, ExemptPusher, Grandfathered, covers_anybody};
use crate::text::count;

/// Exemptions of the policy that apply to this push.
#[derive(Debug, Default)]
pub(super) struct Exemptions {
    /// Exemptions of the pusher.
    of_pusher: Vec<ExemptPusher>,
    grandfathered: Vec<Grandfathered>,
    baselines: Vec<ExemptHistory>,
    /// Commits reached by each baseline; `None` until first needed.
    reached: Mutex<Option<Vec<HashSet<Oid>>>>,
    /// Object because of which the baselines cannot be read, with the message.
    unread: Mutex<Option<(String, String)>>,
    /// Number of exempted commits for each reason.
    applied: Mutex<BTreeMap<String, usize>>,
    /// Set once an entry without authors applied.
    covers_anybody: AtomicBool,
    /// Set if pushers are exempt and the server does not say who pushes, because no variable is named.
    lacks_variable: bool,
    /// Set once a commit was not exempt.
    refused: AtomicBool,
}

impl Exemptions {
    pub(super) fn new(policy: &Policy) -> Self {
        Self {
            of_pusher: of_pusher(policy),
            grandfathered: policy.signoff.grandfathered.clone(),
            baselines: policy.signoff.baseline.clone(),
            lacks_variable: !policy.signoff.exempt.is_empty() && policy.server.lacks_variable(),
            ..Self::default()
        }
    }

    /// Returns whether a commit is exempt, and counts it for the remarks.
    ///
    /// # Errors
    /// Fails when the history of a baseline cannot be read.
    pub(super) fn cover(&self, repo: &Repo, oid: Oid, author: Option<&Identity>) -> Result<bool> {
        let listed = |entry: &&Grandfathered| entry.commits.iter().any(|commit| commit.0 == oid);
        let listed = self.grandfathered.iter().find(listed).map(|entry| entry.reason.clone());
        let reason = match self.pusher(author).or(listed) {
            Some(reason) => Some(reason),
            None => self.baseline(repo, oid)?,
        };
        if let Some(reason) = &reason {
            let mut applied = lock(&self.applied);
            *applied.entry(crate::text::escape(reason.as_bytes())).or_default() += 1;
        }
        self.refused.fetch_or(reason.is_none(), Ordering::Relaxed);
        Ok(reason.is_some())
    }

    /// Returns the reason for which the pusher may bring a commit of an author.
    ///
    /// An entry that names authors comes before one that covers anybody.
    fn pusher(&self, author: Option<&Identity>) -> Option<String> {
        let is_named = |entry: &&ExemptPusher| {
            entry.authors.as_ref().zip(author).is_some_and(|(authors, who)| authors.contains(&who.email))
        };
        let named = self.of_pusher.iter().find(is_named);
        let entry = named.or_else(|| self.of_pusher.iter().find(|entry| entry.authors.is_none()))?;
        self.covers_anybody.fetch_or(named.is_none(), Ordering::Relaxed);
        Some(format!("{} is exempt: {}", entry.pusher, entry.reason))
    }

    /// Returns the number of exempted commits for each reason.
    pub(super) fn applied(&self) -> BTreeMap<String, usize> {
        lock(&self.applied).clone()
    }

    /// Returns a remark for each reason, with the number of commits that it exempted; and what may be why no entry
    /// covers a commit.
    ///
    /// # Errors
    /// Fails when an object exists and cannot be read.
    pub(super) fn remarks(&self, repo: &Repo) -> Result<Vec<String>> {
        let applied = lock(&self.applied);
        let say = |(reason, commits): (&String, &usize)| {
            format!("{} needed no sign-off: {reason}", count(*commits, "commit"))
        };
        let is_refused = self.refused.load(Ordering::Relaxed);
        let absent = if is_refused { self.absent(repo)? } else { Vec::new() };
        let unknown = self.lacks_variable && is_refused;
        let unknown = unknown.then(|| format!("no pusher is exempt: {UNNAMED_VARIABLE}"));
        let anybody = self.of_pusher.first().filter(|_| self.covers_anybody.load(Ordering::Relaxed));
        let anybody = anybody.map(|entry| covers_anybody(&entry.pusher));
        Ok(applied.iter().map(say).chain(anybody).chain(unknown).chain(absent_remark(&absent)).collect())
    }

    /// Returns the commits that entries name and this repository does not have.
    fn absent(&self, repo: &Repo) -> Result<Vec<Oid>> {
        let listed = self.grandfathered.iter().flat_map(|entry| entry.commits.iter());
        let named: BTreeSet<Oid> = listed
            .chain(self.baselines.iter().map(|baseline| &baseline.commit))
            .map(|commit| commit.0)
            .collect();
        let is_absent = |oid: Oid| Ok(repo.store().find(oid)?.is_none().then_some(oid));
        named.into_iter().map(is_absent).filter_map(Result::transpose).collect()
    }

    /// Returns the reason of the first baseline that reaches the commit.
    fn baseline(&self, repo: &Repo, oid: Oid) -> Result<Option<String>> {
        if self.baselines.is_empty() {
            return Ok(None);
        }
        let mut reached = lock(&self.reached);
        if let Some((oid, message)) = lock(&self.unread).clone() {
            return Err(Error::git(message).about(oid, None));
        }
        if reached.is_none() {
            let sets = self.baselines.iter().map(|baseline| history(repo, baseline.commit.0));
            let sets = sets.collect::<Result<_>>().inspect_err(|error| {
                let object = error.object().map(|object| object.oid.clone());
                *lock(&self.unread) = object.map(|oid| (oid, error.to_string()));
            });
            *reached = Some(sets?);
        }
        let mut pairs = self.baselines.iter().zip(reached.iter().flatten());
        Ok(pairs.find(|(_, reached)| reached.contains(&oid)).map(|(baseline, _)| baseline.reason.clone()))
    }
}

/// Maximum number of commits that a remark names.
const NAMED: usize = 3;

/// Returns the remark about commits that entries name and the repository does not have.
fn absent_remark(absent: &[Oid]) -> Option<String> {
    let shown: Vec<String> = absent.iter().take(NAMED).map(Oid::to_string).collect();
    let (commits, more) = match absent.len() {
        0 => return None,
        1 => ("a commit".to_owned(), ""),
        count => (format!("{count} commits"), if count > NAMED { ", .." } else { "" }),
    };
    Some(format!(
        "`sign-off.grandfathered` or `baseline` names {commits} that this repository does not have: {}{more}",
        shown.join(", ")
    ))
}

/// Returns the exemptions of the pusher.
///
/// There are none unless a server receives a push (`GIT_QUARANTINE_PATH` is set): elsewhere any user can set the
/// variables.
fn of_pusher(policy: &Policy) -> Vec<ExemptPusher> {
    let pusher = env::git_variable("GIT_QUARANTINE_PATH").and_then(|_| policy.server.pusher_name());
    let Some(pusher) = pusher else { return Vec::new() };
    policy.signoff.exempt.iter().filter(|entry| entry.pusher == pusher).cloned().collect()
}

/// Returns every commit that a baseline reaches.
///
/// A baseline that is not in this repository reaches nothing: one policy may serve many repositories.
fn history(repo: &Repo, baseline: Oid) -> Result<HashSet<Oid>> {
    if repo.store().find(baseline)?.is_none() {
        return Ok(HashSet::new());
    }
    if !repo.has_git() {
        let mut reached = HashSet::new();
        let unread = NewCommits::Reached(vec![baseline]).read(
            repo.store(),
            &mut Graph::default(),
            &mut |_, commit| {
                reached.insert(commit.oid);
                Ok(())
            },
        )?;
        return match unread.first() {
            Some(unread) => Err(Error::git(unread.error.to_string()).about(unread.oid, Some("commit"))),
            None => Ok(reached),
        };
    }
    let output = Git::walk("rev-list").arg(baseline.to_string()).output()?;
    let unexpected = || Error::git("unexpected output of `git rev-list`");
    output.lines().map(|line| Oid::from_hex(line).ok_or_else(unexpected)).collect()
}
