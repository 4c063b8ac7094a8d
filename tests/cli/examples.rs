//! The examples in the documentation of the rules: the bad one is found, the good one is not. Those of the rules for
//! workflows are judged where these rules are tested.

use git_gate::internals::{RULES, RuleMeta, find};

use crate::support::{Repo, Run, Sandbox, Server, Transcript};
use crate::tokens::{password, token};

/// A code block or a piece of code behind a title in the documentation of a rule.
#[track_caller]
fn example(rule: &RuleMeta, title: &str) -> String {
    let (_, rest) = rule.docs.split_once(title).expect(rule.id);
    let (section, _) = rest.split_once("\n#").unwrap_or((rest, ""));
    match section.split_once("```") {
        Some((_, block)) => block.split_once('\n').unwrap().1.split("```").next().unwrap().to_owned(),
        None => section.split('`').nth(1).expect(rule.id).to_owned(),
    }
}

fn rule(id: &str) -> &'static RuleMeta {
    find(id).unwrap()
}

/// Fails unless a rule finds something, or nothing.
#[track_caller]
fn assert_found(rule: &RuleMeta, transcript: &Transcript, found: bool) {
    assert_eq!(transcript.contains(&format!("[{}]", rule.id)), found, "{}:\n{transcript}", rule.id);
}

/// A commit by the person of the examples.
fn commit(repo: &Repo<'_>, email: &str, message: &str) {
    let as_ana = |run: Run, who: &str| {
        run.env(&format!("GIT_{who}_NAME"), "Ana Ruiz").env(&format!("GIT_{who}_EMAIL"), email)
    };
    repo.write("file", "content\n");
    repo.git(["add", "file"]).ok();
    let run = repo.git(["commit", "-q", "-F", "-"]).stdin(message);
    as_ana(as_ana(run, "AUTHOR"), "COMMITTER").ok();
}

fn scan(repo: &Repo<'_>) -> Transcript {
    repo.gate(["scan", "--no-git-config"]).transcript()
}

#[test]
fn every_rule_has_an_example() {
    for rule in RULES {
        assert!(!example(&rule.meta, "### Example").is_empty(), "{}", rule.meta.id);
    }
}

#[test]
fn messages_of_the_examples_are_unsigned_and_signed() {
    for rule in [rule("missing-signoff"), rule("mismatched-signoff")] {
        for (title, found) in [("### Example", true), ("### How to fix", false)] {
            let sandbox = Sandbox::new();
            let repo = sandbox.init("repo");
            commit(&repo, "ana@example.com", &example(rule, title));
            assert_found(rule, &scan(&repo), found);
        }
    }
}

#[test]
fn the_identity_of_the_example_is_refused_and_repaired() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let rule = rule("malformed-commit");
    let author = example(rule, "### Example");
    let (_, email) = author.trim_end().trim_end_matches('>').split_once('<').unwrap();
    commit(&repo, email, "docs: x");
    assert_found(rule, &scan(&repo), true);
    let mut repair = sandbox.run("sh").dir(repo.path()).args(["-ec", &example(rule, "### How to fix")]);
    for who in ["AUTHOR", "COMMITTER"] {
        repair = repair.env_remove(&format!("GIT_{who}_NAME")).env_remove(&format!("GIT_{who}_EMAIL"));
    }
    repair.ok();
    repo.gate(["scan", "--no-git-config"]).ok();
}

#[test]
fn credentials_of_the_examples_are_found_where_they_stand() {
    for (rule, file) in
        [(rule("token-in-git-config"), ".gitconfig"), (rule("token-in-content"), "publish.sh")]
    {
        for (title, found) in [("Bad:", true), ("Good:", false)] {
            let sandbox = Sandbox::new();
            let repo = sandbox.init("repo");
            let text = example(rule, title);
            assert_eq!(text.contains("<the "), found, "{text}");
            repo.commit_file(
                file,
                text.replace("<the password>", &password(1)).replace("<the token>", &token()),
            );
            assert_found(rule, &scan(&repo), found);
        }
    }
}

#[test]
fn pushes_of_the_examples_are_refused_and_accepted() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "rules: {moved-tag: deny}\n");
    let oid = "1".repeat(40);
    server.client.commit("docs: first");
    server.client.git(["push", "-q", "origin", "HEAD:refs/tags/v1.2.3"]).ok();
    server.client.commit("docs: second");
    for reference in ["refs/tags/v1.2.3", "refs/tags/v1.2.4", &format!("refs/replace/{oid}")] {
        server.client.git(["update-ref", reference, "HEAD"]).ok();
    }
    for rule in [rule("replaced-object"), rule("moved-tag")] {
        for (title, found) in [("Bad:", true), ("Good:", false)] {
            let command = example(rule, title).replace("<oid>", &oid);
            let pushed = sandbox.run("sh").dir(server.client.path()).args(["-c", &command]).transcript();
            assert_eq!(pushed.status(), Some(i32::from(found)), "{command}: {pushed}");
            assert_found(rule, &pushed, found);
        }
    }
}
