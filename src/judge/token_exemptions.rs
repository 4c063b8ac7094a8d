//! Exemptions of credentials, by the policy or by a comment on the line. Each that applies is reported.

use std::borrow::Cow;
use std::collections::HashMap;

use super::comments::{CommentFilter, exempts};
use crate::policy::{Policy, TokenPath, TokenQuery};
use crate::report::{CommentAllows, CredentialFacts, ExemptedBy, Finding, GrantedExemption, Report, digest};
use crate::token::{Leak, Secret, redact_message};

/// Findings about the credentials of one text, and the exemptions that apply to them.
pub(super) struct TokenExemptions<'p> {
    policy: &'p Policy,
    comments: CommentFilter<Secret>,
    /// One finding for each credential on a line, exempted or not.
    judged: Vec<Finding>,
    /// Index of the finding about a credential on a line.
    places: HashMap<Place, usize>,
}

/// Credential on a line of a member of a file.
type Place = (Vec<String>, u32, Secret);

impl<'p> TokenExemptions<'p> {
    /// Creates the exemptions of a policy, with the comments that count.
    pub(super) fn new(policy: &'p Policy, comments: CommentFilter<Secret>) -> Self {
        Self { policy, comments, judged: Vec::new(), places: HashMap::new() }
    }

    /// Adds the finding about a credential, with the facts about it. `path` is that of its file, if it is in one.
    ///
    /// Of several findings about a credential on a line, one is kept that no exemption lets pass, if there is any.
    pub(super) fn add(&mut self, finding: Finding, leak: &Leak, path: Option<&str>) {
        let finding = self.apply(finding, leak, path);
        let place = (leak.members.clone(), leak.line, leak.secret.clone());
        let rank = |finding: &Finding| (finding.exemption.is_none(), finding.level);
        let index = *self.places.entry(place).or_insert(self.judged.len());
        match self.judged.get_mut(index) {
            Some(known) if rank(&finding) > rank(known) => *known = finding,
            Some(_) => {}
            None => self.judged.push(finding),
        }
    }

    /// Returns the findings; the exempted ones go to the report.
    pub(super) fn finish(self, report: &mut Report) -> Vec<Finding> {
        let (exempted, left): (Vec<_>, _) =
            self.judged.into_iter().partition(|finding| finding.exemption.is_some());
        report.exempted.extend(exempted);
        left
    }

    /// Returns the finding with the facts about the credential, and the exemption that lets it pass.
    fn apply(&mut self, mut finding: Finding, leak: &Leak, path: Option<&str>) -> Finding {
        finding.credential = Some(Box::new(facts(leak)));
        let allows = allowed_by_comment(leak).filter(|allows| exempts(allows, finding.rule));
        let is_taken = self.comments.take(finding.rule, Some(&leak.secret), allows.as_ref());
        let by_comment = allows.as_ref().filter(|_| is_taken);
        let granted = match by_comment {
            Some(allows) => Some((ExemptedBy::Comment, allows.reason.as_str())),
            None => self.by_policy(&finding, leak, path).map(|reason| (ExemptedBy::Policy, reason)),
        };
        if let Some((by, reason)) = granted {
            let reason = redact_message(reason.to_owned());
            return Finding { exemption: Some(GrantedExemption { by, reason }), ..finding };
        }
        if let Some(comment) = &leak.comment {
            let why = match allows {
                _ if !comment.is_certain => Some(NOT_CERTAIN),
                Some(_) => Some(self.comments.objection()),
                None => None,
            };
            finding.notes.push(no_effect(why, &finding));
        }
        finding
    }

    fn by_policy(&self, finding: &Finding, leak: &Leak, path: Option<&str>) -> Option<&'p str> {
        if self.policy.tokens.exempt.is_empty() {
            return None;
        }
        let digest = &digest(finding);
        let path = path.map(|file| TokenPath { file, members: &leak.members });
        let query = TokenQuery { rule: finding.rule.id, path, host: leak.receiver(), digest };
        self.policy.tokens.exemption(query).map(|entry| entry.reason.as_str())
    }
}

/// Reason for which what looks like a comment does not count.
const NOT_CERTAIN: &str = "a file of this kind has no comments behind values, what precedes it may make it a part of a value, \
                           or the file has more than 4 MiB and is read in parts";

/// Returns what the comment on the line of a credential exempts from. `None` if it is not certainly a comment.
pub(super) fn allowed_by_comment(leak: &Leak) -> Option<CommentAllows> {
    leak.comment.as_ref().filter(|comment| comment.is_certain).and_then(|it| CommentAllows::parse(&it.text))
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
