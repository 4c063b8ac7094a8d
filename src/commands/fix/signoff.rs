//! Adds the user's own sign-off to the last commit, never the sign-off of another person.

use super::remedy::PublishedCommits;
use crate::cli::FixArgs;
use crate::error::{Error, ExitStatus, Result};
use crate::git::{
    Authority, Commit, Git, Oid, Remotes, Repo, StoppedOperation, checked_out_commit, reached_only,
    stopped_operation,
};
use crate::judge::MappedPeople;
use crate::output::Ui;
use crate::policy::{self, Policy};
use crate::signoff::{Certification, Identity, People, assess};

/// Shows the missing sign-off; with `--apply` adds it.
///
/// A published commit is not changed: prints the command that signs it off by a later one, if that counts.
pub(super) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let policy = policy::in_force(&repo)?;
    let commit = head(&repo)?;
    let authority = || Authority::of_repository(&repo);
    let mapped = MappedPeople::read(&repo, &policy, authority)?;
    let people = &mapped.people;
    let signer = missing(&policy, people, &commit);
    let absence = mapped.absence.iter().filter(|_| !matches!(signer, Ok(None)));
    mapped.remark.iter().chain(absence).for_each(|remark| ui.err(&format!("note: {remark}\n")));
    let public = public()?;
    let signer = match signer {
        Ok(Some(signer)) if !is_published(commit.oid, &public)? => {
            require_no_stopped_operation(&repo)?;
            signer
        }
        signer => {
            let published =
                PublishedCommits { repo: &repo, policy: &policy, people, head: commit.oid, public: &public };
            return remedy(&published, signer, args, ui);
        }
    };
    ui.out(&format!("{}\n+ Signed-off-by: {signer}\n", commit.oid.short()));
    if !args.apply {
        ui.out("nothing was changed; to apply, run `git gate fix --sign-off --apply`\n");
        return Ok(ExitStatus::Clean);
    }
    // With `--only` and no path, staged changes stay out of the commit.
    let amend = ["--amend", "--only", "--allow-empty", "--no-edit", "--signoff", "--quiet"];
    Git::of_user("commit").args(amend).output()?;
    match missing(&policy, people, &head(&repo)?)? {
        None => Ok(ExitStatus::Clean),
        Some(_) => Err(Error::git("the last commit is now signed off, but it would still be refused")),
    }
}

/// Fails while an operation of git waits to be continued: the last commit may then be any that it has come to.
fn require_no_stopped_operation(repo: &Repo) -> Result<()> {
    let Some(StoppedOperation { command }) = stopped_operation(repo) else { return Ok(()) };
    Err(Error::usage(format!("`git {command}` has stopped, so the last commit is not changed"))
        .hinted(format!("finish it first: `git {command} --continue`, or `git {command} --abort`")))
}

/// Prints the commands that sign off published commits; says why there are none.
///
/// `last` tells who has to sign the last commit, if anyone.
fn remedy(
    published: &PublishedCommits<'_>,
    last: Result<Option<Identity>>,
    args: &FixArgs,
    ui: &mut Ui,
) -> Result<ExitStatus> {
    let commands = published.commands(&user()?)?;
    if commands.is_empty() {
        return match last? {
            None => {
                ui.out("the last commit is already signed off\n");
                Ok(ExitStatus::Clean)
            }
            Some(_) => Err(Error::usage("the last commit was already pushed, so it is not changed").hinted(
                "a later commit can sign it off before it is on the default branch, if `sign-off.remediation` in the \
                 policy or `allowRemediationCommits` in `.github/dco.yml` there allows it",
            )),
        };
    }
    ui.out("# these commits were already pushed, so they are not changed; a later commit signs them off:\n");
    commands.iter().for_each(|command| ui.out(&format!("{command}\n")));
    match args.apply {
        true => Err(Error::usage("commits that were already pushed are not changed")
            .hinted("run the command above to make the commit")),
        false => Ok(ExitStatus::Clean),
    }
}

fn head(repo: &Repo) -> Result<Commit> {
    let oid = checked_out_commit()?.ok_or_else(|| Error::git("HEAD is not a commit"))?;
    repo.store().commit(oid)
}

/// Returns the identity with which the user signs.
fn user() -> Result<Identity> {
    let ident = Git::new("var").arg("GIT_COMMITTER_IDENT").output()?;
    Identity::of_header(ident.trim_ascii_end())
        .ok_or_else(|| Error::git("unexpected output of `git var GIT_COMMITTER_IDENT`"))
}

/// Returns the user's identity if the user's sign-off is missing; `None` if no sign-off is missing.
///
/// Fails if the author is another person.
fn missing(policy: &Policy, people: &People, commit: &Commit) -> Result<Option<Identity>> {
    let assessment = assess(&commit.text, &policy.signoff, people);
    if assessment.certification == Certification::Given {
        return Ok(None);
    }
    let user = user()?;
    let author =
        assessment.author.ok_or_else(|| Error::usage("cannot parse the author of the last commit"))?;
    if people.same(&author, &user) {
        return Ok(Some(user));
    }
    Err(Error::usage(format!("the last commit is by {author}, but you are {user}")).hinted(
        "only its author can sign it off; if that is you, set `user.name` and `user.email` with `git config`",
    ))
}

/// Returns the values of the remote-tracking refs.
fn public() -> Result<Vec<Oid>> {
    Ok(Remotes::read()?.tracking_refs()?.iter().map(|tracking| tracking.oid).collect())
}

/// Returns whether a remote-tracking ref reaches a commit.
fn is_published(commit: Oid, public: &[Oid]) -> Result<bool> {
    Ok(!public.is_empty() && !reached_only(&[commit], public)?.contains(&commit))
}
