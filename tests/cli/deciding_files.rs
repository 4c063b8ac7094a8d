//! `.mailmap` and `.github/dco.yml` count in the same way wherever commits are judged.

use crate::support::{Repo, Run, SIGN_OFF, Sandbox, Server};

const DCO_YML: &str = ".github/dco.yml";
const POLICY: &str = "sign-off: {mailmap: true}\n";
const OLD: &str = "old@example.com";
const MAILMAP: &str = "A U Thor <author@example.com> <old@example.com>\n";
const SCAN: [&str; 2] = ["scan", "--no-git-config"];

/// Gives a run of git the old address of the person.
fn with_old_address(run: Run) -> Run {
    run.env("GIT_AUTHOR_EMAIL", OLD).env("GIT_COMMITTER_EMAIL", OLD)
}

/// Commits under the old address, signed under the present one.
fn commit(repo: &Repo<'_>) -> Run {
    let message = format!("docs: x\n\n{SIGN_OFF}\n");
    with_old_address(repo.git(["commit", "-q", "--allow-empty", "-F", "-"])).stdin(message)
}

/// Server with a `.mailmap` that both policies use, and a clone of it with hooks.
fn mapped(sandbox: &Sandbox) -> (Server<'_>, Repo<'_>) {
    let server = Server::new(sandbox, &[(".mailmap", MAILMAP), (".git-gate.yml", POLICY)]);
    server.bare.write("git-gate.yml", POLICY);
    sandbox.run("git").args(["clone", "-q", "server.git", "work"]).ok();
    let work = Repo::at(sandbox, sandbox.path("work"));
    work.gate(["install"]).ok();
    (server, work)
}

#[test]
fn mailmap_counts_in_every_place() {
    let sandbox = Sandbox::new();
    let (server, work) = mapped(&sandbox);
    commit(&work).ok();
    with_old_address(work.gate(["fix", "--sign-off"])).ok().says("already signed off");
    for revisions in [&["HEAD"][..], &["--all"], &["origin/main..HEAD"], &["HEAD~1..HEAD"]] {
        work.gate(SCAN).args(revisions).ok().never_says("not read");
    }
    work.git(["push", "-q", "origin", "HEAD:main"]).ok();
    for revisions in [&["HEAD"][..], &["--all"], &["main~1..main"]] {
        server.bare.gate(SCAN).args(revisions).ok().never_says("not read");
    }
    // Without the key, none of them reads the file.
    work.write(".git-gate.yml", "");
    server.bare.write("git-gate.yml", "");
    commit(&work).ends_with(1).says("error[mismatched-signoff]").never_says(".mailmap");
    work.gate(SCAN).ends_with(1).says("error[mismatched-signoff]");
    server.bare.gate(SCAN).args(["--all"]).ends_with(1).says("error[mismatched-signoff]");
}

#[test]
fn user_signs_under_the_address_that_the_mailmap_gives() {
    let sandbox = Sandbox::new();
    let (_server, work) = mapped(&sandbox);
    with_old_address(work.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: x"])).ok();
    work.gate(["fix", "--sign-off", "--apply"]).ok();
    let signed = work.git(["log", "-1", "--format=%(trailers:key=Signed-off-by,valueonly)"]).ok();
    assert_eq!(signed.line(), "A U Thor <author@example.com>");
}

/// A branch has no say about itself, in a clone neither: the default branch of the remote is known.
#[test]
fn mailmap_of_an_own_branch_counts_nowhere() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".git-gate.yml", POLICY)]);
    server.bare.write("git-gate.yml", POLICY);
    sandbox.run("git").args(["clone", "-q", "server.git", "work"]).ok();
    let work = Repo::at(&sandbox, sandbox.path("work"));
    work.git(["checkout", "-q", "-b", "mine"]).ok();
    work.commit_file(".mailmap", MAILMAP);
    work.gate(["install"]).ok();
    let absent = "`.mailmap` was not read: there is none on the default branch (";
    commit(&work).ends_with(1).says("error[mismatched-signoff]").says(absent);
    commit(&work).arg("--no-verify").ok();
    with_old_address(work.gate(["fix", "--sign-off"])).ok().says(absent).says("+ Signed-off-by:");
    for revisions in [&["HEAD"][..], &["--all"]] {
        work.gate(SCAN).args(revisions).ends_with(1).says(absent);
    }
    let range = work.gate(SCAN).args(["origin/main..mine"]).ends_with(1);
    range.says("`.mailmap` was not read: there is none at the start of the range (");
    let push = work.git(["push", "-q", "origin", "mine"]).ends_with(1);
    push.says(absent).never_says("remote:");
    let push = work.git(["push", "-q", "--no-verify", "origin", "mine"]).ends_with(1);
    push.says("remote: error[mismatched-signoff]").says(absent);
}

#[test]
fn without_a_remote_the_files_of_head_count() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(".git-gate.yml", POLICY);
    repo.gate(["install"]).ok();
    let absent = "`.mailmap` was not read: there is no default branch yet";
    commit(&repo).ends_with(1).says(absent);
    repo.commit_file(".mailmap", MAILMAP);
    let itself = "`.mailmap` of HEAD itself counts: no default branch is known";
    commit(&repo).ok().says(itself);
    repo.gate(SCAN).ok().says(itself);
    repo.gate(SCAN).arg("--all").ok().says(itself);
    with_old_address(repo.gate(["fix", "--sign-off"])).ok().says(itself);
    repo.git(["checkout", "-q", "--orphan", "other"]).ok();
    commit(&repo).ends_with(1).says(absent);
    repo.gate(SCAN).arg("main").ends_with(1).says(absent);
}

/// Creates a repository whose branch `feat` has a `.mailmap` and a commit that it would excuse.
fn with_own_mailmap(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("origin");
    repo.commit_file("x", "x\n");
    repo.git(["checkout", "-q", "-b", "feat"]).ok();
    repo.commit_file(".mailmap", MAILMAP);
    commit(&repo).ok();
    repo.git(["checkout", "-q", "main"]).ok();
    repo
}

const NONE_ON_DEFAULT: &str = "`.mailmap` was not read: there is none on the default branch (";
const NONE_KNOWN: &str = "`.mailmap` was not read: no default branch is known; `git fetch <remote>` and \
                          `git remote set-head <remote> --auto` record it";

/// CI often makes a clone by `git init` and `git fetch`, where git before 2.48 records no default branch.
#[test]
fn judged_commit_has_no_say_where_no_default_branch_is_recorded() {
    let sandbox = Sandbox::new();
    with_own_mailmap(&sandbox);
    let policy = sandbox.write("policy.yml", POLICY);
    let fetch = "git fetch -q origin; git symbolic-ref -q -d refs/remotes/origin/HEAD || :";
    let detach = "git checkout -q --detach origin/feat";
    let track = "git checkout -q -B feat --track origin/feat";
    let head = "git symbolic-ref refs/remotes/origin/HEAD";
    for (number, script) in [
        format!("{fetch}; {detach}"),
        format!("{fetch}; {track}"),
        format!("{fetch}; {track}; git branch -q --set-upstream-to=feat"),
        format!("{fetch}; {detach}; {head} refs/remotes/origin/gone"),
        format!("{fetch}; {track}; {head} refs/heads/feat"),
        // A branch with the name HEAD, as a fetch keeps it.
        format!("{fetch}; {detach}; git update-ref refs/remotes/origin/HEAD HEAD"),
        format!("{fetch}; {track}; git branch -q -m main"),
        format!("{fetch}; {track}; git update-ref -d refs/remotes/origin/main"),
        format!("{fetch}; {detach}; git update-ref refs/remotes/origin/master HEAD"),
        // A branch is no default branch by its name: whoever may create branches could make one.
        format!("{fetch}; git checkout -q -B main origin/feat; git update-ref refs/remotes/origin/main HEAD"),
        format!(
            "{fetch}; {detach}; git update-ref refs/remotes/origin/trunk HEAD; git config init.defaultBranch trunk"
        ),
        "git fetch -q origin +feat:refs/remotes/pull/1/merge; git checkout -q --detach pull/1/merge".to_owned(),
        "git fetch -q origin feat; git checkout -q --detach FETCH_HEAD".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let clone = sandbox.init(format!("ci{number}"));
        clone.git(["remote", "add", "origin", "../origin"]).ok();
        sandbox.run("sh").args(["-c", &format!("set -e; {script}")]).dir(clone.path()).ok();
        let scan = || clone.gate(SCAN).arg("--policy").arg(&policy).arg("HEAD").transcript();
        let judged = scan();
        assert_eq!(judged.status(), Some(1), "{script}\n{judged}");
        judged.says("error[mismatched-signoff]").says(NONE_KNOWN);
        clone.git(["fetch", "-q", "origin"]).ok();
        clone.git(["remote", "set-head", "origin", "--auto"]).ok();
        scan().says("error[mismatched-signoff]").says(NONE_ON_DEFAULT);
    }
}

/// A fork has no say about a branch that tracks it.
#[test]
fn upstream_decides_before_origin_and_both_before_a_fork() {
    let sandbox = Sandbox::new();
    with_own_mailmap(&sandbox);
    sandbox.run("git").args(["clone", "-q", "origin", "work"]).ok();
    let work = Repo::at(&sandbox, sandbox.path("work"));
    work.git(["checkout", "-q", "feat"]).ok();
    work.write(".git-gate.yml", POLICY);
    // The default branch of the fork has the file.
    let add_remote = |name: &str, tip: &str| {
        work.git(["remote", "add", name, "../fork"]).ok();
        work.git(["update-ref", &format!("refs/remotes/{name}/main"), tip]).ok();
        let head = format!("refs/remotes/{name}/HEAD");
        work.git(["symbolic-ref", &head, &format!("refs/remotes/{name}/main")]).ok();
    };
    add_remote("evil", "origin/feat");
    work.git(["branch", "-q", "--set-upstream-to=evil/main"]).ok();
    work.gate(SCAN).ends_with(1).says("error[mismatched-signoff]").says(NONE_ON_DEFAULT);
    add_remote("upstream", "origin/feat");
    work.gate(SCAN).ok();
    work.git(["update-ref", "refs/remotes/upstream/main", "origin/main"]).ok();
    work.gate(SCAN).ends_with(1).says("error[mismatched-signoff]").says(NONE_ON_DEFAULT);
}

/// git follows no symbolic link of this name either (gitmailmap(5)).
#[test]
fn what_is_no_file_is_not_read() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".git-gate.yml", POLICY), ("real", MAILMAP)]);
    server.bare.write("git-gate.yml", POLICY);
    let client = &server.client;
    std::os::unix::fs::symlink("real", client.file(".mailmap")).unwrap();
    client.commit("docs: link");
    server.accepts(["main"]);
    client.git(["remote", "set-head", "origin", "main"]).ok();
    commit(client).ok();
    let link = "`.mailmap` on the default branch was not read: it is a symbolic link, which is not followed; \
                no address is mapped";
    server.refuses(["main"]).says("error[mismatched-signoff]").says(link);
    client.gate(SCAN).ends_with(1).says("it is a symbolic link");
    client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    client.git(["rm", "-q", ".mailmap"]).ok();
    client.write(".mailmap/a", MAILMAP);
    client.commit("docs: folder");
    server.accepts(["main"]).says(link);
    commit(client).ok();
    server.refuses(["main"]).says("it is a directory");
}

#[test]
fn config_of_git_names_no_mailmap() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".git-gate.yml", POLICY), ("other", MAILMAP)]);
    server.bare.write("git-gate.yml", POLICY);
    let file = sandbox.write("mailmap", MAILMAP);
    for repo in [&server.bare, &server.client] {
        repo.git(["config", "mailmap.file"]).arg(&file).ok();
        repo.git(["config", "mailmap.blob", "main:other"]).ok();
        repo.git(["config", "log.mailmap", "true"]).ok();
    }
    commit(&server.client).ok();
    server.refuses(["main"]).says("error[mismatched-signoff]");
    server.client.gate(SCAN).ends_with(1).says("error[mismatched-signoff]");
}

#[test]
fn mailmap_of_any_bytes_and_size_is_read_or_remarked_on() {
    let latin = [b"Jos\xe9 <jose@example.com>\n\xff\xfe <\n".as_slice(), MAILMAP.as_bytes()].concat();
    let many: String =
        (0..15_000).map(|number| format!("A <a{number}@x.test> <b{number}@x.test>\n")).collect();
    let large = "`.mailmap` on the default branch is not valid: it is larger than 1024 KiB; until it is corrected, \
                 no address is mapped";
    for (mailmap, fault) in [
        (latin, None),
        ([many.as_bytes(), MAILMAP.as_bytes()].concat(), None),
        (vec![b'#'; (1 << 20) + 1], Some(large)),
        (vec![b'#'; 80 << 20], Some(large)),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        server.client.commit_file(".mailmap", &mailmap);
        server.accepts(["main"]);
        server.bare.write("git-gate.yml", POLICY);
        commit(&server.client).ok();
        match fault {
            None => drop(server.accepts(["main"])),
            Some(fault) => drop(server.refuses(["main"]).says("error[mismatched-signoff]").says(fault)),
        }
    }
}

/// Commits an unsigned commit and its remedy.
fn remedy(repo: &Repo<'_>) {
    let unsigned = repo.commit_message("docs: unsigned\n");
    let line =
        format!("I, A U Thor <author@example.com>, hereby add my Signed-off-by to this commit: {unsigned}");
    repo.commit_message(&format!("docs: remedy\n\n{line}\n\n{SIGN_OFF}\n"));
}

#[test]
fn dco_yml_counts_for_history_by_hand() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(DCO_YML, "allowRemediationCommits: {individual: true}\n")]);
    remedy(&server.client);
    server.accepts(["main"]);
    server.client.git(["remote", "set-head", "origin", "main"]).ok();
    for repo in [&server.bare, &server.client] {
        for revisions in [&["HEAD"][..], &["--all"], &["main~2..main"]] {
            repo.gate(SCAN).args(revisions).ok().never_says("remediation");
        }
    }
    // The default branch decides, not the commits that are judged.
    server.client.git(["rm", "-q", DCO_YML]).ok();
    server.client.commit("docs: remove");
    server.client.gate(SCAN).ok();
    server.accepts(["main"]);
    let absent = format!("`{DCO_YML}` was not read: there is none on the default branch (");
    for repo in [&server.bare, &server.client] {
        repo.gate(SCAN).arg("--all").ends_with(1).says("remediation is not enabled").says(&absent);
    }
}

#[test]
fn undefined_key_of_dco_yml_is_refused_where_it_comes_in() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(DCO_YML, "_extends: x\n")]);
    server.client.commit_file("a", "x\n");
    server.accepts(["main"]);
    server.client.commit_file(DCO_YML, "require:\n  member: true\n");
    server.refuses(["main"]).says("line 2,").says("`member`").says("undecided");
    server.client.commit_file(DCO_YML, "require:\n  members: true\n");
    server.accepts(["main"]);
}

#[test]
fn commit_msg_says_that_a_remediation_has_no_effect() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let unsigned = repo.commit_message("docs: unsigned\n");
    repo.gate(["install"]).ok();
    let line =
        format!("I, A U Thor <author@example.com>, hereby add my Signed-off-by to this commit: {unsigned}");
    let message = format!("docs: remedy\n\n{line}\n\n{SIGN_OFF}\n");
    let commit = || repo.git(["commit", "-q", "--allow-empty", "-F", "-"]).stdin(&message);
    commit().ok().says("the remediation has no effect: remediation is not enabled").says("was not read");
    repo.commit_file(DCO_YML, "allowRemediationCommits: {individual: true}\n");
    commit().ok().never_says("remediation");
    repo.write(".git-gate.yml", "sign-off: {remediation: {individual: false, third-party: false}}\n");
    commit().ok().says("remediation is not enabled").never_says("was not read");
}

/// git check-mailmap is the oracle.
#[test]
fn mailmap_maps_as_git_maps() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    let mailmap = "# <c@x.test> <a1@x.test>\n <p1@x.test> <a1@x.test>\nP Two <p2@x.test> <a2@x.test>\n\
        Only Name <a3@x.test>\n<p4@x.test> <a4@x.test>\nLater Name <a4@x.test>\n\
        P <p5@x.test> Named <a5@x.test>\n<q5@x.test> <a5@x.test>\nP <> <a6@x.test>\n<> <a6@x.test>\n\
        < p7@x.test > < a7@x.test >\n<p8@x.test> <A8@X.test>\r\n<p9@x.test> <a9@x.test> <b9@x.test>\n\
        <p1@x.test> NAMED <a1@x.test>\nX Y <p0@x.test> <a0@x.test>\n<first@x.test> <b1@x.test>\n\
        <second@x.test> <b1@x.test>\n";
    client.commit_file(".mailmap", mailmap);
    server.accepts(["main"]);
    server.bare.write("git-gate.yml", POLICY);
    let mut mapped = 0;
    for number in 0..10 {
        for (name, address) in [
            ("A", format!("a{number}@x.test")),
            ("named", format!("a{number}@x.test")),
            ("A", format!("b{number}@x.test")),
        ] {
            let who = format!("{name} <{address}>");
            let proper = client.git(["check-mailmap"]).arg(&who).ok().line();
            mapped += usize::from(proper != who);
            for (signer, same) in [(proper.as_str(), true), ("A <none@x.test>", false)] {
                let message = format!("docs: {number}\n\nSigned-off-by: {signer}\n");
                let run = client.git(["commit", "-q", "--allow-empty", "-F", "-"]).stdin(message);
                let run = run.env("GIT_AUTHOR_NAME", name).env("GIT_AUTHOR_EMAIL", &address);
                run.env("GIT_COMMITTER_NAME", name).env("GIT_COMMITTER_EMAIL", &address).ok();
                let push = server.push(["HEAD:refs/heads/x"]);
                assert_eq!(push.status() == Some(0), same, "{who} {signer}\n{push}");
                server.bare.git(["update-ref", "-d", "refs/heads/x"]).ok();
                client.git(["reset", "-q", "--hard", "origin/main"]).ok();
                if same {
                    assert!(!push.contains("misnamed") || proper == who, "{who} {signer}\n{push}");
                }
            }
        }
    }
    assert!(mapped > 8, "{mapped}");
}
