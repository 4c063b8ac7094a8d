//! Sign-offs as people, forges and bots write them, and commands that repair the others.

use crate::signoff::follow_advice;
use crate::support::{Sandbox, Server};

/// Commits in the client, with an identity as author and committer and a message.
fn commit_as(server: &Server<'_>, name: &str, email: &str, message: &str) {
    server.client.write("signed", message);
    server.client.git(["add", "signed"]).ok();
    let commit = server.client.git(["commit", "-q", "-F", "-"]).stdin(message);
    let commit = commit.env("GIT_AUTHOR_NAME", name).env("GIT_AUTHOR_EMAIL", email);
    commit.env("GIT_COMMITTER_NAME", name).env("GIT_COMMITTER_EMAIL", email).ok();
}

#[test]
fn signoffs_of_the_same_person_are_accepted() {
    for (name, email, signoff) in [
        ("aruiz", "ana@x.test", "Ana Ruiz <ana@x.test>"),
        ("Ana", "1+ana@users.noreply.github.com", "Ana <ana@users.noreply.github.com>"),
        ("Ana", "ana@users.noreply.github.com", "Ana <12+Ana@users.noreply.github.com>"),
        (
            "dependabot[bot]",
            "49699333+dependabot[bot]@users.noreply.github.com",
            "dependabot[bot] <support@github.com>",
        ),
        ("Ana Ruiz", "ana@x.test", "Ana Ruiz<ana@x.test>"),
        ("علی\u{200c}رضا", "ali@x.test", "علی\u{200c}رضا <ali@x.test>"),
        ("علی\u{200c}رضا", "ali@x.test", "علیرضا <ali@x.test>"),
        ("Ana ❤\u{fe0f}", "ana@x.test", "Ana ❤\u{fe0f} <ana@x.test>"),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        commit_as(&server, name, email, &format!("docs: x\n\nSigned-off-by: {signoff}\n"));
        server.accepts(["main"]);
        server.client.gate(["scan", "--no-git-config", "main~1..main"]).ok();
    }
}

#[test]
fn signoffs_of_another_person_are_refused() {
    for (name, email, signoff, rule) in [
        (
            "Ana",
            "1+ana@users.noreply.github.com",
            "Ana <1+bo@users.noreply.github.com>",
            "mismatched-signoff",
        ),
        (
            "renovate[bot]",
            "1+renovate[bot]@users.noreply.github.com",
            "x <support@github.com>",
            "mismatched-signoff",
        ),
        ("Ana\u{202e}", "ana@x.test", "Ana\u{202e} <ana@x.test>", "malformed-commit"),
        ("Ana\u{200d}Ruiz", "ana@x.test", "Ana\u{200d}Ruiz <ana@x.test>", "malformed-commit"),
        (
            "devin",
            "7+devin-ai-integration[bot]@users.noreply.github.com",
            "devin <devin-ai-integration[bot]@users.noreply.github.com>",
            "mismatched-signoff",
        ),
        (
            "Ana",
            "10+ana@users.noreply.github.com",
            "Ana <11+ana@users.noreply.github.com>",
            "mismatched-signoff",
        ),
        ("x[bot]", "x[bot]@x.test", "Mallory <mallory@x.test>", "mismatched-signoff"),
        ("GitHub", "noreply@github.com", "Mallory <mallory@x.test>", "mismatched-signoff"),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        commit_as(&server, name, email, &format!("docs: x\n\nSigned-off-by: {signoff}\n"));
        server.refuses(["main"]).says(&format!("error[{rule}]"));
    }
}

#[test]
fn another_name_is_a_warning_that_a_policy_may_deny() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["config", "user.name", "Ana Ruiz"]).ok();
    server.client.git(["config", "user.email", "ana@x.test"]).ok();
    commit_as(&server, "aruiz", "ana@x.test", "docs: x\n\nSigned-off-by: Ana Ruiz <ana@x.test>\n");
    let said = "same address, another name: the author is `aruiz`, the sign-off on line 3 is by `Ana Ruiz`";
    server
        .client
        .gate(["scan", "--no-git-config", "main~1..main"])
        .ok()
        .says("warning[misnamed-signoff]")
        .says(said);
    server.bare.write("git-gate.yml", "rules: {misnamed-signoff: deny}\n");
    server.refuses(["main"]).says("error[misnamed-signoff]").says(said);
    assert!(follow_advice(&sandbox, &server, "main").starts_with("commit --amend --signoff"));
    server.accepts(["main"]);
}

#[test]
fn lines_of_tools_below_a_signoff_are_no_prose() {
    for below in [
        "Fixes #12",
        "closes #12 and #13",
        "Fixes PROJ-12",
        "Fixes https://example.org/issues/12",
        "\nFixes #12",
        "BREAKING CHANGE: no more tabs",
        "\nSee merge request group/project!12",
        "(backported from commit 11bd719)",
        "cherry picked from commit 11bd719",
        "  for the whole team",
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        let message = format!("docs: x\n\nSigned-off-by: Ana <ana@x.test>\n{below}\n");
        commit_as(&server, "Ana", "ana@x.test", &message);
        server.accepts(["main"]);
    }
}

#[test]
fn misspelt_signoffs_are_named() {
    for (line, said) in [
        (
            "Signed-off-by： Ana <ana@x.test>",
            "line 3 begins with `Signed-off-by：`, not with `Signed-off-by:`",
        ),
        ("Signed-off-by Ana <ana@x.test>", "line 3 begins with `Signed-off-by`, not with `Signed-off-by:`"),
        ("X-DCO-Signed-off-by: Ana <ana@x.test>", "line 3 begins with `X-DCO-Signed-off-by:`"),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        commit_as(&server, "Ana", "ana@x.test", &format!("docs: x\n\n{line}\n"));
        server.refuses(["main"]).says("error[missing-signoff]").says(said);
    }
}

/// The author line has a second address of mine, and the last commit is another's.
#[test]
fn own_commit_under_another_address_is_repaired() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    client.git(["config", "user.name", "Ana"]).ok();
    client.git(["config", "user.email", "ana@x.test"]).ok();
    let signed = |who: &str| format!("docs: x\n\nSigned-off-by: {who}\n");
    commit_as(&server, "Ana", "ana@home.test", &signed("Ana <ana@x.test>"));
    commit_as(&server, "Bo", "bo@x.test", &signed("Bo <bo@x.test>"));
    assert!(follow_advice(&sandbox, &server, "main").starts_with("rebase "));
    server.accepts(["main"]);
    let signers = client.git(["log", "-1", "--format=%(trailers:key=Signed-off-by,valueonly)"]).ok();
    assert_eq!(signers.line(), "Bo <bo@x.test>");
}

#[test]
fn commit_of_a_bot_is_signed_by_who_passes_it_on() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    client.git(["config", "user.name", "Ana"]).ok();
    client.git(["config", "user.email", "ana@x.test"]).ok();
    commit_as(&server, "renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com", "chore: bump\n");
    commit_as(&server, "Ana", "ana@x.test", "docs: x\n\nSigned-off-by: Ana <ana@x.test>\n");
    let refused = server.refuses(["main"]);
    refused.says("the author is not a person").never_says("each author has to sign off");
    assert!(follow_advice(&sandbox, &server, "main").starts_with("rebase "));
    server.accepts(["main"]);
}
