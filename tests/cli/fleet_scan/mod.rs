//! `git gate fleet`: many repositories in one run, and the report about them.

mod places;
mod resume;
mod shards;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use bstr::ByteSlice as _;
use serde_json::Value;

use crate::support::{CLEAN_WORKFLOW, Repo, Run, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Creates a clone with findings, a bare repository with some of them, and a clean one.
fn fleet(sandbox: &Sandbox) {
    let clone = sandbox.init("srv/clone");
    clone.write(WORKFLOW, UNPINNED_WORKFLOW);
    clone.commit_message("docs: unsigned\n");
    let bare = sandbox.init_bare("srv/team/bare.git");
    clone.git(["push", "-q"]).arg(bare.path()).arg("HEAD:main").ok();
    let clean = sandbox.init("srv/clean");
    clean.commit_file(WORKFLOW, CLEAN_WORKFLOW);
}

/// Builds a scan without git config.
fn scan<const N: usize>(sandbox: &Sandbox, arguments: [&str; N]) -> Run {
    sandbox.gate(["fleet", "scan", "--no-git-config"]).args(arguments)
}

/// Returns the JSON report about streams, and the status with which it ends.
fn report<const N: usize>(sandbox: &Sandbox, streams: [&str; N]) -> (String, Option<i32>) {
    let run = sandbox.gate(["fleet", "report", "--format", "json"]).args(streams).transcript();
    (run.stdout().to_str_lossy().into_owned(), run.status())
}

/// Returns a transcript with the blocks of a stream in the order of their repositories, and without what differs from
/// machine to machine.
fn settled(run: &Transcript) -> String {
    let text = run.to_string();
    let (stream, rest) = text.split_once("--- stderr ---\n").unwrap();
    let mut blocks: Vec<String> = Vec::new();
    for line in stream.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let starts = ["header", "repository", "verdict"].contains(&value["kind"].as_str().unwrap());
        match blocks.last_mut() {
            Some(block) if !starts => *block += &format!("{line}\n"),
            _ => blocks.push(format!("{line}\n")),
        }
        let own = |key: &str| value["fleet"][key].as_str().map(str::to_owned);
        if let (Some(list), Some(machine)) = (own("list"), own("machine")) {
            let header = blocks.last_mut().unwrap();
            let version = format!("\"tool_version\":\"{}\"", env!("CARGO_PKG_VERSION"));
            *header = header.replace(&version, "\"tool_version\":\"[VERSION]\"");
            *header = header.replace(&list, "[LIST]").replace(&format!("\"{machine}\""), "\"[MACHINE]\"");
        }
    }
    let last = blocks.len() - 1;
    blocks[1..last].sort();
    format!("{}--- stderr ---\n{rest}", blocks.concat())
}

const STREAM: &str = include_str!("stream.txt");
const REPORT: &str = include_str!("report.txt");

#[test]
fn stream_has_a_block_for_each_repository() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let run = scan(&sandbox, ["srv", "gone"]).ends_with(2);
    assert_eq!(settled(&run), STREAM);
}

#[test]
fn report_is_about_all_repositories() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let run = scan(&sandbox, ["srv", "gone", "--output", "all.jsonl"]).ends_with(2);
    let summary = STREAM
        .split_once("--- stderr ---\n")
        .unwrap()
        .1
        .replace("[exit status", "--- stderr ---\n[exit status");
    assert_eq!(run.to_string(), summary);
    let run = sandbox.gate(["fleet", "report", "all.jsonl"]).ends_with(2);
    assert_eq!(run.to_string(), REPORT);
    run.says("`git gate scan --all`");
    sandbox
        .gate(["scan", "--all"])
        .dir(sandbox.path("srv/clone"))
        .ends_with(1)
        .says("git commit --amend --signoff --no-edit");
}

#[test]
fn stream_may_come_through_a_pipe() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(1);
    let (whole, _) = report(&sandbox, ["all.jsonl"]);
    let piped = "cat all.jsonl | \"$0\" fleet report --format json /dev/stdin";
    let run = sandbox.run("sh").args(["-c", piped]).arg(env!("CARGO_BIN_EXE_git-gate")).dir(sandbox.path(""));
    assert_eq!(run.ends_with(1).stdout().to_str_lossy(), whole);
}

#[test]
fn report_as_json_needs_no_more_memory_for_more_findings() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv/clone", "--output", "one.jsonl"]).ends_with(1);
    let stream = std::fs::read_to_string(sandbox.path("one.jsonl")).unwrap();
    let lines: Vec<Value> = stream.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let own = lines.iter().filter(|line| line["kind"] == "finding").count();
    let times = 15_000;
    let mut many = std::io::BufWriter::new(std::fs::File::create(sandbox.path("many.jsonl")).unwrap());
    for (text, line) in stream.lines().zip(&lines) {
        let count = if line["kind"] == "finding" { times } else { 1 };
        let text = text.replace(&format!("\"findings\":{own},"), &format!("\"findings\":{},", own * times));
        (0..count).for_each(|_| writeln!(many, "{text}").unwrap());
    }
    many.flush().unwrap();
    for format in ["json", "jsonl"] {
        let command = format!("ulimit -v 100000 && \"$0\" fleet report --format {format} many.jsonl >report");
        let run = sandbox.run("sh").args(["-c", &command]).arg(env!("CARGO_BIN_EXE_git-gate"));
        run.dir(sandbox.path("")).ends_with(1);
        let report = std::fs::read_to_string(sandbox.path("report")).unwrap();
        assert_eq!(report.matches("\"fingerprint\"").count(), own * times, "{format}");
        sandbox.run("sh").args(["-c", "tail -n 1 report | grep -q '}'"]).dir(sandbox.path("")).ok();
    }
}

#[test]
fn status_is_that_of_the_worst_repository() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    for (places, status) in [
        (&["srv/clean"][..], 0),
        (&["srv/clean", "srv/team"], 1),
        (&["srv/clean", "srv/gone"], 2),
        (&["srv", "srv/gone"], 2),
    ] {
        let stream = format!("{}.jsonl", places.len() + status as usize * 10);
        scan(&sandbox, ["--output", &stream]).args(places).ends_with(status);
        sandbox.gate(["fleet", "report", &stream]).ends_with(status);
        sandbox.gate(["fleet", "report", "--stat", &stream]).ends_with(status);
    }
}

#[test]
fn findings_are_those_of_a_scan() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let repo = sandbox.init("srv/many");
    repo.git([
        "remote",
        "add",
        "origin",
        &format!("https://x:{}{}@h.test/r", "ghp_16C7e42F292c69", "12E7710c838347Ae178B4a"),
    ])
    .ok();
    repo.write("sub/i\u{1b}%.txt", "x\n");
    repo.write(".github/workflows/a,b.yml", format!("{UNPINNED_WORKFLOW}      - uses: docker://alpine:3\n"));
    repo.commit_message(&format!(
        "ci: <b>bold</b> | `x`\n\n{}\n",
        SIGN_OFF.replace("A U Thor", "Another Name")
    ));
    sandbox.gate(["fleet", "scan", "srv", "--output", "all.jsonl"]).ends_with(1);
    let (merged, _) = report(&sandbox, ["all.jsonl"]);
    let merged: Value = serde_json::from_str(&merged).unwrap();
    let mut all = 0;
    for name in ["clean", "clone", "many", "team/bare.git"] {
        let path = sandbox.path("srv").join(name);
        let own = sandbox.gate(["scan", "--all", "--format", "json"]).dir(&path).transcript();
        let own: Value = serde_json::from_slice(own.stdout()).unwrap();
        let findings = merged["findings"].as_array().unwrap().iter();
        let findings = findings.filter(|finding| Path::new(finding["repository"].as_str().unwrap()) == path);
        let findings: Vec<Value> = findings
            .map(|finding| {
                let mut finding = finding.clone();
                finding.as_object_mut().unwrap().remove("repository");
                finding
            })
            .collect();
        assert_eq!(Value::from(findings.clone()), own["findings"], "{name}");
        all += findings.len();
    }
    assert!(all > 6 && merged["findings"].as_array().unwrap().len() == all, "{merged:#}");
}

#[test]
fn every_format_names_the_repository() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "gone", "--output", "all.jsonl"]).ends_with(2);
    for format in ["human", "json", "jsonl", "html", "sarif", "github", "github-summary", "gitlab"] {
        let output = format!("{format}=out");
        let run = sandbox
            .gate(["fleet", "report", "all.jsonl", "--format", format, "--output", &output])
            .ends_with(2);
        let text = run.stdout().to_str_lossy().replace("&#95;", "_").replace("&#58;", ":");
        let root = sandbox.path("").display().to_string();
        for name in ["srv/team/bare.git", "srv/clone", "gone"] {
            assert!(text.contains(&format!("{root}{name}")), "{format}: {text}");
        }
        assert!(!text.contains(&format!("file={root}")) && !text.contains("file=.github"), "{text}");
        let file = std::fs::read(sandbox.path("out")).unwrap();
        assert_eq!(file.as_bstr(), run.stdout().as_bstr(), "{format}");
        // Alone on standard output, some formats are written while the findings are read.
        let alone = sandbox.gate(["fleet", "report", "all.jsonl", "--format", format]).ends_with(2);
        assert_eq!(alone.stdout().as_bstr(), run.stdout().as_bstr(), "{format}");
    }
}

#[test]
fn equal_findings_of_two_repositories_stay_apart() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(1);
    let value = |format: &str| -> Value {
        let run = sandbox.gate(["fleet", "report", "all.jsonl", "--format", format]).ends_with(1);
        serde_json::from_slice(run.stdout()).unwrap()
    };
    let mut fingerprints: Vec<String> =
        value("gitlab").as_array().unwrap().iter().map(|it| it["fingerprint"].to_string()).collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 4);
    let sarif = value("sarif");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results[0]["properties"]["repository"], sandbox.path("srv/clone").to_str().unwrap());
    assert_ne!(results[0]["partialFingerprints"], results[2]["partialFingerprints"]);
}

#[test]
fn options_apply_to_all_repositories() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    sandbox.write("lax.yml", "include: [more.yml]\n");
    sandbox.write("more.yml", "rules: {missing-signoff: warn, unpinned-uses: warn}\n");
    scan(&sandbox, ["srv", "--policy", "lax.yml"])
        .ends_with(0)
        .says("clean: 3 repositories: 3 clean, 0 denied; 0 errors, 4 warnings");
    scan(&sandbox, ["srv", "--policy", "lax.yml", "--level", "deny"])
        .ends_with(0)
        .says("0 errors, 0 warnings");
    scan(&sandbox, ["srv", "--rule", "unpinned-uses"]).ends_with(1).says("2 errors, 0 warnings");
    scan(&sandbox, ["srv", "--rule", "unpinned"]).ends_with(2).says("unknown rule `unpinned`");
    scan(&sandbox, ["srv", "--since", "nonsense"]).ends_with(2).says("is not a time");
    scan(&sandbox, ["srv", "--policy", "no.yml"]).ends_with(2).says("cannot read no.yml");
    sandbox.write("more.yml", "rulez: {}\n");
    scan(&sandbox, ["srv", "--policy", "lax.yml"]).ends_with(2).says("more.yml:1:1 is not valid");
}

/// Puts a `git` on PATH that does something else in one repository.
fn with_git(sandbox: &Sandbox, name: &str, script: &str) -> Run {
    let path = path_with_git(sandbox, name, script);
    scan(sandbox, ["srv", "--output", "all.jsonl"]).env("PATH", path)
}

/// Writes such a `git`; returns the PATH on which it is the first one.
fn path_with_git(sandbox: &Sandbox, name: &str, script: &str) -> OsString {
    let git = sandbox.run("sh").args(["-c", "command -v git"]).ok().line();
    let text = format!("#!/bin/sh\ncase $PWD in */{name}) {script};; esac\nexec {git} \"$@\"\n");
    sandbox.run("sh").args(["-c", "mkdir -p fake && cat >fake/git && chmod +x fake/git"]).stdin(text).ok();
    let path = [sandbox.path("fake")].into_iter().chain(std::env::split_paths(sandbox.search_path()));
    std::env::join_paths(path).unwrap()
}

#[test]
fn process_that_dies_costs_only_its_repository() {
    for (script, said) in [
        ("kill -9 $PPID; exit 1", "srv/clone: its scan ended without a verdict (signal: 9 (SIGKILL))"),
        ("echo 'fatal: a secret' >&2; exit 128", "srv/clone: "),
    ] {
        let sandbox = Sandbox::new();
        fleet(&sandbox);
        let run = with_git(&sandbox, "clone", script).ends_with(2);
        run.says(said)
            .says("undecided: 3 repositories: 1 clean, 1 denied, 1 undecided; 2 errors, 0 warnings");
        sandbox.gate(["fleet", "report", "all.jsonl"]).ends_with(2).says(said);
    }
}

#[test]
fn stream_that_cannot_be_written_is_an_error() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let full = "git-gate fleet scan --no-git-config srv >/dev/full";
    sandbox
        .run("sh")
        .args(["-c", full])
        .ends_with(2)
        .says("error: cannot write the stream: No space left on device");
    let closed = "git-gate fleet scan --no-git-config srv | true; echo ${PIPESTATUS[0]}";
    let run = sandbox.run("bash").args(["-c", closed]).ok();
    assert_eq!(run.line(), "1", "{run}");
    scan(&sandbox, ["srv", "--output", "no/all.jsonl"]).ends_with(2).says("cannot write no/all.jsonl");
    sandbox.write("all.jsonl", "precious");
    scan(&sandbox, ["srv", "--output", "all.jsonl"])
        .ends_with(2)
        .says("continue it with `--resume all.jsonl`");
    scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(2).says("all.jsonl is not a stream");
    assert_eq!(std::fs::read(sandbox.path("all.jsonl")).unwrap(), b"precious");
}

/// Writes a repository of which one object is missing; returns it.
fn broken<'s>(sandbox: &'s Sandbox, name: &str) -> Repo<'s> {
    let repo = sandbox.init(name);
    repo.write(WORKFLOW, UNPINNED_WORKFLOW);
    repo.commit("ci: build");
    let blob = repo.oid(&format!("HEAD:{WORKFLOW}")).unwrap();
    repo.commit_message("docs: unsigned\n");
    let (folder, file) = blob.split_at(2);
    std::fs::remove_file(repo.file(format!(".git/objects/{folder}/{file}"))).unwrap();
    repo
}

#[test]
fn unread_objects_are_in_the_report_with_the_findings() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let repo = broken(&sandbox, "srv/broken");
    let own = repo.gate(["scan", "--all", "--format", "json"]).ends_with(2);
    let own: Value = serde_json::from_slice(own.stdout()).unwrap();
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(2).says("srv/broken: 1 object was not read");
    let (merged, status) = report(&sandbox, ["all.jsonl"]);
    let merged: Value = serde_json::from_str(&merged).unwrap();
    let mut unread = merged["unread"][0].clone();
    unread.as_object_mut().unwrap().remove("repository");
    assert_eq!((status, &merged["verdict"], &unread), (Some(2), &"undecided".into(), &own["unread"][0]));
    let findings = merged["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|finding| finding["repository"] == repo.path().to_str().unwrap()),
        "{merged:#}"
    );
}
