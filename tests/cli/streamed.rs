//! Findings as JSON lines, which are written while a scan runs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Repo, SIGN_OFF, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};
use crate::tokens::token;

/// Number of commits on the first branch: enough for the packs to be scanned.
const COMMITS: usize = 320;

/// Creates a history whose findings repeat: versions of workflows, commits with one subject, merges, and a token.
fn history<'s>(sandbox: &'s Sandbox, name: &str) -> Repo<'s> {
    let repo = sandbox.init(name);
    let mut stream = String::new();
    let (mut main, mut side) = (None, None);
    for number in 1..=COMMITS {
        let of_side = number % 5 == 0;
        let is_merge = number % 20 == 0;
        let branch = if of_side && !is_merge { "side" } else { "main" };
        let title = if is_merge { "Merge side".to_owned() } else { format!("docs: {}", number % 3) };
        let trailer = if number % 4 == 0 { SIGN_OFF } else { "" };
        let message = format!("{title}\n\n{trailer}\n");
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\nmark :{number}\ncommitter A U Thor <author@example.com> {} +0000\n\
             data {}\n{message}\n",
            1_700_000_000 + number * 60,
            message.len()
        );
        let own = if branch == "side" { &mut side } else { &mut main };
        if let Some(parent) = own.or((branch == "side").then_some(1)) {
            let _ = writeln!(stream, "from :{parent}");
        }
        *own = Some(number);
        if let (true, Some(side)) = (is_merge, side) {
            let _ = writeln!(stream, "merge :{side}");
        }
        let mut file = |path: &str, text: &str| {
            let _ = write!(stream, "M 644 inline {path}\ndata {}\n{text}\n", text.len());
        };
        file(&format!("d{}/f{number}", number % 8), "x\n");
        if number % 7 == 0 {
            file(WORKFLOW, &UNPINNED_WORKFLOW.replace("main", &format!("v{}", number % 3)));
            file(".github/workflows/old.yml", UNPINNED_WORKFLOW);
        }
        if number % 11 == 0 {
            let _ = writeln!(stream, "D .github/workflows/old.yml");
        }
        if number % 100 == 30 {
            let _ = write!(stream, "M 644 inline n{number}\ndata {}\n{}\n", token().len(), token());
        }
    }
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    repo.git(["reset", "-q", "--hard", "main"]).ok();
    repo.git(["tag", "-a", "-m", &format!("v1\n\n{}", token()), "v1"]).ok();
    repo.git(["repack", "-q", "-a", "-d"]).ok();
    repo
}

fn lines(output: &[u8]) -> Vec<Value> {
    output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect()
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// Returns the lines of a kind, without it, as a set of texts and as their number.
fn of_kind(lines: &[Value], kind: &str) -> (BTreeSet<String>, usize) {
    let own: Vec<String> = lines
        .iter()
        .filter(|line| line["kind"] == kind)
        .map(|line| {
            let mut line = line.clone();
            line.as_object_mut().unwrap().remove("kind");
            line.to_string()
        })
        .collect();
    (own.iter().cloned().collect(), own.len())
}

#[test]
fn lines_say_the_same_as_the_document() {
    let sandbox = Sandbox::new();
    let packed = history(&sandbox, "packed");
    let loose = sandbox.init("loose");
    loose.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    loose.commit_message("docs: one\n");
    loose.commit_message("docs: one\n");
    loose.commit_file(WORKFLOW, format!("{UNPINNED_WORKFLOW}      - uses: example/other@v1\n"));
    let other = sandbox.init_with("sha256", &["--object-format=sha256"]);
    other.commit_message("docs: one\n");
    other.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let policy = "sign-off:\n  remediation: {individual: true}\n";
    loose.write("policy", policy);
    for (repo, arguments) in [
        (&packed, &["--all"][..]),
        (&packed, &["main~9..main"]),
        (&packed, &["--all", "--rule", "unpinned-uses"]),
        (&packed, &["--all", "--in-head"]),
        (&packed, &["--all", "--until", "1700010000"]),
        (&packed, &["--tree", "main"]),
        (&loose, &[]),
        (&loose, &["--policy", "policy"]),
        (&loose, &["--git-config"]),
        (&other, &["--all"]),
    ] {
        let scan = |format| repo.gate(["scan", "--format", format]).args(arguments).transcript();
        let (document, stream) = (scan("json"), scan("jsonl"));
        assert_eq!(document.status(), stream.status(), "{arguments:?} {stream}");
        let (document, stream) = (parsed(document.stdout()), lines(stream.stdout()));
        let findings = document["findings"].as_array().unwrap();
        let expected: BTreeSet<String> = findings.iter().map(Value::to_string).collect();
        assert_eq!(of_kind(&stream, "finding"), (expected, findings.len()), "{arguments:?}");
        let (first, last) = (&stream[0], stream.last().unwrap());
        assert_eq!(first["kind"], "header");
        for field in ["verdict", "checked", "advice", "remarks"] {
            assert_eq!(last[field], document[field], "{arguments:?} {field}");
        }
        assert_eq!(last["findings"], findings.len());
    }
}

#[test]
fn last_line_says_in_what_order_to_act_on_a_credential_in_a_history() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file("a", format!("{}\n", token()));
    let remarked = |arguments: &[&str]| {
        let scan = repo.gate(["scan", "--no-git-config", "--format", "jsonl"]).args(arguments).transcript();
        let lines = lines(scan.stdout());
        assert_eq!(of_kind(&lines, "finding").1, 1, "{scan}");
        let last = lines.last().unwrap();
        last["remarks"].to_string().contains("a credential in a commit that was pushed is public")
    };
    assert!(remarked(&["HEAD"]));
    assert!(!remarked(&["--tree", "HEAD"]));
}

#[test]
fn old_findings_of_the_baseline_are_in_no_line() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox, "repo");
    repo.gate(["scan", "--all", "--no-git-config", "--write-baseline", "old.json"]).ok();
    repo.write("policy", "baseline: old.json\n");
    repo.commit_message("docs: new\n");
    let scan = repo.gate(["scan", "--all", "--no-git-config", "--policy", "policy", "--format", "jsonl"]);
    let stream = lines(scan.ends_with(1).stdout());
    assert_eq!(of_kind(&stream, "finding").1, 1);
    assert!(stream.last().unwrap()["remarks"].to_string().contains("from the baseline are not shown"));
}

/// The command of git that is asked after all commits have been judged kills the scan.
#[test]
fn killed_scan_has_written_findings_and_no_verdict() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox, "repo");
    let wrapper = Repo::at(&sandbox, sandbox.path("killing"));
    let script = "#!/bin/sh\nPATH=${PATH#*:}\nif [ \"$1\" = var ]; then kill -9 $PPID; fi\nexec git \"$@\"\n";
    wrapper.write_executable("git", script);
    let mut path = wrapper.path().as_os_str().to_owned();
    path.push(":");
    path.push(sandbox.search_path());
    let scan = |format| {
        let scan = repo.gate(["scan", "--all", "--no-git-config", "--format", format]);
        scan.env("PATH", &path).transcript()
    };
    let killed = scan("jsonl");
    assert_eq!(killed.status(), None, "{killed}");
    let stream = lines(killed.stdout());
    assert_eq!(stream[0]["kind"], "header");
    assert!(of_kind(&stream, "finding").1 > COMMITS / 2, "{}", stream.len());
    assert!(stream.iter().all(|line| line["kind"] != "verdict"));
    assert!(scan("json").stdout().is_empty());
}

#[test]
fn reader_that_goes_away_does_not_change_the_status() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox, "repo");
    let script = "(git-gate scan --all --format jsonl; echo $? >status) | head -n 1";
    let said = sandbox.run("sh").args(["-c", script]).dir(repo.path()).ok();
    said.says("\"kind\":\"header\"");
    assert_eq!(std::fs::read_to_string(repo.file("status")).unwrap(), "1\n");
}
