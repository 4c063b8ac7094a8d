//! The examples of the README that say which key of a policy settles which commits: each is tried with real commits.

use crate::support::{SIGN_OFF, Sandbox, Server, Transcript};

const README: &str = include_str!("../../README.md");
const PLACEHOLDER: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

/// Returns the examples: what they are for, and the policy.
fn examples() -> Vec<(&'static str, &'static str)> {
    let start = "<!-- which key: tried by tests/cli/which_key.rs -->";
    let part = README.split_once(start).unwrap().1.split_once("<!-- end of which key -->").unwrap().0;
    let block = |text: &'static str| {
        let policy = text.split_once("```").unwrap().0;
        (policy.lines().next().unwrap().strip_prefix("# ").unwrap(), policy)
    };
    part.split("```yaml\n").skip(1).map(block).collect()
}

/// Returns the policy of an example.
fn policy(case: &str) -> &'static str {
    examples().into_iter().find(|(name, _)| *name == case).unwrap_or_else(|| panic!("{case}")).1
}

/// Commits as an author, committed by a forge.
fn commit(server: &Server<'_>, author: &str, message: &str) -> String {
    let (name, address) = author.strip_suffix('>').unwrap().split_once(" <").unwrap();
    let run = server.client.git(["commit", "-q", "--allow-empty", "-F", "-"]).stdin(message);
    let run = run.env("GIT_AUTHOR_NAME", name).env("GIT_AUTHOR_EMAIL", address);
    run.env("GIT_COMMITTER_NAME", "GitHub").env("GIT_COMMITTER_EMAIL", "noreply@github.com").ok();
    server.client.oid("HEAD").unwrap()
}

fn signed(who: &str) -> String {
    format!("docs: x\n\nSigned-off-by: {who}\n")
}

fn push(server: &Server<'_>, pusher: &str) -> Transcript {
    server.client.git(["push", "-q", "origin", "main"]).env("GL_USERNAME", pusher).transcript()
}

/// Fails unless the push is refused without a policy, and accepted with it.
#[track_caller]
fn settles(server: &Server<'_>, policy: &str) -> Transcript {
    server.bare.write("git-gate.yml", "server: {type: gitlab}\n");
    push(server, "marge-bot").says("pre-receive hook declined").says("error[");
    server.bare.write("git-gate.yml", policy);
    let pushed = push(server, "marge-bot");
    assert_eq!(pushed.status(), Some(0), "{policy}\n{pushed}");
    pushed
}

/// Fails unless the policy lets a commit of a stranger not in.
#[track_caller]
fn refuses_stranger(server: &Server<'_>, message: &str) {
    server.client.git(["reset", "-q", "--hard", "origin/main"]).ok();
    commit(server, "Mallory <mallory@example.net>", message);
    push(server, "marge-bot").says("pre-receive hook declined").says("error[");
}

#[test]
fn every_example_is_a_policy() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    assert_eq!(examples().len(), 9);
    for (case, policy) in examples() {
        server.bare.write("git-gate.yml", policy);
        server.bare.gate(["rules"]).ok().never_says("error");
        // Each key is in the table above.
        let table =
            README.split_once("### Which key for which case").unwrap().1.split_once("<!--").unwrap().0;
        let keys = policy.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
        for (key, _) in keys.filter(|(key, _)| key.starts_with(char::is_alphabetic) && *key != "type") {
            assert!(table.contains(&format!("`{key}")), "{case}: {key}");
        }
    }
}

#[test]
fn aliases_join_two_mailboxes_and_two_accounts() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let policy = policy("two mailboxes, a new name, a bot with another account");
    commit(&server, "ana <ana@home.example.org>", &signed("Ana Ruiz <ana@example.com>"));
    let bot = "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>";
    commit(&server, bot, &signed("CI <ci@example.com>"));
    settles(&server, policy);
    refuses_stranger(&server, &signed("Ana Ruiz <ana@example.com>"));
    refuses_stranger(&server, &signed("CI <ci@example.com>"));
}

#[test]
fn mailmap_of_the_project_joins_a_renamed_person() {
    let sandbox = Sandbox::new();
    let mailmap = "Ana Lind <ana@example.com> Ana Ruiz <ruiz@example.com>\n";
    let server = Server::new(&sandbox, &[(".mailmap", mailmap)]);
    commit(&server, "Ana Ruiz <ruiz@example.com>", &signed("Ana Lind <ana@example.com>"));
    settles(&server, policy("a project with a .mailmap")).never_says("misnamed");
    refuses_stranger(&server, &signed("Ana Lind <ana@example.com>"));
}

#[test]
fn conflicts_are_resolved_without_a_signoff() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("topic", "main");
    server.client.commit_file("README", "topic\n");
    server.branch("main", "origin/main");
    server.client.commit_file("README", "main\n");
    let merge = |more: Option<&str>| {
        server.client.git(["merge", "-q", "topic"]).ends_with(1);
        server.client.write("README", "both\n");
        more.into_iter().for_each(|file| drop(server.client.write(file, "x\n")));
        server.client.git(["add", "-A"]).ok();
        server.client.git(["commit", "-q", "--no-verify", "-m", "Merge topic"]).ok();
    };
    merge(Some("beside"));
    server.bare.write("git-gate.yml", policy("resolved conflicts"));
    push(&server, "ana").says("error[missing-signoff]");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    merge(None);
    settles(&server, policy("resolved conflicts"));
}

#[test]
fn merge_bot_brings_its_own_commits_and_signed_ones() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let policy = policy("a merge bot");
    server.client.commit("docs: of a user");
    commit(&server, "Marge Bot <marge-bot@example.com>", "chore: bump\n");
    settles(&server, policy).says("1 commit needed no sign-off: marge-bot is exempt: it signs off nothing");
    refuses_stranger(&server, "docs: unsigned\n");
    server.client.git(["reset", "-q", "--hard", "origin/main"]).ok();
    commit(&server, "Marge Bot <marge-bot@example.com>", "chore: bump\n");
    push(&server, "mallory").says("error[missing-signoff]");
}

#[test]
fn history_from_before_the_gate_is_accepted() {
    for case in ["history from before the gate", "single old commits"] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        let first = commit(&server, "Ana <ana@example.com>", "docs: old\n");
        let policy = policy(case).replace(PLACEHOLDER, &first);
        settles(&server, &policy).says("1 commit needed no sign-off: ");
        refuses_stranger(&server, "docs: new\n");
    }
}

#[test]
fn later_commits_remedy_earlier_ones() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let declares = |who: &str, by: &str, oid: &str| {
        let line = format!("I, {by}, hereby add my Signed-off-by to this commit: {oid}");
        let start = if who == by { String::new() } else { format!("On behalf of {who}, ") };
        format!("docs: remedy\n\n{start}{line}\n\nSigned-off-by: {by}\n")
    };
    let (ana, bo) = ("Ana <ana@example.org>", "Bo Lind <bo@example.com>");
    let own = commit(&server, ana, "docs: one\n");
    commit(&server, ana, &declares(ana, ana, &own));
    let other = commit(&server, ana, "docs: two\n");
    commit(&server, bo, &declares(ana, bo, &other));
    let policy = policy("a remedy in the same push");
    settles(&server, policy);
    let third = commit(&server, ana, "docs: three\n");
    let mallory = "Mallory <mallory@example.net>";
    commit(&server, mallory, &declares(ana, mallory, &third));
    push(&server, "ana").says("error[missing-signoff]").says("the representative is not listed");
}

#[test]
fn addresses_of_the_house_are_accepted() {
    for address in ["ana@corp.local", "ana@buildhost", "ana@noreply.localhost"] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        let who = format!("Ana <{address}>");
        commit(&server, &who, &signed(&who));
        settles(&server, policy("addresses of the house"));
        refuses_stranger(&server, &signed(&who));
    }
}

#[test]
fn shared_account_does_not_sign() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let build = "Build <build@example.com>";
    server.bare.write("git-gate.yml", policy("a shared account"));
    commit(&server, build, &signed(build));
    push(&server, "ana").says("error[mismatched-signoff]");
    server.client.git(["reset", "-q", "--hard", "origin/main"]).ok();
    commit(&server, "A U Thor <author@example.com>", &format!("docs: x\n\n{SIGN_OFF}\n"));
    server.accepts(["main"]);
}
