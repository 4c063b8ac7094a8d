//! Report of a scan with many findings on a terminal: the overview first, in the pager of the user.

use crate::support::{Repo, Run, Sandbox, UNPINNED_WORKFLOW, not_tested};

/// Creates a history of 30 commits without sign-offs by two people, and of 10 workflows, of which HEAD has one.
fn history(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    for number in 0..30 {
        let author = if number % 3 == 0 { "Bo" } else { "Ana" };
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", &format!("docs: change {number}")]);
        commit.env("GIT_AUTHOR_NAME", author).ok();
    }
    for number in 0..10 {
        repo.write(format!(".github/workflows/w{number}.yml"), UNPINNED_WORKFLOW);
    }
    repo.commit("ci: add workflows");
    for number in 1..10 {
        std::fs::remove_file(repo.file(format!(".github/workflows/w{number}.yml"))).unwrap();
    }
    repo.commit("ci: remove most of them");
    repo
}

/// Builds a run of a command on a terminal of 80 columns and 24 lines; `None` if the machine has no `script`.
fn on_terminal(repo: &Repo<'_>, sandbox: &Sandbox, columns: usize, command: &str) -> Option<Run> {
    if sandbox.run("script").arg("--version").transcript().status() != Some(0) {
        not_tested("reports on a terminal", "script of util-linux");
        return None;
    }
    let command = format!("stty cols {columns} rows 24; {command}");
    let run = sandbox.run("script").args(["-q", "-e", "-c", &command, "/dev/null"]);
    Some(run.dir(repo.path()).env("TERM", "xterm").env("NO_COLOR", "1"))
}

const SCAN: &str = "git gate scan --no-git-config";

#[test]
fn first_screen_says_what_and_what_to_do_first() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let scan = repo.gate(["scan", "--no-git-config"]).ends_with(1);
    let said = String::from_utf8(scan.stdout().to_vec()).unwrap();
    let screen: Vec<&str> = said.lines().take(24).collect();
    let screen = screen.join("\n");
    for expected in [
        "denied: 40 errors in 32 commits, 10 workflows",
        "  level   rule                   findings  in HEAD  where\n",
        "  error   missing-signoff              30       30  30 commits\n",
        "  error   unpinned-uses                10        1  10 files\n",
        "what to fix first:\n  1. start with `.github/workflows/w0.yml` (1 finding);",
        "9 findings in workflows are not in HEAD any more:",
        "\nhint: git rebase ",
    ] {
        assert!(screen.contains(expected), "{expected:?} is not in:\n{screen}");
    }
    for expected in [
        "missing-signoff:\n  people  Ana <author@example.com> (20), Bo <author@example.com> (10)\n  first   2023-11-14 ",
        "unpinned-uses:\n  people  A U Thor <author@example.com> (10)\n  files   .github/workflows/w0.yml (1),",
        " and 7 others\n",
    ] {
        assert!(said.contains(expected), "{expected:?} is not in:\n{said}");
    }
    assert!(said.ends_with("denied: 40 errors in 32 commits, 10 workflows, 1 blob\n"), "{said}");
    let limited = repo.gate(["scan", "--no-git-config", "--limit", "1"]).ends_with(1);
    limited.says("39 more not shown: `--limit 0` shows all");
}

#[test]
fn few_findings_need_no_overview() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let scan = repo.gate(["scan", "--no-git-config", "--rule", "unpinned-uses"]).ends_with(1);
    assert!(scan.line().starts_with("error[unpinned-uses]"), "{scan}");
}

#[test]
fn pager_shows_a_report_on_a_terminal_and_the_status_stays() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let Some(run) = on_terminal(&repo, &sandbox, 80, SCAN) else { return };
    run.env("GIT_PAGER", "cat >paged; echo shown").ends_with(1).says("shown").never_says("denied");
    let paged = std::fs::read_to_string(repo.file("paged")).unwrap();
    assert!(paged.starts_with("denied: 40 errors") && paged.ends_with("10 workflows, 1 blob\n"), "{paged}");
    let again = |pager: &str| on_terminal(&repo, &sandbox, 80, SCAN).unwrap().env("GIT_PAGER", pager);
    for pager in ["cat", "", "no-such-pager", "true"] {
        let scan = again(pager).ends_with(1);
        assert_eq!(scan.contains("denied: 40 errors"), pager != "true", "{pager}: {scan}");
    }
    // Not in a pipe.
    repo.gate(["scan", "--no-git-config"]).env("GIT_PAGER", "touch piped").ends_with(1);
    assert!(!repo.file("piped").exists());
}

#[test]
fn pager_of_the_user_counts_and_that_of_the_repository_does_not() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    repo.git(["config", "core.pager", "touch pwned"]).ok();
    let run = || on_terminal(&repo, &sandbox, 80, SCAN);
    let Some(scan) = run() else { return };
    scan.env("PAGER", "sed s/denied/paged/").ends_with(1).says("paged: 40 errors");
    repo.git(["config", "--global", "core.pager", "sed s/denied/global/"]).ok();
    run().unwrap().env("PAGER", "cat").ends_with(1).says("global: 40 errors");
    assert!(!repo.file("pwned").exists());
    let options = "sh -c 'echo LESS=$LESS; cat >/dev/null'";
    run().unwrap().env("GIT_PAGER", options).ends_with(1).says("LESS=FRX");
    run().unwrap().env("GIT_PAGER", options).env("LESS", "-S").ends_with(1).says("LESS=-S");
}

#[test]
fn lines_are_as_wide_as_the_terminal() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let comment = "# a comment behind the action that takes some space";
    let long = UNPINNED_WORKFLOW.replace("action@main", &format!("action@main {comment}"));
    repo.commit_file(crate::support::WORKFLOW, long);
    let widest = |columns| {
        // The progress is on the terminal, too.
        let scan = on_terminal(&repo, &sandbox, columns, &format!("{SCAN} 2>/dev/null"))?
            .env("GIT_PAGER", "cat")
            .ends_with(1);
        let said = String::from_utf8(scan.stdout().to_vec()).unwrap();
        said.lines().map(|line| line.trim_end().chars().count()).max()
    };
    let (Some(narrow), Some(wide)) = (widest(60), widest(200)) else { return };
    assert!(narrow <= 60 && wide > 72 && wide <= 100, "{narrow} {wide}");
}
