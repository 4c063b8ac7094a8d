//! Audit log of clean pushes, and `git gate audit`.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixDatagram;

use serde_json::{Value, json};

use crate::support::{Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

fn entries(sandbox: &Sandbox) -> Vec<Value> {
    let text = fs::read_to_string(sandbox.path("gate.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn clean_pushes_are_logged_if_the_policy_asks_for_them() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("gate.jsonl");
    server.bare.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    server.client.commit_file("a", "x\n");
    server.accepts(["main"]);
    assert_eq!(entries(&sandbox).len(), 0);
    server
        .bare
        .write("git-gate.yml", format!("server: {{audit-log: {{file: {}, clean: true}}}}\n", log.display()));
    let oid = server.client.commit_file("b", "x\n");
    server.accepts(["main"]);
    let [entry] = &entries(&sandbox)[..] else { panic!() };
    assert_eq!(
        (&entry["version"], &entry["event"], &entry["server"]),
        (&1.into(), &"passed".into(), &"plain".into())
    );
    assert_eq!(entry["refs"][0]["new"], oid);
    let account = sandbox.run("id").arg("-un").ok().line();
    assert_eq!(entry["pusher"], account, "the account of the process");
    server.bare.gate(["audit"]).ok().says("1 push from ").says("1 clean");
}

#[test]
fn baselines_and_exemptions_from_the_sign_off_are_logged_with_their_reasons() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = format!("server: {{audit-log: {}}}\n", sandbox.path("gate.jsonl").display());
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server
        .client
        .gate(["scan", "--no-git-config", "--write-baseline"])
        .arg(server.bare.file("old.json"))
        .ok();
    server.bare.write("git-gate.yml", format!("baseline: old.json\n{log}"));
    server.accepts(["main"]);
    let old = server.client.commit_message("docs: unsigned\n");
    server.bare.write(
        "git-gate.yml",
        format!("sign-off: {{grandfathered: [{{commits: [{old}], reason: merged by mistake}}]}}\n{log}"),
    );
    server.accepts(["main"]);
    let [baselined, unsigned] = &entries(&sandbox)[..] else { panic!("{:?}", entries(&sandbox)) };
    assert_eq!((&baselined["event"], &baselined["baselined"]), (&"exempted".into(), &1.into()));
    assert_eq!(
        (&unsigned["event"], &unsigned["unsigned"][0]["reason"]),
        (&"exempted".into(), &"merged by mistake".into())
    );
    assert_eq!(unsigned["unsigned"][0]["commits"], 1);
}

#[test]
fn full_disk_tears_no_line_and_is_told() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("gate.jsonl");
    server.bare.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    let new = server.client.commit_message("docs: unsigned\n");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let update = format!("{} {new} refs/heads/main\n", server.bare.oid("main").unwrap());
    let before = "{}\n".repeat(300);
    fs::write(&log, &before).unwrap();
    // A limit of the size of files leaves room for a part of the line, as a full disk does.
    let limited = "trap '' XFSZ; ulimit -f 2; exec \"$0\" hook pre-receive";
    let hook =
        sandbox.run("sh").args(["-c", limited]).arg(env!("CARGO_BIN_EXE_git-gate")).dir(server.bare.path());
    hook.stdin(&update)
        .ends_with(1)
        .says("error[missing-signoff]")
        .says("this push was not recorded in the audit log");
    assert_eq!(fs::read_to_string(&log).unwrap(), before);
    server.bare.gate(["hook", "pre-receive"]).stdin(&update).ends_with(1).never_says("not recorded");
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 301);
}

/// Takes what a stand-in for `/dev/log` has received so far.
fn received(socket: &UnixDatagram) -> Vec<Value> {
    socket.set_nonblocking(true).unwrap();
    let mut buffer = vec![0; 1 << 20];
    let texts = std::iter::from_fn(|| socket.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec()));
    let texts = texts.map(|text| String::from_utf8(text).unwrap());
    texts.map(|text| serde_json::from_str(text.split_once("]: ").unwrap().1).unwrap()).collect()
}

#[test]
fn syslog_gets_each_line_of_the_log() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let (log, path) = (sandbox.path("gate.jsonl"), sandbox.path("socket"));
    let socket = UnixDatagram::bind(&path).unwrap();
    let targets = format!("{{file: {}, clean: true, syslog: {}}}", log.display(), path.display());
    server.bare.write(
        "git-gate.yml",
        format!("server: {{type: gitlab, bypass: {{users: [ana]}}, audit-log: {targets}}}\n"),
    );
    server.bare.gate(["policy", "check"]).ok().never_says("warning");
    server.bare.gate(["status"]).ok();
    received(&socket);
    fs::remove_file(&log).ok();
    server.client.commit_file("a", "x\n");
    server.accepts(["main"]);
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]);
    server.bare.git(["config", "receive.advertisePushOptions", "true"]).ok();
    let bypass = |target: &str| {
        let push = server.client.git(["push", "-q", "-o", "git-gate.bypass=an outage", "origin"]);
        push.arg(format!("main:{target}")).env("GL_USERNAME", "ana").transcript()
    };
    bypass("main").says("bypassed by `ana` and written to the audit log: an outage");
    let sent = received(&socket);
    assert_eq!(sent, entries(&sandbox));
    let events: Vec<&str> = sent.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["passed", "refused", "bypassed"]);
    // Nobody listens any more: each push is told, and none is bypassed.
    drop(socket);
    server.client.commit_message("docs: unsigned, too\n");
    let refused = bypass("next");
    refused.says("bypass denied: cannot write to syslog: Connection refused").says("hook declined");
    fs::remove_file(&path).unwrap();
    bypass("next").says("bypass denied: cannot write to syslog: No such file").says("hook declined");
    server.refuses(["main"]).says("this push was not recorded in syslog: No such file");
    let last = entries(&sandbox).split_off(3);
    let events = last.iter().map(|entry| (&entry["event"], &entry["bypass"]["granted"]));
    let refused = (&Value::from("refused"), &Value::from(false));
    assert_eq!(events.collect::<Vec<_>>(), [refused, refused, (refused.0, &Value::Null)]);
    server.bare.gate(["status"]).ends_with(1).says("no syslog listens at [ROOT]/socket: No such file");
    server
        .bare
        .gate(["policy", "check"])
        .ok()
        .says("`server.audit-log.syslog` has no effect: there is no socket [ROOT]/socket on this machine");
}

#[test]
fn bypass_that_the_log_cannot_take_is_taken_back_in_syslog() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let path = sandbox.path("socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    let targets = format!("{{file: {}, syslog: {}}}", sandbox.path("no/folder").display(), path.display());
    server.bare.write(
        "git-gate.yml",
        format!("server: {{type: gitlab, bypass: {{users: [ana]}}, audit-log: {targets}}}\n"),
    );
    server.bare.git(["config", "receive.advertisePushOptions", "true"]).ok();
    server.client.commit_message("docs: unsigned\n");
    let push = server.client.git(["push", "-q", "-o", "git-gate.bypass=an outage", "origin", "main"]);
    let push = push.env("GL_USERNAME", "ana").transcript();
    push.says("bypass denied: cannot write to the audit log: No such file").says("hook declined");
    let sent = received(&socket);
    let events: Vec<&Value> = sent.iter().map(|entry| &entry["event"]).collect();
    assert_eq!(events, ["bypassed", "refused"]);
    server.bare.gate(["policy", "check"]).ok().says(
        "git-gate.yml:1: `server.audit-log` has no effect: there is no folder [ROOT]/no on this machine",
    );
}

#[test]
fn names_of_a_pusher_do_not_make_a_line_grow_without_limit() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("gate.jsonl");
    server
        .bare
        .write("git-gate.yml", format!("server: {{audit-log: {{file: {}, clean: true}}}}\n", log.display()));
    let oid = server.bare.oid("main").unwrap();
    let updates: String = (0..3000)
        .map(|number| format!("{0} {oid} refs/x/{1}{number}\n", "0".repeat(40), "n".repeat(900)))
        .collect();
    server.bare.gate(["hook", "pre-receive"]).stdin(&updates).ok();
    let [entry] = &entries(&sandbox)[..] else { panic!() };
    let (listed, more) = (entry["refs"].as_array().unwrap().len(), entry["refs_more"].as_u64().unwrap());
    assert_eq!((listed as u64 + more, listed > 900 && listed < 1100), (3000, true));
    server.bare.gate(["audit"]).ok().says("1 push from ");
}

/// Returns the line of a push that the type `gitlab` has logged on a day of November, with some fields of its own.
fn line(day: u32, event: &str, pusher: Option<&str>, repository: &str, fields: &Value) -> String {
    let mut entry = json!({
        "version": 1, "time": format!("2026-11-{day}T10:00:00Z"), "event": event, "server": "gitlab", "pusher": pusher,
        "repository": format!("/srv/git/{repository}.git"), "refs": [], "denied": {}, "warned": {}, "failure": null,
        "bypass": null, "exempted": [], "exempted_more": 0, "proven": [], "unsigned": [], "baselined": 0,
    });
    entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    format!("{entry}\n")
}

/// Returns the log of eight pushes to two repositories.
fn log() -> String {
    let exempted = json!([
        {"rule": "unpinned-uses", "path": "x.yml", "by": "policy", "reason": "we release these", "count": 2}
    ]);
    let bypass = |granted: bool| json!({"granted": granted, "reason": "an outage"});
    [
        line(20, "refused", Some("ana"), "a", &json!({"denied": {"missing-signoff": 3}})),
        line(
            21,
            "refused",
            Some("ana"),
            "a",
            &json!({"denied": {"missing-signoff": 1, "unpinned-uses": 2}, "bypass": bypass(false)}),
        ),
        line(
            22,
            "bypassed",
            Some("bo"),
            "a",
            &json!({"denied": {"unpinned-uses": 2}, "bypass": bypass(true)}),
        ),
        line(23, "warn-only", Some("bo\u{1b}[31m"), "b", &json!({"denied": {"token-in-git-config": 1}})),
        line(24, "exempted", None, "b", &json!({"exempted": exempted})),
        line(25, "refused", Some("ana"), "b", &json!({"failure": "deadline"})),
        line(26, "passed", Some("ana"), "a", &json!({})),
        line(27, "passed", Some("cy"), "a", &json!({})),
    ]
    .concat()
}

#[test]
fn report_counts_by_rule_repository_person_and_reason() {
    let sandbox = Sandbox::new();
    sandbox.write("log", log());
    let said = sandbox.gate(["audit", "log"]).dir(sandbox.path("")).ok().to_string();
    assert_eq!(said, REPORT);
    let json = sandbox.gate(["audit", "--format", "json", "log"]).dir(sandbox.path("")).ok();
    let json: Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!(
        (&json["version"], &json["pushes"]["refused"], &json["pushes"]["passed"]),
        (&1.into(), &3.into(), &2.into())
    );
    assert_eq!(
        (&json["from"], &json["to"]),
        (&"2026-11-20T10:00:00Z".into(), &"2026-11-27T10:00:00Z".into())
    );
    assert_eq!((&json["people"][0]["name"], &json["people"][0]["refused"]), (&"ana".into(), &3.into()));
    assert!(json["people"].as_array().unwrap().iter().any(|person| person["name"].is_null()));
    assert_eq!(json["reasons"][0], json!({"kind": "bypass", "reason": "an outage", "pushes": 1}));
}

const REPORT: &str = "\
pushes by rule:
  unpinned-uses        3  #################------------------------------------
  missing-signoff      2  ###################################
  token-in-git-config  1  -----------------

pushes by repository:
  /srv/git/a.git  3  ######################################--------------------
  /srv/git/b.git  3  ###################---------------------------------------

pushes by person:
  ana         3  ##############################################################
  (unknown)   1  --------------------
  bo          1  --------------------
  bo\\x1b[31m  1  --------------------

# refused  - only warned, bypassed or exempted

reasons:
       1  bypass: an outage
       1  bypass-denied: an outage
       1  exemption: we release these
       1  failure: deadline

8 pushes from 2026-11-20T10:00:00Z to 2026-11-27T10:00:00Z: 3 refused, 1 only
  warned (would be refused without `warn-only`), 1 bypassed, 1 exempted, 2
  clean
--- stderr ---
[exit status: 0]";

#[test]
fn metrics_have_a_line_for_each_rule_and_repository() {
    let sandbox = Sandbox::new();
    sandbox.write("log", log());
    let metrics = sandbox.gate(["audit", "--format", "prometheus", "log"]).dir(sandbox.path("")).ok();
    for line in [
        "git_gate_audit_pushes{outcome=\"refused\"} 3\n",
        "git_gate_audit_pushes{outcome=\"passed\"} 2\n",
        "git_gate_audit_rule_pushes{rule=\"unpinned-uses\",outcome=\"bypassed\"} 1\n",
        "git_gate_audit_repository_pushes{repository=\"/srv/git/b.git\",outcome=\"warn-only\"} 1\n",
        "git_gate_audit_success 1\n",
    ] {
        assert!(metrics.to_string().contains(line), "{line}\n{metrics}");
    }
    metrics.never_says("ana");
}

#[test]
fn a_push_that_passed_with_warnings_is_not_called_clean() {
    let sandbox = Sandbox::new();
    let warned = json!({"warned": {"token-in-content": 1}});
    let push = |fields: &Value| line(28, "passed", Some("ana"), "a", fields);
    sandbox.write("log", push(&warned) + &push(&warned) + &push(&json!({})));
    let audit = |format| sandbox.gate(["audit", "--format", format, "log"]).dir(sandbox.path("")).ok();
    audit("human").says(": 2 passed with warnings, 1 clean");
    let document: Value = serde_json::from_slice(audit("json").stdout()).unwrap();
    assert_eq!((&document["passed_with_warnings"], &document["pushes"]["passed"]), (&2.into(), &3.into()));
}

#[test]
fn older_pushes_are_left_out() {
    let sandbox = Sandbox::new();
    sandbox.write("log", log());
    let audit = |since: &str| sandbox.gate(["audit", "--since", since, "log"]).dir(sandbox.path(""));
    audit("2026-11-26T00:00:00Z")
        .ok()
        .says("2 pushes from 2026-11-26T10:00:00Z to 2026-11-27T10:00:00Z: 2 clean");
    audit("2026-11-28T00:00:00Z").ok().says("no pushes in this time, and 8 before it");
    audit("1000.weeks").ok().says("8 pushes");
    audit("someday").ends_with(2).says("is not a time");
}

#[test]
fn what_cannot_be_read_ends_with_2_and_the_rest_is_counted() {
    let sandbox = Sandbox::new();
    sandbox.write("log", format!("{}{{\"version\":1,\"time\":\"2026", log()));
    sandbox.write("log.1", log());
    let audit = sandbox.gate(["audit", "log", "gone", "log.1"]).dir(sandbox.path("")).ends_with(2);
    audit
        .says("16 pushes")
        .says("error: log: line 9 is no entry of an audit log")
        .says("error: cannot read gone: ");
    sandbox.gate(["audit"]).dir(sandbox.path("")).ends_with(2).says("git gate audit FILE");
    sandbox.gate(["audit", "/dev/null"]).ok().says("no pushes");
}

#[test]
fn forged_lines_reach_no_terminal_and_move_no_time() {
    let sandbox = Sandbox::new();
    let forged = [
        line(28, "refused", Some("eve\u{202e}nna"), "a\u{200b}", &json!({})),
        line(29, "refused", Some("ana"), "a", &json!({"time": "\u{202e}9999"})),
        line(29, "refused", Some("ana"), "a", &json!({"time": "9999-99-99T99:99:99Z"})),
        line(29, "bypassed", Some("ana"), "a", &json!({"bypass": {"granted": true, "reason": "\u{9b}2J"}})),
    ];
    sandbox.write("log", forged.concat());
    for format in ["human", "json", "prometheus"] {
        let audit = sandbox.gate(["audit", "--format", format, "log"]).dir(sandbox.path("")).ends_with(2);
        audit.says("error: log: 2 lines are no entries of an audit log; the first one is line 2");
        let hidden = ['\u{202e}', '\u{200b}', '\u{9b}'];
        assert!(!audit.to_string().contains(hidden), "{audit}");
        audit.never_says("9999");
    }
    let json = sandbox.gate(["audit", "--format", "json", "log"]).dir(sandbox.path("")).ends_with(2);
    let json: Value = serde_json::from_slice(json.stdout()).unwrap();
    assert!(json["people"].as_array().unwrap().iter().any(|row| row["name"] == r"eve\u{202e}nna"), "{json}");
}

#[test]
fn ten_times_the_lines_need_no_more_memory() {
    let sandbox = Sandbox::new();
    for lines in [20_000, 200_000] {
        let mut file = std::io::BufWriter::new(fs::File::create(sandbox.path("log")).unwrap());
        for (number, line) in log().lines().cycle().take(lines).enumerate() {
            let line = line
                .replace("an outage", &format!("an outage of {number}"))
                .replace("ana", &format!("ana{}", number % 999));
            writeln!(file, "{line}").unwrap();
        }
        file.flush().unwrap();
        // Of the 100 MB, the program itself takes a part.
        let command = "ulimit -v 100000 && \"$0\" audit log";
        let run =
            sandbox.run("sh").args(["-c", command]).arg(env!("CARGO_BIN_EXE_git-gate")).dir(sandbox.path(""));
        run.ok().says(&format!("{lines} pushes"));
    }
}
