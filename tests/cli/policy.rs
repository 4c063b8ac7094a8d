//! `git gate policy`: new policies, checks of policies, and the values in force.

use std::fs;

use bstr::ByteSlice as _;
use serde_json::Value;

use crate::support::{Repo, SIGN_OFF, Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Runs a command that a text names in backticks, in a directory.
#[track_caller]
fn run_named(sandbox: &Sandbox, dir: &Repo<'_>, text: &str, start: &str) {
    let command = text.split('`').find(|part| part.starts_with(start)).unwrap_or_else(|| panic!("{text}"));
    let command = command.replace("[ROOT]", sandbox.path("").to_str().unwrap().trim_end_matches('/'));
    sandbox.run("sh").dir(dir.path()).args(["-c", &command]).ok();
}

#[test]
fn a_new_policy_of_every_flavour_passes_the_check() {
    for options in [&[][..], &["--profile", "hardened"], &["--profile", "default"]] {
        let sandbox = Sandbox::new();
        let (clone, bare) = (sandbox.init("clone"), sandbox.init_bare("bare.git"));
        for (repo, server, file) in
            [(&clone, false, ".git-gate.yml"), (&bare, false, "git-gate.yml"), (&clone, true, "git-gate.yml")]
        {
            let server: &[&str] = if server { &["--server"] } else { &[] };
            let transcript = repo.gate([&["policy", "init"], options, server].concat()).ok();
            transcript.says(&format!("wrote [ROOT]/{}", repo.path().file_name().unwrap().to_str().unwrap()));
            run_named(&sandbox, repo, &transcript.to_string(), "git gate policy check");
            repo.gate(["policy", "check", file]).ok().says("valid: ").never_says("warning");
            let text = fs::read_to_string(repo.file(file)).unwrap();
            assert!(text.starts_with("# yaml-language-server: $schema="), "{text}");
            run_named(&sandbox, repo, &text, "git gate policy schema");
            let schema = text.lines().next().unwrap().split_once('=').unwrap().1;
            serde_json::from_slice::<Value>(&fs::read(repo.file(schema)).unwrap()).unwrap();
            repo.gate([&["policy", "init"], options, server].concat()).ends_with(2).says("exists already");
            assert_eq!(fs::read_to_string(repo.file(file)).unwrap(), text);
        }
        let level = if options.contains(&"hardened") { "deny" } else { "warn" };
        clone.gate(["rules"]).ok().says(&format!("unpinned-image         {level}"));
    }
}

#[test]
fn a_new_policy_outside_of_a_repository_is_for_a_server() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("etc")).unwrap();
    let outside = sandbox.path("etc");
    sandbox.gate(["policy", "init"]).dir(&outside).ends_with(2).says("git gate policy init --server");
    let config = sandbox.write("system-config", "");
    let transcript = sandbox.gate(["policy", "init", "--server"]).dir(&outside).ok();
    transcript.says("git config --system gate.policy [ROOT]/etc/git-gate.yml");
    let command = format!("git config --system gate.policy {}", sandbox.path("etc/git-gate.yml").display());
    sandbox.run("sh").dir(&outside).args(["-c", &command]).env("GIT_CONFIG_SYSTEM", &config).ok();
    let bare = sandbox.init_bare("bare.git");
    let shown = bare.gate(["policy", "show"]).env("GIT_CONFIG_SYSTEM", &config).ok();
    shown.says("# policy in force: [ROOT]/etc/git-gate.yml");
    sandbox.gate(["policy", "check", "git-gate.yml"]).dir(&outside).ok();
    sandbox.gate(["policy", "check"]).dir(&outside).ends_with(2).says("git gate policy check FILE");
}

#[test]
fn a_new_policy_is_not_written_through_a_link() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    std::os::unix::fs::symlink(sandbox.path("gone"), repo.file(".git-gate.yml")).unwrap();
    repo.gate(["policy", "init"]).ends_with(2).says("exists already");
    assert!(!sandbox.path("gone").exists());
}

#[test]
fn check_fails_as_a_push_does() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("b", "x\n");
    for (text, said) in [
        ("rulez: {}\n", "unknown key `rulez`; did you mean `rules`?"),
        ("rules:\n  unpined-uses: warn\n", "unknown rule `unpined-uses`; did you mean `unpinned-uses`?"),
        ("sign-off: {merges: conflict}\n", "unknown value `conflict`; did you mean `conflicts`?"),
        ("workflows: {exempt: [{rule: unpinned-use, reason: x}]}\n", "did you mean `unpinned-uses`?"),
        ("server: {bypass: {users: [ana]}}\n", "`server.bypass` needs an `audit-log`"),
        ("include: [gone.yml]\n", "cannot read"),
        (
            "sign-off:\n  proven:\n  - {keys: gone.asc, fingerprints: [968479A1AFF927E37D1A566BB5690EEEBB952194], \
             authors: any, needs: any-signoff, reason: x}\n",
            "gone.asc",
        ),
        ("baseline: gone.json\n", "gone.json"),
        ("server: {deadline: 60}\n", "for example `4.5s`"),
    ] {
        server.bare.write("git-gate.yml", text);
        let checks =
            [server.bare.gate(["policy", "check"]), server.bare.gate(["policy", "check", "git-gate.yml"])];
        for check in checks {
            let transcript = check.ends_with(2);
            transcript.says(said).says("error: ");
            assert_eq!(transcript.stdout(), b"", "{transcript}");
        }
        server.refuses(["main"]).says(said).says("this is no fault of your push: ask the administrator");
    }
    server.bare.write("git-gate.yml", "{}\n");
    fs::set_permissions(
        server.bare.file("git-gate.yml"),
        std::os::unix::fs::PermissionsExt::from_mode(0o666),
    )
    .unwrap();
    server.bare.gate(["policy", "check", "git-gate.yml"]).ends_with(2).says("is not trusted");
    server.refuses(["main"]).says("is not trusted");
}

#[test]
fn what_is_no_file_is_refused_with_a_hint_that_helps() {
    let sandbox = Sandbox::new();
    let (clone, bare) = (sandbox.init("clone"), sandbox.init_bare("bare.git"));
    for (repo, file) in [(&clone, ".git-gate.yml"), (&bare, "git-gate.yml")] {
        // git-gate starts no git in a bare repository with a pipe, and names it then.
        let makes = if file.starts_with('.') { &["mkdir", "mkfifo"][..] } else { &["mkdir"] };
        for make in makes {
            sandbox.run(make).arg(file).dir(repo.path()).ok();
            for arguments in [&["policy", "check"][..], &["policy", "check", file], &["policy", "show"]] {
                let said = repo.gate(arguments).ends_with(2);
                said.says("it is not a regular file")
                    .says("put a regular file there")
                    .never_says("copy the file");
            }
            sandbox.run("rm").args(["-r", file]).dir(repo.path()).ok();
        }
    }
    clone.write(".git-gate.yml", "include: [gone.yml]\n");
    clone.gate(["policy", "check"]).ends_with(2).says("No such file").never_says("copy the file");
    clone.write(".git-gate.yml", "profile: hardened\n---\nprofile: default\n");
    clone.gate(["policy", "check"]).ends_with(2).says("it has several YAML documents, and has to be one");
}

#[test]
fn check_of_a_clone_reads_no_file_outside_of_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    sandbox.write("outside.yml", "{}\n");
    repo.write(".git-gate.yml", "include: [../outside.yml]\n");
    for arguments in
        [&["policy", "check"][..], &["policy", "check", ".git-gate.yml"], &["scan", "--git-config"]]
    {
        repo.gate(arguments).ends_with(2).says("copy the file into the work tree");
    }
    repo.write("draft.yml", "include: [../outside.yml]\nserver: {type: gitlab}\npre-push: {judge: all}\n");
    repo.gate(["policy", "check", "draft.yml"]).ok().never_says("warning");
    repo.gate(["policy", "check", "gone.yml"]).ends_with(2).says("cannot read");
}

#[test]
fn keys_without_effect_are_warnings() {
    let sandbox = Sandbox::new();
    let (clone, bare) = (sandbox.init("clone"), sandbox.init_bare("bare.git"));
    let policy = "\
pre-push: {judge: all}
workflows:
  lock-file: pins.yml
  minimum-versions: {actions/checkout: v5.0.0}
  exempt: [{rule: unsigned-image, uses: x, reason: y}]
rules: {unsigned-image: allow}
refs:
  immutable: [refs/tags/v*]
server: {type: gitlab}
sign-off:
  exempt: [{pusher: bot, reason: x}]
limits: {signatures: 5}
";
    clone.write(".git-gate.yml", policy);
    bare.write("git-gate.yml", policy);
    let of_clone = "\
warning: [ROOT]/clone/.git-gate.yml:9: `server` has no effect: it is for a server; here is a clone
warning: [ROOT]/clone/.git-gate.yml:11: `sign-off.exempt` has no effect: a clone does not know who pushes
";
    let of_server = "\
warning: [ROOT]/bare.git/git-gate.yml:1: `pre-push` has no effect: it is for a clone; here is a server
warning: [ROOT]/bare.git/git-gate.yml:3: `workflows.lock-file` has no effect: only `git gate fix` reads it, in a clone
";
    let of_both = "\
warning: FILE:8: `refs.immutable` has no effect: it is for `moved-tag`, set to `allow`
warning: FILE:4: `workflows.minimum-versions` has no effect: it is for `outdated-action`, set to `allow`
warning: FILE:12: `limits.signatures` has no effect: no key is listed in `sign-off.proven`
warning: FILE:5: `workflows.exempt` has no effect: for `unsigned-image`: the rule is set to `allow`
valid: FILE, 6 warnings
";
    for (repo, own, file) in
        [(&clone, of_clone, "clone/.git-gate.yml"), (&bare, of_server, "bare.git/git-gate.yml")]
    {
        let said = repo.gate(["policy", "check"]).ok().to_string();
        let expected = format!("{own}{}", of_both.replace("FILE", &format!("[ROOT]/{file}")));
        assert_eq!(said, format!("{expected}--- stderr ---\n[exit status: 0]"));
    }
}

#[test]
fn show_names_file_and_line_of_each_value() {
    let sandbox = Sandbox::new();
    let bare = sandbox.init_bare("bare.git");
    bare.write("fleet/base.yml", "profile: hardened\nserver:\n  type: gitlab\nrules:\n  moved-tag: allow\nsign-off:\n  mailmap: true\n");
    bare.write(
        "git-gate.yml",
        "include: [fleet/base.yml]\nrules:\n  unpinned-uses: warn\nrepositories:\n- match: '*/other.git'\n  warn-only: true\n\
         - match: '*/bare.git'\n  rules:\n    missing-sbom: warn\n  warn-only: false\nserver:\n  deadline: 2m\n",
    );
    let shown = bare.gate(["policy", "show"]).ok();
    for line in [
        "# policy in force: [ROOT]/bare.git/git-gate.yml\n",
        "profile: hardened                        # [ROOT]/bare.git/fleet/base.yml:1\n",
        "  unpinned-uses: warn                    # [ROOT]/bare.git/git-gate.yml:3\n",
        "  unpinned-image: deny                   # profile at [ROOT]/bare.git/fleet/base.yml:1\n",
        "  missing-sbom: warn                     # [ROOT]/bare.git/git-gate.yml:9\n",
        "  moved-tag: allow                       # [ROOT]/bare.git/fleet/base.yml:5\n",
        "  missing-signoff: deny                  # default\n",
        "warn-only: false                         # [ROOT]/bare.git/git-gate.yml:10\n",
        "  mailmap: true                          # [ROOT]/bare.git/fleet/base.yml:7\n",
        "server:\n",
        "  deadline: 2m                           # [ROOT]/bare.git/git-gate.yml:12\n",
        "  type: gitlab                           # [ROOT]/bare.git/fleet/base.yml:3\n",
        "  bypass:\n    users: []                            # default\n",
    ] {
        assert!(shown.to_string().contains(line), "{line}\n{shown}");
    }
    let json: Value =
        serde_json::from_slice(bare.gate(["policy", "show", "--format", "json"]).ok().stdout()).unwrap();
    let setting = |key: &str| {
        let settings = json["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["key"] == key).expect(key).clone()
    };
    let file = |name: &str| bare.file(name).canonicalize().unwrap().to_str().unwrap().to_owned();
    assert_eq!(json["version"], 1);
    for (key, value, source, place) in [
        ("rules.unpinned-image", "deny", "profile", Some(("fleet/base.yml", 1))),
        ("rules.missing-sbom", "warn", "policy", Some(("git-gate.yml", 9))),
        ("sign-off.signer", "author-or-committer", "default", None),
    ] {
        let setting = setting(key);
        assert_eq!(
            (setting["value"].as_str(), setting["source"].as_str()),
            (Some(value), Some(source)),
            "{setting}"
        );
        assert_eq!(setting["line"].as_u64(), place.map(|(_, line)| line), "{setting}");
        assert_eq!(setting["file"].as_str(), place.map(|(name, _)| file(name)).as_deref(), "{setting}");
    }
    // What it shows is a policy.
    let other = sandbox.init_bare("other-place.git");
    other.write("git-gate.yml", shown.stdout().replace("include: [fleet/base.yml]", "include: []"));
    other.gate(["policy", "check"]).ok();
}

#[test]
fn show_without_a_policy_shows_the_defaults_and_no_secret() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.gate(["policy", "show"]).ok().says("the defaults; there is no policy file").says("merges: clean");
    repo.gate(["policy", "check"]).ok().says("valid: the defaults; there is no [ROOT]/clone/.git-gate.yml");
    let token = crate::support::Secrets::default().github("message");
    repo.write(".git-gate.yml", format!("message: see https://x.test/?{token}\u{202e}\n"));
    for format in ["human", "json"] {
        let shown = repo.gate(["policy", "show", "--format", format]).ok();
        shown.says("see https://x.test/").never_says(&token).never_says(&token[4..]);
    }
}

#[test]
fn a_policy_is_tried_on_the_past() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file("README", "x\n");
    repo.write(WORKFLOW, UNPINNED_WORKFLOW.replace("example/action@main", "docker://alpine:3"));
    let ana =
        |run: crate::support::Run| run.env("GIT_AUTHOR_NAME", "Ana").env("GIT_AUTHOR_EMAIL", "ana@x.test");
    repo.git(["add", "."]).ok();
    ana(repo.git(["commit", "-q", "-m", "ci: image"])).ok();
    let new = sandbox.write("new.yml", "profile: hardened\nsign-off: {signer: author}\n");
    let tried = repo.gate(["policy", "check"]).arg(&new).args(["--against", "HEAD~1.."]).ok();
    assert_eq!(
        tried.to_string(),
        "\
valid: [ROOT]/new.yml

it would have refused, by rule:
  missing-signoff  1  #########################################################
  unpinned-image   1  #########################################################

by author of the commit:
  Ana <ana@x.test>  2  ########################################################

against that: 2 errors in 1 commit, 1 workflow, 1 blob
--- stderr ---
[exit status: 0]"
    );
    repo.gate(["policy", "check", "--against", "HEAD~1"])
        .ok()
        .says("nothing would have been refused: no findings");
    let scan = repo
        .gate(["scan", "--all", "--stat", "--no-git-config", "--since", "30.years", "--policy"])
        .arg(&new);
    scan.ends_with(1).says("unpinned-image   1").says("denied: 2 errors");
    repo.gate(["policy", "check", "--against", "gone"]).ends_with(2);
    repo.gate(["scan", "--no-git-config", "--policy"]).arg(&new).args(["--write-baseline", "old.json"]).ok();
    let text = fs::read_to_string(&new).unwrap();
    fs::write(&new, format!("{text}baseline: {}\n", repo.file("old.json").display())).unwrap();
    repo.gate(["policy", "check"])
        .arg(&new)
        .args(["--against", "HEAD~1.."])
        .ok()
        .says("note: 2 old findings are in the baseline of the policy\nnothing would have been refused: no findings");
}

#[test]
fn each_refusal_has_the_text_of_the_house() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let text = "questions: #git-help, or https://x.test/gate";
    server.bare.write("git-gate.yml", format!("message: '{text}'\n"));
    server.client.commit_file("b", "x\n");
    server.accepts(["main"]).never_says("#git-help");
    server.client.commit_message("docs: unsigned\n");
    let refused = server.refuses(["main"]);
    refused.says(&format!("remote: {text}\nremote: denied: 1 error"));
    server.bare.write("git-gate.yml", format!("message: '{text}'\nbaseline: gone\n"));
    server.refuses(["main"]).says("ask the administrator of this server").never_says("#git-help");
    server.bare.write("git-gate.yml", format!("message: '{text}'\nserver: {{deadline: 1ms}}\n"));
    server.refuses(["main"]).says("the deadline of ").says(text);
    server.bare.write("git-gate.yml", format!("message: '{text}'\nwarn-only: true\n"));
    server.accepts(["main"]).never_says("#git-help");
    server.client.write(".git-gate.yml", format!("message: '{text}'\n"));
    server.client.gate(["scan", "--no-git-config"]).ends_with(1).says(text);
    let json = server.client.gate(["scan", "--no-git-config", "--format", "json"]).ends_with(1);
    let json: Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!(json["message"], text);
    server.client.gate(["install"]).ok();
    server.client.git(["commit", "-q", "--allow-empty", "-m", "x"]).ends_with(1).says(text);
    server
        .client
        .git(["commit", "-q", "--allow-empty", "-m", &format!("x\n\n{SIGN_OFF}")])
        .ok()
        .never_says(text);
    server.client.write(".git-gate.yml", "message: \"two\\nlines\"\n");
    server
        .client
        .gate(["policy", "check"])
        .ends_with(2)
        .says(".git-gate.yml:1:10 is not valid: message: `message` is one line of at most 500 characters, and not blank");
    server.client.write(".git-gate.yml", format!("message: |\n  {text}\n"));
    server.client.gate(["scan", "--no-git-config"]).ends_with(1).says(&format!("{text}\ndenied: 1 error"));
}

#[test]
fn the_manual_page_of_the_policy_is_written_beside_the_others() {
    let sandbox = Sandbox::new();
    sandbox.gate(["man"]).arg(sandbox.path("man/man1")).ok();
    let page = fs::read_to_string(sandbox.path("man/man5/git-gate-policy.5")).unwrap();
    assert!(page.contains(".TH git\\-gate\\-policy 5") || page.contains(".TH git-gate-policy 5"), "{page}");
    sandbox.gate(["man"]).arg(sandbox.path("flat")).ok();
    assert!(
        sandbox.path("flat/git-gate-policy.5").exists() && sandbox.path("flat/git-gate-policy.1").exists()
    );
}
