//! Reusable workflows outside the folders of workflows, which Gitea, Forgejo and local runners find anywhere.

use crate::support::{Sandbox, Server};

const BAD: &str = "on: workflow_call\npermissions: {}\njobs:\n  b:\n    runs-on: x\n    steps:\n      \
    - uses: evil/action@v1\n      - uses: actions/checkout@v4\n";
const GOOD: &str =
    "on: workflow_call\npermissions: {}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: x\n";

const CALLERS: &[&str] = &[
    ".github/workflows/u.yml",
    ".gitea/workflows/u.yml",
    ".forgejo/workflows/deep/er/u.yaml",
    ".GitHub/Workflows/u.yml",
];

const CALLED: &[&str] = &[
    "ci/payload.yml",
    ".x/workflows/p.yml",
    ".github/workflows/sub/p.yml",
    "p.YAML",
    "a/action.yml",
    ".github/p.yml",
];

/// Returns a workflow that calls another one.
fn caller(uses: &str) -> String {
    format!("on: push\npermissions: {{}}\njobs:\n  a:\n    uses: {uses}\n")
}

#[test]
fn new_call_of_an_old_file_is_judged() {
    let sandbox = Sandbox::new();
    let files: Vec<(&str, &str)> = CALLED.iter().map(|path| (*path, BAD)).collect();
    let server = Server::new(&sandbox, &files);
    for path in CALLERS {
        for called in CALLED {
            server.branch("topic", "main");
            server.client.commit_file(path, caller(&format!("./{called}")));
            let refused = server.refuses(["topic"]);
            refused.says("error[unpinned-uses]").says("error[persisted-credentials]");
            refused.says("calls it as a local workflow");
        }
    }
    for uses in [".\\\\ci\\\\payload.yml", "$/ci/payload.yml", "./ci//./payload.yml@main", "./CI/Payload.yml"]
    {
        server.branch("topic", "main");
        server.client.commit_file(CALLERS[1], caller(&format!("\"{uses}\"")));
        server.refuses(["topic"]).says("error[unpinned-uses]");
    }
    server.branch("topic", "main");
    server.client.commit_file(CALLERS[1], caller("./missing.yml"));
    server.accepts(["topic"]);
}

#[test]
fn changed_file_is_judged_if_an_unchanged_workflow_calls_it() {
    for path in CALLERS {
        let sandbox = Sandbox::new();
        let calls = caller("./ci/payload.yml");
        let server = Server::new(&sandbox, &[(path, &calls), ("ci/payload.yml", GOOD)]);
        server.branch("topic", "main");
        server.client.commit_file("ci/payload.yml", format!("{GOOD}      - run: more\n"));
        server.accepts(["topic"]);
        server.client.commit_file("ci/payload.yml", BAD);
        server.refuses(["topic"]).says("error[unpinned-uses]");
        server.branch("through", "main");
        server.client.commit_file("ci/payload.yml", caller("./b.yml"));
        server.client.commit_file("b.yml", BAD);
        server.refuses(["through"]).says("error[unpinned-uses]");
        server.branch("uncalled", "main");
        server.client.commit_file("c.yml", BAD);
        server.accepts(["uncalled"]);
        let old_sandbox = Sandbox::new();
        let old = Server::new(&old_sandbox, &[(path, &calls), ("ci/payload.yml", BAD)]);
        old.client.commit_file("ci/payload.yml", format!("{BAD}      - run: more\n"));
        old.accepts(["main"]);
    }
}

#[test]
fn merge_may_combine_a_caller_and_a_file_of_two_branches() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[("ci/payload.yml", GOOD)]);
    server.branch("calls", "main");
    server.client.commit_file(CALLERS[1], caller("./ci/payload.yml"));
    server.accepts(["calls"]);
    server.branch("data", "main");
    server.client.commit_file("ci/payload.yml", BAD);
    server.accepts(["data"]);
    server.branch("merge", "calls");
    server.client.git(["merge", "-q", "--no-ff", "-m", "Merge", "data"]).ok();
    server.refuses(["merge"]).says("error[unpinned-uses]");
}

#[test]
fn link_or_submodule_on_the_way_is_refused() {
    let sandbox = Sandbox::new();
    let server =
        Server::new(&sandbox, &[(CALLERS[1], &caller("./ci/payload.yml")), ("ci/payload.yml", GOOD)]);
    let oid = server.client.oid("main").unwrap();
    for (mode, path, finding) in [
        ("120000", "ci", "symbolic link"),
        ("120000", "ci/payload.yml", "symbolic link"),
        ("160000", "ci", "submodule"),
    ] {
        server.branch("topic", "main");
        let blob = server.client.git(["hash-object", "-w", "--stdin"]).stdin("elsewhere").ok().line();
        let object = if mode == "160000" { &oid } else { &blob };
        server.client.git(["rm", "-q", "-r", "--cached", path]).ok();
        server.client.git(["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")]).ok();
        server.client.git(["commit", "-q", "-s", "-m", "docs: a link"]).ok();
        server.client.git(["reset", "-q", "--hard"]).ok();
        server.refuses(["topic"]).says("error[unreadable-workflow]").says(finding);
    }
}

#[test]
fn more_calls_than_are_followed_are_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let mut jobs = "on: push\npermissions: {}\njobs:\n".to_owned();
    for number in 0..300 {
        jobs += &format!("  a{number}:\n    uses: ./ci/{number}.yml\n");
        server.client.write(format!("ci/{number}.yml"), GOOD);
    }
    server.client.commit_file(CALLERS[1], &jobs);
    server.refuses(["main"]).says("workflows call more than 256 reusable workflows");
}

/// YAML has many ways to spell the keys of a workflow.
#[test]
fn changed_file_is_judged_however_it_is_spelled() {
    let sandbox = Sandbox::new();
    let calls = caller("./ci/payload.yml");
    let server = Server::new(&sandbox, &[(CALLERS[1], &*calls), ("ci/payload.yml", GOOD)]);
    let steps = "{b: {runs-on: x, steps: [{uses: evil/action@v1}]}}";
    let escaped = "{b: {runs-on: x, \"st\\x65ps\": [{\"\\x75ses\": evil/action@v1}]}}";
    for text in [
        format!("jobs: {escaped}\n"),
        format!("\"j\\x6fbs\": {steps}\n"),
        format!("${{{{ 'jobs' }}}}: {steps}\n"),
        format!("!!binary am9icw==: {steps}\n"),
        format!("!<tag:yaml.org%2C2002:binary> am9icw==: {steps}\n"),
        format!("a: &a jobs\n*a : {steps}\n"),
        format!("? jobs\n: {steps}\n"),
    ] {
        server.branch("topic", "main");
        server.client.commit_file("ci/payload.yml", format!("on: workflow_call\npermissions: {{}}\n{text}"));
        server.refuses(["topic"]).says("error[un");
    }
}

/// On Linux a backslash is part of a name.
#[test]
fn file_with_a_backslash_in_its_name_is_judged() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write("ci\\p.yml", BAD);
    server.client.commit_file(CALLERS[1], caller("'./ci\\p.yml'"));
    server.refuses(["main"]).says("error[unpinned-uses]");
}

/// A workflow has less than 64 MiB, and other files that are named like one may have more.
#[test]
fn huge_yaml_file_that_nobody_calls_passes() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("data/p.yml", "- a line of data\n".repeat(4_000_000));
    server.accepts(["main"]);
}
