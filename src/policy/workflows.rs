//! Settings of the workflow rules.

pub(super) mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::RuleMeta;
use crate::workflow::{Pattern, WorkflowSettings, split_host};

/// Settings of the section `workflows`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(from = "WorkflowSection")]
#[schemars(with = "WorkflowSection")]
pub(crate) struct WorkflowPolicy {
    /// Settings that the rules read.
    pub settings: WorkflowSettings,
    /// Commits of a push whose workflows are judged.
    pub judge: JudgedCommits,
    /// Comments that may exempt the problems on their line; `None` if the place decides.
    pub comments: Option<Comments>,
    /// Use of the lock file of the actions; `None` if the type of the server decides.
    pub actions_lock: Option<LockUse>,
    /// YAML file from which `git gate fix` takes oids, relative to the top of the work tree.
    ///
    /// Its lines have the form `owner/repository@version: <oid>`.
    pub lock_file: Option<PathBuf>,
    /// Exemptions with their reasons.
    pub exempt: Vec<Exemption>,
}

/// The section `workflows` as it is written; every key has a default.
#[derive(Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct WorkflowSection {
    /// Commits of a push whose workflows are judged.
    judge: JudgedCommits,
    /// True if a pin may be 64 digits long, as the oids of a SHA-256 repository are.
    sha256: bool,
    /// Actions that check out a repository and persist its credentials by default, as `owner/repository`.
    checkout_actions: Vec<String>,
    /// True if `permissions: read-all` is accepted.
    read_all: bool,
    /// Names of the environments that protect production secrets; an empty list accepts any named environment.
    environments: Vec<Pattern>,
    /// Names of production secrets, besides the passwords with which jobs log in to registries.
    production_secrets: Vec<Pattern>,
    /// Names of secrets that are never production secrets, however they are used.
    development_secrets: Vec<Pattern>,
    /// Comments `# git-gate: allow[rule] reason` that exempt the problems on their line.
    ///
    /// Without this key: every comment in a clone; on a server those that the default branch already has, and none in the
    /// profile `hardened`. `true` and `false` are `all` and `none`.
    #[serde(deserialize_with = "written::comments")]
    #[schemars(with = "written::WrittenComments")]
    comments: Option<Comments>,
    /// Use of `.github/workflows/actions.lock`.
    ///
    /// Without this key, it is ignored where `server.type` is `github` or `gitea`, or where Gitea or Forgejo starts the hook
    /// and no type is set, and honoured elsewhere.
    actions_lock: Option<LockUse>,
    /// Minimum versions of actions, for the rule `outdated-action`: `owner/action: v1.2.3`.
    #[serde(deserialize_with = "written::minimum_versions")]
    #[schemars(with = "written::MinimumVersions")]
    minimum_versions: BTreeMap<String, String>,
    /// YAML file from which `git gate fix` takes oids, relative to the top of the work tree.
    ///
    /// Its lines have the form `owner/repository@version: <oid>`.
    lock_file: Option<PathBuf>,
    /// Exemptions from workflow rules, with their reasons.
    ///
    /// Of the entries that match, the one with the most literal characters decides.
    exempt: Vec<Exemption>,
}

/// Commits of a push whose workflows are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JudgedCommits {
    /// Every new commit, because each can be checked out and run.
    #[default]
    EveryCommit,
    /// Only the changes between the old and the new tip of a ref.
    Tip,
}

/// Comments in a workflow that may exempt the problems on their line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Comments {
    /// Every comment.
    All,
    /// On a server, comments that are already on the default branch. In a clone, every comment.
    Accepted,
    /// No comment.
    None,
}

/// Use of `.github/workflows/actions.lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LockUse {
    /// It pins the actions of the workflows that it lists.
    Honour,
    /// It pins nothing, and is not judged.
    Ignore,
}

/// One exemption in the policy. A key that is omitted matches everything.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Exemption {
    /// Id of the exempted rule, one of the group workflow.
    #[serde(deserialize_with = "written::workflow_rule")]
    #[schemars(schema_with = "written::workflow_rules")]
    pub rule: &'static RuleMeta,
    /// Pattern for the subject: an action (`owner/repository/path@reference`) or an image.
    ///
    /// An action with a host (`https://host/owner/repository@reference`) matches only a pattern with one.
    #[serde(default)]
    pub uses: Option<Pattern>,
    /// Pattern for the path of the file.
    #[serde(default)]
    pub path: Option<Pattern>,
    /// Pattern for the id of the job.
    #[serde(default)]
    pub job: Option<Pattern>,
    /// False to exclude a part of a wider exemption.
    #[serde(default = "yes")]
    pub exempt: bool,
    /// Reason, shown whenever the exemption applies.
    #[serde(deserialize_with = "written::reason")]
    #[schemars(extend("type" = ["string", "number", "boolean"], "pattern" = r"\S"))]
    pub reason: String,
}

/// Problem that is compared with the exemptions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExemptionQuery<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// Subject of the problem: an action, after its host if the value has one, or an image.
    ///
    /// `None` if it is not spelled in the usual way, or has an expression: what it is cannot be told.
    pub uses: Option<&'a str>,
    /// Path of the file.
    pub path: &'a str,
    /// Id of the job.
    pub job: &'a str,
}

impl Default for WorkflowSection {
    fn default() -> Self {
        let settings = WorkflowSettings::default();
        Self {
            judge: JudgedCommits::default(),
            sha256: settings.sha256,
            checkout_actions: settings.checkout_actions,
            read_all: settings.read_all,
            environments: settings.environments,
            production_secrets: settings.production_secrets,
            development_secrets: settings.development_secrets,
            comments: None,
            actions_lock: None,
            minimum_versions: settings.minimum_versions,
            lock_file: None,
            exempt: Vec::new(),
        }
    }
}

impl Default for WorkflowPolicy {
    fn default() -> Self {
        WorkflowSection::default().into()
    }
}

impl From<WorkflowSection> for WorkflowPolicy {
    fn from(section: WorkflowSection) -> Self {
        Self {
            settings: WorkflowSettings {
                sha256: section.sha256,
                minimum_versions: section.minimum_versions,
                checkout_actions: section.checkout_actions,
                read_all: section.read_all,
                environments: section.environments,
                production_secrets: section.production_secrets,
                development_secrets: section.development_secrets,
            },
            judge: section.judge,
            comments: section.comments,
            actions_lock: section.actions_lock,
            lock_file: section.lock_file,
            exempt: section.exempt,
        }
    }
}

impl WorkflowPolicy {
    /// Returns the entry that exempts a problem; `None` if the deciding entry has `exempt: false`.
    ///
    /// Of the entries that match, the one with the most literal characters decides, of equal ones the last.
    pub(crate) fn exemption(&self, problem: ExemptionQuery<'_>) -> Option<&Exemption> {
        let matching = self.exempt.iter().filter(|entry| entry.matches(problem));
        matching.max_by_key(|entry| entry.specificity()).filter(|entry| entry.exempt)
    }
}

impl Exemption {
    fn matches(&self, problem: ExemptionQuery<'_>) -> bool {
        let matches =
            |pattern: &Option<Pattern>, text| pattern.as_ref().is_none_or(|pattern| pattern.matches(text));
        self.rule.id == problem.rule
            && self.uses.as_ref().is_none_or(|pattern| self.matches_uses(pattern, problem.uses))
            && self.path.as_ref().is_none_or(|pattern| pattern.matches_path(problem.path.as_bytes()))
            && matches(&self.job, problem.job)
    }

    /// Returns whether a pattern for the subject matches.
    ///
    /// An exclusion (`exempt: false`) also matches where that is in doubt: a subject that cannot be told, or
    /// the same one on another host.
    fn matches_uses(&self, pattern: &Pattern, uses: Option<&str>) -> bool {
        match uses {
            None => !self.exempt,
            Some(uses) => {
                let (_, without_host) = split_host(uses);
                pattern.matches_uses(uses) || !self.exempt && pattern.matches_uses(without_host)
            }
        }
    }

    /// Returns the number of literal characters in all patterns, in bytes.
    fn specificity(&self) -> usize {
        [&self.uses, &self.path, &self.job].into_iter().flatten().map(Pattern::literal_len).sum()
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Result<WorkflowPolicy, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    #[test]
    fn the_most_specific_entry_decides() {
        let policy = policy(
            "exempt:\n\
             - {rule: unpinned-uses, uses: our/*, reason: ours}\n\
             - {rule: unpinned-uses, uses: our/risky@*, exempt: false, reason: not this one}\n",
        )
        .unwrap();
        for (uses, reason) in [("our/x@main", Some("ours")), ("our/risky@main", None), ("their/x@main", None)]
        {
            let problem = ExemptionQuery { rule: "unpinned-uses", uses: Some(uses), path: "x", job: "y" };
            assert_eq!(policy.exemption(problem).map(|entry| entry.reason.as_str()), reason, "{uses}");
        }
        let other = ExemptionQuery { rule: "unpinned-image", uses: Some("our/x@main"), path: "x", job: "y" };
        assert!(policy.exemption(other).is_none());
    }

    #[test]
    fn an_exclusion_covers_what_may_be_its_subject() {
        let policy = policy(
            "exempt:\n\
             - {rule: unpinned-uses, path: x, reason: all of it}\n\
             - {rule: unpinned-uses, uses: our/risky@*, path: x, exempt: false, reason: not this one}\n",
        )
        .unwrap();
        for (uses, exempted) in [
            (Some("our/x@main"), true),
            (Some("https://host/our/x@main"), true),
            (Some("our/risky@main"), false),
            (Some("https://host/our/risky@main"), false),
            (None, false),
        ] {
            let problem = ExemptionQuery { rule: "unpinned-uses", uses, path: "x", job: "y" };
            assert_eq!(policy.exemption(problem).is_some(), exempted, "{uses:?}");
        }
    }

    #[test]
    fn comments_have_names_and_may_be_switched() {
        for (text, comments) in [
            ("{}", None),
            ("comments: all", Some(Comments::All)),
            ("comments: accepted", Some(Comments::Accepted)),
            ("comments: none", Some(Comments::None)),
            ("comments: true", Some(Comments::All)),
            ("comments: false", Some(Comments::None)),
        ] {
            assert_eq!(policy(text).unwrap().comments, comments, "{text}");
        }
        assert!(policy("comments: some").is_err());
    }

    #[test]
    fn an_exemption_needs_a_workflow_rule_and_a_reason() {
        for text in [
            "exempt: [{rule: unpinned-uses, uses: a/*}]",
            "exempt: [{rule: unpinned-uses, uses: a/*, reason: ' '}]",
            "exempt: [{rule: missing-signoff, reason: x}]",
            "exempt: [{rule: no-such-rule, reason: x}]",
            "exempt: [{rule: unpinned-uses, reason: x, file: y}]",
            "judge: never",
            "actions-lock: sometimes",
            "minimum-versions: {action: v1}",
            "minimum-versions: {a/b: latest}",
            "minimum-versions: {a/b@v1: v1}",
        ] {
            assert!(policy(text).is_err(), "{text}");
        }
    }
}
