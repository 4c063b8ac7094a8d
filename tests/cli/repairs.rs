//! Repairs that keep what a commit has: its message, its signature, and the work that belongs to it.

use crate::advice::{command, commit_as_bo, follow, hints, hooked};
use crate::support::{NAME, Repo, SIGN_OFF, Sandbox};

/// Commits a file without hooks.
fn commit(repo: &Repo<'_>, file: &str, message: &str) {
    repo.write(file, message);
    repo.git(["add", file]).ok();
    repo.git(["commit", "-q", "--no-verify", "-m", message]).ok();
}

fn push(repo: &Repo<'_>) -> crate::support::Transcript {
    repo.git(["push", "-q", "origin", "HEAD:main"]).transcript()
}

/// Runs all commands of a refused push, and pushes again.
fn repair(sandbox: &Sandbox, repo: &Repo<'_>) -> Vec<String> {
    let refused = push(repo);
    assert_eq!(refused.status(), Some(1), "{refused}");
    let commands: Vec<String> = hints(&refused).into_iter().filter(|hint| hint.contains("git ")).collect();
    let commands: Vec<String> =
        commands.into_iter().filter(|hint| hint.starts_with("git ") || hint.starts_with("GIT_")).collect();
    assert!(!commands.is_empty(), "{refused}");
    for command in &commands {
        follow(sandbox, repo.path(), command);
    }
    let again = push(repo);
    assert_eq!(again.status(), Some(0), "{commands:?}\n{refused}\n{again}");
    commands
}

#[test]
fn signature_is_made_again() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let signer = repo.write_executable(
        ".git/signer",
        "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED x\\n' >&2\n\
         printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'\n",
    );
    repo.git(["config", "gpg.program"]).arg(signer).ok();
    let sign = |file: &str| {
        repo.write(file, "x\n");
        repo.git(["add", file]).ok();
        repo.git(["commit", "-q", "--no-verify", "-S", "-m", "docs: x"]).ok();
    };
    let is_signed = |oid: &str| repo.git(["cat-file", "commit", oid]).ok().to_string().contains("gpgsig ");
    sign("one");
    assert_eq!(repair(&sandbox, &repo), ["git commit --amend -S --signoff --no-edit"]);
    assert!(is_signed("HEAD"));
    sign("two");
    sign("three");
    let commands = repair(&sandbox, &repo);
    assert!(commands[0].starts_with("git rebase -S --signoff "), "{commands:?}");
    assert!(is_signed("HEAD") && is_signed("HEAD~1"));
    sign("four");
    commit_as_bo(&repo, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
    repair(&sandbox, &repo);
    assert!(is_signed("HEAD~1"));
    // Who passes on what a service has signed may have no key.
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-S", "-m", "build: bump"])
        .env("GIT_AUTHOR_NAME", "renovate[bot]")
        .env("GIT_AUTHOR_EMAIL", "29139614+renovate[bot]@users.noreply.github.com")
        .ok();
    assert_eq!(repair(&sandbox, &repo), ["git commit --amend --signoff --no-edit --allow-empty"]);
}

/// A reset author would have the character again, and the push be refused with the same hint for ever.
#[test]
fn hidden_character_is_taken_out_of_the_name() {
    for count in 1..3 {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        repo.git(["config", "user.name", "Ana\u{202e} Ruiz"]).ok();
        for number in 0..count {
            let commit = repo.git([
                "commit",
                "-q",
                "--no-verify",
                "--allow-empty",
                "-s",
                "-m",
                &format!("docs: {number}"),
            ]);
            let commit = commit.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_COMMITTER_NAME");
            commit.env_remove("GIT_AUTHOR_EMAIL").env_remove("GIT_COMMITTER_EMAIL").ok();
        }
        let push = || {
            let push = repo.git(["push", "-q", "origin", "main"]);
            let push = push.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_COMMITTER_NAME");
            push.env_remove("GIT_AUTHOR_EMAIL").env_remove("GIT_COMMITTER_EMAIL").transcript()
        };
        let refused = push();
        refused.says("takes the character out of `git config user.name`");
        let commands: Vec<String> =
            hints(&refused).into_iter().filter(|hint| hint.starts_with("git ")).collect();
        assert_eq!(commands[0], "git config user.name 'Ana Ruiz'", "{refused}");
        for command in &commands {
            let run = sandbox.run("sh").args(["-c", command]).dir(repo.path());
            let run = run.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_COMMITTER_NAME");
            run.env_remove("GIT_AUTHOR_EMAIL").env_remove("GIT_COMMITTER_EMAIL").ok();
        }
        assert_eq!(push().status(), Some(0), "{commands:?}");
    }
}

const SIGNED: &str = "docs: x\n\nSigned-off-by: A U Thor <author@example.com>";

#[test]
fn commits_for_autosquash_are_combined() {
    for (messages, start, left) in [
        (&[SIGNED, "fixup! docs: x"][..], "git -c sequence.editor=: rebase -i --autosquash ", 1),
        (
            &[SIGNED, "docs: other", "fixup! docs: x"],
            "git -c sequence.editor=: rebase -i --autosquash --signoff ",
            2,
        ),
        (
            &["docs: x", "fixup! docs: x", "fixup! fixup! docs: x"],
            "git -c sequence.editor=: rebase -i --autosquash --signoff ",
            1,
        ),
        (
            &[SIGNED, "squash! docs: x\n\nmore"],
            "GIT_EDITOR=: git -c sequence.editor=: rebase -i --autosquash ",
            1,
        ),
        (
            &[SIGNED, "amend! docs: x\n\ndocs: another title"],
            "GIT_EDITOR=: git -c sequence.editor=: rebase -i --autosquash ",
            1,
        ),
        (&["fixup! docs: elsewhere"], "git commit --amend --signoff --no-edit", 1),
    ] {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        let base = repo.oid("HEAD").unwrap();
        for (number, message) in messages.iter().enumerate() {
            commit(&repo, &format!("file-{number}"), message);
        }
        let commands = repair(&sandbox, &repo);
        assert!(commands[0].starts_with(start), "{commands:?}");
        let count = repo.git(["rev-list", "--count", &format!("{base}..HEAD")]).ok().line();
        assert_eq!(count, left.to_string(), "{messages:?}");
        let log = repo.git(["log", "--format=%s", &format!("{base}..HEAD")]).ok();
        assert_eq!(log.to_string().contains("! "), messages.len() == 1, "{log}");
    }
}

#[test]
fn autosquash_signs_nothing_of_others() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    commit(&repo, "a", SIGNED);
    commit_as_bo(&repo, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
    commit(&repo, "b", "fixup! docs: x");
    commit(&repo, "c", "docs: mine");
    let commands = repair(&sandbox, &repo);
    assert!(commands[0].starts_with("git -c sequence.editor=: rebase -i --autosquash "), "{commands:?}");
    let log = repo.git(["log", "-3", "--format=%s %(trailers:key=Signed-off-by,valueonly,separator=+)"]).ok();
    log.says("docs: of Bo Bo <bo@example.com>\n").says(&format!("docs: mine {NAME} <author@example.com>"));
}

/// Runs the command of a refused commit, as it is printed, in a folder of the work tree.
fn commit_again(sandbox: &Sandbox, repo: &Repo<'_>, refused: &crate::support::Transcript, folder: &str) {
    let advised = command(refused);
    assert!(advised.contains(r#"-eF "$(git rev-parse --git-path "#), "{refused}");
    follow(sandbox, &repo.file(folder), &advised);
}

#[test]
fn refused_identity_leaves_the_commit_before_alone() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    commit(&repo, "a", SIGNED);
    let refused = |options: &[&str]| {
        let run = repo.git(["commit", "-q", "--allow-empty", "-s", "-m", "docs: x"]).args(options);
        let run = run.env("GIT_AUTHOR_EMAIL", "ana@localhost").env("GIT_COMMITTER_EMAIL", "ana@localhost");
        let refused = run.ends_with(1);
        refused.says("error[malformed-commit]");
        refused
    };
    let before = repo.oid("HEAD").unwrap();
    let new = refused(&[]);
    new.never_says("--amend").says("set `git config user.name` and `git config user.email` before you make");
    follow(&sandbox, repo.path(), &format!("{} --allow-empty", command(&new)));
    assert_eq!(repo.oid("HEAD~1").unwrap(), before, "{new}");
    let amended = refused(&["--amend", "--reset-author"]);
    amended.says("hint: git commit --amend --reset-author --signoff -eF ");
    follow(&sandbox, repo.path(), &format!("{} --allow-empty", command(&amended)));
    assert_eq!(repo.oid("HEAD~1").unwrap(), before, "{amended}");
    repo.git(["push", "-q", "origin", "HEAD:main"]).ok();
}

#[test]
fn message_is_kept_by_an_amend() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    commit(&repo, "folder/a", SIGNED);
    let parent = repo.oid("HEAD~1").unwrap();
    repo.git(["worktree", "add", "-q", "-b", "other", "../linked"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    for (place, folder) in [(&repo, ""), (&repo, "folder"), (&linked, "folder")] {
        let amend = sandbox.run("git").args(["commit", "-q", "--amend", "-m", "docs: anew"]);
        let refused = amend.dir(place.file(folder)).ends_with(1);
        refused.says("hint: git commit --amend --signoff -eF ");
        commit_again(&sandbox, place, &refused, folder);
        assert_eq!(place.oid("HEAD~1").unwrap(), parent, "{refused}");
        let message = place.git(["log", "-1", "--format=%B"]).ok();
        assert_eq!(message.to_string().trim_end().matches(SIGN_OFF).count(), 1, "{message}");
    }
}

#[test]
fn message_is_kept_by_a_merge_and_a_pick() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    commit(&repo, "a", SIGNED);
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    commit(&repo, "a", "docs: side");
    repo.git(["checkout", "-q", "main"]).ok();
    // A conflict in a merge.
    repo.git(["merge", "-q", "side"]).ends_with(1);
    repo.write("a", "both\n");
    repo.git(["add", "a"]).ok();
    let refused = repo.git(["commit", "-q", "-m", "Merge: a long explanation"]).ends_with(1);
    commit_again(&sandbox, &repo, &refused, "");
    let made = repo.git(["log", "-1", "--format=%p %s"]).ok().line();
    assert_eq!((made.split(' ').count(), made.contains("a long explanation")), (6, true), "{made}");
    repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    // A conflict in a commit that is picked: its author stays.
    let pick = repo.git(["commit", "-q", "--no-verify", "--amend", "--no-edit"]);
    pick.ok();
    repo.git(["checkout", "-q", "side"]).ok();
    let of_bo = ["commit", "-q", "--no-verify", "--amend", "--no-edit", "--author=Bo <bo@example.com>"];
    repo.git(of_bo).ok();
    repo.git(["checkout", "-q", "main"]).ok();
    repo.git(["cherry-pick", "side"]).ends_with(1);
    repo.write("a", "both\n");
    repo.git(["add", "a"]).ok();
    let refused = repo.git(["commit", "-q", "-m", "docs: picked"]).ends_with(1);
    refused.says("`git cherry-pick --signoff` or `git am --signoff`");
    commit_again(&sandbox, &repo, &refused, "");
    let made = repo.git(["log", "-1", "--format=%an %s"]).ok().line();
    assert_eq!(made, "Bo docs: picked");
    assert!(!repo.file(".git/CHERRY_PICK_HEAD").exists());
}

/// A merge without conflicts that the policy wants to be signed.
#[test]
fn message_of_a_refused_merge_is_kept() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    repo.write(".git-gate.yml", "sign-off: {merges: require}\n");
    repo.git(["checkout", "-q", "-b", "side"]).ok();
    commit(&repo, "side", SIGNED);
    repo.git(["checkout", "-q", "main"]).ok();
    let refused = repo.git(["merge", "-q", "--no-ff", "-m", "Merge: why", "side"]).ends_with(1);
    commit_again(&sandbox, &repo, &refused, "");
    let made = repo.git(["log", "-1", "--format=%p %s"]).ok().line();
    assert_eq!(made.split(' ').count(), 4, "{made}");
}

#[test]
fn setting_for_local_addresses_is_named() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    for address in ["ana@laptop.local", "ana@host", "ana@[10.0.0.1]"] {
        let message = format!("docs: x\n\nSigned-off-by: Ana <{address}>");
        let commit = repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", &message]);
        let commit = commit.env("GIT_AUTHOR_NAME", "Ana").env("GIT_AUTHOR_EMAIL", address);
        commit.env("GIT_COMMITTER_NAME", "Ana").env("GIT_COMMITTER_EMAIL", address).ok();
        push(&repo).says("error[malformed-commit]").says("`sign-off.addresses: any`");
        repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    }
}

#[test]
fn members_that_a_file_exempts_are_told_of_the_policy() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    repo.write(".github/dco.yml", "require:\n  members: false\n");
    repo.commit("docs: settings");
    repo.git(["push", "-q", "--no-verify", "origin", "main"]).ok();
    commit(&repo, "a", "docs: x");
    let scan = repo.gate(["scan", "--no-git-config", "HEAD~1..HEAD"]).ends_with(1);
    scan.says("`.github/dco.yml` exempts members").says("`sign-off.exempt`");
}

#[test]
fn causes_of_a_history_are_counted() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    for number in 0..11 {
        commit(&repo, "a", &format!("docs: {number}"));
    }
    let scan = repo.gate(["scan", "--no-git-config", "HEAD~11..HEAD"]).ends_with(1);
    scan.says("11 not signed: a sign-off; for old history, `grandfathered` or `baseline`");
}

#[test]
fn commit_of_an_assistant_below_others_is_passed_on() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    for (number, author) in [
        "Claude <noreply@anthropic.com>",
        "copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>",
        "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
    ]
    .iter()
    .enumerate()
    {
        repo.write("file", author);
        repo.git(["add", "file"]).ok();
        repo.git(["commit", "-q", "--no-verify", "-m", "docs: made", "--author", author]).ok();
        commit(&repo, &format!("mine{number}"), SIGNED);
        let commands = repair(&sandbox, &repo);
        assert!(commands[0].starts_with("git rebase "), "{commands:?}");
        repo.git(["log", "-1", "--format=%B", "HEAD~1"]).ok().says(SIGN_OFF);
    }
}

#[test]
fn message_and_author_are_those_that_were_refused() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let bo = "O'Bo Lind <bo@example.com>";
    for (message, author) in
        [("#12 fix it", None), ("docs: x\n\n# Heading\ntext\n; x", None), ("docs: y", Some(bo))]
    {
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", message]);
        let refused = commit.args(author.map(|author| format!("--author={author}"))).ends_with(1);
        follow(&sandbox, repo.path(), &format!("{} --allow-empty", command(&refused)));
        let log = repo.git(["log", "-1", "--format=%an <%ae>%n%B"]).ok();
        let recorded = String::from_utf8_lossy(log.stdout());
        let author = author.map_or(format!("{NAME} <author@example.com>"), str::to_owned);
        assert_eq!(recorded.trim_end(), format!("{author}\n{message}\n\n{SIGN_OFF}"), "{refused}");
    }
}

#[test]
fn credential_in_the_name_of_an_author_is_not_in_a_command() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let secret = ["glpat-", "Ab3dEf6hIj9kLm2nOp5q"].concat();
    let author = format!("--author=Bo {secret} <bo@example.com>");
    let refused = repo.git(["commit", "-q", "--allow-empty", "-m", "docs: x", &author]).ends_with(1);
    refused.says("hint: git commit --signoff ").never_says(&secret);
}
