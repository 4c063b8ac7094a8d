//! Comparison of the generated parts of the README with the real output of the binary.

use std::fmt::Write as _;
use std::path::Path;

use bstr::ByteSlice as _;
use git_gate::internals::RULES;

use crate::support::{Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns the lines between the comments `<!-- name: ... -->` and `<!-- end of name -->`.
#[track_caller]
pub(crate) fn part_of_readme(name: &str) -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("<!-- {name}:")).expect(name);
    let (_, rest) = rest.split_once('\n').unwrap();
    let (part, _) = rest.split_once(&format!("<!-- end of {name} -->")).expect(name);
    part.to_owned()
}

#[track_caller]
fn assert_part(name: &str, expected: &str) {
    let part = part_of_readme(name);
    assert_eq!(part, expected, "README.md, part `{name}`: put this there:\n{expected}");
}

#[test]
fn table_of_rules_matches_the_binary() {
    let mut table = "| rule | group | default | the bad thing |\n|---|---|---|---|\n".to_owned();
    for rule in RULES {
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} |",
            rule.meta.id, rule.meta.group, rule.meta.default_level, rule.meta.summary
        );
    }
    assert_part("rules", &table);
}

#[test]
fn refusal_example_matches_the_binary() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let workflow = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
";
    server.client.write(WORKFLOW, workflow);
    server.client.commit_message("ci: build\n");
    let transcript = server.client.git(["push", "origin", "main"]).transcript();
    let said = transcript.to_string().replace("[ROOT]/server.git", "git.example.org:project.git");
    let mut picture = "```text\n$ git push origin main\n".to_owned();
    for line in
        said.as_bytes().lines().filter(|line| !line.starts_with(b"--- ") && !line.starts_with(b"[exit"))
    {
        picture.push_str(line.to_str_lossy().trim_end());
        picture.push('\n');
    }
    picture.push_str("```\n");
    assert_part("refusal", &picture);
}

/// A first run in a clone. The identity and the dates are those of the sandbox.
#[test]
fn first_run_matches_the_binary() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("project");
    repo.write(WORKFLOW, UNPINNED_WORKFLOW);
    let mut picture = "```text\n".to_owned();
    for command in [
        "git gate install --mode shim",
        "git add .",
        "git commit --quiet -m 'ci: build'",
        "git commit --quiet --signoff -m 'ci: build'",
        "git gate scan",
    ] {
        let transcript = sandbox.run("sh").dir(repo.path()).args(["-c", command]).transcript();
        let _ = writeln!(picture, "$ {command}");
        let said = transcript.to_string().replace("[ROOT]", "/home/ana");
        for line in said.lines().filter(|line| !line.starts_with("--- ") && !line.starts_with("[exit")) {
            let _ = writeln!(picture, "{}", line.trim_end());
        }
    }
    picture.push_str("```\n");
    assert_part("first-run", &picture);
}

/// Each message in the table of what to do about it is one that git-gate has.
#[test]
fn explained_messages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    let mut folders = vec![root.join("src"), root.join("hooks"), root.join("install")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false => text.push_str(&std::fs::read_to_string(entry).unwrap()),
            }
        }
    }
    let part = part_of_readme("messages");
    let messages: Vec<&str> = part.lines().skip(2).filter_map(|line| line.split('`').nth(1)).collect();
    assert!(messages.len() > 5, "{messages:?}");
    for message in messages {
        assert!(text.contains(message), "no message says `{message}`");
    }
}

#[test]
fn stat_example_matches_the_binary() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let image = UNPINNED_WORKFLOW.replace("example/action@main", "docker://alpine:3");
    for (year, actions, images) in [(2022, 3, 1), (2023, 5, 3), (2025, 1, 0)] {
        for number in 0..actions + images {
            let workflow = if number < actions { UNPINNED_WORKFLOW } else { &image };
            repo.write(format!(".github/workflows/{year}-{number}.yml"), workflow);
        }
        repo.git(["add", "--all"]).ok();
        let date = format!("{year}-06-01T12:00:00 +0000");
        repo.git(["commit", "-q", "-m", "ci: build"]).env("GIT_COMMITTER_DATE", date).ok();
    }
    let transcript = repo.gate(["scan", "--no-git-config", "--stat"]).ends_with(1);
    let said = transcript.stdout().to_str_lossy().into_owned();
    assert_part("stat", &format!("```text\n$ git gate scan --no-git-config --stat\n{said}```\n"));
}
