//! Judges the sign-offs of new commits: first each commit, then all of a push together.

mod advice;
mod authors;
mod autosquash;
mod bad_commit;
mod clone;
mod draft;
mod exemptions;
mod facts;
mod findings;
mod mapped_people;
mod merges;
mod proofs;
mod publication;
mod remediation;
mod verdict;

use super::deciding_files::DCO_YML;
use crate::error::Result;
use crate::git::{Ancestry, Authority, Commit, MergeCheck, Oid, Repo, distinct};
use crate::policy::Policy;
use crate::report::{Group, Level, Report, Unread, UnreadPlace};
use crate::signoff::repair::{PushFacts, PushedCommit, Squashed};
use crate::signoff::settings::{Coauthors, MergePolicy, Signer};
use crate::signoff::{Certification, CommitKind, Subject, assess, is_untitled, remediation as declaration};
use authors::PushAuthors;
use bad_commit::is_denied;
pub(crate) use clone::user as user_of_clone;
pub(super) use draft::draft_report;
use exemptions::Exemptions;
use facts::SignoffFacts;
use findings::findings;
pub(crate) use mapped_people::MappedPeople;
use merges::RepeatedMerge;
pub(super) use proofs::remarks as proof_remarks;
use proofs::{ProofOutcome, Proofs};
pub(crate) use publication::published;
pub(crate) use remediation::allows_remediation;
use remediation::{AllowedRemediation, Remediation};
use verdict::{CommitDetails, VerdictResult};
pub(super) use verdict::{CommitVerdict, QuickVerdict};

/// Judge of the sign-offs of the commits added to one accepted history. Shared by all threads.
pub(super) struct SignoffJudge {
    policy: Policy,
    people: MappedPeople,
    exemptions: Exemptions,
    proofs: Proofs,
    accepted: Option<Oid>,
    /// Source of `.github/dco.yml` and `.mailmap`.
    authority: Authority,
    authors: PushAuthors,
    /// Set if any sign-off rule is on.
    is_on: bool,
}

/// Merges whose verdicts have been settled.
pub(super) struct SettledMerges {
    /// Number of those that are accepted although they resolve conflicts.
    resolved: usize,
    /// Objects that could not be read.
    unread: Vec<Unread>,
}

impl SignoffJudge {
    /// Prepares to judge commits that are added to an accepted history.
    ///
    /// # Errors
    /// Fails when the default branch or its `.mailmap` cannot be read.
    pub(super) fn new(
        repo: &Repo,
        policy: &Policy,
        accepted: Option<Oid>,
        authority: Authority,
    ) -> Result<Self> {
        Ok(Self {
            policy: policy.clone(),
            people: MappedPeople::read(repo, policy, || Ok(authority))?,
            exemptions: Exemptions::new(policy),
            proofs: Proofs::new(policy),
            accepted,
            authority,
            authors: PushAuthors::default(),
            is_on: policy.is_group_on(Group::Signoff),
        })
    }

    /// Creates a judge that has no findings, for a history whose deciding files cannot be read.
    pub(super) fn off(policy: &Policy, authority: Authority) -> Self {
        Self {
            policy: policy.clone(),
            people: MappedPeople::unmapped(policy),
            exemptions: Exemptions::new(policy),
            proofs: Proofs::new(policy),
            accepted: None,
            authority,
            authors: PushAuthors::default(),
            is_on: false,
        }
    }

    /// Returns the verdict on a commit that cannot be judged: there is nothing to report.
    pub(super) fn unjudged(commit: &Commit) -> CommitVerdict {
        let commit = pushed_commit(commit.oid, commit.parents.iter().copied());
        CommitVerdict { commit, result: VerdictResult::Clean }
    }

    /// Judges a commit by itself, before it is known whether it is new.
    ///
    /// Returns `None` if there is more to report than a [`QuickVerdict`] can hold.
    pub(super) fn quick_verdict(&self, commit: &Commit) -> Option<QuickVerdict> {
        if !self.is_on {
            return Some(QuickVerdict { author: None, is_open_merge: false });
        }
        let facts = self.facts(commit);
        let merges = self.policy.signoff.merges;
        let passes = facts.is_signed() || facts.is_merge && merges == MergePolicy::Skip;
        let is_open_merge = !passes && facts.is_merge && merges.needs_repetition();
        (facts.is_silent() && (passes || is_open_merge))
            .then(|| QuickVerdict { author: self.authors.hash(&facts.assessment), is_open_merge })
    }

    /// Returns the verdict on a commit whose [`QuickVerdict`] suffices, and notes its author.
    pub(super) fn verdict_of_quick(
        &self,
        quick: QuickVerdict,
        oid: Oid,
        parents: impl Iterator<Item = Oid>,
    ) -> CommitVerdict {
        self.authors.note(quick.author);
        let result = match quick.is_open_merge {
            true => VerdictResult::OpenMerge { is_silent: true },
            false => VerdictResult::Clean,
        };
        CommitVerdict { commit: pushed_commit(oid, parents), result }
    }

    /// Judges one commit. The verdict on an unsigned merge may be left open, for [`SignoffJudge::settle`].
    ///
    /// # Errors
    /// Fails when the repository cannot be queried for exemptions.
    pub(super) fn verdict(&self, repo: &Repo, commit: &Commit) -> Result<CommitVerdict> {
        let result = if self.is_on { self.result(repo, commit, None)? } else { VerdictResult::Clean };
        Ok(CommitVerdict { commit: pushed_commit(commit.oid, commit.parents.iter().copied()), result })
    }

    /// Judges one commit.
    ///
    /// `repeated` is the result of repeating the merge; `None` if that has not been done.
    fn result(&self, repo: &Repo, commit: &Commit, repeated: Option<RepeatedMerge>) -> Result<VerdictResult> {
        let facts = SignoffFacts { repeated, ..self.facts(commit) };
        self.authors.note(self.authors.hash(&facts.assessment));
        let is_exempt_merge = match facts.is_merge && !facts.is_signed() {
            true => self.is_exempt_merge(repo, commit, facts.repeated.as_ref())?,
            false => Some(false),
        };
        let Some(is_exempt_merge) = is_exempt_merge else {
            return Ok(VerdictResult::OpenMerge { is_silent: facts.is_silent() });
        };
        let passes = facts.is_silent() && (facts.is_signed() || is_exempt_merge);
        let is_faultless = facts.is_signed() && facts.is_spotless();
        if passes
            || !is_faultless && self.exemptions.cover(repo, commit.oid, facts.assessment.author.as_ref())?
        {
            return Ok(VerdictResult::Clean);
        }
        let outcome = match is_exempt_merge {
            true => ProofOutcome::NotSought,
            false => self.proofs.judge(repo, commit, &facts.assessment)?,
        };
        let is_proven = outcome == ProofOutcome::Proven;
        if is_proven && facts.is_silent() {
            return Ok(VerdictResult::Clean);
        }
        let mut details = self.details(commit, facts, is_exempt_merge || is_proven);
        if let (ProofOutcome::Failed(note), Some(finding)) = (outcome, &mut details.unsigned) {
            finding.notes.push(note);
        }
        Ok(VerdictResult::Reported(Box::new(details)))
    }

    /// Collects the facts about a commit by itself.
    fn facts(&self, commit: &Commit) -> SignoffFacts {
        SignoffFacts {
            assessment: assess(&commit.text, &self.policy.signoff, &self.people.people),
            declarations: declaration::declarations(&commit.text),
            is_merge: distinct(&commit.parents).len() > 1,
            repeated: None,
            mentions_remediation: declaration::is_mentioned(&commit.text),
        }
    }

    /// Repeats the merges whose verdicts are open, and settles these; `ancestry` contains the history read so far.
    ///
    /// # Errors
    /// Fails when git cannot merge.
    pub(super) fn settle(
        &self,
        repo: &Repo,
        ancestry: Ancestry,
        verdicts: &mut [CommitVerdict],
    ) -> Result<SettledMerges> {
        let mut report = Report::default();
        let resolved = self.settle_merges(repo, ancestry, verdicts, &mut report)?;
        Ok(SettledMerges { resolved, unread: report.unread })
    }

    /// Returns true if no later commit can remedy a missing sign-off, so that each finding stands as soon as it is made.
    pub(super) fn is_final(&self, repo: &Repo) -> bool {
        let remediation = self.policy.signoff.remediation;
        let file = || remediation::dco_yml(repo, self.authority);
        AllowedRemediation::find(remediation, file, &mut Vec::new()).is_ok_and(|allowed| !allowed.individual)
    }

    /// Judges the push as a whole, with the verdicts on its commits, older ones first. All merges are settled.
    ///
    /// Drops the findings that later commits remedy, and adds the advice.
    ///
    /// `is_whole` is false if a commit of the history could not be read: then there is no advice.
    ///
    /// # Errors
    /// Fails when a commit cannot be read again.
    pub(super) fn conclude(
        &self,
        repo: &Repo,
        verdicts: Vec<CommitVerdict>,
        SettledMerges { resolved, unread }: SettledMerges,
        is_whole: bool,
    ) -> Result<Report> {
        let mut push = PushFacts {
            accepted: self.accepted,
            has_several_authors: self.authors.are_several(),
            needs_author: self.policy.signoff.signer != Signer::AuthorOrCommitter,
            ..PushFacts::default()
        };
        let mut commits: Vec<(Oid, Box<CommitDetails>)> = Vec::new();
        for CommitVerdict { commit, result } in verdicts {
            match result {
                VerdictResult::Clean => {}
                VerdictResult::OpenMerge { .. } => unreachable!("all merges are settled"),
                VerdictResult::Reported(details) => commits.push((commit.oid, details)),
            }
            push.commits.push(commit);
        }
        let findings =
            commits.iter().flat_map(|(_, details)| details.findings.iter().chain(&details.unsigned));
        let remarks = self.people.remarks(findings);
        let mut report = Report { remarks, unread, ..Report::default() };
        report.remarks.extend(self.exemptions.remarks(repo)?);
        report.unsigned = self.exemptions.applied();
        report.remarks.extend(merges::remark(resolved));
        report.proofs = self.proofs.tally();
        let mut remarks = Vec::new();
        let remedied = self.remedy(repo, &mut commits, &mut remarks);
        report.remarks.extend(remarks);
        let place = UnreadPlace { commit: self.authority.commit, path: DCO_YML.path().as_bytes() };
        match report.read(remedied, place)? {
            Some(allows_remediation) if is_whole || !allows_remediation => {
                push.allows_remediation = allows_remediation;
            }
            // Any of them may be remedied, be it by a commit that could not be read.
            Some(_) | None => commits.iter_mut().for_each(|(_, details)| details.unsigned = None),
        }
        let user = if commits.is_empty() { None } else { clone::user(repo)? };
        push.knows_user = user.is_some();
        for (oid, details) in commits {
            push.bad.extend(bad_commit::read(oid, &details, user.as_ref(), &self.people.people));
            if !details.is_passed_on {
                report.findings.extend(details.unsigned);
                report.findings.extend(details.findings);
            }
            report.remarks.extend(details.remarks);
        }
        if is_whole {
            let advised = advice::add(repo, push, &mut report);
            report.read(advised, UnreadPlace { commit: None, path: b"" })?;
        }
        Ok(report)
    }

    /// Drops the findings that later commits remedy. Returns whether authors may remedy their own commits so.
    ///
    /// # Errors
    /// Fails when the default branch has to be read and cannot be.
    fn remedy(
        &self,
        repo: &Repo,
        commits: &mut [(Oid, Box<CommitDetails>)],
        remarks: &mut Vec<String>,
    ) -> Result<bool> {
        let has_unsigned = |commits: &[(Oid, Box<CommitDetails>)]| {
            commits.iter().any(|(_, details)| details.unsigned.is_some())
        };
        let is_mentioned = commits.iter().any(|(_, details)| details.mentions_remediation);
        if !is_mentioned && !has_unsigned(commits) {
            return Ok(false);
        }
        let settings = &self.policy.signoff;
        let file = remediation::dco_yml(repo, self.authority);
        let members = file.as_ref().ok().and_then(remediation::members_remark);
        let mut found = Vec::new();
        let allowed = AllowedRemediation::find(settings.remediation, || file, &mut found);
        if !is_mentioned {
            remarks.extend(members);
            // A file that cannot be read decides nothing here.
            return Ok(allowed.is_ok_and(|allowed| allowed.individual));
        }
        let allowed = allowed?;
        remarks.append(&mut found);
        Remediation { allowed, people: &self.people.people, settings }.apply(commits, remarks);
        remarks.extend(members.filter(|_| has_unsigned(commits)));
        Ok(allowed.individual)
    }

    /// Runs the rules on a commit and separates the missing sign-off from the other findings.
    ///
    /// `is_excused` is true for a clean merge and for a commit that is proven: neither needs a sign-off.
    fn details(&self, commit: &Commit, facts: SignoffFacts, is_excused: bool) -> CommitDetails {
        let remarks = self.remarks(commit.oid, &facts);
        let may_declare = facts.is_signed() && facts.is_spotless() && !facts.is_merge;
        let SignoffFacts { mut assessment, declarations, is_merge, repeated, mentions_remediation } = facts;
        if is_excused {
            assessment.certification = Certification::Given;
        }
        let kind = match repeated.as_ref().map(|repeated| repeated.check) {
            Some(MergeCheck::TooCostly) => CommitKind::CostlyMerge,
            _ => CommitKind::of(&commit.text.message, is_merge),
        };
        let subject = Subject { text: &commit.text, assessment: &assessment, kind, is_draft: false };
        let mut findings = findings(&self.policy, &subject, Some(commit.oid));
        let missing = assessment.certification.rule_id();
        let is_given = assessment.certification.is_given();
        let is_misnamed = is_given && self.policy.signoff.signer != Signer::AuthorOrCommitter;
        let missing = findings.iter().position(|finding| {
            Some(finding.rule.id) == missing && (!is_given || finding.level == Level::Deny)
        });
        let mut unsigned = missing.map(|at| findings.remove(at));
        // One finding is the usual number, and a list has room for four.
        findings.shrink_to_fit();
        if let Some(finding) = &mut unsigned {
            finding.notes.extend(repeated.and_then(|repeated| repeated.deviation.note()));
        }
        CommitDetails {
            is_misnamed: is_misnamed && unsigned.is_some(),
            unsigned,
            malformed: facts::malformed(&assessment).filter(|_| is_denied(&findings)),
            findings,
            remarks,
            is_author_a_machine: assessment.is_author_a_machine,
            is_untitled: is_untitled(&commit.text.message),
            has_signature: commit.text.has_signature,
            squashed: Squashed::read(&commit.text.message),
            author: assessment.author,
            committer: assessment.committer,
            is_passed_on: false,
            declarations,
            mentions_remediation,
            may_declare,
            is_merge,
        }
    }

    fn remarks(&self, oid: Oid, facts: &SignoffFacts) -> Vec<String> {
        let (short, mut remarks) = (oid.short(), Vec::new());
        if self.policy.signoff.coauthors == Coauthors::Warn {
            let coauthors = facts.assessment.coauthors.iter().take(3);
            remarks.extend(
                coauthors.map(|who| {
                    format!("{short}: the co-author `{}` has not signed off", who.shortened_value())
                }),
            );
        }
        remarks
    }
}

fn pushed_commit(oid: Oid, mut parents: impl Iterator<Item = Oid>) -> PushedCommit {
    PushedCommit { oid, parent: parents.next(), merged: parents.collect() }
}
