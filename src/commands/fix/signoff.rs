//! Adds the user's own sign-off to the last commit, never the sign-off of another person.

use crate::cli::FixArgs;
use crate::error::{Error, ExitStatus, Result};
use crate::git::{Authority, Commit, Git, Oid, Remotes, Repo, reached_only};
use crate::judge::MappedPeople;
use crate::output::Ui;
use crate::policy::{self, Policy};
use crate::signoff::{Certification, Identity, People, assess};

/// Shows the missing sign-off; with `--apply` adds it.
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
    let Some(signer) = signer? else {
        ui.out("the last commit is already signed off\n");
        return Ok(ExitStatus::Clean);
    };
    if is_published(commit.oid)? {
        return Err(Error::usage("the last commit was already pushed, so it is not changed"));
    }
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

fn head(repo: &Repo) -> Result<Commit> {
    let output = Git::new("rev-parse").args(["--verify", "HEAD^{commit}"]).output()?;
    let oid = Oid::from_hex(output.trim_ascii_end()).ok_or_else(|| Error::git("HEAD is not a commit"))?;
    repo.store().commit(oid)
}

/// Returns the user's identity if the user's sign-off is missing; `None` if no sign-off is missing.
///
/// Fails if the author is another person.
fn missing(policy: &Policy, people: &People, commit: &Commit) -> Result<Option<Identity>> {
    let assessment = assess(&commit.text, &policy.signoff, people);
    if assessment.certification == Certification::Given {
        return Ok(None);
    }
    let ident = Git::new("var").arg("GIT_COMMITTER_IDENT").output()?;
    let user = Identity::of_header(ident.trim_ascii_end())
        .ok_or_else(|| Error::git("unexpected output of `git var GIT_COMMITTER_IDENT`"))?;
    let author =
        assessment.author.ok_or_else(|| Error::usage("cannot parse the author of the last commit"))?;
    if people.same(&author, &user) {
        return Ok(Some(user));
    }
    Err(Error::usage(format!("the last commit is by {author}, but you are {user}")).hinted(
        "only its author can sign it off; if that is you, set `user.name` and `user.email` with `git config`",
    ))
}

/// Returns whether a remote-tracking ref reaches the last commit.
fn is_published(head: Oid) -> Result<bool> {
    let tracking = Remotes::read()?.tracking_refs()?;
    let public: Vec<Oid> = tracking.iter().map(|tracking| tracking.oid).collect();
    Ok(!public.is_empty() && !reached_only(&[head], &public)?.contains(&head))
}
