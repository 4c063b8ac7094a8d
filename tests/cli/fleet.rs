//! One policy for many repositories and refs, and its gradual rollout.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::{SIGN_OFF, Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Creates a server, and a client whose `main` has one unpinned action to push.
fn unpinned(sandbox: &Sandbox) -> Server<'_> {
    let server = Server::new(sandbox, &[]);
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server
}

#[test]
fn included_policy_applies_unless_overridden() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let policy = |text: &str| server.bare.write("git-gate.yml", text);
    server
        .bare
        .write("fleet/lax.yml", "rules: {unpinned-uses: warn, missing-signoff: warn}\nprofile: hardened\n");
    server.bare.write("fleet/all.yml", "include: [lax.yml]\nrules: {missing-signoff: deny}\n");
    policy("include: [fleet/all.yml]\nrules: {unpinned-uses: deny}\n");
    server.refuses(["main"]).says("error[unpinned-uses]");
    policy("include: [fleet/all.yml]\n");
    server.accepts(["main"]).says("warning[unpinned-uses]");
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]).says("error[missing-signoff]");
}

#[test]
fn included_file_is_checked_like_the_policy() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    server.bare.write("git-gate.yml", "include: [lax.yml]\n");
    server.refuses(["main"]).says("cannot read").says("lax.yml");
    let lax = server.bare.write("lax.yml", "rules: {unpinned-uses: warn}\n");
    fs::set_permissions(&lax, Permissions::from_mode(0o664)).unwrap();
    server.refuses(["main"]).says("users other than its owner can write to it");
    fs::set_permissions(&lax, Permissions::from_mode(0o644)).unwrap();
    server.bare.write("lax.yml", "\nrulez: {}\n");
    server.refuses(["main"]).says("lax.yml:2:1 is not valid");
    server.bare.write("lax.yml", "include: [git-gate.yml]\n");
    server.refuses(["main"]).says("is included by too many files");
}

#[test]
fn finding_names_the_included_file_that_sets_its_level() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    server.client.commit_message("docs: unsigned\n");
    server.bare.write("fleet/all.yml", "rules: {unpinned-uses: warn}\nprofile: hardened\nwarn-only: true\n");
    server.bare.write("git-gate.yml", "include: [fleet/all.yml]\nrules: {missing-signoff: warn}\n");
    server.accepts(["main"]).says("`warn` in all.yml").says("`warn` in git-gate.yml");
    server.bare.write("git-gate.yml", "include: [fleet/all.yml]\nrules: {missing-signoff: deny}\n");
    server.client.commit_message("docs: unsigned again\n");
    server.accepts(["main"]).says("because all.yml sets `warn-only`");
}

#[test]
fn baseline_is_relative_to_the_file_that_names_it() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let write = ["scan", "--no-git-config", "--write-baseline"];
    server.bare.write("fleet/x", "");
    server.client.gate(write).arg(server.bare.file("fleet/old.json")).ok();
    let section = "repositories: [{match: '*', baseline: old.json}]\n";
    for included in ["baseline: old.json\n", section] {
        server.bare.write("fleet/all.yml", included);
        server.bare.write("git-gate.yml", "include: [fleet/all.yml]\n");
        server.accepts(["main"]).says("1 old finding from the baseline is not shown");
        server.bare.write("git-gate.yml", "include: [fleet/all.yml]\nbaseline: fleet/old.json\n");
        server.bare.git(["update-ref", "refs/heads/main", "main~1"]).ok();
        server.accepts(["main"]).says("1 old finding");
        server.bare.git(["update-ref", "refs/heads/main", "main~1"]).ok();
    }
}

#[test]
fn unwritable_baseline_is_reported_by_its_own_path() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("a", "x");
    let scan = repo.gate(["scan", "--no-git-config", "--write-baseline", "gone/old.json"]).ends_with(2);
    let expected = "error: cannot write the baseline gone/old.json: No such file or directory (os error 2)\n";
    assert_eq!(scan.stderr(), expected.as_bytes(), "{scan}");
}

#[test]
fn section_applies_to_repositories_by_path() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let fleet = sandbox.path("fleet.yml");
    server.bare.git(["config", "gate.policy"]).arg(&fleet).ok();
    let root = sandbox.path("").display().to_string();
    for (pattern, accepted) in [
        ("/no/such/*".to_owned(), false),
        (format!("{root}server"), false),
        (format!("{root}client/*"), false),
        ("*/server.git".to_owned(), true),
    ] {
        let text = format!("repositories:\n- match: '{pattern}'\n  rules: {{unpinned-uses: warn}}\n");
        sandbox.write(&fleet, text);
        if accepted {
            server.accepts(["main"])
        } else {
            server.refuses(["main"])
        };
    }
    sandbox.write(&fleet, "repositories: [{match: server.git}]\n");
    server.client.commit("docs: more");
    server.refuses(["main"]).says("the absolute path of a git directory");
}

#[test]
fn levels_of_a_ref_apply_to_its_updates() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let levels = "refs: {levels: [{match: refs/heads/wip/*, rules: {unpinned-uses: allow}}]}\n";
    server.bare.write("git-gate.yml", levels);
    server.refuses(["main"]).says("error[unpinned-uses]");
    server.accepts(["main:refs/heads/wip/x"]).never_says("unpinned-uses");
    server.refuses(["main"]).says("error[unpinned-uses]");
    server.refuses(["main:refs/heads/wip/y", "main:refs/heads/other"]).says("error[unpinned-uses]");
    server.client.commit_message("docs: unsigned\n");
    let both = server.refuses(["main:refs/heads/wip/y", "main"]);
    assert_eq!(both.to_string().matches("error[missing-signoff]").count(), 1, "{both}");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.accepts(["main:refs/heads/wip/z"]);
}

#[test]
fn commits_on_lax_refs_are_new_to_strict_refs() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let levels = "rules: {unpinned-uses: warn}\n\
                  refs: {levels: [{match: refs/heads/release/*, rules: {unpinned-uses: deny}}]}\n";
    server.bare.write("git-gate.yml", levels);
    server.accepts(["main"]).says("warning[unpinned-uses]");
    server.refuses(["main:refs/heads/release/1"]).says("error[unpinned-uses]");
    server.client.git(["rm", "-q", WORKFLOW]).ok();
    server.client.commit("ci: undo");
    server.refuses(["main:refs/heads/release/1"]).says("error[unpinned-uses]");
    server.branch("clean", "main~2");
    server.client.commit_file("b", "x\n");
    server.accepts(["clean:refs/heads/release/1"]);
    server.accepts(["clean:refs/heads/other"]);
    server.client.commit_file("c", "x\n");
    server.accepts(["clean:refs/heads/release/1", "clean:refs/heads/other"]);
}

#[test]
fn warn_only_policy_accepts_and_logs_denied_findings() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    let log = sandbox.path("audit.jsonl");
    let policy = format!("warn-only: true\nserver: {{audit-log: {}}}\n", log.display());
    server.bare.write("git-gate.yml", policy);
    server
        .accepts(["main"])
        .says("warning[unpinned-uses]")
        .says("`warn` instead of `deny`, because")
        .says("without `warn-only`, the level of 1 of these findings would be `deny`");
    let entry: Value = serde_json::from_slice(&fs::read(log).unwrap()).unwrap();
    assert_eq!((&entry["event"], &entry["denied"]["unpinned-uses"]), (&"warn-only".into(), &1.into()));
    server.bare.write("git-gate.yml", "warn-only: true\nrepositories: [{match: '*', warn-only: false}]\n");
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]);
}

#[test]
fn baseline_accepts_only_old_findings() {
    let sandbox = Sandbox::new();
    let server = unpinned(&sandbox);
    server.client.commit_message("docs: unsigned\n");
    let file = server.bare.file("old.json");
    let write = ["scan", "--no-git-config", "--write-baseline"];
    server.client.gate(write).arg(&file).ok().says("2 old findings from the baseline are not shown");
    server.bare.write("git-gate.yml", "baseline: old.json\n");
    server.accepts(["main"]).says("2 old findings from the baseline are not shown").never_says("--signoff");
    server.client.gate(write).arg(&file).ok().says("2 old findings");
    server.client.commit_file(WORKFLOW, format!("{UNPINNED_WORKFLOW}      - uses: evil/other@main\n"));
    server.refuses(["main"]).says("evil/other").never_says("example/action@main` is");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.write(".github/workflows/copy.yml", UNPINNED_WORKFLOW);
    server.client.commit_message(&format!("ci: a copy\n\n{SIGN_OFF}\n"));
    server.refuses(["main"]).says("copy.yml");
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    server.refuses(["main"]).says("users other than its owner can write to it");
}

#[test]
fn repository_policy_may_only_raise_levels() {
    let sandbox = Sandbox::new();
    let own = "profile: hardened\nrules: {unpinned-uses: allow, missing-signoff: deny}\n\
               server: {bypass: {}}\nwarn-only: true\nsign-off: {merges: skip}\n";
    let server = Server::new(&sandbox, &[(".git-gate.yml", own)]);
    let lax = "rules: {missing-signoff: warn}\nserver: {allow-repository-policy: true}\n";
    server.bare.write("git-gate.yml", lax);
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]).says("error[missing-signoff]").says("in HEAD:.git-gate.yml");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["main"]).says("error[unpinned-uses]");
    server.bare.write("git-gate.yml", "rules: {missing-signoff: warn}\n");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.write(".git-gate.yml", "rules: {missing-signoff: allow}\n");
    server.client.commit_message("docs: unsigned\n");
    server.bare.write("git-gate.yml", lax);
    server.refuses(["main"]).says("error[missing-signoff]");
    server.bare.write("git-gate.yml", "rules: {missing-signoff: warn}\n");
    server.accepts(["main"]).says("warning[missing-signoff]");
}
