//! A message that passes commit-msg passes a push, whatever cleans it up: modes, comment strings, options and flows of
//! git.

use serde_json::Value;

use crate::support::{Repo, Run, SIGN_OFF, Sandbox};

const MODES: [Option<&str>; 5] =
    [None, Some("strip"), Some("whitespace"), Some("verbatim"), Some("scissors")];
const COMMENTS: [&str; 5] = ["#", ";", "auto", "%", "//"];
/// Ways of editing: none, a look at the file, and text put at its top.
const EDITS: [Option<&str>; 3] = [None, Some("look"), Some("top")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Message,
    Template,
    Amend,
    Conflict,
    Squash,
    Pick,
}

const FLOWS: [Flow; 6] =
    [Flow::Message, Flow::Template, Flow::Amend, Flow::Conflict, Flow::Squash, Flow::Pick];

/// A commit to be made.
#[derive(Debug, Clone, Copy)]
struct Case {
    /// Option `--cleanup`.
    option: Option<&'static str>,
    /// Value of `commit.cleanup`.
    config: Option<&'static str>,
    comment: &'static str,
    is_verbose: bool,
    edit: Option<&'static str>,
    flow: Flow,
    number: usize,
}

impl Case {
    /// Returns some of all combinations.
    fn all(has_long_comments: bool) -> Vec<Self> {
        let mut cases = Vec::new();
        for number in (0..9000).step_by(61) {
            let pick = |divisor: usize, count: usize| number / divisor % count;
            let comment = COMMENTS[pick(25, 5)];
            cases.push(Self {
                option: MODES[pick(1, 5)],
                config: MODES[pick(5, 5)],
                comment: if comment.len() == 2 && !has_long_comments { ";" } else { comment },
                is_verbose: pick(125, 2) == 1,
                edit: EDITS[pick(250, 3)],
                flow: FLOWS[pick(750, 6)],
                number,
            });
        }
        cases
    }

    /// Returns a message with comments where people and tools put them.
    fn message(&self) -> String {
        let comment = if self.comment == "auto" { "#" } else { self.comment };
        let body = ["", "\nbody\n", "\n@ a comment\n", "\n# 12\n"][self.number % 4];
        let end = ["", "@ tail\n", "\n@ tail\n", "\nprose\n", ""][self.number / 2 % 5];
        let signed = if self.number.is_multiple_of(7) { String::new() } else { format!("\n{SIGN_OFF}\n") };
        format!("docs: x\n{}{signed}{}", body.replace('@', comment), end.replace('@', comment))
    }

    /// Makes the commit; returns whether git has made one.
    fn commit(&self, repo: &Repo<'_>, editor: &str) -> bool {
        let message = self.message();
        repo.write("../top", &message);
        let cleanup = self.config.map(|mode| format!("commit.cleanup={mode}"));
        let template = self.flow == Flow::Template && self.edit.is_some();
        let key = if self.comment.len() == 2 { "core.commentString" } else { "core.commentChar" };
        let git = |arguments: &[&str]| {
            let mut start = vec!["-c".to_owned(), format!("{key}={}", self.comment)];
            start.extend(cleanup.iter().flat_map(|value| ["-c".to_owned(), value.clone()]));
            start.extend(
                template
                    .then(|| ["-c".to_owned(), "commit.template=../top".to_owned()])
                    .into_iter()
                    .flatten(),
            );
            repo.git(start)
                .args(arguments)
                .env("GIT_EDITOR", editor)
                .env("EDIT", self.edit.unwrap_or_default())
        };
        let resolve = || {
            repo.write("f", "both\n");
            repo.git(["add", "f"]).ok();
        };
        match self.flow {
            Flow::Message | Flow::Template => {}
            Flow::Amend => drop(repo.commit_message(&message)),
            Flow::Squash => drop(git(&["merge", "-q", "--squash", "side"]).ok()),
            Flow::Conflict => {
                git(&["merge", "-q", "topic"]).ends_with(1);
                resolve();
            }
            Flow::Pick => {
                git(&["cherry-pick", "topic"]).ends_with(1);
                resolve();
            }
        }
        let mut run = git(&["commit", "-q", "--allow-empty"]);
        run = run.args(self.option.map(|mode| format!("--cleanup={mode}")));
        run = run.args(self.is_verbose.then_some("-v")).args((self.number.is_multiple_of(2)).then_some("-s"));
        let run = self.with_message(run, template, message);
        run.transcript().status() == Some(0)
    }

    /// Adds the options by which git gets the message.
    fn with_message(&self, run: Run, template: bool, message: String) -> Run {
        let edit = if self.edit.is_some() { "--edit" } else { "--no-edit" };
        match self.flow {
            Flow::Amend => run.args(["--amend", edit]),
            Flow::Message | Flow::Template if !template => run.args([edit, "-F", "-"]).stdin(message),
            _ => run.arg(edit),
        }
    }
}

/// Creates a repository with a branch `topic` that conflicts, and a branch `side` that does not.
fn forked(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    repo.commit_file("f", "base\n");
    for (branch, file) in [("topic", "f"), ("side", "g")] {
        repo.git(["checkout", "-q", "-B", branch, "main"]).ok();
        repo.commit_file(file, branch);
    }
    repo.git(["checkout", "-q", "main"]).ok();
    repo.commit_file("f", "main\n");
    repo.git(["tag", "base"]).ok();
    repo
}

/// Returns the commits that a scan denies.
fn denied(repo: &Repo<'_>) -> Vec<String> {
    let scan = repo.gate(["scan", "--no-git-config", "--format", "json", "--all", "^base"]).transcript();
    let report: Value = serde_json::from_slice(scan.stdout()).unwrap();
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == "deny");
    findings.map(|finding| finding["location"]["commit"].as_str().unwrap().to_owned()).collect()
}

/// A stricter verdict names the lines that git may or may not record.
#[test]
fn verdict_of_commit_msg_is_that_of_the_recorded_commit() {
    let sandbox = Sandbox::new();
    let repo = forked(&sandbox);
    let (said, file) = (sandbox.path("said"), sandbox.path("file"));
    let hook = format!(
        "#!/bin/sh\ncp \"$1\" '{}'\n{{ git-gate hook commit-msg \"$1\"; echo $?; }} >'{}' 2>&1\n",
        file.display(),
        said.display()
    );
    repo.write_executable(repo.hook("commit-msg"), hook);
    let script = "#!/bin/sh\ntest \"$EDIT\" != top || { cat ../top \"$1\" >../new && mv ../new \"$1\"; }\n";
    let editor = format!("sh {}", sandbox.write("editor", script).display());
    let long = ["-c", "core.commentString=//", "stripspace", "--comment-lines"];
    let has_long_comments = repo.git(long).stdin("x\n").ok().line() == "// x";
    let mut made = Vec::new();
    for case in Case::all(has_long_comments) {
        for state in ["merge", "cherry-pick"] {
            repo.git([state, "--abort"]).transcript();
        }
        repo.git(["reset", "-q", "--hard", "base"]).ok();
        if case.commit(&repo, &editor) {
            let oid = repo.oid("HEAD").unwrap();
            repo.git(["update-ref", &format!("refs/made/{}", case.number), &oid]).ok();
            made.push((
                case,
                oid,
                [&said, &file]
                    .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()),
            ));
        }
    }
    repo.git(["reset", "-q", "--hard", "base"]).ok();
    let denied = denied(&repo);
    let mut same = [0, 0];
    for (case, oid, [said, file]) in &made {
        let (hook, recorded) = (said.trim_end().ends_with('1'), denied.contains(oid));
        let is_noted =
            said.split_whitespace().collect::<Vec<_>>().join(" ").contains("git may or may not record");
        assert!(hook == recorded || hook && is_noted, "{case:?}: recorded {recorded}\n{said}\n{file}");
        same[usize::from(recorded)] += usize::from(hook == recorded);
    }
    assert!(same[0] > 40 && same[1] > 40, "{same:?} of {}", made.len());
}

/// git strips the comments about a conflict when it continues by itself. A commit by hand records them.
#[test]
fn pick_and_revert_are_continued_without_an_editor() {
    let sandbox = Sandbox::new();
    let repo = forked(&sandbox);
    repo.gate(["install"]).ok();
    repo.git(["config", "core.commentChar", ";"]).ok();
    let begin = |arguments: &[&str]| {
        repo.git(["reset", "-q", "--hard", "base"]).ok();
        repo.git(arguments.iter()).ends_with(1);
        repo.write("f", "both\n");
        repo.git(["add", "f"]).ok();
    };
    for (start, resume) in [
        (&["cherry-pick", "topic"][..], ["cherry-pick", "--continue"]),
        (&["revert", "--signoff", "HEAD~1"], ["revert", "--continue"]),
    ] {
        begin(start);
        repo.git(resume).ok();
        let message = repo.git(["log", "-1", "--format=%B"]).transcript();
        message.says(SIGN_OFF).never_says("Conflicts");
        assert!(denied(&repo).is_empty());
        begin(start);
        let note = "git may or may not record the lines that begin with `;`: remove them";
        repo.git(["commit", "-q", "--no-edit"]).ends_with(1).says(note);
        repo.git([start[0], "--abort"]).ok();
    }
}

/// Without `-v`, the diff that it has left in the file is a part of the message.
#[test]
fn message_that_is_left_of_a_verbose_commit_is_used_again() {
    let sandbox = Sandbox::new();
    let repo = forked(&sandbox);
    repo.gate(["install"]).ok();
    repo.write("f", "more\n");
    repo.git(["add", "f"]).ok();
    let script = "#!/bin/sh\n{ echo docs: x; cat \"$1\"; } >../new && mv ../new \"$1\"\n";
    let editor = format!("sh {}", sandbox.write("editor", script).display());
    repo.git(["commit", "-q", "-v"]).env("GIT_EDITOR", editor).ends_with(1).says("error[missing-signoff]");
    std::fs::copy(repo.file(".git/COMMIT_EDITMSG"), sandbox.path("left")).unwrap();
    let again = || repo.git(["commit", "-q", "-s", "-e", "-F", "../left"]).env("GIT_EDITOR", "true");
    again().ends_with(1).says("error[missing-signoff]");
    again().arg("-v").ok();
    repo.git(["log", "-1", "--format=%B"]).transcript().says(SIGN_OFF).never_says("diff --git");
    assert!(denied(&repo).is_empty());
}
