//! What another system does to names and places, as far as this one can do it: temporary directories behind a link, as on
//! macOS, and names in another case or form.

use crate::support::{CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, UNPINNED_WORKFLOW};

/// Creates a repository that is reached through a link, and a link to a folder of temporary files.
fn linked(sandbox: &Sandbox) -> (Repo<'_>, String) {
    std::fs::create_dir_all(sandbox.path("private/tmp")).unwrap();
    sandbox.init("private/repo");
    std::os::unix::fs::symlink("private", sandbox.path("linked")).unwrap();
    (Repo::at(sandbox, sandbox.path("linked/repo")), sandbox.path("linked/tmp").display().to_string())
}

#[test]
fn hooks_are_proven_where_tmp_is_a_link() {
    let sandbox = Sandbox::new();
    let (repo, temporary) = linked(&sandbox);
    repo.gate(["install", "--mode", "shim"]).env("TMPDIR", &temporary).ok();
    repo.gate(["status"]).env("TMPDIR", &temporary).ok().says("ready: every hook refused a bad commit");
    repo.gate(["install", "--mode", "shim"]).env("TMPDIR", &temporary).ok().says("nothing to do");
    repo.git(["commit", "-q", "--allow-empty", "-m", "x"]).env("TMPDIR", &temporary).ends_with(1);
    repo.gate(["uninstall"]).ok();
    assert!(!repo.file(".git/hooks/commit-msg").exists());
}

#[test]
fn merges_are_made_again_where_tmp_is_a_link() {
    let sandbox = Sandbox::new();
    let (repo, temporary) = linked(&sandbox);
    repo.commit_file("base", "a\nb\nc\n");
    repo.git(["checkout", "-q", "-b", "topic"]).ok();
    repo.commit_file("base", "a\nb\ntopic\n");
    repo.git(["checkout", "-q", "main"]).ok();
    repo.commit_file("base", "main\nb\nc\n");
    let message = format!("Merge topic\n\n{SIGN_OFF}\n");
    repo.git(["merge", "-q", "--no-ff", "-m", &message, "topic"]).ok();
    repo.gate(["scan", "HEAD"]).env("TMPDIR", &temporary).ok();
    let left = std::fs::read_dir(sandbox.path("private/tmp")).unwrap().count();
    assert_eq!(left, 0, "something stays in the folder of temporary files");
}

#[test]
fn reports_are_written_where_the_work_tree_is_behind_a_link() {
    let sandbox = Sandbox::new();
    let (repo, _) = linked(&sandbox);
    repo.commit_file("x", "x");
    let report = repo.file("report.json").display().to_string();
    repo.gate(["scan", "--output", &format!("json={report}"), "HEAD"]).ok();
    assert!(sandbox.path("private/repo/report.json").is_file());
}

#[test]
fn folders_of_workflows_count_in_any_case() {
    for folder in [".github/workflows", ".GITHUB/Workflows", ".GitHub/WORKFLOWS"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        repo.commit_file(&format!("{folder}/ci.YML"), UNPINNED_WORKFLOW);
        repo.gate(["scan", "HEAD"]).ends_with(1).says(&format!("{folder}/ci.YML:7:15"));
    }
}

#[test]
fn decomposed_names_are_found_and_repaired() {
    // `é` as one letter, and as a letter with an accent, as some file systems of macOS return it.
    for name in ["caf\u{e9}.yml", "cafe\u{301}.yml"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        let path = format!(".github/workflows/{name}");
        let open = CLEAN_WORKFLOW.replace("        with:\n          persist-credentials: false\n", "");
        repo.commit_file(&path, open);
        repo.gate(["scan", "HEAD"]).transcript().says(&path);
        repo.gate(["fix", "--unsafe", "--apply"]).transcript();
        let repaired = std::fs::read_to_string(repo.file(&path)).unwrap();
        assert!(repaired.contains("persist-credentials: false"), "{repaired}");
    }
}
