//! A sign-off is added to no commit that a stopped operation of git has come to.

use crate::support::{Repo, Sandbox};

/// Creates two branches that change one file in different ways, in commits without a sign-off.
fn diverged(repo: &Repo<'_>) {
    repo.commit_file("a", "one\n");
    repo.git(["branch", "topic"]).ok();
    repo.write("a", "two\n");
    repo.commit_message("docs: two\n");
    repo.git(["checkout", "-q", "topic"]).ok();
    repo.write("a", "three\n");
    repo.commit_message("docs: three\n");
}

#[test]
fn fix_signs_nothing_while_an_operation_has_stopped() {
    for (name, start) in [
        ("rebase", &["rebase", "main"][..]),
        ("rebase", &["rebase", "--apply", "main"]),
        ("cherry-pick", &["cherry-pick", "main"]),
        ("cherry-pick", &["cherry-pick", "main", "topic~1"]),
        ("revert", &["revert", "--no-edit", "main~1"]),
        ("merge", &["merge", "main"]),
        ("am", &["am", "../patch"]),
    ] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        diverged(&repo);
        let patch = repo.git(["format-patch", "-1", "--stdout", "main"]).ok();
        sandbox.write("patch", patch.stdout());
        let head = repo.oid("HEAD").unwrap();
        repo.git(start).ends_with(if name == "am" { 128 } else { 1 });
        let stopped_at = repo.oid("HEAD").unwrap();
        let said = repo.gate(["fix", "--sign-off", "--apply"]).ends_with(2);
        said.says(&format!("`git {name}` has stopped, so the last commit is not changed"));
        said.says(&format!("`git {name} --continue`, or `git {name} --abort`"));
        assert_eq!(repo.oid("HEAD").unwrap(), stopped_at, "{start:?}");
        repo.git([name, "--abort"]).ok();
        assert_eq!(repo.oid("HEAD").unwrap(), head, "{start:?}");
        repo.gate(["fix", "--sign-off", "--apply"]).ok();
        assert_ne!(repo.oid("HEAD").unwrap(), head, "{start:?}");
    }
}
