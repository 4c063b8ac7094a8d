//! pre-receive: judges a push on the server, before anything of it is there.

use bstr::BString;

use crate::error::{Error, Result};
use crate::finding::Report;
use crate::git::{Added, Known, Oid, Repo, Tip};
use crate::hook::RefUpdate;
use crate::judge::Bench;
use crate::output::Ui;
use crate::policy::{self, RefPattern, RefPolicy};

/// Judges what the ref updates bring.
pub(super) fn judge(updates: &[RefUpdate], ui: &Ui) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::on_server(&repo)?;
    let tips = tips(&repo, updates, &policy.refs)?;
    let added = Added::find(&repo, &tips, &known(&policy.refs))?;
    Bench { repo: &repo, policy: &policy }.push(updates, &added, ui)
}

/// The refs that the policy covers are known: whatever they reach was judged when it came.
fn known(refs: &RefPolicy) -> Known {
    let texts =
        |patterns: &[RefPattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    Known { oids: Vec::new(), refs: texts(&refs.cover), except: texts(&refs.exempt) }
}

/// The new values of the refs that the policy covers.
fn tips(repo: &Repo, updates: &[RefUpdate], refs: &RefPolicy) -> Result<Vec<Tip>> {
    let mut names: Vec<BString> = vec!["HEAD".into()];
    let mut oids = Vec::new();
    for update in updates {
        let Some(oid) = update.new else { continue };
        exists(repo, oid)?;
        if refs.covers(update.refname.as_ref()) {
            names.push(update.refname.clone());
            oids.push(oid);
        }
    }
    if oids.is_empty() {
        return Ok(Vec::new());
    }
    // What the client says of the old values is not asked: it may say anything.
    let mut values = repo.ref_values(&names)?.into_iter();
    let default_branch = values.next().flatten();
    let accepted = |now: Option<Oid>| now.or(default_branch).map_or(Ok(None), |oid| repo.commit_behind(oid));
    oids.into_iter().zip(values).map(|(oid, now)| Ok(Tip { oid, accepted: accepted(now)? })).collect()
}

fn exists(repo: &Repo, oid: Oid) -> Result<()> {
    match repo.find(oid)? {
        Some(_) => Ok(()),
        None => Err(Error::git(format!("the push names object {oid}, which did not arrive"))),
    }
}
