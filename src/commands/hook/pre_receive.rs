//! pre-receive: judges a push on the server, before anything of it is there.

use std::time::Instant;

use bstr::BString;

use crate::env;
use crate::error::{Error, Result};
use crate::finding::Report;
use crate::git::{Added, Known, Oid, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::Bench;
use crate::output::Ui;
use crate::policy::{self, Policy, RefPattern, RefPolicy, ServerType};
use crate::server::{Gate, judge_until};

/// Judges what the ref updates bring, and lets it in all the same where the policy grants a bypass.
pub(super) fn judge(updates: Vec<RefUpdate>, started: Instant, ui: &mut Ui) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::on_server(&repo)?;
    if policy.server.server_type == ServerType::Gitlab && env::gitlab_protocol_is_web() {
        *ui = ui.for_gitlab_page();
    }
    let gate = Gate::new(&policy.server, repo.common_dir().to_owned())?;
    let deadline = policy.server.deadline.map(|deadline| (deadline, started));
    let ui = *ui;
    let (updates, judged) = judge_until(deadline, updates, move |mut updates| {
        let judged = judge_by(&policy, &repo, &mut updates, &ui);
        (updates, judged)
    });
    gate.settle(&updates, judged)
}

fn judge_by(policy: &Policy, repo: &Repo, updates: &mut [RefUpdate], ui: &Ui) -> Result<Report> {
    for oid in updates.iter().filter_map(|update| update.new) {
        exists(repo, oid)?;
    }
    let default_branch = look(repo, updates)?;
    let Covered { tips, known } = Covered::find(repo, updates, default_branch, &policy.refs)?;
    let added = Added::find(repo, &tips, &known)?;
    Bench { repo, policy }.push(updates, &added, ui)
}

/// Puts what each ref is now in the place of what the client says of it, which may be anything; gives the default branch
/// and what it is now.
fn look(repo: &Repo, updates: &mut [RefUpdate]) -> Result<Option<(BString, Option<Oid>)>> {
    let mut names: Vec<BString> = updates.iter().map(|update| update.refname.clone()).collect();
    let default_branch = repo.default_branch()?;
    names.extend(default_branch.clone());
    let mut values = repo.ref_values(&names)?.into_iter();
    updates.iter_mut().zip(&mut values).for_each(|(update, value)| update.old = value);
    Ok(default_branch.map(|name| (name, values.next().flatten())))
}

/// The part of a push that the policy covers.
struct Covered {
    /// The new values of covered refs.
    tips: Vec<Tip>,
    /// All covered refs: whatever they reach was judged when it came.
    known: Known,
}

impl Covered {
    fn find(
        repo: &Repo,
        updates: &[RefUpdate],
        default_branch: Option<(BString, Option<Oid>)>,
        refs: &RefPolicy,
    ) -> Result<Self> {
        let texts =
            |patterns: &[RefPattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        let mut known = Known { refs: texts(&refs.cover), except: texts(&refs.exempt), ..Known::default() };
        let covered =
            updates.iter().filter(|update| update.new.is_some() && refs.covers(update.refname.as_ref()));
        let accepted = default_branch.as_ref().and_then(|(_, value)| *value);
        let mut tips = Vec::new();
        for update in covered {
            let Some(oid) = update.new else { continue };
            tips.push(tip(repo, oid, update.old.or(accepted))?);
            known.values.extend(update.old);
        }
        known.values.extend(
            default_branch.filter(|(name, _)| refs.covers(name.as_ref())).and_then(|(_, value)| value),
        );
        Ok(Self { tips, known })
    }
}

fn tip(repo: &Repo, oid: Oid, accepted: Option<Oid>) -> Result<Tip> {
    Ok(Tip { oid, accepted: accepted.map_or(Ok(None), |oid| repo.commit_behind(oid))? })
}

fn exists(repo: &Repo, oid: Oid) -> Result<()> {
    match repo.find(oid)? {
        Some(_) => Ok(()),
        None => Err(Error::git(format!("the push names object {oid}, which did not arrive"))),
    }
}
