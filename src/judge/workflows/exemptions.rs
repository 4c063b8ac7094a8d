//! Exemptions of workflow problems, by the policy or by a comment on the line. Each that applies is reported.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::check::CheckResult;
use crate::judge::comments::{CommentFilter, exempts, names_exemptible};
use crate::policy::{ExemptionQuery, Policy};
use crate::report::{ExemptedBy, GrantedExemption, Group, ProblemKey, RuleMeta, WorkflowProblem};
use crate::rules::{self, UNLABELLED_PIN};
use crate::text::{Span, escape, lossless};
use crate::workflow::{CommentExemption, Document, LabelledPin, shorten};

/// Separates the exempted problems of a file from the others, and adds warnings about its comments.
///
/// Also returns the pins that comments exempt, as [`FileExemptions::pins`] does: conflicts between pins are only
/// known once the whole tree has been read.
pub(super) fn apply(
    mut exemptions: FileExemptions<'_>,
    problems: Vec<(&'static RuleMeta, WorkflowProblem)>,
) -> (Vec<CheckResult>, HashMap<usize, String>) {
    let pins = exemptions.pins();
    let mut results: Vec<CheckResult> =
        problems.into_iter().map(|(rule, problem)| exemptions.apply(rule, problem)).collect();
    results.extend(exemptions.warnings());
    (results, pins)
}

/// Exemptions of one file, by the policy and by its comments.
pub(super) struct FileExemptions<'a> {
    policy: &'a Policy,
    path: &'a BString,
    document: &'a Document,
    filter: CommentFilter<ProblemKey>,
    comments: Vec<CommentExemption>,
    /// Index of the comment of each line, by the offset of the line.
    by_line: HashMap<usize, usize>,
    /// Offsets of all lines, if there are comments.
    line_starts: Vec<usize>,
    /// Indices of the comments of which something has been said.
    used: HashSet<usize>,
}

impl<'a> FileExemptions<'a> {
    /// Reads the comments of a document, of which some count.
    pub(super) fn new(
        policy: &'a Policy,
        path: &'a BString,
        document: &'a Document,
        filter: CommentFilter<ProblemKey>,
    ) -> Self {
        let comments = document.exemptions();
        let by_line = comments.iter().enumerate().map(|(at, comment)| (comment.line_start, at)).collect();
        let line_starts = if comments.is_empty() { Vec::new() } else { document.line_starts() };
        Self { policy, path, document, filter, comments, by_line, line_starts, used: HashSet::new() }
    }

    /// Returns the comment on the line of a span that exempts from a rule, whether it counts or not.
    pub(super) fn comment_on(&self, rule: &RuleMeta, span: Span) -> Option<&CommentExemption> {
        self.comments.get(self.index_on(rule, span)?)
    }

    fn index_on(&self, rule: &RuleMeta, span: Span) -> Option<usize> {
        let lines = self.line_starts.partition_point(|start| *start <= span.start);
        let at = *self.by_line.get(self.line_starts.get(..lines)?.last()?)?;
        self.comments.get(at)?.allows.as_ref().filter(|allows| exempts(allows, rule)).map(|_| at)
    }

    /// Returns the result for a problem.
    fn apply(&mut self, rule: &'static RuleMeta, mut problem: WorkflowProblem) -> CheckResult {
        let found = problem.place.span.and_then(|span| self.index_on(rule, span));
        let found = found.and_then(|at| Some((at, self.comments.get(at)?)));
        let mut by_comment = None;
        if let Some((at, comment)) = found {
            self.used.insert(at);
            if self.filter.take(rule, problem.place.key.as_ref(), comment.allows.as_ref()) {
                let allows = comment.allows.clone();
                by_comment =
                    allows.map(|allows| GrantedExemption { by: ExemptedBy::Comment, reason: allows.reason });
            }
        }
        let by_policy = || by_policy(self.policy, self.path, rule, &problem);
        match by_comment.or_else(by_policy) {
            Some(exemption) => CheckResult::Exempted(rule, problem, exemption),
            None => {
                if found.is_some() {
                    let note = no_effect(self.filter.objection(), rule, &problem);
                    problem.help = Some(problem.help.map_or(note.clone(), |help| format!("{help}; {note}")));
                }
                CheckResult::Problem(rule, problem)
            }
        }
    }

    /// Returns the pins that comments exempt: offset of the pin and reason. Marks these comments as used.
    fn pins(&mut self) -> HashMap<usize, String> {
        let mut exempted = HashMap::new();
        if self.comments.is_empty() {
            return exempted;
        }
        for pin in self.document.labelled_pins() {
            let found = self.index_on(&UNLABELLED_PIN.meta, pin.span);
            let Some((at, comment)) = found.and_then(|at| Some((at, self.comments.get(at)?))) else {
                continue;
            };
            if self.filter.is_standing(&UNLABELLED_PIN.meta, &pin_key(&pin), comment.allows.as_ref()) {
                self.used.insert(at);
                exempted
                    .extend(comment.allows.as_ref().map(|allows| (pin.span.start, allows.reason.clone())));
            }
        }
        exempted
    }

    /// Returns a warning for each comment of which nothing has been said.
    fn warnings(self) -> impl Iterator<Item = CheckResult> {
        let why = match self.filter {
            CommentFilter::All => "there is nothing to exempt",
            CommentFilter::Accepted(_) => {
                "there is nothing to exempt, or the default branch does not have it"
            }
            CommentFilter::None => "the policy does not let comments exempt",
        };
        let (path, used) = (escape(self.path), self.used);
        // What names a rule for tokens is for the search for tokens, which does not know all comments.
        let is_for_tokens = |comment: &CommentExemption| {
            let rules = comment.allows.iter().flat_map(|allows| &allows.rules);
            rules.filter_map(|id| rules::find(id)).any(|rule| rule.group == Group::Token)
        };
        let unused = self
            .comments
            .into_iter()
            .enumerate()
            .filter(move |(at, comment)| !used.contains(at) && !is_for_tokens(comment));
        unused.map(move |(_, comment)| {
            let what = match &comment.allows {
                None => "does not have the form `# git-gate: allow[<rule>] <reason>`".to_owned(),
                Some(allows) if !names_exemptible(allows) => {
                    "has no effect: it names an unknown rule, or one that a comment cannot exempt".to_owned()
                }
                Some(_) => format!("has no effect: {why}"),
            };
            let text = escape(comment.text.as_bytes());
            let warning = format!("warning: {path}:{}: the comment `{text}` {what}", comment.line);
            CheckResult::UnusedComment(comment.text, warning)
        })
    }
}

/// Returns the reason for which a comment does not exempt a problem, and the entry of the policy that would.
fn no_effect(why: &str, rule: &RuleMeta, problem: &WorkflowProblem) -> String {
    let uses = problem.place.uses.as_ref().map(|uses| escape(shorten(uses).as_bytes()));
    let subject = uses.map_or("path: <path>, job: <job>".to_owned(), |uses| format!("uses: '{uses}'"));
    format!(
        "the comment on this line has no effect: {why}; if this cannot be repaired, ask the administrator for \
         `{{rule: {}, {subject}, reason: <reason>}}` under `workflows.exempt`",
        rule.id
    )
}

/// Returns the remark that reports an exempted problem.
pub(super) fn remark(
    path: &BString,
    rule: &RuleMeta,
    problem: &WorkflowProblem,
    exemption: &GrantedExemption,
) -> String {
    let (path, reason) = (escape(path), escape(exemption.reason.as_bytes()));
    format!("exempted from `{}`: {path}: {} ({reason})", rule.id, problem.message)
}

/// Returns the exemption of a problem by the policy.
pub(super) fn by_policy(
    policy: &Policy,
    path: &BString,
    rule: &RuleMeta,
    problem: &WorkflowProblem,
) -> Option<GrantedExemption> {
    if policy.workflows.exempt.is_empty() {
        return None;
    }
    let job = problem.place.key.as_ref().map_or("", |key| &key.job);
    let uses = problem.place.uses.as_deref();
    let problem = ExemptionQuery { rule: rule.id, uses, path: &lossless(path), job };
    let entry = policy.workflows.exemption(problem)?;
    Some(GrantedExemption { by: ExemptedBy::Policy, reason: entry.reason.clone() })
}

/// Returns the key of a pin whose conflicts with others a comment exempts.
pub(super) fn pin_key(pin: &LabelledPin) -> ProblemKey {
    ProblemKey { job: pin.job.clone(), subject: pin.uses.clone() }
}
