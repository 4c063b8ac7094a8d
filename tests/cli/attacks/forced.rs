//! Pushes that move a ref to a commit without its present one, and so bring back what that had repaired.

use crate::support::{CLEAN_WORKFLOW, SIGN_OFF, Sandbox, Secrets, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Server whose `main` has repaired an action, and which has a tag `old` at the commit before.
fn repaired(sandbox: &Sandbox) -> Server<'_> {
    let server = Server::new(sandbox, &[(WORKFLOW, UNPINNED_WORKFLOW)]);
    let client = &server.client;
    client.git(["tag", "old"]).ok();
    client.commit_file("file", "x\n");
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    server.accepts(["main"]);
    server
}

const SAID: &str = "the present value of the ref has repaired this, and the push, which removes it, takes the \
                    repair back";

#[test]
fn push_back_to_an_old_commit_is_refused() {
    let sandbox = Sandbox::new();
    let server = repaired(&sandbox);
    let client = &server.client;
    server.branch("aside", "old");
    client.commit_file("aside", "x\\n");
    server.branch("empty", "old");
    client.commit("docs: nothing");
    for new in ["old", "main~1", "aside", "empty"] {
        server.refuses([&format!("+{new}:main")]).says("error[unpinned-uses]").says(SAID);
    }
    client.gate(["install"]).ok();
    client.git(["push", "-q", "--dry-run", "origin", "+old:main"]).ends_with(1).says(SAID);
    client.gate(["scan", "--no-git-config", "origin/main..old"]).ends_with(1).says(SAID);
    client.gate(["uninstall"]).ok();
    // Of two refs, each is compared with its own value.
    server.accepts(["old:refs/heads/before"]);
    server.refuses(["+old:main", "+main:before"]).says(SAID);
}

/// The default branch has the problem itself, so only the present value of the other branch shows the repair.
#[test]
fn clone_compares_with_the_branch_that_is_replaced() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(WORKFLOW, UNPINNED_WORKFLOW)]);
    let client = &server.client;
    server.branch("topic", "main");
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    server.accepts(["topic"]);
    client.gate(["install"]).ok();
    // In a dry run only the hook of the clone runs.
    client.git(["push", "-q", "--dry-run", "origin", "+main:topic"]).ends_with(1).says(SAID);
}

#[test]
fn whole_report_of_a_push_back() {
    let sandbox = Sandbox::new();
    let server = repaired(&sandbox);
    let said = server.refuses(["+old:main"]);
    let old = &server.client.oid("old").unwrap()[..12];
    said.says(&format!(
        "error[unpinned-uses]: `example/action@main` is not pinned to a commit: a tag or a branch can move \
         --> {old}:.github/workflows/ci.yml:7:15 \
         | \
         7 | - uses: example/action@main \
         | ^^^^^^^^^^^^^^^^^^^ \
         = note: {SAID} \
         = help: pin it: `example/action@<40 hex digits> # <version>`",
    ));
    said.says("denied: 1 error in 1 ref update");
}

#[test]
fn credential_does_not_come_back_by_force() {
    let sandbox = Sandbox::new();
    let secret = Secrets::default().url("the submodule");
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = {secret}\n");
    let server = Server::new(&sandbox, &[(".gitmodules", &modules)]);
    server.client.git(["tag", "old"]).ok();
    server.client.git(["rm", "-q", ".gitmodules"]).ok();
    server.client.commit("docs: no submodule");
    server.accepts(["main"]);
    server.refuses(["+old:main"]).says("error[token-in-git-config]").says(SAID);
}

#[test]
fn push_with_force_that_takes_nothing_back_is_accepted() {
    let sandbox = Sandbox::new();
    let server = repaired(&sandbox);
    let client = &server.client;
    // A new branch may begin anywhere in the accepted history, and a topic may be rebased.
    server.accepts(["old:refs/heads/before"]);
    server.branch("topic", "old");
    client.commit_file("topic", "x\n");
    server.accepts(["topic"]);
    client.gate(["scan", "--no-git-config", "main..topic"]).ok();
    client.git(["rebase", "-q", "main"]).ok();
    server.accepts(["+topic"]);
    // The same commit without the repair of another file, and back to a commit with the repair.
    server.branch("topic", "main");
    client.commit_message(&format!("docs: another\n\n{SIGN_OFF}\n"));
    server.accepts(["+topic", "+topic~1:main"]);
    // The problem may be repaired in the replacement, too.
    server.branch("again", "old");
    client.commit_file(WORKFLOW, format!("# again\n{CLEAN_WORKFLOW}"));
    server.accepts(["+again:main"]);
}

#[test]
fn new_branch_at_an_old_commit_is_accepted_if_tips_are_judged() {
    let sandbox = Sandbox::new();
    let server = repaired(&sandbox);
    server.bare.write("git-gate.yml", "workflows: {judge: tip}\n");
    let client = &server.client;
    server.accepts(["old:refs/heads/before"]);
    server.branch("topic", "old");
    client.commit_file("topic", "x\n");
    server.accepts(["topic"]);
    client.commit_file(".github/workflows/new.yml", UNPINNED_WORKFLOW);
    server.refuses(["topic"]).says("error[unpinned-uses]");
    server.refuses(["topic:refs/heads/again"]).says("error[unpinned-uses]");
    server.refuses(["+old:main"]).says("error[unpinned-uses]");
}
