//! Examples in the documentation of the rules: the bad example is reported, the good one is not. Those of the
//! workflow rules are checked by the tests of these rules.

use git_gate::internals::{RULES, RuleMeta, find};

use crate::support::{Repo, Run, Sandbox, Server, Transcript};
use crate::tokens::{password, token};

/// Returns the first code block, or else the first inline code, after a title in the documentation of a rule.
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

/// Checks that a transcript contains a finding of a rule, or contains none if `found` is false.
#[track_caller]
fn assert_found(rule: &RuleMeta, transcript: &Transcript, found: bool) {
    assert_eq!(transcript.contains(&format!("[{}]", rule.id)), found, "{}:\n{transcript}", rule.id);
}

/// Commits as Ana Ruiz, the author in the examples.
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
fn message_examples_match_their_rules() {
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
fn identity_example_is_refused_until_fixed() {
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
fn credential_examples_match_their_rules() {
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
fn push_examples_match_their_rules() {
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
