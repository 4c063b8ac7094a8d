//! Hooks of somebody else that look at their own name, their own text or their arguments, in many languages and
//! shells. Each does after the installation what it did before it, once, and ours refuses too.

use std::fs;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW, not_tested};

/// What an installation into the hooks directory does with a hook.
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
        let before = fs::read(server.hook("pre-receive")).unwrap();
        let install = server.gate(["install", "--mode", "shim"]).transcript();
        assert_eq!(install.status() == Some(2), outcome == Outcome::Untouched, "{what}: {install}");
        assert_eq!(
            server.hook("pre-receive.git-gate-chained").exists(),
            outcome == Outcome::Renamed,
            "{what}"
        );
        works_as_before(&server, &client, what);
        if outcome != Outcome::Untouched {
            server.gate(["status"]).ok();
            assert_eq!(push(&server, &client, UNPINNED_WORKFLOW, 1, what), 1, "{what}");
            server.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
            server.gate(["uninstall"]).ok();
        }
        assert_eq!(fs::read(server.hook("pre-receive")).unwrap(), before, "{what}");
        works_as_before(&server, &client, what);
        fs::remove_dir_all(server.path()).unwrap();
        fs::remove_dir_all(client.path()).unwrap();
    }
}
