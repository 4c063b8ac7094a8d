//! A judgement that ends early leaves no process and no file behind.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Repo, Sandbox, Server};

/// Makes a folder with a `git` that waits whenever it is to merge.
fn install_slow_git(sandbox: &Sandbox) {
    let git = sandbox.run("sh").args(["-c", "command -v git"]).ok().line();
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = merge-tree ] && touch {started} && exec sleep 300\nexec {git} \"$@\"\n",
        started = sandbox.path("started").display()
    );
    Repo::at(sandbox, sandbox.path("")).write_executable("slow/git", script);
}

/// Lets the hook of a server find the slow git, whatever git puts on the PATH of hooks.
fn install_slow_hook(sandbox: &Sandbox, server: &Server<'_>) {
    install_slow_git(sandbox);
    server.bare.gate(["uninstall"]).ok();
    let path = sandbox.path("slow");
    let hook = format!("#!/bin/sh\nPATH={}:$PATH exec git-gate hook pre-receive\n", path.display());
    server.bare.write_executable("hooks/pre-receive", hook);
}

/// Creates a branch `merged` with an unsigned merge that git has to repeat, because a file is renamed.
fn add_unsigned_merge(repo: &Repo<'_>, subject: &str) {
    repo.git(["checkout", "-q", "-b", "side"]).ok();
    repo.git(["mv", "file", "moved"]).ok();
    repo.commit("docs: moved");
    repo.git(["checkout", "-q", "-b", "merged", "main"]).ok();
    repo.commit_file("file", "1\n2\n3\n4\n5\n6\n7\ny\n9\n");
    repo.git(["merge", "-q", "--no-ff", "-m", subject, "side"]).ok();
}

/// Waits until a condition holds, or fails.
#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the command lines of the running processes that have a folder below a path as their own, or that
/// wait in the place of git.
fn processes_in(folder: &Path) -> Vec<String> {
    let listing = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let is_inside = |process: &Path| {
        std::fs::read_link(process.join("cwd")).is_ok_and(|folder_of| folder_of.starts_with(folder))
    };
    let inside = listing.filter(|process| is_inside(process));
    let commands = inside.map(|process| std::fs::read(process.join("cmdline")).unwrap_or_default());
    let commands = commands.map(|command| String::from_utf8_lossy(&command).replace('\0', " "));
    commands.filter(|command| !command.is_empty()).collect()
}

fn entries(folder: &Path) -> Vec<String> {
    let listing = std::fs::read_dir(folder).unwrap().flatten();
    listing.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// Fails if a directory has other entries than a directory of objects.
#[track_caller]
fn assert_object_directory(folder: &Path) {
    let entries = entries(folder);
    assert!(entries.iter().all(|name| name.len() == 2 || name == "pack" || name == "info"), "{entries:?}");
}

/// Starts a program that judges the merge, and waits until it merges.
fn start(sandbox: &Sandbox, program: &str, arguments: &[&str], folder: &Path) -> Child {
    std::fs::create_dir_all(sandbox.path("tmp")).unwrap();
    let path = std::env::join_paths(
        std::iter::once(sandbox.path("slow")).chain(std::env::split_paths(sandbox.search_path())),
    );
    let mut command = sandbox.command(program);
    command.args(arguments).current_dir(folder).env("PATH", path.unwrap());
    command.env("TMPDIR", sandbox.path("tmp"));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the merge has started", || sandbox.path("started").exists());
    child
}

#[test]
fn signal_ends_a_scan_with_all_that_it_has_started() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2)] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        repo.commit_file("file", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        add_unsigned_merge(&repo, "Merge side");
        install_slow_git(&sandbox);
        let gate = sandbox.path("bin/git-gate");
        let mut child = start(&sandbox, gate.to_str().unwrap(), &["scan", "merged"], repo.path());
        assert_ne!(entries(&sandbox.path("tmp")), [""; 0]);
        sandbox.run("kill").args([&format!("-{name}"), &child.id().to_string()]).ok();
        let status = child.wait().unwrap();
        // What was waited for may fail before the signal does its work.
        assert!(status.signal() == Some(number) || status.code() == Some(2), "{status}");
        wait_until(name, || processes_in(&sandbox.path("")).is_empty());
        assert_eq!(entries(&sandbox.path("tmp")), [""; 0], "{name}");
    }
}

/// A person who loses patience kills the client; the server does not hear of it.
#[test]
fn killed_push_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[("file", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    server.bare.write("git-gate.yml", "server: {deadline: 3s}\n");
    add_unsigned_merge(&server.client, "Merge side");
    install_slow_hook(&sandbox, &server);
    let arguments = ["push", "-q", "origin", "merged"];
    let mut child = start(&sandbox, "git", &arguments, server.client.path());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("a process of the push has ended", || processes_in(&sandbox.path("")).is_empty());
    // Since 2.38, git leaves a quarantine to `git gc` if a signal ends it; nothing of ours is in there.
    for name in entries(&server.bare.file("objects")).iter().filter(|name| name.starts_with("tmp_")) {
        assert_object_directory(&server.bare.file("objects").join(name));
    }
    assert_eq!(entries(&sandbox.path("tmp")), [""; 0]);
    assert_eq!(server.bare.oid("refs/heads/merged"), None);
}

/// Even a hook that is killed itself leaves nothing, because git removes the quarantine.
#[test]
fn killed_hook_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[("file", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    add_unsigned_merge(&server.client, "Merge side");
    install_slow_hook(&sandbox, &server);
    let arguments = ["push", "-q", "origin", "merged"];
    let mut child = start(&sandbox, "git", &arguments, server.client.path());
    let is_hook = |command: &str| command.contains("pre-receive");
    let listing = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let cwd = |process: &Path| std::fs::read_link(process.join("cwd")).ok();
    for process in listing.filter(|process| cwd(process).as_deref() == Some(server.bare.path())) {
        let command = String::from_utf8_lossy(&std::fs::read(process.join("cmdline")).unwrap_or_default())
            .replace('\0', " ");
        if is_hook(&command) || command.starts_with("sleep") {
            sandbox.run("kill").arg("-KILL").arg(process.file_name().unwrap()).transcript();
        }
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success() && said.contains("pre-receive hook declined"), "{said}");
    assert_object_directory(&server.bare.file("objects"));
    assert_eq!(entries(&sandbox.path("tmp")), [""; 0]);
}
