//! Credentials in the effective git config and in commits, found by the real binary.

use std::fmt::Write as _;
use std::path::Path;

use crate::secrecy::tar;
use crate::support::{Repo, Sandbox, Server, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns a made-up password that cannot be taken for a placeholder.
pub(crate) fn password(number: usize) -> String {
    format!("Qz{number}kV7{}xW", number * 7919 + 13)
}

fn url(number: usize) -> String {
    format!("https://bot:{}@git.example.test/w.git", password(number))
}

fn judge(repo: &Repo<'_>, status: i32) -> Transcript {
    let said = repo.gate(["scan", "--git-config"]).ends_with(status);
    for number in 0..40 {
        said.never_says(&password(number));
    }
    said
}

#[test]
fn every_config_file_git_could_read_is_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    judge(&repo, 0);
    let git_dir = repo.git_dir();
    let config = |number: usize| format!("[remote \"r{number}\"]\n\turl = {}\n", url(number));
    for (number, path) in [
        "config.worktree",
        "worktrees/x/config.worktree",
        "modules/a/config",
        "modules/b/c/config",
        "modules/a/modules/d/config",
        "modules/a/worktrees/y/config.worktree",
    ]
    .iter()
    .enumerate()
    {
        let path = git_dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, config(number)).unwrap();
    }
    for (number, name) in [(10, "included"), (11, "inactive"), (12, "nested"), (13, "upper")] {
        sandbox.write(name, config(number));
    }
    let root = sandbox.path("");
    let mut local = std::fs::read_to_string(git_dir.join("config")).unwrap();
    let _ = write!(
        local,
        "[include]\n\tpath = {0}/included\n[includeIf \"gitdir:/nowhere/\"]\n\tpath = {0}/inactive\n[INCLUDE]\n\tpath = {0}/upper\n",
        root.display()
    );
    std::fs::write(git_dir.join("config"), local).unwrap();
    sandbox.write("included", format!("{}[include]\n\tpath = nested\n\tpath = missing\n", config(10)));
    // A cycle of includes, which git itself refuses as soon as the condition holds.
    sandbox.write("inactive", format!("{}[include]\n\tpath = inactive\n", config(11)));
    let said = judge(&repo, 1);
    for number in [0, 1, 2, 3, 4, 5, 10, 11, 12, 13] {
        said.says(&format!("remote.r{number}.url"));
    }
    said.says("currently not active: the file is included if `gitdir:/nowhere/` matches");
}

#[test]
fn report_states_if_an_include_is_active() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let file = sandbox.write("included", format!("[http]\n\textraHeader = X-Api-Key: {}\n", password(1)));
    repo.git(["config", "remote.origin.url", "https://git.example.test/w.git"]).ok();
    for (condition, state) in [
        (format!("gitdir:{}", repo.git_dir().display()), "active"),
        (
            format!("gitdir/i:{}", repo.git_dir().display()).to_uppercase().replace("GITDIR/I", "gitdir/i"),
            "active",
        ),
        ("onbranch:main".to_owned(), "active"),
        ("onbranch:other".to_owned(), "not active"),
        ("hasconfig:remote.*.url:https://git.example.test/**".to_owned(), "active"),
        ("hasconfig:remote.*.url:https://x.test/**".to_owned(), "not active"),
        ("gitdir:/nowhere/".to_owned(), "not active"),
    ] {
        let key = format!("includeIf.{condition}.path");
        repo.git(["config", &key]).arg(&file).ok();
        judge(&repo, 1).says(&format!("currently {state}: the file is included if"));
        repo.git(["config", "--unset", &key]).ok();
    }
}

#[test]
fn secret_files_named_by_config_are_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let store = sandbox.write("store", format!("{}\n", url(1)));
    let cookies = sandbox
        .write("cookies", format!("git.example.test\tFALSE\t/\tTRUE\t0\to\tgit-bot={}\n", password(2)));
    repo.git(["config", "credential.helper"]).arg(format!("store --file {}", store.display())).ok();
    repo.git(["config", "http.cookieFile"]).arg(&cookies).ok();
    judge(&repo, 1).says("store:1").says("cookies:1");
}

#[test]
fn help_is_the_command_that_removes_the_credential() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.git(["config", "remote.origin.url", &url(1)]).ok();
    judge(&repo, 1).says("git config --local --replace-all remote.origin.url https://git.example.test/w.git");
    repo.git(["config", "--local", "--replace-all", "remote.origin.url", "https://git.example.test/w.git"])
        .ok();
    repo.git(["config", "http.https://h.test/.extraheader", &format!("X-Api-Key: {}", password(2))]).ok();
    judge(&repo, 1).says("git config --local --unset-all http.https://h.test/.extraheader");
    repo.git(["config", "--local", "--unset-all", "http.https://h.test/.extraheader"]).ok();
    judge(&repo, 0);
}

#[test]
fn fix_removes_only_credentials_from_repository_config() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.git(["config", "remote.origin.url", &url(1)]).ok();
    repo.git(["config", "http.https://h.test/.extraheader", &format!("X-Api-Key: {}", password(2))]).ok();
    let before = std::fs::read(repo.git_dir().join("config")).unwrap();
    let fix = |arguments: &[&str]| repo.gate(["fix", "--git-config"]).args(arguments).ok();
    fix(&[]).says("nothing was changed").never_says(&password(1)).never_says(&password(2));
    assert_eq!(std::fs::read(repo.git_dir().join("config")).unwrap(), before);
    fix(&["--apply"]).never_says(&password(1));
    judge(&repo, 0);
    assert_eq!(repo.git(["config", "remote.origin.url"]).ok().line(), "https://git.example.test/w.git");
}

#[test]
fn secret_in_a_key_is_not_shown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.git(["config", &format!("url.{}.insteadOf", url(3)), "https://git.example.test/"]).ok();
    judge(&repo, 1).says("url.https://***@git.example.test/w.git");
}

#[test]
fn unreadable_or_oversized_config_is_an_error() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let large = sandbox.write("large", "[a]\n\tk = v\n".repeat(1 << 20));
    repo.git(["config", "include.path"]).arg(&large).ok();
    judge(&repo, 2).says("the git config is too large");
    repo.git(["config", "--unset", "include.path"]).ok();
    repo.git(["config", "includeIf.gitdir:/nowhere/.path"]).arg(sandbox.path("clone")).ok();
    judge(&repo, 2).says("is not a regular file");
}

#[test]
fn number_of_included_files_is_bounded() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    for depth in 0..8 {
        let below = (0..4).map(|file| format!("[include]\n\tpath = {}-{file}\n", depth + 1));
        let below: String = below.collect();
        (0..4).for_each(|file| {
            sandbox.write(format!("{depth}-{file}"), &below);
        });
    }
    repo.git(["config", "includeIf.gitdir:/nowhere/.path"]).arg(sandbox.path("0-0")).ok();
    judge(&repo, 0);
    (0..600).for_each(|file| {
        sandbox.write(format!("many-{file}"), format!("[include]\n\tpath = many-{}\n", file + 1));
    });
    repo.git(["config", "includeIf.gitdir:/nowhere/.path"]).arg(sandbox.path("many-0")).ok();
    judge(&repo, 2).says("more than 512 files");
}

#[test]
fn config_from_the_environment_is_not_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let said = repo
        .gate(["scan", "--git-config"])
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "remote.x.url")
        .env("GIT_CONFIG_VALUE_0", url(1))
        .ends_with(0);
    said.never_says(&password(1));
}

#[test]
fn every_counted_entry_of_the_environment_is_followed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let included = sandbox.write("included", format!("[remote \"x\"]\n\turl = {}\n", url(1)));
    let mut scan = repo.gate(["scan", "--git-config"]).env("GIT_CONFIG_COUNT", "4200");
    for number in 0..4199 {
        scan = scan
            .env(&format!("GIT_CONFIG_KEY_{number}"), "a.b")
            .env(&format!("GIT_CONFIG_VALUE_{number}"), "");
    }
    let scan = scan.env("GIT_CONFIG_KEY_4199", "include.path").env("GIT_CONFIG_VALUE_4199", included);
    scan.ends_with(1).says("key `remote.x.url`").never_says(&password(1));
    let scan =
        repo.gate(["scan", "--git-config"]).env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "a.b");
    scan.ends_with(2).says("GIT_CONFIG_VALUE_0");
}

#[test]
fn relative_path_of_the_environment_is_resolved_as_by_git() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let config = |number: usize| format!("[remote \"r{number}\"]\n\turl = {}\n", url(number));
    sandbox.write("global", config(1));
    repo.write("sub/x", "");
    repo.write("global", config(2));
    let scan = |directory: &Path, path: &str| {
        let scan = repo.gate(["scan", "--git-config"]).dir(directory).env("GIT_CONFIG_GLOBAL", path);
        scan.ends_with(1)
    };
    // git reads the file from the top of the work tree, and for its aliases from the current directory.
    let said = scan(&repo.file("sub"), "../global");
    said.says("--> [ROOT]/global:2").says("remote.r1.url").says("--> global:2").says("remote.r2.url");
    scan(repo.path(), "../global").says("--> [ROOT]/global:2").never_says("remote.r2.url");
    let said = scan(&repo.file("sub"), "global");
    said.says("--> global:2").says("remote.r2.url").never_says("remote.r1.url");
}

#[test]
fn only_tokens_added_by_a_commit_are_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let modules = |urls: &[usize]| -> String {
        urls.iter()
            .map(|number| {
                format!("[submodule \"s{number}\"]\n\tpath = s{number}\n\turl = {}\n", url(*number))
            })
            .collect()
    };
    repo.commit_file(".gitmodules", modules(&[1]));
    repo.commit_file(".gitmodules", format!("# moved\n\n{}", modules(&[1])));
    repo.commit_file(".gitmodules", modules(&[1, 2]));
    let scan = |range: &str, status| repo.gate(["scan", "--no-git-config", range]).ends_with(status);
    scan("HEAD~2", 1).says("submodule.s1.url").never_says(&password(1));
    scan("HEAD~2..HEAD~1", 0);
    scan("HEAD~1..HEAD", 1).says("submodule.s2.url").never_says("submodule.s1.url").never_says(&password(2));
}

#[test]
fn token_in_a_message_is_found_but_hidden() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("base", "x");
    repo.commit_file(&format!("notes/https:&&x/{}", password(5)).replace('&', "_"), "x");
    let body = format!("https://bot:{}@git.host.io/x", password(6));
    std::fs::write(repo.file("new"), "x").unwrap();
    repo.git(["add", "new"]).ok();
    repo.commit_message(&format!("Take {body}\n\nSigned-off-by: A U Thor <author@example.com>\n"));
    let said = repo.gate(["scan", "--no-git-config", "HEAD~1..HEAD"]).ends_with(0);
    said.says("token-in-content").never_says(&password(6));
}

#[test]
fn cut_escaped_or_quoted_token_is_not_shown() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let refuses = |oid: &str, refname: &str| {
        let transcript =
            server.client.git(["push", "-q", "origin", &format!("{oid}:{refname}")]).transcript();
        for line in transcript.to_string().lines().filter(|line| line.starts_with("remote:")) {
            let line = line.to_ascii_lowercase();
            let secret = token().to_ascii_lowercase();
            let shown = (4..secret.len() - 5).any(|at| line.contains(&secret[at..at + 5]));
            assert!(!shown, "{line}");
        }
    };
    for before in ["x".repeat(40) + " ", "\u{1b}".to_owned(), "\u{200b}".to_owned()] {
        refuses(&server.client.commit_message(&format!("{before}{}\n", token())), "refs/heads/x");
    }
    let base = server.client.oid("HEAD").unwrap();
    refuses(&base, &format!("refs/notes/{}", token()));
    let lines = [
        format!("- uses: a/b@main # git-gate: allow[unpinned-uses] {}", token()),
        format!("- {{uses: a/b@main, with: {{ {}x: {}}}}}", " ".repeat(30), token()),
        format!("- uses: {} {}/b@main", "a".repeat(90), token()),
        format!("- uses: {}/b@main", token()),
        format!("- uses: a/{}@main", token()),
        format!("- uses: a/b@{}", token()),
        format!("- uses: docker://h.io/{}:1", token()),
    ];
    for line in lines {
        let text = UNPINNED_WORKFLOW.replace("- uses: example/action@main", &line);
        refuses(&server.client.commit_file(WORKFLOW, text), "refs/heads/x");
    }
}

/// Returns a token in the format of GitHub, whose last six characters are a checksum.
pub(crate) fn token() -> String {
    ["gh", "p_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW00snvpY"].concat()
}

/// An archive is searched once for all its paths of a kind. Its own name does not say what is in it.
#[test]
fn archive_with_a_key_is_found_beside_its_copy_in_tests() {
    let sandbox = Sandbox::new();
    let body = concat!(
        "MHcCAQEEIGtnmJMXLXb5mkvK7UrXVzEtXWSbvK96s8YKo+3yHAXLoAoGCCqGSM49\n",
        "AwEHoUQDQgAE1cbgJCNZIWfnc1wOc9kSFwW3/l0LMid7DJ0SvVWL6SOO7MLjuoFW\n",
        "c/m4z1alOhl0GhNxWbjgVobmTX+X8VK6ig==\n"
    );
    let key = format!("-----BEGIN EC {0}-----\n{body}-----END EC {0}-----\n", "PRIVATE KEY");
    for paths in [["a/tests/x.tar", "z/test.tar"], ["z/tests/x.tar", "a/test.tar"]] {
        let repo = sandbox.init(paths[0]);
        paths.iter().for_each(|path| {
            repo.write(path, tar("tls.key", &key));
        });
        repo.git(["add", "."]).ok();
        repo.commit("docs: two copies");
        let scan = repo.gate(["scan", "--no-git-config", "--format", "github", "HEAD"]).ends_with(0);
        scan.says(paths[1]).never_says(paths[0]);
    }
}

/// A large file is searched once for all its paths of a kind. As SQL it holds no git config, and as a text it does.
#[test]
fn large_file_is_searched_again_where_it_means_something_else() {
    let sandbox = Sandbox::new();
    let config = concat!(
        "remote.origin.url=https://bob:hun",
        "ter22x@git.acme.io/a.git\nremote.origin.fetch=+refs/heads/*:refs/remotes/origin/*\ncore.bare=false\n"
    );
    let text = format!("{config}{}", "some words of a text\n".repeat(60_000));
    for paths in [["a.sql", "z.txt"], ["z.sql", "a.txt"]] {
        let repo = sandbox.init(paths[0]);
        paths.iter().for_each(|path| {
            repo.write(path, &text);
        });
        repo.git(["add", "."]).ok();
        repo.commit("docs: two copies");
        let scan = repo.gate(["scan", "--no-git-config", "HEAD"]).ends_with(1);
        scan.says("token-in-git-config").says(paths[1]);
    }
}
