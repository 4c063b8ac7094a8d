//! Real pushes into a guarded bare repository, including every known way around the gates of other tools.

use std::fmt::Write as _;

use crate::support::{
    CLEAN_WORKFLOW, EMAIL, NAME, SIGN_OFF, Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW, not_tested,
};

const ZERO: &str = "0000000000000000000000000000000000000000";

#[test]
fn clean_push_is_silent() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    assert_eq!(server.accepts(["main"]).to_string(), "--- stderr ---\n[exit status: 0]");
}

#[test]
fn commit_without_signoff_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_message("docs: unsigned\n");
    server.refuses(["main"]).says("error[missing-signoff]");
}

#[test]
fn checkout_that_keeps_credentials_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(WORKFLOW, CLEAN_WORKFLOW)]);
    server
        .client
        .commit_file(WORKFLOW, CLEAN_WORKFLOW.replace("persist-credentials: false", "fetch-depth: 1"));
    server.refuses(["main"]).says("error[persisted-credentials]");
}

#[test]
fn old_problem_in_a_changed_file_passes() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(WORKFLOW, UNPINNED_WORKFLOW)]);
    server.client.commit_file(WORKFLOW, format!("# a comment\n{UNPINNED_WORKFLOW}"));
    server.accepts(["main"]);
    server.client.commit_file(WORKFLOW, format!("{UNPINNED_WORKFLOW}      - uses: evil/other@main\n"));
    server.refuses(["main"]).says("evil/other@main").never_says("actions/checkout@v4");
}

#[test]
fn bad_branch_is_refused_at_any_position() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bad_branch();
    for good in ["a-good", "z-good"] {
        server.branch(good, "main");
        server.client.commit(good);
        server.refuses([good, "bad"]).says("error[unpinned-uses]");
    }
}

#[test]
fn deletion_in_the_first_line_hides_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.accepts(["main:refs/heads/a-old"]);
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses([":a-old", "main"]);
    server.accepts([":a-old"]);
}

#[test]
fn undone_bad_commit_is_still_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.client.git(["rm", "-q", WORKFLOW]).ok();
    server.client.commit("ci: undo");
    server.refuses(["main"]);
}

#[test]
fn tips_only_accepts_undone_problems() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "workflows: {judge: tip}\n");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["main"]).says("error[unpinned-uses]");
    server.client.git(["rm", "-q", WORKFLOW]).ok();
    server.client.commit("ci: undo");
    server.accepts(["main"]);
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.client.commit_file("b", "x\n");
    server.refuses(["main"]).says("error[unpinned-uses]");
}

#[test]
fn tips_only_compares_each_tip_with_its_ref() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "rules: {unpinned-uses: allow}\n");
    server.branch("a", "main");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.accepts(["a"]);
    server.bare.write("git-gate.yml", "workflows: {judge: tip}\n");
    server.client.commit_file("other", "x");
    server.accepts(["a"]);
    server.client.commit_file("other", "y");
    server.branch("main", "main");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["a", "main"]).says("error[unpinned-uses]");
}

#[test]
fn content_only_in_a_merge_is_checked() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    for side in ["left", "right"] {
        server.branch(side, "main");
        server.client.commit_file(side, "x\n");
    }
    server.merge_with("left", WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["right"]).says("error[unpinned-uses]");
}

#[test]
fn merge_of_an_old_problem_passes() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("old", "main");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.bare.gate(["uninstall"]).ok();
    server.accepts(["old"]);
    server.bare.gate(["install"]).ok();
    server.branch("new", "main");
    server.client.commit_file("b", "x\n");
    server.client.git(["merge", "-q", "--no-ff", "--signoff", "-m", "Merge old", "old"]).ok();
    server.accepts(["new"]);
}

#[test]
fn annotated_tag_is_followed_to_its_commit() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.client.git(["tag", "-a", "-m", "v1", "v1"]).ok();
    server.client.git(["tag", "-a", "-m", "v1", "nested", "v1"]).ok();
    server.refuses(["refs/tags/v1"]);
    server.refuses(["refs/tags/nested"]);
}

#[test]
fn attributes_and_nul_bytes_hide_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".gitattributes", "*.yml -diff binary -text\n")]);
    server.branch("attributes", "main");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["attributes"]).says("error[unpinned-uses]");
    server.branch("nul", "main");
    server.client.commit_file(WORKFLOW, format!("{CLEAN_WORKFLOW}# \0\n"));
    server.refuses(["nul"]).says("error[unreadable-workflow]");
}

#[test]
fn replace_refs_are_ignored_and_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("clean", "main");
    let clean = server.client.commit_file("b", "x\n");
    let bad = server.bad_branch();
    server.refuses([&format!("{clean}:refs/replace/{bad}")]).says("error[replaced-object]");
    server.accepts(["clean"]);
    server.bare.git(["update-ref", &format!("refs/replace/{bad}"), &clean]).ok();
    server.refuses(["bad"]).says("error[unpinned-uses]");
}

#[test]
fn commits_already_in_the_store_are_still_new() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bad_branch();
    let pool = sandbox.init_bare("pool.git");
    server.client.git(["push", "-q"]).arg(pool.path()).arg("bad").ok();
    server.bare.write("objects/info/alternates", format!("{}\n", pool.path().join("objects").display()));
    server.refuses(["bad"]);
    std::fs::remove_file(server.bare.file("objects/info/alternates")).unwrap();
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("bad").ok();
    server.refuses(["bad"]);
}

#[test]
fn claimed_old_oid_does_not_shorten_the_walk() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let base = server.client.oid("main").unwrap();
    let bad = server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.client.git(["rm", "-q", WORKFLOW]).ok();
    let new = server.client.commit("ci: undo");
    for old in [&bad, &new] {
        let update = format!("{old} {new} refs/heads/main");
        server.receives(&update, &format!("{new}\n^{base}\n")).says("hook declined");
        assert_eq!(server.bare.oid("main"), Some(base.clone()));
    }
}

#[test]
fn branch_name_is_not_resolved_as_ref_or_oid() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let bad = server.client.commit_message("no sign-off\n");
    // The policy does not cover these refs, so the commit gets into the object store.
    for uncovered in ["refs/refs/heads/x", "refs/remotes/refs/heads/x"] {
        server.accepts([&format!("{bad}:{uncovered}")]);
    }
    for branch in ["x".to_owned(), format!("y-g{bad}"), format!("y-g{}", &bad[..7])] {
        let update = format!("{} {bad} refs/heads/{branch}", "0".repeat(40));
        server.receives(&update, "").says("error[missing-signoff]").says("hook declined");
    }
}

#[test]
fn new_branch_on_known_bad_commits_passes() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(WORKFLOW, UNPINNED_WORKFLOW)]);
    server.accepts(["main:refs/heads/new"]);
}

#[test]
fn commits_on_exempt_refs_are_new_to_covered_refs() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "refs:\n  exempt: [refs/heads/wip/*]\n");
    server.bad_branch();
    server.accepts(["bad:refs/heads/wip/bad"]).says("is not covered by the policy");
    server.refuses(["bad:refs/heads/bad"]).says("error[unpinned-uses]");
    server.bare.write("git-gate.yml", "refs:\n  cover: [refs/heads/main]\n");
    server.accepts(["bad:refs/heads/bad"]);
    server.refuses(["bad:refs/heads/main"]).says("error[unpinned-uses]");
}

#[test]
fn oldest_of_many_commits_is_checked() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    let who = format!("{NAME} <{EMAIL}> 1800000000 +0000");
    let message = format!("docs: signed\n\n{SIGN_OFF}\n");
    let one = format!("author {who}\ncommitter {who}\ndata {}\n{message}", message.len());
    let others = format!("commit refs/heads/main\n{one}\n").repeat(600);
    let stream = others.replacen(&format!("{one}\n"), &format!("{one}from {unsigned}\n"), 1);
    server.client.git(["fast-import", "--quiet"]).stdin(stream).ok();
    server.refuses(["main"]).says("error[missing-signoff]").says(&unsigned[..12]).says("601 commits");
}

#[test]
fn bad_ref_among_thousands_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let good = server.client.oid("main").unwrap();
    let bad = server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let create = |at: usize| format!("create refs/heads/n/{at} {}\n", if at == 1777 { &bad } else { &good });
    let refs: String = (0..3000).map(create).collect();
    server.client.git(["update-ref", "--stdin"]).stdin(refs).ok();
    server.refuses(["refs/heads/n/*:refs/heads/n/*"]).says("error[unpinned-uses]");
}

#[test]
fn push_to_a_symbolic_ref_is_judged_by_its_target() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.git(["symbolic-ref", "refs/current/head", "refs/heads/main"]).ok();
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["main:refs/current/head"]).says("error[unpinned-uses]");
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.client.commit("docs: good");
    server.accepts(["main:refs/current/head"]).says("is judged as one to `refs/heads/main`");
}

#[test]
fn policy_in_the_push_has_no_effect() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    for name in [".git-gate.yml", "git-gate.yml"] {
        server.client.write(name, "rules:\n  unpinned-uses: allow\n");
    }
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.refuses(["main"]);
}

#[test]
fn server_policy_sets_levels_and_must_be_valid() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "rules:\n  unpinned-uses: warn\n");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    server.accepts(["main"]).says("warning[unpinned-uses]");
    server.client.commit_file("b", "x\n");
    server.bare.write("git-gate.yml", "rulez: {}\n");
    server.refuses(["main"]).says("the policy git-gate.yml:1:");
    std::fs::remove_file(server.bare.file("git-gate.yml")).unwrap();
    server.bare.git(["config", "gate.policy", "/no/such/policy.yml"]).ok();
    server.refuses(["main"]).says("cannot read policy.yml");
}

#[test]
fn sha256_and_reftable_repositories_are_checked() {
    for options in [["--object-format=sha256"], ["--ref-format=reftable"]] {
        let sandbox = Sandbox::new();
        if sandbox.run("git").args(["init", "-q", "probe"]).args(options).transcript().status() != Some(0) {
            not_tested(
                &format!("pushes to a repository made with {}", options[0]),
                "a git that can make one",
            );
            continue;
        }
        let server = Server::with_options(&sandbox, &options, &[]);
        server.client.commit_file("b", "x\n");
        server.accepts(["main"]);
        server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        server.refuses(["main", "main:refs/heads/other"]).says("error[unpinned-uses]");
    }
}

#[test]
fn error_ends_a_scan_while_git_sends_commits() {
    let sandbox = Sandbox::new();
    if sandbox.run("git").args(["init", "-q", "--object-format=sha256", "probe"]).transcript().status()
        != Some(0)
    {
        return not_tested("an error while git reads on", "a git that can make a repository of SHA-256");
    }
    let repo = sandbox.init_with("repo", &["--object-format=sha256"]);
    // The commits that are requested from git at once do not fit into a pipe buffer.
    let body = "x".repeat(8000);
    let mut stream = String::new();
    for number in 0..1500 {
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b.test> {number} +0000\ndata <<EOM\nx\n\n{body}\nEOM\n\
             M 100644 inline f{}\ndata <<EOM\n{number}\nEOM\n\n",
            number % 9
        );
    }
    repo.git(["-c", "fastimport.unpackLimit=9999", "fast-import", "--quiet"]).stdin(stream).ok();
    let file = repo.git(["rev-parse", "main~1490:f0"]).ok().line();
    let (start, end) = file.split_at(2);
    std::fs::remove_file(repo.git_dir().join("objects").join(start).join(end)).unwrap();
    for _ in 0..8 {
        repo.gate(["scan", "main", "--no-git-config"]).ends_with(2).says("is missing");
    }
}

#[test]
fn deepest_directories_are_checked_on_every_thread() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let identity = "A U Thor <author@example.com> 1700000000 +0000";
    let commit = |from: &str, change: &str| {
        format!(
            "commit refs/heads/deep\ncommitter {identity}\ndata <<EOM\nx\n\n{SIGN_OFF}\nEOM\n{from}{change}\n"
        )
    };
    let deep = format!("M 100644 inline {}f\ndata 0\n", "d/".repeat(2000));
    let mut stream = commit("from refs/heads/main^0\n", &deep);
    (0..300).for_each(|_| stream.push_str(&commit("", "")));
    server.client.git(["fast-import", "--quiet"]).stdin(stream).ok();
    server.accepts(["deep"]);
}

#[test]
fn malformed_update_list_ends_with_status_2() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let oid = server.bare.oid("main").unwrap();
    let hook =
        |input: &str| server.bare.gate(["hook", "pre-receive"]).env("GIT_DIR", ".").stdin(input).transcript();
    for bad in [
        "garbage\n".to_owned(),
        format!("{ZERO} {oid}\n"),
        format!("{ZERO} zz refs/heads/a\n"),
        format!("{ZERO} {} refs/heads/a\n", "1".repeat(40)),
        format!("{ZERO} {oid} refs/heads/a\ngarbage\n"),
        "\u{ff}\0\n".to_owned(),
    ] {
        assert_eq!(hook(&bad).status(), Some(2), "{bad:?}");
    }
    for good in
        [String::new(), format!("{ZERO} {ZERO} refs/heads/none\n"), format!("{ZERO} {oid} refs/heads/a\n")]
    {
        assert_eq!(hook(&good).status(), Some(0), "{good:?}");
    }
}

#[test]
fn passwords_and_control_characters_are_not_printed() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(".github/workflows/\u{1b}[31m.yml", UNPINNED_WORKFLOW);
    server.client.commit_message("\u{1b}]0;title\u{7}red\u{8}\n");
    let transcript = server.refuses(["main"]);
    let said = transcript.stderr().split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"remote:"));
    for line in said {
        assert!(line.iter().all(|byte| (b' '..=b'~').contains(byte)), "{transcript}");
    }
    let oid = server.client.oid("main").unwrap();
    let update = format!("{ZERO} {oid} refs/heads/x\n");
    let push =
        server.bare.gate(["hook", "pre-receive"]).env("HTTP_AUTHORIZATION", "Basic s3cr3t").stdin(update);
    push.transcript().never_says("s3cr3t");
}

#[test]
fn letters_of_all_languages_are_printed() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let author = "--author=Bé Ünïcode <b@example.com>";
    server.client.git(["commit", "--quiet", "--allow-empty", author, "-m", "bad ✗ ñ 漢字 кириллица"]).ok();
    let transcript = server.refuses(["main"]);
    transcript.says("\"bad ✗ ñ 漢字 кириллица\"").says("Signed-off-by: Bé Ünïcode <");
}

#[test]
fn message_signed_by_its_author_passes() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_message(&format!("docs: signed\n\n{SIGN_OFF}\n"));
    server.accepts(["main"]);
}
