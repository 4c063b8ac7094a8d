//! Metadata of a rule: what a finding, the policy and the output know of it.

use super::level::Level;

/// Metadata of a rule.
#[derive(Debug)]
pub struct RuleMeta {
    /// Kebab-case; names the bad thing and reads after "allow".
    pub id: &'static str,
    /// Subject that the rule checks.
    pub group: Group,
    /// Level if no policy sets another one.
    pub default_level: Level,
    /// The bad thing in one phrase.
    pub summary: &'static str,
    /// Documentation in Markdown, with the headings of `rules::DOC_HEADINGS` in that order.
    pub docs: &'static str,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Who certifies a commit.
    SignOff,
    /// What a workflow runs and may do.
    Workflow,
    /// Credentials.
    Token,
    /// Ref updates.
    Ref,
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SignOff => "sign-off",
            Self::Workflow => "workflow",
            Self::Token => "token",
            Self::Ref => "ref",
        })
    }
}
