//! commit-msg and applypatch-msg: check the commit that is about to be made. They never write.

use std::path::Path;

use crate::error::Result;
use crate::git::Repo;
use crate::hook::{HookEvent, applypatch_msg, commit_msg};
use crate::judge::{self, Context};
use crate::policy;
use crate::report::Report;

/// Checks the message in the file that git passes to the hook.
pub(super) fn report(event: HookEvent, file: &Path) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::in_force(&repo)?;
    let read = if event == HookEvent::ApplypatchMsg { applypatch_msg::read } else { commit_msg::read };
    let draft = read(&repo, file)?;
    let mut report = Context { repo: &repo, policy: &policy }.draft(&draft)?;
    judge::conclude(&mut report, &policy);
    Ok(report)
}
