//! Hooks of somebody else that look at their own name, their own text or their arguments, in many languages and
//! shells. Each does after the installation what it did before it, once, and ours refuses too.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{
    CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW, not_tested,
    tested_on_demand,
};

/// Outcome of an installation into the hooks directory for a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The hook stays at its place, with our line.
    Line,
    /// The hook gets another name.
    Renamed,
    /// The hook is left as it is, and the installation ends with 2.
    Untouched,
}

/// A hook: its name in a message, its interpreter, its text, and what becomes of it.
///
/// Each writes a line to `ran` in the repository when it gets to its work, and refuses if `no` is there.
type Hook = (&'static str, &'static str, &'static str, Outcome);

const WORK: &str = "echo x >>ran; test ! -e no || exit 1";

const HOOKS: &[Hook] = &[
    ("$0", "sh", "#!/bin/sh\ncase $0 in hooks/pre-receive|*/hooks/pre-receive) WORK;; esac\n", Outcome::Line),
    ("case", "sh", "#!/bin/sh\ncase ${0##*/} in pre-receive) WORK;; esac\n", Outcome::Line),
    ("exactly $0", "sh", "#!/bin/sh\n[ \"$0\" = hooks/pre-receive ] || exit 0\nWORK\n", Outcome::Line),
    (
        "basename",
        "sh",
        "#!/bin/sh -e\nname=$(basename \"$0\")\n[ $name != pre-receive ] || { WORK; }\n",
        Outcome::Line,
    ),
    (
        "set -eu",
        "sh",
        "#!/bin/sh -eu\nset -eu; [ \"${0##*/}\" != pre-receive ] || { WORK; }\n",
        Outcome::Line,
    ),
    (
        "size",
        "sh",
        "#!/bin/sh\n[ \"$(wc -c <\"$0\")\" -lt 120 ] || { echo changed; exit 5; }\nWORK\n",
        Outcome::Untouched,
    ),
    ("stat", "sh", "#!/bin/sh\n[ $(stat -c %s \"$0\") -lt 120 ] || exit 5\nWORK\n", Outcome::Untouched),
    (
        "code behind a mark",
        "sh",
        "#!/bin/sh\nsed '1,/^__CODE__$/d' \"$0\" | sh -s -- \"$@\"; exit $?\n__CODE__\nWORK\n",
        Outcome::Line,
    ),
    (
        "name without an end",
        "sh",
        "#!/bin/sh\n[ \"$(basename -- \"$0\" .hook)\" = pre-receive ] || exit 0\nWORK\n",
        Outcome::Line,
    ),
    (
        "perl table",
        "perl",
        "#!/usr/bin/perl\nuse File::Basename;\nmy %t = ('pre-receive' => sub { system('WORK') and exit 1 });\n($t{basename $0} || sub {})->();\n",
        Outcome::Untouched,
    ),
    ("dirname", "sh", "#!/bin/sh\n[ -e \"$(dirname \"$0\")/pre-receive\" ] && { WORK; }\n", Outcome::Line),
    (
        "readlink",
        "sh",
        "#!/bin/sh\ncase $(readlink -f \"$0\") in */pre-receive) WORK;; esac\n",
        Outcome::Line,
    ),
    ("no first line", "sh", "case ${0##*/} in pre-receive) WORK;; esac\n", Outcome::Line),
    ("comment first", "sh", "# a hook\ncase ${0##*/} in pre-receive) WORK;; esac", Outcome::Line),
    ("no line end", "sh", "#!/bin/sh\ncase ${0##*/} in pre-receive) WORK;; esac", Outcome::Line),
    (
        "main guard",
        "bash",
        "#!/usr/bin/env bash\nif [[ ${BASH_SOURCE[0]} == \"$0\" && $0 == */pre-receive ]]; then WORK; fi\n",
        Outcome::Line,
    ),
    (
        "strict bash",
        "bash",
        "#!/bin/bash\nset -euo pipefail; shopt -s execfail\n[[ ${0##*/} == pre-receive ]] && { WORK; }\n",
        Outcome::Line,
    ),
    (
        "env -S",
        "bash",
        "#!/usr/bin/env -S bash -eu\n[[ ${0##*/} == pre-receive ]] && { WORK; }\n",
        Outcome::Line,
    ),
    ("dash", "dash", "#!/usr/bin/env dash\ncase ${0##*/} in pre-receive) WORK;; esac\n", Outcome::Line),
    (
        "busybox",
        "busybox",
        "#!/usr/bin/env -S busybox sh -e\ncase ${0##*/} in pre-receive) WORK;; esac\n",
        Outcome::Line,
    ),
    ("zsh", "zsh", "#!/usr/bin/env zsh\n[[ ${0:t} == pre-receive ]] && { WORK }\n", Outcome::Line),
    ("ksh", "ksh", "#!/usr/bin/env ksh\n[[ ${0##*/} == pre-receive ]] && { WORK; }\n", Outcome::Line),
    ("mksh", "mksh", "#!/usr/bin/env mksh\n[[ ${0##*/} == pre-receive ]] && { WORK; }\n", Outcome::Line),
    ("yash", "yash", "#!/usr/bin/env yash\ncase ${0##*/} in pre-receive) WORK;; esac\n", Outcome::Line),
    ("line numbers", "sh", "#!/bin/sh\ntail -n +4 \"$0\" | sh\nexit\nWORK\n", Outcome::Line),
    ("number of the line", "bash", "#!/bin/bash\n[ $LINENO = 2 ] || exit 0\nWORK\n", Outcome::Line),
    (
        ".parts",
        "sh",
        "#!/bin/sh\nfor part in \"$(dirname \"$0\")/$(basename \"$0\").parts\"/*; do \"$part\" || exit; done\n",
        Outcome::Line,
    ),
    (
        "members by number",
        "sh",
        "#!/bin/sh\nfor h in $0.h*; do [ -x $h ] && { $h || exit 1; }; done\nexit 0\n",
        Outcome::Line,
    ),
    (
        "starts itself",
        "sh",
        "#!/bin/sh\n[ \"${LOCK-}\" ] || exec env LOCK=x \"$0\" \"$@\"\nWORK\n",
        Outcome::Untouched,
    ),
    (
        "two shells",
        "bash",
        "#!/bin/sh\n[ -n \"$BASH_VERSION\" ] || exec bash \"$0\" \"$@\"\nWORK\n",
        Outcome::Untouched,
    ),
    (
        "parent",
        "sh",
        "#!/bin/sh\nps -p $PPID -o args= | grep -q git-gate && exit 0\nWORK\n",
        Outcome::Untouched,
    ),
    (
        "polyglot",
        "python3",
        "#!/bin/sh\n\"exec\" \"python3\" \"$0\" \"$@\"\nimport os, sys\nopen('ran', 'a').write('x\\n')\nsys.exit(os.path.exists('no'))\n",
        Outcome::Untouched,
    ),
    (
        "python name",
        "python3",
        "#!/usr/bin/env python3\nimport os, sys\nif os.path.basename(__file__) == 'pre-receive':\n    open('ran', 'a').write('x\\n')\n    sys.exit(os.path.exists('no'))\n",
        Outcome::Untouched,
    ),
    (
        "python argv",
        "python3",
        "#!/usr/bin/env python3\nimport os, sys\nname, *rest = sys.argv\nif name.endswith('/pre-receive'):\n    open('ran', 'a').write('x\\n')\n    sys.exit(os.path.exists('no'))\n",
        Outcome::Untouched,
    ),
    (
        "python",
        "python3",
        "#!/usr/bin/env python3\nimport os, sys\nopen('ran', 'a').write('x\\n')\nsys.exit(os.path.exists('no'))\n",
        Outcome::Renamed,
    ),
    (
        "perl name",
        "perl",
        "#!/usr/bin/env perl\nexit 0 unless $0 =~ m{/pre-receive$};\nopen(F, '>>ran'); print F \"x\\n\"; exit(-e 'no' ? 1 : 0);\n",
        Outcome::Untouched,
    ),
    (
        "perl",
        "perl",
        "#!/usr/bin/env perl\nopen(F, '>>ran'); print F \"x\\n\"; exit(-e 'no' ? 1 : 0);\n",
        Outcome::Renamed,
    ),
    (
        "ruby name",
        "ruby",
        "#!/usr/bin/env ruby\nexit unless File.basename($0) == 'pre-receive'\nFile.write('ran', \"x\\n\", mode: 'a'); exit !File.exist?('no')\n",
        Outcome::Untouched,
    ),
    (
        "node name",
        "node",
        "#!/usr/bin/env node\nconst fs = require('fs');\nif (!process.argv[1].endsWith('/pre-receive')) process.exit(0);\nfs.appendFileSync('ran', 'x\\n'); process.exit(fs.existsSync('no') ? 1 : 0);\n",
        Outcome::Untouched,
    ),
    (
        "node",
        "node",
        "#!/usr/bin/env node\nconst fs = require('fs');\nfs.appendFileSync('ran', 'x\\n'); process.exit(fs.existsSync('no') ? 1 : 0);\n",
        Outcome::Renamed,
    ),
    (
        "python that finds its members",
        "python3",
        "#!/usr/bin/env python3\nimport glob, os, subprocess, sys\nif os.environ.get('DEEP') == 'xx': sys.exit(9)\nos.environ['DEEP'] = os.environ.get('DEEP', '') + 'x'\nfor h in sorted(glob.glob('hooks/pre-receive.*[!s]')):\n    if subprocess.call([h]): sys.exit(1)\n",
        Outcome::Untouched,
    ),
    (
        "perl with a library",
        "perl",
        "#!/usr/bin/env perl\nrequire './hooks/lib.pl'; work();\n",
        Outcome::Untouched,
    ),
    ("node with a library", "node", "#!/usr/bin/env node\nrequire('./lib.js');\n", Outcome::Untouched),
    (
        "python with a library",
        "python3",
        "#!/usr/bin/env python3\nimport hooklib\nhooklib.work()\n",
        Outcome::Untouched,
    ),
    (
        "node argv",
        "node",
        "#!/usr/bin/env node\nconst {argv} = process, fs = require('fs');\nif (!argv[1].endsWith('/pre-receive')) process.exit(0);\nfs.appendFileSync('ran', 'x\\n'); process.exit(fs.existsSync('no') ? 1 : 0);\n",
        Outcome::Untouched,
    ),
];

/// Libraries of some of the hooks, which look at the name of the hook.
const LIBRARIES: [(&str, &str); 3] = [
    (
        "hooks/lib.pl",
        "sub work { exit 0 unless $0 =~ m{/pre-receive$}; open(F, '>>ran'); print F \"x\\n\"; exit(-e 'no' ? 1 : 0); } 1;\n",
    ),
    (
        "hooks/lib.js",
        "const fs = require('fs'); if (process.argv[1].endsWith('/pre-receive')) { fs.appendFileSync('ran', 'x\\n'); process.exit(fs.existsSync('no') ? 1 : 0); }\n",
    ),
    (
        "hooks/hooklib.py",
        "import os, sys\nsys.dont_write_bytecode = True\ndef work():\n    if not sys.argv[0].endswith('/pre-receive'): return\n    open('ran', 'a').write('x\\n')\n    sys.exit(os.path.exists('no'))\n",
    ),
];

fn has(sandbox: &Sandbox, program: &str) -> bool {
    sandbox.run("sh").args(["-c", "command -v \"$0\"", program]).transcript().status() == Some(0)
}

/// Writes a hook and the members that some of the hooks run.
fn write(server: &Repo<'_>, text: &str) {
    server.write_executable("hooks/pre-receive", text.replace("WORK", WORK));
    for member in ["hooks/pre-receive.parts/one", "hooks/pre-receive.h00-one"] {
        server.write_executable(member, format!("#!/bin/sh\n{WORK}\n"));
    }
    for (library, text) in LIBRARIES {
        server.write(library, text);
    }
}

/// Pushes a good commit and returns how often the hook got to its work; the push must end with a status.
#[track_caller]
fn push(server: &Repo<'_>, client: &Repo<'_>, content: &str, status: i32, what: &str) -> usize {
    let _ = fs::remove_file(server.file("ran"));
    client.commit_file(WORKFLOW, content);
    let push = client.git(["push", "-q", "-f", "../server.git", "main"]).transcript();
    assert_eq!(push.status(), Some(status), "{what}: {push}");
    fs::read_to_string(server.file("ran")).map_or(0, |ran| ran.lines().count())
}

/// Checks that the hook runs once for each push, and refuses or accepts as it wants.
#[track_caller]
fn works_as_before(server: &Repo<'_>, client: &Repo<'_>, what: &str) {
    assert_eq!(push(server, client, CLEAN_WORKFLOW, 0, what), 1, "{what}");
    server.write("no", "");
    assert_eq!(push(server, client, &format!("{CLEAN_WORKFLOW}# x\n"), 1, what), 1, "{what}");
    fs::remove_file(server.file("no")).unwrap();
}

/// Returns the line that is to be added by hand, as it is printed.
fn line_by_hand(install: &Transcript) -> Option<String> {
    let text = install.to_string();
    let mut lines = text.lines().skip_while(|line| !line.contains("before all commands:")).skip(1);
    lines.next().and_then(|line| line.strip_prefix("hint: ")).map(str::to_owned)
}

/// Returns the bytes and the mode of the hook.
fn content(server: &Repo<'_>) -> (Vec<u8>, u32) {
    let hook = server.hook("pre-receive");
    (fs::read(&hook).unwrap(), fs::metadata(&hook).unwrap().permissions().mode())
}

#[test]
fn each_hook_does_what_it_did_before() {
    let sandbox = Sandbox::new();
    for (what, program, text, outcome) in HOOKS.iter().copied() {
        if !has(&sandbox, program) {
            not_tested(&format!("the hook `{what}`"), program);
            continue;
        }
        let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
        write(&server, text);
        works_as_before(&server, &client, what);
        let before = content(&server);
        let install = server.gate(["install", "--mode", "shim"]).transcript();
        assert_eq!(install.status() == Some(2), outcome == Outcome::Untouched, "{what}: {install}");
        assert_eq!(
            server.hook("pre-receive.git-gate-chained").exists(),
            outcome == Outcome::Renamed,
            "{what}"
        );
        works_as_before(&server, &client, what);
        let by_hand = line_by_hand(&install);
        if let Some(line) = &by_hand {
            let text = String::from_utf8(before.0.clone()).unwrap().replacen('\n', &format!("\n{line}\n"), 1);
            server.write_executable("hooks/pre-receive", text);
            works_as_before(&server, &client, what);
        }
        let is_told = outcome == Outcome::Untouched && !text.starts_with("#!/bin/sh");
        assert_eq!(by_hand.is_some(), is_told, "{what}: {install}");
        if outcome != Outcome::Untouched || is_told {
            server.gate(["status"]).ok();
            assert_eq!(push(&server, &client, UNPINNED_WORKFLOW, 1, what), 1, "{what}");
            server.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
            server.gate(["uninstall"]).ok();
        }
        assert_eq!(content(&server), before, "{what}");
        fs::remove_dir_all(server.path()).unwrap();
        fs::remove_dir_all(client.path()).unwrap();
    }
}

/// A hook that is a link gets another name if it does not look at it. Otherwise its target can be changed by hand.
#[test]
fn linked_hooks_do_what_they_did_before() {
    let sandbox = Sandbox::new();
    let by_name = "#!/bin/sh\ncase ${0##*/} in pre-receive) WORK;; esac\n";
    for (text, renamed) in [(by_name, false), ("#!/bin/sh\nWORK\n", true)] {
        let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
        let target = server.write_executable(sandbox.path("driver"), text.replace("WORK", WORK));
        std::os::unix::fs::symlink(&target, server.hook("pre-receive")).unwrap();
        works_as_before(&server, &client, text);
        let install = server.gate(["install", "--mode", "shim"]).transcript();
        assert_eq!(install.status(), Some(if renamed { 0 } else { 2 }), "{install}");
        assert_eq!(server.hook("pre-receive").is_symlink(), !renamed);
        works_as_before(&server, &client, text);
        if let Some(line) = line_by_hand(&install) {
            let text = fs::read_to_string(&target).unwrap().replacen('\n', &format!("\n{line}\n"), 1);
            server.write_executable(&target, text);
            works_as_before(&server, &client, "by hand");
        }
        server.gate(["status"]).ok();
        assert_eq!(push(&server, &client, UNPINNED_WORKFLOW, 1, text), 1, "{text}");
        server.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
        server.gate(["uninstall"]).ok();
        assert!(server.hook("pre-receive").is_symlink());
        fs::remove_dir_all(server.path()).unwrap();
        fs::remove_dir_all(client.path()).unwrap();
    }
}

/// A hook that the project has committed is changed only if the user agrees, or by the project itself.
#[test]
fn tracked_hooks_are_not_changed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(["config", "core.hooksPath", ".githooks"]).ok();
    let hook = repo.write_executable(".githooks/commit-msg", "#!/bin/sh -e\n# ours\nset -eu\necho x >>ran\n");
    repo.write(".gitignore", "ran\n.githooks/*\n!.githooks/commit-msg\n");
    repo.commit("docs: first");
    let clean = || repo.git(["status", "--porcelain"]).ok().stdout().is_empty();
    let refused = repo.gate(["install", "--mode", "shim"]).ends_with(2);
    refused.says("commit-msg is left as it is: it is tracked by git").says("--edit-tracked");
    assert!(clean());
    repo.gate(["install", "--mode", "shim", "--edit-tracked"]).ok();
    assert!(!clean());
    let refuses = || {
        let _ = fs::remove_file(repo.file("ran"));
        repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1).says("error[missing-signoff]");
        assert_eq!(fs::read_to_string(repo.file("ran")).unwrap(), "x\n");
    };
    refuses();
    repo.gate(["uninstall"]).ok();
    assert!(clean());

    let line = line_by_hand(&refused).unwrap();
    let text = fs::read_to_string(&hook).unwrap().replace("set -eu\n", &format!("set -eu\n{line}\n"));
    repo.write_executable(&hook, text);
    repo.commit("build: git-gate");
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    repo.gate(["status"]).ok();
    refuses();
    assert!(clean());
}

/// git-gate starts the hook again; a variable that somebody else has set starts nothing, and lets nothing pass.
#[test]
fn forged_variable_refuses() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/commit-msg", "#!/bin/sh\necho x >>ran\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    for value in ["1", "", "x"] {
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).env("_GIT_GATE_CHAIN", value);
        commit.ends_with(1).says("`_GIT_GATE_CHAIN` is set, but not to the process that started");
        assert!(!repo.file("ran").exists());
    }
}

/// A hook that reads another one with the line would be started again and again.
#[test]
fn hook_that_reads_a_hook_with_the_line_refuses() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/commit-msg", "#!/bin/sh\nexit 0\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    let reads = "#!/bin/sh\n. .git/hooks/commit-msg\n";
    repo.write_executable("own/commit-msg", reads);
    repo.git(["config", "core.hooksPath", "own"]).ok();
    let commit = || repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1);
    commit().says("starts itself, or another hook that contains the line of git-gate");
    repo.gate(["install", "--mode", "shim"]).ok();
    commit().says("starts itself, or another hook that contains the line of git-gate");
}

/// A hook that starts itself from within, in whatever way, ends.
#[test]
fn hook_within_itself_ends() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let commit_msg = ".git/hooks/commit-msg";
    let refused = "starts itself, or another hook that contains the line of git-gate";
    let without_proc = "mount -t tmpfs none /proc && exec \"$@\"";
    let hidden = ["-rm", "sh", "-c", without_proc, "sh"];
    let can_hide = sandbox.run("unshare").args(hidden).arg("true").transcript().status() == Some(0);
    if !can_hide {
        // A container may have no right to mount, and nothing that is installed gives it.
        tested_on_demand(
            "hooks within themselves on a system without /proc",
            "`unshare -rm`, and the right to mount",
        );
    }
    let message = format!("good\n\n{SIGN_OFF}");
    for again in [
        ". .git/hooks/commit-msg",
        "( . .git/hooks/commit-msg ) || exit",
        "exec \"$0\" \"$@\"",
        "\"$0\" \"$@\" || exit",
    ] {
        repo.write_executable(commit_msg, "#!/bin/sh\n:\n");
        repo.gate(["install", "--mode", "shim"]).ok();
        // `install` would notice some of these.
        let with_line = fs::read_to_string(repo.file(commit_msg)).unwrap();
        repo.write_executable(commit_msg, format!("{with_line}{again}\n"));
        let commit = ["-q", "--allow-empty", "-m", &message];
        repo.git(["commit"]).args(commit).ends_with(1).says(refused);
        if can_hide {
            let run =
                sandbox.run("unshare").args(hidden).args(["git", "commit"]).args(commit).dir(repo.path());
            run.ends_with(1).says(refused);
        }
        repo.gate(["uninstall"]).ok();
    }
    repo.write_executable(commit_msg, "#!/bin/sh\nenv >ran\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.git(["commit", "-q", "--allow-empty", "-m", &message]).ok();
    assert!(!fs::read_to_string(repo.file("ran")).unwrap().contains("_GIT_GATE"));
}

/// A hook may run the same hook again through git: it knows itself when to end.
#[test]
fn hook_may_push_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    sandbox.init_bare("target.git");
    repo.commit("docs: base");
    let text = "#!/bin/sh\necho x >>ran\n[ \"$PUSHES\" ] || PUSHES=1 git push -q \"$2\" main:again\n";
    repo.write_executable(".git/hooks/pre-push", text);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.git(["push", "-q", "../target.git", "main"]).ok();
    assert_eq!(fs::read_to_string(repo.file("ran")).unwrap(), "x\nx\n");
}

#[test]
fn script_that_cannot_run_is_left_alone() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    let hook = server.write_executable("hooks/pre-receive", "#!/bin/sh\r\nexit 0\r\n");
    let install = server.gate(["install", "--mode", "shim"]).ends_with(2);
    install
        .says("its first line ends with a carriage return")
        .says("sed -i 's/\\r$//' [ROOT]/server.git/hooks");
    let repair = "sed -i 's/\\r$//' hooks/pre-receive";
    sandbox.run("sh").args(["-c", repair]).dir(server.path()).ok();
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
    server.gate(["install", "--mode", "shim"]).ok();
}

#[test]
fn mode_owner_and_attributes_of_a_hook_stay() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let hook = repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n");
    fs::hard_link(&hook, sandbox.path("linked")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o551)).unwrap();
    let has_attributes =
        rustix::fs::setxattr(&hook, "user.note", b"mine", rustix::fs::XattrFlags::empty()).is_ok();
    for command in [&["install", "--mode", "shim"][..], &["uninstall"]] {
        repo.gate(command).ok();
        assert_eq!(hook.metadata().unwrap().mode() & 0o7777, 0o551);
        let mut value = [0; 9];
        let found = rustix::fs::getxattr(&hook, "user.note", &mut value).unwrap_or(0);
        assert_eq!(&value[..found], if has_attributes { &b"mine"[..] } else { b"" });
    }
    assert_eq!(fs::read(sandbox.path("linked")).unwrap(), b"#!/bin/sh\n", "another file changed");
}
