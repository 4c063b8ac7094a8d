//! Completion in real shells, for `git-gate` and for `git gate`.

use std::path::Path;

use crate::support::{Repo, Run, Sandbox, not_tested};

/// Creates a repository with the branches main and maintenance.
fn repo(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    repo.commit_file("a", "1\n");
    repo.git(["branch", "maintenance"]).ok();
    repo
}

/// Writes the script of a shell; returns its path.
fn script(sandbox: &Sandbox, shell: &str, name: &str) -> String {
    let script = sandbox.gate(["completions", shell]).ok();
    sandbox.write(name, script.stdout()).display().to_string()
}

/// Returns false, and says so, if a program does not run.
fn has(sandbox: &Sandbox, program: &str) -> bool {
    let missing =
        sandbox.run("sh").args(["-c", &format!("command -v {program}")]).transcript().status() != Some(0);
    if missing {
        not_tested(&format!("completion in {program}"), program);
    }
    !missing
}

/// Types keys in an interactive shell on a terminal. A line that ends with `\t\u{1}print \n` is completed, and printed.
fn types(sandbox: &Sandbox, shell: &str, keys: &str) -> Run {
    let run = sandbox.run("script").args(["-q", "-c", shell, "/dev/null"]).dir(sandbox.path("repo"));
    run.env("TERM", "xterm").stdin(format!("{keys}\nexit\n"))
}

#[test]
fn bash_completes_options_rules_and_branches() {
    let sandbox = Sandbox::new();
    let _repo = repo(&sandbox);
    if !has(&sandbox, "bash") {
        return;
    }
    let ours = script(&sandbox, "bash", "git-gate.bash");
    let of_git = "/usr/share/bash-completion/completions/git";
    let mut starts = vec!["git-gate"];
    let mut setup = format!(". {ours}\n");
    if Path::new(of_git).exists() && Path::new("/usr/share/bash-completion/bash_completion").exists() {
        setup = format!(". /usr/share/bash-completion/bash_completion\n. {of_git}\n{setup}");
        starts.extend(["git gate", "git -C . gate"]);
    } else {
        not_tested("`git gate` in bash", "bash-completion");
    }
    setup.push_str(
        r#"
        try() {
            COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMPREPLY=()
            read -ra COMP_WORDS <<<"$1"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            if [[ $1 == git-gate* ]]; then __git_gate_words; else __git_wrap__git_main; fi
            printf '[%s]' "${COMPREPLY[@]}"
            echo
        }
        "#,
    );
    for start in starts {
        for (line, expected) in [
            ("scan --fo", "[--format ]"),
            ("scan --gl", "[--glob=]"),
            ("scan --format=js", "[json ][jsonl ]"),
            ("rules unp", "[unpinned-uses ][unpinned-image ][unprotected-secret ]"),
            ("scan ma", "[main ][maintenance ]"),
            ("scan HEAD..mai", "[HEAD..main ][HEAD..maintenance ]"),
        ] {
            let text = format!("{setup}\ntry '{start} {line}'\n");
            let run = sandbox.run("bash").args(["--norc", "--noprofile", "-c", &text]);
            assert_eq!(run.dir(sandbox.path("repo")).ok().line(), expected, "{start} {line}");
        }
    }
}

#[test]
fn zsh_completes_options_rules_and_branches() {
    let sandbox = Sandbox::new();
    let _repo = repo(&sandbox);
    if !has(&sandbox, "zsh") || !has(&sandbox, "script") {
        return;
    }
    script(&sandbox, "zsh", "functions/_git-gate");
    let functions = sandbox.path("functions").display().to_string();
    let dump = sandbox.path("dump").display().to_string();
    let setup = format!("PS1=; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -d {dump}\n");
    for (line, expected) in [
        ("git-gate scan --fo", ":git-gate scan --format"),
        ("git gate scan --fo", ":git gate scan --format"),
        ("git gate rules unpinned-u", ":git gate rules unpinned-uses"),
        ("git gate scan maint", ":git gate scan maintenance"),
        ("git gate scan main..maint", ":git gate scan main..maintenance"),
    ] {
        types(&sandbox, "zsh -f -i", &format!("{setup}{line}\t\u{1}print -r -- :")).ok().says(expected);
    }
    types(&sandbox, "zsh -f -i", &format!("{setup}git gate rules unp\t\t"))
        .ok()
        .says("unpinned-image")
        .says("unprotected-secret");
}

#[test]
fn fish_completes_options_rules_and_branches() {
    let sandbox = Sandbox::new();
    let _repo = repo(&sandbox);
    if !has(&sandbox, "fish") {
        return;
    }
    script(&sandbox, "fish", "config/fish/conf.d/git-gate.fish");
    for start in ["git-gate", "git gate"] {
        for (line, expected) in [
            ("scan --fo", &["--format"][..]),
            ("scan --format=js", &["--format=json", "--format=jsonl"]),
            ("rules unp", &["unpinned-image", "unpinned-uses", "unprotected-secret"]),
            ("scan ma", &["main", "maintenance"]),
        ] {
            let run = sandbox.run("fish").args(["-c", &format!("complete -C '{start} {line}'")]);
            let run = run.dir(sandbox.path("repo")).env("XDG_CONFIG_HOME", sandbox.path("config")).ok();
            let said = String::from_utf8(run.stdout().to_vec()).unwrap();
            let mut words: Vec<&str> = said.lines().map(|line| line.split('\t').next().unwrap()).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words, expected, "{start} {line}");
        }
    }
}
