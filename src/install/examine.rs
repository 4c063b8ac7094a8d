//! Examination of an installation: what is installed, what is proven, and what may keep it from refusing.

use std::collections::HashSet;
use std::path::Path;

use super::accounts::closed_by_root;
use super::checks::{hook_not_run, writable_by_others};
use super::defect::Defect;
use super::hook_file::is_run;
use super::inspect::Inspection;
use super::{conditional, config_hooks, events, gits, history, inspect, judged, prove, receiving};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::platform;
use crate::text::escape_path;

/// Result of an examination.
#[derive(Debug, Default)]
pub(crate) struct Examination {
    /// Hooks, one line each.
    pub(crate) proofs: Vec<String>,
    /// Reasons why the hooks may not refuse, each with its repair.
    pub(crate) defects: Vec<Defect>,
    /// Remarks about what is not judged, one line each.
    pub(crate) notes: Vec<String>,
    /// True if the policy turns every refusal into a warning.
    pub(crate) warns_only: bool,
}

/// Inspects and proves the hooks of a repository.
///
/// # Errors
/// Fails if something cannot be inspected, or the scratch repositories cannot be created.
pub(crate) fn examine(repo: &Repo) -> Result<Examination> {
    let inspection = inspect(repo, events(repo.is_bare()))?;
    let policy = judged::judge(repo)?;
    let mut examined = Examination { warns_only: policy.warns_only, ..Examination::default() };
    if repo.is_bare() {
        examined.notes.extend(history::note(repo, &policy)?);
    }
    examined.notes.extend(conditional::notes(repo)?);
    examined.notes.extend(platform::UNCHECKED.map(str::to_owned));
    examined.notes.splice(0..0, policy.notes);
    let is_proven = !inspection.slots.is_empty() || !inspection.configured.is_empty();
    match (is_proven, repo.is_bare()) {
        (false, _) => {}
        (true, true) => {
            let proven = receiving::prove(repo)?;
            examined.proofs = proven.proofs;
            examined.defects = proven.defects;
            examined.notes.extend(proven.notes);
        }
        (true, false) => {
            examined.proofs = of_clone(&inspection);
            examined.defects = prove(&inspection)?;
            examined.notes.extend(older_gits(&inspection)?);
        }
    }
    let known: Vec<Defect> = inspection.defects.into_iter().chain(policy.defects).collect();
    examined.defects.splice(0..0, known);
    // Several gits may find the same.
    let mut seen = HashSet::new();
    examined.defects.retain(|defect| seen.insert(defect.message.clone()));
    Ok(examined)
}

/// Proves a hook that stands outside of repositories, by running it for pushes into scratch repositories.
///
/// # Errors
/// Fails if the file cannot be inspected, or a scratch repository cannot be created.
pub(crate) fn examine_file(hook: &Path) -> Result<Examination> {
    let hook = std::path::absolute(hook)
        .map_err(|error| Error::io(format!("cannot find {}", escape_path(hook)), error))?;
    let mut examined =
        Examination { defects: Vec::from_iter(writable_by_others(&hook)?), ..Examination::default() };
    if !is_run(&hook) || !hook.is_file() {
        examined.defects.push(hook_not_run(&hook));
        return Ok(examined);
    }
    examined.defects.extend(closed_by_root(&hook));
    let proven = receiving::prove_file(&hook)?;
    examined.proofs = proven.proofs;
    examined.defects.extend(proven.defects);
    Ok(examined)
}

fn of_clone(inspection: &Inspection) -> Vec<String> {
    let slots =
        inspection.slots.iter().map(|slot| format!("{} runs {}", slot.event, escape_path(slot.ours().0)));
    let configured = inspection.configured.iter().map(|event| format!("{event} is installed in git config"));
    slots.chain(configured).collect()
}

/// Names every git that would ignore a hook in git config.
fn older_gits(inspection: &Inspection) -> Result<Vec<String>> {
    let Some(event) = inspection.configured.first() else { return Ok(Vec::new()) };
    let name = config_hooks::name(*event);
    let older = gits::found()?.into_iter().filter(|git| !git.version.runs_config_hooks());
    Ok(older.map(|git| format!("{git} ignores hook.{name} in git config")).collect())
}
