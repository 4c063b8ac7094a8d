//! Real servers: ssh, http and git://, each with clients that push at the same time.
//!
//! A server whose programs are not installed is reported as not tested, which is a failure if `CI` is `true`.

mod daemon;
mod fleet;
mod forges;
mod gitolite;
mod http;
mod kallithea;
mod machine;
mod recipe;
mod refusals;

use std::path::Path;

use serde_json::Value;

pub(crate) use machine::{Ids, is_root};
use refusals::REFUSALS;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Server with one guarded repository. The user `ana` may bypass the gate, and `bob` may not.
trait Host: Sync {
    /// Returns the URL of the repository for a user.
    fn url(&self, user: &str) -> String;

    /// Returns the environment variables that git needs for a push by a user.
    fn environment(&self, _user: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Returns whether the server identifies the pusher.
    fn knows_pushers(&self) -> bool {
        true
    }
}

/// Repository that pushes to a host.
struct Client<'s> {
    host: &'s dyn Host,
    repo: Repo<'s>,
}

impl<'s> Client<'s> {
    fn new(sandbox: &'s Sandbox, host: &'s dyn Host) -> Self {
        Self { host, repo: sandbox.init("client") }
    }

    fn push(&self, user: &str, arguments: &[&str]) -> Transcript {
        let (options, refspec) = arguments.split_at(arguments.len() - 1);
        let run = self.repo.git(["push", "-q"]).args(options).arg(self.host.url(user)).args(refspec);
        let environment = self.host.environment(user);
        environment.iter().fold(run, |run, (name, value)| run.env(name, value)).transcript()
    }

    /// Returns the sorted branches of the host, as `git ls-remote` prints them in a client.
    fn refs(&self) -> Vec<String> {
        let run = self.repo.git(["ls-remote", "--heads", &self.host.url("ana")]);
        let environment = self.host.environment("ana");
        let told = environment.iter().fold(run, |run, (name, value)| run.env(name, value)).ok();
        let mut refs: Vec<String> =
            String::from_utf8(told.stdout().to_vec()).unwrap().lines().map(str::to_owned).collect();
        refs.sort();
        refs
    }

    /// Creates a commit on top of `main` that no branch contains; returns its oid.
    fn commit_on_main(&self, tree: &str, message: &str) -> String {
        let made = self.repo.git(["commit-tree", "-p", "main", "-F", "-", tree]).stdin(message).ok();
        made.line()
    }
}

/// Returns the standard error of a refused push up to the line with the URL, without trailing blanks.
fn seen(transcript: &Transcript) -> String {
    let text = String::from_utf8(transcript.stderr().to_vec()).unwrap();
    let lines = text.lines().take_while(|line| !line.starts_with("To "));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Returns the last entry of an audit log.
fn last_entry(log: &Path) -> Value {
    let text = std::fs::read_to_string(log).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

const SIGNED: &str = "docs: a change\n\nSigned-off-by: A U Thor <author@example.com>\n";
const UNSIGNED: &str = "docs: a change\n";

/// Checks that a server accepts, refuses, bypasses and logs pushes correctly. `log` is its audit log.
fn holds(sandbox: &Sandbox, host: &dyn Host, log: &Path) {
    let client = Client::new(sandbox, host);
    let first = client.repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let pushed = client.push("ana", &["main:main"]);
    assert_eq!(pushed.status(), Some(0), "{pushed}");
    assert_eq!(client.refs(), [format!("{first}\trefs/heads/main")]);

    let bad_tree = refuses_what_it_must(&client);
    assert_eq!(client.refs(), [format!("{first}\trefs/heads/main")]);

    let bypassed = bypasses_for_the_listed(&client, &bad_tree, log);
    judges_each_of_many(&client, &bad_tree, [vec![format!("{first}\trefs/heads/main")], bypassed].concat());
}

/// Pushes one commit for each of the [`REFUSALS`] and compares the output; returns a tree that is refused.
fn refuses_what_it_must(client: &Client<'_>) -> String {
    let token = format!("ghs_{}", "Zk3mQ9xT".repeat(4) + "aB7d");
    let config = format!("[submodule \"x\"]\n\tpath = x\n\turl = https://x:{token}@example.org/x.git\n");
    let kept = CLEAN_WORKFLOW.split("        with:").next().unwrap();
    let mut trees = Vec::new();
    for (path, content) in [(WORKFLOW, UNPINNED_WORKFLOW), (WORKFLOW, kept), (".gitmodules", &config)] {
        client.repo.git(["checkout", "-q", "-f", "--detach", "main"]).ok();
        client.repo.write(path, content);
        client.repo.git(["add", "--all"]).ok();
        trees.push(client.repo.git(["write-tree"]).ok().line());
    }
    let refused = |tree: &str, message: &str| {
        let oid = client.commit_on_main(tree, message);
        let transcript = client.push("ana", &[&format!("{oid}:refs/heads/topic")]);
        transcript.says("! [remote rejected]").says("(pre-receive hook declined)").never_says(&token);
        assert_eq!(transcript.status(), Some(1), "{transcript}");
        seen(&transcript)
    };
    let pushes = [("main^{tree}", UNSIGNED), (&trees[0], SIGNED), (&trees[1], SIGNED), (&trees[2], SIGNED)];
    for ((tree, message), expected) in pushes.into_iter().zip(REFUSALS) {
        assert_eq!(refused(tree, message), expected);
    }
    trees.swap_remove(0)
}

/// Requests a bypass as a user who may not use it and as one who may; returns the branches that were created.
fn bypasses_for_the_listed(client: &Client<'_>, bad_tree: &str, log: &Path) -> Vec<String> {
    let oid = client.commit_on_main(bad_tree, SIGNED);
    let push =
        |user| client.push(user, &["-o", "git-gate.bypass=an outage", &format!("{oid}:refs/heads/bypassed")]);
    let why = if client.host.knows_pushers() {
        "bypass denied: `bob` is not listed in the policy"
    } else {
        "bypass denied: this server does not identify the pusher"
    };
    let before = client.refs();
    push("bob").says("pre-receive hook declined").says(why);
    assert_eq!((client.refs(), &last_entry(log)["event"]), (before, &"refused".into()));
    let granted = push("ana");
    if !client.host.knows_pushers() {
        granted.says("pre-receive hook declined").says(why);
        return Vec::new();
    }
    assert_eq!(granted.status(), Some(0), "{granted}");
    granted.says("remote: note: bypassed by `ana` and written to the audit log: an outage");
    let entry = last_entry(log);
    assert_eq!(
        (&entry["event"], &entry["pusher"], &entry["bypass"]["reason"]),
        (&"bypassed".into(), &"ana".into(), &"an outage".into())
    );
    vec![format!("{oid}\trefs/heads/bypassed")]
}

/// Pushes 25 good and 25 bad commits at the same time, each to a branch of its own, and checks that exactly
/// the good ones arrive.
fn judges_each_of_many(client: &Client<'_>, bad_tree: &str, before: Vec<String>) {
    let mut expected = before;
    let pushes: Vec<(bool, String)> = (0..50)
        .map(|number| {
            let (tree, message) = match number % 4 {
                1 => ("main^{tree}", UNSIGNED),
                3 => (bad_tree, SIGNED),
                _ => ("main^{tree}", SIGNED),
            };
            let good = number % 2 == 0;
            let oid = client.commit_on_main(tree, &format!("docs: number {number}\n\n{message}"));
            if good {
                expected.push(format!("{oid}\trefs/heads/n{number}"));
            }
            (good, format!("{oid}:refs/heads/n{number}"))
        })
        .collect();
    std::thread::scope(|scope| {
        for (good, refspec) in &pushes {
            scope.spawn(move || {
                let transcript = client.push("ana", &[refspec]);
                assert_eq!(transcript.status(), Some(i32::from(!good)), "{transcript}");
                assert!(*good || transcript.contains("remote: error["), "{transcript}");
            });
        }
    });
    expected.sort();
    assert_eq!(client.refs(), expected);
}
