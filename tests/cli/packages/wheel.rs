//! The wheel by itself: no index, no compiler, and hooks that refuse when it is gone.

use std::fs;
use std::path::Path;

use super::{assert_no_builder, package, without_ours};
use crate::support::{Repo, Sandbox};

/// Commits without a sign-off, and with one.
fn commits(repo: &Repo<'_>, unsigned: i32, signed: i32) -> String {
    let refused = repo.git(["commit", "-q", "--allow-empty", "-m", "docs: x"]).ends_with(unsigned);
    repo.git(["commit", "-q", "--allow-empty", "--signoff", "-m", "docs: x"]).ends_with(signed);
    refused.to_string()
}

/// Makes a virtual environment and installs the wheel into it, without an index.
fn install_wheel(sandbox: &Sandbox, wheel: &Path, name: &str) {
    let python = sandbox.path(name).join("bin/python");
    sandbox.run("python3").args(["-m", "venv"]).arg(sandbox.path(name)).ok();
    let pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index"];
    sandbox.run(python).args(pip).arg(wheel).ok();
}

#[test]
fn wheel_needs_no_index_and_no_compiler() {
    let Some(wheel) = package("the wheel", ".whl") else { return };
    let sandbox = without_ours();
    install_wheel(&sandbox, &wheel, "venv");
    let repo = sandbox.init("repo");
    let gate = sandbox.path("venv/bin/git-gate");
    let run = |program: &Path| sandbox.run(program).dir(repo.path());
    run(&gate).arg("install").ok();
    assert!(commits(&repo, 1, 0).contains("error[missing-signoff]"));
    run(&gate).arg("status").ok();
    sandbox.run(sandbox.path("venv/bin/git-gate-ci")).arg("--help").ok();
    for file in
        ["man/man1/git-gate.1", "bash-completion/completions/git-gate", "zsh/site-functions/_git-gate"]
    {
        assert!(sandbox.path("venv/share").join(file).exists(), "{file}");
    }
    // Elsewhere, the hook does not find it, and nothing passes.
    fs::rename(sandbox.path("venv"), sandbox.path("moved")).unwrap();
    assert!(commits(&repo, 1, 1).contains("is gone"));
    fs::remove_dir_all(sandbox.path("moved")).unwrap();
    install_wheel(&sandbox, &wheel, "venv");
    commits(&repo, 1, 0);
}

#[test]
fn wheel_has_no_path_of_its_builder() {
    let Some(wheel) = package("the wheel", ".whl") else { return };
    let sandbox = Sandbox::new();
    let names = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n\
        print('\\n'.join(z.namelist()))\nassert z.testzip() is None\n\
        for n in z.namelist(): open('all', 'ab').write(z.read(n))\n";
    sandbox.run("python3").args(["-c", names]).arg(&wheel).ok().never_says("sboms/");
    let content = fs::read(sandbox.path("all")).unwrap();
    assert!(content.len() > 1_000_000);
    assert_no_builder(&content);
}
