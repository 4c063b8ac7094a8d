//! The action, run as its runner does: the expressions of `action.yml` are evaluated, and its steps are run one after another.

use std::fs;

use serde_json::{Value, json};
use serde_yaml::Value as Yaml;

use super::{Forge, source};
use crate::support::Transcript;

/// Event of GitHub: its name, its payload, and the ref that the run is of.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) payload: Value,
    pub(super) reference: String,
}

/// Inputs of a user, by their names.
pub(super) type Inputs<'a> = &'a [(&'a str, &'a str)];

/// Returns the value of an expression such as `github.event.before`; a value that is not there is empty.
fn value_of(expression: &str, context: &Value) -> String {
    let path = format!("/{}", expression.trim().replace('.', "/"));
    context.pointer(&path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Replaces the expressions in a text.
pub(super) fn evaluated(text: &str, context: &Value) -> String {
    let mut parts = text.split("${{");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").expect("an expression has an end");
        result.push_str(&value_of(expression, context));
        result.push_str(rest);
    }
    result
}

/// Runs the steps of the action until one fails; returns the transcript of the last one.
pub(super) fn act(forge: &Forge<'_>, event: &Event, inputs: Inputs<'_>) -> Transcript {
    let action: Yaml = serde_yaml::from_slice(&fs::read(source("action/action.yml")).unwrap()).unwrap();
    let sandbox = forge.sandbox;
    let server = format!("file://{}", sandbox.path("").display());
    let server = server.trim_end_matches('/');
    let mut context = json!({
        "github": {
            "event": event.payload, "server_url": server, "action_repository": "example/git-gate",
            "action_path": source("action"), "token": "",
        },
        "inputs": {}, "steps": {},
    });
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let default = evaluated(input["default"].as_str().unwrap_or_default(), &context);
        let given = inputs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        context["inputs"][name] = given.unwrap_or(default).into();
    }
    assert!(inputs.iter().all(|(name, _)| !context["inputs"][name].is_null()), "there is no such input");
    let output = sandbox.write("output", "");
    let mut last = None;
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        assert_eq!(step["shell"], "sh");
        let mut run = forge.runner(step["run"].as_str().unwrap(), event);
        for (name, value) in step["env"].as_mapping().unwrap() {
            run = run.env(name.as_str().unwrap(), evaluated(value.as_str().unwrap(), &context));
        }
        let transcript = run.transcript();
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            context["steps"][step["id"].as_str().unwrap()]["outputs"][name] = value.into();
        }
        fs::write(&output, "").unwrap();
        let failed = transcript.status() != Some(0);
        last = Some(transcript);
        if failed {
            break;
        }
    }
    last.expect("the action has steps")
}

impl Forge<'_> {
    /// Builds a run of a step with the variables that a runner sets.
    pub(super) fn runner(&self, script: &str, event: &Event) -> crate::support::Run {
        self.judge();
        let sandbox = self.sandbox;
        let server = format!("file://{}", sandbox.path("").display());
        let fixed = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "forge.git"),
            ("GITHUB_EVENT_NAME", event.name),
            ("GITHUB_REF", &event.reference),
            ("GITHUB_SERVER_URL", server.trim_end_matches('/')),
        ];
        let mut run = sandbox.run("sh").args(["-e", "-c", script]).dir(sandbox.path("work"));
        for (name, value) in fixed {
            run = run.env(name, value);
        }
        run.env("GITHUB_OUTPUT", sandbox.path("output"))
            .env("GITHUB_STEP_SUMMARY", sandbox.path("summary.md"))
            .env("GITHUB_WORKSPACE", sandbox.path("work"))
    }
}
