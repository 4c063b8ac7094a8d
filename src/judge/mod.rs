//! Runs the rules on each subject, drops problems that are not new, and adds level and location.

mod comments;
mod commits;
mod conclude;
mod content;
mod deciding_files;
mod facts;
mod files;
mod finding;
mod git_config;
mod large_files;
mod merges;
mod multiset;
mod pool;
mod prescan;
mod push_advice;
mod queue;
mod refs;
mod rewinds;
mod reword;
mod secret_numbers;
mod signoff;
mod streamed;
mod subject;
mod tally;
mod tips;
mod token_exemptions;
mod tokens;
mod tree_files;
mod trees;
mod workflows;

pub(crate) use conclude::{conclude, conclude_push, remark_on_history};
pub(crate) use facts::{HeadFacts, KnownCommits, add_commits, add_in_head};
pub(crate) use push_advice::distance;
pub(crate) use signoff::{MappedPeople, allows_remediation, published, user_of_clone};
pub(crate) use streamed::FindingSink;
pub(crate) use tally::CommitTally;
pub(crate) use tree_files::InHead;
pub(crate) use workflows::workflow_problems;

use bstr::BString;
use git_config::ConfigJudgement;

use crate::config::ConfigFile;
use crate::error::Result;
use crate::git::{Added, Oid, Repo};
use crate::hook::RefUpdate;
use crate::hook::commit_msg::DraftCommit;
use crate::output::Ui;
use crate::policy::Policy;
use crate::report::{Checked, Report, Unread};
use crate::token::{self, Leak};

/// Context of a run: its repository and its policy.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Repository that contains the objects.
    pub(crate) repo: &'a Repo,
    /// Levels and settings of the rules.
    pub(crate) policy: &'a Policy,
}

impl Context<'_> {
    /// Judges a push: its ref updates, then all new objects. Counts the commits in `tally` meanwhile.
    ///
    /// Notes in the report the objects that cannot be read; the report is undecided then.
    ///
    /// With a sink, all findings are passed on, most of them meanwhile, and the report has none.
    ///
    /// # Errors
    /// Fails when git fails, and when there is more work than the policy allows.
    pub(crate) fn push(
        self,
        updates: &[RefUpdate],
        added: &Added,
        tally: &CommitTally,
        ui: &Ui,
        mut sink: Option<&mut dyn FindingSink>,
    ) -> Result<Report> {
        self.repo.work().limit_changed(self.policy.limits.changed_paths.map(Into::into));
        let mut report = Report::default();
        sink.as_mut().map_or(Ok(()), |sink| sink.pause())?;
        refs::add_findings(self, updates, &mut report);
        report.unread.extend(added.unread.iter().map(Unread::of_tip));
        report.unread.extend(added.cut.iter().copied().map(Unread::behind_cut));
        let of_commits = sink.as_mut().map(|sink| &mut **sink as &mut dyn FindingSink);
        let summary = commits::add_findings(self, added, tally, ui, of_commits, &mut report)?;
        content::add_findings(self, added, &mut report)?;
        deciding_files::add_unread(self, added, &mut report)?;
        push_advice::add(self, updates, added, &mut report)?;
        let checked = &mut report.checked;
        checked.unvisited_blobs = summary.map_or(0, |summary| summary.count_unvisited(&checked.blobs));
        if let Some(sink) = sink {
            report.findings.drain(..).try_for_each(|finding| sink.take(finding))?;
        }
        Ok(redacted(report))
    }

    /// Judges every file of one tree as if all of them were new.
    ///
    /// # Errors
    /// Fails when there is more work than the policy allows.
    pub(crate) fn tree(self, commit: Option<Oid>, tree: Oid) -> Result<Report> {
        self.repo.work().limit_changed(self.policy.limits.changed_paths.map(Into::into));
        let mut report = Report::default();
        content::add_tree_findings(self, commit, tree, &mut report)?;
        Ok(redacted(report))
    }

    /// Judges the effective git config of the repository.
    ///
    /// # Errors
    /// Fails when a file of the config exists and cannot be read, or when the config is larger than git-gate
    /// reads.
    pub(crate) fn git_config(self) -> Result<Report> {
        git_config::report(self, ConfigJudgement::Scan)
    }

    /// Judges the git config of the repository for a push; remarks on that of the user.
    ///
    /// # Errors
    /// As [`Self::git_config`].
    pub(crate) fn git_config_of_push(self) -> Result<Report> {
        git_config::report(self, ConfigJudgement::Push)
    }

    /// Returns whether an exemption lets a credential in a file of the git config pass.
    pub(crate) fn is_exempted(self, file: &ConfigFile, leak: &Leak) -> bool {
        git_config::is_exempted(self, file, leak)
    }

    /// Judges the names of refs that are scanned.
    pub(crate) fn ref_names(self, names: &[BString]) -> Report {
        let mut report = Report::default();
        refs::add_name_findings(self, names, &mut report);
        report
    }

    /// Judges a commit that is about to be made.
    ///
    /// # Errors
    /// Fails when the commit concludes a merge that cannot be repeated.
    pub(crate) fn draft(self, draft: &DraftCommit) -> Result<Report> {
        let checked = Checked { commits: 1, ..Checked::default() };
        Ok(redacted(Report { checked, ..signoff::draft_report(self, draft)? }))
    }
}

/// Redacts the advice, the remarks and the unread objects of a report. Findings are redacted when they are made.
fn redacted(mut report: Report) -> Report {
    let lines = report.advice.iter_mut().chain(&mut report.remarks);
    lines.for_each(|line| *line = token::redact_message(std::mem::take(line)));
    for Unread { path, why, hint, .. } in &mut report.unread {
        *path = token::redact(path);
        *why = token::redact_message(std::mem::take(why));
        *hint = token::redact_message(std::mem::take(hint));
    }
    report
}
