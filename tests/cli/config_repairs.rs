//! Credentials in the effective git config: the places, and the commands that remove them and nothing else.

use crate::support::{Repo, Sandbox, Server};
use crate::tokens::{password, token};

/// Returns the commands that a scan of the config prints, each between backquotes after `help:`.
fn commands(repo: &Repo<'_>) -> Vec<String> {
    let said = repo.gate(["scan", "--git-config", "--format", "json"]).ends_with(1);
    let report: serde_json::Value = serde_json::from_slice(said.stdout()).unwrap();
    let helps =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["help"].as_str().unwrap());
    helps.filter_map(|help| help.split('`').nth(1)).map(str::to_owned).collect()
}

fn values(repo: &Repo<'_>, key: &str) -> String {
    String::from_utf8_lossy(repo.git(["config", "--get-all", key]).transcript().stdout()).into_owned()
}

/// Adds credentials beside innocent values of the same keys.
fn add_neighbours(repo: &Repo<'_>) {
    let secret = password(1);
    for (key, value) in [
        ("remote.origin.url", format!("https://octo:{secret}@h.test/o/r.git")),
        ("remote.origin.url", "https://mirror.test/o/r.git".to_owned()),
        ("http.extraheader", "X-Trace: 1".to_owned()),
        ("http.extraheader", format!("Authorization: token {}", token())),
        ("credential.helper", "cache --timeout=9".to_owned()),
        ("credential.helper", format!("!f() {{ echo password={secret}; }}; f")),
        ("core.pager", "less".to_owned()),
    ] {
        repo.git(["config", "--add", key, &value]).ok();
    }
}

fn assert_neighbours(repo: &Repo<'_>) {
    assert_eq!(values(repo, "remote.origin.url"), "https://h.test/o/r.git\nhttps://mirror.test/o/r.git\n");
    assert_eq!(values(repo, "http.extraheader"), "X-Trace: 1\n");
    assert_eq!(values(repo, "credential.helper"), "cache --timeout=9\n");
    assert_eq!(values(repo, "core.pager"), "less\n");
}

#[test]
fn printed_commands_keep_the_other_values_of_a_key() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    add_neighbours(&repo);
    for command in commands(&repo) {
        assert!(!command.contains(&password(1)) && !command.contains(&token()), "{command}");
        sandbox.run("sh").args(["-c", &command]).dir(repo.path()).ok();
    }
    assert_neighbours(&repo);
    repo.gate(["scan", "--git-config"]).ok();
}

/// Each command is run with the config of every scope, with one value and among several.
#[test]
fn printed_commands_edit_the_file_of_the_credential_only() {
    let secret = password(1);
    for scope in ["system", "global", "local", "worktree", "included", "linked"] {
        for has_neighbours in [false, true] {
            let sandbox = Sandbox::new();
            let repo = sandbox.init("clone");
            repo.commit_file("a", "x");
            let system = sandbox.write("etc/gitconfig", "[core]\n\tpager = less\n");
            repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
            repo.git(["worktree", "add", "-q", "../linked"]).ok();
            let included = sandbox.write("more", "[core]\n\tpager = less\n");
            repo.git(["config", "include.path"]).arg(&included).ok();
            let file = match scope {
                "system" => system.clone(),
                "global" => sandbox.path("home/.gitconfig"),
                "local" => repo.git_dir().join("config"),
                "worktree" => repo.git_dir().join("config.worktree"),
                "included" => included,
                _ => repo.git_dir().join("worktrees/linked/config.worktree"),
            };
            let add = |key: &str, value: &str| {
                drop(repo.git(["config", "--file"]).arg(&file).args(["--add", key, value]).ok());
            };
            for (key, value) in [
                ("remote.o.url", format!("https://u:{secret}@h.test/a")),
                ("http.extraheader", format!("Authorization: token {}", token())),
                ("credential.helper", format!("!f() {{ echo password={secret}; }}; f")),
                ("sendemail.smtppass", secret.clone()),
                (&format!("url.https://u:{}@h.test/.insteadOf", password(2)), "h:".to_owned()),
            ] {
                add(key, &value);
            }
            if has_neighbours {
                add("remote.o.url", "https://mirror.test/a");
                add("http.extraheader", "X-Trace: 1");
                add("credential.helper", "cache");
                add("url.https://i.test/.insteadOf", "i:");
            }
            add("user.name", "Ana");
            let scan = |format: &str| {
                repo.gate(["scan", "--git-config", "--format", format]).env("GIT_CONFIG_SYSTEM", &system)
            };
            let report: serde_json::Value =
                serde_json::from_slice(scan("json").ends_with(1).stdout()).unwrap();
            let findings = report["findings"].as_array().unwrap().iter();
            let helps: Vec<&str> = findings.map(|finding| finding["help"].as_str().unwrap()).collect();
            assert_eq!(helps.len(), 5, "{scope}: {helps:?}");
            for help in helps {
                let command = help.split('`').nth(1).unwrap_or_else(|| panic!("{scope}: {help}"));
                assert!(!command.contains(&secret) && !command.contains(&password(2)), "{command}");
                let run = sandbox.run("sh").args(["-c", command]).dir(repo.path());
                run.env("GIT_CONFIG_SYSTEM", &system).ok();
            }
            scan("human").ok();
            let left = |key: &str| {
                let list = repo.git(["config", "--file"]).arg(&file).args(["--get-all", key]).transcript();
                String::from_utf8_lossy(list.stdout()).into_owned()
            };
            assert_eq!(left("user.name"), "Ana\n", "{scope}");
            let (urls, helper) = match has_neighbours {
                true => ("https://h.test/a\nhttps://mirror.test/a\n", "cache\n"),
                false => ("https://h.test/a\n", ""),
            };
            assert_eq!(left("remote.o.url"), urls, "{scope}");
            assert_eq!(left("credential.helper"), helper, "{scope}");
            if has_neighbours {
                assert_eq!(left("http.extraheader"), "X-Trace: 1\n", "{scope}");
                assert_eq!(left("url.https://i.test/.insteadof"), "i:\n", "{scope}");
            }
        }
    }
}

/// Where no command selects the value alone, an editor opens at what has to be deleted by hand.
#[test]
fn printed_editor_opens_the_file_of_the_credential() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    for value in ["${TOKEN}", &password(1)] {
        repo.git(["config", "--add", "acme.token", value]).ok();
    }
    let said = repo.gate(["scan", "--git-config"]).ends_with(1);
    let said = said.to_string();
    let (line, command) = said.split_once("help: delete line ").unwrap().1.split_once(": `").unwrap();
    let command = command.split('`').next().unwrap();
    assert_eq!(command, "git config --local --edit");
    let editor = format!("sed -i {line}d");
    sandbox.run("sh").args(["-c", command]).env("GIT_EDITOR", &editor).dir(repo.path()).ok();
    assert_eq!(values(&repo, "acme.token"), "${TOKEN}\n");
    repo.gate(["scan", "--git-config"]).ok();
}

/// Files that git only reads have no command; the line that is named is that of the credential alone.
#[test]
fn named_line_of_a_file_that_git_reads_is_the_credential_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let netrc = sandbox.write(
        "home/.netrc",
        format!(
            "machine i.test login me password ${{X}}\nmachine h.test login me password {}\n",
            password(1)
        ),
    );
    let row = |value: &str| format!("h.test\tFALSE\t/\tTRUE\t0\to\t{value}\n");
    let jar = sandbox.write("jar", row("<none>") + &row(&format!("git-me={}", password(2))));
    repo.git(["config", "http.cookieFile"]).arg(&jar).ok();
    let said = repo.gate(["scan", "--git-config"]).ends_with(1).to_string();
    assert_eq!(said.matches("help: delete line 2 of the file").count(), 2, "{said}");
    for file in [netrc, jar] {
        sandbox.run("sed").args(["-i", "2d"]).arg(file).ok();
    }
    repo.gate(["scan", "--git-config"]).ok();
}

#[test]
fn fix_keeps_the_other_values_of_a_key() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    add_neighbours(&repo);
    repo.git(["config", "--unset-all", "credential.helper", "password="]).ok();
    let base = format!("url.https://octo:{}@h.test/.insteadOf", password(2));
    repo.git(["config", &base, "h:"]).ok();
    let said = repo.gate(["fix", "--git-config", "--apply"]).ok();
    said.never_says(&password(1)).never_says(&password(2)).never_says("left:");
    assert_neighbours(&repo);
    assert_eq!(values(&repo, "url.https://h.test/.insteadof"), "h:\n");
    repo.gate(["scan", "--git-config"]).ok();
}

#[test]
fn programs_and_aliases_are_left_to_a_person() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let secret = password(1);
    let programs = [
        ("credential.helper", format!("!f() {{ echo password={secret}; }}; f")),
        ("credential.https://h.test.helper", format!("!f() {{ echo password={secret}; }}; f")),
        ("core.sshcommand", format!("sshpass -p{secret} ssh")),
        ("core.gitproxy", format!("/bin/p --password={secret}")),
        ("alias.deploy", format!("!curl https://u:{secret}@h.test/deploy")),
        ("filter.x.smudge", format!("decrypt --password={secret}")),
        ("diff.x.textconv", format!("decrypt --password={secret}")),
    ];
    for (key, value) in &programs {
        repo.git(["config", key, value]).ok();
    }
    repo.git(["config", "remote.o.url", &format!("https://u:{secret}@h.test/a")]).ok();
    let said = repo.gate(["fix", "--git-config", "--apply"]).ends_with(1);
    said.never_says(&secret).says("+ remote.o.url = https://h.test/a");
    for (key, value) in &programs {
        said.says(&format!("left: {key} in")).says("is a program that git runs");
        assert_eq!(values(&repo, key), format!("{value}\n"));
    }
}

#[test]
fn fix_of_workflows_and_findings_name_the_fix_of_the_config() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("a", "x\n");
    repo.gate(["fix"]).ok().never_says("--git-config");
    repo.git(["remote", "add", "origin", &format!("https://octo:{}@h.test/o/r.git", password(1))]).ok();
    repo.gate(["fix"]).ok().says("`git gate fix --git-config` shows what can be removed");
    repo.gate(["scan", "--git-config"]).ends_with(1).says("`git gate fix --git-config` removes");
    repo.gate(["fix", "--git-config", "--apply"]).ok();
    repo.gate(["scan", "--git-config"]).ok();
    repo.gate(["fix"]).ok().never_says("--git-config");
}

#[test]
fn fix_says_what_it_leaves() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    for value in ["${TOKEN}", &password(1)] {
        repo.git(["config", "--add", "acme.token", value]).ok();
    }
    let said = repo.gate(["fix", "--git-config", "--apply"]).ends_with(1);
    said.says("left: 1 credential that cannot be removed here").never_says(&password(1));
    assert!(values(&repo, "acme.token").contains(&password(1)));
}

#[test]
fn paths_and_commands_are_right_from_any_directory() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let secret = password(1);
    repo.write("sub/dir/x", "x");
    sandbox.write("creds.config", format!("[http]\n\textraheader = X-Api-Key: {secret}\n"));
    repo.git(["config", "remote.o.url", &format!("https://u:{secret}@h.test/a")]).ok();
    repo.git(["config", "include.path", "../../creds.config"]).ok();
    let scan = |directory: &str| {
        let scan = repo.gate(["scan", "--git-config", "--format", "sarif"]).dir(repo.file(directory));
        scan.ends_with(1).stdout().to_vec()
    };
    let top = scan(".");
    assert_eq!(String::from_utf8_lossy(&scan("sub/dir")), String::from_utf8_lossy(&top));
    let said = repo.gate(["scan", "--git-config"]).dir(repo.file("sub/dir")).ends_with(1);
    said.says("--> .git/config:").says("--> [ROOT]/creds.config:2");
    for command in commands(&repo) {
        sandbox.run("sh").args(["-c", &command]).dir(repo.file("sub/dir")).ok();
    }
    repo.gate(["scan", "--git-config"]).ok();
}

#[test]
fn files_that_git_reads_beside_the_config_are_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let url = |number: usize| format!("https://u:{}@h.test/a", password(number));
    let write = |name: &str, text: String| {
        let path = repo.git_dir().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("remotes/old", format!("URL: {}\nPull: refs/heads/a:refs/heads/b\n", url(1)));
    write("branches/older", format!("{}#main\n", url(2)));
    sandbox.write("home/.netrc", format!("machine h.test login me password {}\n", password(3)));
    let said = repo.gate(["scan", "--git-config"]).ends_with(1);
    said.says(".git/remotes/old:1").says(".git/branches/older:1").says("[ROOT]/home/.netrc:1");
    (1..4).for_each(|number| {
        said.never_says(&password(number));
    });
}

#[test]
fn credentials_of_the_user_do_not_stop_a_push() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let repo = &server.client;
    repo.gate(["install", "--mode", "shim"]).ok();
    let base = format!("url.https://octo:{}@h.test/.insteadOf", password(2));
    repo.git(["config", "--global", &base, "h:"]).ok();
    repo.git(["config", "--global", "credential.helper", "store"]).ok();
    sandbox.write("home/.git-credentials", format!("https://octo:{}@h.test\n", password(1)));
    repo.commit_file("new", "x");
    let said = repo.git(["push", "-q", "origin", "HEAD:refs/heads/new"]).ok();
    said.says("2 credentials, which the push does not contain").never_says(&password(1));
    let said = repo.gate(["scan", "--git-config"]).ends_with(1);
    said.says(r"printf 'protocol=https\nhost=h.test\nusername=octo\n' | git credential reject");
    repo.git(["config", "remote.other.url", &format!("https://u:{}@h.test/a", password(3))]).ok();
    repo.commit_file("newer", "x");
    repo.git(["push", "-q", "origin", "HEAD:refs/heads/newer"]).ends_with(1).never_says(&password(3));
}

#[test]
fn token_in_the_name_of_a_ref_is_found() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("a", "x");
    let branch = format!("leak/{}", token());
    repo.git(["branch", &branch]).ok();
    for revision in ["--all", &branch, &format!("refs/heads/{branch}")] {
        let said = repo.gate(["scan", "--no-git-config", revision]).ok();
        said.says("leak/***").says("warning[token-in-content]").never_says(&token());
    }
    repo.gate(["scan", "--no-git-config"]).ok().never_says("token-in-content");
}

/// The commits before and after are kept, and a merge stays one.
#[test]
fn printed_command_takes_a_token_out_of_a_message() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let key = token();
    repo.commit_file("a", "x");
    for is_root in [true, false] {
        let subject = format!("docs: with {key}");
        repo.write(format!("{is_root}"), "x");
        repo.git(["add", "."]).ok();
        let amend = if is_root { &["--amend"][..] } else { &[] };
        repo.git(["commit", "-q", "-s", "-m", &subject]).args(amend).ok();
        repo.git(["checkout", "-q", "-b", "side"]).ok();
        repo.commit_file(&format!("side-{is_root}"), "x");
        repo.git(["checkout", "-q", "-"]).ok();
        repo.git(["merge", "-q", "--no-ff", "-m", "merge side", "side"]).ok();
        let said = repo.gate(["scan", "--no-git-config", "--rule", "token-in-content"]).ok();
        let said = said.says("docs: with ***").never_says(&key).to_string();
        let command = said.split("help: `").nth(1).unwrap().split('`').next().unwrap();
        let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
        let run = sandbox.run("sh").args(["-c", &command]).dir(repo.path());
        let run = run.env("GIT_SEQUENCE_EDITOR", "sed -i '0,/^pick/s//reword/'");
        run.env("GIT_EDITOR", format!("sed -i s/{key}/x/")).ok();
        repo.gate(["scan", "--no-git-config", "--rule", "token-in-content"]).ok().says("no findings");
        assert_eq!(
            repo.git(["rev-list", "--count", "--merges", "HEAD"]).ok().line(),
            if is_root { "1" } else { "2" }
        );
        repo.git(["branch", "-q", "-D", "side"]).ok();
    }
}

#[test]
fn a_token_in_a_message_has_a_command_only_on_the_branch_that_has_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let key = token();
    repo.commit_file("a", "x");
    repo.git(["checkout", "-q", "-b", "side"]).ok();
    repo.commit_file("b", "x");
    repo.git(["checkout", "-q", "-"]).ok();
    repo.git(["merge", "-q", "--no-ff", "-m", &format!("merge {key}"), "side"]).ok();
    let scan = ["scan", "--all", "--no-git-config", "--rule", "token-in-content"];
    repo.gate(scan).ok().says("change `merge -C` to `merge -c`").never_says("`reword`");
    repo.git(["checkout", "-q", "side"]).ok();
    repo.gate(scan).ok().says("on the branch that has it").never_says("git rebase");
    let bare = sandbox.init_bare("bare.git");
    bare.git(["fetch", "-q", "../clone", "+refs/*:refs/*"]).ok();
    bare.gate(scan).ok().says("on the branch that has it").never_says("git rebase");
}

#[test]
fn printed_input_removes_one_line_of_the_credential_store() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let stored =
        |host: &str, user: &str, number: usize| format!("https://{user}:{}@{host}\n", password(number));
    let neighbours =
        [stored("h.test", "ana", 2), stored("i.test", "octo", 3), stored("h.test:8443", "octo", 4)];
    let path = sandbox.write("home/.git-credentials", stored("h.test", "octo", 1) + &neighbours.concat());
    repo.git(["config", "--global", "credential.helper", "store"]).ok();
    let commands = commands(&repo);
    assert_eq!(commands.len(), 4, "{commands:?}");
    let command = commands.iter().find(|command| command.contains(r"host=h.test\nusername=octo\n")).unwrap();
    sandbox.run("sh").args(["-c", command]).dir(repo.path()).ok();
    assert_eq!(std::fs::read_to_string(path).unwrap(), neighbours.concat());
    for command in &commands {
        sandbox.run("sh").args(["-c", command]).dir(repo.path()).ok();
    }
    repo.gate(["scan", "--git-config"]).ok();
}
