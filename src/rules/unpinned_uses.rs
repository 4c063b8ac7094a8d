//! Rule `unpinned-uses`: a `uses:` is not pinned to a full commit oid.

use std::cell::LazyCell;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::escape;
use crate::workflow::{
    Document, ForeignAction, Job, KnownPins, LOCK_PATH, Reference, Repository, Uses, UsesClause,
    WorkflowSettings, shorten, version,
};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unpinned-uses",
        group: Group::Workflow,
        default_level: Level::Deny,
        summary: "a `uses:` is not pinned to a full commit oid",
        docs: r#"### What it checks

Every `uses:` of a workflow or an action names a commit: `owner/repository` and an optional path, followed by one `@` and
exactly 40 lower-case hexadecimal digits. This covers steps, reusable workflows, the steps of composite actions and steps
inside `parallel`, regardless of `if`, and also values given by an alias or by `${{ 'literals' }}`.

An action on a host of its own (`https://host/owner/repository`, for Gitea and Forgejo) is another action than the one without
a host. Local paths (`./`, `$/`) need no pin, unless an earlier step of the job has checked out another repository over
the work tree, or over a folder in which actions usually are (`.github`, `.gitea`, `.forgejo`, `actions`) or which the tree has itself: then `ref` of
that checkout has to be a commit. Pin the `ref` of a checkout below any other `path`, too: it is not reported. Images (`docker://`)
are checked by `unpinned-image`.

### Why it matters

A tag or a branch can be moved by the owner of the action, or by an attacker who has stolen the owner's credentials. The
workflow then runs different code with the same permissions. In March 2025, the tags of tj-actions/changed-files were moved
to a commit that printed the secrets of its users. An oid always names the same content.

A tag or a branch in a step is accepted where GitHub's lock file pins it: `.github/workflows/actions.lock` of the same tree lists
the workflow and has the commit. `git gate rules mismatched-lock` says where GitHub enforces that file.

An abbreviated oid can become ambiguous, and a branch can be named `x-<40 digits>`; neither is a pin.

### Example

Bad:

```yaml
steps:
  - uses: actions/setup-go@v5
```

Good:

```yaml
steps:
  - uses: actions/setup-go@d35c59abb061a4a6fb18e82ac0862c26744d6ab5 # v5.5.0
```

### How to fix

Look up the commit of the version, and write it with the version in a comment:

    git ls-remote https://github.com/actions/setup-go 'refs/tags/v5.5.0^{}' refs/tags/v5.5.0

`git gate fix` does this for actions whose commit is known: from pins in the repository and its history, from the lock files
`.github/workflows/actions.lock` and `.github/aw/actions-lock.json`, and from the file of `workflows.lock-file`. For all others,
`git gate fix --resolve` asks their repositories. Renovate and Dependabot keep such pins up to date.

Other tools call this `unpinned-uses` (zizmor), `Pinned-Dependencies` (OpenSSF Scorecard), and
`action_ref_should_be_full_length_commit_sha` (ghalint).

### Settings

```yaml
workflows:
  lock-file: ci/pins.yml # oids for `git gate fix`, in lines `owner/repository@version: <oid>`
  sha256: false          # true: 64 digits, as in a SHA-256 repository, are a pin too
  exempt:
    - rule: unpinned-uses
      uses: slsa-framework/slsa-github-generator/*
      reason: its verifier accepts only tags
```

A `uses` pattern without a host matches only values without one. No pattern matches a value that contains an expression, `..`,
an empty part or an unusual character.

"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let uses = document.model.uses();
    let unlocked = uses.filter(|(job, clause)| document.locked(job, clause).is_none());
    let known = LazyCell::new(|| KnownPins::of(document));
    let unpinned =
        unlocked.filter_map(|(job, clause)| problem(document, job, clause, settings.sha256, &known));
    let jobs = document.model.jobs.iter();
    let foreign = jobs.flat_map(|job| {
        let actions = job.foreign_actions(&settings.checkout_actions, &document.own_directories).into_iter();
        actions.map(|action| foreign_problem(job, &action))
    });
    unpinned.chain(foreign).collect()
}

fn foreign_problem(job: &Job, action: &ForeignAction<'_>) -> WorkflowProblem {
    let ForeignAction { clause, repository, reference } = action;
    let shown = |text: &str| escape(shorten(text).as_bytes());
    let at = match *reference {
        "" => "its default branch".to_owned(),
        reference => format!("`{}`", shown(reference)),
    };
    let (uses, repository) = (shown(&clause.text), shown(repository));
    WorkflowProblem {
        message: format!(
            "`{uses}` comes from the checkout of `{repository}` at {at}, which is not pinned to a commit"
        ),
        help: Some("set `ref` of that checkout to a full commit oid".to_owned()),
        notes: Vec::new(),
        place: WorkflowPlace::new(clause.span, &job.id, &shorten(&format!("{uses} {repository} {at}")))
            .compared_as(None),
    }
}

fn problem(
    document: &Document,
    job: &Job,
    clause: &UsesClause,
    sha256: bool,
    known: &LazyCell<KnownPins, impl FnOnce() -> KnownPins>,
) -> Option<WorkflowProblem> {
    let is_pinned = |repository: &Repository| match repository.reference {
        Reference::Commit(_) => true,
        Reference::Sha256(_) => sha256,
        _ => false,
    };
    let shown = || escape(shorten(&clause.text).as_bytes());
    let (message, help) = match &clause.uses {
        Uses::Local | Uses::Docker(_) => return None,
        Uses::Repository(repository) if is_pinned(repository) && slashed(&clause.text).is_none() => {
            return None;
        }
        Uses::Malformed(_) | Uses::Repository(_) if slashed(&clause.text).is_some() => {
            let (value, comment) = slashed(&clause.text)?;
            (
                format!("`{}` is not pinned to a commit: `//` begins no comment in YAML", shown()),
                format!("write it with `#`: `{} # {}`", shown_text(value), shown_text(comment)),
            )
        }
        Uses::Malformed(why) => (
            format!("`{}` cannot be pinned: {why}", shown()),
            "write it as `owner/repository@<40 hex digits>`".to_owned(),
        ),
        Uses::Repository(repository) => {
            let name = super::action_name(&clause.text, &repository.address());
            let pin = || match known.oid(repository) {
                Some(oid) => {
                    format!("pin it: `{name}@{oid} # {}`", shown_text(repository.reference.as_str()))
                }
                None => {
                    let looked_up = match version(repository.reference.as_str()) {
                        Some(_) => "; `git gate fix --resolve --apply` looks up the oid",
                        None => "",
                    };
                    format!("pin it: `{name}@<40 hex digits> # <version>`{looked_up}")
                }
            };
            let (what, help) = match &repository.reference {
                Reference::Commit(_) => return None,
                Reference::Sha256(_) => ("64 digits are accepted only with `workflows.sha256: true`", pin()),
                Reference::UpperCase(oid) => (
                    "its digits are in upper case",
                    format!("write them in lower case: `{name}@{}`", oid.to_ascii_lowercase()),
                ),
                Reference::Short(_) => ("an abbreviated oid can become ambiguous", pin()),
                Reference::Expression(_) => ("an expression can have any value", pin()),
                Reference::Name(_) => ("a tag or a branch can move", pin()),
            };
            (format!("`{}` is not pinned to a commit: {what}", shown()), help)
        }
    };
    let notes = match &document.lock {
        Some(_) if job.calls(clause) => {
            vec![format!("{LOCK_PATH} does not pin the call of a reusable workflow")]
        }
        Some(_) => vec![format!("{LOCK_PATH} lists this workflow, but gives no commit for it")],
        None => Vec::new(),
    };
    let place = super::place_of_uses(clause, job);
    Some(WorkflowProblem { message, help: Some(help), notes, place })
}

/// Splits a value and the text behind ` //`, which other languages take for a comment; `None` if it has none.
fn slashed(text: &str) -> Option<(&str, &str)> {
    let (value, comment) = text.split_once(" //")?;
    Some((value.trim(), comment.trim()))
}

/// Returns a part of a value, escaped and shortened for messages.
fn shown_text(text: &str) -> String {
    escape(shorten(text).as_bytes())
}
