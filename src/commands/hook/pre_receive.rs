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
    for oid in updates.iter().filter_map(|update| update.new) {
        exists(&repo, oid)?;
    }
    let Covered { tips, known } = Covered::find(&repo, updates, &policy.refs)?;
    let added = Added::find(&repo, &tips, &known)?;
    Bench { repo: &repo, policy: &policy }.push(updates, &added, ui)
}

/// The part of a push that the policy covers.
struct Covered {
    /// The new values of covered refs.
    tips: Vec<Tip>,
    /// All covered refs: whatever they reach was judged when it came.
    known: Known,
}

impl Covered {
    fn find(repo: &Repo, updates: &[RefUpdate], refs: &RefPolicy) -> Result<Self> {
        let texts =
            |patterns: &[RefPattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        let mut known = Known { refs: texts(&refs.cover), except: texts(&refs.exempt), ..Known::default() };
        let new = |update: &RefUpdate| Some((update.refname.clone(), update.new?));
        let (mut names, oids): (Vec<BString>, Vec<Oid>) =
            updates.iter().filter(|update| refs.covers(update.refname.as_ref())).filter_map(new).unzip();
        if oids.is_empty() {
            return Ok(Self { tips: Vec::new(), known });
        }
        names.extend(repo.default_branch()?);
        // What the client says of the old values is not asked: it may say anything.
        let values = repo.ref_values(&names)?;
        let covered = names.iter().zip(&values).filter(|(name, _)| refs.covers(name.as_ref()));
        known.values = covered.filter_map(|(_, value)| *value).collect();
        let default_branch = values.get(oids.len()).copied().flatten();
        let tips = oids
            .iter()
            .zip(&values)
            .map(|(oid, now)| tip(repo, *oid, now.or(default_branch)))
            .collect::<Result<_>>()?;
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
