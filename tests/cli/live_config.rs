//! Places from which git takes config and credentials, compared with git's own words.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use bstr::ByteSlice as _;
use data_encoding::BASE64;
use serde_json::Value;

use crate::support::{Repo, Sandbox};
use crate::tokens::password;

/// Returns the scope and the key of each entry with a password, and its file, as git lists them.
fn listed_by_git(repo: &Repo<'_>) -> BTreeSet<(String, String, String)> {
    let listed = repo.git(["config", "--list", "--show-scope", "--show-origin", "-z"]).ok();
    let fields: Vec<&[u8]> = listed.stdout().split(|byte| *byte == 0).collect();
    let mut entries = BTreeSet::new();
    for entry in fields.chunks_exact(3) {
        let [scope, origin, variable] = entry else { unreachable!() };
        let (key, value) = variable.split_once_str("\n").unwrap_or((variable, b""));
        if !value.contains_str("kV7") {
            continue;
        }
        let file = origin.strip_prefix(b"file:").unwrap().to_str().unwrap();
        let file = repo.path().join(file).canonicalize().unwrap();
        let text = |bytes: &[u8]| bytes.to_str().unwrap().to_owned();
        entries.insert((text(scope), text(key), file.to_str().unwrap().to_owned()));
    }
    entries
}

/// Returns the same of the findings.
fn found(repo: &Repo<'_>) -> BTreeSet<(String, String, String)> {
    let said = repo.gate(["scan", "--git-config", "--format", "json"]).ends_with(1);
    for number in 0..20 {
        said.never_says(&password(number));
    }
    let report: Value = serde_json::from_slice(said.stdout()).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let place = |location: &Value| {
        let file = repo.path().join(location["path"].as_str().unwrap()).canonicalize().unwrap();
        (text(&location["scope"]), text(&location["key"]), file.to_str().unwrap().to_owned())
    };
    findings.map(|finding| place(&finding["location"])).collect()
}

#[test]
fn every_file_that_git_lists_is_judged_under_its_scope() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("a", "x");
    let header = |number: usize| format!("X-Api-Key: {}", password(number));
    let section = |name: &str, number: usize| {
        format!("[http \"https://{name}.test/\"]\n\textraheader = {}\n", header(number))
    };
    repo.git(["config", "--global", "http.https://global.test/.extraheader", &header(1)]).ok();
    repo.git(["config", "http.https://local.test/.extraheader", &header(2)]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    repo.git(["config", "--worktree", "http.https://worktree.test/.extraheader", &header(3)]).ok();
    let included = sandbox.write("included", section("included", 4));
    let nested = sandbox.write("deep/nested", section("nested", 5));
    sandbox.write("deep/middle", "[include]\n\tpath = nested\n");
    repo.git(["config", "--add", "include.path"]).arg(&included).ok();
    repo.git(["config", "--global", "--add", "include.path"]).arg(sandbox.path("deep/middle")).ok();
    let onbranch = sandbox.write("onbranch", section("onbranch", 6));
    repo.git(["config", "includeIf.onbranch:main.path"]).arg(&onbranch).ok();
    let gitdir = sandbox.write("gitdir", section("gitdir", 7));
    repo.git(["config", "--global", "includeIf.gitdir:**/clone/.git.path"]).arg(&gitdir).ok();
    let remote = sandbox.write("remote", section("remote", 8));
    repo.git(["config", "remote.o.url", "https://git.acme.io/a"]).ok();
    repo.git(["config", "includeIf.hasconfig:remote.*.url:https://git.acme.io/**.path"]).arg(&remote).ok();
    let home = sandbox.path("home").join("in-home");
    std::fs::write(&home, section("tilde", 9)).unwrap();
    repo.git(["config", "--add", "include.path", "~/in-home"]).ok();
    let listed = listed_by_git(&repo);
    assert_eq!(listed.len(), 9, "{listed:?}");
    let found = found(&repo);
    let missed: Vec<_> = listed.difference(&found).collect();
    assert!(missed.is_empty(), "git has {missed:?}, and the scan only {found:?}");
    assert!(nested.exists() && found.len() == listed.len(), "{found:?}");
}

#[test]
fn system_and_xdg_config_are_judged_where_git_reads_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let text = |name: &str, number: usize| {
        format!("[http \"https://{name}.test/\"]\n\textraheader = X-Api-Key: {}\n", password(number))
    };
    let system = sandbox.write("etc/gitconfig", text("system", 1));
    sandbox.write("home/.config/git/config", text("xdg", 2));
    sandbox.write("home/.gitconfig", text("home", 3));
    let environment =
        |run: crate::support::Run| run.env("GIT_CONFIG_SYSTEM", &system).env_remove("GIT_CONFIG_GLOBAL");
    let listed = environment(repo.git(["config", "--list", "--show-origin"])).ok();
    let said = environment(repo.gate(["scan", "--git-config"])).ends_with(1);
    for (key, place) in [
        ("http.https://system.test/.extraheader", "[ROOT]/etc/gitconfig:2"),
        ("http.https://xdg.test/.extraheader", "[ROOT]/home/.config/git/config:2"),
        ("http.https://home.test/.extraheader", "[ROOT]/home/.gitconfig:2"),
    ] {
        assert!(listed.contains(key), "git does not list {key}");
        said.says(key).says(place);
    }
}

/// Answers requests on the loopback interface and returns the passwords that they bring, until one does.
fn password_sent_to(listener: &TcpListener) -> String {
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        while !request.contains_str("\r\n\r\n") {
            let read = stream.read(&mut part).unwrap();
            assert!(read > 0, "the request ends in its header");
            request.extend_from_slice(&part[..read]);
        }
        let basic = request.lines().find_map(|line| line.strip_prefix(b"Authorization: Basic "));
        let answer = if basic.is_some() {
            "404 Not Found"
        } else {
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\""
        };
        write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        if let Some(basic) = basic {
            let pair = String::from_utf8(BASE64.decode(basic).unwrap()).unwrap();
            return pair.split_once(':').unwrap().1.to_owned();
        }
    }
}

/// Git sends to a server the credential that the scan finds: from `.netrc`, from a URL, and from a helper.
#[test]
fn credential_that_git_sends_is_found_where_git_takes_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    for (number, place) in ["netrc", "url", "store", "remotes", "insteadof"].into_iter().enumerate() {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        let secret = password(number + 1);
        let url = format!("http://me:{secret}@{host}/x.git");
        let (remote, file, line) = match place {
            "netrc" => {
                sandbox.write("home/.netrc", format!("machine 127.0.0.1 login me password {secret}\n"));
                (format!("http://{host}/x.git"), "[ROOT]/home/.netrc", 1)
            }
            "url" => {
                repo.git(["config", "remote.o.url", &url]).ok();
                ("o".to_owned(), ".git/config", 7)
            }
            "store" => {
                sandbox.write("home/.git-credentials", format!("http://me:{secret}@{host}\n"));
                repo.git(["config", "--global", "credential.helper", "store"]).ok();
                (format!("http://{host}/x.git"), "[ROOT]/home/.git-credentials", 1)
            }
            "remotes" => {
                let path = repo.git_dir().join("remotes");
                std::fs::create_dir_all(&path).unwrap();
                std::fs::write(path.join("old"), format!("URL: {url}\n")).unwrap();
                ("old".to_owned(), ".git/remotes/old", 1)
            }
            _ => {
                let base = format!("http://me:{secret}@{host}/");
                repo.git(["config", &format!("url.{base}.insteadOf"), "short:"]).ok();
                ("short:x.git".to_owned(), ".git/config", 6)
            }
        };
        let sent = std::thread::scope(|scope| {
            let sent = scope.spawn(|| password_sent_to(&listener));
            repo.git(["ls-remote", &remote]).transcript();
            sent.join().unwrap()
        });
        assert_eq!(sent, secret, "{place}");
        let said = repo.gate(["scan", "--git-config"]).ends_with(1);
        said.says(&format!("{file}:{line}")).never_says(&secret);
    }
}
