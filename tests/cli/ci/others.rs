//! GitLab, Woodpecker and Jenkins: the commands of their recipes, with the variables that they set.

use std::fs;

use serde_yaml::Value;

use super::{Change, Forge, NONE, source};
use crate::support::{Run, Sandbox, Transcript};

/// Returns the commands of a recipe that run git-gate; those before them install it.
fn commands(recipe: &str) -> String {
    let text = fs::read_to_string(source(recipe)).unwrap();
    let document = text.rsplit("\n---\n").next().unwrap();
    if recipe == "ci/Jenkinsfile" {
        let (_, rest) = document.split_once("sh '").unwrap();
        return rest.split('\'').next().unwrap().to_owned();
    }
    let document: Value = serde_yaml::from_str(document).unwrap();
    let job = document.get("git-gate").unwrap_or(&document["steps"][0]);
    let lists = ["before_script", "script", "commands"].iter().filter_map(|key| job.get(key));
    let lines = lists.flat_map(|list| list.as_sequence().unwrap());
    // A line that YAML reads as a mapping is no command.
    let lines: Vec<&str> = lines.map(|line| line.as_str().expect(recipe)).collect();
    assert!(lines[0].starts_with("pip install "), "{lines:?}");
    lines[1..].join("\n")
}

/// Runs the commands of a recipe in a shallow clone, with `git-gate-ci` on PATH as a package puts it there.
fn run(forge: &Forge<'_>, recipe: &str, variables: &[(&str, &str)]) -> Transcript {
    let sandbox = forge.sandbox;
    forge.judge();
    sandbox.run("ln").arg("-sf").arg(source("ci/git-gate-ci")).arg(sandbox.path("bin/git-gate-ci")).ok();
    let commands = commands(recipe);
    let run = sandbox.run("sh").args(["-e", "-c", &commands]).dir(sandbox.path("work"));
    variables.iter().fold(run, |run: Run, (name, value)| run.env(name, value)).transcript()
}

/// Variables of a run for a change of `topic`: the new commit, the one before, and the place of the forge.
struct Facts {
    url: String,
    new: String,
    old: String,
}

/// Checks changes with a recipe.
fn judges_alike(recipe: &str, to: &str, variables: fn(&Facts) -> Vec<(&'static str, &str)>) {
    for change in Change::FEW {
        let sandbox = Sandbox::new();
        let forge = Forge::new(&sandbox);
        let new = forge.change(change);
        let facts =
            Facts { url: format!("file://{}", forge.bare.path().display()), new, old: forge.oid("main") };
        forge.push("topic", to);
        let judged = run(&forge, recipe, &variables(&facts));
        assert_eq!(judged.status(), Some(change.status()), "{change:?}: {judged}");
    }
}

#[test]
fn gitlab_merge_request_is_judged() {
    judges_alike("ci/gitlab.yml", "refs/merge-requests/1/head", |facts| {
        vec![
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_REPOSITORY_URL", &facts.url),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            // A pipeline of merged results runs on another commit.
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &facts.new),
            ("CI_COMMIT_SHA", NONE),
        ]
    });
}

#[test]
fn gitlab_push_is_judged() {
    judges_alike("ci/gitlab.yml", "refs/heads/main", |facts| {
        vec![
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_SOURCE", "push"),
            ("CI_REPOSITORY_URL", &facts.url),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_SHA", &facts.new),
            ("CI_COMMIT_BEFORE_SHA", &facts.old),
            ("CI_COMMIT_BRANCH", "main"),
            ("CI_COMMIT_REF_NAME", "main"),
        ]
    });
}

#[test]
fn gitlab_report_is_written() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let new = forge.change(Change::Unpinned);
    forge.push("topic", "refs/heads/topic");
    let url = format!("file://{}", forge.bare.path().display());
    let variables = [
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_REPOSITORY_URL", &url),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_COMMIT_SHA", &new),
        ("CI_COMMIT_BEFORE_SHA", NONE),
        ("CI_COMMIT_BRANCH", "topic"),
        ("CI_COMMIT_REF_NAME", "topic"),
    ];
    assert_eq!(run(&forge, "ci/gitlab.yml", &variables).status(), Some(1));
    let report = fs::read_to_string(sandbox.path("work/git-gate-quality.json")).unwrap();
    assert!(report.contains("unpinned-uses"), "{report}");
}

#[test]
fn woodpecker_pull_request_and_push_are_judged() {
    judges_alike("ci/woodpecker.yml", "refs/pull/1/head", |facts| {
        vec![
            ("CI", "woodpecker"),
            ("CI_PIPELINE_EVENT", "pull_request"),
            ("CI_REPO_CLONE_URL", &facts.url),
            ("CI_REPO_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_TARGET_BRANCH", "main"),
            ("CI_COMMIT_SHA", &facts.new),
            ("CI_COMMIT_REF", "refs/pull/1/head"),
        ]
    });
    judges_alike("ci/woodpecker.yml", "refs/heads/main", |facts| {
        vec![
            ("CI", "woodpecker"),
            ("CI_PIPELINE_EVENT", "push"),
            ("CI_REPO_CLONE_URL", &facts.url),
            ("CI_REPO_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_SHA", &facts.new),
            ("CI_COMMIT_REF", "refs/heads/main"),
            ("CI_PREV_COMMIT_SHA", &facts.old),
        ]
    });
}

#[test]
fn jenkins_pull_request_and_branch_are_judged() {
    judges_alike("ci/Jenkinsfile", "refs/heads/topic", |facts| {
        vec![
            ("JENKINS_URL", "http://jenkins.example.org/"),
            ("GIT_URL", &facts.url),
            ("GIT_COMMIT", &facts.new),
            ("CHANGE_TARGET", "main"),
            ("BRANCH_NAME", "PR-1"),
        ]
    });
    judges_alike("ci/Jenkinsfile", "refs/heads/main", |facts| {
        vec![
            ("JENKINS_URL", "http://jenkins.example.org/"),
            ("GATE_DEFAULT_BRANCH", "main"),
            ("GIT_URL", &facts.url),
            ("GIT_COMMIT", &facts.new),
            ("GIT_BRANCH", "origin/main"),
            ("GIT_PREVIOUS_SUCCESSFUL_COMMIT", &facts.old),
        ]
    });
}
