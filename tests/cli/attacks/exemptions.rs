//! Pushers who exempt themselves by a comment, and the audit log of exemptions.

use serde_json::{Value, json};

use crate::support::{Sandbox, Server, WORKFLOW};
use crate::tokens::token;

/// Returns a workflow with one unpinned action for each of the comments.
fn workflow(comments: &[&str]) -> String {
    let mut text = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n".to_owned();
    comments.iter().for_each(|comment| text += &format!("      - uses: evil/action@v1{comment}\n"));
    text
}

const COMMENT: &str = " # git-gate: allow[unpinned-uses] no release yet";
const REFUSED: &str = "the comment on this line has no effect";
const EXEMPTED: &str = "note: exempted from `unpinned-uses`";

#[test]
fn comment_of_the_pusher_exempts_only_if_the_policy_says_so() {
    let policies = [
        ("", Some("on this server only a comment counts that the default")),
        ("profile: default\n", Some("on this server only a comment counts that the default")),
        ("workflows: {comments: accepted}\n", Some("on this server only a comment counts that the default")),
        ("profile: hardened\n", Some("the policy does not let comments exempt")),
        ("refs: {levels: [{match: refs/heads/*, profile: hardened}]}\n", Some("the policy does not let")),
        ("workflows: {comments: none}\n", Some("the policy does not let comments exempt")),
        ("workflows: {comments: false}\n", Some("the policy does not let comments exempt")),
        ("workflows: {judge: tip}\n", Some("on this server only a comment counts that the default")),
        ("workflows: {comments: all}\n", None),
        ("workflows: {comments: true}\n", None),
        ("profile: hardened\nworkflows: {comments: all}\n", None),
    ];
    for (policy, objection) in policies {
        for branch in ["main", "topic"] {
            let sandbox = Sandbox::new();
            let server = Server::new(&sandbox, &[]);
            server.bare.write("git-gate.yml", policy);
            server.branch(branch, "main");
            server.client.commit_file(WORKFLOW, workflow(&[COMMENT]));
            match objection {
                Some(objection) => {
                    let refused = server.refuses([branch]);
                    refused.says("error[unpinned-uses]").never_says(EXEMPTED);
                    let text = String::from_utf8_lossy(refused.stderr()).replace("\nremote:", " ");
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    let entry = "`{rule: unpinned-uses, uses: 'evil/action@v1', reason: <reason>}` under `workflows.exempt`";
                    assert!(
                        [REFUSED, objection, entry].iter().all(|part| text.contains(part)),
                        "{policy} {text}"
                    );
                }
                None => drop(server.accepts([branch]).says(EXEMPTED)),
            }
        }
    }
}

#[test]
fn accepted_comment_counts_for_the_same_problem_only() {
    let new = |comments: &[&str]| (WORKFLOW, workflow(comments));
    let bad = "      - uses: evil/action@v1";
    for ((path, text), accepted) in [
        // The default branch has the step in a job `b`, so that the problem in job `a` is a new one.
        (new(&[COMMENT]), true),
        (new(&[COMMENT, COMMENT]), false),
        (new(&[" # git-gate: allow[unpinned-uses] another reason"]), false),
        ((".github/workflows/other.yml", workflow(&[COMMENT])), false),
        ((WORKFLOW, workflow(&[COMMENT]).replace("evil/action@v1", "evil/action@v2")), false),
        (
            (WORKFLOW, workflow(&[COMMENT]).replace("evil/action@v1", "https://evil.example/evil/action@v1")),
            false,
        ),
        ((WORKFLOW, workflow(&[COMMENT]).replace("  a:", "  b:")), false),
        (
            (
                WORKFLOW,
                workflow(&[COMMENT]).replace("no release yet", "no release yet, allow[unpinned-image]"),
            ),
            false,
        ),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[(WORKFLOW, &workflow(&[COMMENT]))]);
        // On this branch the file has been removed, so that nothing in it is old.
        server.branch("topic", "main");
        server.client.git(["rm", "-q", WORKFLOW]).ok();
        server.client.commit("ci: no workflow");
        server.accepts(["topic"]);
        server.client.commit_file(path, &text);
        match accepted {
            true => drop(server.accepts(["topic"]).says(EXEMPTED)),
            false => drop(server.refuses(["topic"]).says("error[unpinned-uses]")),
        }
        assert!(text.contains(bad) || !accepted);
    }
}

#[test]
fn comment_counts_in_a_clone_but_not_on_the_server() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("topic", "main");
    server.client.commit_file(WORKFLOW, workflow(&[COMMENT]));
    server.refuses(["topic"]);
    server.client.gate(["scan", "--no-git-config", "main..topic"]).ends_with(0).says(EXEMPTED);
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("topic:refs/kept/topic").ok();
    let scan = |policy: &str| {
        server.bare.write("git-gate.yml", policy);
        server.bare.gate(["scan", "--no-git-config", "main..refs/kept/topic"])
    };
    scan("").ends_with(1).says(REFUSED);
    scan("profile: hardened\n").ends_with(1).says(REFUSED);
    scan("workflows: {comments: all}\n").ends_with(0).says(EXEMPTED);
}

#[test]
fn exemption_that_lets_a_push_in_is_in_the_audit_log() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    let exempt = "exempt: [{rule: unpinned-image, uses: 'alpine:3', reason: \"small\\nand old\"}]";
    let policy =
        format!("server: {{audit-log: {}}}\nworkflows: {{comments: all, {exempt}}}\n", log.display());
    server.bare.write("git-gate.yml", policy);
    server.client.commit_file("a", "x");
    server.accepts(["main"]);
    assert!(!log.exists(), "a push without exemptions is not logged");
    let secret = token();
    let comment = format!("{COMMENT} \u{202e} {secret}");
    let text = workflow(&[&comment, &comment]) + "      - uses: docker://alpine:3\n";
    server.client.commit_file(WORKFLOW, text);
    server.accepts(["main"]);
    let lines = std::fs::read_to_string(&log).unwrap();
    assert!(lines.lines().count() == 1 && !lines.contains(&secret) && !lines.contains('\u{202e}'), "{lines}");
    let entry: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(entry["event"], "exempted");
    let exempted = entry["exempted"].as_array().unwrap();
    assert_eq!(exempted.len(), 2, "{entry}");
    let counts: Vec<Value> =
        exempted.iter().map(|one| json!([one["rule"], one["path"], one["by"], one["count"]])).collect();
    assert_eq!(
        counts,
        [json!(["unpinned-image", WORKFLOW, "policy", 1]), json!(["unpinned-uses", WORKFLOW, "comment", 2]),]
    );
    assert!(exempted[0]["reason"].as_str().unwrap().starts_with("small"), "{entry}");
}
