//! Tests of the sandbox itself: oids are reproducible, and no setting of the machine is used.

use crate::support::{CLEAN_WORKFLOW, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn same_commit_has_the_same_oid_everywhere() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let clean = repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let unpinned = repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    assert_eq!(clean, "f0cb0f4dade090f56bcd697a41f56e91c9210d10");
    assert_eq!(unpinned, "24b850e40f32a9dc24af5719a1cbd206745eb2aa");
}

#[test]
fn machine_config_is_not_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let transcript = repo.git(["config", "--list", "--show-scope"]).ok();
    transcript.never_says("system").never_says("global");
}

#[test]
fn transcript_shows_both_streams_and_exit_status() {
    let sandbox = Sandbox::new();
    let transcript =
        sandbox.run("sh").args(["-c", "pwd; cat; echo no >&2; exit 3"]).stdin("in\n").transcript();
    assert_eq!(transcript.to_string(), "[ROOT]\nin\n--- stderr ---\nno\n[exit status: 3]");
}
