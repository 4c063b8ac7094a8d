//! Rule `written-credentials`: a step writes a credential into git config or a remote URL.

use std::collections::HashMap;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::workflow::{Document, Job, KeptCredential, Node, StepEnv, WorkflowSettings, kept_credentials};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "written-credentials",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a step writes a credential into git config or a remote URL",
        docs: r#"### What it checks

No `run` script leaves a credential where git keeps it for later steps:

- in the URL of a remote: `git remote set-url` or `add`, `git clone`, `git submodule add`, `git push --set-upstream` with
  `https://user:$TOKEN@host/`, or with a token in the place of the user;
- in git config: `url.<URL>.insteadOf`, `http.<URL>.extraHeader`, a credential helper that contains a secret, and `git clone -c`;
- in `.netrc`, `.git-credentials` or `~/.config/git/credentials`; or in a helper, by `git credential approve` or
  `git credential-store store`.

A credential is a password with a variable or an expression in it, or a user that is a secret, a token or a variable named so; variables
of the script and of `env` are followed. What serves one command passes: `git -c http.extraHeader=... fetch`, and a URL given to `git
push`, `fetch`, `pull` or `ls-remote`. So does what the same script takes away again, and a host that only this machine knows. A
helper in single quotes that reads a variable (`'!f() { echo "password=$TOKEN"; }; f'`) contains no credential.

### Why it matters

`persist-credentials: false` keeps the token out of `.git/config`; such a script puts one back. Every later step can read it, and
uploading the work tree as an artifact, or building an image from it, publishes it.

### Example

Bad:

```yaml
- run: git remote set-url origin "https://x-access-token:${TOKEN}@github.com/our/repository" && git push origin HEAD
  env:
    TOKEN: ${{ github.token }}
```

Good:

```yaml
- run: gh auth setup-git && git push origin HEAD
  env:
    GH_TOKEN: ${{ github.token }}
```

### How to fix

`gh auth setup-git` writes no credential: it makes git ask `gh`, which reads `GH_TOKEN` in each step that has it. Without `gh`, give
the credential to the one command that needs it:

    git push "https://x-access-token:${TOKEN}@github.com/our/repository" HEAD
    git -c "url.https://x-access-token:${TOKEN}@github.com/.insteadOf=https://github.com/" clone https://github.com/our/other

The second does not keep it, because `-c` stands before `clone`.

### Settings

```yaml
workflows:
  exempt:
    - rule: written-credentials
      path: .github/workflows/mirror.yml
      reason: the job runs nothing after it
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let root = document.model.workflow.as_deref();
    let mut read = HashMap::new();
    let mut problems = Vec::new();
    for job in &document.model.jobs {
        for step in &job.steps {
            let Some(run) = step.node.get("run") else { continue };
            let script = run.text().unwrap_or_default();
            let env = StepEnv::new(step, job, root);
            let kept = read.entry((run.span, env.key())).or_insert_with(|| match may_keep(script) {
                true => kept_credentials(script, run.commands(), &env),
                false => Vec::new(),
            });
            for (at, own) in kept.iter().enumerate() {
                let before = kept.iter().take(at).filter(|other| *other == own).count();
                problems.push(problem(document, job, run, (*own, before)));
            }
        }
    }
    problems
}

/// Returns whether a script may keep a credential; most scripts need no closer look.
fn may_keep(script: &str) -> bool {
    ["git", ".netrc", "_netrc"].iter().any(|part| script.contains(part))
}

/// Returns the problem of a credential, after as many others that are left in the same way.
fn problem(
    document: &Document,
    job: &Job,
    run: &Node,
    (kept, before): (KeptCredential, usize),
) -> WorkflowProblem {
    let (what, text) = match kept {
        KeptCredential::Remote(command) => {
            (format!("`{command}` writes a credential into the URL of a remote"), command)
        }
        KeptCredential::Rewrite => {
            ("a credential is written into `url.<URL>.insteadOf` of git config".to_owned(), "git config")
        }
        KeptCredential::Header => {
            ("a credential is written into `http.extraHeader` of git config".to_owned(), "git config")
        }
        KeptCredential::Helper => {
            ("a secret is written into `credential.helper` of git config".to_owned(), "git config")
        }
        KeptCredential::Kept(name) => {
            (format!("`git {name}` is given a credential, which a helper of git keeps"), name)
        }
        KeptCredential::File(name) => (format!("a credential is written into `{name}`"), name),
    };
    WorkflowProblem {
        message: format!("{what}, where every later step can read it"),
        help: Some(
            "run `gh auth setup-git` with `GH_TOKEN` in `env` instead, or give the credential to one command only: \
             `git push <URL>`, `git -c ...`"
                .to_owned(),
        ),
        notes: Vec::new(),
        place: WorkflowPlace::new(document.nth_span_within(run.span, text, before), &job.id, &what),
    }
}
