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
fn missing_old_version_is_named_and_the_files_are_repaired() {
    for kind in ["blob", "tree"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        repo.commit_file(WORKFLOW, format!("{CLEAN_WORKFLOW}# old\n"));
        repo.commit_file(WORKFLOW, kept());
        let gone = if kind == "blob" { WORKFLOW } else { ".github" };
        let oid = repo.oid(&format!("HEAD~1:{gone}")).unwrap();
        std::fs::remove_file(repo.git_dir().join("objects").join(&oid[..2]).join(&oid[2..])).unwrap();
        let named = format!("error: object {oid} is missing");
        let shown = repo.gate(["fix"]).ends_with(2);
        shown
            .says("+         with:")
            .says(&named)
            .says("hint: `git fsck` names")
            .never_says("in a partial clone,");
        repo.gate(["fix", "--apply"]).ends_with(2).says("fixed 1 file").says(&named);
        assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), CLEAN_WORKFLOW);
    }
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

const TAGGED: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: some/action/sub@v1
      - uses: some/action@v9
      - uses: gone/action@v1
      - uses: some/action@OID
";

/// Creates the repository of an action, to which the git of the user is sent; returns the oid of its `v1`.
fn action(sandbox: &Sandbox) -> String {
    let repo = sandbox.init("hub/some/action");
    let oid = repo.commit_file("action.yml", "runs: {using: node20, main: x.js}\n");
    repo.git(["tag", "-a", "-m", "x", "v1.2.3"]).ok();
    repo.git(["tag", "v1", "v1.2.3^{}"]).ok();
    repo.git(["branch", "v9"]).ok();
    repo.git(["tag", "v9"]).ok();
    let key = format!("url.{}/.insteadOf", sandbox.path("hub").display());
    sandbox.run("git").args(["config", "--global", &key, "https://github.com/"]).ok();
    oid
}

#[test]
fn resolve_asks_the_repositories_of_the_actions() {
    let sandbox = Sandbox::new();
    let oid = action(&sandbox);
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, TAGGED.replace("OID", &oid));
    let offline = repo.gate(["fix", "--apply"]).ok();
    offline.says("git ls-remote https://github.com/some/action v1 'v1^{}'").says("git gate fix --resolve");
    repo.gate(["fix", "--resolve"]).ok().says("git gate fix --resolve --apply");
    let said = repo.gate(["fix", "--resolve", "--apply"]).ok();
    said.says("https://github.com/gone/action could not be asked").says("`some/action@v9` is not pinned");
    said.says("no tag there has one of these names, or a branch has it too; see which commit is meant:\n  git ls-remote https://github.com/some/action v9 'v9^{}'\n");
    said.says("these could not be looked up; try again, or ask their repositories:\n  git ls-remote https://github.com/gone/action v1 'v1^{}'\n");
    let pinned = TAGGED
        .replace("sub@v1", &format!("sub@{oid} # v1.2.3"))
        .replace("some/action@OID", &format!("some/action@{oid} # v1.2.3"));
    assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), pinned);
    repo.gate(["fix", "--resolve", "--apply"]).ok().says("nothing can be fixed automatically");
    assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), pinned);
}

#[test]
fn config_of_the_repository_does_not_decide_who_is_asked() {
    let sandbox = Sandbox::new();
    let oid = action(&sandbox);
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, TAGGED.replace("OID", &oid));
    let mark = sandbox.path("mark");
    let program = format!("ext::sh -c 'touch {}' ", mark.display());
    repo.git(["config", &format!("url.{program}.insteadOf"), "https://github.com/some/"]).ok();
    repo.git(["config", "protocol.ext.allow", "always"]).ok();
    repo.gate(["fix", "--resolve"]).ok().says(&format!("sub@{oid} # v1.2.3"));
    assert!(!mark.exists());
}

#[test]
fn oids_come_from_lock_files() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let [one, two, three] = ["1", "2", "3"].map(|digit| digit.repeat(40));
    let head = "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n";
    repo.write(
        WORKFLOW,
        format!("{head}      - uses: a/a@v1\n      - uses: b/b/sub@v2.0.0\n      - uses: c/c@v3\n"),
    );
    let entry = format!("ref: v2.0.0, commit: sha1-{two}, owner_id: 1, repo_id: 1");
    repo.write(
        ".github/workflows/actions.lock",
        format!("version: v0.0.2\nworkflows: {{}}\ndependencies:\n  b/b@v2.0.0: {{{entry}}}\n"),
    );
    let entries = format!(r#"{{"a/a@v1": {{"repo": "a/a", "version": "v1", "sha": "{one}"}}}}"#);
    repo.write(".github/aw/actions-lock.json", format!(r#"{{"entries": {entries}}}"#));
    repo.write("ci/pins.yml", format!("c/c@v3: {three}\n"));
    repo.write(".git-gate.yml", "workflows: {lock-file: ci/pins.yml}\n");
    repo.commit("ci: all");
    repo.gate(["fix", "--apply"]).ok().never_says("left to do");
    let steps = format!(
        "      - uses: a/a@{one} # v1\n      - uses: b/b/sub@{two} # v2.0.0\n      - uses: c/c@{three} # v3\n"
    );
    assert_eq!(std::fs::read_to_string(repo.file(WORKFLOW)).unwrap(), format!("{head}{steps}"));
}

#[test]
fn fix_says_what_is_left_and_why() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("release.sh", "git push origin HEAD\n");
    repo.write(WORKFLOW, format!("{}      - run: ./release.sh\n", kept()));
    repo.write(OTHER, format!("# Generated by ci.ts. Do not edit.\n{}", kept()));
    repo.commit("ci: all");
    let said = repo.gate(["fix"]).ok();
    said.says("the job `build` runs release.sh, which has `git push`");
    said.says("another program writes it, so repair its source: 1 problem").says("nothing can be fixed");
}

#[test]
fn only_names_are_looked_up() {
    let sandbox = Sandbox::new();
    action(&sandbox);
    let repo = sandbox.init("repo");
    let steps = TAGGED.split_inclusive("steps:\n").next().unwrap().to_owned();
    let uses = ["${{ inputs.x }}", "11BD71901BBE5B1630CEEA73D27597364C9AF683", "11bd719", "v1..2"];
    let uses: String =
        uses.iter().map(|reference| format!("      - uses: some/action@{reference}\n")).collect();
    repo.commit_file(WORKFLOW, format!("{steps}{uses}"));
    for options in [&["fix"][..], &["fix", "--resolve"]] {
        let said = repo.gate(options).ok();
        said.says("left to do:").never_says("ls-remote").never_says("no tag there");
    }
}

#[test]
fn script_that_cannot_be_read_waits_for_a_person() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("big.sh", format!("{}git push\n", "# words\n".repeat(200_000)));
    let without = kept().replace("permissions: {}\n", "").replace("permissions:\n  contents: read\n", "");
    assert!(!without.contains("permissions"), "{without}");
    repo.commit_file(WORKFLOW, format!("{without}      - run: ./big.sh\n"));
    let said = repo.gate(["fix"]).ok();
    said.says("the job `build` runs `big.sh`, which could not be read").says("git gate fix --unsafe");
    repo.gate(["fix", "--unsafe"]).ok().says("persist-credentials: false");
}
