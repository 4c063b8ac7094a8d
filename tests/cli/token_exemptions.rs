//! Exemptions of single credentials: by path, host, fingerprint and comment, in a clone and on a server.

use serde_json::Value;

use crate::support::{Repo, Sandbox, Secrets, Server};
use crate::tokens::{password, token};

const ALLOW: &str = "# git-gate: allow[token-in-git-config] a server of the tests";

fn report(repo: &Repo<'_>, arguments: &[&str]) -> Value {
    let said = repo.gate(["scan", "--format", "json"]).args(arguments).transcript();
    serde_json::from_slice(said.stdout()).unwrap()
}

/// Returns the lines of the findings of a tree, and the sources of the exemptions in it.
fn outcome(repo: &Repo<'_>) -> (Vec<String>, Vec<String>) {
    let report = report(repo, &["--tree", "HEAD"]);
    let place = |finding: &Value| {
        let location = &finding["location"];
        format!("{}:{}", location["path"].as_str().unwrap(), location["line"])
    };
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let by = |finding: &Value| format!("{} {}", place(finding), finding["exempted_by"].as_str().unwrap());
    (list("findings").iter().map(place).collect(), list("exempted").iter().map(by).collect())
}

fn modules(secret: &str, comment: &str) -> String {
    format!("[submodule \"x\"]\n\tpath = x\n\turl = https://bot:{secret}@git.acme.io/x {comment}\n")
}

#[test]
fn entry_of_the_policy_exempts_by_path_or_host() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("a/.gitmodules", modules(&password(1), ""));
    repo.write("b/.gitmodules", modules(&password(2), "").replace("git.acme.io", "localhost:8080"));
    repo.write("c.py", format!("key = \"{}\"\n", token()));
    repo.commit("docs: begin");
    for (entry, left, exempted) in [
        ("{path: a/*, reason: r}", vec!["b/.gitmodules:3", "c.py:1"], vec!["a/.gitmodules:3 policy"]),
        ("{host: localhost, reason: r}", vec!["a/.gitmodules:3", "c.py:1"], vec!["b/.gitmodules:3 policy"]),
        (
            "{host: git.acme.io, path: b/*, reason: r}",
            vec!["a/.gitmodules:3", "b/.gitmodules:3", "c.py:1"],
            vec![],
        ),
        (
            "{rule: token-in-content, path: '*', reason: r}",
            vec!["a/.gitmodules:3", "b/.gitmodules:3"],
            vec!["c.py:1 policy"],
        ),
    ] {
        sandbox.write("repo/.git-gate.yml", format!("tokens: {{exempt: [{entry}]}}\n"));
        let (found, by) = outcome(&repo);
        assert_eq!(
            (found, by),
            (
                left.into_iter().map(str::to_owned).collect(),
                exempted.into_iter().map(str::to_owned).collect()
            ),
            "{entry}"
        );
    }
    sandbox.write("repo/.git-gate.yml", "tokens: {exempt: [{path: '*', reason: made up}]}\n");
    let said = repo.gate(["scan", "--tree", "HEAD"]).ok();
    said.says("exempted from `token-in-git-config` by the policy: 2 credentials in 2 files (made up)");
    said.says("exempted from `token-in-content` by the policy: 1 credential in `c.py` (made up)");
}

/// A directory may have the name that a member of an archive has in a report.
#[test]
fn path_of_an_exemption_is_that_of_no_other_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("a.zip!x/.gitmodules", modules(&password(1), ""));
    repo.write("Tests/.gitmodules", modules(&password(2), ""));
    repo.commit("docs: begin");
    for entry in ["a.zip!*", "a.zip!x/.gitmodules", "tests/*", "TESTS/*", "*/.GITMODULES"] {
        sandbox
            .write("repo/.git-gate.yml", format!("tokens: {{exempt: [{{path: '{entry}', reason: r}}]}}\n"));
        let (found, by) = outcome(&repo);
        assert_eq!((found.len(), by), (2, vec![]), "{entry}");
    }
}

/// The same password goes to two hosts; only one of them is exempted.
#[test]
fn exempted_credential_hides_no_other_on_its_line() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let (secret, key) = (password(1), token());
    let url = |host: &str| format!("https://bot:{secret}@{host}/x");
    let json = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| format!("\"{name}\": \"{value}\""));
        format!("{{\"core.bare\": \"false\", {}}}\n", Vec::from_iter(pairs).join(", "))
    };
    let list =
        |first: &str, second: &str| json(&[("remote.o.url", &url(first)), ("remote.p.url", &url(second))]);
    let exempt = "tokens: {exempt: [{host: localhost, reason: r}]}\n";
    sandbox.write("repo/.git-gate.yml", exempt);
    for (path, text) in [
        ("log", list("localhost", "git.acme.io")),
        ("log", list("git.acme.io", "localhost")),
        ("log", json(&[("first", &key), ("http.extraheader", &format!("Authorization: token {key}"))])),
    ] {
        repo.commit_file(path, &text);
        let said = repo.gate(["scan", "--tree", "HEAD"]).ends_with(1);
        said.says("error[token-in-git-config]").never_says(&secret).never_says(&key);
        assert_eq!(outcome(&repo).0, ["log:1"], "{path}");
    }
    repo.commit_file("log", list("localhost", "localhost"));
    assert_eq!(outcome(&repo).1, ["log:1 policy"]);
}

#[test]
fn fingerprint_follows_the_token_and_covers_no_other() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let mut secrets = Secrets::default();
    let (one, other) = (secrets.github("one"), secrets.github("other"));
    repo.commit_file("a.py", format!("key = \"{one}\"\n"));
    let report = report(&repo, &["--tree", "HEAD"]);
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    sandbox.write(
        "repo/.git-gate.yml",
        format!("tokens: {{exempt: [{{fingerprint: '{fingerprint}', reason: r}}]}}\n"),
    );
    for (path, text, left) in [
        ("a.py", format!("import x\n\n# an edit\nother = \"{one}\"\n"), vec![]),
        ("b/moved.py", format!("key = \"{one}\"\n"), vec![]),
        ("a.py", format!("key = \"{other}\"\n"), vec!["a.py:1"]),
        ("a.py", format!("key = \"{one}\"\nkey = \"{other}\"\n"), vec!["a.py:2"]),
    ] {
        repo.git(["rm", "-q", "-r", "--cached", "."]).ok();
        repo.git(["clean", "-q", "-f", "-d", "-e", ".git-gate.yml"]).ok();
        repo.commit_file(path, text);
        assert_eq!(outcome(&repo).0, left, "{path}");
    }
    assert!(!fingerprint.contains(&one[4..12]));
}

#[test]
fn comment_on_the_line_exempts_in_a_clone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let key = token();
    for (path, text, exempted) in [
        (".gitmodules", modules(&password(1), ALLOW), true),
        (".gitmodules", modules(&password(1), &ALLOW.replace('#', ";")), true),
        (".gitmodules", format!("{ALLOW}\n{}", modules(&password(1), "")), false),
        (".gitmodules", modules(&password(1), "# git-gate: allow[token-in-git-config]"), false),
        (".gitmodules", modules(&password(1), "# git-gate: allow[token-in-content] another rule"), false),
        ("a.js", format!("key = \"{key}\"; // git-gate: allow[token-in-content] made up\n"), true),
        ("a.c", format!("char *key = \"{key}\"; /* git-gate: allow[token-in-content] made up */\n"), true),
        ("a.html", format!("<b>{key}</b> <!-- git-gate: allow[token-in-content] made up -->\n"), true),
        ("a.sql", format!("select '{key}'; -- git-gate: allow[token-in-content] made up\n"), true),
        ("a.js", format!("key = \"{key} // git-gate: allow[token-in-content] made up\";\n"), false),
        ("a.js", format!("key = `\n{key} // git-gate: allow[token-in-content] made up\n`;\n"), false),
        ("a.ini", format!("key = {key} ; git-gate: allow[token-in-content] made up\n"), false),
        ("a.yml", format!("run: |\n  f {key} # git-gate: allow[token-in-content] made up\n"), false),
        (".netrc", format!("machine h.io login u password {key} {ALLOW}\n"), false),
        (".gitmodules", modules(&password(1), &format!("\"{ALLOW}\"")), false),
        (
            "a.py",
            format!("key = \"{key}\"  # git-gate: allow[token-in-content, no-such-rule] made up\n"),
            false,
        ),
        (
            "a.py",
            format!("key = \"{key}\"  # git-gate: allow[unpinned-uses, token-in-content] made up\n"),
            true,
        ),
    ] {
        repo.git(["rm", "-q", "-r", "--ignore-unmatch", "."]).ok();
        repo.commit_file(path, &text);
        let (found, by) = outcome(&repo);
        assert_eq!((found.len(), by.len()), if exempted { (0, 1) } else { (1, 0) }, "{path}");
        let said = repo.gate(["scan", "--tree", "HEAD"]).transcript();
        said.never_says(&key).never_says(&password(1));
        if !exempted && text.contains("git-gate: allow") && !text.starts_with('#') {
            said.says("the comment on this line has no effect");
        }
    }
    sandbox.write("repo/.git-gate.yml", "tokens: {comments: none}\n");
    repo.commit_file(".gitmodules", modules(&password(1), ALLOW));
    repo.gate(["scan", "--tree", "HEAD"]).ends_with(1).says("the policy does not let comments exempt");
}

#[test]
fn comment_in_the_config_of_a_clone_exempts() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let path = repo.git_dir().join("config");
    let mut config = std::fs::read_to_string(&path).unwrap();
    config += &format!("[remote \"o\"]\n\turl = https://u:{}@git.acme.io/a {ALLOW}\n", password(1));
    std::fs::write(&path, &config).unwrap();
    let said = repo.gate(["scan", "--git-config"]).ok();
    said.says("by a comment: 1 credential in `.git/config` (a server of the tests)").never_says(&password(1));
    repo.gate(["fix", "--git-config", "--apply"]).ok().says("nothing in the git config of this repository");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), config);
}

#[test]
fn comment_of_the_pusher_counts_only_once_it_is_accepted() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    let policy = |text: &str| {
        server.bare.write("git-gate.yml", format!("{text}server: {{audit-log: {}}}\n", log.display()));
    };
    policy("");
    let one = modules(&password(1), ALLOW);
    server.client.commit_file(".gitmodules", &one);
    let refused = server.refuses(["main"]);
    refused
        .says("on this server only a comment counts that the default branch already has")
        .never_says(&password(1));
    refused.says("under `tokens.exempt`");
    policy("tokens: {comments: none}\n");
    server.refuses(["main"]).says("the policy does not let comments exempt");
    policy("profile: hardened\n");
    server.refuses(["main"]).says("the policy does not let comments exempt");
    policy("tokens: {comments: all}\n");
    server
        .accepts(["main"])
        .says("exempted from `token-in-git-config` by a comment: 1 credential in `.gitmodules`");
    policy("");
    // The same credential at the same path, in a branch that does not come from the default one.
    server.client.git(["checkout", "-q", "--orphan", "topic"]).ok();
    server.client.commit_file(".gitmodules", &one);
    server.accepts(["topic"]).says("exempted from `token-in-git-config` by a comment");
    server.client.commit_file(".gitmodules", modules(&password(2), ALLOW));
    server.refuses(["topic"]);
    server.client.commit_file(".gitmodules", format!("{one}{}", one.replace("\"x\"", "\"y\"")));
    server.refuses(["topic"]);
    let log = std::fs::read_to_string(log).unwrap();
    let entries: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exempted: Vec<&Value> = entries.iter().filter(|entry| entry["event"] == "exempted").collect();
    assert_eq!(exempted.len(), 2, "{log}");
    let expected = serde_json::json!([{
        "rule": "token-in-git-config", "path": ".gitmodules", "by": "comment",
        "reason": "a server of the tests", "count": 1,
    }]);
    assert_eq!(exempted[0]["exempted"], expected);
}

#[test]
fn entry_of_the_policy_exempts_on_a_server_and_is_logged() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    let exempt = "tokens: {exempt: [{path: fixtures/*, host: git.acme.io, reason: a fixture}]}\n";
    server.bare.write("git-gate.yml", format!("{exempt}server: {{audit-log: {}}}\n", log.display()));
    server.client.commit_file("fixtures/.gitmodules", modules(&password(1), ""));
    server
        .accepts(["main"])
        .says("exempted from `token-in-git-config` by the policy")
        .never_says(&password(1));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.contains("\"event\":\"exempted\"")
            && log.contains("\"by\":\"policy\"")
            && log.contains("a fixture"),
        "{log}"
    );
    // A policy that is pushed decides nothing.
    server.client.write(".git-gate.yml", "tokens: {exempt: [{path: '*', reason: me}]}\n");
    server.client.commit_file("other/.gitmodules", modules(&password(2), ""));
    server.refuses(["main"]);
}

#[test]
fn baseline_covers_git_config_by_the_credential_and_not_by_the_key() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let mut secrets = Secrets::default();
    let header = |token: &str| format!("Authorization: token {token}");
    let (one, other) = (secrets.github("one"), secrets.github("other"));
    repo.git(["config", "http.extraheader", &header(&one)]).ok();
    let write = ["scan", "--git-config", "--write-baseline", "old.json"];
    repo.gate(write).ok().says("1 old finding from the baseline is not shown");
    assert!(!std::fs::read_to_string(repo.file("old.json")).unwrap().contains(&one[4..12]));
    repo.write(".git-gate.yml", "baseline: old.json\n");
    repo.gate(["scan", "--git-config"]).ok();
    repo.git(["config", "http.extraheader", &header(&other)]).ok();
    repo.gate(["scan", "--git-config"]).ends_with(1).says("error[token-in-git-config]");
    // Nothing but the credential tells one that can be guessed from another one.
    repo.git(["config", "http.extraheader", "X-Api-Key: hunter22"]).ok();
    repo.gate(write).ends_with(1).says("the baseline does not cover 1 finding in git config");
}

/// A comment that holds the token is content, about which another rule only warns.
#[test]
fn token_in_content_makes_none_in_git_config_known() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    client.commit_file("conf", format!("# {}\n", token()));
    let config = format!("[http \"https://h.test/\"]\n\textraheader = Authorization: bearer {}\n", token());
    client.commit_file("conf", &config);
    server.refuses(["main"]).says("error[token-in-git-config]");
    client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.accepts(["main"]);
    client.commit_file("conf", config);
    server.refuses(["main"]).says("error[token-in-git-config]");
}

/// The credential goes to the host before the fragment.
#[test]
fn host_of_an_exemption_is_the_one_that_git_asks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(".git-gate.yml", "tokens: {exempt: [{host: localhost, reason: r}]}\n");
    repo.write(".gitmodules", modules(&password(1), "").replace("git.acme.io", "git.acme.io#@localhost"));
    repo.write("x/.gitconfig", format!("[foo \"x://localhost/y\"]\n\tpassword = {}\n", password(2)));
    repo.commit("docs: begin");
    let (mut found, by) = outcome(&repo);
    found.dedup();
    assert_eq!((found, by), (vec![".gitmodules:3".to_owned(), "x/.gitconfig:2".to_owned()], vec![]));
}

#[test]
fn comment_on_a_branch_that_is_not_judged_counts_nowhere() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    client.commit_file("a", "x\n");
    server.accepts(["main"]);
    for policy in [
        "refs: {exempt: [refs/heads/main]}\n",
        "refs: {cover: [refs/heads/release/*]}\n",
        "refs: {levels: [{match: refs/heads/main, rules: {token-in-git-config: warn}}]}\n",
    ] {
        server.bare.write("git-gate.yml", policy);
        client.commit_file(".gitmodules", modules(&password(1), ALLOW));
        server.refuses(["HEAD:refs/heads/release/1"]);
        server.accepts(["-f", "HEAD:refs/heads/main"]);
        server.refuses(["HEAD:refs/heads/release/1"]).says("error[token-in-git-config]");
        client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    }
}
