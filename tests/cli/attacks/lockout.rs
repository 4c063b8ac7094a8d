//! A deciding file that is not valid is refused where it comes in, and never locks a repository that has one.

use crate::support::{Repo, SIGN_OFF, Sandbox, Server};

const DCO_YML: &str = ".github/dco.yml";
const INVALID: &str = "allowRemediationCommits: [individual]\n";
const FAULT: &str = "line 1, column 26: allowRemediationCommits: wrong type, expected a mapping";

/// Commits, on a branch of the client, an unsigned commit that the next one signs off.
fn remediation(client: &Repo<'_>) {
    let unsigned = client.commit_message("docs: unsigned\n");
    let line =
        format!("I, A U Thor <author@example.com>, hereby add my Signed-off-by to this commit: {unsigned}");
    client.commit_message(&format!("docs: remedy\n\n{line}\n\n{SIGN_OFF}\n"));
}

#[test]
fn invalid_dco_yml_is_refused_where_it_comes_in() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let new = server.client.commit_file(DCO_YML, INVALID);
    for refspec in ["main", "main:refs/heads/topic", "main:refs/tags/t", "+main"] {
        let refused = server.refuses([refspec]);
        refused.says(&format!("error: `{DCO_YML}` in {} is not valid: {FAULT}", &new[..12]));
        refused.says("undecided: no findings").says("hint: correct or remove");
    }
    server.client.gate(["scan", "--no-git-config"]).ends_with(2).says(FAULT);
    server.client.gate(["scan", "--no-git-config", "HEAD~1..HEAD"]).ends_with(2).says(FAULT);
    let json = server.client.gate(["scan", "--no-git-config", "--format", "json"]).ends_with(2);
    json.says("\"verdict\": \"undecided\"").says("\"path\": \".github/dco.yml\"");
    server.client.gate(["install"]).ok();
    let push = server.client.git(["push", "-q", "origin", "main"]).transcript();
    push.says(FAULT).says("failed to push").never_says("remote:");
}

#[test]
fn invalid_file_below_the_tip_is_refused_too() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("topic", "main");
    server.client.commit_file(DCO_YML, INVALID);
    server.client.commit("docs: innocent");
    server.refuses(["topic"]).says(FAULT);
    server.refuses(["topic:main"]).says(FAULT);
}

/// Without a default branch of a remote, the commit is judged whose file counts.
#[test]
fn file_of_a_whole_history_is_judged_with_it() {
    let sandbox = Sandbox::new();
    let alone = sandbox.init("alone");
    alone.commit_file(DCO_YML, INVALID);
    alone.gate(["scan", "--no-git-config"]).ends_with(2).says(FAULT);
    // Undefined keys are refused in a change only.
    alone.commit_file(DCO_YML, "require:\n  member: true\n");
    alone.gate(["scan", "--no-git-config"]).ok();
}

#[test]
fn refusal_shows_the_other_findings_too() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(DCO_YML, INVALID);
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]).says("error[missing-signoff]").says(FAULT).says("undecided: 1 error");
}

#[test]
fn keys_of_real_files_are_remarked_on() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let real = "_extends: .github\nallowedBots: [x]\nrequire:\n  members: \"false\"\n";
    server.client.commit_file(DCO_YML, real);
    server.accepts(["main"]).says("have no effect: `_extends`, `allowedBots`, `require.members`");
    server.client.commit("docs: later");
    server.accepts(["main"]).never_says("note:");
}

#[test]
fn accepted_invalid_dco_yml_blocks_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(DCO_YML, INVALID)]);
    let base = server.client.oid("main").unwrap();
    server.client.commit("docs: innocent");
    server.accepts(["main", "main:refs/heads/other"]).never_says("note:");
    server.accepts([&format!("+{base}:main")]);
    server.accepts([&format!("{base}:refs/heads/again")]);
    server.branch("topic", "main");
    server.client.commit("docs: innocent too");
    server.accepts(["topic"]);
    remediation(&server.client);
    let refused = server.refuses(["topic"]);
    refused.says("error[missing-signoff]").says("the remediation has no effect");
    refused.says(&format!("`{DCO_YML}` on the default branch is not valid: {FAULT}"));
    server.branch("repair", "main");
    server.client.git(["rm", "-q", DCO_YML]).ok();
    server.client.commit("docs: repair");
    server.accepts(["repair:main"]);
}

#[test]
fn invalid_file_of_an_old_branch_does_not_block_that_branch() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(DCO_YML, INVALID)]);
    server.accepts(["main:refs/heads/release"]);
    server.client.commit_file(DCO_YML, "");
    server.accepts(["main"]);
    server.accepts(["main~1:refs/heads/old"]);
    server.branch("release", "main~1");
    server.client.commit("docs: backport");
    server.accepts(["release", "release:refs/heads/release-fix", "release:refs/tags/v1"]);
    server.client.commit("docs: another");
    server.accepts(["release:refs/heads/third"]);
    server.refuses(["+release:main"]).says(FAULT);
    server.client.commit("docs: a third");
    server.refuses(["release:refs/heads/fourth", "+release~0:main"]).says(FAULT);
    server.branch("beside", "release");
    server.client.commit("docs: beside");
    server.refuses(["release:refs/heads/a", "+beside:main"]).says(FAULT);
}

#[test]
fn file_that_decides_nothing_is_not_read() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    for (number, policy) in [
        "sign-off: {remediation: {individual: false, third-party: false}}",
        "rules: {missing-signoff: allow, mismatched-signoff: allow, misnamed-signoff: allow, malformed-commit: allow}",
        "warn-only: true",
    ]
    .iter()
    .enumerate()
    {
        server.bare.write("git-gate.yml", policy);
        let name = format!("topic{number}");
        server.branch(&name, "main");
        server.client.commit_file(DCO_YML, format!("# {number}\nallowRemediationCommits: [individual]\n"));
        let accepted = server.accepts([&name]);
        if policy.contains("warn-only") {
            accepted
                .says("line 2, column 26: allowRemediationCommits: wrong type")
                .says("without `warn-only` it would be refused");
        } else {
            accepted.never_says("dco.yml");
        }
    }
}

#[test]
fn large_deciding_file_is_not_valid() {
    let sandbox = Sandbox::new();
    let large = "# padding\n".repeat(120_000);
    let server = Server::new(&sandbox, &[(".mailmap", &large)]);
    server.bare.write("git-gate.yml", "sign-off: {mailmap: true}\nserver: {allow-repository-policy: true}\n");
    server.client.commit("docs: innocent");
    server
        .accepts(["main"])
        .says("`.mailmap` on the default branch is not valid: it is larger than 1024 KiB");
    server.client.commit_file(DCO_YML, &large);
    server.refuses(["main"]).says("it is larger than 64 KiB");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit_file(".git-gate.yml", &large);
    server.refuses(["main"]).says("it is larger than 1024 KiB");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit_file(".mailmap", "");
    server.accepts(["main"]);
    server.client.commit("docs: later");
    server.accepts(["main"]).never_says("note:");
    server.bare.write("git-gate.yml", "");
    server.client.commit_file(".mailmap", &large);
    server.accepts(["main"]);
}

#[test]
fn invalid_repository_policy_is_refused_and_locks_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".git-gate.yml", "rules: {nonsense: deny}\n")]);
    server.bare.write("git-gate.yml", "server: {allow-repository-policy: true}\n");
    server.client.commit("docs: innocent");
    let remark = "`.git-gate.yml` on the default branch is not valid";
    server.accepts(["main", "main:refs/heads/other"]).says(remark).says("it raises no level");
    server.client.commit_file(".git-gate.yml", "rulez: {}\n");
    server.refuses(["main"]).says("`.git-gate.yml` in").says(".git-gate.yml:1:1");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit_file(".git-gate.yml", "rules: {unpinned-image: deny}\n");
    server.accepts(["main"]).says(remark);
    server.client.commit("docs: later");
    server.accepts(["main"]).never_says("note:");
    server.bare.write("git-gate.yml", "");
    server.client.commit_file(".git-gate.yml", "rulez: {}\n");
    server.accepts(["main"]).never_says("note:");
}

#[test]
fn sha256_and_reftable_are_no_exception() {
    let sandbox = Sandbox::new();
    let server = Server::with_options(&sandbox, &["--object-format=sha256"], &[(DCO_YML, INVALID)]);
    server.client.commit("docs: innocent");
    server.accepts(["main"]);
    server.client.commit_file(DCO_YML, "allowRemediationCommits: {individual: 1}\n");
    server.refuses(["main"]).says("allowRemediationCommits.individual: wrong type, expected a boolean");
    server.client.commit_file(DCO_YML, "{}");
    server.accepts(["main"]);
}
