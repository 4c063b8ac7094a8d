//! Bypasses: the users who may use one, the audit log, and attempts to get one without permission.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Sandbox, Server, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Server at which only `ana` may bypass the gate, with a commit in the client that it refuses.
struct Guarded<'s> {
    server: Server<'s>,
    log: PathBuf,
}

impl<'s> Guarded<'s> {
    fn new(sandbox: &'s Sandbox, server_type: &str) -> Self {
        let server = Server::new(sandbox, &[]);
        let log = sandbox.path("audit.jsonl");
        server.bare.git(["config", "receive.advertisePushOptions", "true"]).ok();
        let guarded = Self { server, log };
        guarded.policy(&format!("type: {server_type}, bypass: {{users: [ana]}}"));
        guarded.server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        guarded
    }

    fn policy(&self, keys: &str) {
        let text = format!("server: {{{keys}, audit-log: {}}}\n", self.log.display());
        self.server.bare.write("git-gate.yml", text);
    }

    fn push(&self, environment: &[(&str, &str)], options: &[&str]) -> Transcript {
        let options = options.iter().flat_map(|option| ["-o", option]);
        let run = self.server.client.git(["push", "-q"]).args(options).args(["origin", "main"]);
        environment.iter().fold(run, |run, (name, value)| run.env(name, value)).transcript()
    }

    #[track_caller]
    fn refuses(&self, environment: &[(&str, &str)], options: &[&str]) -> Transcript {
        let before = self.server.bare.oid("main");
        let transcript = self.push(environment, options);
        transcript.says("pre-receive hook declined").says("error[unpinned-uses]");
        assert_eq!(self.server.bare.oid("main"), before);
        transcript
    }

    fn entries(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const ANA: (&str, &str) = ("GL_USERNAME", "ana");
const OUTAGE: &str = "git-gate.bypass=the outage of Monday";

#[test]
fn bypass_of_a_listed_user_passes_and_is_logged() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let old = guarded.server.bare.oid("main");
    let transcript = guarded.push(&[ANA], &["ci.skip=s3cr3t", OUTAGE]);
    assert_eq!(transcript.status(), Some(0), "{transcript}");
    transcript
        .says("warning[unpinned-uses]")
        .says("`warn` because of the bypass")
        .says("bypassed by `ana` and written to the audit log: the outage of Monday");
    let entries = guarded.entries();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(entry["event"], "bypassed");
    assert_eq!(entry["pusher"], "ana");
    assert_eq!(entry["repository"], guarded.server.bare.path().to_str().unwrap());
    assert_eq!(entry["bypass"]["reason"], "the outage of Monday");
    assert_eq!(entry["denied"]["unpinned-uses"], 1);
    assert_eq!(entry["refs"][0]["name"], "refs/heads/main");
    assert_eq!(entry["refs"][0]["old"].as_str(), old.as_deref());
    assert_eq!(entry["refs"][0]["new"].as_str(), guarded.server.client.oid("main").as_deref());
    assert!(!fs::read_to_string(&guarded.log).unwrap().contains("s3cr3t"), "no other push option is logged");
}

#[test]
fn unlisted_user_gets_no_bypass_and_is_logged() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    guarded
        .refuses(&[("GL_USERNAME", "bob")], &[OUTAGE])
        .says("bypass denied: `bob` is not listed in the policy");
    let entries = guarded.entries();
    assert_eq!((&entries[0]["event"], &entries[0]["pusher"]), (&"refused".into(), &"bob".into()));
    assert_eq!(entries[0]["bypass"]["granted"], false);
    guarded.server.client.git(["reset", "-q", "--hard", "origin/main"]).ok();
    guarded.server.client.commit_file("b", "x\n");
    let transcript = guarded.push(&[("GL_USERNAME", "bob")], &[OUTAGE]);
    assert_eq!(transcript.says("bypass denied: `bob`").status(), Some(0), "{transcript}");
    assert_eq!(guarded.entries()[1]["event"], "passed");
}

#[test]
fn pusher_name_comes_only_from_the_servers_own_variable() {
    const VARIABLES: [(&str, &str); 9] = [
        ("gitlab", "GL_USERNAME"),
        ("gitolite", "GL_USER"),
        ("github", "GITHUB_USER_LOGIN"),
        ("gitea", "GITEA_PUSHER_NAME"),
        ("gogs", "GOGS_AUTH_USER_NAME"),
        ("soft-serve", "SOFT_SERVE_USERNAME"),
        ("phorge", "PHABRICATOR_USER"),
        ("bitbucket", "BB_USER_NAME"),
        ("http", "REMOTE_USER"),
    ];
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    for (server_type, own) in VARIABLES {
        let variable = if server_type == "http" { ", pusher: {variable: REMOTE_USER}" } else { "" };
        guarded.policy(&format!("type: {server_type}, bypass: {{users: [ana]}}{variable}"));
        let foreign: Vec<_> = VARIABLES
            .iter()
            .filter(|(name, _)| *name != server_type)
            .map(|(_, name)| (*name, "ana"))
            .collect();
        let all = [&foreign[..], &[("USER", "ana"), ("LOGNAME", "ana"), (own, "")]].concat();
        guarded.refuses(&all, &[OUTAGE]).says("this server does not identify the pusher").never_says("ana");
        let seen = guarded.refuses(&[&foreign[..], &[(own, "eve")]].concat(), &[OUTAGE]);
        seen.says("`eve` is not listed");
        let oid = guarded.server.bare.oid("main").unwrap();
        assert_eq!(guarded.push(&[(own, "ana")], &[OUTAGE]).status(), Some(0), "{server_type}");
        guarded.server.bare.git(["update-ref", "refs/heads/main", &oid]).ok();
    }
}

#[test]
fn without_a_server_type_pushers_are_unknown() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let environment = [ANA, ("GL_USER", "ana"), ("REMOTE_USER", "ana")];
    let policy = format!("server: {{audit-log: {}}}\n", guarded.log.display());
    guarded.server.bare.write("git-gate.yml", policy);
    guarded.refuses(&environment, &[OUTAGE]).says("this server does not identify the pusher");
    let account = sandbox.run("id").arg("-un").ok().line();
    assert_eq!(guarded.entries()[0]["pusher"], account, "the log has the account of the process");
    guarded.policy("type: plain, bypass: {users: [ana]}");
    guarded.push(&environment, &[OUTAGE]).says("`server.bypass` needs a `type`").says("hook declined");
}

#[test]
fn bypass_needs_a_readable_reason() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    for option in ["git-gate.bypass", "git-gate.bypass=", "git-gate.bypass=  ", "git-gate.bypass=\u{200b}!"] {
        guarded.refuses(&[ANA], &[option]).says("bypass denied: a reason is required");
    }
    for option in ["git-gate.bypas=x", "GIT-GATE.BYPASS=x", "bypass=x", "git-gate.bypass2=x"] {
        guarded.refuses(&[ANA], &[option]).never_says("bypass denied");
    }
}

#[test]
fn bypass_needs_a_writable_audit_log() {
    let sandbox = Sandbox::new();
    let mut guarded = Guarded::new(&sandbox, "gitlab");
    sandbox.write("folder/x", "");
    for log in ["folder", "no/such/folder/log"] {
        guarded.log = sandbox.path(log);
        guarded.policy("type: gitlab, bypass: {users: [ana]}");
        guarded
            .refuses(&[ANA], &[OUTAGE])
            .says("bypass denied: cannot write to the audit log")
            .says("this push was not recorded in the audit log");
    }
    guarded.log = "/dev/full".into();
    guarded.policy("type: gitlab, bypass: {users: [ana]}");
    guarded.refuses(&[ANA], &[OUTAGE]).says("bypass denied: cannot write to the audit log");
    guarded.server.bare.write("git-gate.yml", "server: {type: gitlab, bypass: {users: [ana]}}\n");
    guarded.push(&[ANA], &[OUTAGE]).says("`server.bypass` needs an `audit-log`").says("hook declined");
}

#[test]
fn unneeded_bypass_is_not_logged_as_denied() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let server = format!("{{type: gitlab, bypass: {{users: [ana]}}, audit-log: {}}}", guarded.log.display());
    guarded.server.bare.write("git-gate.yml", format!("warn-only: true\nserver: {server}\n"));
    let oid = guarded.server.bare.oid("main").unwrap();
    for (pusher, bypass) in [("ana", Value::Null), ("bob", false.into())] {
        let transcript = guarded.push(&[("GL_USERNAME", pusher)], &[OUTAGE]);
        assert_eq!(transcript.status(), Some(0), "{transcript}");
        let entry = guarded.entries().pop().unwrap();
        assert_eq!(
            (&entry["event"], &entry["bypass"]["granted"]),
            (&"warn-only".into(), &bypass),
            "{pusher}"
        );
        guarded.server.bare.git(["update-ref", "refs/heads/main", &oid]).ok();
    }
}

#[test]
fn refusal_is_logged_without_secrets_of_the_environment() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let environment = [("HTTP_AUTHORIZATION", "Basic s3cr3t"), ("SSH_CONNECTION", "s3cr3t"), ANA];
    let transcript = guarded.refuses(&environment, &["token=s3cr3t"]);
    transcript.never_says("s3cr3t").never_says("audit");
    let entries = guarded.entries();
    assert_eq!((entries.len(), &entries[0]["event"]), (1, &"refused".into()));
    assert_eq!(entries[0]["bypass"], Value::Null);
    assert!(!fs::read_to_string(&guarded.log).unwrap().contains("s3cr3t"));
}

#[test]
fn pusher_input_cannot_inject_log_lines() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let server = &guarded.server;
    let (old, new) = (server.bare.oid("main").unwrap(), server.client.oid("main").unwrap());
    server.client.git(["push", "-q"]).arg(server.bare.path()).arg("main:refs/heads/x").transcript();
    let before = guarded.entries().len();
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let injected = "git-gate.bypass=x\n{\"event\":\"bypassed\"}\r\u{1b}[2J";
    for (pusher, status) in [("bob\n{\"event\":\"bypassed\"}", 1), ("ana", 0)] {
        let hook = server.bare.gate(["hook", "pre-receive"]).env("GL_USERNAME", pusher);
        let hook = hook.env("GIT_PUSH_OPTION_COUNT", "1").env("GIT_PUSH_OPTION_0", injected);
        let hook = hook.stdin(format!("{old} {new} refs/heads/main\n"));
        let transcript = hook.ends_with(status);
        assert!(!transcript.stderr().contains(&0x1b), "{transcript}");
        transcript.says(r"\x0a");
    }
    let events: Vec<Value> =
        guarded.entries().iter().skip(before).map(|entry| entry["event"].clone()).collect();
    assert_eq!(events, ["refused", "bypassed"]);
    assert!(!fs::read(&guarded.log).unwrap().contains(&0x1b));
}

#[test]
fn failed_check_can_be_bypassed_and_is_logged() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let server = &guarded.server;
    server.client.write(".github/dco.yml", "- not a mapping\n");
    server.client.git(["rm", "-q", WORKFLOW]).ok();
    server.client.commit("docs: a file that decides");
    guarded.push(&[("GL_USERNAME", "bob")], &[]).says("dco.yml").says("hook declined");
    guarded.push(&[ANA], &["git-gate.bypass=import"]).says("not checked").says("bypassed by `ana`");
    let failures: Vec<Value> = guarded.entries().iter().map(|entry| entry["failure"].clone()).collect();
    assert_eq!(failures, ["policy", "policy"]);
}

#[test]
fn invalid_policy_cannot_be_bypassed() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    guarded.server.bare.write("git-gate.yml", "rulez: {}\n");
    guarded.push(&[ANA], &[OUTAGE]).says("hook declined").says("is not valid");
    assert!(guarded.entries().is_empty());
}

/// A large baseline is read when a finding asks for it, after the policy.
#[test]
fn damaged_baseline_cannot_be_bypassed_and_its_place_is_not_shown() {
    let sandbox = Sandbox::new();
    let guarded = Guarded::new(&sandbox, "gitlab");
    let bare = &guarded.server.bare;
    let entry = |number: usize| {
        let oid = format!("{number:040x}");
        format!(
            "{{\"rule\":\"unpinned-uses\",\"kind\":\"blob\",\"oid\":\"{oid}\",\"path\":\"a\",\"line\":1,\"column\":1}}"
        )
    };
    let lines: Vec<String> = (0..4_000).map(entry).collect();
    let text = format!("{{\"version\": 1, \"findings\": [\n{}\n]}}\n", lines.join(",\n"));
    let server =
        format!("server: {{type: gitlab, bypass: {{users: [ana]}}, audit-log: {}}}\n", guarded.log.display());
    bare.write("git-gate.yml", format!("{server}baseline: old.json\n"));
    bare.write("old.json", text.replacen("{\"rule\"", "{\"role\"", 1));
    let before = bare.oid("main");
    let transcript = guarded.push(&[ANA], &[OUTAGE]);
    transcript.says("is not a baseline").says("ask the administrator of this server");
    transcript.never_says(bare.path().to_str().unwrap());
    assert_eq!(bare.oid("main"), before);
    bare.write("old.json", text);
    guarded.push(&[ANA], &[OUTAGE]).says("bypassed by `ana`");
}
