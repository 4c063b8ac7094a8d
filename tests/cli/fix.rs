//! `git gate fix` in a work tree.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{CLEAN_WORKFLOW, Sandbox, WORKFLOW};

const OTHER: &str = ".github/workflows/other.yml";

fn kept() -> String {
    CLEAN_WORKFLOW.replace("        with:\n          persist-credentials: false\n", "")
}

#[test]
fn fix_shows_the_diff_and_applies_on_request() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, kept());
    repo.gate(["fix"]).ok().says("+         with:").says("git gate fix --apply");
    assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), kept());
    repo.gate(["fix", "--apply"]).ok().says("fixed 1 file");
    assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), CLEAN_WORKFLOW);
    repo.gate(["fix"]).ok().says("nothing can be fixed");
}

#[test]
fn oid_of_a_version_comes_from_history() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    repo.git(["rm", "-q", WORKFLOW]).ok();
    let (oid, label) = ("@11bd71901bbe5b1630ceea73d27597364c9af683", " # v4.2.2");
    repo.commit_file(OTHER, CLEAN_WORKFLOW.replace(oid, "@v4.2.2").replace(label, ""));
    std::fs::set_permissions(repo.file(OTHER), std::fs::Permissions::from_mode(0o640)).unwrap();
    repo.gate(["fix", "--apply"]).ok();
    assert_eq!(std::fs::read_to_string(repo.file(OTHER)).unwrap(), CLEAN_WORKFLOW);
    assert_eq!(std::fs::metadata(repo.file(OTHER)).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn symlinks_and_untracked_files_are_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("outside.yml", kept());
    repo.write(".github/workflows/untracked.yml", kept());
    std::os::unix::fs::symlink("../../outside.yml", repo.file(WORKFLOW)).unwrap();
    repo.git(["add", WORKFLOW]).ok();
    repo.gate(["fix", "--apply"]).ok().says("nothing can be fixed");
    assert_eq!(std::fs::read_to_string(repo.file("outside.yml")).unwrap(), kept());
}
