//! What a maintainer or an admin has decided: the level of each rule and the settings of each group.
//!
//! The policy file is YAML and is read by serde_yaml, which says line and column of what it does not know. Each group of
//! rules has its section in a file of its own; [`Policy`] is what the rest of the program sees, without any option open.

mod levels;
mod refs;
mod server;
mod sign_off;
mod source;
mod tokens;
mod trust;
mod workflows;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use levels::{Level, LevelSource, Profile};
pub use refs::{RefPattern, RefPolicy};
pub use server::{AuditLog, BypassPolicy, Deadline, ServerPolicy, ServerType};
pub use sign_off::{
    Addresses, Baseline, Coauthors, Comparison, ExemptPusher, Grandfathered, Merges, Position, Remediation,
    SignOffPolicy, Signer,
};
pub use source::{in_clone, in_force, on_server};
pub use tokens::TokenPolicy;
pub use workflows::{Exempted, Exemption, JudgedCommits, Pattern, WorkflowPolicy};

use crate::error::{Error, Result};
use crate::rules::Rule;
use levels::Levels;
use trust::Trust;

/// The policy in force.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    levels: Levels,
    /// The file it was read from; none when the defaults are in force.
    pub path: Option<PathBuf>,
    /// Which refs are judged.
    pub refs: RefPolicy,
    /// Settings of the sign-off rules.
    pub sign_off: SignOffPolicy,
    /// Settings of the workflow rules.
    pub workflows: WorkflowPolicy,
    /// Settings of the token rules.
    pub tokens: TokenPolicy,
    /// Settings of a server.
    pub server: ServerPolicy,
}

/// The policy file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct PolicyFile {
    profile: Profile,
    rules: levels::RuleLevels,
    refs: RefPolicy,
    sign_off: SignOffPolicy,
    workflows: WorkflowPolicy,
    tokens: TokenPolicy,
    server: ServerPolicy,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Fails when the file cannot be read, is no YAML, or holds a key, rule or value that is not defined; the message
    /// names line and column.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&trust::read(path, None)?, path)
    }

    /// Reads the policy file of a server, unless somebody else could have written it.
    fn read_trusted(path: &Path, trust: Trust) -> Result<Self> {
        Self::parse(&trust::read(path, Some(trust))?, path)
    }

    /// Reads the text of a policy file; the path is what findings name as the source of their level.
    ///
    /// # Errors
    /// As [`Policy::read`].
    pub fn parse(text: &[u8], path: &Path) -> Result<Self> {
        let blank = text.iter().all(u8::is_ascii_whitespace);
        let file: Option<PolicyFile> = if blank { None } else { parse_yaml(text, path)? };
        let file = file.unwrap_or_default();
        file.server.check(path)?;
        Ok(Self {
            levels: Levels::new(file.profile, file.rules, path),
            path: Some(path.to_owned()),
            refs: file.refs,
            sign_off: file.sign_off,
            workflows: file.workflows,
            tokens: file.tokens,
            server: file.server,
        })
    }

    /// The level of a rule, and where it comes from.
    pub fn level(&self, rule: &Rule) -> (Level, LevelSource) {
        self.levels.of(rule)
    }
}

fn parse_yaml(text: &[u8], path: &Path) -> Result<Option<PolicyFile>> {
    serde_yaml::from_slice(text).map_err(|error| {
        // serde_yaml puts the place behind its text, but not always: it belongs in front, and always.
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        let text = error.to_string();
        let cause = text.split(" at line ").next().unwrap_or_default();
        Error::policy(format!("the policy {}:{line}:{column} is not valid", path.display()))
            .caused_by(crate::text::escape(cause.as_bytes()))
            .hinted("`git gate rules` lists the rules; README.md describes every key")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    fn parse(text: &str) -> Result<Policy> {
        Policy::parse(text.as_bytes(), Path::new("p.yml"))
    }

    fn level(policy: &Policy, id: &str) -> Level {
        policy.level(rules::find(id).unwrap()).0
    }

    #[test]
    fn an_empty_policy_is_the_default() {
        for text in ["", "\n", "# only a comment\n", "{}"] {
            assert_eq!(level(&parse(text).unwrap(), "unpinned-image"), Level::Warn, "{text:?}");
        }
    }

    #[test]
    fn a_rule_overrides_the_profile_and_the_profile_the_default() {
        let policy = parse("profile: hardened\nrules:\n  unlabelled-pin: allow\n").unwrap();
        assert_eq!(level(&policy, "unpinned-image"), Level::Deny);
        assert_eq!(level(&policy, "unlabelled-pin"), Level::Allow);
        assert_eq!(level(&policy, "unpinned-uses"), Level::Deny);
        assert_eq!(level(&policy, "moved-tag"), Level::Deny);
        assert_eq!(level(&Policy::default(), "moved-tag"), Level::Allow);
    }

    #[test]
    fn what_is_not_defined_is_refused_with_its_place() {
        for (text, place) in [
            ("rulez: {}\n", "p.yml:1:"),
            ("rules:\n  no-such-rule: warn\n", "p.yml:2:"),
            ("rules:\n  unpinned-uses: off\n", "p.yml:2:"),
            ("rules:\n  unpinned-uses: warn\n  unpinned-uses: deny\n", "p.yml:2:"),
            ("profile: hard\n", "p.yml:1:"),
            ("rules: [\n", "p.yml:1:"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(place), "{text:?}: {error}");
        }
    }
}
