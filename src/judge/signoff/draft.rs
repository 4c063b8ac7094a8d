//! Judges a commit before it is made (hook commit-msg).

use super::MappedPeople;
use super::findings::findings;
use super::remediation::{AllowedRemediation, dco_yml};
use crate::error::Result;
use crate::git::{Authority, Deviation, Oid, Repo, deviation_of_index, is_clean_index};
use crate::hook::commit_msg::{DraftCommit, DraftText};
use crate::judge::Context;
use crate::report::{Finding, Group, Level, LevelSource, Report};
use crate::rules;
use crate::signoff::cleanup::{Doubt, ReadingKind};
use crate::signoff::repair::Squashed;
use crate::signoff::settings::MergePolicy;
use crate::signoff::{Certification, CommitKind, Subject, assess, remediation as declaration};
use crate::text::escape;

/// Judges a commit that is about to be made.
///
/// If git may record one of several texts, returns the findings of the worst one.
///
/// # Errors
/// Fails when the commit concludes a merge that cannot be repeated, or when the default branch cannot be read.
pub(in crate::judge) fn draft_report(
    Context { repo, policy }: Context<'_>,
    draft: &DraftCommit,
) -> Result<Report> {
    let is_merge = !draft.merged.is_empty();
    let deviation = if is_merge { deviation(repo, policy.signoff.merges, &draft.merged)? } else { None };
    let is_exempt = is_merge && matches!(deviation, None | Some(Deviation::InConflicts));
    let authority = || Authority::of_repository(repo);
    let people = MappedPeople::read(repo, policy, authority)?;
    let read = |DraftText { text, kind: reading }: &DraftText| {
        let mut assessment = assess(text, &policy.signoff, &people.people);
        if is_exempt {
            assessment.certification = Certification::Given;
        }
        let kind = if draft.is_patch { CommitKind::Patch } else { CommitKind::of(&text.message, is_merge) };
        let subject = Subject { text, assessment: &assessment, kind, is_draft: true };
        let mut findings = findings(policy, &subject, None);
        let unsigned = findings.iter_mut().find(|finding| rules::is_about_missing_signoffs(finding.rule));
        if let Some(finding) = unsigned {
            finding.notes.extend(deviation.as_ref().and_then(Deviation::note));
        }
        if Squashed::read(&text.message).is_some() {
            findings.iter_mut().for_each(soften);
        }
        JudgedText { findings, kind: reading.clone() }
    };
    let worst = worst(&draft.texts.iter().map(read).collect::<Vec<_>>());
    let mut remarks = people.remarks(&worst);
    if policy.is_group_on(Group::Signoff)
        && draft.texts.iter().any(|draft| declaration::is_mentioned(&draft.text))
    {
        let allowed = AllowedRemediation::find(
            policy.signoff.remediation,
            || dco_yml(repo, authority()?),
            &mut remarks,
        )?;
        let is_disabled = !allowed.individual;
        remarks.extend(
            is_disabled.then(|| "the remediation has no effect: remediation is not enabled".to_owned()),
        );
    }
    Ok(Report { findings: worst, remarks, ..Report::default() })
}

/// Returns the way in which a merge differs from those that need no sign-off; `None` if it does not.
fn deviation(repo: &Repo, merges: MergePolicy, parents: &[Oid]) -> Result<Option<Deviation>> {
    Ok(match merges {
        MergePolicy::Skip => None,
        MergePolicy::Require => Some(Deviation::Unknown),
        MergePolicy::Clean | MergePolicy::Conflicts if is_clean_index(repo, parents)? => None,
        MergePolicy::Clean => Some(Deviation::Unknown),
        MergePolicy::Conflicts => Some(deviation_of_index(repo, parents)?),
    })
}

/// A text that git may record, with the findings in it.
struct JudgedText {
    findings: Vec<Finding>,
    kind: ReadingKind,
}

impl JudgedText {
    fn level(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }
}

/// Returns the findings of the worst text that git is as likely as not to record.
///
/// If another text has none so bad, the findings note what may be taken out of the file.
fn worst(texts: &[JudgedText]) -> Vec<Finding> {
    let likely = texts.iter().filter(|text| !matches!(text.kind, ReadingKind::Unlikely(_)));
    #[expect(clippy::expect_used, reason = "no text means that nothing was judged, which must not pass")]
    let worst = likely.rev().max_by_key(|text| text.level()).expect("a draft has an expected text");
    let is_better = |text: &&JudgedText| text.level() < worst.level();
    let better = texts.iter().find(is_better).map(|better| [&worst.kind, &better.kind]);
    let doubt = better.into_iter().flatten().find_map(|kind| match kind {
        ReadingKind::Expected => None,
        ReadingKind::Possible(doubt) | ReadingKind::Unlikely(doubt) => Some(note(doubt)),
    });
    let mut findings = worst.findings.clone();
    findings.iter_mut().for_each(|finding| finding.notes.extend(doubt.clone()));
    findings
}

/// Returns the advice for a message in which git may or may not record some lines.
fn note(doubt: &Doubt) -> String {
    match doubt {
        Doubt::BelowScissors => {
            "git may or may not record the text below the scissors line: remove that line".to_owned()
        }
        Doubt::Comments(comment) => {
            let comment = escape(comment.as_bytes());
            format!("git may or may not record the lines that begin with `{comment}`: remove them")
        }
    }
}

/// Lowers the level `deny` to `warn`, and notes that a push with this commit is refused.
fn soften(finding: &mut Finding) {
    if finding.level == Level::Deny {
        (finding.level, finding.source) = (Level::Warn, LevelSource::Autosquash);
    }
    finding.notes.push(
        "a push of this commit is refused: squash it first, with `git rebase -i --autosquash`".to_owned(),
    );
}
