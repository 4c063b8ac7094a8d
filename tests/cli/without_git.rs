//! Servers that run hooks in an environment without git. The gate reads the repository by itself and must
//! give the same answers as with git.

use std::fs;
use std::path::Path;

use crate::support::{
    CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW, not_tested, outer,
};

/// Two bare repositories that get the same pushes. Only the hook of `with` finds git on PATH.
struct Pair<'s> {
    client: Repo<'s>,
    with: Repo<'s>,
    without: Repo<'s>,
}

/// Returns a hook that runs the gate with an empty folder as PATH.
fn hook_without_git(sandbox: &Sandbox) -> String {
    fs::create_dir_all(sandbox.path("nothing")).unwrap();
    let (gate, path) = (sandbox.path("bin/git-gate"), sandbox.path("nothing"));
    format!("#!/bin/sh\nPATH='{}' exec '{}' hook pre-receive\n", path.display(), gate.display())
}

impl<'s> Pair<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let (client, with) = (sandbox.init("client"), sandbox.init_bare("with.git"));
        let without = sandbox.init_bare("without.git");
        with.gate(["install"]).ok();
        without.write_executable("hooks/pre-receive", hook_without_git(sandbox));
        client.commit("docs: begin");
        Self { client, with, without }
    }

    fn both(&self, act: impl Fn(&Repo<'s>)) {
        act(&self.with);
        act(&self.without);
    }

    /// Pushes to both repositories and checks that their answers are the same.
    #[track_caller]
    fn push(&self, refspecs: &[&str]) -> Transcript {
        let push = |server: &Repo<'_>| {
            let run = self.client.git(["push", "-q"]).arg(server.path()).args(refspecs).transcript();
            let said = run.to_string().replace("without.git", "with.git");
            (run, said)
        };
        let ((_, with), (run, without)) = (push(&self.with), push(&self.without));
        assert_eq!(without, with);
        run
    }

    #[track_caller]
    fn accepts(&self, refspecs: &[&str]) {
        let run = self.push(refspecs);
        assert_eq!(run.status(), Some(0), "{run}");
    }

    #[track_caller]
    fn refuses(&self, refspecs: &[&str]) -> Transcript {
        let run = self.push(refspecs);
        run.says("pre-receive hook declined");
        run
    }
}

#[test]
fn same_pushes_get_the_same_answers() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    let client = &pair.client;
    pair.accepts(&["main"]);
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    pair.accepts(&["main", "main:refs/heads/deep/er"]);
    pair.both(|server| drop(server.git(["pack-refs", "--all"]).ok()));
    client.git(["branch", "good"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    pair.refuses(&["good:new", "main"]).says("error[unpinned-uses]");
    pair.refuses(&["main:refs/heads/other"]).says("error[unpinned-uses]");
    client.git(["tag", "-a", "-m", "x", "v1"]).ok();
    pair.refuses(&["v1"]).says("error[unpinned-uses]");
    client.git(["reset", "-q", "--hard", "good"]).ok();
    client.commit_message("docs: unsigned\n");
    pair.refuses(&["main", ":deep/er"]).says("error[missing-signoff]");
    pair.accepts(&[":deep/er"]);
    client.git(["reset", "-q", "--hard", "good~1"]).ok();
    client.commit_file("side", "x\n");
    client.git(["merge", "-q", "--no-ff", "-m", "Merge good", "good"]).ok();
    pair.accepts(&["+main"]);
    client.commit_file("side", "1\n2\n3\n4\n5\n6\n7\n8\n");
    client.git(["checkout", "-q", "-b", "text"]).ok();
    client.commit_file("side", "1\n2\n3\n4\n5\n6\n7\neight\n");
    client.git(["checkout", "-q", "main"]).ok();
    client.commit_file("side", "one\n2\n3\n4\n5\n6\n7\n8\n");
    client.git(["merge", "-q", "--no-ff", "-m", "Merge text", "text"]).ok();
    pair.accepts(&["main"]);
    client.git(["update-ref", "refs/replace/1234567890123456789012345678901234567890", "main"]).ok();
    pair.refuses(&["refs/replace/*:refs/replace/*"]).says("replaced-object");
}

#[test]
fn commits_on_exempt_refs_or_in_pools_are_new() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    let policy = "refs: {exempt: [refs/heads/wip/*]}\n";
    pair.both(|server| drop(server.write("git-gate.yml", policy)));
    pair.accepts(&["main"]);
    pair.client.commit_message("docs: unsigned\n");
    pair.accepts(&["main:wip/x"]);
    pair.refuses(&["main"]).says("error[missing-signoff]");
    pair.client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    let pool = sandbox.init_bare("pool.git");
    pair.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    pair.client.git(["push", "-q"]).arg(pool.path()).arg("main").ok();
    pair.both(|server| drop(server.write("objects/info/alternates", "../../pool.git/objects\n")));
    pair.refuses(&["main"]).says("error[unpinned-uses]");
}

#[test]
fn levels_of_refs_and_repository_config_apply() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    let policy = sandbox
        .write("gate.yml", "refs: {levels: [{match: refs/heads/wip/*, rules: {unpinned-uses: warn}}]}\n");
    pair.both(|server| drop(server.git(["config", "gate.policy"]).arg(&policy).ok()));
    pair.accepts(&["main"]);
    pair.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    pair.accepts(&["main:wip/x"]);
    pair.refuses(&["main"]).says("error[unpinned-uses]");
    sandbox.write("gate.yml", "rulez: {}\n");
    pair.refuses(&["main:wip/y"]).says("is not valid");
    fs::remove_file(policy).unwrap();
    pair.refuses(&["main:wip/y"]).says("cannot read").says("gate.yml");
}

#[test]
fn push_to_a_symbolic_ref_is_judged_by_its_target() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    pair.accepts(&["main"]);
    for (alias, target) in [("refs/gate/s", "refs/heads/main"), ("refs/gate/gone", "refs/heads/gone")] {
        pair.both(|server| drop(server.git(["symbolic-ref", alias, target]).ok()));
    }
    pair.client.commit_message("docs: unsigned\n");
    for alias in ["refs/gate/s", "refs/gate/gone"] {
        for server in [&pair.with, &pair.without] {
            let push = pair.client.git(["push", "-q"]).arg(server.path()).arg(format!("main:{alias}"));
            push.transcript().says("error[missing-signoff]").says("pre-receive hook declined");
        }
    }
}

#[test]
fn signoff_baseline_is_respected() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    let old = pair.client.commit_message("docs: unsigned\n");
    let policy = format!("sign-off: {{baseline: [{{commit: {old}, reason: import}}]}}\n");
    pair.both(|server| drop(server.write("git-gate.yml", &policy)));
    pair.accepts(&["main"]);
    pair.client.commit_message("docs: unsigned, too\n");
    pair.refuses(&["main"]).says("error[missing-signoff]");
}

#[test]
fn merge_only_git_can_repeat_needs_a_signoff() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox);
    let client = &pair.client;
    for branch in ["one", "two"] {
        client.git(["checkout", "-q", "-b", branch, "main"]).ok();
        client.commit_file(branch, "x\n");
    }
    client.git(["checkout", "-q", "main"]).ok();
    client.commit_file("file", "x\n");
    client.git(["push", "-q"]).arg(pair.without.path()).arg("main").ok();
    let merge = |message: &str| {
        client.git(["merge", "-q", "--no-ff", "-m", message, "one", "two"]).ok();
        let push = client.git(["push", "-q"]).arg(pair.without.path()).arg("main").transcript();
        client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
        push
    };
    merge("Merge both")
        .says("needs `git`, which is not on PATH")
        .says("git commit --amend --signoff")
        .says("pre-receive hook declined");
    assert_eq!(merge(&format!("Merge both\n\n{SIGN_OFF}\n")).status(), Some(0));
}

#[test]
fn repository_only_git_can_read_is_refused() {
    let sandbox = Sandbox::new();
    for option in ["--object-format=sha256", "--ref-format=reftable"] {
        let name = option.trim_start_matches(|c| c != '=').trim_start_matches('=');
        let made = sandbox.run("git").args(["init", "-q", "--bare", option, name]).transcript();
        if made.status() != Some(0) {
            // git supports reftable since 2.45.
            continue;
        }
        let server = Repo::at(&sandbox, sandbox.path(name));
        server.write_executable("hooks/pre-receive", hook_without_git(&sandbox));
        let format = if option.contains("sha256") { &[option][..] } else { &[] };
        let client = sandbox.init_with(format!("client-{name}"), format);
        client.commit("docs: begin");
        let push = client.git(["push", "-q"]).arg(server.path()).arg("main").transcript();
        push.says("remote: error: the repository cannot be opened").says("pre-receive hook declined");
    }
}

/// Chroot with a shell, a static git-gate, and repositories in `/data`.
struct Chroot<'s> {
    sandbox: &'s Sandbox,
    /// Shell command that enters the chroot as the user who runs the tests.
    enter: String,
}

impl<'s> Chroot<'s> {
    /// Creates the chroot. Returns `None` if a program is missing or the user may not enter a chroot.
    fn new(sandbox: &'s Sandbox, gate: &Path) -> Option<Self> {
        let root = sandbox.path("chroot");
        for folder in ["bin", "etc", "usr/local/bin"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/pre-receive");
        for (from, to) in
            [(Path::new("/bin/busybox"), "bin/sh"), (gate, "usr/local/bin/git-gate"), (&hook, "bin/hook")]
        {
            if sandbox.run("cp").arg(from).arg(root.join(to)).transcript().status() != Some(0) {
                return None;
            }
        }
        let ids = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let chroot = format!("chroot --userspec={}:{} {} /bin/sh -c", ids.0, ids.1, root.display());
        let enters = ["", "sudo -n "]
            .map(|prefix| format!("PATH=$PATH:/usr/sbin; env -i PATH=\"$PATH\" {prefix}{chroot}"));
        let opens = |enter: &String| {
            sandbox.run("sh").args(["-c", &format!("{enter} :")]).transcript().status() == Some(0)
        };
        enters.into_iter().find(opens).map(|enter| Self { sandbox, enter })
    }

    /// Creates a repository whose hook runs in the chroot, with the quarantine under another name.
    fn repository(&self) -> Repo<'s> {
        let server = self.sandbox.init_bare("chroot/data/app.git");
        let inside = "export PATH=/usr/local/bin:/bin GITHUB_USER_LOGIN=ana GIT_DIR=/data/app.git \
                      GIT_OBJECT_DIRECTORY=/data/app.git/objects/ghq_1 \
                      GIT_ALTERNATE_OBJECT_DIRECTORIES=/data/app.git/objects";
        let script = format!(
            "#!/bin/sh\nset -e\nmv \"$GIT_QUARANTINE_PATH\" objects/ghq_1\n\
             trap 'mv objects/ghq_1 \"$GIT_QUARANTINE_PATH\"' EXIT\n\
             {} '{inside}; cd /data/app.git && exec /bin/sh /bin/hook'\n",
            self.enter
        );
        server.write_executable("hooks/pre-receive", script);
        server
    }
}

#[test]
fn static_binary_works_in_an_empty_chroot() {
    let sandbox = Sandbox::new();
    let gate = outer("GIT_GATE_STATIC").unwrap_or_default();
    let Some(chroot) = Chroot::new(&sandbox, Path::new(&gate)) else {
        let needed =
            "the right to chroot, a static busybox, or what `install/static.sh` builds, in GIT_GATE_STATIC";
        return not_tested("a static git-gate in an empty chroot", needed);
    };
    sandbox.write("chroot/etc/git-gate.yml", "server: {type: github, deadline: 60s}\n");
    let (client, server) = (sandbox.init("client"), chroot.repository());
    let push = || client.git(["push", "-q"]).arg(server.path()).arg("main").transcript();
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let accepted = push();
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    push().says("remote: error[unpinned-uses]").says("pre-receive hook declined");
    let pool = sandbox.init_bare("chroot/data/pool.git");
    client.git(["push", "-q"]).arg(pool.path()).arg("main").ok();
    server.write("objects/info/alternates", "../../pool.git/objects\n");
    push().says("remote: error[unpinned-uses]").says("pre-receive hook declined");
    client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    client.commit_message("docs: unsigned\n");
    push().says("remote: error[missing-signoff]").says("pre-receive hook declined");
    client.git(["commit", "-q", "--amend", "--signoff", "--no-edit", "--allow-empty"]).ok();
    let accepted = push();
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    // It finds itself without /proc. It starts itself for each repository, for which there is no /dev/null.
    let visit = format!("{} '/usr/local/bin/git-gate server status /data'", chroot.enter);
    sandbox.run("sh").args(["-c", &visit]).ends_with(1).says("/data/app.git: failed");
}
