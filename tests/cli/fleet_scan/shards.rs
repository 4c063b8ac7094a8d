//! Shards: one after the other they are what one run is, and a report without one of them is undecided.

use super::{fleet, report, scan};
use crate::support::Sandbox;

const SHARDS: [&str; 3] = ["1/3", "2/3", "3/3"];

/// Creates a fleet with some more repositories, and scans each shard of it.
fn sharded(sandbox: &Sandbox) {
    fleet(sandbox);
    for number in 0..5 {
        sandbox.init_bare(format!("srv/{number}.git"));
    }
    for shard in SHARDS {
        let stream = format!("{}.jsonl", shard.replace('/', "of"));
        scan(sandbox, ["srv", "--shard", shard, "--output", &stream]).transcript();
    }
}

#[test]
fn merged_shards_are_what_one_run_is() {
    let sandbox = Sandbox::new();
    sharded(&sandbox);
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(1);
    let whole = report(&sandbox, ["all.jsonl"]);
    assert_eq!(report(&sandbox, ["3of3.jsonl", "1of3.jsonl", "2of3.jsonl"]), whole);
    assert_eq!(whole.1, Some(1));
}

#[test]
fn report_without_a_shard_is_undecided() {
    let sandbox = Sandbox::new();
    sharded(&sandbox);
    let run = sandbox.gate(["fleet", "report", "1of3.jsonl", "3of3.jsonl"]).ends_with(2);
    run.says("error: shard 2/3 is missing").says("scan it with `--shard 2/3`, and add its stream");
    scan(&sandbox, ["srv", "--shard", "2/3", "--output", "again.jsonl"]).transcript();
    sandbox.gate(["fleet", "report", "1of3.jsonl", "3of3.jsonl", "again.jsonl"]).ends_with(1);
    let run = sandbox
        .gate(["fleet", "report", "1of3.jsonl", "2of3.jsonl", "3of3.jsonl", "again.jsonl"])
        .ends_with(2);
    run.says("error: shard 2/3 is in two files: 2of3.jsonl and again.jsonl");
    assert_eq!(sandbox.gate(["fleet", "report", "1of3.jsonl", "no.jsonl"]).transcript().status(), Some(2));
}

#[test]
fn shards_of_different_scans_are_not_merged() {
    let sandbox = Sandbox::new();
    sharded(&sandbox);
    sandbox.write("p.yml", "rules: {missing-signoff: warn}\n");
    for (number, options) in
        [&["--rule", "missing-signoff"][..], &["--policy", "p.yml"], &["--level", "deny"]].iter().enumerate()
    {
        let stream = format!("other{number}.jsonl");
        scan(&sandbox, ["srv", "--shard", "2/3", "--output", &stream]).args(*options).transcript();
        let run = sandbox.gate(["fleet", "report", "1of3.jsonl", "3of3.jsonl", &stream]).ends_with(2);
        run.says("1of3.jsonl and").says("were made with different options, policies or versions of git-gate");
    }
    // Another repository since then: the lists differ, and neither is complete.
    sandbox.init_bare("srv/new.git");
    scan(&sandbox, ["srv", "--shard", "2/3", "--output", "later.jsonl"]).transcript();
    let run = sandbox.gate(["fleet", "report", "1of3.jsonl", "3of3.jsonl", "later.jsonl"]).ends_with(2);
    run.says("shard 2/3 is missing").says("shard 1/3 is missing").says("shard 3/3 is missing");
}

#[test]
fn machines_with_repositories_of_their_own_are_merged() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv/team", "--output", "a.jsonl"]).ends_with(1);
    scan(&sandbox, ["srv", "--output", "b.jsonl"]).ends_with(1);
    let of = |machine: &str, file: &str| {
        let text = std::fs::read_to_string(sandbox.path(file)).unwrap();
        let (before, rest) = text.split_once("\"machine\":\"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        sandbox.write(file, format!("{before}\"machine\":\"{machine}\"{after}"));
    };
    of("one", "a.jsonl");
    of("two", "b.jsonl");
    let run = sandbox.gate(["fleet", "report", "a.jsonl", "b.jsonl"]).ends_with(1);
    run.says("one:[ROOT]/srv/team/bare.git: ")
        .says("two:[ROOT]/srv/team/bare.git: ")
        .says("in 4 repositories");
    // One machine with two lists has judged one repository twice.
    of("one", "b.jsonl");
    let run = sandbox.gate(["fleet", "report", "a.jsonl", "b.jsonl"]).ends_with(2);
    run.says("error: one:[ROOT]/srv/team/bare.git: it is in a.jsonl and in b.jsonl");
}

#[test]
fn shard_without_repositories_is_clean() {
    let sandbox = Sandbox::new();
    sandbox.init_bare("srv/a.git");
    let runs: Vec<String> = ["1/2", "2/2"]
        .map(|shard| scan(&sandbox, ["srv", "--shard", shard]).ok())
        .iter()
        .map(|run| String::from_utf8_lossy(run.stderr()).into_owned())
        .collect();
    let has = |count: &str| runs.iter().any(|said| said.starts_with(&format!("clean: {count} of shard ")));
    assert!(has("1 repository") && has("0 repositories"), "{runs:?}");
    for wrong in ["0/1", "2/1", "x"] {
        scan(&sandbox, ["srv", "--shard", wrong]).ends_with(2).says("expected `I/N`");
    }
}
