//! Judges new commits, each once: on one thread if there are few, on all cores if there are many.

use super::Context;
use super::merges;
use super::pool::{CommitReports, Outcome, Pool, in_order};
use super::prescan::Prescan;
use super::rewinds;
use super::reword::Rewording;
use super::signoff::SignoffJudge;
use super::streamed::{self, FindingSink};
use super::tally::CommitTally;
use super::tips;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{Added, Ancestry, Graph, PackSummary};
use crate::output::{Progress, Ui};
use crate::report::{Report, UnreadPlace};

/// Reports on the commits of one history.
#[derive(Default)]
pub(super) struct HistoryReports {
    pub(super) commits: CommitReports,
    pub(super) signoffs: Report,
    pub(super) rewinds: Report,
    pub(super) tips: Report,
}

/// Judges all new commits and adds their findings to the report, older commits first.
///
/// With a sink, most of the findings are passed on in this order meanwhile.
///
/// Returns the summary of the packs, if there is one: it knows the blobs that were not visited.
///
/// # Errors
/// Fails when an object cannot be read, or when a merge cannot be repeated.
pub(super) fn add_findings(
    context: Context<'_>,
    added: &Added,
    tally: &CommitTally,
    ui: &Ui,
    sink: Option<&mut dyn FindingSink>,
    report: &mut Report,
) -> Result<Option<PackSummary>> {
    let Context { repo, policy } = context;
    let Some(history) = &added.history else { return Ok(None) };
    let signoffs = SignoffJudge::new(repo, policy, history.accepted, added.authority);
    let place = UnreadPlace { commit: added.authority.commit, path: b"" };
    let signoffs = match report.read(signoffs, place)? {
        Some(signoffs) => signoffs,
        None => SignoffJudge::off(policy, added.authority),
    };
    let mut graph = Graph::default();
    let prescan = Prescan::run(context, &history.commits, &signoffs, &mut graph, ui)?;
    let progress = Progress::commits(ui, "checking commits");
    let rewording = Rewording::default();
    let pool = Pool {
        policy,
        history,
        signoffs: &signoffs,
        prescan: &prescan,
        tally,
        progress: &progress,
        rewording: &rewording,
    };
    let judged = match sink {
        Some(sink) => streamed::reports(context, pool, graph, added, sink),
        None => reports(context, pool, graph, added),
    };
    progress.finish();
    let HistoryReports { commits, signoffs, rewinds, tips } = judged?;
    in_order(commits.of_commits)
        .into_iter()
        .chain([commits.rest, rewinds])
        .for_each(|other| report.merge(other));
    report.unread.extend(signoffs.unread);
    // Findings about sign-offs come before all others.
    report.findings.splice(0..0, signoffs.findings);
    report.advice.extend(signoffs.advice);
    report.baseline_advice.extend(signoffs.baseline_advice);
    report.repaired.extend(signoffs.repaired);
    report.remarks.extend(signoffs.remarks);
    report.proofs.merge(signoffs.proofs);
    report.unsigned = signoffs.unsigned;
    report.merge(tips);
    Ok(prescan.summary)
}

/// Judges the commits while they are found, and then what needs the whole history.
fn reports(context: Context<'_>, pool: Pool<'_>, mut graph: Graph, added: &Added) -> Result<HistoryReports> {
    let Context { repo, .. } = context;
    let Pool { history, signoffs, prescan, .. } = pool;
    let mut trees = TreeJudge::of_commits(context, prescan.summary.as_ref());
    let Outcome { verdicts, reports: mut commits, merges } = pool.run(repo, &mut trees, &mut graph)?;
    pool.progress.go_on("checking merges");
    let mut ancestry = Ancestry::new(graph);
    commits.merge(merges::reports(context, prescan, &mut ancestry, &merges, &mut trees)?);
    let mut rewinds = Report::default();
    rewinds::add_findings(context, history, &mut ancestry, &mut trees, &mut rewinds)?;
    let mut tips = Report::default();
    tips::add_findings(context, history, &mut ancestry, prescan.summary.as_ref(), &mut tips)?;
    let is_whole = commits.is_whole() && added.unread.is_empty();
    let mut verdicts = in_order(verdicts);
    let settled = signoffs.settle(repo, ancestry, &mut verdicts)?;
    let signoffs = signoffs.conclude(repo, verdicts, settled, is_whole)?;
    Ok(HistoryReports { commits, signoffs, rewinds, tips })
}
