//! Places from which git takes config and credentials, compared with git's own words.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

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

#[test]
fn every_repository_of_a_clone_is_judged_from_any_of_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("a", "x");
    let source = sandbox.init("source");
    source.commit_file("b", "x");
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    repo.git(add).arg(source.path()).arg("lib/sub").ok();
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    let header = |number: usize| format!("X-Api-Key: {}", password(number));
    let inside = |directory: &str| sandbox.run("git").arg("-C").arg(sandbox.path(directory));
    let key = |name: &str| format!("http.https://{name}.test/.extraheader");
    inside("clone").args(["config", &key("main"), &header(1)]).ok();
    inside("clone/lib/sub").args(["config", &key("sub"), &header(2)]).ok();
    inside("linked").args(["config", "--worktree", &key("linked"), &header(3)]).ok();
    for (directory, names) in
        [("clone", ["main"].as_slice()), ("clone/lib/sub", &["sub"]), ("linked", &["main", "linked"])]
    {
        let listed = inside(directory).args(["config", "--list", "--show-origin", "--show-scope"]).ok();
        for name in names {
            assert!(listed.contains(&key(name)), "{directory}: git does not list {name}");
            let said = sandbox.gate(["scan", "--git-config"]).dir(sandbox.path(directory)).ends_with(1);
            said.says(&key(name));
        }
    }
    let said = repo.gate(["scan", "--git-config"]).ends_with(1);
    for name in ["main", "sub", "linked"] {
        said.says(&key(name));
    }
    let bare =
        sandbox.run("git").args(["clone", "-q", "--bare"]).arg(source.path()).arg(sandbox.path("bare.git"));
    bare.ok();
    inside("bare.git").args(["config", &key("bare"), &header(4)]).ok();
    let said = sandbox.gate(["scan", "--git-config"]).dir(sandbox.path("bare.git")).ends_with(1);
    said.says(&key("bare"));
}

#[test]
fn config_of_the_environment_is_remarked_on() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let value = format!("X-Api-Key: {}", password(1));
    let key = "http.https://h.test/.extraheader";
    let by_count = |run: crate::support::Run| {
        run.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", key).env("GIT_CONFIG_VALUE_0", &value)
    };
    let by_option = |run: crate::support::Run| run.env("GIT_CONFIG_PARAMETERS", format!("'{key}'='{value}'"));
    let of_environment: [&dyn Fn(crate::support::Run) -> crate::support::Run; 2] = [&by_count, &by_option];
    for environment in of_environment {
        let listed = environment(repo.git(["config", "--list", "--show-scope"])).ok();
        assert!(listed.contains(&format!("command\t{key}")), "{listed}");
        let said = environment(repo.gate(["scan", "--git-config"])).ok();
        said.says("the environment (`GIT_CONFIG_*`) contains a credential").never_says(&password(1));
    }
}

/// Each of these files was named in another way than those above.
#[test]
fn files_that_git_opens_elsewhere_are_judged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let header = |number: usize| format!("[http]\n\textraheader = X-Api-Key: {}\n", password(number));
    let stored = |number: usize| format!("https://me:{}@h.test\n", password(number));
    // Relative to where git runs, not to the config.
    repo.write("jar", format!("h.test\tFALSE\t/\tTRUE\t0\to\tgit-me={}\n", password(1)));
    repo.git(["config", "http.cookieFile", "jar"]).ok();
    repo.write("kept", stored(2));
    repo.git(["config", "credential.helper", "store --file kept"]).ok();
    let other = sandbox.write("other", stored(3));
    repo.git(["config", "--add", "credential.helper"])
        .arg(format!("!git credential-store --file={}", other.display()))
        .ok();
    let up = sandbox.write("up", header(4));
    repo.git(["config", "include.path"]).arg(format!("%(prefix)/../../../../..{}", up.display())).ok();
    // One file for two uses.
    let netrc = format!("machine i.test login me password {}\n", password(6));
    let both = sandbox.write("both", format!("{}{netrc}", stored(5)));
    for helper in ["store --file=", "netrc --file="] {
        repo.git(["config", "--add", "credential.helper", &format!("{helper}{}", both.display())]).ok();
    }
    let modules = repo.git_dir().join("modules/sub/remotes");
    std::fs::create_dir_all(&modules).unwrap();
    std::fs::write(repo.git_dir().join("modules/sub/config"), "[core]\n").unwrap();
    std::fs::write(modules.join("old"), format!("URL: https://me:{}@h.test/a\n", password(7))).unwrap();
    let said = repo.gate(["scan", "--git-config"]).ends_with(1);
    for place in [
        "--> jar:1",
        "--> kept:1",
        "[ROOT]/other:1",
        "[ROOT]/up:2",
        "[ROOT]/both:1",
        "[ROOT]/both:2",
        ".git/modules/sub/remotes/old:1",
    ] {
        said.says(place);
    }
    for number in 1..8 {
        said.never_says(&password(number));
    }
}

/// Time in which git sends a request.
const DEADLINE: Duration = Duration::from_secs(60);

/// Accepts a connection; `None` after the deadline.
fn accept(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let end = Instant::now() + DEADLINE;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(DEADLINE)).unwrap();
                return Some(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(_) => return None,
        }
    }
}

/// Answers requests on the loopback interface and returns the value of the header that brings a credential.
fn credential_sent_to(listener: &TcpListener) -> Option<String> {
    loop {
        let mut stream = accept(listener)?;
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        while !request.contains_str("\r\n\r\n") {
            let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
            request.extend_from_slice(&part[..read]);
        }
        let value = |name: &str| {
            let mut lines = request.lines();
            lines
                .find_map(|line| line.strip_prefix(name.as_bytes()))
                .map(|value| value.to_str_lossy().into_owned())
        };
        let sent = ["Authorization: ", "Proxy-Authorization: ", "Cookie: ", "X-Api-Key: "]
            .into_iter()
            .find_map(value);
        let answer = match (&sent, request.starts_with(b"GET http://")) {
            (Some(_), _) => "404 Not Found",
            (None, true) => "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"",
            (None, false) => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"",
        };
        write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        if let Some(sent) = sent {
            let decoded = sent.strip_prefix("Basic ").and_then(|pair| BASE64.decode(pair.as_bytes()).ok());
            return Some(decoded.map_or(sent, |pair| String::from_utf8(pair).unwrap()));
        }
    }
}

/// Places from which git takes the credential that it sends.
const PLACES: [&str; 15] = [
    "netrc",
    "url",
    "pushurl",
    "store",
    "store of a file",
    "shared store",
    "remotes",
    "branches",
    "insteadof",
    "extraheader",
    "cookies",
    "proxy",
    "helper",
    "include",
    "pushdefault",
];

/// Puts a credential into a place. Returns the arguments with which git sends it, and the place in a report.
fn put(
    sandbox: &Sandbox,
    repo: &Repo<'_>,
    place: &str,
    host: &str,
    secret: &str,
) -> (Vec<String>, &'static str) {
    let url = format!("http://me:{secret}@{host}/x.git");
    let plain = format!("http://{host}/x.git");
    let set = |key: &str, value: &str| drop(repo.git(["config", key, value]).ok());
    let set_global = |key: &str, value: &str| drop(repo.git(["config", "--global", key, value]).ok());
    let list = |remote: &str| vec!["ls-remote".to_owned(), remote.to_owned()];
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let stored = format!("http://me:{secret}@{host}\n");
    match place {
        "netrc" => {
            sandbox.write("home/.netrc", format!("machine 127.0.0.1 login me password {secret}\n"));
            (list(&plain), "[ROOT]/home/.netrc:1")
        }
        "url" => {
            set("remote.o.url", &url);
            (list("o"), ".git/config:")
        }
        "pushurl" => {
            set("remote.o.url", "http://127.0.0.1:9/x.git");
            set("remote.o.pushurl", &url);
            (words(&["push", "-q", "o", "HEAD:refs/heads/x"]), ".git/config:")
        }
        "store" => {
            sandbox.write("home/.git-credentials", stored);
            set_global("credential.helper", "store");
            (list(&plain), "[ROOT]/home/.git-credentials:1")
        }
        "store of a file" => {
            let file = sandbox.write("kept", stored);
            set_global("credential.helper", &format!("store --file={}", file.display()));
            (list(&plain), "[ROOT]/kept:1")
        }
        "shared store" => {
            sandbox.write("home/.config/git/credentials", stored);
            set_global("credential.helper", "store");
            (list(&plain), "[ROOT]/home/.config/git/credentials:1")
        }
        "remotes" | "branches" => {
            let path = repo.git_dir().join(place);
            std::fs::create_dir_all(&path).unwrap();
            let text = if place == "remotes" { format!("URL: {url}\n") } else { format!("{url}#main\n") };
            std::fs::write(path.join("old"), text).unwrap();
            (list("old"), if place == "remotes" { ".git/remotes/old:1" } else { ".git/branches/old:1" })
        }
        "insteadof" => {
            set(&format!("url.http://me:{secret}@{host}/.insteadOf"), "short:");
            (list("short:x.git"), ".git/config:")
        }
        "extraheader" => {
            set("http.extraheader", &format!("X-Api-Key: {secret}"));
            (list(&plain), ".git/config:")
        }
        "cookies" => {
            let jar = sandbox.write("jar", format!("127.0.0.1\tFALSE\t/\tFALSE\t0\to\tgit-me={secret}\n"));
            set("http.cookieFile", jar.to_str().unwrap());
            (list(&plain), "[ROOT]/jar:1")
        }
        "proxy" => {
            set("http.proxy", &format!("http://me:{secret}@{host}"));
            (list("http://git.acme.test/x.git"), ".git/config:")
        }
        "helper" => {
            set("credential.helper", &format!("!f() {{ echo username=me; echo password={secret}; }}; f"));
            (list(&plain), ".git/config:")
        }
        "include" => {
            let file = sandbox.write("more", format!("[remote \"o\"]\n\turl = {url}\n"));
            set("include.path", file.to_str().unwrap());
            (list("o"), "[ROOT]/more:2")
        }
        _ => {
            set("remote.pushDefault", &url);
            set("push.default", "current");
            (words(&["push", "-q"]), ".git/config:")
        }
    }
}

/// Git sends to a server the credential that the scan finds, from each place.
#[test]
fn credential_that_git_sends_is_found_where_git_takes_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    for (number, place) in PLACES.into_iter().enumerate() {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        repo.commit_file("a", "x");
        let secret = password(number + 1);
        let (arguments, shown) = put(&sandbox, &repo, place, &host, &secret);
        let sent = std::thread::scope(|scope| {
            let sent = scope.spawn(|| credential_sent_to(&listener));
            repo.git(&arguments).env("no_proxy", "").transcript();
            sent.join().unwrap()
        });
        let sent = sent.unwrap_or_else(|| panic!("{place}: git sent nothing"));
        assert!(sent.contains(&secret), "{place}");
        let said = repo.gate(["scan", "--git-config"]).ends_with(1);
        said.says(shown).never_says(&secret);
    }
}
