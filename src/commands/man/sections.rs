//! Sections of the pages that clap knows nothing of.

use std::fmt::Write as _;

/// Exit status of a command that judges.
const JUDGES: &[(&str, &str)] = &[
    ("0", "Clean, or warnings only."),
    ("1", "Denied: there is at least one finding at level deny."),
    ("2", "Undecided: something could not be read, or an argument, the policy or git was at fault."),
];

/// Exit status of any other command.
const DOES: &[(&str, &str)] = &[
    ("0", "Done."),
    ("1", "Done, but something is left, as the output says."),
    ("2", "Not done: an argument, the policy, the repository or git was at fault."),
];

/// Exit status of a proof.
const PROVES: &[(&str, &str)] = &[
    ("0", "All that is installed was proved to refuse."),
    ("1", "Nothing is installed, or what is installed does not refuse."),
    ("2", "That could not be found out."),
];

/// Commands that judge, and those that prove.
const JUDGING: [&str; 5] =
    ["git-gate", "git-gate-scan", "git-gate-hook", "git-gate-fleet-scan", "git-gate-fleet-report"];
const PROVING: [&str; 2] = ["git-gate-status", "git-gate-server-status"];

/// Examples by command: a command line, and what it is for.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "git-gate",
        &[
            ("git gate install", "Installs the hooks in the repository at hand."),
            ("git gate scan --all", "Checks the history of all refs."),
            ("git gate fix", "Shows what can be repaired in the work tree."),
        ],
    ),
    (
        "git-gate-scan",
        &[
            ("git gate scan main..topic", "Says what a server would say of a push of topic onto main."),
            ("git gate scan --all --in-head --level deny", "Shows the errors that HEAD still has."),
            ("git gate scan --all --output html=report.html", "Also writes a page to look at in a browser."),
            ("git gate scan --all --format jsonl", "Writes a line for each finding while the scan runs."),
            (
                "git gate scan --all --write-baseline old.json",
                "Lets all present findings through from now on.",
            ),
        ],
    ),
    ("git-gate-install", &[("git gate install", "Installs the hooks in the repository at hand.")]),
    ("git-gate-fix", &[("git gate fix --apply", "Repairs what can be repaired without guessing.")]),
    ("git-gate-rules", &[("git gate rules unpinned-uses", "Shows the documentation of a rule.")]),
    (
        "git-gate-policy",
        &[
            ("git gate policy init", "Writes a commented policy to begin with."),
            ("git gate policy check", "Checks the policy in force."),
        ],
    ),
    (
        "git-gate-fleet-scan",
        &[(
            "git gate fleet scan /srv/git --output fleet.jsonl",
            "Checks every repository below a directory.",
        )],
    ),
    ("git-gate-fleet-report", &[("git gate fleet report fleet.jsonl", "Shows the report on all of them.")]),
    ("git-gate-audit", &[("git gate audit --since 1.week /var/log/git-gate.jsonl", "Counts the last week.")]),
    (
        "git-gate-completions",
        &[(
            "git gate completions bash >~/.local/share/bash-completion/completions/git-gate",
            "Installs them.",
        )],
    ),
    ("git-gate-man", &[("git gate man ~/.local/share/man/man1", "Installs the manual pages.")]),
];

/// Files that are read.
const FILES: &[(&str, &str)] = &[
    (".git-gate.yml", "Policy of a clone, at the top of the work tree."),
    (
        "git-gate.yml",
        "Policy of a bare repository, in its git directory; git config gate.policy names another one.",
    ),
    ("/etc/git-gate.yml", "Policy of all repositories of a server that have none of their own."),
    (".github/dco.yml", "Settings of the DCO app, read from the history before the one that is judged."),
];

/// Variables of the environment that are read, beside those of git.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_PAGER, PAGER", "Pager for a report on a terminal, as for git."),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "Whether colour is used, unless --color says it."),
    ("TERM", "Nothing moves on a terminal of the type dumb."),
];

/// Returns the sections of the page of a command.
pub(super) fn of(name: &str) -> String {
    let status = match (JUDGING.contains(&name), PROVING.contains(&name)) {
        (true, _) => JUDGES,
        (false, true) => PROVES,
        (false, false) => DOES,
    };
    let mut text = list("EXIT STATUS", status);
    if let Some((_, examples)) = EXAMPLES.iter().find(|(own, _)| *own == name) {
        text += &list("EXAMPLES", examples);
    }
    if ["git-gate", "git-gate-scan"].contains(&name) {
        text += &list("FILES", FILES);
        text += &list("ENVIRONMENT", ENVIRONMENT);
    }
    let pages = ["git-gate", "git-gate-scan", "git-gate-rules", "git-gate-policy"];
    let mut others: Vec<String> = pages
        .into_iter()
        .filter(|page| *page != name)
        .map(|page| format!("\\fB{}\\fR(1)", roff(page)))
        .collect();
    others.extend(["\\fBgit\\-gate\\-policy\\fR(5)", "\\fBgithooks\\fR(5)"].map(str::to_owned));
    let _ = writeln!(text, ".SH \"SEE ALSO\"\n{}", others.join(", "));
    text
}

/// Returns a section with a list of terms.
fn list(title: &str, entries: &[(&str, &str)]) -> String {
    let mut text = format!(".SH \"{title}\"\n");
    for (term, meaning) in entries {
        let _ = writeln!(text, ".TP\n\\fB{}\\fR\n{}", roff(term), roff(meaning));
    }
    text
}

/// Escapes a text. None of them begins with a point or an apostrophe, but for names, which stand behind a font.
fn roff(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
