//! Policy: the level of each rule and the settings of each group of rules.
//!
//! The policy file is YAML and is read by serde_yaml, which reports line and column of unknown keys. Each
//! group of rules has its section in a module of its own. [`Policy`] is the result, with a value for every
//! setting.

mod assemble;
mod audit_log;
mod check;
mod deadline;
mod effect;
mod file;
mod keys;
mod levels;
mod limits;
mod load;
mod old_findings;
mod pre_push;
mod proven;
mod refs;
mod repository;
mod schema;
mod server;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod tokens;
mod trust;
mod workflows;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::BStr;

pub(crate) use crate::report::{Level, LevelSource};
pub(crate) use audit_log::AuditLog;
pub(crate) use check::{CheckedPolicy, check_file, parse_alone};
pub(crate) use deadline::Deadline;
#[cfg(test)]
pub(crate) use deadline::PushDeadline;
pub(crate) use effect::{Ineffective, OF_ONE_PLACE, PolicyPlace, ineffective};
pub(crate) use keys::{KeyKind, PolicyKey, keys};
pub(crate) use limits::{ByteLimit, Limits};
pub(crate) use load::digest;
pub(crate) use pre_push::{JudgedWork, PrePushPolicy};
pub(crate) use proven::LoadedProof;
pub(crate) use refs::{RefPolicy, is_namespaced, name_in_namespace};
pub(crate) use repository::{MAX_SIZE as MAX_REPOSITORY_POLICY, PATH as REPOSITORY_POLICY, check};
pub(crate) use schema::schema;
pub(crate) use server::{ServerPolicy, ServerType, UNNAMED_VARIABLE};
pub(crate) use settings::{Setting, SettingSource, settings};
pub(crate) use source::{SERVER_FILE, in_file, in_force, on_server, places};
pub(crate) use tokens::{TokenPath, TokenPolicy, TokenQuery};
pub(crate) use trust::read_in_work_tree;
pub(crate) use workflows::{Comments, ExemptionQuery, JudgedCommits, WorkflowPolicy};

use crate::env;
use crate::error::Result;
use crate::git::{Oid, RefPattern, Repo};
use crate::report::{Finding, Group, RuleMeta};
use crate::rules::RULES;
use crate::signoff::settings::SignoffSettings;
#[cfg(test)]
use file::PolicyFile;
use levels::Levels;
use load::{LoadedPolicy, PolicyText};
use old_findings::OldFindings;
use trust::{Origin, Trust};
use workflows::LockUse;

/// Policy in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    levels: Levels,
    /// Old findings that are let through.
    pub old_findings: Option<OldFindings>,
    /// File that it was read from; `None` if the defaults are in force.
    pub path: Option<PathBuf>,
    /// Settings of the refs that are judged.
    pub refs: RefPolicy,
    /// Settings of the sign-off rules.
    pub signoff: SignoffSettings,
    /// Keys whose signature counts in the place of a sign-off.
    pub proven: Arc<[LoadedProof]>,
    /// Settings of the workflow rules.
    pub workflows: WorkflowPolicy,
    /// Settings of the token rules.
    pub tokens: TokenPolicy,
    /// Settings of a server.
    pub server: ServerPolicy,
    /// Settings of pushes from a clone.
    pub pre_push: PrePushPolicy,
    /// Limits of the work for a push or a scan.
    pub limits: Limits,
    /// Text of the house under each refusal.
    pub message: Option<String>,
    /// Files that it was read from, included ones first.
    files: Arc<[PolicyText]>,
    /// Sections `repositories` that match: the file that sets them, and the place of each in the list.
    sections: Arc<[(PathBuf, usize)]>,
    /// Remarks about the policy for every report.
    pub remarks: Vec<String>,
    place: Place,
}

/// Place where a policy is in force.
#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Clone,
    /// A server, with the tree of the accepted history if there is one.
    Server(Option<Oid>),
}

/// Comments that count as exemptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountingComments {
    /// Every comment.
    All,
    /// Comments that this tree has too; without a tree, none.
    InTree(Option<Oid>),
    /// No comment.
    None,
}

impl Policy {
    /// Returns whether a finding is an old one, which is let through.
    ///
    /// # Errors
    /// As [`OldFindings::contain`].
    pub(crate) fn is_old(&self, finding: &Finding) -> Result<bool> {
        self.old_findings.as_ref().map_or(Ok(false), |old| old.contain(finding))
    }

    /// Reads a policy file for a repository.
    ///
    /// # Errors
    /// Fails when the file, or one that it names, cannot be read, is not YAML, or contains a key, rule or
    /// value that is not defined; the message names line and column.
    pub(crate) fn read(path: &Path, repo: &Repo) -> Result<Self> {
        Self::read_from(path, repo, Origin::User)
    }

    /// Reads the policy file of a server; fails if an untrusted user could have written it.
    fn read_trusted(path: &Path, repo: &Repo, trust: Trust) -> Result<Self> {
        Self::read_from(path, repo, Origin::Server(trust))
    }

    /// Reads the policy file of a clone, and no file outside of its work tree.
    fn read_in_work_tree(path: &Path, repo: &Repo, top: &Path) -> Result<Self> {
        Self::read_from(path, repo, Origin::WorkTree(top))
    }

    fn read_from(path: &Path, repo: &Repo, origin: Origin<'_>) -> Result<Self> {
        Self::read_for(path, Some(repo), origin)
    }

    /// Reads a policy file; without a repository, no section `repositories` applies.
    fn read_for(path: &Path, repo: Option<&Repo>, origin: Origin<'_>) -> Result<Self> {
        Self::assemble(LoadedPolicy::read(path, origin)?, path, repo, origin)
    }

    /// Parses a policy file that is for no particular repository.
    #[cfg(test)]
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<Self> {
        Self::assemble(
            LoadedPolicy::of_one_file(PolicyFile::parse(text, path)?, text.to_vec(), path),
            path,
            None,
            Origin::User,
        )
    }

    /// Returns whether `.github/workflows/actions.lock` pins the actions of the workflows that it lists.
    ///
    /// GitHub Enterprise Server, Gitea and Forgejo run a workflow without looking at the lock file, so that it pins
    /// nothing there unless the policy says so. A policy without a type of server is that of any.
    pub(crate) fn honours_lock(&self) -> bool {
        let ignores = match self.server.server_type {
            ServerType::Github | ServerType::Gitea => true,
            ServerType::Plain => self.is_for_server() && env::is_hook_of_gitea(),
            _ => false,
        };
        self.workflows.actions_lock.map_or(!ignores, |lock_use| lock_use == LockUse::Honour)
    }

    /// Returns the policy for a server with the given tree of the accepted history.
    pub(crate) fn for_server(self, accepted: Option<Oid>) -> Self {
        Self { place: Place::Server(accepted), ..self }
    }

    /// Returns true if the policy is in force on a server.
    pub(crate) fn is_for_server(&self) -> bool {
        matches!(self.place, Place::Server(_))
    }

    /// Returns the comments that count as exemptions of the problems of workflows.
    pub(crate) fn workflow_comments(&self) -> CountingComments {
        self.counting(self.workflows.comments)
    }

    /// Returns the comments that count as exemptions of credentials.
    pub(crate) fn token_comments(&self) -> CountingComments {
        self.counting(self.tokens.comments)
    }

    /// Returns the comments that count with a setting.
    ///
    /// On a server a pusher must not exempt himself, unless the policy says so.
    fn counting(&self, comments: Option<Comments>) -> CountingComments {
        match (comments, self.place) {
            (Some(Comments::All), _) => CountingComments::All,
            (Some(Comments::None), _) => CountingComments::None,
            (_, Place::Clone) => CountingComments::All,
            (None, Place::Server(_)) if self.levels.is_hardened() => CountingComments::None,
            (_, Place::Server(accepted)) => CountingComments::InTree(accepted),
        }
    }

    /// Returns the level of a rule, and its source.
    pub(crate) fn level(&self, rule: &RuleMeta) -> (Level, LevelSource) {
        self.levels.level(rule)
    }

    /// Returns whether a rule is checked at all.
    pub(crate) fn is_on(&self, rule: &RuleMeta) -> bool {
        self.level(rule).0 != Level::Allow
    }

    /// Returns whether any rule of a group is checked.
    pub(crate) fn is_group_on(&self, group: Group) -> bool {
        RULES.iter().any(|rule| rule.meta.group == group && self.is_on(&rule.meta))
    }

    /// Returns the policy, with the levels that the policy of the repository raises.
    ///
    /// That one is `.git-gate.yml` on the default branch. It is ignored without
    /// `server.allow-repository-policy`. An invalid one raises nothing, and is remarked on: otherwise nobody
    /// could push its repair.
    ///
    /// # Errors
    /// Fails when the default branch cannot be read.
    pub(crate) fn tightened(mut self, repo: &Repo) -> Result<Self> {
        if self.is_for_server() {
            self.place = Place::Server(self.accepted_comments(repo)?);
        }
        if self.server.allow_repository_policy
            && let Some(accepted) = source::accepted(repo)?
        {
            match accepted {
                Ok(file) => self.levels.raise(file.levels(PathBuf::from(repository::ON_DEFAULT_BRANCH))),
                Err(fault) => self.remarks.push(repository::ignored(&fault)),
            }
        }
        Ok(self)
    }

    /// Returns the tree whose comments count as exemptions: that of the default branch before the push.
    ///
    /// `None` if that branch is judged less than others, or not: a comment could get there without anybody who looks.
    ///
    /// # Errors
    /// Fails when the default branch cannot be read.
    fn accepted_comments(&self, repo: &Repo) -> Result<Option<Oid>> {
        match repo.default_branch()? {
            Some(branch) if self.judges_fully(branch.as_ref()) => source::accepted_tree(repo),
            _ => Ok(None),
        }
    }

    /// Returns whether a ref is judged at least as strictly as the policy says without regard to refs.
    fn judges_fully(&self, refname: &BStr) -> bool {
        self.refs.covers(refname) && self.on_ref(refname).is_as_strict_as(self)
    }

    /// Returns whether every `deny` is a `warn`.
    pub(crate) fn only_warns(&self) -> bool {
        self.levels.only_warn()
    }

    /// Returns the policy with the levels that apply to a ref.
    pub(crate) fn on_ref(&self, refname: &BStr) -> Self {
        let mut policy = self.clone();
        for section in self.refs.levels.iter().filter(|section| section.matches(refname)) {
            policy.levels.add(section.layer());
        }
        policy
    }

    /// Returns the patterns of refs with levels of their own, each with the policy to which only these are added.
    pub(crate) fn with_levels_of_refs(&self) -> impl Iterator<Item = (&RefPattern, Self)> {
        self.refs.levels.iter().map(|section| {
            let mut policy = self.clone();
            policy.levels.add(section.layer());
            (&section.pattern, policy)
        })
    }

    /// Returns whether every rule has at least the level that it has in the other policy.
    pub(crate) fn is_as_strict_as(&self, other: &Self) -> bool {
        RULES.iter().all(|rule| self.level(&rule.meta).0 >= other.level(&rule.meta).0)
    }
}
