//! The commands that a report advises: they repair, they say what is left, and rewrite nothing that others have.

use crate::support::{NAME, Repo, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns the hints of a report, without their comments.
pub(crate) fn hints(transcript: &Transcript) -> Vec<String> {
    let text = transcript.to_string();
    let hints = text.lines().filter_map(|line| line.trim_start_matches("remote: ").strip_prefix("hint: "));
    hints.map(|hint| hint.split("    # ").next().unwrap().trim_end().to_owned()).collect()
}

/// Returns the first command among the hints of a report.
pub(crate) fn command(transcript: &Transcript) -> String {
    hints(transcript)
        .into_iter()
        .find(|hint| hint.starts_with("git "))
        .unwrap_or_else(|| panic!("{transcript}"))
}

/// Runs a command in a folder as the user, whose author comes from git config.
pub(crate) fn follow(sandbox: &Sandbox, folder: &std::path::Path, command: &str) {
    let run = sandbox.run("sh").args(["-c", command]).dir(folder).env("GIT_EDITOR", ":");
    run.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_AUTHOR_EMAIL").env_remove("GIT_AUTHOR_DATE").ok();
}

fn guarded<'s>(sandbox: &'s Sandbox, name: &str) -> Repo<'s> {
    let repo = sandbox.init(name);
    repo.git(["config", "user.name", NAME]).ok();
    repo.git(["config", "user.email", "author@example.com"]).ok();
    repo.git(["remote", "add", "origin", "../server.git"]).ok();
    repo.commit_file("a", "a\n");
    repo
}

/// Clone with the hooks, which has pushed a commit to a server without.
pub(crate) fn hooked(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.init_bare("server.git");
    let repo = guarded(sandbox, "repo");
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.gate(["install"]).ok();
    repo
}

#[test]
fn errors_that_the_commands_leave_are_named() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
    server.gate(["install"]).ok();
    repo.write(WORKFLOW, UNPINNED_WORKFLOW);
    repo.commit_message("ci: unsigned\n");
    let push = || repo.git(["push", "-q", "origin", "main"]).transcript();
    let refused = push();
    assert_eq!(
        hints(&refused),
        ["git commit --amend --signoff --no-edit", "that leaves 1 error to repair: unpinned-uses (1)"]
    );
    follow(&sandbox, repo.path(), &command(&refused));
    assert_eq!(hints(&push()), [""; 0]);
    repo.git(["rm", "-q", WORKFLOW]).ok();
    repo.git(["commit", "-q", "--amend", "--allow-empty", "--no-edit"]).ok();
    repo.commit_message("docs: unsigned\n");
    let refused = push();
    assert_eq!(hints(&refused), ["git commit --amend --signoff --no-edit --allow-empty", "then push again"]);
    follow(&sandbox, repo.path(), &command(&refused));
    assert_eq!(push().status(), Some(0));
}

#[test]
fn accepted_push_is_not_to_be_rewritten() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
    server.gate(["install"]).ok();
    repo.gate(["install"]).ok();
    for policy in ["warn-only: true\n", "rules: {missing-signoff: warn}\n"] {
        server.write("git-gate.yml", policy);
        repo.write(".git-gate.yml", policy);
        repo.commit_message("docs: unsigned\n");
        let accepted = repo.git(["push", "-q", "origin", "main"]).ok();
        accepted.says("remote: warning[missing-signoff]").never_says("hint:").never_says("push again");
    }
}

#[test]
fn scan_needs_no_push() {
    let sandbox = Sandbox::new();
    let repo = guarded(&sandbox, "repo");
    repo.commit_message("docs: unsigned\n");
    let scan = repo.gate(["scan", "--no-git-config"]).ends_with(1);
    assert_eq!(hints(&scan), ["git commit --amend --signoff --no-edit --allow-empty"]);
}

#[test]
fn published_commits_are_let_through_instead() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
    let published = repo.commit_message("docs: published, unsigned\n");
    repo.git(["push", "-q", "origin", "main"]).ok();
    for place in [&repo, &server] {
        let scan = place.gate(["scan", "--no-git-config"]).ends_with(1);
        scan.says("hint: 1 commit is published already, so do not rewrite it").never_says("amend");
        assert!(hints(&scan).iter().all(|hint| !hint.contains("rebase")), "{scan}");
    }
    repo.commit_message("docs: mine, unsigned\n");
    repo.commit_message("docs: mine, unsigned too\n");
    let scan = repo.gate(["scan", "--no-git-config"]).ends_with(1);
    let commands = hints(&scan);
    assert_eq!(commands[0], format!("git rebase --signoff {}", &published[..12]));
    follow(&sandbox, repo.path(), &commands[0]);
    assert_eq!(repo.oid("HEAD~2").unwrap(), published);
    sandbox.run("sh").args(["-c", commands.last().unwrap()]).dir(repo.path()).ok();
    repo.write(".git-gate.yml", "baseline: baseline.json\n");
    repo.gate(["scan", "--no-git-config"]).ok().says("1 old finding from the baseline");
}

/// The upstream is merged above a bad commit: the repair leaves the commits of others as they are.
#[test]
fn commits_of_others_stay_as_they_are() {
    let sandbox = Sandbox::new();
    let upstream = sandbox.init_bare("server.git");
    let theirs = guarded(&sandbox, "theirs");
    theirs.git(["push", "-q", "origin", "main"]).ok();
    for by_another in [false, true] {
        let name = format!("repo-{by_another}");
        let clone = ["clone", "-q", "-o", "upstream", "server.git", &name];
        sandbox.run("git").args(clone).dir(sandbox.path("")).ok();
        let repo = Repo::at(&sandbox, sandbox.path(&name));
        repo.git(["config", "user.name", NAME]).ok();
        repo.git(["config", "user.email", "author@example.com"]).ok();
        let fork = sandbox.init_bare(format!("{name}.git"));
        repo.git(["remote", "add", "fork"]).arg(fork.path()).ok();
        repo.gate(["install"]).ok();
        repo.git(["checkout", "-q", "-b", "topic"]).ok();
        repo.write("mine", "x\n");
        repo.commit_message("docs: mine, unsigned\n");
        if by_another {
            repo.write("of bo", "x\n");
            repo.git(["add", "."]).ok();
            let by_bo = repo.git(["commit", "-q", "--no-verify", "-m", &format!("docs: x\n\n{SIGN_OFF}")]);
            by_bo.env("GIT_AUTHOR_NAME", "Bo").env("GIT_AUTHOR_EMAIL", "bo@example.com").ok();
        }
        let other = theirs.commit_message("docs: of others, unsigned\n");
        theirs.git(["push", "-q", "origin", "main"]).ok();
        repo.git(["fetch", "-q", "upstream"]).ok();
        repo.git(["merge", "-q", "--no-edit", "upstream/main"]).ok();
        repo.commit_file("last", "x\n");
        let refused = repo.git(["push", "-q", "fork", "topic"]).ends_with(1);
        let advised = command(&refused);
        assert!(advised.starts_with("git rebase --rebase-merges "), "{refused}");
        follow(&sandbox, repo.path(), &advised);
        repo.git(["push", "-q", "fork", "topic"]).ok().says("came with upstream/main");
        repo.git(["merge-base", "--is-ancestor", &other, "topic"]).ok();
        assert_eq!(upstream.oid("main"), Some(other));
    }
}

#[test]
fn nobody_becomes_the_author_of_others_commits() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
    server.gate(["install"]).ok();
    let commit = |author: &str, address: &str| {
        let commit = repo.git(["commit", "-q", "--allow-empty", "-s", "-m", "docs: x"]);
        commit.env("GIT_AUTHOR_NAME", author).env("GIT_AUTHOR_EMAIL", address).ok();
    };
    commit("Bo", "bo@host");
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("only the authors can repair commits with a malformed author: Bo <bo@host>");
    assert!(hints(&refused).iter().all(|hint| !hint.contains("--reset-author")), "{refused}");
    refused.never_says("push again");
    // Applied by Bo himself, below a commit of the user: nothing but the name tells whose it is.
    repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    for (author, address) in [("Bo", "bo@host"), (NAME, "author@host")] {
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", &format!("docs: x\n\n{SIGN_OFF}")]);
        let commit = commit.env("GIT_AUTHOR_NAME", author).env("GIT_AUTHOR_EMAIL", address);
        commit.env("GIT_COMMITTER_NAME", author).env("GIT_COMMITTER_EMAIL", address).ok();
    }
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    follow(&sandbox, repo.path(), &command(&refused));
    let authors = repo.git(["log", "-2", "--format=%an <%ae>"]).ok();
    authors.says("Bo <bo@host>").says(&format!("{NAME} <author@example.com>"));
}

#[test]
fn refused_message_is_not_lost() {
    let sandbox = Sandbox::new();
    let repo = guarded(&sandbox, "repo");
    repo.gate(["install"]).ok();
    repo.write("folder/file", "x\n");
    repo.commit("docs: a folder");
    repo.git(["worktree", "add", "-q", "-b", "other", "../it's linked"]).ok();
    let editor = sandbox.write("editor", "printf 'docs: long\\n\\nA text that took long.\\n' | cat - \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\"\n");
    let editor = format!("sh {}", editor.display());
    let linked = Repo::at(&sandbox, sandbox.path("it's linked"));
    for (place, folder) in [(&repo, ""), (&repo, "folder"), (&linked, ""), (&linked, "folder")] {
        for options in
            [&["-a"][..], &["-a", "-v"], &["-a", "-m", "docs: long", "-m", "A text that took long."]]
        {
            let old = place.oid("HEAD").unwrap();
            place.write("folder/file", format!("{old}\n"));
            let run = sandbox.run("git").arg("commit").args(options).env("GIT_EDITOR", &editor);
            let refused = run.dir(place.file(folder)).ends_with(1);
            let root = sandbox.path("").display().to_string();
            let advised = command(&refused).replace("[ROOT]", root.trim_end_matches('/'));
            follow(&sandbox, &place.file(folder), &format!("{advised} -a"));
            let message = place.git(["log", "-1", "--format=%B"]).ok();
            let expected = format!("docs: long\n\nA text that took long.\n\n{SIGN_OFF}");
            assert_eq!(String::from_utf8_lossy(message.stdout()).trim(), expected, "{options:?} {refused}");
            assert_eq!(place.oid("HEAD~1").unwrap(), old);
        }
    }
    let autosquash = repo.git(["commit", "-q", "--allow-empty", "-m", "fixup! docs: x"]).ok();
    autosquash.never_says("hint:");
}

#[test]
fn refused_patch_is_applied_with_a_signoff() {
    let sandbox = Sandbox::new();
    let repo = guarded(&sandbox, "repo");
    for file in ["one", "two"] {
        repo.write(file, "x\n");
        repo.commit_message("docs: unsigned\n");
    }
    repo.git(["format-patch", "-q", "-2", "-o", "../patches"]).ok();
    repo.git(["reset", "-q", "--hard", "HEAD~2"]).ok();
    repo.gate(["install"]).ok();
    let am = "git am -q ../patches/*";
    let refused = sandbox.run("sh").args(["-c", am]).dir(repo.path()).ends_with(1);
    refused.says("with `git am --signoff`").never_says("commit with");
    assert_eq!(hints(&refused), ["git am --abort", "git am --signoff <patches>"]);
    for advised in hints(&refused) {
        follow(&sandbox, repo.path(), &advised.replace("<patches>", "../patches/*"));
    }
    let log = repo.git(["log", "-2", "--format=%s %(trailers:key=Signed-off-by)"]).ok();
    assert_eq!(log.to_string().matches(SIGN_OFF).count(), 2, "{log}");
}

/// Commits as another person; the message says whether that person signs.
pub(crate) fn commit_as_bo(repo: &Repo<'_>, message: &str) -> String {
    let commit = repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
    let commit = commit.env("GIT_AUTHOR_NAME", "Bo").env("GIT_AUTHOR_EMAIL", "bo@example.com");
    commit.env("GIT_COMMITTER_NAME", "Bo").env("GIT_COMMITTER_EMAIL", "bo@example.com").ok();
    repo.oid("HEAD").unwrap()
}

/// Published commits of others that the default branch lacks are below a merge: the repair keeps them.
#[test]
fn published_commits_below_a_merge_are_kept() {
    for guarded_server in [false, true] {
        let sandbox = Sandbox::new();
        let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
        repo.git(["push", "-q", "origin", "main"]).ok();
        repo.git(["fetch", "-q", "origin"]).ok();
        repo.git(["remote", "set-head", "origin", "main"]).ok();
        let of_bo = commit_as_bo(&repo, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
        repo.git(["push", "-q", "origin", "main:dev"]).ok();
        repo.git(["checkout", "-q", "-b", "side"]).ok();
        repo.commit_file("side", "x\n");
        repo.git(["checkout", "-q", "main"]).ok();
        repo.write("mine", "x\n");
        repo.commit_message("docs: mine, unsigned\n");
        repo.git(["merge", "-q", "--no-edit", "side"]).ok();
        (if guarded_server { &server } else { &repo }).gate(["install"]).ok();
        let refused = repo.git(["push", "-q", "origin", "main:topic"]).ends_with(1);
        let expected = format!("git rebase --rebase-merges --signoff {}", &of_bo[..12]);
        assert_eq!(command(&refused), expected, "{refused}");
        follow(&sandbox, repo.path(), &expected);
        repo.git(["merge-base", "--is-ancestor", &of_bo, "main"]).ok();
        repo.git(["push", "-q", "origin", "main:topic"]).ok();
    }
}

#[test]
fn branch_that_is_not_checked_out_is_repaired() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), guarded(&sandbox, "repo"));
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.gate(["install"]).ok();
    let main = repo.oid("main").unwrap();
    let push = || repo.git(["push", "-q", "origin", "it's"]).transcript();
    // Repairs with the hints, as they are, and with main checked out.
    let repair = |title: &str, commands: usize| {
        repo.git(["checkout", "-q", "main"]).ok();
        let hints = hints(&push());
        assert_eq!(hints[0], r"git checkout 'it'\''s'", "{title}");
        let advised: Vec<&String> = hints.iter().filter(|hint| hint.starts_with("git ")).collect();
        assert_eq!(advised.len(), commands, "{title}");
        for command in advised {
            follow(&sandbox, repo.path(), command);
        }
        assert_eq!(repo.oid("main").unwrap(), main, "{title}");
        assert_eq!(push().status(), Some(0), "{title}");
    };
    repo.git(["checkout", "-q", "-b", "it's"]).ok();
    // A file of this name is there, too.
    repo.write("it's", "x\n");
    repo.git(["add", "."]).ok();
    repo.git(["commit", "-q", "--no-verify", "-m", "docs: unsigned"]).ok();
    repair("amend", 2);
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: unsigned"]).ok();
    repo.commit_file("b", "x\n");
    repair("rebase", 2);
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: unsigned"]).ok();
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    repo.commit_file("side", "x\n");
    repo.git(["checkout", "-q", "it's"]).ok();
    repo.git(["merge", "-q", "--no-edit", "side"]).ok();
    repair("merge", 2);
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: unsigned"]).ok();
    let bad = repo.oid("HEAD").unwrap();
    repo.commit_file("c", "x\n");
    let to_other = ["push", "-q", "origin", "HEAD~1:refs/heads/other"];
    let first = format!("check out a branch at {} first", &bad[..12]);
    assert_eq!(hints(&repo.git(to_other).ends_with(1))[0], first);
    // A server does not know what is checked out.
    server.gate(["install"]).ok();
    let refused = repo.git(["push", "-q", "--no-verify", "origin", "HEAD~1:refs/heads/other"]).ends_with(1);
    refused.says(&format!("    # with {} checked out", &bad[..12]));
}

/// Patches of another person, which the user has applied: the command would skip them.
#[test]
fn rebase_that_signs_nothing_is_not_advised() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    for _ in 0..2 {
        let patch = ["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: of Bo, unsigned"];
        let patch = repo.git(patch).env("GIT_AUTHOR_NAME", "Bo");
        patch.env("GIT_AUTHOR_EMAIL", "bo@example.com").ok();
    }
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    assert_eq!(
        hints(&refused),
        [
            "each author has to sign off their own commits: Bo <bo@example.com> (2)",
            "that leaves 2 errors to repair: missing-signoff (2)",
        ]
    );
}

/// Pulled by URL: no remote-tracking ref tells that the commits are published.
#[test]
fn user_is_not_told_to_sign_for_others() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let push = || repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    for count in 1..3 {
        commit_as_bo(&repo, "docs: of Bo, unsigned");
        let left = if count == 1 { "1 error" } else { "2 errors" };
        let expected = [
            format!("each author has to sign off their own commits: Bo <bo@example.com> ({count})"),
            format!("that leaves {left} to repair: missing-signoff ({count})"),
            "if they came from another repository: `git remote add <name> <URL>; git fetch <name>`"
                .to_owned(),
        ];
        assert_eq!(hints(&push()), expected);
    }
    let of_bo = repo.oid("HEAD").unwrap();
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: mine, unsigned"]).ok();
    let refused = push();
    refused.says("that leaves 2 errors to repair: missing-signoff (2)").never_says("push again");
    follow(&sandbox, repo.path(), &command(&refused));
    assert_eq!(repo.oid("HEAD~1").unwrap(), of_bo);
    push().says("2 errors").never_says("mine, unsigned");
    // An address of the same person that nothing tells: the sign-off is of no use if the author has to sign.
    repo.git(["reset", "-q", "--hard", "HEAD~3"]).ok();
    repo.write(".git-gate.yml", "sign-off: {signer: author}\n");
    let old = repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: x"]);
    old.env("GIT_AUTHOR_EMAIL", "old@example.com").env("GIT_COMMITTER_EMAIL", "old@example.com").ok();
    push().says(&format!("each author has to sign off their own commits: {NAME} <old@example.com> (1)"));
    push().never_says("push again");
}

/// The address of the sign-off may come from the environment, and `user.email` be another one.
#[test]
fn own_commits_are_those_of_the_signing_identity() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    repo.git(["config", "user.email", "elsewhere@example.com"]).ok();
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: mine, unsigned"]).ok();
    let of_bo = commit_as_bo(&repo, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("then push again");
    follow(&sandbox, repo.path(), &command(&refused));
    repo.git(["push", "-q", "origin", "main"]).ok();
    assert_ne!(repo.oid("HEAD").unwrap(), of_bo);
    let signers = repo.git(["log", "-1", "--format=%(trailers:key=Signed-off-by)"]).ok();
    assert_eq!(signers.line(), "Signed-off-by: Bo <bo@example.com>");
}

#[test]
fn remote_tracking_refs_may_be_anywhere() {
    let sandbox = Sandbox::new();
    let (_, upstream) = (sandbox.init_bare("server.git"), sandbox.init_bare("up.git"));
    let repo = guarded(&sandbox, "repo");
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.gate(["install"]).ok();
    repo.git(["config", "remote.up.url", "../up.git"]).ok();
    repo.git(["config", "remote.up.fetch", "+refs/heads/*:refs/up/*"]).ok();
    let of_bo = commit_as_bo(&repo, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
    repo.git(["push", "-q", "--no-verify", "up", "main"]).ok();
    repo.git(["fetch", "-q", "up"]).ok();
    repo.git(["reset", "-q", "--hard", "origin/main"]).ok();
    repo.write("mine", "x\n");
    repo.git(["add", "."]).ok();
    repo.git(["commit", "-q", "--no-verify", "-m", "docs: mine, unsigned"]).ok();
    repo.git(["merge", "-q", "--no-edit", "refs/up/main"]).ok();
    repo.commit_file("last", "x\n");
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    follow(&sandbox, repo.path(), &command(&refused));
    repo.git(["merge-base", "--is-ancestor", &of_bo, "main"]).ok();
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: mine, unsigned"]).ok();
    repo.git(["push", "-q", "--no-verify", "up", "main"]).ok();
    repo.git(["fetch", "-q", "up"]).ok();
    assert_eq!(upstream.oid("main"), repo.oid("main"));
    repo.gate(["fix", "--sign-off", "--apply"]).ends_with(2).says("was already pushed");
}

#[test]
fn sign_off_in_place_of_a_title_gets_one() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "--cleanup=verbatim", "-m", SIGN_OFF]).ok();
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("has no title").never_says("push again");
    assert_eq!(command(&refused), "git commit --amend --signoff --allow-empty");
    let editor = sandbox
        .write("editor", "printf 'docs: x\\n\\n' | cat - \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\"\n");
    let amend = sandbox.run("sh").args(["-c", &command(&refused)]).dir(repo.path());
    amend.env("GIT_EDITOR", format!("sh {}", editor.display())).ok();
    repo.git(["push", "-q", "origin", "main"]).ok();
}
