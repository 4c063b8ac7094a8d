use super::super::commands;
use super::Flow;

/// Returns whether the command `x` of a script is reached.
fn reaches(script: &str) -> bool {
    let commands = commands(script);
    let flow = Flow::of(&commands, true);
    commands.iter().enumerate().any(|(at, command)| flow.reaches(at) && command.run_arguments("x").is_some())
}

#[test]
fn what_no_run_can_reach_is_not_reached() {
    for script in [
        "exit 0\nx",
        "exit\nx",
        "exit 0; x",
        "return 0\nx",
        "exec y\nx",
        "set -n\nx",
        "kill -9 $$\nx",
        "{ exit 0; }\nx",
        "false && x",
        "true || x",
        "! true && x",
        "a && false && x",
        "a || true || x",
        "false && a && x",
        "false && a | x",
        "[ a = b ] && x",
        "test -z a && x",
        "[[ 1 -gt 2 ]] && x",
        "[ ] && x",
        "if false; then x; fi",
        "if ! true\nthen\n  x\nfi",
        "if [ 0 = 1 ]; then x; fi",
        "if a && false; then x; fi",
        "if true; then a; else x; fi",
        "if a; then b; elif false; then x; fi",
        "if true; then a; elif b; then x; fi",
        "if true; then exit 0; fi\nx",
        "if a; then exit 0; else exit 1; fi\nx",
        "if false; then if a; then x; fi; fi",
        "while false; do x; done",
        "until true; do x; done",
        "for a in; do x; done",
        "f() { x; }",
        "f () {\n  x\n}",
        "function f { x; }",
        "function f() { x; }",
        "f() ( x )",
        "f() { x; f; }",
        "f() { x; }\necho f",
        "f() { x; }\ng() { f; }",
        "f() { x; }\nfalse && f",
        "f() { a; return; x; }\nf",
        "die() { exit 1; }\ndie\nx",
        "cat <<EOF\nx\nEOF",
        "cat <<EOF\n EOF\nx\nEOF\n",
        "cat <<'E-F'\nx\nE-F\n",
        "cat <<-EOF\n  EOF\nx\n\tEOF\n",
        "exit 0\ny=$(x)",
        "false && y=$(x)",
        "y=$(exit 0; x)",
        "bash -c 'exit 0; x'",
        "false && bash -c x",
        "false\nx",
        "{ false; } && x",
        "(false) && x",
        "echo x",
        "# x",
        "if echo x; then a; fi",
        "sudo echo x",
        "command -v x",
        "! echo x",
        "x() { a; }\nx",
        "alias x=true\nx",
    ] {
        assert!(!reaches(script), "{script}");
    }
}

#[test]
fn what_may_be_reached_is() {
    for script in [
        "x",
        "a; x",
        "a || exit 1\nx",
        "a && exit 0\nx",
        "a && exit 0 || x",
        "true && x",
        "false || x",
        "false || true && x",
        "a && { exit 0; }\nx",
        "(exit 0)\nx",
        "a | exit 0\nx",
        "exit 0 | a\nx",
        "exit 0 &\nx",
        "{ exit 0; } | a\nx",
        "if a; then exit 0; fi\nx",
        "if a; then exit 0; else b; fi\nx",
        "if a; then b; else exit 0; fi\nx",
        "if false; then exit 0; fi\nx",
        "if a; then x; fi",
        "if ! a; then x; fi",
        "if a; then b; else x; fi",
        "if x; then a; fi",
        "if false; then a; else x; fi",
        "if false; then a; elif b; then x; fi",
        "if [ \"$A\" = b ]; then x; fi",
        "if [[ a == a ]]; then x; fi",
        "if [[ main == [m]ain ]]; then x; fi",
        "[ ~ = /root ] && x",
        "if [[ -f a && -n b ]]; then x; fi",
        "while true; do x; break; done",
        "while read -r a; do x; done < b",
        "for a in b; do x; done",
        "for a in b; do exit 0; done\nx",
        "for ((i=0; i<5; i++)); do x; done",
        "case $A in a) exit 0 ;; b) x ;; esac",
        "case $A in (a) exit 0 ;; (b) x ;; esac",
        "case $A in\n  a)\n    exit 0\n    ;;\nesac\nx",
        "f() { x; }\nf",
        "f() { x; }\nf \"$a\" || exit 1",
        "function f { x; }\nf",
        "f()\n{\n  x\n}\nif f; then a; fi",
        "f() { x; }\ng() { f; }\nretry g",
        "f() { x; }\ntrap f EXIT",
        "f() { x; }\nexport -f f\nxargs -n1 bash -c 'f \"$1\"'",
        "f() { exit 1; }\nx",
        "f() { a; return; }\nf\nx",
        "f() { if a; then return; fi; x; }\nf",
        "die() { exit 1; }\na || die\nx",
        "cat <<EOF\na\nEOF\nx",
        "cat <<-EOF\na\n\tEOF\nx",
        "cat <<'E-F' > y\na\nE-F\nx",
        "a 2>&1 | b\nx",
        "a &> b\nx",
        "a > b 2>&1 && x",
        "exec > a\nx",
        "y=$(a || exit 1)\nx",
        "y=$(x)",
        "y=$(b (c) d)\nx",
        "bash -c x",
        "set -e\nx",
        "sudo -u root x",
        "timeout 5m x",
        "xargs -I {} x",
        "time x",
        "if a; then (b); fi; x",
        "a || { b; exit 1; }\nx",
        "[ -f a ] || exit 0\nx",
        "[ -n \"$A\" ] && x",
        "args=(--a b)\nx",
        "false || exit_code=$?\nx",
        "! true\nx",
        "echo '}'\nx",
    ] {
        assert!(reaches(script), "{script}");
    }
}

#[test]
fn script_that_always_fails_is_known() {
    for (script, fails) in [
        ("exit 1", true),
        ("exit 0", false),
        ("exit", false),
        ("false", true),
        ("false || true", false),
        ("if a; then exit 1; fi", false),
        ("if a; then exit 1; else exit 2; fi", true),
        ("exit 0; exit 1", false),
        ("f() { exit 1; }", false),
    ] {
        assert_eq!(Flow::of(&commands(script), true).fails, fails, "{script}");
    }
}

#[test]
fn deep_nesting_is_read_with_bounded_recursion() {
    for text in ["if false; then ", "{ ", "( ", "f() { ", "case a in b) ", "x=$(", "fi; ", "cat <<A\n A\n"] {
        Flow::of(&commands(&text.repeat(20_000)), true);
    }
}
