//! Exemptions of credentials, by the policy or by a comment on the line. Each that applies is reported.

use std::borrow::Cow;

use super::comments::{CommentFilter, exempts};
use crate::policy::{Policy, TokenQuery};
use crate::report::{CommentAllows, CredentialFacts, ExemptedBy, Finding, GrantedExemption, Report, digest};
use crate::token::{Leak, Secret, redact_message};

/// Exemptions that apply to the credentials of one text.
pub(super) struct TokenExemptions<'p> {
    policy: &'p Policy,
    comments: CommentFilter<Secret>,
}

impl<'p> TokenExemptions<'p> {
    /// Creates the exemptions of a policy, with the comments that count.
    pub(super) fn new(policy: &'p Policy, comments: CommentFilter<Secret>) -> Self {
        Self { policy, comments }
    }

    /// Returns the finding about a credential, with the facts about it; an exempted one goes to the report.
    ///
    /// `path` is that of its file, if it is in one.
    pub(super) fn apply(
        &mut self,
        mut finding: Finding,
        leak: &Leak,
        path: Option<&str>,
        report: &mut Report,
    ) -> Option<Finding> {
        finding.credential = Some(Box::new(facts(leak)));
        let allows = leak.comment.as_deref().and_then(CommentAllows::parse);
        let allows = allows.filter(|allows| exempts(allows, finding.rule));
        let is_taken = self.comments.take(finding.rule, Some(&leak.secret), allows.as_ref());
        let by_comment = allows.as_ref().filter(|_| is_taken);
        let granted = match by_comment {
            Some(allows) => Some((ExemptedBy::Comment, allows.reason.as_str())),
            None => self.by_policy(&finding, leak, path).map(|reason| (ExemptedBy::Policy, reason)),
        };
        if let Some((by, reason)) = granted {
            let reason = redact_message(reason.to_owned());
            report.exempted.push(Finding { exemption: Some(GrantedExemption { by, reason }), ..finding });
            return None;
        }
        if leak.comment.is_some() {
            let why = allows.map(|_| self.comments.objection());
            finding.notes.push(no_effect(why, &finding));
        }
        Some(finding)
    }

    fn by_policy(&self, finding: &Finding, leak: &Leak, path: Option<&str>) -> Option<&'p str> {
        if self.policy.tokens.exempt.is_empty() {
            return None;
        }
        let digest = &digest(finding);
        let query = TokenQuery { rule: finding.rule.id, path, host: leak.receiver(), digest };
        self.policy.tokens.exemption(query).map(|entry| entry.reason.as_str())
    }
}

/// Returns the note that a comment does not exempt, and the entry of the policy that would.
fn no_effect(why: Option<&str>, finding: &Finding) -> String {
    let id = finding.rule.id;
    let why = why.map_or_else(
        || format!("it does not have the form `# git-gate: allow[{id}] <reason>`"),
        str::to_owned,
    );
    format!(
        "the comment on this line has no effect: {why}; if the credential has to stay, ask the administrator for \
         `{{rule: {id}, fingerprint: {}, reason: <reason>}}` under `tokens.exempt`",
        digest(finding)
    )
}

/// Returns the facts about a credential that may be shown.
fn facts(leak: &Leak) -> CredentialFacts {
    CredentialFacts {
        provider: leak.detector.map(|it| it.provider).filter(|name| !name.is_empty()).map(Cow::Borrowed),
        kind: leak.kind_name().into(),
        length: leak.secret.len(),
        same: leak.secret.value_in_run(),
        mark: leak.mark(),
        standing: None,
    }
}
