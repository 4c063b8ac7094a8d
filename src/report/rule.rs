//! Metadata of a rule: what a finding, the policy and the output know of it.

use super::level::Level;

/// Metadata of a rule.
#[derive(Debug)]
pub struct RuleMeta {
    /// Kebab-case name of the problem, worded to follow "allow".
    pub id: &'static str,
    /// Subject that the rule checks.
    pub group: Group,
    /// Level if no policy sets another one.
    pub default_level: Level,
    /// The problem in one lower-case phrase.
    pub summary: &'static str,
    /// Documentation in Markdown, with the headings of `rules::DOC_HEADINGS` in that order.
    pub docs: &'static str,
}

/// Subject of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Sign-offs and identities of commits.
    Signoff,
    /// Code and permissions of workflows.
    Workflow,
    /// Credentials in config, files and messages.
    Token,
    /// Ref updates.
    Ref,
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signoff => "sign-off",
            Self::Workflow => "workflow",
            Self::Token => "token",
            Self::Ref => "ref",
        })
    }
}
