//! Exemptions: what lets a problem pass, and the comments that ask for it.

use bstr::BString;

/// Start of a comment that exempts the problems on its line.
pub(crate) const MARK: &str = "git-gate:";

/// Exemption that let a problem pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AppliedExemption {
    /// Id of the rule.
    pub rule: &'static str,
    /// Path of the file.
    pub path: BString,
    /// Source of the exemption.
    pub by: ExemptedBy,
    /// Reason of the exemption, as written.
    pub reason: String,
}

/// Exemption of one problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GrantedExemption {
    /// Source of the exemption.
    pub by: ExemptedBy,
    /// Reason of the exemption, as written.
    pub reason: String,
}

/// Source of an exemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExemptedBy {
    /// Comment in the file.
    Comment,
    /// Entry in the policy.
    Policy,
}

impl ExemptedBy {
    /// Returns the word for it in reports and logs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Policy => "policy",
        }
    }
}

impl ExemptedBy {
    /// Returns the source of a [word](Self::word); `None` if it is another one.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Comment, Self::Policy].into_iter().find(|by| by.word() == word)
    }
}

impl GrantedExemption {
    /// Returns a phrase for the source of the exemption.
    pub(crate) fn source(&self) -> &'static str {
        match self.by {
            ExemptedBy::Comment => "a comment",
            ExemptedBy::Policy => "the policy",
        }
    }
}

/// Content of a well-formed comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommentAllows {
    /// Ids of the exempted rules.
    pub rules: Vec<String>,
    /// Reason for the exemption.
    pub reason: String,
}

impl CommentAllows {
    /// Parses what follows [`MARK`], ` allow[rule, rule] reason`; the reason must contain a letter or a digit.
    pub(crate) fn parse(exemption: &str) -> Option<Self> {
        let (rules, reason) = exemption.trim().strip_prefix("allow[")?.split_once(']')?;
        let rules: Vec<String> = rules.split(',').map(|rule| rule.trim().to_owned()).collect();
        let reason = reason.trim();
        reason.contains(char::is_alphanumeric).then(|| Self { rules, reason: reason.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemption_needs_rules_and_a_reason() {
        let both =
            CommentAllows { rules: vec!["a".to_owned(), "b".to_owned()], reason: "it pushes".to_owned() };
        assert_eq!(CommentAllows::parse(" allow[a, b] it pushes "), Some(both));
        for exemption in [
            "",
            " allow",
            " allow[a]",
            " allow[a] ",
            " allow[a] \u{200b}",
            " allow[a] -",
            " deny[a] x",
            " allow a x",
        ] {
            assert_eq!(CommentAllows::parse(exemption), None, "{exemption}");
        }
    }
}
