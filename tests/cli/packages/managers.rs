//! The wheel in pre-commit and prek, by the configuration of the README.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{has, package, without_ours};
use crate::readme::part_of_readme;
use crate::support::{Run, not_tested};

fn pre_commit_config() -> String {
    part_of_readme("wheel").replace("```yaml\n", "").replace("```\n", "")
}

#[test]
fn wheel_and_source_have_the_same_entries() {
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let entries = |text: &str| -> Vec<Value> {
        let yaml: Value = serde_yaml::from_str(text).unwrap();
        let hooks = yaml.pointer("/repos/0/hooks").unwrap_or(&yaml).as_array().unwrap();
        hooks.iter().map(|hook| hook["entry"].clone()).collect()
    };
    assert_eq!(entries(&pre_commit_config()), entries(&source));
}

/// Prints the directory in which virtualenv has a setuptools: pre-commit builds an empty package beside the wheel.
const SETUPTOOLS: &str = "\
\"$(dirname \"$(command -v pre-commit)\")/python\" \
    -c 'from virtualenv.seed.wheels.embed import BUNDLE_FOLDER; print(BUNDLE_FOLDER)' || true";

/// The configuration of the README, with the packages of this machine in the place of PyPI.
fn installs_the_wheel(manager: &str) {
    let what = format!("the wheel in {manager}");
    let Some(wheel) = package(&what, ".whl") else { return };
    let sandbox = without_ours();
    if !has(&sandbox, manager) {
        return not_tested(&what, manager);
    }
    let repo = sandbox.init("repo");
    repo.write(".pre-commit-config.yaml", pre_commit_config());
    let server = sandbox.init_bare("server.git");
    repo.git(["remote", "add", "origin"]).arg(server.path()).ok();
    let packages = wheel.parent().unwrap().to_str().unwrap();
    let links = format!("{packages} {}", sandbox.run("sh").args(["-c", SETUPTOOLS]).ok().line());
    let local = |run: Run| {
        let run = run.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &links);
        run.env("UV_NO_INDEX", "1").env("UV_OFFLINE", "1").env("UV_FIND_LINKS", packages)
    };
    local(sandbox.run(manager).dir(repo.path()).args(["install", "--install-hooks"])).ok();
    let commit = ["commit", "-q", "--allow-empty", "-m", "docs: x"];
    local(repo.git(commit)).ends_with(1).says("error[missing-signoff]");
    local(repo.git(commit).arg("--signoff")).ok();
    local(repo.git(["push", "-q", "origin", "main"])).ok();
    repo.git(commit).arg("--no-verify").ok();
    local(repo.git(["push", "-q", "origin", "main"])).ends_with(1).says("error[missing-signoff]");
}

#[test]
fn pre_commit_installs_the_wheel() {
    installs_the_wheel("pre-commit");
}

#[test]
fn prek_installs_the_wheel() {
    installs_the_wheel("prek");
}
