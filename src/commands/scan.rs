//! `git gate scan`: checks history, one tree, or the effective git config.

pub(super) mod filters;
mod streamed;

use std::ffi::OsString;

use bstr::{BString, ByteSlice as _};

use super::status;
use crate::cli::{Format, ScanArgs};
use crate::error::{Error, ExitStatus, Result};
use crate::git::{Added, Ancestry, Authority, AuthorityPlace, Excluded, ObjectKind, Repo, Revisions, Tip};
use crate::judge::{self, CommitTally, Context, FindingSink};
use crate::output::{self, Progress, Ui};
use crate::policy;
use crate::report::{Baseline, Filter, Report, Selection, Unread, UnreadPlace};

/// Checks the objects that the arguments select, and writes the report to standard output.
pub(crate) fn run(args: &ScanArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let filter = filters::filter(&args.filters)?;
    in_repo(Repo::open()?, &filter, args, ui)
}

/// Checks objects of a repository, as [`run`].
pub(super) fn in_repo(repo: Repo, filter: &Filter, args: &ScanArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let policy = match &args.policy {
        Some(path) => policy::in_file(path, &repo),
        None => policy::in_force(&repo),
    };
    let mut report = Report::default();
    // Where the default branch decides, nothing can be judged without it.
    let policy = report.read(policy, UnreadPlace { commit: None, path: b"" })?;
    let is_known = policy.is_some();
    let mut policy = policy.unwrap_or_default();
    if args.write_baseline.is_some() {
        policy.old_findings = None;
    } else if args.report.format == Format::Jsonl && args.report.output.is_empty() {
        let (context, ui) = (Context { repo: &repo, policy: &policy }, ui.for_lines());
        return streamed::run(context, filter, report, args.tree.is_none(), |sink| match is_known {
            true => judged(context, args, &ui, Some(sink)),
            false => Ok(Report::default()),
        });
    }
    if is_known {
        report.merge(judged(Context { repo: &repo, policy: &policy }, args, ui, None)?);
    }
    if args.write_baseline.is_some() && !report.unread.is_empty() {
        report.remarks.push("no baseline was written: not everything could be read".to_owned());
    } else if let Some(path) = &args.write_baseline {
        let (baseline, text, left) = Baseline::of(&report.findings)?;
        output::save_baseline(path, &text, repo.work_tree())?;
        policy.old_findings = Some(baseline.into());
        report.remarks.extend(Baseline::left_out(left));
    }
    let progress = Progress::spinner(ui, "comparing with HEAD");
    judge::conclude(&mut report, &policy)?;
    if args.tree.is_none() {
        judge::remark_on_history(&mut report);
    }
    let needs = wanted(args, filter, &report);
    if needs.commits {
        judge::add_commits(&repo, &mut report);
    }
    if needs.in_head {
        judge::add_in_head(Context { repo: &repo, policy: &policy }, &mut report)?;
    }
    report.number_findings();
    filter.apply(&mut report);
    progress.finish();
    let status = status(&report);
    super::report::write(&report, &args.report, repo.work_tree(), ui, status)?;
    Ok(status)
}

/// Checks what the arguments select. A sink takes the findings about the history.
fn judged(
    context: Context<'_>,
    args: &ScanArgs,
    ui: &Ui,
    sink: Option<&mut dyn FindingSink>,
) -> Result<Report> {
    let mut report = Report::default();
    let judged = match (&args.tree, args.git_config) {
        (Some(revision), _) => tree(context, revision),
        (None, true) => Ok(Report::default()),
        (None, false) => history(context, &args.revisions.arguments, ui, sink),
    };
    // A revision itself may be what cannot be read.
    let judged = report.read(judged, UnreadPlace { commit: None, path: b"" })?;
    report.merge(judged.unwrap_or_default());
    if !args.no_git_config && (args.tree.is_none() || args.git_config) {
        report.merge(context.git_config()?);
    }
    Ok(report)
}

/// Returns the facts about the findings that the formats and the filters need.
fn wanted(args: &ScanArgs, filter: &Filter, report: &Report) -> Selection {
    let mut wanted = filter.needs();
    args.report.formats().for_each(|format| wanted.add(output::needs(report, format)));
    wanted.commits |= args.report.stat;
    wanted
}

/// Checks the commits that the revisions reach, as a server would check a push of them. Without a revision: those of HEAD.
pub(super) fn history(
    Context { repo, policy }: Context<'_>,
    named: &[OsString],
    ui: &Ui,
    sink: Option<&mut dyn FindingSink>,
) -> Result<Report> {
    let head = [OsString::from("HEAD")];
    let revisions = if named.is_empty() { &head[..] } else { named };
    let progress = Progress::spinner(ui, "finding commits");
    let Revisions { tips, hidden, refs, broken_refs } = Revisions::parse(revisions)?;
    // The start of a range is the accepted history. Without a start there is none.
    let accepted = match hidden.first() {
        Some(oid) => repo.store().peel_to_commit(*oid)?,
        None => None,
    };
    let tips: Vec<Tip> = tips.into_iter().map(|oid| Tip { oid, accepted, replaced: None }).collect();
    let tips = with_rewinds(repo, tips)?;
    let authority = match hidden.is_empty() {
        true => Authority::of_repository(repo)?,
        false => Authority { commit: accepted, place: AuthorityPlace::RangeStart, next: None },
    };
    let added = Added::find(
        repo,
        &tips,
        &Excluded { oids: hidden, is_start: true, ..Excluded::default() },
        authority,
    )?;
    progress.finish();
    let tree = accepted.map(|commit| Ok(repo.store().commit(commit)?.tree)).transpose()?;
    let on_server = policy.is_for_server().then(|| policy.clone().for_server(tree));
    let policy = on_server.as_ref().unwrap_or(policy);
    let context = Context { repo, policy };
    let mut report = context.push(&[], &added, &CommitTally::default(), ui, sink)?;
    report.merge(context.ref_names(&scanned_names(named, refs)));
    report.unread.extend((broken_refs > 0).then(|| Unread::broken_refs(broken_refs)));
    Ok(report)
}

/// Returns the names of the refs that are scanned, and the revisions as they are written, but for those after `--not`.
fn scanned_names(revisions: &[OsString], mut names: Vec<BString>) -> Vec<BString> {
    let is_name = |text: &&[u8]| !text.is_empty() && !text.starts_with(b"-");
    let mut is_hidden = false;
    for revision in revisions {
        is_hidden ^= revision == "--not";
        if is_hidden {
            continue;
        }
        let parts = revision
            .as_encoded_bytes()
            .split_str("..")
            .map(|part| part.trim_start_with(|c| "^.".contains(c)));
        names.extend(parts.filter(is_name).map(BString::from));
    }
    names
}

/// Notes which tips are older than the start of the range, as if a ref were moved back from there.
///
/// A tip beside the start is not compared with it: most are branches, which do not replace anything.
fn with_rewinds(repo: &Repo, mut tips: Vec<Tip>) -> Result<Vec<Tip>> {
    let mut ancestry = Ancestry::default();
    for tip in &mut tips {
        let Some(accepted) = tip.accepted else { continue };
        let new = match repo.store().peel_to_commit(tip.oid) {
            // The search for new commits meets it again, and notes it.
            Err(error) if error.object().is_some() => continue,
            new => new?,
        };
        let Some(new) = new else { continue };
        tip.replaced = ancestry.reaches(repo.store(), accepted, new)?.then_some(accepted);
    }
    Ok(tips)
}

/// Checks the tree of a revision, without its history.
fn tree(context: Context<'_>, revision: &OsString) -> Result<Report> {
    let revisions = Revisions::parse(std::slice::from_ref(revision))?;
    let ([oid], []) = (revisions.tips.as_slice(), revisions.hidden.as_slice()) else {
        return Err(Error::usage("`--tree` takes one revision, not a range"));
    };
    let peeled = context.repo.store().peel(*oid)?;
    match peeled.kind {
        ObjectKind::Commit => context.tree(Some(peeled.oid), context.repo.store().commit(peeled.oid)?.tree),
        ObjectKind::Tree => context.tree(None, peeled.oid),
        ObjectKind::Blob | ObjectKind::Tag => Err(Error::usage("`--tree` needs a commit or a tree")),
    }
}
