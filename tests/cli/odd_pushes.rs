//! Unusual pushes: refs to objects other than commits, missing objects, and packs with more or fewer objects
//! than are new.

use std::fmt::Write as _;

use crate::support::{CLEAN_WORKFLOW, Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};
use crate::tokens::token;

const ZERO: &str = "0000000000000000000000000000000000000000";

#[test]
fn refs_to_trees_and_blobs_are_checked() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "rules: {token-in-content: deny}\n");
    server.bad_branch();
    let blob = server.client.git(["hash-object", "-w", "--stdin"]).stdin(token()).ok().line();
    for (object, rule) in [("bad^{tree}", "unpinned-uses"), (&blob, "token-in-content")] {
        let tag =
            |name: &str, at: &str| drop(server.client.git(["tag", "-f", "-a", "-m", "x", name, at]).ok());
        tag("direct", object);
        tag("nested", "direct");
        for source in [object, "direct", "nested"] {
            server.refuses([&format!("{source}:refs/tags/x")]).says(&format!("error[{rule}]"));
        }
    }
    server.accepts(["main^{tree}:refs/tags/tree", "main:README:refs/tags/blob"]);
}

#[test]
fn replace_ref_in_the_same_push_hides_nothing() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.branch("clean", "main");
    let clean = server.client.commit_file("b", "x\n");
    let bad = server.bad_branch();
    let replace = format!("{clean}:refs/replace/{bad}");
    server.refuses(["bad", &replace]).says("error[unpinned-uses]").says("error[replaced-object]");
}

#[test]
fn push_of_deletions_passes_without_quarantine() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.accepts(["main:refs/heads/old", "main:refs/tags/old"]);
    server.accepts([":refs/heads/old", ":refs/tags/old"]);
    let update = format!("{ZERO} {ZERO} refs/heads/none");
    server.receives(&update, "").says("unpack ok").never_says("hook declined");
}

#[test]
fn incomplete_pack_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bad_branch();
    let tip = server.client.commit_file("b", "x\n");
    // The pack lacks the bad commit, the tree of this commit, or its workflow.
    for missing in ["bad~1", "bad~1^{tree}", "bad~1:.github/workflows/ci.yml"] {
        let update = format!("{ZERO} {tip} refs/heads/bad");
        let objects = format!("{tip}\n^{}\n", server.client.oid(missing).unwrap());
        let said = server.receives(&update, &objects);
        said.says("error: object ").says(" is missing").says("ng refs/heads/bad");
        assert_eq!(server.bare.oid("bad"), None, "{missing}");
        // Without a quarantine git walks, and must report the missing object too.
        let pack = server.client.git(["pack-objects", "--stdout", "--revs", "-q"]).stdin(objects).ok();
        let bare = sandbox.init_bare(missing.replace(['/', ':'], "-"));
        server.client.git(["push", "-q"]).arg(bare.path()).arg("main").ok();
        bare.git(["unpack-objects", "-q"]).stdin(pack.stdout()).ok();
        bare.gate(["hook", "pre-receive"]).stdin(format!("{update}\n")).ends_with(2);
    }
}

#[test]
fn hidden_ref_does_not_hide_a_bad_commit() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.git(["config", "receive.hideRefs", "refs/heads/hidden"]).ok();
    server.branch("good", "main");
    server.client.commit_file("b", "x\n");
    server.bad_branch();
    server.refuses(["bad:refs/heads/hidden/x", "bad:refs/heads/bad"]).says("error[unpinned-uses]");
    server.refuses(["good:refs/heads/good", "bad:refs/heads/hidden/x"]).says("error[unpinned-uses]");
    server.push(["good:refs/heads/hidden/x"]).says("deny updating a hidden ref");
}

#[test]
fn bases_of_a_thin_pack_are_not_new() {
    let sandbox = Sandbox::new();
    let long: String = (0..2000).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "# {number} {}", number * 7919);
        text
    });
    let old = format!("# {}\n{long}{UNPINNED_WORKFLOW}", token());
    let server = Server::new(&sandbox, &[(WORKFLOW, &old)]);
    server.bare.write("git-gate.yml", "rules: {token-in-content: deny}\n");
    server.bare.git(["config", "transfer.unpackLimit", "1"]).ok();
    let push = |what: &str| server.push(["--thin", what]);
    server.client.commit_file(WORKFLOW, format!("{long}{CLEAN_WORKFLOW}"));
    let accepted = push("main");
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    // The pack contains the old file again, which is still not new.
    let script = "for index in objects/pack/*.idx; do git show-index <$index; done";
    let packed = sandbox.run("sh").args(["-c", script]).dir(server.bare.path()).ok();
    packed.says(&server.client.oid(&format!("main~1:{WORKFLOW}")).unwrap());
    server.client.commit_file(WORKFLOW, format!("{long}{CLEAN_WORKFLOW}      - uses: evil/other@main\n"));
    push("main").says("evil/other@main").says("pre-receive hook declined").never_says("token-in-content");
}

#[test]
fn shallow_clone_cannot_push_bad_commits() {
    for update in ["false", "true"] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        server.bare.git(["config", "receive.shallowUpdate", update]).ok();
        let origin = format!("file://{}", server.client.path().display());
        server.client.commit_message("docs: unsigned, which nobody has pushed\n");
        server.client.commit_file("b", "x\n");
        sandbox.run("git").args(["clone", "-q", "--depth=1", &origin, "shallow"]).dir(sandbox.path("")).ok();
        let shallow = crate::support::Repo::at(&sandbox, sandbox.path("shallow"));
        let push = |to: &str| {
            shallow
                .git(["push", "-q"])
                .arg(server.bare.path())
                .arg(format!("HEAD:refs/heads/{to}"))
                .transcript()
        };
        let clean = push("clean");
        let bad = shallow.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        let refused = push("bad");
        if update == "true" {
            for push in [&clean, &refused] {
                push.says("the history is cut off at ").says("`git fetch --unshallow`");
                push.says("pre-receive hook declined");
            }
            refused.says("error[unpinned-uses]").says(&bad[..12]);
            clean.says("undecided: no findings in 1 ref update");
        } else {
            // git has already refused the update when it runs the hook, which cannot see the parents.
            clean.says("error: object ").says(" is missing").says("shallow update not allowed");
            refused.says("error: object ").says(" is missing").says("shallow update not allowed");
        }
        assert_eq!((server.bare.oid("clean"), server.bare.oid("bad")), (None, None));
        // The repair.
        server.client.git(["commit", "-q", "--amend", "--no-edit", "--signoff"]).ok();
        shallow.git(["fetch", "-q", "--unshallow"]).ok();
        push("clean").says("error[missing-signoff]").never_says("cut off");
    }
}

#[test]
fn shallow_history_is_not_decided_at_its_cut_only() {
    let sandbox = Sandbox::new();
    let whole = sandbox.init("whole");
    for file in ["a", "b", "c"] {
        whole.commit_file(file, "x\n");
    }
    let origin = format!("file://{}", whole.path().display());
    sandbox.run("git").args(["clone", "-q", "--depth=2", &origin, "shallow"]).dir(sandbox.path("")).ok();
    let shallow = crate::support::Repo::at(&sandbox, sandbox.path("shallow"));
    let cut = shallow.oid("HEAD~1").unwrap();
    let scan = |arguments: &[&str]| shallow.gate(["scan", "--no-git-config"]).args(arguments);
    let said = scan(&[]).ends_with(2);
    said.says(&format!("error: the history is cut off at {} (a shallow clone)", &cut[..12]));
    said.says("hint: `git fetch --unshallow`").says("undecided: no findings in 2 commits");
    let json: serde_json::Value =
        serde_json::from_slice(scan(&["--format=json"]).ends_with(2).stdout()).unwrap();
    assert_eq!((&json["verdict"], &json["unread"][0]["kind"]), (&"undecided".into(), &"commit".into()));
    assert_eq!(json["unread"][0]["commit"], cut.as_str());
    assert_eq!(json["unread"][0]["oid"], whole.oid("HEAD~2").unwrap().as_str());
    scan(&["--format=github"]).ends_with(2).says("::error title=git-gate::the history is cut off");
    scan(&["--format=gitlab"]).ends_with(2).says(&format!("commit/{cut}"));
    scan(&["HEAD~1..HEAD"]).ok().says("clean: no findings in 1 commit");
    scan(&["--tree", "HEAD"]).ok();
    scan(&["--write-baseline", "old.json"]).ends_with(2).says("no baseline was written");
    assert!(!shallow.file("old.json").exists());
    // A list of cuts that names a root commit cuts off nothing.
    shallow.git(["fetch", "-q", "--unshallow"]).ok();
    let root = shallow.oid("HEAD~2").unwrap();
    shallow.write(".git/shallow", format!("{root}\n"));
    scan(&[]).ok().says("clean: no findings in 3 commits");
    shallow.write(".git/shallow", format!("{cut}\n"));
    shallow.write(".git-gate.yml", "warn-only: true\n");
    scan(&[]).ends_with(2).says("error: the history is cut off at ");
}

#[test]
fn hundred_thousand_refs_do_not_exceed_argument_limits() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let side = refs_with_commits_of_their_own(&server, 100_000);
    server.client.git(["fetch", "-q", "origin", &side]).ok();
    // Its base is not one of the likely branches, so that all refs have to be read.
    server.branch("bad", "FETCH_HEAD");
    server.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    // If levels differ by ref, the values of the refs are passed on individually.
    let levels = "refs: {levels: [{match: refs/heads/wip/*, rules: {unpinned-uses: warn}}]}\n";
    for policy in ["", levels] {
        server.bare.write("git-gate.yml", policy);
        let push = server.push(["bad"]);
        push.says("error[unpinned-uses]")
            .says("in 1 ref update, 1 commit,")
            .says("pre-receive hook declined");
    }
}

/// Creates `count` refs on the server, each on an unsigned commit of its own; returns the name of one.
fn refs_with_commits_of_their_own(server: &Server<'_>, count: usize) -> String {
    let base = server.bare.oid("main").unwrap();
    let mut stream = String::new();
    for number in 1..=count {
        let _ = write!(
            stream,
            "commit refs/heads/last\nmark :{number}\ncommitter A <a@b.test> {number} +0000\ndata 0\n\n"
        );
    }
    let marks = server.bare.file("marks");
    let import = server.bare.git(["fast-import", "--quiet", "--force"]);
    import.arg(format!("--export-marks={}", marks.display())).stdin(stream).ok();
    server.bare.git(["update-ref", "-d", "refs/heads/last"]).ok();
    let marks = std::fs::read_to_string(marks).unwrap();
    let refs = marks.lines().map(|line| line.split_once(' ').unwrap());
    let mut lines: Vec<String> = refs.map(|(mark, oid)| format!("{oid} refs/heads/n/{mark}\n")).collect();
    lines.iter_mut().for_each(|line| *line = line.replace(':', ""));
    lines.push(format!("{base} refs/heads/main\n"));
    lines.sort_by(|a, b| a[41..].cmp(&b[41..]));
    server.bare.write("packed-refs", "# pack-refs with: sorted \n".to_owned() + &lines.concat());
    "refs/heads/n/5".to_owned()
}
