//! Reports in every format, on standard output and in files, and other output that is meant for people.

use std::path::Path;

use serde_json::Value;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// Creates a repository with an unpinned action in a file with a hostile name.
fn denied(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    repo.commit_file(".github/workflows/a%,b\n::error::c.yml", UNPINNED_WORKFLOW);
    repo
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn report_goes_to_stdout_and_files_by_format() {
    let sandbox = Sandbox::new();
    let repo = denied(&sandbox);
    let outputs =
        ["scan", "--output", "sarif=r.sarif", "--output", "gitlab=q=1.json", "--output", "json=r.json"];
    repo.gate(outputs).ends_with(1).says("error[unpinned-uses]");
    let sarif = json(&repo.file("r.sarif"));
    let uri = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, ".github/workflows/a%25%2Cb%0A%3A%3Aerror%3A%3Ac.yml");
    assert_eq!(json(&repo.file("q=1.json"))[0]["check_name"], "unpinned-uses");
    assert_eq!(json(&repo.file("r.json"))["verdict"], "denied");
}

#[test]
fn github_format_prints_one_command_per_finding() {
    let sandbox = Sandbox::new();
    let transcript = denied(&sandbox).gate(["scan", "--no-git-config", "--format", "github"]).ends_with(1);
    let said = String::from_utf8(transcript.stdout().to_vec()).unwrap();
    let commands: Vec<&str> = said.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 1, "{said}");
    let file = "::error file=.github/workflows/a%25%2Cb\\x0a%3A%3Aerror%3A%3Ac.yml,line=7,col=15,endColumn=33,title=";
    assert!(commands[0].starts_with(file), "{said}");
}

#[test]
fn fingerprint_survives_moved_lines_and_new_commits() {
    let sandbox = Sandbox::new();
    let fingerprint = |name: &str, workflow: &str| {
        let repo = sandbox.init(name);
        repo.commit_file(WORKFLOW, workflow);
        repo.gate(["scan", "--format", "sarif", "--output", "sarif=r.sarif"]).ends_with(1);
        json(&repo.file("r.sarif"))["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    let moved = format!("# a comment\n\n{UNPINNED_WORKFLOW}");
    assert_eq!(fingerprint("one", UNPINNED_WORKFLOW), fingerprint("two", &moved));
}

#[test]
fn unwritable_output_file_is_an_error() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    repo.gate(["scan", "--output", "json=r.json"]).ok().says("clean:");
    repo.gate(["scan", "--output", "json=gone/r.json"]).ends_with(2).says("cannot write gone/r.json");
    repo.gate(["scan", "--output", "json=.git"]).ends_with(2);
    for wrong in ["r.json", "json=", "yaml=r.yml", "=r.json"] {
        repo.gate(["scan", "--output", wrong]).ends_with(2);
    }
}

#[test]
fn stat_counts_findings_by_rule_and_year() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_message("unsigned\n");
    repo.git(["tag", "-a", "v1", "-m", "a tag"]).ok();
    let transcript = repo.gate(["scan", "--no-git-config", "--stat", "v1"]).ends_with(1);
    let bar = "#".repeat(52);
    let expected = format!(
        "findings by rule:\n  missing-signoff  1  {bar}#####\n\nfindings by year of the commit:\n  2023  1  {bar}\
         ################\n\n# error  - warning\n\ndenied: 1 error in 1 commit\n--- stderr ---\n[exit status: 1]"
    );
    assert_eq!(transcript.to_string(), expected);
    repo.gate(["scan", "--stat", "--format", "json"]).ends_with(2);
}

#[test]
fn colour_follows_environment_and_option() {
    let sandbox = Sandbox::new();
    let repo = denied(&sandbox);
    let colour = |variables: &[(&str, &str)], options: &[&str]| {
        let run = repo.gate(["scan"]).args(options);
        variables.iter().fold(run, |run, (name, value)| run.env(name, value)).ends_with(1).contains("\u{1b}[")
    };
    assert!(!colour(&[], &[]));
    assert!(colour(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(colour(&[("NO_COLOR", "1")], &["--color", "always"]));
    for off in [("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")] {
        assert!(!colour(&[("CLICOLOR_FORCE", "1"), off], &[]), "{off:?}");
    }
    assert!(!colour(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!colour(&[("CLICOLOR_FORCE", "1")], &["--output", "human=r", "--format", "json"]));
    assert!(!std::fs::read_to_string(repo.file("r")).unwrap().contains('\u{1b}'));
}

#[test]
fn table_of_rules_fits_80_columns() {
    let sandbox = Sandbox::new();
    let transcript = sandbox.gate(["rules"]).ok();
    let said = String::from_utf8(transcript.stdout().to_vec()).unwrap();
    assert!(said.lines().all(|line| line.chars().count() < 80), "{said}");
    assert!(said.starts_with("sign-off\n  missing-signoff      "), "{said}");
}

#[test]
fn rule_documentation_fits_80_columns() {
    let sandbox = Sandbox::new();
    for rule in git_gate::internals::RULES {
        let said = sandbox.gate(["rules", rule.meta.id]).ok();
        let said = String::from_utf8(said.stdout().to_vec()).unwrap();
        let prose =
            said.split("```").step_by(2).flat_map(str::lines).filter(|line| !line.starts_with("    "));
        for line in prose {
            assert!(line.chars().count() < 80, "{}: {line}", rule.meta.id);
        }
    }
}

#[test]
fn human_report_fits_80_columns_after_remote_prefix() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let long = "x".repeat(100);
    let text = UNPINNED_WORKFLOW
        .replace("- uses: example/action@main", &format!("- uses: example/{long}@main # {long}"));
    repo.write(WORKFLOW, text.replace("permissions: {}", "permissions: {contents: write}"));
    repo.commit_message("docs: unsigned\n");
    let transcript = repo.gate(["scan"]).ends_with(1);
    transcript.says("error[missing-signoff]").says("error[unpinned-uses]");
    let said = String::from_utf8(transcript.stdout().to_vec()).unwrap();
    // Names that are longer than a line, and commands, which have to be copied, are not wrapped.
    let wide =
        |line: &&str| line.chars().count() > 72 && !line.contains(&long) && !line.starts_with("hint: ");
    assert_eq!(said.lines().find(wide), None, "{said}");
}

#[test]
fn shells_have_completions_and_commands_have_man_pages() {
    let sandbox = Sandbox::new();
    for (shell, text) in
        [("elvish", "uninstall"), ("powershell", "uninstall"), ("bash", "_git_gate"), ("fish", "gate")]
    {
        sandbox.gate(["completions", shell]).ok().says("git-gate").says(text);
    }
    sandbox.gate(["man"]).ok().says(".TH git-gate 1");
    sandbox.gate(["man", "man1"]).ok();
    for page in ["git-gate.1", "git-gate-scan.1", "git-gate-install.1", "git-gate-rules.1"] {
        assert!(sandbox.path("man1").join(page).is_file(), "{page}");
    }
    let scan = std::fs::read_to_string(sandbox.path("man1/git-gate-scan.1")).unwrap();
    for part in [
        "[\\fB\\-\\-format\\fR\\ \\fIFORMAT\\fR]",
        "[\\fB\\-\\-branches\\fR[=\\fIPATTERN\\fR]]",
        "[\\fIREVISION\\fR]...",
    ] {
        assert!(scan.contains(part), "{part}: {scan}");
    }
    for section in ["EXIT STATUS", "EXAMPLES", "FILES", "ENVIRONMENT", "SEE ALSO"] {
        assert_eq!(scan.matches(&format!(".SH \"{section}\"\n")).count(), 1, "{section}");
    }
    sandbox.gate(["man", "bin/git-gate"]).ends_with(2);
}

#[test]
fn rule_that_is_written_almost_right_is_suggested() {
    let sandbox = Sandbox::new();
    sandbox.gate(["rules", "unpined-uses"]).ends_with(2).says("did you mean `unpinned-uses`?");
    sandbox.gate(["rules", "nothing"]).ends_with(2).says("hint: run `git gate rules` to list the rules");
}

#[test]
fn documentation_of_a_rule_has_marks_or_colours() {
    let sandbox = Sandbox::new();
    let plain = sandbox.gate(["rules", "unpinned-uses"]).ok();
    plain.says("### What it checks").says("`uses:`").never_says("\u{1b}[");
    let coloured = sandbox.gate(["rules", "unpinned-uses", "--color", "always"]).ok();
    coloured.says("\u{1b}[1mWhat it checks").never_says("### ").never_says("```");
}
