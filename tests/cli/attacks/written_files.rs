//! Links in the tree that make the gate write to a file outside of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{CLEAN_WORKFLOW, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

const VICTIM: &str = "a file of the user\n";

#[test]
fn reports_replace_a_link() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let victim = sandbox.write("victim", VICTIM);
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    let report = repo.file("report.sarif");
    for target in [victim.to_str().unwrap(), "../victim", "gone", "/dev/null", "/proc/self/fd/2"] {
        for option in ["--output=sarif=report.sarif", "--write-baseline=report.sarif"] {
            let _ = fs::remove_file(&report);
            symlink(target, &report).unwrap();
            let status = if option.contains("baseline") { 0 } else { 1 };
            repo.gate(["scan", option]).ends_with(status);
            assert!(report.symlink_metadata().unwrap().is_file(), "{target} {option}");
            assert_eq!(fs::read_to_string(&victim).unwrap(), VICTIM, "{target} {option}");
            // The mode is that of a new file, not of the file behind the link.
            assert_eq!(report.metadata().unwrap().permissions().mode() & 0o777, 0o644, "{target} {option}");
        }
    }
    // An absolute path is the same file.
    fs::remove_file(&report).unwrap();
    symlink("../victim", &report).unwrap();
    repo.gate(["scan", "--output"]).arg(format!("json={}", report.display())).ends_with(1);
    assert_eq!(fs::read_to_string(&victim).unwrap(), VICTIM);
}

#[test]
fn reports_are_not_written_below_a_link() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    sandbox.write("out/report", VICTIM);
    symlink("../out", repo.file("reports")).unwrap();
    fs::create_dir(repo.file("sub")).unwrap();
    symlink("sub", repo.file("inside")).unwrap();
    for option in [
        "--output=json=reports/report",
        "--output=json=sub/../reports/new",
        "--write-baseline=reports/report",
    ] {
        let scan = repo.gate(["scan", option]).ends_with(2);
        scan.says("cannot write").says("not inside the work tree");
    }
    repo.gate(["scan", "--output=json=../reports/report"]).dir(repo.file("sub")).ends_with(2);
    assert_eq!(fs::read_to_string(sandbox.path("out/report")).unwrap(), VICTIM);
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 1);
    // What the user means is done.
    repo.gate(["scan", "--output=json=inside/report", "--output=json=../out/new"]).ok();
    repo.gate(["scan", "--output=json=../../out/newer"]).dir(repo.file("sub")).ok();
    assert!(repo.file("sub/report").is_file());
    assert_eq!(fs::read_dir(sandbox.path("out")).unwrap().count(), 3);
}

/// Streams and devices are what the user means, and are written to.
#[test]
fn streams_and_devices_are_written_to() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let shell = |script: &str| sandbox.run("bash").args(["-c", script]).dir(repo.path()).ok();
    for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let both = shell(&format!("git-gate scan --output json={path}"));
        both.says("\"verdict\"").says("clean: no findings");
        shell(&format!("git-gate scan --output json={path} >both"));
        let text = fs::read_to_string(repo.file("both")).unwrap();
        assert!(text.starts_with('{') && text.contains("clean: no findings"), "{path}: {text}");
    }
    shell("git-gate scan --output json=/dev/stderr 2>errors");
    assert!(fs::read_to_string(repo.file("errors")).unwrap().contains("\"verdict\""));
    shell("git-gate scan --output json=/dev/fd/3 3>three >/dev/null");
    assert!(fs::read_to_string(repo.file("three")).unwrap().contains("\"verdict\""));
    shell(
        "git-gate scan --output json=>(cat >substituted; touch done) >/dev/null; until [ -e done ]; do sleep 0.1; done",
    );
    assert!(fs::read_to_string(repo.file("substituted")).unwrap().contains("\"verdict\""));
    shell("mkfifo pipe; cat pipe >piped & git-gate scan --output json=pipe >/dev/null; wait");
    assert!(fs::read_to_string(repo.file("piped")).unwrap().contains("\"verdict\""));
    shell("git-gate scan --output json=/dev/null");
    shell("[ -c /dev/null ] && [ -p pipe ]");
}

#[test]
fn fix_changes_no_file_outside() {
    let sandbox = Sandbox::new();
    let fixable = CLEAN_WORKFLOW.replace("        with:\n          persist-credentials: false\n", "");
    for (link, target) in [
        (".github", "../out"),
        (".github/workflows", "../../out/workflows"),
        (WORKFLOW, "../../../out/workflows/ci.yml"),
    ] {
        let repo = sandbox.init(format!("clone-{}", link.len()));
        repo.commit_file(WORKFLOW, &fixable);
        let victim = sandbox.write("out/workflows/ci.yml", &fixable);
        let place = repo.file(link);
        if place.is_dir() {
            fs::remove_dir_all(&place).unwrap();
        } else {
            fs::remove_file(&place).unwrap();
        };
        symlink(target, &place).unwrap();
        assert!(repo.file(WORKFLOW).exists(), "the link leads to the victim");
        repo.gate(["fix", "--apply"]).ok().says("is skipped");
        assert_eq!(fs::read_to_string(&victim).unwrap(), fixable, "{link}");
        assert!(place.is_symlink(), "{link}");
    }
    // Without a link, the file is repaired and keeps its mode.
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, &fixable);
    fs::set_permissions(repo.file(WORKFLOW), fs::Permissions::from_mode(0o640)).unwrap();
    repo.gate(["fix", "--apply"]).ok().says("fixed 1 file");
    assert_eq!(repo.file(WORKFLOW).metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(repo.file(WORKFLOW)).unwrap().contains("persist-credentials: false"));
    assert_eq!(fs::read_dir(repo.file(".github/workflows")).unwrap().count(), 1);
}

/// `git config --file` follows a link: the config of the clone may be a link to that of the user.
#[test]
fn fix_changes_no_config_outside() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit("docs: x");
    let config = fs::read_to_string(repo.file(".git/config")).unwrap();
    let text =
        format!("{config}[http]\n\textraHeader = Authorization: Basic {}\n", "dXNlcjpodW50ZXIyaHVudGVyMg==");
    let victim = sandbox.write("victim", &text);
    for (link, target) in [(".git/config", "../../victim"), (".git/more", "../../victim")] {
        fs::remove_file(repo.file(".git/config")).unwrap();
        fs::write(repo.file(".git/config"), format!("{config}[include]\n\tpath = more\n")).unwrap();
        let _ = fs::remove_file(repo.file(link));
        symlink(target, repo.file(link)).unwrap();
        repo.gate(["scan"]).ends_with(1).says("token-in-git-config");
        repo.gate(["fix", "--git-config", "--apply"]).ends_with(1).says("nothing in the git config");
        assert_eq!(fs::read_to_string(&victim).unwrap(), text, "{link}");
        fs::remove_file(repo.file(link)).unwrap();
        fs::write(repo.file(".git/config"), &config).unwrap();
    }
}

/// `core.worktree` makes the files of another repository those of this one.
#[test]
fn fix_changes_no_other_work_tree() {
    let sandbox = Sandbox::new();
    let fixable = CLEAN_WORKFLOW.replace("        with:\n          persist-credentials: false\n", "");
    let (victim, repo) = (sandbox.init("victim"), sandbox.init("clone"));
    victim.commit_file(WORKFLOW, &fixable);
    repo.commit_file(WORKFLOW, &fixable);
    repo.git(["config", "core.worktree"]).arg(victim.path()).ok();
    for arguments in [&["fix", "--apply"][..], &["fix"]] {
        repo.gate(arguments)
            .ends_with(2)
            .says("the work tree of this repository is elsewhere: [ROOT]/victim");
    }
    assert_eq!(fs::read_to_string(victim.file(WORKFLOW)).unwrap(), fixable);
    fs::create_dir(victim.file("sub")).unwrap();
    sandbox.gate(["-C", "victim/sub", "fix", "--apply"]).ok().says("fixed 1 file");
}
