//! No part of a secret is shown. Every possible place contains a secret of its own, and everything that the
//! binary writes is searched for any five consecutive characters of one.

use std::fmt::Write as _;
use std::path::Path;

use data_encoding::BASE64;

use crate::support::{Repo, Run, Sandbox, Secrets, Server, WORKFLOW};

/// Returns a tar archive of one small file.
pub(crate) fn tar(name: &str, content: &str) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    for (at, field) in [(100, "0000644\0"), (124, &format!("{:011o}\0", content.len())), (257, "ustar\x0000")]
    {
        header[at..at + field.len()].copy_from_slice(field.as_bytes());
    }
    header[156] = b'0';
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(content.as_bytes());
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

/// Collects the secrets that outputs show and fails only at the end, so that one run reports all leaks.
struct Audit {
    secrets: Secrets,
    shown: Vec<String>,
    said: usize,
}

impl Audit {
    fn new() -> Self {
        Self { secrets: Secrets::default(), shown: Vec::new(), said: 0 }
    }

    fn text(&mut self, what: &str, text: &[u8]) {
        self.said += text.len();
        self.shown.extend(self.secrets.shown_in(text).into_iter().map(|line| format!("{what}: {line}")));
    }

    fn run(&mut self, what: &str, run: Run) -> Option<i32> {
        let transcript = run.transcript();
        self.text(what, transcript.stdout());
        self.text(what, transcript.stderr());
        transcript.status()
    }

    fn file(&mut self, path: &Path) {
        let text = std::fs::read(path).unwrap();
        assert!(!text.is_empty(), "{}", path.display());
        self.text(&path.display().to_string(), &text);
    }

    #[track_caller]
    fn ends(self) {
        assert!(self.said > 0);
        assert!(
            self.shown.is_empty(),
            "{} outputs show a secret:\n{}",
            self.shown.len(),
            self.shown.join("\n")
        );
    }
}

/// Puts secrets into the config of a clone: values, keys, subsections, comments, the names and contents of
/// included files.
fn live_config(secrets: &mut Secrets, repo: &Repo<'_>) {
    let basic = BASE64.encode(format!("x-access-token:{}", secrets.github("header")).as_bytes());
    let mut text = format!(
        "[http \"https://h.io/\"]\n\textraHeader = Authorization: basic {basic}\n\tproxy = u:{}@p.io:80\n",
        secrets.password("proxy")
    );
    for (lines, secret) in [
        ("[remote \"a\"]\n\turl = ", secrets.url("url")),
        ("\tpushurl = https://", secrets.token("user") + "@h.io/a"),
        ("\turl = https://h.io/a?private_token=", secrets.token("query")),
        ("[github]\n\ttoken = ", secrets.password("token key")),
        ("[sendemail]\n\tsmtpPass = \"", secrets.password("password key") + "\""),
        ("[alias]\n\tx = !curl -u me:", secrets.password("command") + " h"),
        ("[credential]\n\thelper = \"!echo password=", secrets.password("helper") + "\""),
        ("[url \"", secrets.url("url of a section") + "\"]\n\tinsteadOf = h:"),
        ("[branch \"", secrets.token("subsection") + "\"]\n\tremote = https://u:x9kVt2pQ@h.io/a"),
        ("# was ", secrets.url("comment")),
        ("[includeIf \"onbranch:", secrets.token("condition") + "\"]\n\tpath = ../inc"),
        ("[a]\n\t", secrets.token("broken key") + " =!"),
    ] {
        let _ = writeln!(text, "{lines}{secret}");
    }
    let named = repo.git_dir().join(secrets.token("file name of config"));
    std::fs::write(&named, format!("[remote \"b\"]\n\turl = {}\n", secrets.url("included"))).unwrap();
    let _ = writeln!(text, "[include]\n\tpath = {}", named.display());
    std::fs::write(repo.file("inc"), format!("[remote \"c\"]\n\turl = {}\n", secrets.url("conditional")))
        .unwrap();
    let old = std::fs::read_to_string(repo.git_dir().join("config")).unwrap();
    let text = text.replace("[a]\n\tghp_", "[a]\n\tghp-").replace("[a]\n\txoxb-", "[a]\n\txoxb");
    std::fs::write(repo.git_dir().join("config"), old + &text).unwrap();
}

/// Writes files that contain secrets or have one in their path.
fn files(secrets: &mut Secrets, repo: &Repo<'_>) {
    let write = |name: &str, text: String| drop(repo.write(name, text));
    write(".gitmodules", format!("[submodule \"s\"]\n\tpath = s\n\turl = {}\n", secrets.url("modules")));
    write(".netrc", format!("machine h.io login me password {}\n", secrets.password("netrc")));
    write(".git-credentials", secrets.url("store") + "\n");
    write("src/main.c", format!("x = \"{}\";\n", secrets.token("content")));
    write(&format!("docs/{}/x", secrets.token("directory name")), "x\n".to_owned());
    write(&secrets.token("file name"), format!("{}\n", secrets.token("content of a named file")));
    write(".github/dco.yml", format!("{}: 1\n", secrets.token("key of dco.yml")));
    let config = format!("[remote \"o\"]\n\turl = {}\n", secrets.url("member"));
    let name = format!("{}/.git/config", secrets.token("member name"));
    repo.write("x.tar", tar(&name, &config));
    std::os::unix::fs::symlink(secrets.token("link"), repo.file("link")).unwrap();
    repo.write(WORKFLOW, workflow(secrets));
    let name = format!(".github/workflows/{}.yml", secrets.token("workflow name"));
    repo.write(name, "on: push\njobs: {a: {steps: [{uses: 'a/b@main'}]}}\n");
    let broken = format!("on: push\njobs: [{}\n", secrets.token("broken workflow"));
    repo.write(".github/workflows/broken.yml", broken);
    repo.write(
        ".github/workflows/key.yml",
        format!("on: push\n{}: 1\njobs: {{}}\n", secrets.token("workflow key")),
    );
}

fn workflow(secrets: &mut Secrets) -> String {
    let mut text = "on: push\njobs:\n  build:\n    runs-on: x\n    environment: ".to_owned();
    let _ = writeln!(text, "{}\n    steps:", secrets.token("environment"));
    for step in [
        "uses: actions/checkout@v4 # {}",
        "{uses: actions/checkout@v4, with: {x: {}}}",
        "uses: a/{}@main",
        "uses: {}/b@main",
        "uses: a/b@{}",
        "uses: a/b@main # {}",
        "uses: docker://h.io/{}:1",
        "uses: a/b@11bd71901bbe5b1630ceea73d27597364c9af683 # {}",
        "uses: a/b/{}@11bd71901bbe5b1630ceea73d27597364c9af683",
        "uses: actions/checkout/{}@11bd71901bbe5b1630ceea73d27597364c9af683",
        "uses: {}",
        "run: docker push h.io/{}",
        "run: echo ${{ secrets.{} }}",
        "uses: a/b@main # git-gate: allow[unpinned-uses] {}",
        "uses: https://u:{}@h.io/a/b@main",
    ] {
        let secret = if step.contains("u:{}") { secrets.password(step) } else { secrets.token(step) };
        let _ = writeln!(text, "      - {}", step.replace("{}", &secret));
    }
    // Messages show the owner and the repository of a pin in lower case, in which no checksum is valid.
    for (owner, name) in [("{}", "b"), ("a", "{}")] {
        let repository = format!("{owner}/{name}").replace("{}", &secrets.github("repository of a pin"));
        for oid in ["11bd71901bbe5b1630ceea73d27597364c9af683", "22bd71901bbe5b1630ceea73d27597364c9af683"] {
            let _ =
                writeln!(text, "      - uses: {repository}@{oid}\n      - uses: {repository}@{oid} # v1.2.3");
        }
    }
    text
}

/// Creates commits, tags and refs with secrets in their messages, identities and names; returns each ref as
/// `oid name`.
fn history(secrets: &mut Secrets, repo: &Repo<'_>) -> Vec<String> {
    repo.commit_message(&format!("Take {}\n\nand {}\n", secrets.token("subject"), secrets.url("message")));
    for (name, mail) in [
        (secrets.token("author name"), "a@x.io".to_owned()),
        ("A U".to_owned(), secrets.token("author address") + "@x.io"),
    ] {
        let identity = [("GIT_AUTHOR_NAME", &name), ("GIT_AUTHOR_EMAIL", &mail)];
        let run = repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "x"]);
        identity.iter().fold(run, |run, (variable, value)| run.env(variable, value)).ok();
    }
    let message = format!(
        "x\n\nSigned-off-by: {} <{}@x.io>\n",
        secrets.token("signer"),
        secrets.token("signer's address")
    );
    repo.commit_message(&message);
    repo.git(["tag", "-m", &secrets.url("tag message"), "v1"]).ok();
    repo.git(["tag", &secrets.token("tag name")]).ok();
    repo.git(["branch", &secrets.token("branch name")]).ok();
    repo.git(["update-ref", &format!("refs/notes/{}", secrets.token("refname")), "HEAD"]).ok();
    let refs = repo.git(["for-each-ref", "--format=%(objectname) %(refname)"]).ok();
    String::from_utf8_lossy(refs.stdout()).lines().map(str::to_owned).collect()
}

#[test]
fn reports_show_no_part_of_a_secret() {
    let (sandbox, mut audit) = (Sandbox::new(), Audit::new());
    let repo = sandbox.init("clone");
    files(&mut audit.secrets, &repo);
    history(&mut audit.secrets, &repo);
    live_config(&mut audit.secrets, &repo);
    for format in ["human", "json", "sarif", "github", "gitlab"] {
        let file = format!("{format}=report.{format}");
        let run = repo.gate(["scan", "--all", "--format", format, "--output", &file]);
        assert_eq!(audit.run(format, run), Some(1));
        audit.file(&repo.file(format!("report.{format}")));
    }
    let run = repo.gate(["scan", "--all", "--write-baseline", "baseline", "--stat"]);
    audit.run("--stat", run);
    audit.file(&repo.file("baseline"));
    let run = repo.gate(["scan", "--tree", "HEAD", "--color", "always"]);
    assert_eq!(audit.run("--tree", run), Some(1));
    audit.ends();
}

#[test]
fn fix_and_status_show_no_part_of_a_secret() {
    let (sandbox, mut audit) = (Sandbox::new(), Audit::new());
    let repo = sandbox.init("clone");
    files(&mut audit.secrets, &repo);
    history(&mut audit.secrets, &repo);
    live_config(&mut audit.secrets, &repo);
    for arguments in [
        &["fix"][..],
        &["fix", "--sign-off"],
        &["fix", "--git-config"],
        &["install", "--dry-run"],
        &["install"],
        &["status"],
        &["rules"],
        &["fix", "--sign-off", "--apply"],
        &["fix", "--apply"],
        &["fix", "--git-config", "--apply"],
        &["uninstall"],
    ] {
        audit.run(&arguments.join(" "), repo.gate(arguments));
    }
    audit.ends();
}

#[test]
fn errors_show_no_part_of_a_secret() {
    let (sandbox, mut audit) = (Sandbox::new(), Audit::new());
    let repo = sandbox.init("clone");
    repo.commit_file("x", "x\n");
    for text in [
        "{}: 1\n",
        "rules: {{}: deny}\n",
        "rules: {unpinned-uses: {}}\n",
        "profile: {}\n",
        "{}\n",
        "[{}\n",
        "sign-off: {{}: 1}\n",
        "refs: [\"{}\", 1]\n",
        "baseline: {}\n",
        "server: {type: {}}\n",
    ] {
        let secret = audit.secrets.token(text);
        repo.write(".git-gate.yml", text.replace("{}", &secret));
        assert_eq!(audit.run(text, repo.gate(["scan"])), Some(2));
    }
    std::fs::remove_file(repo.file(".git-gate.yml")).unwrap();
    for arguments in [
        ["scan", "{}"],
        ["scan", "HEAD..{}"],
        ["-C", "{}"],
        ["rules", "{}"],
        ["scan", "--policy={}"],
        ["hook", "{}"],
        ["{}", "x"],
        ["scan", "--{}"],
    ] {
        let secret = audit.secrets.token(arguments[1]);
        let run = repo.gate(arguments.map(|argument| argument.replace("{}", &secret)));
        assert_eq!(audit.run(&arguments.join(" "), run), Some(2));
    }
    let remote = audit.secrets.url("remote");
    let oid = repo.oid("HEAD").unwrap();
    let (name, other) = (audit.secrets.token("name of a ref"), audit.secrets.token("missing"));
    for input in [
        format!("{oid} refs/heads/{name}\n"),
        format!("refs/heads/{name} {oid} refs/heads/{name} {}\n", "0".repeat(40)),
        format!("refs/heads/x {} refs/heads/{other} {oid}\n", "1".repeat(40)),
    ] {
        audit.run("pre-push", repo.gate(["hook", "pre-push", &remote, &remote]).stdin(&input));
        audit.run("pre-receive", repo.gate(["hook", "pre-receive"]).stdin(&input));
    }
    repo.write(
        "message",
        format!(
            "{}\n\nSigned-off-by: {}\n",
            audit.secrets.token("draft"),
            audit.secrets.token("draft signer")
        ),
    );
    assert_eq!(audit.run("commit-msg", repo.gate(["hook", "commit-msg", "message"])), Some(1));
    let nowhere = sandbox.path(audit.secrets.token("policy path"));
    repo.git(["config", "gate.policy"]).arg(&nowhere).ok();
    audit.run("policy", repo.gate(["scan"]));
    repo.git(["config", "include.path"]).arg(&nowhere).ok();
    std::fs::create_dir(&nowhere).unwrap();
    assert_eq!(audit.run("a directory is included", repo.gate(["scan", "--git-config"])), Some(2));
    audit.ends();
}

#[test]
fn server_output_and_log_show_no_secret() {
    let (sandbox, mut audit) = (Sandbox::new(), Audit::new());
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    files(&mut audit.secrets, &server.client);
    let refs = history(&mut audit.secrets, &server.client);
    server.bare.git(["fetch", "-q", "--refetch"]).arg(server.client.path()).arg("HEAD").ok();
    live_config(&mut audit.secrets, &server.bare);
    let update = |line: &String| format!("{} {line}\n", "0".repeat(40));
    let updates: String = refs.iter().filter(|line| !line.contains("refs/tags/v1")).map(update).collect();
    for (keys, event) in [("bypass: {users: [ana]}", "bypassed"), ("bypass: {users: [bob]}", "refused")] {
        let policy = format!("server: {{type: gitlab, {keys}, audit-log: {}}}\n", log.display());
        server.bare.write("git-gate.yml", policy);
        let reason = format!("git-gate.bypass=because {}", audit.secrets.token("reason"));
        for protocol in ["ssh", "web"] {
            let run = server.bare.gate(["hook", "pre-receive"]).stdin(&updates).env("GL_USERNAME", "ana");
            let run = run.env("GL_PROTOCOL", protocol).env("GIT_PUSH_OPTION_COUNT", "2");
            let run = run.env("GIT_PUSH_OPTION_0", &reason);
            let run = run.env("GIT_PUSH_OPTION_1", audit.secrets.token("push option"));
            audit.run(event, run);
        }
        assert!(std::fs::read_to_string(&log).unwrap().contains(event));
    }
    let run = server
        .bare
        .gate(["hook", "pre-receive"])
        .stdin(&updates)
        .env("GL_USERNAME", audit.secrets.token("pusher"));
    audit.run("a pusher named by a token", run);
    audit.file(&log);
    audit.run("status", server.bare.gate(["status"]));
    audit.ends();
}
