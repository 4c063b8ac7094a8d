//! commit-msg and applypatch-msg: check the commit that is about to be made. They never write.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use crate::env;
use crate::error::{Error, Result};
use crate::git::{CommitText, Repo};
use crate::hook::commit_msg::{DraftCommit, DraftText};
use crate::hook::{HookEvent, applypatch_msg, commit_msg, git_call};
use crate::judge::{self, Context};
use crate::platform;
use crate::policy;
use crate::report::{Level, Report, RuleMeta};
use crate::rules;
use crate::signoff::cleanup::{Doubt, ReadingKind};
use crate::text::{quoted, quoted_path};
use crate::token;

/// Files in which git keeps the message of a commit, or of a merge, that a hook refuses.
const MESSAGE_FILES: [&str; 2] = ["COMMIT_EDITMSG", "MERGE_MSG"];

/// Checks the message in the file that git passes to the hook.
pub(super) fn report(event: HookEvent, file: &Path) -> Result<Report> {
    let repo = Repo::open()?;
    let policy = policy::in_force(&repo)?;
    let read = if event == HookEvent::ApplypatchMsg { applypatch_msg::read } else { commit_msg::read };
    let draft = read(&repo, file)?;
    let mut report = Context { repo: &repo, policy: &policy }.draft(&draft)?;
    judge::conclude(&mut report, &policy)?;
    let is_denied = |is_about: fn(&RuleMeta) -> bool| {
        report.findings.iter().any(|finding| finding.level == Level::Deny && is_about(finding.rule))
    };
    let is_malformed = is_denied(rules::is_about_malformed_commits);
    if is_malformed || is_denied(rules::is_about_missing_signoffs) {
        report.advice.extend(commands(&repo, &draft, file, is_malformed)?);
    }
    Ok(report)
}

/// Returns the commands that make the commit with a sign-off and the message that was refused.
///
/// An amend and a cherry-pick keep the author, so a malformed one is set anew.
fn commands(repo: &Repo, draft: &DraftCommit, file: &Path, is_malformed: bool) -> Result<Vec<String>> {
    if draft.is_patch {
        // If `git am` goes on with the patch, it passes the same message to the hook, whatever its options.
        let again = "git am --signoff <patches>    # the same patches as before";
        return Ok(vec!["git am --abort".to_owned(), again.to_owned()]);
    }
    // `git commit -v` cuts off the diff that it has put below the message.
    let has_diff = std::fs::read(file).is_ok_and(|text| text.contains_str(" >8 -"));
    let verbose = if has_diff { " -v" } else { "" };
    let is_amend = git_call::is_amend();
    let amend = if is_amend { " --amend" } else { "" };
    let keeps_author = is_amend || repo.git_dir().join("CHERRY_PICK_HEAD").exists();
    let reset = if is_malformed && keeps_author { " --reset-author" } else { "" };
    // With `GIT_EDITOR=:` of the user's own, the hook would take the comments of git for a part of the message again.
    let is_in_doubt = |text: &DraftText| matches!(text.kind, ReadingKind::Possible(Doubt::Comments(_)));
    let is_unedited = !commit_msg::has_editor() && draft.texts.iter().any(is_in_doubt);
    let editor = if is_unedited { "GIT_EDITOR=true " } else { "" };
    // An editor makes git take lines for comments that it has kept before.
    let may_be_comment = |line: &[u8]| line.first().is_some_and(u8::is_ascii_punctuation);
    let has_comments = draft.texts.iter().any(|draft| draft.text.message.lines().any(may_be_comment));
    let from = if commit_msg::has_editor() || is_unedited || !has_comments { "-eF" } else { "-F" };
    let author = if is_malformed || keeps_author { None } else { other_author(draft) };
    let author = author.map_or(String::new(), |author| format!(" --author={}", quoted(&author)));
    let file = message_file(repo, file)?;
    let options = "the message is there; add options such as -a";
    Ok(vec![format!(
        "{editor}git commit{amend}{reset}{verbose}{author} --signoff {from} {file}    # {options}"
    )])
}

/// Returns the author of a commit, if another one than the committer, as `--author` takes it. One with a credential is not
/// shown.
fn other_author(draft: &DraftCommit) -> Option<String> {
    let CommitText { authors, committers, .. } = &draft.texts.first()?.text;
    let person = |identities: &[BString]| {
        let (person, _) = identities.first()?.rsplit_once_str("> ")?;
        Some(format!("{}>", person.to_str().ok()?))
    };
    let (author, committer) = (person(authors)?, person(committers)?);
    let is_shown =
        !author.contains(char::is_control) && token::redact(author.as_bytes()) == author.as_bytes();
    (author != committer && is_shown).then_some(author)
}

/// Returns the message file as an argument for the shell, which holds in every directory of the work tree.
fn message_file(repo: &Repo, file: &Path) -> Result<String> {
    let name = file.file_name().and_then(OsStr::to_str).filter(|name| MESSAGE_FILES.contains(name));
    let is_of_git = |name: &&str| is_same(file, &repo.git_dir().join(name));
    Ok(match name.filter(is_of_git) {
        Some(name) => format!("\"$(git rev-parse --git-path {name})\""),
        None => quoted_path(&seen_by_user(file)?),
    })
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((platform::real_path(a), platform::real_path(b)), (Ok(a), Ok(b)) if a == b)
}

/// Returns a path that holds in the directory in which the user has called git.
///
/// git runs the hook at the top of the work tree.
fn seen_by_user(file: &Path) -> Result<PathBuf> {
    let is_below = env::git_variable("GIT_PREFIX").is_some_and(|prefix| !prefix.is_empty());
    if !is_below {
        return Ok(file.to_owned());
    }
    std::path::absolute(file).map_err(|error| Error::io("cannot find the message file", error))
}
