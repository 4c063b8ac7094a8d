//! Judges the sign-offs of new commits: first each commit, then all of a push together.

mod draft;
mod exemption;
mod remedy;
mod seen;

use bstr::ByteSlice as _;

use super::commits::subject as title;
use super::finding;
use crate::error::Result;
use crate::git::{CleanMerges, Commit, CommitText, Graph, Oid, Repo, distinct};
use crate::policy::Policy;
use crate::report::{Finding, Group, Location};
use crate::rules::{Check, RULES};
use crate::signoff::repair::{self, BadCommit, PushFacts, PushedCommit};
use crate::signoff::settings::{Coauthors, MergePolicy};
use crate::signoff::{
    Assessment, Certification, CommitFault, CommitKind, DcoYml, Declaration, Identity, Mailmap, People, Role,
    Subject, assess, dco_yml, remediation,
};
pub(crate) use draft::draft;
use exemption::Exemptions;
use remedy::Remedy;
use seen::Seen;

/// Judge of the sign-offs of the commits added to one accepted history. Shared by all threads.
pub(crate) struct Signoffs {
    policy: Policy,
    people: People,
    remediation: Remediation,
    exemptions: Exemptions,
    accepted: Option<Oid>,
    seen: Seen,
    /// Set if any sign-off rule is on.
    judged: bool,
}

/// Allowed remediation: by the policy, else by `.github/dco.yml` of the accepted history.
#[derive(Debug, Clone, Copy)]
struct Remediation {
    individual: bool,
    /// Has an effect only together with `individual`.
    third_party: bool,
}

/// Quick verdict: nothing to report, or only an unsigned merge that has to be checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// Hash of the author.
    author: Option<u64>,
    /// Set for an unsigned merge, pending a check that it is a clean merge.
    open: bool,
}

/// Result of judging one commit; small if there is nothing to report.
#[derive(Debug)]
pub(crate) struct Judged {
    step: PushedCommit,
    details: Option<Box<Details>>,
    open: Option<Open>,
}

/// Unsigned merge, pending a check that it is a clean merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// There is nothing else to report about it.
    Silent,
    /// There may be more to report about it.
    Other,
}

/// Details of a commit with something to report.
#[derive(Debug, Default)]
struct Details {
    /// Findings other than a missing sign-off.
    findings: Vec<Finding>,
    /// Finding about the missing sign-off; a later commit may remedy it.
    unsigned: Option<Finding>,
    author: Option<Identity>,
    committer: Option<Identity>,
    /// Declarations about other commits.
    declarations: Vec<Declaration>,
    /// True if its declarations can count: it has a valid sign-off and no other fault, and is not a merge.
    may_declare: bool,
    is_merge: bool,
    /// Role of the identity that is at fault.
    misnamed: Option<Role>,
    remarks: Vec<String>,
}

/// Facts about a commit by itself.
struct Look {
    assessment: Assessment,
    declarations: Vec<Declaration>,
    is_merge: bool,
    /// True if the required sign-off is present.
    signed: bool,
    /// True if there is no fault and no unsigned co-author.
    spotless: bool,
    /// True if there is nothing to report once it is signed or exempt.
    silent: bool,
}

/// Result of judging the sign-offs of a push.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Findings, older commits first.
    pub(crate) findings: Vec<Finding>,
    /// Commands that repair the whole push.
    pub(crate) advice: Vec<String>,
    /// Remarks: exemptions that applied, declarations without effect.
    pub(crate) remarks: Vec<String>,
}

impl Signoffs {
    /// Prepares to judge commits that are added to an accepted history.
    ///
    /// # Errors
    /// Fails when the accepted commit, its `.github/dco.yml` or its `.mailmap` cannot be read.
    pub(crate) fn new(repo: &Repo, policy: &Policy, accepted: Option<Oid>) -> Result<Self> {
        let tree = accepted.map(|oid| repo.commit(oid)).transpose()?.map(|commit| commit.tree);
        let file = |path: &str| match tree {
            Some(tree) => repo.file_at(tree, path.as_bytes()),
            None => Ok(None),
        };
        let allowed = file(dco_yml::PATH)?.map_or(Ok(DcoYml::default()), |text| DcoYml::parse(&text))?;
        let mailmap = if policy.signoff.mailmap { file(".mailmap")? } else { None };
        let set = policy.signoff.remediation;
        Ok(Self {
            policy: policy.clone(),
            people: People::new(&policy.signoff, mailmap.map(|text| Mailmap::parse(&text))),
            remediation: Remediation {
                individual: set.individual.unwrap_or(allowed.individual),
                third_party: set.third_party.unwrap_or(allowed.third_party),
            },
            exemptions: Exemptions::new(policy),
            accepted,
            seen: Seen::default(),
            judged: policy.is_group_on(Group::Signoff),
        })
    }

    /// Judges one commit. A merge may be left open, for [`Signoffs::settle`].
    ///
    /// # Errors
    /// Fails when the repository cannot be queried for exemptions.
    pub(crate) fn commit(&self, repo: &Repo, commit: &Commit) -> Result<Judged> {
        self.judge(repo, commit, None)
    }

    /// Judges a commit by itself, before it is known whether it is new.
    ///
    /// Returns `None` if there is more to report than a [`Glance`] can hold.
    pub(crate) fn glance(&self, commit: &Commit) -> Option<Glance> {
        if !self.judged {
            return Some(Glance { author: None, open: false });
        }
        let look = self.look(commit);
        let exempt = look.signed || look.is_merge && self.policy.signoff.merges == MergePolicy::Skip;
        let open = !exempt && look.is_merge && self.policy.signoff.merges == MergePolicy::Clean;
        (look.silent && (exempt || open)).then(|| Glance { author: self.seen.author(&look.assessment), open })
    }

    /// Returns the result for a commit whose [`Glance`] suffices, and notes its author.
    pub(crate) fn recall(&self, glance: Glance, oid: Oid, parents: impl Iterator<Item = Oid>) -> Judged {
        let open = glance.open.then_some(Open::Silent);
        self.seen.note(glance.author);
        Judged { step: step(oid, parents), details: None, open }
    }

    /// Judges one commit. `is_clean` is the result of repeating the merge; `None` if that has not been done.
    fn judge(&self, repo: &Repo, commit: &Commit, is_clean: Option<bool>) -> Result<Judged> {
        let step = step(commit.oid, commit.parents.iter().copied());
        if !self.judged {
            return Ok(Judged { step, details: None, open: None });
        }
        let Look { mut assessment, declarations, is_merge, signed, spotless, silent } = self.look(commit);
        self.seen.note(self.seen.author(&assessment));
        let exempt = !signed && is_merge;
        let exempt = if exempt { self.is_exempt_merge(repo, commit, is_clean)? } else { Some(false) };
        let Some(exempt) = exempt else {
            let open = Some(if silent { Open::Silent } else { Open::Other });
            return Ok(Judged { step, details: None, open });
        };
        if silent && (signed || exempt) || !(signed && spotless) && self.exemptions.cover(repo, commit.oid)? {
            return Ok(Judged { step, details: None, open: None });
        }
        if exempt {
            assessment.certification = Certification::Given;
        }
        let mut details = self.details(commit, assessment, is_merge);
        details.declarations = declarations;
        details.may_declare = signed && spotless && !is_merge;
        Ok(Judged { step, details: Some(Box::new(details)), open: None })
    }

    /// Collects the facts about a commit by itself.
    fn look(&self, commit: &Commit) -> Look {
        let assessment = assess(&commit.text, &self.policy.signoff, &self.people);
        let signed = assessment.certification == Certification::Given;
        let spotless = assessment.faults.is_empty() && assessment.coauthors.is_empty();
        let declarations = self.remediation.declarations(&commit.text);
        let silent = spotless && declarations.is_empty() && !remediation::is_mentioned(&commit.text);
        let is_merge = distinct(&commit.parents).len() > 1;
        Look { assessment, declarations, is_merge, signed, spotless, silent }
    }

    /// Repeats the merges that were left open. `graph` contains the history read so far.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot merge.
    pub(crate) fn settle(&self, repo: &Repo, graph: Graph, judged: &mut [Judged]) -> Result<()> {
        let mut open: Vec<&mut Judged> = judged.iter_mut().filter(|judged| judged.open.is_some()).collect();
        let oids: Vec<Oid> = open.iter().map(|judged| judged.step.oid).collect();
        let verdicts = CleanMerges::of(graph).are_clean(repo, &oids)?;
        for (judged, is_clean) in open.iter_mut().zip(verdicts) {
            if is_clean && judged.open == Some(Open::Silent) {
                judged.open = None;
            } else {
                **judged = self.judge(repo, &repo.commit(judged.step.oid)?, Some(is_clean))?;
            }
        }
        Ok(())
    }

    /// Judges the push as a whole: drops the findings that later commits remedy, and adds the advice.
    pub(crate) fn finish(self, judged: Vec<Judged>) -> Outcome {
        let mut push = PushFacts {
            accepted: self.accepted,
            has_several_authors: self.seen.has_several_authors(),
            ..PushFacts::default()
        };
        let mut commits: Vec<(Oid, Details)> = Vec::new();
        for Judged { step, details, .. } in judged {
            commits.extend(details.map(|details| (step.oid, *details)));
            push.commits.push(step);
        }
        let mut outcome = Outcome { remarks: self.exemptions.remarks(), ..Outcome::default() };
        Remedy { allowed: self.remediation, people: &self.people, policy: &self.policy.signoff }
            .apply(&mut commits, &mut outcome.remarks);
        for (oid, details) in commits {
            push.bad.extend(self.bad(oid, &details));
            outcome.findings.extend(details.unsigned);
            outcome.findings.extend(details.findings);
            outcome.remarks.extend(details.remarks);
        }
        outcome.advice = repair::advice(&push);
        outcome
    }

    /// Returns whether a merge needs no sign-off; `None` if it has to be repeated first.
    fn is_exempt_merge(&self, repo: &Repo, commit: &Commit, is_clean: Option<bool>) -> Result<Option<bool>> {
        match self.policy.signoff.merges {
            MergePolicy::Skip => Ok(Some(true)),
            MergePolicy::Require => Ok(Some(false)),
            // At the boundary of a shallow history the parents are unknown.
            MergePolicy::Clean if repo.parents(commit)?.is_empty() => Ok(Some(false)),
            MergePolicy::Clean => Ok(is_clean),
        }
    }

    /// Runs the rules on a commit and separates the missing sign-off from the other findings.
    fn details(&self, commit: &Commit, assessment: Assessment, is_merge: bool) -> Details {
        let kind = CommitKind::of(&commit.text.message, is_merge);
        let subject = Subject { text: &commit.text, assessment: &assessment, kind };
        let mut findings = findings(&self.policy, &subject, Some(commit.oid));
        let unsigned = assessment.certification.rule_id();
        let unsigned = findings.iter().position(|finding| Some(finding.rule.id) == unsigned);
        let unsigned = unsigned.map(|at| findings.remove(at));
        let misnamed = if findings.is_empty() { None } else { misnamed(&assessment) };
        let remarks = self.remarks(commit, &assessment);
        let Assessment { author, committer, .. } = assessment;
        Details { unsigned, findings, is_merge, misnamed, remarks, author, committer, ..Details::default() }
    }

    /// Returns the data for the advice, if the commit has to be rewritten.
    fn bad(&self, oid: Oid, details: &Details) -> Option<BadCommit> {
        if details.unsigned.is_none() && details.misnamed.is_none() {
            return None;
        }
        let Details { author, committer, misnamed, .. } = details;
        let is_misnamed = *misnamed == Some(Role::Author);
        let address = || author.as_ref().map_or(String::new(), |author| author.email.to_str_lossy().into());
        let both = author.as_ref().zip(committer.as_ref());
        Some(BadCommit {
            oid,
            author: author.as_ref().map_or("an unreadable author".to_owned(), ToString::to_string),
            is_foreign: !is_misnamed && both.is_some_and(|(a, b)| !self.people.same(a, b)),
            malformed_address: is_misnamed.then(address),
        })
    }

    fn remarks(&self, commit: &Commit, assessment: &Assessment) -> Vec<String> {
        let (short, mut remarks) = (commit.oid.short(), Vec::new());
        if self.policy.signoff.coauthors == Coauthors::Warn {
            let coauthors = assessment.coauthors.iter().take(3);
            remarks.extend(
                coauthors.map(|who| format!("{short}: the co-author `{}` has not signed off", who.shown())),
            );
        }
        if !self.remediation.individual && remediation::is_mentioned(&commit.text) {
            remarks.push(format!("{short}: the remediation has no effect: remediation is not enabled"));
        }
        remarks
    }
}

/// Returns the role whose identity is at fault; the author comes before the committer.
fn misnamed(assessment: &Assessment) -> Option<Role> {
    let roles: Vec<Role> = assessment.faults.iter().filter_map(CommitFault::role).collect();
    if roles.contains(&Role::Author) { Some(Role::Author) } else { roles.first().copied() }
}

/// Runs the sign-off rules on one commit.
fn findings(policy: &Policy, subject: &Subject<'_>, oid: Option<Oid>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        let Check::Signoff(check) = rule.check else { continue };
        for problem in check(subject, &policy.signoff) {
            let title = title(&subject.text.message);
            let location = Location::Commit { commit: oid, subject: title, line: problem.place };
            findings.extend(finding(policy, &rule.meta, problem, location, None));
        }
    }
    findings
}

impl Remediation {
    fn declarations(self, text: &CommitText) -> Vec<Declaration> {
        if self.individual { remediation::declarations(text) } else { Vec::new() }
    }
}

fn step(oid: Oid, mut parents: impl Iterator<Item = Oid>) -> PushedCommit {
    PushedCommit { oid, parent: parents.next(), merged: parents.collect() }
}
