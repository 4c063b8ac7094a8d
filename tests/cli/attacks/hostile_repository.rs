//! A repository as found, for example in an archive or in a folder of a CI job, whose config, hooks and
//! attributes name programs. Nothing of it runs, and nothing of it changes what is found.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::support::{CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, UNPINNED_WORKFLOW, WORKFLOW, not_tested};

/// Hooks that any command of git could run.
const HOOKS: [&str; 14] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-rewrite",
    "pre-auto-gc",
    "pre-commit",
    "pre-push",
    "pre-receive",
    "prepare-commit-msg",
    "reference-transaction",
    "update",
];

/// Config whose values run a program that leaves a mark; `{}` is the program with the name of the key.
const CONFIG: [(&str, &str); 36] = [
    ("alias.cat-file", "!{}"),
    ("alias.config", "!{}"),
    ("alias.for-each-ref", "!{}"),
    ("alias.ls-files", "!{}"),
    ("alias.merge-tree", "!{}"),
    ("alias.rev-list", "!{}"),
    ("alias.rev-parse", "!{}"),
    ("core.alternateRefsCommand", "{}"),
    ("core.askPass", "{}"),
    ("core.editor", "{}"),
    ("core.fsmonitor", "{}"),
    ("core.fsmonitorHookVersion", "2"),
    ("core.gitProxy", "{}"),
    ("core.pager", "{}"),
    ("core.sshCommand", "{}"),
    ("credential.helper", "!{}"),
    ("diff.evil.command", "{}"),
    ("diff.evil.textconv", "{}"),
    ("diff.external", "{}"),
    ("filter.evil.clean", "{}"),
    ("filter.evil.process", "{}"),
    ("filter.evil.smudge", "{}"),
    ("gpg.program", "{}"),
    ("gpg.ssh.program", "{}"),
    ("interactive.diffFilter", "{}"),
    ("log.showSignature", "true"),
    ("merge.evil.driver", "{}"),
    ("pager.config", "{}"),
    ("pager.rev-list", "{}"),
    ("protocol.ext.allow", "always"),
    ("remote.origin.promisor", "true"),
    ("remote.origin.receivepack", "{}"),
    ("remote.origin.uploadpack", "{}"),
    ("remote.origin.url", "ext::{}"),
    ("sequence.editor", "{}"),
    ("uploadpack.packObjectsHook", "{}"),
];

/// Every way to look at a repository, and every way to repair it except a commit.
const COMMANDS: [&[&str]; 14] = [
    &["scan"],
    &["scan", "--all", "--stat"],
    &["scan", "HEAD~1..HEAD"],
    &["scan", "--tree", "HEAD"],
    &["scan", "--git-config"],
    &["fix"],
    &["fix", "--apply"],
    &["fix", "--sign-off"],
    &["fix", "--git-config"],
    &["rules"],
    &["status"],
    &["install", "--dry-run"],
    &["hook", "commit-msg", "message"],
    &["uninstall", "--dry-run"],
];

/// Folder in which each program that ran leaves a file.
struct Marks<'s>(&'s Sandbox);

impl Marks<'_> {
    fn folder(&self) -> PathBuf {
        self.0.path("marks")
    }

    /// Writes a program that leaves a mark, reads its input and prints nothing; returns its path.
    fn program(&self, name: &str) -> PathBuf {
        fs::create_dir_all(self.folder()).unwrap();
        let text = format!("#!/bin/sh\n: >'{}/{name}'\nexit 1\n", self.folder().display());
        Repo::at(self.0, self.0.path("evil")).write_executable(name, text)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn clear(&self) {
        self.names().iter().for_each(|name| fs::remove_file(self.folder().join(name)).unwrap());
    }
}

/// Sets every trap in a repository that has two commits and a submodule.
fn set_traps(sandbox: &Sandbox, repo: &Repo<'_>) {
    let marks = Marks(sandbox);
    let mut config = fs::read_to_string(repo.git_dir().join("config")).unwrap();
    for (key, value) in CONFIG {
        let program = marks.program(key);
        let (section, name) = key.rsplit_once('.').unwrap();
        let section =
            section.split_once('.').map_or(section.to_owned(), |(top, sub)| format!("{top} \"{sub}\""));
        let value = value.replace("{}", program.to_str().unwrap());
        let _ = writeln!(config, "[{section}]\n\t{name} = {value}");
    }
    for hook in HOOKS {
        let program = marks.program(&format!("hook-{hook}"));
        repo.write_executable(repo.git_dir().join("hooks").join(hook), fs::read(&program).unwrap());
        let (name, program) = (format!("evil-{hook}"), program.display());
        let _ = writeln!(config, "[hook \"{name}\"]\n\tevent = {hook}\n\tcommand = {program}");
    }
    let _ = writeln!(config, "[includeIf \"gitdir:**\"]\n\tpath = more");
    let more = format!("[core]\n\tfsmonitor = {}\n", marks.program("included-fsmonitor").display());
    fs::write(repo.git_dir().join("more"), more).unwrap();
    fs::write(repo.git_dir().join("config"), config).unwrap();
    fs::create_dir_all(repo.git_dir().join("info")).unwrap();
    fs::write(repo.git_dir().join("info/attributes"), "* filter=evil diff=evil merge=evil\n").unwrap();
}

fn trapped<'s>(sandbox: &'s Sandbox, options: &[&str]) -> Repo<'s> {
    let repo = sandbox.init_with("found", options);
    repo.write("message", format!("docs: x\n\n{SIGN_OFF}\n"));
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    repo.write(".gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = ext::false\n");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    repo.commit_file(".github/workflows/two.yml", UNPINNED_WORKFLOW);
    set_traps(sandbox, &repo);
    repo
}

#[test]
fn no_command_runs_a_program_of_the_repository() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = Sandbox::new();
        let (repo, marks) = (trapped(&sandbox, options), Marks(&sandbox));
        for arguments in COMMANDS {
            repo.gate(arguments).transcript();
            assert_eq!(marks.names(), [""; 0], "{arguments:?} {options:?}");
        }
        repo.gate(["scan"]).ends_with(1).says("error[unpinned-uses]");
        let update =
            format!("refs/heads/main {} refs/heads/main {}\n", repo.oid("HEAD").unwrap(), "0".repeat(40));
        repo.gate(["hook", "pre-push", "origin", "ext::x"]).stdin(update).ends_with(if options.is_empty() {
            1
        } else {
            2
        });
        assert_eq!(marks.names(), [""; 0], "pre-push");

        // The traps work.
        repo.git(["-c", "color.ui=false", "status"]).transcript();
        assert!(marks.names().iter().any(|name| name.contains("fsmonitor")), "{:?}", marks.names());
    }
}

/// git would fetch the missing file from the promisor remote, by any program that its URL names.
#[test]
fn missing_objects_are_not_fetched() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = Sandbox::new();
        let (repo, marks) = (trapped(&sandbox, options), Marks(&sandbox));
        let blob = repo.oid(&format!("HEAD:{WORKFLOW}")).unwrap();
        fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
        marks.clear();
        for arguments in COMMANDS {
            repo.gate(arguments).transcript();
            assert_eq!(marks.names(), [""; 0], "{arguments:?} {options:?}");
        }
        repo.gate(["scan"]).ends_with(2).says(&blob);
        repo.git(["cat-file", "-p", &blob]).ends_with(128);
        assert!(marks.names().iter().any(|name| name.starts_with("remote.origin")), "the traps work");
    }
}

/// Only git itself is started, and always with our settings.
#[test]
fn only_git_is_started() {
    let sandbox = Sandbox::new();
    let repo = trapped(&sandbox, &[]);
    let log = sandbox.path("log");
    let strace = |arguments: &[&str]| {
        let options = ["-f", "-qq", "-v", "-s", "4096", "-e", "trace=execve,execveat", "-o"];
        let run = sandbox.run("strace").args(options).arg(&log).arg(sandbox.path("bin/git-gate"));
        run.args(arguments).dir(repo.path()).transcript()
    };
    let has_strace = sandbox.run("sh").args(["-c", "command -v strace"]).transcript().status() == Some(0);
    if !has_strace || strace(&["--version"]).status() != Some(0) {
        return not_tested("programs that are started", "a strace that may trace");
    }
    for arguments in COMMANDS.iter().filter(|arguments| arguments[0] != "status") {
        strace(arguments);
        let text = fs::read_to_string(&log).unwrap();
        let mut started = text.lines().filter(|line| line.contains("exec") && line.ends_with("= 0"));
        assert!(started.next().unwrap().contains("/bin/git-gate\""), "{text}");
        for line in started {
            assert!(line.contains("/git\", [") && line.contains("'core.fsmonitor=false'"), "{line}");
        }
    }
}

/// `status` runs copies of the hooks. The program that they call may be any.
#[test]
fn status_runs_no_foreign_program() {
    let sandbox = Sandbox::new();
    for (name, bare) in [("clone", false), ("server.git", true)] {
        let repo = if bare { sandbox.init_bare(name) } else { sandbox.init(name) };
        let hook = if bare { "pre-receive" } else { "pre-push" };
        let mark = sandbox.path(format!("mark-{name}"));
        let lie =
            format!("#!/bin/sh\n: >'{}'\necho git-gate {}\n", mark.display(), env!("CARGO_PKG_VERSION"));
        let evil = repo.write_executable(sandbox.path(format!("evil-{name}")), lie);
        repo.gate(["install", "--mode", "shim"]).ok();
        let installed = fs::read_to_string(repo.hook(hook)).unwrap();
        let (before, rest) = installed.split_once("\ngit_gate=").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        let calls = |program: &str| {
            let shim = format!("{before}\ngit_gate='{program}'\n{after}");
            repo.write_executable(repo.hook(hook), shim);
            repo.gate(["status"]).transcript()
        };
        let status = calls(evil.to_str().unwrap());
        assert_eq!(status.status(), Some(1), "{status}");
        status
            .says("which is a different version of git-gate, or another program")
            .says("`git gate install`")
            .says("not ready");
        assert!(!mark.exists(), "{name}: the program of a foreign hook ran");
        let named_pipe = sandbox.path(format!("pipe-{name}"));
        sandbox.run("mkfifo").args(["-m", "755"]).arg(&named_pipe).ok();
        assert_eq!(calls(named_pipe.to_str().unwrap()).status(), Some(1));
        sandbox.copy_gate(sandbox.path(format!("copy-{name}")));
        let copy = calls(sandbox.path(format!("copy-{name}")).to_str().unwrap());
        assert_eq!(copy.status(), Some(0), "{copy}");
    }
}

/// A hook of ours in git config whose command was edited is not run with those that are proven.
#[test]
fn status_runs_no_edited_command() {
    let sandbox = Sandbox::new();
    let (repo, marks) = (sandbox.init("clone"), Marks(&sandbox));
    let evil = marks.program("edited");
    repo.gate(["install", "--mode", "shim"]).ok();
    for (key, value) in [
        ("hook.git-gate-pre-push.command", evil.to_str().unwrap()),
        ("hook.git-gate-pre-push.event", "pre-push"),
        ("hook.git-gate-pre-receive.command", evil.to_str().unwrap()),
        ("hook.git-gate-pre-receive.event", "pre-receive"),
        ("hook.git-gate-commit-msg.command", evil.to_str().unwrap()),
        ("hook.git-gate-commit-msg.event", "pre-commit"),
    ] {
        repo.git(["config", key, value]).ok();
    }
    repo.gate(["status"]).transcript();
    assert_eq!(marks.names(), [""; 0]);
}

/// Writes a commit-graph in which a commit has another parent.
pub(super) fn forge_graph(repo: &Repo<'_>, commit: &str, parent: &str) {
    repo.git(["commit-graph", "write", "--reachable"]).ok();
    let path = repo.git_dir().join("objects/info/commit-graph");
    let mut graph = fs::read(&path).unwrap();
    let number = |bytes: &[u8]| usize::try_from(u64::from_be_bytes(bytes.try_into().unwrap())).unwrap();
    let chunk = |name: &[u8]| {
        let entries = graph[8..].chunks(12).take(graph[6].into());
        let entry = entries.into_iter().find(|entry| entry.starts_with(name)).unwrap();
        number(&entry[4..12])
    };
    let (names, data) = (chunk(b"OIDL"), chunk(b"CDAT"));
    let bytes = |hex: &str| -> Vec<u8> {
        (0..40).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let index = |oid: &str| graph[names..].chunks(20).position(|name| name == bytes(oid)).unwrap();
    let (at, value) = (data + 36 * index(commit) + 20, u32::try_from(index(parent)).unwrap());
    graph[at..at + 4].copy_from_slice(&value.to_be_bytes());
    fs::remove_file(&path).unwrap();
    fs::write(&path, graph).unwrap();
}

/// Parents are those that a commit names, not those that other files of the repository name for it.
#[test]
fn history_is_not_taken_from_other_files() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let good = repo.commit("docs: good");
    let bad = repo.commit_message("docs: bad\n");
    let child = repo.commit("docs: child of the bad one");
    let last = repo.commit("docs: last");
    let range = format!("{good}..{last}");
    let finds_it = |how: &str| {
        assert_eq!(repo.git(["rev-list", "--count", &range]).ok().line(), "2", "{how}: git is deceived");
        repo.gate(["scan", &range]).ends_with(1).says("in 3 commits").says(&bad[..7]);
    };
    fs::create_dir_all(repo.git_dir().join("info")).unwrap();
    fs::write(repo.git_dir().join("info/grafts"), format!("{child} {good}\n")).unwrap();
    finds_it("grafts");
    fs::remove_file(repo.git_dir().join("info/grafts")).unwrap();
    repo.git(["replace", "--graft", &child, &good]).ok();
    finds_it("replace ref");
    repo.git(["replace", "-d", &child]).ok();
    forge_graph(&repo, &child, &good);
    finds_it("commit-graph");
}

/// `safe.bareRepository` protects from the config of a bare repository, which is never followed here.
#[test]
fn explicit_bare_repositories_can_be_guarded() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.git(["config", "--global", "safe.bareRepository", "explicit"]).ok();
    server.git(["rev-parse"]).ends_with(128);
    for arguments in [&["install"][..], &["status"], &["scan", "--all"], &["rules"], &["uninstall"]] {
        server.gate(arguments).ok();
    }
    sandbox.gate(["-C", "server.git", "status"]).ends_with(1).says("not installed");
}

/// Files that git reads in any repository, and files that a config names. Both git and libgit2 wait for a pipe.
#[test]
fn named_pipe_in_the_place_of_a_file_is_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let timed = |directory: PathBuf, command: &str| {
        let run = sandbox.run("timeout").arg("20").arg(sandbox.path("bin/git-gate")).arg(command);
        run.dir(directory).ends_with(2).says(" is a named pipe, and git would wait for it for ever");
    };
    for name in [
        "HEAD",
        "config",
        "packed-refs",
        "refs/heads/main",
        "refs/heads/deep/er/x",
        "objects/info/alternates",
        "objects/pack/pack-0.idx",
        "objects/00/11111111111111111111111111111111111111",
        "info/grafts",
        "shallow",
        "commondir",
        "gitdir",
    ] {
        let script = "rm -rf ../copy && cp -r . ../copy && cd ../copy/.git && rm -f \"$0\" && mkdir -p \"$(dirname \"$0\")\" && mkfifo \"$0\"";
        sandbox.run("sh").args(["-c", script, name]).dir(repo.path()).ok();
        ["scan", "status", "install"].iter().for_each(|command| timed(sandbox.path("copy"), command));
    }
    sandbox.run("mkfifo").arg(sandbox.path("pipe")).ok();
    for section in ["[include]\n\tpath = ../../pipe\n", "[includeIf \"gitdir:/\"] path = \"~/../pipe\"\n"] {
        repo.write(".git/included", section);
        let script =
            "rm -rf ../copy && cp -r . ../copy && printf '[include] path = included' >>../copy/.git/config";
        sandbox.run("sh").args(["-c", script]).dir(repo.path()).ok();
        timed(sandbox.path("copy"), "scan");
    }
    let [borrows, lender] = ["borrows", "lender"].map(|name| sandbox.init(name));
    borrows.write(".git/objects/info/alternates", format!("{}\n", lender.file(".git/objects").display()));
    sandbox.run("mkfifo").arg(lender.file(".git/objects/info/alternates")).ok();
    let run = sandbox.run("timeout").arg("20").arg(sandbox.path("bin/git-gate")).arg("scan");
    run.dir(borrows.path())
        .ends_with(2)
        .says("the list of alternate object stores")
        .says("not a regular file");
}

/// A device never ends.
#[test]
fn device_in_the_place_of_a_file_is_named() {
    let sandbox = Sandbox::new();
    for name in ["HEAD", "info/grafts", "packed-refs"] {
        let repo = sandbox.init("repo");
        repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
        let _ = fs::remove_file(repo.file(".git").join(name));
        std::os::unix::fs::symlink("/dev/zero", repo.file(".git").join(name)).unwrap();
        let run = sandbox.run("timeout").arg("20").arg(sandbox.path("bin/git-gate")).arg("scan");
        run.dir(repo.path()).ends_with(2).says("is a device");
        fs::remove_dir_all(repo.path()).unwrap();
    }
}
