//! Number of object reads in a push: each object is read once.
//!
//! The repositories use SHA-256: the gate reads their objects from `git cat-file`, and a `git` that comes first
//! on PATH notes what it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bstr::ByteSlice as _;

use crate::support::{CLEAN_WORKFLOW, EMAIL, NAME, Repo, SIGN_OFF, Sandbox, Server, Transcript, WORKFLOW};
use crate::tokens::token;

/// Creates a server whose hook runs the gate with that `git`.
fn server<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Server<'s> {
    let server = Server::with_options(sandbox, &["--object-format=sha256"], files);
    let gate = sandbox.path("bin/git-gate");
    let wrapper = Repo::at(sandbox, sandbox.path("counting"));
    let log = sandbox.path("reads");
    // `tee` writes to its standard output first, so an object is noted before git answers. Each process has its own
    // file: two of them could write into one line of a common one.
    let git = format!(
        "#!/bin/sh\nPATH=${{PATH#*:}}\n\
         if [ \"$1 $2\" != 'cat-file --batch' ]; then exec git \"$@\"; fi\n\
         tee /dev/fd/3 3>&1 >>'{}'/$$ | git \"$@\"\n",
        log.display()
    );
    wrapper.write_executable("git", git);
    let hook = format!(
        "#!/bin/sh\nPATH='{}':\"$PATH\" exec '{}' hook pre-receive\n",
        wrapper.path().display(),
        gate.display()
    );
    server.bare.write_executable("hooks/pre-receive", hook);
    server
}

/// Pushes; returns the transcript, and the number of times the hook of the server read each object.
fn counted(
    sandbox: &Sandbox,
    server: &Server<'_>,
    refspecs: &[&str],
) -> (Transcript, BTreeMap<String, usize>) {
    let log = sandbox.path("reads");
    let _ = std::fs::remove_dir_all(&log);
    std::fs::create_dir(&log).unwrap();
    let push = server.client.git(["push", "-q", "origin"]).args(refspecs).transcript();
    let mut reads = BTreeMap::new();
    for process in std::fs::read_dir(&log).unwrap() {
        for oid in std::fs::read(process.unwrap().path()).unwrap().lines() {
            *reads.entry(oid.to_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    (push, reads)
}

/// Returns the objects that were read more than once, with the number of reads. An object is given by its
/// revision in `names`, or else by its oid.
fn read_again(client: &Repo<'_>, reads: &BTreeMap<String, usize>, names: &[&str]) -> Vec<(String, usize)> {
    let names: BTreeMap<String, &str> = names.iter().map(|name| (client.oid(name).unwrap(), *name)).collect();
    let again = reads.iter().filter(|(_, count)| **count > 1);
    let mut again: Vec<(String, usize)> = again
        .map(|(oid, count)| (names.get(oid).map_or_else(|| oid.clone(), |name| (*name).to_owned()), *count))
        .collect();
    again.sort();
    again
}

/// Returns the objects that one revision reaches and another does not.
fn new_objects(client: &Repo<'_>, range: &str) -> Vec<String> {
    let list = client.git(["rev-list", "--objects", "--no-object-names", range]).ok();
    list.stdout().lines().map(|oid| oid.to_str().unwrap().to_owned()).collect()
}

#[test]
fn each_pushed_object_is_read_once() {
    let sandbox = Sandbox::new();
    let files = [(WORKFLOW, CLEAN_WORKFLOW), ("src/deep/a", "old\n"), ("src/deep/b", "as it was\n")];
    let server = server(&sandbox, &files);
    let client = &server.client;
    // Commits are checked by date. A parent that comes after its child would be read again.
    let mut date = 1_700_000_000;
    let mut dated = |arguments: &[&str]| {
        date += 1;
        client.git(arguments).env("GIT_COMMITTER_DATE", format!("{date} +0000")).ok();
    };
    let mut commit = |path: &str, content: String| {
        client.write(path, content);
        client.git(["add", path]).ok();
        dated(&["commit", "-q", "--signoff", "-m", "docs: a change"]);
    };
    for number in 0..4 {
        // Comments, pins to compare with the rest of the tree, and text that only looks like a
        // credential.
        commit(WORKFLOW, format!("{CLEAN_WORKFLOW}# {number}\n"));
        let pin = format!("      - uses: a/b{number}@{} # v1.{number}.0\n", "1".repeat(40));
        commit(WORKFLOW, format!("{CLEAN_WORKFLOW}{pin}# https://user:${{PASSWORD}}@a.test\n"));
        commit("action.yml", format!("runs: {{steps: []}} # {number}\n"));
        commit("src/deep/a", format!("a {number}\n"));
        commit(&format!("src/{number}"), format!("{number}\n"));
        commit(".gitmodules", format!("# {number}\n"));
    }
    // A blob that occurs again at another path is not read again.
    commit("src/deep/a", "a 0\n".to_owned());
    commit("copy", "a 1\n".to_owned());
    client.git(["checkout", "-q", "-b", "side", "main~9"]).ok();
    commit("side", "side\n".to_owned());
    client.git(["checkout", "-q", "main"]).ok();
    dated(&["merge", "-q", "--no-ff", "--signoff", "-m", "Merge side", "side"]);
    let base = server.bare.oid("main").unwrap();
    let (push, reads) = counted(&sandbox, &server, &["main"]);
    assert_eq!(push.status(), Some(0), "{push}");
    let unread: Vec<String> = new_objects(client, &format!("{base}..main"))
        .into_iter()
        .filter(|oid| !reads.contains_key(oid))
        .collect();
    assert_eq!(unread, [""; 0]);
    // The existence and the type of the tip are checked before the walk. The base is read for its type,
    // for the files in it that configure the gate, for comparison, and because the tip must contain it; the tip is read for
    // these files too. Exemption comments count if they are in its tree.
    // These reads do not depend on the length of the push.
    let mut expected = vec![("main".to_owned(), 4), (base.clone(), 6)];
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    // The directories on the way to the lock file of the actions are read again for each tree with a changed workflow.
    let commits = client.git(["rev-list", "main"]).ok();
    let mut way = BTreeSet::new();
    for commit in String::from_utf8(commits.stdout().to_vec()).unwrap().lines() {
        let places = ["^{tree}", ":.github", ":.github/workflows"].map(|place| format!("{commit}{place}"));
        way.extend(places.iter().filter_map(|place| client.oid(place)));
    }
    let mut again = read_again(client, &reads, &names);
    again.retain(|(name, _)| !way.contains(name));
    expected.sort();
    assert_eq!(again, expected);
    for unchanged in ["README", "src/deep/b"] {
        assert_eq!(reads.get(&client.oid(&format!("main:{unchanged}")).unwrap()), None, "{unchanged}");
    }
}

/// The second read is that of the file itself, which is compared with the pins of the workflows.
#[test]
fn lock_file_is_read_once_for_all_workflows() {
    let sandbox = Sandbox::new();
    let lock = "version: 'v0.0.2'\nworkflows: {}\ndependencies: {}\n";
    let server = server(&sandbox, &[(".github/workflows/actions.lock", lock)]);
    for number in 0..6 {
        let text = format!("{CLEAN_WORKFLOW}# {number}\n");
        server.client.write(format!(".github/workflows/{number}.yml"), text);
    }
    server.client.commit("ci: many");
    let (push, reads) = counted(&sandbox, &server, &["main"]);
    assert_eq!(push.status(), Some(0), "{push}");
    let lock = server.client.oid("main:.github/workflows/actions.lock").unwrap();
    assert_eq!(reads.get(&lock), Some(&2));
}

#[test]
fn each_thread_reads_trees_and_blobs_at_most_once() {
    let sandbox = Sandbox::new();
    let server = server(&sandbox, &[]);
    let client = &server.client;
    let who = format!("{NAME} <{EMAIL}>");
    let message = format!("docs: many\n\n{SIGN_OFF}\n");
    let mut stream = String::new();
    for number in 0..700 {
        let date = 1_700_000_000 + number;
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        let _ = write!(
            stream,
            "commit refs/heads/main\nauthor {who} {date} +0000\ncommitter {who} {date} +0000\ndata {}\n{message}\n{from}",
            message.len()
        );
        let workflow = format!("{CLEAN_WORKFLOW}# {number}\n");
        for (path, content) in
            [(format!("src/{}/f", number % 7), format!("{number}\n")), (WORKFLOW.to_owned(), workflow)]
        {
            let _ = write!(stream, "M 100644 inline {path}\ndata {}\n{content}\n", content.len());
        }
    }
    client.git(["fast-import", "--quiet", "--force"]).stdin(stream).ok();
    let base = server.bare.oid("main").unwrap();
    let (push, reads) = counted(&sandbox, &server, &["main"]);
    assert_eq!(push.status(), Some(0), "{push}");
    let threads = std::thread::available_parallelism().unwrap().get();
    let deciding = ["main^{tree}", "main:.github"].map(|revision| client.oid(revision).unwrap());
    let kinds = client.git(["cat-file", "--batch-check=%(objectname) %(objecttype)"]);
    let kinds = kinds.stdin(new_objects(client, &format!("{base}..main")).join("\n")).ok();
    for line in String::from_utf8(kinds.stdout().to_vec()).unwrap().lines() {
        let (oid, kind) = line.split_once(' ').unwrap();
        let most = match kind {
            // The existence of each commit was checked before it was handed to a thread.
            "commit" if oid != client.oid("main").unwrap() => 2,
            "commit" => 5,
            // The tip is searched for the files that configure the gate.
            _ if deciding.contains(&oid.to_owned()) => 2 * threads + 1,
            // Those on the way to the lock file of the actions are read for it, too.
            "tree" => 2 * threads,
            _ => threads,
        };
        let count = reads.get(oid).copied().unwrap_or_default();
        assert!((1..=most).contains(&count), "{count} times: {line}");
    }
    for number in 0..7 {
        assert_eq!(reads.get(&client.oid(&format!("main:src/{number}/f")).unwrap()), Some(&1));
    }
}

#[test]
fn file_with_a_credential_is_reread_for_comparison() {
    let sandbox = Sandbox::new();
    let server = server(&sandbox, &[]);
    server.bare.write("git-gate.yml", "rules: {token-in-git-config: warn}\n");
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = https://bot:{}@a.test/x.git\n", token());
    for number in 0..3 {
        server.client.commit_file(".gitmodules", format!("# {number}\n{modules}"));
    }
    let (push, reads) = counted(&sandbox, &server, &["main"]);
    push.says("1 warning").says("token-in-git-config");
    let count = |revision: &str| reads[&server.client.oid(&format!("{revision}:.gitmodules")).unwrap()];
    assert_eq!(["main~2", "main~1", "main"].map(count), [2, 2, 1]);
}

#[test]
fn workflow_is_reread_only_if_local_actions_may_differ() {
    let sandbox = Sandbox::new();
    let server = server(&sandbox, &[]);
    let client = &server.client;
    let workflow =
        format!("{CLEAN_WORKFLOW}      - run: docker push a.test/x\n      - uses: ./.github/actions/sign\n");
    let action = ".github/actions/sign/action.yml";
    client.write(action, "runs: {steps: []}\n");
    client.commit_file(WORKFLOW, &workflow);
    client.commit_file(WORKFLOW, format!("{workflow}# a comment\n"));
    client.commit_file("other", "x\n");
    client.commit_file(action, "runs: {steps: []} # again\n");
    let (push, reads) = counted(&sandbox, &server, &["main"]);
    push.says("unsigned-image").says("4 commits, 4 workflows, 5 blobs");
    let count = |object: &str| reads[&client.oid(object).unwrap()];
    // The last commit changes only the action: the workflow is checked again in its tree, not in that of its parent.
    let workflows = ["main~3", "main"].map(|revision| count(&format!("{revision}:{WORKFLOW}")));
    let actions = ["main~3", "main"].map(|revision| count(&format!("{revision}:{action}")));
    assert_eq!((workflows, actions), ([1, 2], [3, 2]));
}
