//! Forgejo and Gitea: their runner sets the variables of GitHub's, and the recipe passes on the rest of the event.

use std::fs;

use serde_json::json;
use serde_yaml::Value;

use super::action::{Event, evaluated};
use super::events::{pull_request, push};
use super::{Change, Forge, source};
use crate::support::{Sandbox, Transcript};

/// Runs the last step of the recipe, with `git-gate-ci` on PATH as the wheel of the step before puts it there.
fn run(forge: &Forge<'_>, event: &Event) -> Transcript {
    let recipe: Value = serde_yaml::from_slice(&fs::read(source("ci/forgejo.yml")).unwrap()).unwrap();
    let steps = recipe["jobs"]["git-gate"]["steps"].as_sequence().unwrap();
    let [install, judge] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(install["run"].as_str().unwrap().starts_with("pip install "), "{install:?}");
    let command = forge.sandbox.path("bin/git-gate-ci");
    forge.sandbox.run("ln").arg("-sf").arg(source("ci/git-gate-ci")).arg(command).ok();
    let context = json!({"github": {"event": event.payload, "token": ""}});
    let variables = judge["env"].as_mapping().unwrap().iter();
    let run = forge.runner(judge["run"].as_str().unwrap(), event);
    variables
        .fold(run, |run, (name, value)| {
            run.env(name.as_str().unwrap(), evaluated(value.as_str().unwrap(), &context))
        })
        .transcript()
}

fn judged_alike(shape: fn(&Forge<'_>) -> Event) {
    for change in Change::ALL {
        let sandbox = Sandbox::new();
        let forge = Forge::new(&sandbox);
        forge.change(change);
        let judged = run(&forge, &shape(&forge));
        assert_eq!(judged.status(), Some(change.status()), "{change:?}: {judged}");
    }
}

#[test]
fn pull_request_of_a_branch_and_of_a_fork_are_judged() {
    judged_alike(|forge| pull_request(forge, "pull_request", false));
    judged_alike(|forge| pull_request(forge, "pull_request", true));
}

#[test]
fn push_is_judged() {
    judged_alike(|forge| push(forge, "refs/heads/main"));
    judged_alike(|forge| push(forge, "refs/heads/new"));
}
