//! Deciding files count from the default branch only: no branch has a say in its own judgement.

use crate::support::{SIGN_OFF, Sandbox, Server};

const DCO_YML: &str = ".github/dco.yml";
const ALLOWED: &str = "allowRemediationCommits: {individual: true}\n";

/// Commits as somebody else, with the sign-off of the pusher.
fn commit_of_victim(server: &Server<'_>) {
    let message = format!("docs: a change\n\n{SIGN_OFF}\n");
    let options = [
        "commit",
        "-q",
        "--allow-empty",
        "--no-verify",
        "--author",
        "Victim <victim@example.org>",
        "-F",
        "-",
    ];
    server
        .client
        .git(["-c", "core.hooksPath=/dev/null"].iter().chain(&options))
        .env("GIT_COMMITTER_NAME", "Victim")
        .env("GIT_COMMITTER_EMAIL", "victim@example.org")
        .stdin(message)
        .ok();
}

#[test]
fn mailmap_of_an_own_branch_does_not_count() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "sign-off: {mailmap: true}\n");
    let mailmap = "A U Thor <author@example.com> <victim@example.org>\n";
    server.branch("mine", "main");
    server.client.commit_file(".mailmap", mailmap);
    server.accepts(["mine"]);
    commit_of_victim(&server);
    for refspec in ["mine", "mine:main", "mine:refs/heads/new", "mine:refs/tags/new"] {
        server.refuses([refspec]).says("error[mismatched-signoff]");
    }
    // Within one push, the file does not count for the commits beside it either.
    server.refuses(["mine~1:main", "mine"]).says("error[mismatched-signoff]");
    server.accepts(["mine~1:main"]);
    server.accepts(["mine"]);
}

/// Allows remediation on the branch `mine`, which is accepted, and adds an unsigned commit and its remedy to it.
fn remedy_on_own_branch(server: &Server<'_>) {
    server.branch("mine", "main");
    server.client.commit_file(DCO_YML, ALLOWED);
    server.accepts(["mine"]);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    let line =
        format!("I, A U Thor <author@example.com>, hereby add my Signed-off-by to this commit: {unsigned}");
    server.client.commit_message(&format!("docs: remedy\n\n{line}\n\n{SIGN_OFF}\n"));
}

#[test]
fn dco_yml_of_an_own_branch_does_not_count() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    remedy_on_own_branch(&server);
    for refspec in ["mine", "mine:main", "mine:refs/heads/new"] {
        server.refuses([refspec]).says("error[missing-signoff]").says("remediation is not enabled");
    }
    server.accepts(["mine~2:main"]);
    server.accepts(["mine"]);
}

#[test]
fn repository_policy_of_an_own_branch_does_not_count() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".git-gate.yml", "rules: {unpinned-image: deny}\n")]);
    server.bare.write("git-gate.yml", "server: {allow-repository-policy: true}\n");
    server.branch("mine", "main");
    server.client.git(["rm", "-q", ".git-gate.yml"]).ok();
    server.client.commit("docs: remove");
    server.accepts(["mine"]);
    let workflow = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    container: alpine\n    steps: [{run: x}]\n";
    server.client.commit_file(crate::support::WORKFLOW, workflow);
    server.refuses(["mine"]).says("error[unpinned-image]").says("in HEAD:.git-gate.yml");
}

#[test]
fn clone_asks_the_default_branch_of_its_remote() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    remedy_on_own_branch(&server);
    server.client.gate(["install"]).ok();
    server.client.git(["fetch", "-q"]).ok();
    server.client.git(["remote", "set-head", "origin", "main"]).ok();
    let push = || server.client.git(["push", "-q", "origin", "mine"]).transcript();
    let refused = push();
    refused.says("error[missing-signoff]").never_says("remote:");
    // The start of a range stands for the default branch.
    server.client.gate(["scan", "--no-git-config", "mine~2..mine"]).ok();
    server.client.gate(["scan", "--no-git-config", "main..mine"]).ends_with(1).says("error[missing-signoff]");
}
