//! Settings of the workflow rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::Error as _;

use crate::report::{Group, RuleMeta};
use crate::rules;
use crate::text::shown_name;
use crate::workflow::{Pattern, Release, WorkflowSettings, split_host};

/// Settings of the section `workflows`.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "WorkflowSection")]
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
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct WorkflowSection {
    judge: JudgedCommits,
    sha256: bool,
    checkout_actions: Vec<String>,
    read_all: bool,
    environments: Vec<Pattern>,
    production_secrets: Vec<Pattern>,
    development_secrets: Vec<Pattern>,
    #[serde(deserialize_with = "comments")]
    comments: Option<Comments>,
    actions_lock: Option<LockUse>,
    #[serde(deserialize_with = "minimum_versions")]
    minimum_versions: BTreeMap<String, String>,
    lock_file: Option<PathBuf>,
    exempt: Vec<Exemption>,
}

/// Commits of a push whose workflows are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JudgedCommits {
    /// Every new commit, because each can be checked out and run.
    #[default]
    EveryCommit,
    /// Only the changes between the old and the new tip of a ref.
    Tip,
}

/// Comments in a workflow that may exempt the problems on their line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LockUse {
    /// It pins the actions of the workflows that it lists.
    Honour,
    /// It pins nothing, and is not judged.
    Ignore,
}

/// One exemption in the policy. A key that is omitted matches everything.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Exemption {
    /// Exempted rule; the policy file contains its id.
    #[serde(deserialize_with = "workflow_rule")]
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
    #[serde(deserialize_with = "reason")]
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
            && matches(&self.path, problem.path)
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

/// Reads the name of a set of comments; `true` is all, `false` is none.
pub(super) fn comments<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Comments>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected `all`, `accepted` or `none`")]
    enum Written {
        Bool(bool),
        Name(Comments),
    }
    Ok(Option::<Written>::deserialize(deserializer)?.map(|written| match written {
        Written::Bool(true) => Comments::All,
        Written::Bool(false) => Comments::None,
        Written::Name(comments) => comments,
    }))
}

/// Reads the minimum versions, and returns them by the name of the action in lower case.
fn minimum_versions<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, String>::deserialize(deserializer)?;
    for (name, version) in &written {
        if split_host(name).1.split('/').filter(|part| !part.is_empty()).count() < 2 || name.contains('@') {
            return Err(D::Error::custom("expected the name of an action: `owner/action: v1.2.3`"));
        }
        if Release::parse(version).is_none() {
            return Err(D::Error::custom("expected a version in numbers: `owner/action: v1.2.3`"));
        }
    }
    Ok(written.into_iter().map(|(name, version)| (name.to_ascii_lowercase(), version)).collect())
}

fn yes() -> bool {
    true
}

fn workflow_rule<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<&'static RuleMeta, D::Error> {
    let id = String::deserialize(deserializer)?;
    let rule = rules::find(&id).filter(|rule| rule.group == Group::Workflow);
    rule.ok_or_else(|| D::Error::custom(format!("unknown workflow rule {}", shown_name(&id))))
}

pub(super) fn reason<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    if reason.trim().is_empty() { Err(D::Error::custom("an exemption needs a reason")) } else { Ok(reason) }
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
