//! The name of a pusher is believed only from the variable that the administrator has named, and a pusher is shown
//! no folder of the server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Sandbox, Server, Transcript};

const CLAIMED: (&str, &str) = ("REMOTE_USER", "bob");
const BYPASS: &str = "git-gate.bypass=because";

fn push(server: &Server<'_>, environment: (&str, &str)) -> Transcript {
    let arguments = ["push", "-q", "-o", BYPASS, "origin", "main"];
    server.client.git(arguments).env(environment.0, environment.1).transcript()
}

/// Server at which `bob` may do anything, with an unsigned commit in the client.
fn server<'s>(sandbox: &'s Sandbox, keys: &str) -> Server<'s> {
    let server = Server::new(sandbox, &[]);
    server.bare.git(["config", "receive.advertisePushOptions", "true"]).ok();
    let log = sandbox.path("audit.jsonl");
    let policy = format!(
        "server: {{type: http, audit-log: {}, bypass: {{users: [bob]}}{keys}}}\n\
         sign-off: {{exempt: [{{pusher: bob, reason: a robot}}]}}\n",
        log.display()
    );
    server.bare.write("git-gate.yml", policy);
    server.client.commit_message("docs: unsigned\n");
    server
}

#[test]
fn type_http_alone_believes_no_variable() {
    let sandbox = Sandbox::new();
    let server = server(&sandbox, "");
    let refused = push(&server, CLAIMED);
    refused.says("pre-receive hook declined").says("error[missing-signoff]");
    refused.says("bypass denied: the policy does not name the variable that identifies the pusher");
    refused.says("no pusher is exempt: the policy does not name the variable");
    refused.says("server: {pusher: {variable: REMOTE_USER}}").never_says("bob");
    let log = fs::read_to_string(sandbox.path("audit.jsonl")).unwrap();
    assert!(log.contains(r#""pusher":null"#) && !log.contains("bob"), "{log}");
}

#[test]
fn only_the_named_variable_is_believed() {
    let sandbox = Sandbox::new();
    let server = server(&sandbox, ", pusher: {variable: GATE_USER}");
    push(&server, CLAIMED).says("this server does not identify the pusher").says("error[missing-signoff]");
    push(&server, ("GATE_USER", "alice")).says("`alice` is not listed").says("error[missing-signoff]");
    push(&server, ("GATE_USER", "")).says("this server does not identify the pusher");
    assert_eq!(push(&server, ("GATE_USER", "bob")).says("bob is exempt: a robot").status(), Some(0));
}

/// Commits as an author, without a sign-off.
fn commit_of(server: &Server<'_>, author: &str) {
    let options = ["commit", "-q", "--allow-empty", "--no-verify", "-m", "docs: x", "--author", author];
    server.client.git(options).ok();
}

/// A bot that merges pushes commits of strangers.
#[test]
fn exempt_pusher_brings_only_the_authors_that_the_policy_names() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    let policy = |exempt: &str| {
        let server = format!("server: {{type: gitlab, audit-log: {}}}\n", log.display());
        format!("{server}sign-off: {{exempt: [{exempt}]}}\n")
    };
    let push =
        || server.client.git(["push", "-q", "origin", "main:x"]).env("GL_USERNAME", "bot").transcript();
    let both = "{pusher: bot, authors: [Bot@X.test, 12+bot@users.noreply.github.com], reason: it bumps}";
    let anybody = "{pusher: bot, reason: it merges}";
    let remark =
        "`sign-off.exempt` covers whatever `bot` pushes, of whatever author: add `authors: [<address>, ..]`";
    for (exempt, author, said) in [
        (both.to_owned(), "A Bot <bot@x.test>", Some("1 commit needed no sign-off: bot is exempt: it bumps")),
        (both.to_owned(), "bot <bot@users.noreply.github.com>", Some("bot is exempt: it bumps")),
        (both.to_owned(), "Mallory <mallory@x.test>", None),
        (both.to_owned(), "bot@x.test <mallory@x.test>", None),
        (both.to_owned(), "bot <bot@x.test.test>", None),
        (both.to_owned(), "bot <12+bot@users.noreply.github.com>", Some("bot is exempt: it bumps")),
        (both.to_owned(), "bot <13+bot@users.noreply.github.com>", None),
        (both.to_owned(), "bot <13+bot2@users.noreply.github.com>", None),
        (both.replace("bot,", "other,"), "A Bot <bot@x.test>", None),
        (anybody.to_owned(), "Mallory <mallory@x.test>", Some("bot is exempt: it merges")),
        (format!("{anybody}, {both}"), "A Bot <bot@x.test>", Some("bot is exempt: it bumps")),
        (format!("{both}, {anybody}"), "Mallory <mallory@x.test>", Some("bot is exempt: it merges")),
    ] {
        server.bare.write("git-gate.yml", policy(&exempt));
        server.branch("main", "origin/main");
        commit_of(&server, author);
        let pushed = push();
        match said {
            None => drop(pushed.says("error[missing-signoff]").says("hook declined").never_says("is exempt")),
            Some(said) => {
                assert_eq!(pushed.says(said).status(), Some(0), "{pushed}");
                assert_eq!(pushed.contains(remark), said.contains("merges"), "{exempt} {author}\n{pushed}");
                server.bare.git(["update-ref", "-d", "refs/heads/x"]).ok();
            }
        }
    }
    server.bare.write("git-gate.yml", policy(anybody));
    server.bare.gate(["status"]).ok().says(remark);
    server.bare.write("git-gate.yml", policy(both));
    server.bare.gate(["status"]).ok().never_says("sign-off.exempt");
}

#[test]
fn header_or_push_option_cannot_be_named() {
    let sandbox = Sandbox::new();
    for name in ["HTTP_X_USER", "GIT_PUSH_OPTION_0", "QUERY_STRING"] {
        let sandbox = Sandbox::new();
        let server = server(&sandbox, &format!(", pusher: {{variable: {name}}}"));
        push(&server, (name, "bob")).says("the client of a push can set this variable").says("hook declined");
    }
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "server: {type: gitolite, pusher: {variable: REMOTE_USER}}\n");
    server.client.commit("docs: good");
    server.refuses(["main"]).says("`server.pusher` is for `type: http` only");
}

#[test]
fn pusher_is_shown_no_folder_of_the_server() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_message("docs: unsigned\n");
    let root = sandbox.path("");
    let root = root.to_str().unwrap().trim_end_matches('/').to_owned();
    let outside = sandbox.write("etc/house.yml", "rules: {missing-signoff: deny}\n");
    let included = sandbox.write("etc/broken.yml", "rulez: {}\n");
    let policies = [
        ("rules: {missing-signoff: deny}\n".to_owned(), "in git-gate.yml"),
        ("profile: hardened\nrules: {missing-signoff: deny}\n".to_owned(), "git-gate.yml"),
        ("warn-only: true\n".to_owned(), "because git-gate.yml sets `warn-only`"),
        (format!("include: [{}]\n", outside.display()), "in house.yml"),
        (format!("include: [{}]\n", included.display()), "the policy broken.yml:1:1 is not valid"),
        ("include: [missing.yml]\n".to_owned(), "cannot read missing.yml"),
        ("include: [git-gate.yml]\n".to_owned(), "git-gate.yml is included by too many files"),
        ("baseline: no-such.json\n".to_owned(), "no-such.json"),
        ("rules: [\n".to_owned(), "the policy git-gate.yml:"),
        ("server: {bypass: {users: [a]}}\n".to_owned(), "the policy git-gate.yml is not valid"),
        ("server: {deadline: 1ms}\n".to_owned(), "the deadline of 1ms has passed"),
        (format!("server: {{audit-log: {root}/no/such/folder}}\n"), "was not recorded in the audit log"),
        (format!("server: {{audit-log: {root}}}\n"), "was not recorded in the audit log"),
    ];
    for (policy, said) in policies {
        server.bare.write("git-gate.yml", &policy);
        let seen = server.client.git(["push", "-q", "origin", "main:topic"]).transcript();
        seen.says(said);
        let remote: Vec<String> = String::from_utf8_lossy(seen.stderr())
            .lines()
            .filter(|line| line.starts_with("remote:"))
            .map(str::to_owned)
            .collect();
        assert!(!remote.iter().any(|line| line.contains(&root)), "{policy}\n{seen}");
        server.bare.git(["update-ref", "-d", "refs/heads/topic"]).ok();
    }
    let unreadable = server.bare.write("git-gate.yml", "");
    fs::set_permissions(&unreadable, Permissions::from_mode(0o666)).unwrap();
    server.refuses(["main"]).says("git-gate.yml is not trusted").says("ask the administrator of this server");
}
