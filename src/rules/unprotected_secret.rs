//! Rule `unprotected-secret`: a production secret is read outside a protected environment.

use std::collections::HashSet;

use super::{Check, Rule};
use crate::report::{Group, Level, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::text::{Span, escape};
use crate::workflow::{Document, Job, Node, Pattern, SecretRef, Uses, WorkflowSettings, shorten};

pub(crate) static RULE: Rule = Rule {
    meta: RuleMeta {
        id: "unprotected-secret",
        group: Group::Workflow,
        default_level: Level::Warn,
        summary: "a production secret is read outside its protected environment",
        docs: r#"### What it checks

A production secret is read only by jobs with a literal `environment`, which has to be one of `environments` if the policy
sets that key. Production secrets are those listed in the policy, and every password that the workflow uses to log in to a
registry (`docker/login-action`, `docker login`, also through `env`), and every secret with which it publishes: `NODE_AUTH_TOKEN`
where it runs `npm publish`, `MAVEN_PASSWORD` where it runs `mvn deploy`, `CARGO_REGISTRY_TOKEN`, `TWINE_PASSWORD`, `HEX_API_KEY` and
the like, `password` of `pypa/gh-action-pypi-publish`, private GPG keys, and inputs of actions whose names say so, such as `docker_hub_password`. Except those whose name marks them as
development secrets: `*_CI`, `*_DEV`.

- `environment: ''`, an expression, and any `environment` of a job that calls a workflow do not protect a secret;
  `deployment: false` changes nothing: reviewers and wait timers still apply, and a job fails where custom rules need a deployment
  (docs.github.com, "Deploying with GitHub Actions", Using environments without deployments);
- `secrets: inherit` passes all secrets to a workflow of another repository; a workflow of the same repository is checked
  separately;
- `toJSON(secrets)` and `secrets[<expression>]` can read any secret;
- a job that logs in to a registry with development credentials does not read production secrets as well.

`GITHUB_TOKEN` is not a production secret. Workflows of Gitea and Forgejo are not checked, because these servers do not
support environments.

### Why it matters

A repository secret can be read by everyone who can push a branch with a workflow. An environment secret can be read only
from the branches, and after the reviews, that the environment requires.

### Example

Bad:

```yaml
steps:
  - uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0
    with:
      username: ${{ vars.REGISTRY_USER }}
      password: ${{ secrets.REGISTRY_PASSWORD }}
```

Good:

```yaml
environment: release
steps:
  - uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0
    with:
      username: ${{ vars.REGISTRY_USER }}
      password: ${{ secrets.REGISTRY_PASSWORD }}
```

### How to fix

Create an environment (Settings, Environments) with the branches and reviewers that a release needs, move the secret to it,
delete the secret from the repository, and name the environment in the job: `environment: release`. Use separate credentials
and a separate registry for builds of pull requests. npm, PyPI, crates.io and RubyGems need no stored token: with trusted publishing,
the job gets a short-lived one by `id-token: write`.

zizmor calls this `secrets-outside-env`; it accepts every `environment`, even an empty one.

### Settings

```yaml
workflows:
  environments: [release]          # protected environments; default: every environment that has a name
  production-secrets: ['PROD_*']   # in addition to those that the workflow logs in or publishes with
  development-secrets:             # never production secrets; this is the default
    - '*_CI'
    - '*_DEV'
  exempt:
    - rule: unprotected-secret
      uses: NIGHTLY_REGISTRY_PASSWORD
      reason: it can push to the nightly repository only
```
"#,
    },
    check: Check::Workflow(check),
};

fn check(document: &Document, settings: &WorkflowSettings) -> Vec<WorkflowProblem> {
    let Some(workflow) = &document.model.workflow else { return Vec::new() };
    let jobs = &document.model.jobs;
    let logins: Vec<Vec<SecretRef>> = jobs.iter().map(|job| job.registry_passwords(workflow)).collect();
    let publishing: Vec<SecretRef> = jobs.iter().flat_map(|job| job.publishing_secrets(workflow)).collect();
    let names = logins.iter().flatten().chain(&publishing).filter_map(|secret| secret.property.name());
    let secrets = SecretCheck { settings, passwords: names.map(str::to_ascii_uppercase).collect() };
    let mut problems = secrets.in_shared_env(workflow, jobs);
    for (job, logins) in jobs.iter().zip(&logins) {
        problems.extend(secrets.in_job(job));
        problems.extend(secrets.mixed_logins(job, logins));
    }
    problems
}

struct SecretCheck<'a> {
    settings: &'a WorkflowSettings,
    /// Names of the secrets that the workflow uses as registry passwords or to publish, in upper case.
    passwords: HashSet<String>,
}

impl SecretCheck<'_> {
    /// Checks the variables that all jobs share.
    fn in_shared_env(&self, workflow: &Node, jobs: &[Job]) -> Vec<WorkflowProblem> {
        let Some(env) = workflow.get("env") else { return Vec::new() };
        // A called workflow does not get these variables.
        let reason =
            jobs.iter().filter(|job| job.uses.is_none()).find_map(|job| self.unprotected_reason(job));
        reason.map(|reason| self.unprotected(env.secrets(), "", &reason)).unwrap_or_default()
    }

    fn in_job(&self, job: &Job) -> Vec<WorkflowProblem> {
        let Some(reason) = self.unprotected_reason(job) else { return Vec::new() };
        let mut problems = self.unprotected(job.node.secrets(), &job.id, &reason);
        problems.extend(inherited_secrets(job));
        problems
    }

    /// Returns one problem per production secret among those read in an unprotected place; `reason` is the
    /// reason why the place is unprotected.
    fn unprotected(&self, secrets: Vec<SecretRef>, job: &str, reason: &str) -> Vec<WorkflowProblem> {
        let mut seen: HashSet<Option<String>> = HashSet::new();
        let mut problems = Vec::new();
        for SecretRef { property, span } in secrets {
            let name = property.name().map(str::to_ascii_uppercase);
            if name.as_deref().is_some_and(|name| !self.is_production(name)) || seen.contains(&name) {
                continue;
            }
            let message = match property.name() {
                Some(name) => {
                    format!("the production secret `{}` is not protected: {reason}", shortened(name))
                }
                None => {
                    format!("all secrets are readable, and production secrets are not protected: {reason}")
                }
            };
            let subject = name.as_deref().unwrap_or("secrets");
            problems.push(problem(message, PROTECT, job, subject, span));
            seen.insert(name);
        }
        problems
    }

    /// Returns a problem if a job logs in with development credentials and also reads a production secret.
    fn mixed_logins(&self, job: &Job, logins: &[SecretRef]) -> Option<WorkflowProblem> {
        let is_development =
            |secret: &&SecretRef| secret.property.name().is_some_and(|name| self.is_development(name));
        let development = logins.iter().find(is_development)?.property.name()?;
        let secrets = job.node.secrets();
        let is_production =
            |secret: &&SecretRef| secret.property.name().is_some_and(|name| self.is_production(name));
        let production = secrets.iter().chain(logins).find(is_production)?;
        let name = production.property.name()?;
        let (secret, job_id) = (shortened(name), shortened(&job.id));
        let message = format!(
            "the job `{job_id}` reads the production secret `{secret}` and also the development secret `{}`",
            shortened(development)
        );
        let help = "use only one set of credentials per job, and a second job for the other set";
        Some(problem(message, help, &job.id, &format!("{name} and {development}"), production.span))
    }

    /// Returns the reason why a job is not protected; `None` if it is protected.
    fn unprotected_reason(&self, job: &Job) -> Option<String> {
        let id = shortened(&job.id);
        if job.uses.is_some() {
            return Some(format!("the job `{id}` calls a workflow, so it cannot have an environment"));
        }
        let Some(node) = job.node.get("environment").filter(|node| !node.is_null()) else {
            return Some(format!("the job `{id}` has no `environment`"));
        };
        let name = node.text().or_else(|| node.get("name")?.text()).unwrap_or_default().trim();
        if name.is_empty() {
            return Some(format!("the `environment` of the job `{id}` has no name"));
        }
        if crate::workflow::has_expression(name) {
            return Some(format!("the `environment` of the job `{id}` is an expression"));
        }
        let listed = &self.settings.environments;
        let protects = listed.is_empty() || matches_any(listed, name);
        (!protects).then(|| {
            format!("the environment `{}` of the job `{id}` is not listed in the policy", shortened(name))
        })
    }

    fn is_production(&self, name: &str) -> bool {
        !name.eq_ignore_ascii_case("GITHUB_TOKEN")
            && !self.is_development(name)
            && (matches_any(&self.settings.production_secrets, name)
                || self.passwords.contains(&name.to_ascii_uppercase()))
    }

    fn is_development(&self, name: &str) -> bool {
        matches_any(&self.settings.development_secrets, name)
    }
}

const PROTECT: &str =
    "move the secret to a protected environment, and name the environment in the job: `environment: release`";

/// Returns a problem if a called workflow of another repository inherits every secret.
fn inherited_secrets(job: &Job) -> Option<WorkflowProblem> {
    let called = job.uses.as_ref().filter(|called| called.uses != Uses::Local)?;
    let secrets = job.node.get("secrets").filter(|node| node.trimmed() == Some("inherit"))?;
    let message = format!("`secrets: inherit` passes all secrets to `{}`", shortened(&called.text));
    let help = "list only the required secrets under `secrets`";
    Some(problem(message, help, &job.id, "inherit", secrets.span))
}

fn problem(message: String, help: &str, job: &str, subject: &str, span: Span) -> WorkflowProblem {
    WorkflowProblem {
        message,
        help: Some(help.to_owned()),
        notes: Vec::new(),
        place: WorkflowPlace::new(span, job, &shorten(subject)),
    }
}

fn matches_any(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

fn shortened(name: &str) -> String {
    escape(shorten(name).as_bytes())
}
