//! Commits that belong to the user, to another person, or to the user under an older name: each has a repair that works,
//! and nobody is told to sign for others.

use crate::advice::{commit_as_bo, hints, hooked};
use crate::support::{Repo, Run, Sandbox, Server, Transcript};

const IDENTITY: [&str; 4] =
    ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];

/// Lets the identity of a run come from git config.
fn configured(run: Run) -> Run {
    IDENTITY.into_iter().fold(run, |run, name| run.env_remove(name))
}

fn set_user(repo: &Repo<'_>, name: &str, email: &str) {
    repo.git(["config", "user.name", name]).ok();
    repo.git(["config", "user.email", email]).ok();
}

/// Commits without hooks, with the identity of git config.
fn commit(repo: &Repo<'_>, message: &str) {
    let options = ["commit", "-q", "--no-verify", "--allow-empty", "--allow-empty-message", "-m", message];
    configured(repo.git(options)).ok();
}

fn push(repo: &Repo<'_>) -> Transcript {
    configured(repo.git(["push", "-q", "origin", "HEAD:main"])).transcript()
}

fn is_command(hint: &str) -> bool {
    hint.starts_with("git ") || hint.starts_with("GIT_")
}

/// Runs a command as a user would type it.
fn run(sandbox: &Sandbox, repo: &Repo<'_>, command: &str, editor: &str) {
    let run = sandbox.run("sh").args(["-c", command]).dir(repo.path()).env("GIT_EDITOR", editor);
    configured(run).ok();
}

/// Runs the commands of a refused push; fails unless the push is then accepted.
#[track_caller]
fn repair(sandbox: &Sandbox, repo: &Repo<'_>, refused: &Transcript, editor: &str) {
    assert_eq!(refused.status(), Some(1), "{refused}");
    let commands: Vec<String> = hints(refused).into_iter().filter(|hint| is_command(hint)).collect();
    assert!(!commands.is_empty(), "{refused}");
    commands.iter().for_each(|command| run(sandbox, repo, command, editor));
    let again = push(repo);
    assert_eq!(again.status(), Some(0), "{refused}\n{again}");
}

#[test]
fn author_is_reset_to_a_new_name_and_address() {
    for count in 1..4 {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        set_user(&server.client, "ana", "ana@laptop.local");
        (0..count).for_each(|number| commit(&server.client, &format!("docs: {number}")));
        let refused = push(&server.client);
        refused.says("set `git config user.name` and `git config user.email` first").says("then push again");
        set_user(&server.client, "Ana Ruiz", "ana@example.com");
        repair(&sandbox, &server.client, &refused, "false");
        let authors = server.client.git(["log", "--format=%an <%ae>", &format!("-{count}")]).ok().to_string();
        assert_eq!(authors.matches("Ana Ruiz <ana@example.com>\n").count(), count, "{authors}");
    }
}

/// The user has a new name already when the commits are refused: they look like those of somebody else.
#[test]
fn author_with_an_older_name_is_told_the_command() {
    for count in 1..3 {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        set_user(&repo, "ana", "ana@laptop.local");
        (0..count).for_each(|number| commit(&repo, &format!("docs: {number}")));
        set_user(&repo, "Ana Ruiz", "ana@example.com");
        let refused = push(&repo);
        let hint = hints(&refused)
            .into_iter()
            .find(|hint| hint.starts_with("if you were ana <ana@laptop.local>: `"));
        let hint = hint.unwrap_or_else(|| panic!("{refused}"));
        assert!(hints(&refused).iter().all(|hint| !is_command(hint)), "{refused}");
        let command = hint.split_once('`').unwrap().1.strip_suffix('`').unwrap();
        run(&sandbox, &repo, command, "false");
        assert_eq!(push(&repo).status(), Some(0), "{refused}");
    }
}

#[test]
fn commits_under_an_older_address_are_signed() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    set_user(&repo, "Ana Ruiz", "old@example.com");
    commit(&repo, "docs: one");
    commit(&repo, "docs: two");
    set_user(&repo, "Ana Ruiz", "ana@example.com");
    let refused = push(&repo);
    repair(&sandbox, &repo, &refused, "false");
}

#[test]
fn empty_message_gets_a_title() {
    let editor = |sandbox: &Sandbox| {
        let script = "printf 'docs: x\\n\\n' | cat - \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\"\n";
        format!("sh {}", sandbox.write("editor", script).display())
    };
    for messages in [
        &[""][..],
        &["docs: a", "", "docs: b"],
        &["", ""],
        &["docs: a", "Signed-off-by: Ana Ruiz <ana@example.com>", "docs: b"],
    ] {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        set_user(&repo, "Ana Ruiz", "ana@example.com");
        messages.iter().for_each(|message| commit(&repo, message));
        let refused = push(&repo);
        refused.says("has no title: write one").never_says("push again");
        repair(&sandbox, &repo, &refused, &editor(&sandbox));
        let titles = repo.git(["log", "--format=%s", &format!("-{}", messages.len())]).ok().to_string();
        assert!(titles.lines().take(messages.len()).all(|title| title.starts_with("docs: ")), "{titles}");
    }
}

/// A server does not know who pushes: the command asks that.
#[test]
fn foreign_commit_at_the_tip_is_not_signed_by_the_pusher() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    set_user(client, "Ana Ruiz", "ana@example.com");
    client.write("of bo", "x\n");
    client.git(["add", "."]).ok();
    configured(client.git(["commit", "-q", "-m", "docs: of Bo", "--author=Bo <bo@example.com>"])).ok();
    let refused = push(client);
    assert_eq!(refused.status(), Some(1), "{refused}");
    refused
        .says("each author has to sign off their own commits: Bo <bo@example.com> (1)")
        .never_says("push again");
    let commands: Vec<String> = hints(&refused).into_iter().filter(|hint| is_command(hint)).collect();
    let [command] = commands.as_slice() else { panic!("{refused}") };
    assert!(!command.contains("git commit --amend --signoff --no-edit"), "{refused}");
    run(&sandbox, client, command, "false");
    client.git(["log", "-1", "--format=%B"]).ok().never_says("Signed-off-by");
    set_user(client, "Bo", "bo@example.com");
    run(&sandbox, client, command, "false");
    assert_eq!(push(client).status(), Some(0), "{refused}");
}

#[test]
fn clone_knows_who_is_not_the_author() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    set_user(&repo, "Ana Ruiz", "ana@example.com");
    configured(repo.git([
        "commit",
        "-q",
        "--no-verify",
        "--allow-empty",
        "-m",
        "docs: x",
        "--author=Bo <bo@example.com>",
    ]))
    .ok();
    let refused = push(&repo);
    refused.says("each author has to sign off their own commits: Bo <bo@example.com> (1)");
    assert!(hints(&refused).iter().all(|hint| !is_command(hint)), "{refused}");
    // The user may pass it on: the help of the finding says how.
    refused.says("`git cherry-pick --signoff`");
    let bo = repo.oid("HEAD").unwrap();
    repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    run(&sandbox, &repo, &format!("git cherry-pick --allow-empty --signoff {bo}"), "false");
    assert_eq!(push(&repo).status(), Some(0));
    // What a forge has recorded for the user is the user's.
    let by_forge = ["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: y"];
    let by_forge = configured(repo.git(by_forge)).env("GIT_COMMITTER_NAME", "GitHub");
    by_forge.env("GIT_COMMITTER_EMAIL", "noreply@github.com").ok();
    let refused = push(&repo);
    repair(&sandbox, &repo, &refused, "false");
}

const ALLOWED: &str = "sign-off: {remediation: {individual: true}}\n";

/// Creates a clone with two published commits of the user that nobody has signed, and one of somebody else.
fn published<'s>(sandbox: &'s Sandbox, server: &Server<'s>) -> Vec<String> {
    let fork = sandbox.init_bare("fork.git");
    let client = &server.client;
    client.git(["remote", "add", "fork"]).arg(fork.path()).ok();
    client.git(["fetch", "-q", "origin"]).ok();
    client.git(["remote", "set-head", "origin", "main"]).ok();
    set_user(client, "Ana Ruiz", "ana@example.com");
    commit(client, "docs: one");
    let one = client.oid("HEAD").unwrap();
    commit_as_bo(client, "docs: of Bo\n\nSigned-off-by: Bo <bo@example.com>");
    set_user(client, "ana", "ana@example.com");
    commit(client, "docs: two");
    set_user(client, "Ana Ruiz", "ana@example.com");
    client.git(["push", "-q", "fork", "main:topic"]).ok();
    client.git(["fetch", "-q", "fork"]).ok();
    vec![one, client.oid("HEAD").unwrap()]
}

#[test]
fn published_commits_are_signed_off_by_later_ones() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", ALLOWED);
    let oids = published(&sandbox, &server);
    let client = &server.client;
    assert_eq!(push(client).status(), Some(1));
    let fix = |arguments: &[&str]| configured(client.gate(["fix", "--sign-off"]).args(arguments));
    fix(&[]).ends_with(2).says("was already pushed").says("`allowRemediationCommits`").never_says("hereby");
    client.write(".git-gate.yml", ALLOWED);
    client
        .gate(["scan", "--no-git-config", "origin/main..HEAD"])
        .ends_with(1)
        .says("git gate fix --sign-off");
    let head = client.oid("HEAD").unwrap();
    fix(&["--apply"]).ends_with(2).says("already pushed").says("hereby");
    let said = fix(&[]).ok();
    for oid in &oids {
        said.says(&format!("hereby add my Signed-off-by to this commit: {oid}"));
    }
    said.never_says("I, Bo");
    assert_eq!(client.oid("HEAD").unwrap(), head);
    client.gate(["install"]).ok();
    run(&sandbox, client, &String::from_utf8_lossy(said.stdout()), "false");
    assert_eq!(client.oid("HEAD~2").unwrap(), head);
    let pushed = push(client);
    assert_eq!(pushed.status(), Some(0), "{pushed}");
    fix(&[]).ok().says("already signed off").never_says("hereby");
}

#[test]
fn default_branch_is_not_signed_off_later() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    published(&sandbox, &server);
    let client = &server.client;
    client.write(".git-gate.yml", ALLOWED);
    server.bare.write("git-gate.yml", "rules: {missing-signoff: allow}\n");
    client.git(["push", "-q", "origin", "main"]).ok();
    client.git(["fetch", "-q", "origin"]).ok();
    configured(client.gate(["fix", "--sign-off"]))
        .ends_with(2)
        .says("was already pushed")
        .never_says("hereby");
}

#[test]
fn entries_for_commits_of_other_repositories_are_noted() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let absent = "11bd71901bbe5b1630ceea73d27597364c9af683";
    let head = repo.oid("HEAD").unwrap();
    for entry in [
        format!("grandfathered: [{{commits: [{absent}, {head}], reason: r}}]"),
        format!("baseline: [{{commit: {absent}, reason: r}}]"),
    ] {
        repo.write(".git-gate.yml", format!("sign-off:\n  {entry}\n"));
        let scan = || repo.gate(["scan", "--no-git-config"]);
        scan().ok().never_says("does not have");
        commit(&repo, "docs: unsigned");
        let said = scan().ends_with(1).to_string();
        let note = "names a commit that this repository does not have";
        assert_eq!(
            said.replace('\n', " ").split_whitespace().collect::<Vec<_>>().join(" ").matches(note).count(),
            1,
            "{said}"
        );
        assert!(said.contains(absent) && !said.contains(&format!("have: {head}")), "{said}");
        repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    }
}

#[test]
fn missing_file_of_keys_is_named_with_the_line_of_the_policy() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let policy = "sign-off:\n  proven:\n    - reason: r\n      keys: keys/forge.asc\n      fingerprints: [968479A1AFF927E37D1A566BB5690EEEBB952194]\n      authors: any\n      needs: any-signoff\n";
    repo.write("../policy.yml", policy);
    let scan = || repo.gate(["scan", "--policy", "../policy.yml"]);
    scan().ends_with(2).says("cannot read ").says("policy.yml:4 names this file");
    repo.write("../keys/forge.asc", "no key\n");
    scan().ends_with(2).says("prove nothing").says("policy.yml:4 names this file");
}
