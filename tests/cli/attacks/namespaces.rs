//! Namespaces of git: a push into one is not judged by the wrong names.

use crate::support::{Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn push_within_a_namespace_is_refused_with_a_word() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("b", "x\n");
    for namespace in ["a", "a/b"] {
        let push = server.client.git(["push", "-q", "origin", "main"]).env("GIT_NAMESPACE", namespace);
        push.transcript().says("error: pushes into a git namespace").says("pre-receive hook declined");
        let hook = server.bare.gate(["hook", "pre-receive"]).env("GIT_NAMESPACE", namespace);
        let (zero, main) = ("0".repeat(40), server.bare.oid("main").unwrap());
        hook.stdin(format!("{zero} {main} refs/heads/x\n")).ends_with(2).says("GIT_NAMESPACE");
    }
    let push = server.client.git(["push", "-q", "origin", "main"]).env("GIT_NAMESPACE", "");
    push.ok();
}

#[test]
fn push_from_outside_into_a_namespace_is_judged() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let policy = "rules: {moved-tag: deny}\nrefs: {exempt: [refs/heads/wip/*]}\n";
    server.bare.write("git-gate.yml", policy);
    server.bad_branch();
    for name in
        ["a/refs/heads/evil", "a/refs/namespaces/b/refs/tags/evil", "a/refs/heads/wip/x", "a/x/refs/heads/y"]
    {
        let to = format!("bad:refs/namespaces/{name}");
        server.refuses([&to]).says("error[unpinned-uses]");
    }
    server.accepts(["bad:refs/namespaces/a/refs/notes/x"]).says("is not covered");
    server.accepts(["main:refs/namespaces/a/refs/tags/v1"]);
    server.refuses([":refs/namespaces/a/refs/tags/v1"]).says("error[moved-tag]");
}

#[test]
fn old_history_of_a_namespace_blocks_no_push_to_it() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(WORKFLOW, UNPINNED_WORKFLOW);
    server.client.commit_message("docs: old, bad and unsigned\n");
    server
        .bare
        .git(["fetch", "-q"])
        .arg(server.client.path())
        .arg("main:refs/namespaces/a/refs/heads/main")
        .ok();
    server.client.commit_file("b", "x\n");
    for policy in ["", "refs: {levels: [{match: refs/heads/x, profile: hardened}]}\n"] {
        server.bare.write("git-gate.yml", policy);
        server.client.commit("docs: good");
        server.accepts(["main:refs/namespaces/a/refs/heads/main"]);
        server.refuses(["main"]).says("error[unpinned-uses]");
    }
}

#[test]
fn symbolic_ref_into_a_namespace_is_judged() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.git(["symbolic-ref", "refs/pub/a", "refs/namespaces/a/refs/heads/main"]).ok();
    server.bad_branch();
    server.refuses(["bad:refs/pub/a"]).says("error[unpinned-uses]");
    server.accepts(["main:refs/pub/a"]);
}
