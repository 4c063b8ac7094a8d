//! Sign-offs on the server: real merges, real pushes, and the commands that the report advises.

use crate::support::{EMAIL, NAME, Repo, Run, SIGN_OFF, Sandbox, Server};

/// Creates a server, and in the client a branch `topic` that changes `b` while `main` changes `a`.
fn forked<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Server<'s> {
    let both = [("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("b", "b\n")];
    let server = Server::new(sandbox, &[&both, files].concat());
    server.branch("topic", "main");
    server.client.commit_file("b", "topic\n");
    server.branch("main", "main");
    server.client.commit_file("a", "one\n2\n3\n4\n5\n6\n7\n8\n9\n");
    server
}

fn merge(server: &Server<'_>, options: &[&str]) {
    server.client.git(["merge", "-q", "--no-ff", "--no-edit"]).args(options).ok();
}

/// Creates a merge of two branches that changed different lines of one file.
fn merged_in_one_file(sandbox: &Sandbox) -> Server<'_> {
    let server = forked(sandbox, &[]);
    server.client.git(["checkout", "-q", "topic"]).ok();
    server.client.commit_file("a", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    server.client.git(["checkout", "-q", "main"]).ok();
    merge(&server, &["topic"]);
    server
}

#[test]
fn clean_merge_needs_no_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    merge(&server, &["topic"]);
    server.accepts(["main"]);
}

#[test]
fn clean_merge_in_one_file_needs_no_signoff() {
    let sandbox = Sandbox::new();
    let server = merged_in_one_file(&sandbox);
    server.accepts(["main"]);
    let objects = server.bare.git(["count-objects", "-v"]).ok();
    let unreachable = server.bare.git(["fsck", "--unreachable", "--no-reflogs"]).ok();
    unreachable.never_says("unreachable");
    objects.says("garbage: 0");
}

#[test]
fn merge_that_changes_a_mode_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = merged_in_one_file(&sandbox);
    server.accepts(["main:refs/heads/clean"]);
    server.client.git(["update-index", "--chmod=+x", "a"]).ok();
    server.client.git(["commit", "-q", "--amend", "--no-edit"]).ok();
    server.refuses(["main"]).says("error[missing-signoff]").says("denied: 1 error");
}

#[test]
fn clean_merge_of_a_rename_needs_no_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    server.client.git(["checkout", "-q", "topic"]).ok();
    server.client.git(["mv", "a", "c"]).ok();
    server.client.commit("docs: rename");
    server.client.git(["checkout", "-q", "main"]).ok();
    merge(&server, &["topic"]);
    server.accepts(["main"]);
}

#[test]
fn merge_with_own_content_needs_a_signoff() {
    for evil in [
        "echo x >new",
        "echo x >>a",
        "git rm -q b",
        "chmod +x a",
        "git checkout -q HEAD^1 -- b",
        "git mv a z",
    ] {
        let sandbox = Sandbox::new();
        let server = forked(&sandbox, &[]);
        merge(&server, &["topic"]);
        let amend = format!("{evil} && git add -A && git commit -q --amend --no-edit");
        sandbox.run("sh").args(["-c", &amend]).dir(server.client.path()).ok();
        server.refuses(["main"]).says("error[missing-signoff]").says("git merge --signoff");
        server.client.git(["commit", "-q", "--amend", "--signoff", "--no-edit"]).ok();
        server.accepts(["main"]);
    }
}

#[test]
fn merge_that_drops_one_side_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    merge(&server, &["-s", "ours", "topic"]);
    server.refuses(["main"]).says("error[missing-signoff]");
}

#[test]
fn resolved_conflict_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    server.client.commit_file("b", "main\n");
    merge(&server, &["-X", "ours", "topic"]);
    server.refuses(["main"]).says("error[missing-signoff]");
}

#[test]
fn repeated_parent_does_not_make_a_merge() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    let tree = server.client.oid("topic^{tree}").unwrap();
    let commit = ["commit-tree", &tree, "-p", "main", "-p", "main", "-m", "Merge"];
    let oid = server.client.git(commit).ok().line();
    server.refuses([&format!("{oid}:refs/heads/main")]).says("error[missing-signoff]");
}

#[test]
fn octopus_merge_is_checked_by_repeating_it() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    server.branch("other", "topic~1");
    server.client.commit_file("c", "c\n");
    server.client.git(["checkout", "-q", "main"]).ok();
    merge(&server, &["topic", "other"]);
    server.accepts(["main"]);
    server.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    merge(&server, &["topic", "other"]);
    server.client.write("new", "x\n");
    server.client.git(["add", "new"]).ok();
    server.client.git(["commit", "-q", "--amend", "--no-edit"]).ok();
    server.refuses(["+main"]).says("error[missing-signoff]");
}

#[test]
fn signed_commits_and_clean_merges_face_other_rules() {
    let coauthor = "Co-authored-by: Bo <bo@example.com>\n";
    for (address, policy, trailers, rule) in [
        ("author@localhost", "mailmap: false", "", "error[malformed-commit]"),
        (EMAIL, "coauthors: require", coauthor, "error[mismatched-signoff]"),
    ] {
        for is_merge in [false, true] {
            let sandbox = Sandbox::new();
            let server = forked(&sandbox, &[]);
            server.bare.write("git-gate.yml", format!("sign-off:\n  {policy}\n"));
            let start =
                if is_merge { ["merge", "--no-ff", "topic"] } else { ["commit", "--allow-empty", "-q"] };
            let signoff =
                if is_merge { String::new() } else { format!("Signed-off-by: {NAME} <{address}>\n") };
            let made = server.client.git(start).args(["-m", &format!("docs: x\n\n{trailers}{signoff}")]);
            made.env("GIT_AUTHOR_EMAIL", address).env("GIT_COMMITTER_EMAIL", address).ok();
            let report = server.refuses(["main"]);
            report.says(rule).never_says("missing-signoff").says("denied: 1 error in 1 ref update");
        }
    }
}

#[test]
fn many_merges_with_accepted_history_are_repeated() {
    let sandbox = Sandbox::new();
    let files: Vec<String> = (0..12).map(|number| format!("file-{number}")).collect();
    let named: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "x\n")).collect();
    let server = Server::new(&sandbox, &named);
    server.client.commit_file("later", "x\n");
    server.accepts(["main"]);
    for file in &files {
        server.branch("topic", "origin/main~1");
        server.client.git(["rm", "-q", file]).ok();
        server.client.commit("docs: one less");
        server.client.git(["checkout", "-q", "main"]).ok();
        merge(&server, &["topic"]);
    }
    let clean = server.client.oid("main").unwrap();
    server.client.git(["checkout", "-q", "main~1^0", "--"]).ok();
    server.client.git(["merge", "-q", "--no-ff", "--no-commit", "topic"]).ok();
    server.client.git(["checkout", "-q", "main~1", "--", "file-11"]).ok();
    let evil = server.client.commit_message("Merge\n");
    server
        .refuses([&format!("{evil}:refs/heads/main")])
        .says("error[missing-signoff]")
        .says("denied: 1 error");
    server.accepts([&format!("{clean}:refs/heads/main")]);
}

#[test]
fn merge_with_several_bases_is_repeated_by_git() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[("deleted", "x\n")]);
    server.client.git(["branch", "-q", "side", "topic"]).ok();
    let main = server.client.oid("main").unwrap();
    merge(&server, &["topic"]);
    server.client.git(["checkout", "-q", "side"]).ok();
    merge(&server, &[&main]);
    let bases = server.client.git(["merge-base", "--all", "main", "side"]).ok();
    assert_eq!(bases.stdout().split(|byte| *byte == b'\n').count(), 3, "{bases}");
    server.client.git(["rm", "-q", "deleted"]).ok();
    server.client.commit("docs: one less");
    server.client.git(["checkout", "-q", "main"]).ok();
    server.client.commit_file("c", "c\n");
    merge(&server, &["side"]);
    server.accepts(["main:refs/heads/clean"]);
    server.client.git(["checkout", "-q", "main~1", "--", "deleted"]).ok();
    server.client.git(["commit", "-q", "--amend", "--no-edit"]).ok();
    server.refuses(["main:refs/heads/evil"]).says("error[missing-signoff]").says("denied: 1 error");
}

#[test]
fn binary_file_is_not_merged_as_text() {
    for (first, accepted) in [("text", true), ("\0", false)] {
        let sandbox = Sandbox::new();
        let lines = format!("{first}\n2\n3\n4\n5\n6\n7\n8\n9\n");
        let server = forked(&sandbox, &[("file", &lines)]);
        let (ours, theirs) = (lines.replace("3", "three"), lines.replace("8", "eight"));
        server.client.commit_file("file", &ours);
        server.client.git(["checkout", "-q", "topic"]).ok();
        server.client.commit_file("file", &theirs);
        server.client.git(["checkout", "-q", "main"]).ok();
        let merged = server.client.git(["merge", "-q", "--no-ff", "--no-commit", "topic"]).transcript();
        assert_eq!(merged.status() == Some(0), accepted, "{merged}");
        server.client.write("file", ours.replace("8", "eight"));
        server.client.commit_message("Merge\n");
        assert_eq!(server.push(["main"]).status() == Some(0), accepted, "{first}");
    }
}

#[test]
fn file_directory_clash_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    let client = &server.client;
    client.commit_file("x", "file\n");
    client.git(["checkout", "-q", "topic"]).ok();
    client.commit_file("x/y", "directory\n");
    let entry = |(commit, path): (&str, &str)| client.git(["ls-tree", commit, path]).ok().line() + "\n";
    let entries = [("main", "README"), ("main", "a"), ("topic", "b"), ("main", "x"), ("topic", "x")];
    let tree = client.git(["mktree"]).stdin(entries.map(entry).concat()).ok().line();
    let commit = ["commit-tree", &tree, "-p", "main", "-p", "topic", "-m", "Merge"];
    let both = client.git(commit).ok().line();
    server
        .refuses([&format!("{both}:refs/heads/main")])
        .says("error[missing-signoff]")
        .says("denied: 1 error");
}

#[test]
fn merge_with_odd_mode_entry_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    merge(&server, &["topic"]);
    let client = &server.client;
    let blob = client.git(["hash-object", "-w", "--stdin"]).stdin("evil\n").ok().line();
    let raw: Vec<u8> =
        (0..blob.len()).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap()).collect();
    for mode in ["100644", "0100644", "00000000100644"] {
        let tree = client.git(["cat-file", "tree", "main^{tree}"]).ok();
        let tree = [tree.stdout(), mode.as_bytes(), b" zz\0", &raw].concat();
        let hash = client.git(["hash-object", "-t", "tree", "--literally", "-w", "--stdin"]);
        let tree = hash.stdin(tree).ok().line();
        let commit = ["commit-tree", &tree, "-p", "main^1", "-p", "main^2", "-m", "Merge"];
        let evil = client.git(commit).ok().line();
        assert!(client.git(["show", &format!("{evil}:zz")]).ok().line() == "evil", "{mode}");
        server.refuses([&format!("{evil}:refs/heads/main")]).says("error[missing-signoff]");
    }
    server.accepts(["main"]);
}

#[test]
fn policy_decides_which_signoffs_count() {
    let signed = |who: &str| format!("docs: x\n\nSigned-off-by: {who}\n");
    let me = format!("{NAME} <{EMAIL}>");
    for (policy, author, message, accepted) in [
        ("signer: author", "bo@example.com", signed(&me), [true, false]),
        ("signer: author-and-committer", "bo@example.com", signed(&me), [true, false]),
        ("position: anywhere", EMAIL, signed(&format!("{me}\n\nprose")), [false, true]),
        ("addresses: any", "author@localhost", signed(&me), [false, true]),
        ("never-sign: [author@example.com]", EMAIL, signed(&me), [true, false]),
        (
            "aliases: [[A U Thor <author@example.com>, Bo <b@x.org>]]",
            EMAIL,
            signed("Bo <b@x.org>"),
            [false, true],
        ),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        let commit = server.client.git(["commit", "-q", "--allow-empty", "-F", "-"]).stdin(message);
        commit.env("GIT_AUTHOR_EMAIL", author).ok();
        let push = || server.push(["main"]).status() == Some(0);
        let mut verdicts = Vec::new();
        for policy in ["", policy] {
            server.bare.write("git-gate.yml", format!("sign-off:\n  {policy}\n"));
            verdicts.push(push());
            server.bare.git(["update-ref", "refs/heads/main"]).arg(server.client.oid("main~1").unwrap()).ok();
        }
        assert_eq!(verdicts, accepted, "{policy}");
    }
}

#[test]
fn policy_may_require_or_warn_about_coauthors() {
    for (policy, signs, status, remarks) in [
        ("ignore", "", 0, false),
        ("warn", "", 0, true),
        ("warn", "Signed-off-by: Bo <bo@example.com>\n", 0, false),
        ("require", "", 1, false),
        ("require", "Signed-off-by: Bo <bo@example.com>\n", 0, false),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        server.bare.write("git-gate.yml", format!("sign-off:\n  coauthors: {policy}\n"));
        let coauthor = "Co-authored-by: Bo <bo@example.com>";
        let oid = server.client.commit_message(&format!("docs: x\n\n{coauthor}\n{signs}{SIGN_OFF}\n"));
        let remark = format!("{}: the co-author `Bo <bo@example.com>` has not signed", &oid[..12]);
        let report = server.push(["main"]);
        assert_eq!(
            (report.status(), report.contains(&remark)),
            (Some(status), remarks),
            "{policy}: {report}"
        );
        let place = report.contains("\"docs: x\", line 3 of its message");
        assert_eq!(place, status != 0, "{policy}: {report}");
    }
}

#[test]
fn policy_may_require_or_skip_merge_signoffs() {
    for (policy, clean, evil) in [("require", false, false), ("skip", true, true)] {
        let sandbox = Sandbox::new();
        let server = forked(&sandbox, &[]);
        server.bare.write("git-gate.yml", format!("sign-off:\n  merges: {policy}\n"));
        merge(&server, &["topic"]);
        assert_eq!(server.push(["main"]).status() == Some(0), clean, "{policy}");
        merge(&server, &["-s", "ours", "topic~0", "--allow-unrelated-histories"]);
        server.client.git(["commit", "-q", "--amend", "--no-edit", "--allow-empty"]).ok();
        assert_eq!(server.push(["main"]).status() == Some(0), evil, "{policy}");
    }
}

/// Commits a change of a file, without a sign-off.
fn unsigned(server: &Server<'_>, file: &str) {
    server.client.write(file, "unsigned\n");
    server.client.commit_message("docs: unsigned\n");
}

const REMEDIATION: (&str, &str) = (".github/dco.yml", "allowRemediationCommits:\n  individual: true\n");

fn remedy(oid: &str) -> String {
    format!(
        "docs: sign\n\nI, {NAME} <author@example.com>, hereby add my Signed-off-by to this commit: {oid}\n\n{SIGN_OFF}\n"
    )
}

#[test]
fn remediation_counts_if_accepted_history_allows_it() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[REMEDIATION]);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    server.client.commit_message(&remedy(&unsigned));
    server.accepts(["main"]);
}

#[test]
fn push_cannot_turn_remediation_on() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file(REMEDIATION.0, REMEDIATION.1);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    server.client.commit_message(&remedy(&unsigned));
    server.refuses(["main"]).says("error[missing-signoff]").says("remediation is not enabled");
    server.refuses(["main:refs/heads/new"]).says("error[missing-signoff]");
}

#[test]
fn server_policy_overrides_the_repository_file() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[REMEDIATION]);
    server.bare.write("git-gate.yml", "sign-off:\n  remediation:\n    individual: false\n");
    let unsigned = server.client.commit_message("docs: unsigned\n");
    server.client.commit_message(&remedy(&unsigned));
    server.refuses(["main"]).says("remediation is not enabled");
}

#[test]
fn third_party_remediation_needs_both_settings() {
    let (both, own, other) =
        ("individual: true\n  thirdParty: true", "individual: true", "individual: false\n  thirdParty: true");
    let off = "remediation by representatives is not enabled";
    for (file, set, refused) in [
        (both, "", None),
        (own, "", Some(off)),
        (other, "", Some("remediation is not enabled")),
        (both, "remediation: {third-party: false}", Some(off)),
        (both, "remediation: {individual: false}", Some("remediation is not enabled")),
        (own, "remediation: {third-party: true}", None),
        (other, "remediation: {individual: true}", None),
        (both, "representatives: []", Some("the representative is not listed in the policy")),
    ] {
        let sandbox = Sandbox::new();
        let file = format!("allowRemediationCommits:\n  {file}\n");
        let server = Server::new(&sandbox, &[(REMEDIATION.0, &file)]);
        let bo = if set.starts_with("rep") { "" } else { "representatives: [Bo <bo@example.com>]" };
        server.bare.write("git-gate.yml", format!("sign-off:\n  {bo}\n  {set}\n"));
        let unsigned = server.client.commit_message("docs: unsigned\n");
        let by_bo = remedy(&unsigned).replace(NAME, "Bo").replace(EMAIL, "bo@example.com");
        let by_bo = by_bo.replace("I, Bo", &format!("On behalf of {NAME} <{EMAIL}>, I, Bo"));
        let sign = server.client.git(["commit", "-q", "--allow-empty", "-F", "-"]).stdin(by_bo);
        as_bo(sign).ok();
        let report = server.push(["main"]);
        assert_eq!(report.status(), Some(i32::from(refused.is_some())), "{file}{set}: {report}");
        refused.map(|why| report.says(why).says("error[missing-signoff]"));
    }
}

/// Sets author and committer of a run to Bo instead of the identity of the sandbox.
fn as_bo(run: Run) -> Run {
    ["AUTHOR", "COMMITTER"].iter().fold(run, |run, role| {
        run.env(&format!("GIT_{role}_NAME"), "Bo").env(&format!("GIT_{role}_EMAIL"), "bo@example.com")
    })
}

#[test]
fn declaration_in_a_merge_has_no_effect() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[REMEDIATION]);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    server.client.git(["merge", "-q", "--no-ff", "-m", &remedy(&unsigned), "topic"]).ok();
    server.refuses(["main"]).says("error[missing-signoff]").says("or is a merge");
}

#[test]
fn declaration_in_a_remedied_merge_has_no_effect() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[REMEDIATION]);
    let unsigned = server.client.commit_message("docs: unsigned\n");
    let declares = remedy(&unsigned).replace(SIGN_OFF, "");
    server.client.git(["merge", "-q", "--no-ff", "--no-commit", "topic"]).ok();
    server.client.write("new", "x\n");
    let merged = server.client.commit_message(&declares);
    server.client.commit_message(&remedy(&merged));
    let report = server.refuses(["main"]);
    report.says(&unsigned[..12]).says("or is a merge").says("denied: 1 error in 1 ref update");
}

#[test]
fn merge_at_a_shallow_boundary_is_not_decided() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    merge(&server, &["topic"]);
    server.accepts(["main"]);
    let origin = format!("file://{}", server.bare.path().display());
    sandbox.run("git").args(["clone", "-q", "--depth", "1", &origin, "shallow"]).ok();
    let shallow = Repo::at(&sandbox, sandbox.path("shallow"));
    let scan = || shallow.gate(["scan", "--no-git-config"]);
    scan().ends_with(2).never_says("error[").says("undecided: no findings in 1 commit");
    shallow.git(["fetch", "-q", "--unshallow"]).ok();
    scan().ok();
}

#[test]
fn pusher_exemption_needs_a_server_type() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let exempt = "sign-off:\n  exempt: [{pusher: renovate, reason: it cannot sign}]\n";
    server.bare.write("git-gate.yml", exempt);
    server.client.commit_message("docs: unsigned\n");
    let push = || server.client.git(["push", "-q", "origin", "main"]);
    push().env("GL_USERNAME", "renovate").ends_with(1).says("error[missing-signoff]");
    server.bare.write("git-gate.yml", format!("{exempt}server:\n  type: gitlab\n"));
    push().env("GL_USERNAME", "somebody").ends_with(1).says("error[missing-signoff]");
    server.bare.gate(["scan", "--no-git-config"]).env("GL_USERNAME", "renovate").ok();
    let scan = ["-C", server.client.path().to_str().unwrap(), "scan", "--no-git-config", "HEAD~1..HEAD"];
    sandbox.gate(scan).env("GL_USERNAME", "renovate").ends_with(1);
    push()
        .env("GL_USERNAME", "renovate")
        .ok()
        .says("1 commit needed no sign-off: renovate is exempt: it cannot sign");
}

#[test]
fn old_history_can_be_exempted_with_a_reason() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let first = server.client.commit_message("docs: unsigned\n");
    let second = server.client.commit_message("docs: unsigned too\n");
    let policy = |text: String| server.bare.write("git-gate.yml", format!("sign-off:\n  {text}\n"));
    policy(format!("grandfathered: [{{commits: [{second}], reason: import}}]"));
    server.refuses(["main"]).says(&first[..12]).says("1 commit needed no sign-off: import");
    policy(format!("baseline: [{{commit: {second}, reason: import}}]"));
    server.accepts(["main"]).says("2 commits needed no sign-off: import");
}

#[test]
fn mailmap_of_accepted_history_counts_if_enabled() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(".mailmap", "A U Thor <author@example.com> <old@example.com>\n")]);
    server.client.commit_message("docs: x\n\nSigned-off-by: A U Thor <old@example.com>\n");
    server.refuses(["main"]).says("error[mismatched-signoff]");
    server.bare.write("git-gate.yml", "sign-off:\n  mailmap: true\n");
    server.accepts(["main"]);
}

#[test]
fn advised_command_repairs_the_push() {
    let sandbox = Sandbox::new();
    let server = forked(&sandbox, &[]);
    let advised = |branch: &str, start: &str| {
        let line = follow_advice(&sandbox, &server, branch);
        assert!(line.starts_with(start), "{line}");
        server.accepts([branch]);
    };
    unsigned(&server, "p");
    advised("main", "commit --amend --signoff");
    unsigned(&server, "q");
    server.client.commit_file("signed", "x\n");
    advised("main", "rebase --signoff");
    server.client.git(["checkout", "-q", "topic"]).ok();
    unsigned(&server, "r");
    server.client.git(["checkout", "-q", "main"]).ok();
    merge(&server, &["topic"]);
    advised("main", "rebase --rebase-merges ");
    server.client.commit_file("signed", "y\n");
    server.branch("other", "main");
    server.client.commit_file("other", "x\n");
    server.client.git(["checkout", "-q", "main"]).ok();
    server.client.commit_file("signed", "z\n");
    merge(&server, &["other"]);
    unsigned(&server, "s");
    server.client.commit_file("signed", "last\n");
    advised("main", "rebase --signoff");
    assert_eq!(server.client.git(["rev-list", "--count", "--merges", "main"]).ok().line(), "2");
}

/// Pushes a branch that is refused and runs the advised command; returns the command without `git`.
///
/// Runs it as the user that git config names, if it names one.
pub(crate) fn follow_advice(sandbox: &Sandbox, server: &Server<'_>, branch: &str) -> String {
    let transcript = server.refuses([branch]).to_string();
    let line = transcript.lines().find_map(|line| line.split_once("hint: git ")).unwrap().1.to_owned();
    let mut sh = sandbox.run("sh").args(["-c", &format!("git {line}")]).dir(server.client.path());
    if server.client.git(["config", "user.name"]).transcript().status() == Some(0) {
        sh = sh.env_remove("GIT_COMMITTER_NAME").env_remove("GIT_COMMITTER_EMAIL");
    }
    sh.env_remove("GIT_AUTHOR_NAME").env_remove("GIT_AUTHOR_EMAIL").ok();
    line
}

#[test]
fn advised_command_repairs_invalid_author_addresses() {
    for (address, missing) in [("a@localhost", false), ("a b;$(x)'\"*@x.test", false), ("a@host", true)] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        server.client.git(["config", "user.name", NAME]).ok();
        server.client.git(["config", "user.email", "author@example.com"]).ok();
        let commit = |file: &str, address: &str, message: &str| {
            server.client.write(file, "x\n");
            server.client.git(["add", file]).ok();
            let commit = server.client.git(["commit", "-q", "-m", message]);
            commit.env("GIT_AUTHOR_EMAIL", address).env("GIT_COMMITTER_EMAIL", address).ok();
        };
        let signed = format!("docs: x\n\n{SIGN_OFF}\n");
        let message = if missing { "docs: x\n" } else { &signed };
        commit("p", address, message);
        assert!(
            follow_advice(&sandbox, &server, "main").starts_with("commit --amend --reset-author --signoff")
        );
        server.accepts(["main"]);
        commit("q", address, message);
        commit("r", address, message);
        server.client.commit_file("s", "x\n");
        assert!(follow_advice(&sandbox, &server, "main").starts_with("rebase "));
        server.accepts(["main"]);
    }
}

#[test]
fn advised_command_signs_no_commits_of_others() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["config", "user.email", "author@example.com"]).ok();
    unsigned(&server, "mine");
    server.client.write("x", "x\n");
    server.client.git(["add", "x"]).ok();
    let other = server.client.git(["commit", "-q", "-m", "docs: of another"]);
    other.env("GIT_AUTHOR_NAME", "Bo").env("GIT_AUTHOR_EMAIL", "bo@example.com").ok();
    follow_advice(&sandbox, &server, "main");
    let log =
        server.client.git(["log", "-2", "--format=%an: %(trailers:key=Signed-off-by,separator=;)."]).ok();
    log.says("Bo: .").says(&format!("{NAME}: {SIGN_OFF}."));
    server.refuses(["main"]).says("each author has to sign off their own commits: Bo <bo@example.com> (1)");
}

#[test]
fn advised_command_leaves_signed_commits_of_others() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["config", "user.email", "author@example.com"]).ok();
    unsigned(&server, "mine");
    server.client.write("of another", "x\n");
    server.client.git(["add", "--all"]).ok();
    let by_bo = server.client.git(["commit", "-q", "-s", "-m", "docs: of another"]);
    as_bo(by_bo).ok();
    follow_advice(&sandbox, &server, "main");
    let log =
        server.client.git(["log", "-2", "--format=%an: %(trailers:key=Signed-off-by,separator=;)."]).ok();
    log.says("Bo: Signed-off-by: Bo <bo@example.com>.").says(&format!("{NAME}: {SIGN_OFF}."));
    server.accepts(["main"]);
}

#[test]
fn fix_signs_the_last_commit_of_its_author() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file("a", "a\n");
    let unsigned = repo.commit_message("docs: unsigned\n");
    repo.write("staged", "x\n");
    repo.git(["add", "staged"]).ok();
    repo.gate(["fix", "--sign-off"]).ok().says(&format!("+ {SIGN_OFF}")).says("nothing was changed");
    assert_eq!(repo.oid("HEAD").unwrap(), unsigned);
    repo.gate(["fix", "--sign-off", "--apply"]).ok();
    repo.git(["log", "-1", "--format=%B"]).ok().says(SIGN_OFF);
    repo.git(["diff", "--cached", "--name-only"]).ok().says("staged");
    repo.gate(["fix", "--sign-off", "--apply"]).ok().says("already signed off");
}

#[test]
fn fix_signs_no_foreign_or_pushed_commits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let unsigned = repo.commit_message("docs: unsigned\n");
    let fix = || repo.gate(["fix", "--sign-off", "--apply"]);
    let other = fix().env("GIT_COMMITTER_NAME", "Bo").env("GIT_COMMITTER_EMAIL", "bo@example.com");
    other.ends_with(2).says("only its author can sign it off");
    repo.git(["update-ref", "refs/remotes/origin/main", "HEAD"]).ok();
    fix().ends_with(2).says("was already pushed");
    assert_eq!(repo.oid("HEAD").unwrap(), unsigned);
}

#[test]
fn merge_remedies_no_other_commit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let base = repo.commit("docs: begin");
    repo.git(["checkout", "-q", "-b", "side"]).ok();
    repo.commit("docs: side");
    repo.git(["checkout", "-q", "main"]).ok();
    let unsigned = repo.commit_message("docs: unsigned\n");
    let message = format!(
        "docs: remedy\n\nI, A U Thor <author@example.com>, hereby add my Signed-off-by to this commit: {unsigned}\n\n\
         {SIGN_OFF}\n"
    );
    repo.git(["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    repo.commit_message(&message);
    repo.write("../policy.yml", "sign-off: {remediation: {individual: true, third-party: false}}\n");
    let range = format!("{base}..HEAD");
    let scan = ["scan", "--no-git-config", "--policy", "../policy.yml", &range];
    repo.gate(scan).ends_with(1).says("error[missing-signoff]");
    repo.commit_message(&message);
    repo.gate(scan).ok();
}
