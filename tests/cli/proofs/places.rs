//! `sign-off.proven` on a server, in a clone and in a scan: who and what it is for, its limits, remarks and log.

use std::path::Path;

use super::gpg::Gpg;
use super::{DATE, Proving, has_program, policy, policy_for, with_signature};
use crate::support::{Sandbox, Server};

/// Makes the key of a forge, and its file; returns the fingerprint.
fn forge(sandbox: &Sandbox, gpg: &Gpg<'_>) -> String {
    let forge = gpg.key("Forge", "ed25519", "sign", DATE - 1000, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    forge
}

#[test]
fn need_and_authors_decide_for_which_commits_a_signature_counts() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let commit = |author: &str, signoff: &str| {
        let base = proving.unsigned().replace("Ana <ana@x.test>", author);
        base.replace("Signed-off-by: Bo <bo@y.test>\n", signoff)
    };
    let bot = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>";
    let other_number = "dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>";
    let no_number = "dependabot[bot] <dependabot[bot]@users.noreply.github.com>";
    let listed = "['49699333+dependabot[bot]@users.noreply.github.com']";
    let squash = "Ana Ruiz <1+aruiz@users.noreply.github.com>";
    for (author, signoff, authors, needs, says) in [
        (bot, "", listed, "nothing", None),
        (bot, "", listed, "any-signoff", Some("counts only beside a sign-off")),
        (other_number, "", listed, "nothing", Some("proves nothing for this author")),
        (no_number, "", listed, "nothing", Some("proves nothing for this author")),
        (other_number, "Signed-off-by: Bo <bo@y.test>\n", listed, "any-signoff", Some("for this author")),
        (no_number, "Signed-off-by: Bo <bo@y.test>\n", listed, "any-signoff", None),
        (squash, "", listed, "nothing", Some("proves nothing for this author")),
        (squash, "", "any", "any-signoff", Some("counts only beside a sign-off")),
        (squash, "Signed-off-by: Ana Ruiz <ana@y.test>\n", "any", "related-signoff", None),
        (squash, "Signed-off-by: A R <aruiz@y.test>\n", "any", "related-signoff", None),
        (squash, "Signed-off-by: aruiz <a@y.test>\n", "any", "related-signoff", None),
        (
            squash,
            "Signed-off-by: Bo <bo@y.test>\n",
            "any",
            "related-signoff",
            Some("the name, the login or the mailbox"),
        ),
        (squash, "Signed-off-by: Bo <bo@y.test>\n", "any", "any-signoff", None),
        (
            squash,
            "Signed-off-by: Bo <bo@y.test>\n",
            "['1+aruiz@users.noreply.github.com']",
            "any-signoff",
            None,
        ),
        (
            squash,
            "Signed-off-by: GitHub <noreply@github.com>\n",
            "any",
            "any-signoff",
            Some("counts only beside a sign-off"),
        ),
        (
            squash,
            "Signed-off-by: Claude <noreply@anthropic.com>\n",
            "any",
            "any-signoff",
            Some("counts only beside"),
        ),
        (squash, "Signed-off-by: Ana Ruiz\n", "any", "any-signoff", Some("counts only beside")),
        (
            squash,
            "Signed-off-by: Ana\u{202e} Ruiz <ana@y.test>\n",
            "any",
            "any-signoff",
            Some("counts only beside"),
        ),
    ] {
        let commit = commit(author, signoff);
        let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
        let said = proving.scan(signed.as_bytes(), &policy_for("forge.gpg", &forge, authors, needs));
        assert_eq!(said.status(), Some(i32::from(says.is_some())), "{signoff}{needs}: {said}");
        said.says(says.unwrap_or("1 commit is proven by the key"));
    }
    // Another fault of the commit stays.
    let commit = commit("Ana <ana@localhost>", "Signed-off-by: Bo <bo@y.test>\n");
    let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
    let said = proving.scan(signed.as_bytes(), &policy("forge.gpg", &forge));
    assert_eq!(said.status(), Some(1), "{said}");
    said.says("error[malformed-commit]").never_says("mismatched-signoff");
}

#[test]
fn entries_that_let_everyone_through_are_policy_errors() {
    let sandbox = Sandbox::new();
    let proving = Proving::new(&sandbox);
    let fingerprint = "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23";
    for policy in [
        policy_for("forge.gpg", fingerprint, "any", "nothing"),
        policy_for("forge.gpg", "4AEE18F83AFDEB23", "any", "any-signoff"),
        policy_for("forge.gpg", fingerprint, "[]", "nothing"),
    ] {
        let said = proving.scan(proving.unsigned().as_bytes(), &policy);
        assert_eq!(said.status(), Some(2), "{said}");
        said.says("policy.yml:").says("is not valid");
    }
}

#[test]
fn push_is_proven_remarked_on_and_logged() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let gpg = Gpg::new(&sandbox);
    let forge = forge(&sandbox, &gpg);
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    // `git commit -S` runs gpg at the time of the test, so the committer date is that time too.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let date = format!("{now} +0000");
    let commit = |key: &str, subject: &str| {
        let git = client.git(["commit", "-q", "--allow-empty", "-m", subject]).arg(format!("-S{key}"));
        let git = git.args(["-m", "Signed-off-by: Bo <bo@y.test>"]).env("GIT_COMMITTER_DATE", &date);
        git.env("GNUPGHOME", sandbox.path("gnupg")).ok();
    };
    let log = sandbox.path("audit.jsonl");
    let with_log = |policy: &str| format!("{policy}server: {{audit-log: {}}}\n", log.display());
    commit(&forge, "docs: one (#1)");
    commit(&forge, "docs: two (#2)");
    server.bare.write("git-gate.yml", "rules: {}\n");
    server.refuses(["main"]).says("error[mismatched-signoff]").never_says("signed by");
    let keys = sandbox.path("forge.gpg");
    server.bare.write("git-gate.yml", with_log(&policy(keys.to_str().unwrap(), &forge)));
    let remark = format!("2 commits are proven by the key {forge}: the forge squashed it");
    server.accepts(["main"]).says(&remark);
    let entry = std::fs::read_to_string(&log).unwrap();
    let entry: serde_json::Value = serde_json::from_str(entry.trim()).unwrap();
    assert_eq!(entry["event"], "exempted");
    assert_eq!(
        entry["proven"],
        serde_json::json!([{ "key": forge, "reason": "the forge squashed it", "commits": 2 }])
    );
    let scanned = server.bare.gate(["scan", "--format", "json", "main~2..main"]).ok();
    let report: serde_json::Value = serde_json::from_slice(scanned.stdout()).unwrap();
    assert_eq!((&report["verdict"], &report["remarks"][0]), (&"clean".into(), &remark.into()));

    // A pusher sees who signed, but no folder of the server.
    let stranger = gpg.key("Stranger", "ed25519", "sign", DATE - 1000, "0");
    commit(&stranger, "docs: three");
    server.refuses(["main"]).says(&format!("signed by {stranger}, which the policy does not name"));
    sandbox.write("forge.gpg", "");
    server.refuses(["main"]).says("forge.gpg prove nothing").never_says(sandbox.path("").to_str().unwrap());
    sandbox.run("chmod").args(["666", "forge.gpg"]).ok();
    server.refuses(["main"]).says("is not trusted");
}

#[test]
fn clone_reads_keys_from_its_work_tree_only() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let commit = proving.unsigned();
    let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
    let stored =
        proving.repo.git(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(&signed).ok().line();
    let range = format!("{}..{stored}", proving.base);
    proving.repo.write(".git-gate.yml", policy("keys/forge.gpg", &forge));
    proving.repo.write("keys/forge.gpg", gpg.export(&forge));
    proving.repo.gate(["scan", "--no-git-config", &range]).ok().says("1 commit is proven");
    // A hook of the clone says the same, and commit-msg, which has no signature to look at, says nothing of it.
    let bare = sandbox.init_bare("server.git");
    proving.repo.git(["remote", "add", "origin"]).arg(bare.path()).ok();
    proving.repo.git(["push", "-q", "origin", "main"]).ok();
    proving.repo.gate(["install"]).ok();
    proving.repo.git(["push", "-q", "origin"]).arg(format!("{stored}:main")).ok().says("1 commit is proven");
    let refused = proving.repo.git(["commit", "--allow-empty", "-m", "docs: y"]).ends_with(1);
    refused.says("error[missing-signoff]").never_says("proven");
    for outside in ["../forge.gpg", sandbox.path("forge.gpg").to_str().unwrap()] {
        proving.repo.write(".git-gate.yml", policy(outside, &forge));
        let said = proving.repo.gate(["scan", "--no-git-config", &range]).ends_with(2);
        said.says("copy the file into the work tree");
    }
}

#[test]
fn replaced_commit_is_verified_as_it_is() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let commit = proving.unsigned();
    let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
    let store = |object: &str| {
        proving.repo.git(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(object).ok().line()
    };
    let (good, bad) = (store(&signed), store(&signed.replace("docs: x", "docs: y")));
    proving.repo.git(["update-ref", &format!("refs/replace/{bad}"), &good]).ok();
    sandbox.write("policy.yml", policy("forge.gpg", &forge));
    let range = format!("{}..{bad}", proving.base);
    let said =
        proving.repo.gate(["scan", "--no-git-config", "--policy", "../policy.yml", &range]).ends_with(1);
    said.says("does not fit the commit");
}

#[test]
fn only_so_many_signatures_are_verified() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let mut parent = proving.base.clone();
    for number in 0..3 {
        let commit =
            proving.unsigned().replace(&proving.base, &parent).replace("(#1)", &format!("(#{number})"));
        let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
        parent = proving.repo.git(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(signed).ok().line();
    }
    let range = format!("{}..{parent}", proving.base);
    let scan = |limit: &str| {
        sandbox
            .write("policy.yml", format!("{}limits: {{signatures: {limit}}}\n", policy("forge.gpg", &forge)));
        proving.repo.gate(["scan", "--no-git-config", "--policy", "../policy.yml", &range]).transcript()
    };
    assert_eq!(scan("3").status(), Some(0));
    let said = scan("2");
    assert_eq!(said.status(), Some(1), "{said}");
    said.says("2 commits are proven").says("its signature was not verified: there are too many");
    said.says("2 signatures were verified, and 1 not (`limits.signatures` in the policy)");
    assert_eq!(scan("0").status(), Some(2));
}

#[test]
fn refs_with_levels_of_their_own_share_the_limit_and_the_count() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let gpg = Gpg::new(&sandbox);
    let forge = forge(&sandbox, &gpg);
    let server = Server::new(&sandbox, &[]);
    let (keys, log) = (sandbox.path("forge.gpg"), sandbox.path("audit.jsonl"));
    let limit = |signatures: u32| {
        let policy = policy(keys.to_str().unwrap(), &forge);
        let text = format!(
            "{policy}limits: {{signatures: {signatures}}}\nserver: {{audit-log: {}}}\nrefs:\n  levels:\n    - match: \
             refs/heads/rel*\n      rules: {{moved-tag: warn}}\n",
            log.display()
        );
        server.bare.write("git-gate.yml", text);
    };
    let (tree, parent) = (server.client.oid("HEAD^{tree}").unwrap(), server.client.oid("HEAD").unwrap());
    let [first, second] = ["one", "two"].map(|subject| {
        let commit = format!(
            "tree {tree}\nparent {parent}\nauthor Ana <ana@x.test> {DATE} +0000\n\
             committer Forge <forge@x.test> {DATE} +0000\n\ndocs: {subject}\n\nSigned-off-by: Bo <bo@y.test>\n"
        );
        let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
        server.client.git(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(signed).ok().line()
    });
    let count = |said: &str, text: &str| said.matches(text).count();

    limit(1);
    let said = server.refuses([&format!("{first}:refs/heads/rel1"), &format!("{second}:refs/heads/dev1")]);
    let said = said.says("1 signature was verified, and 1 not").to_string();
    assert_eq!(
        (count(&said, "1 signature was verified"), count(&said, "1 commit is proven")),
        (1, 1),
        "{said}"
    );

    let said = server.accepts([&format!("{first}:refs/heads/rel1"), &format!("{first}:refs/heads/dev1")]);
    let said = said.never_says("verified, and").to_string();
    assert_eq!(count(&said, "1 commit is proven by the key"), 1, "{said}");
    server.accepts([":refs/heads/rel1", ":refs/heads/dev1"]);

    limit(2);
    let said = server.accepts([&format!("{first}:refs/heads/rel1"), &format!("{second}:refs/heads/dev1")]);
    let said = said.says("2 commits are proven by the key").to_string();
    assert_eq!(count(&said, "proven by the key"), 1, "{said}");

    let entries = std::fs::read_to_string(&log).unwrap();
    let entries = entries.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let proven: Vec<String> = entries.map(|entry| entry["proven"].to_string()).collect();
    let entry = |commits: u32| {
        let entry =
            serde_json::json!([{ "key": forge, "reason": "the forge squashed it", "commits": commits }]);
        entry.to_string()
    };
    assert_eq!(proven, [entry(1), entry(1), entry(2)]);
}

#[test]
fn levels_that_do_not_refuse_need_no_proof() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let commit = proving.unsigned();
    let misnamed = commit.replace("Bo <bo@y.test>", "A. Ruiz <ana@x.test>");
    let signed = |commit: &str| with_signature(commit, &gpg.sign(&forge, commit, DATE, &[]));
    let with = |more: &str| format!("{}{more}", policy("forge.gpg", &forge));
    for (object, more, status, is_proven) in [
        (signed(&commit), "rules: {mismatched-signoff: warn}\n", 0, false),
        (signed(&commit), "rules: {mismatched-signoff: allow}\n", 0, false),
        (signed(&commit), "warn-only: true\n", 0, true),
        (signed(&misnamed), "", 0, false),
        (signed(&misnamed), "rules: {misnamed-signoff: deny}\n", 0, true),
        (misnamed.clone(), "rules: {misnamed-signoff: deny}\n", 1, false),
    ] {
        let said = proving.scan(object.as_bytes(), &with(more));
        assert_eq!(said.status(), Some(status), "{more}: {said}");
        assert_eq!(said.contains("1 commit is proven"), is_proven, "{more}: {said}");
    }
}

#[test]
fn example_of_a_policy_proves_what_it_says() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = forge(&sandbox, &gpg);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("install/policy-proven.yml");
    let example = std::fs::read_to_string(example).unwrap();
    let own = example
        .replace("968479A1AFF927E37D1A566BB5690EEEBB952194, 5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23", &forge)
        .replace("/etc/git-gate/github-web-flow.gpg", "forge.gpg");
    assert_ne!(example, own);
    let needed = "which counts only beside a sign-off with the name, the login or the mailbox of the author";
    for (author, signoff, status, says) in [
        (
            "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
            "",
            0,
            "GitHub says that it is this bot",
        ),
        ("dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>", "", 1, needed),
        (
            "Ana Ruiz <1+aruiz@users.noreply.github.com>",
            "Signed-off-by: Ana Ruiz <ana@y.test>\n",
            0,
            "GitHub rewrites the author when it squashes",
        ),
        ("Ana Ruiz <1+aruiz@users.noreply.github.com>", "Signed-off-by: Bo <bo@y.test>\n", 1, needed),
        ("Ana Ruiz <1+aruiz@users.noreply.github.com>", "", 1, needed),
    ] {
        let commit = proving.unsigned().replace("Ana <ana@x.test>", author);
        let commit = commit.replace("Signed-off-by: Bo <bo@y.test>\n", signoff);
        let signed = with_signature(&commit, &gpg.sign(&forge, &commit, DATE, &[]));
        let said = proving.scan(signed.as_bytes(), &own);
        assert_eq!(said.status(), Some(status), "{author}: {said}");
        said.says(says).never_says("proves nothing for this author");
    }
}
