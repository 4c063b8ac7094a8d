//! Forges that cannot be run here. Each is imitated: the hook files that it writes, a stub of the program that
//! they call, and the environment in which it runs `git receive-pack`. The commands are those of
//! `install/README.md`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::recipe::Recipe;
use crate::support::{Repo, Sandbox, Transcript};

/// Forge, imitated in the folder [`Site::root`] of a sandbox. `[ROOT]` in its texts is that folder.
#[derive(Clone, Copy)]
struct Forge {
    /// Heading of its section in `install/README.md`.
    heading: &'static str,
    /// Path in that section that [`Site::root`] replaces.
    root: &'static str,
    /// Path of a repository below that folder.
    repository: &'static str,
    /// Its HOME below that folder.
    home: &'static str,
    /// Type in the policy.
    server_type: &'static str,
    /// Variable of the pusher.
    pusher: &'static str,
    /// Further variables of its `git receive-pack`.
    environment: &'static [(&'static str, &'static str)],
    /// Options of git before `receive-pack`.
    git_options: &'static str,
    /// Hook files that it writes into a repository, and writes again at every synchronisation.
    hooks: &'static [(&'static str, &'static str)],
    /// Other files of it, below [`Site::root`].
    programs: &'static [(&'static str, &'static str)],
}

/// Hook that runs the files of a directory, as written by Gitea, Forgejo and soft-serve: members get the
/// lines by `echo`, all run, and the first status that is not 0 counts.
const DISPATCHER: &str = "\
#!/usr/bin/env bash
# Written by the forge, and written again at any time.
lines=$(cat)
name=$(basename $0)
GIT_DIR=${GIT_DIR:-$(dirname $0)/..}
ended=\"\"
for member in ${GIT_DIR}/hooks/${name}.d/*; do
  [ -x \"${member}\" ] && [ -f \"${member}\" ] || continue
  echo \"${lines}\" | \"${member}\" \"$@\"
  ended=\"${ended} $?\"
done
for status in ${ended}; do
  [ ${status} -eq 0 ] || exit ${status}
done
";

const GITEA: Forge = Forge {
    heading: "Gitea, Forgejo",
    root: "/var/lib/gitea",
    repository: "data/gitea-repositories/ana/app.git",
    home: "data/home",
    server_type: "gitea",
    pusher: "GITEA_PUSHER_NAME",
    environment: &[("SSH_ORIGINAL_COMMAND", "git-receive-pack 'ana/app.git'"), ("GITEA_REPO_NAME", "app")],
    git_options: "",
    hooks: &[
        ("hooks/pre-receive", DISPATCHER),
        (
            "hooks/pre-receive.d/gitea",
            "#!/usr/bin/env bash\n\"[ROOT]/gitea\" hook --config=\"[ROOT]/app.ini\" pre-receive\n",
        ),
    ],
    programs: &[(
        "gitea",
        "#!/bin/sh\n[ -n \"$SSH_ORIGINAL_COMMAND\" ] || exit 1\ncat >/dev/null\necho called >>\"[ROOT]/calls\"\n",
    )],
};

/// Gogs runs one file of the repository, in the repository, unless it was not Gogs who called git.
const GOGS: Forge = Forge {
    heading: "Gogs",
    root: "/home/git",
    repository: "gogs-repositories/ana/app.git",
    home: "",
    server_type: "gogs",
    pusher: "GOGS_AUTH_USER_NAME",
    environment: &[
        ("SSH_ORIGINAL_COMMAND", "1"),
        ("GOGS_REPO_CUSTOM_HOOKS_PATH", "[ROOT]/gogs-repositories/ana/app.git/custom_hooks"),
    ],
    git_options: "",
    hooks: &[(
        "hooks/pre-receive",
        "#!/usr/bin/env bash\n\"[ROOT]/gogs\" hook --config='[ROOT]/app.ini' pre-receive\n",
    )],
    programs: &[(
        "gogs",
        "\
#!/bin/sh
[ -n \"$SSH_ORIGINAL_COMMAND\" ] || exit 0
lines=$(cat)
echo called >>\"[ROOT]/calls\"
own=$GOGS_REPO_CUSTOM_HOOKS_PATH/pre-receive
[ -f \"$own\" ] || exit 0
cd \"$GOGS_REPO_CUSTOM_HOOKS_PATH/..\" || exit 1
printf '%s\\n' \"$lines\" | \"$own\" || { echo 'Gogs: Internal error' >&2; exit 1; }
",
    )],
};

/// soft-serve 0.12: the status of the file for all repositories counts.
const SOFT_SERVE: Forge = Forge {
    heading: "soft-serve",
    root: "/var/lib/soft-serve",
    repository: "repos/app.git",
    home: "home",
    server_type: "soft-serve",
    pusher: "SOFT_SERVE_USERNAME",
    environment: &[
        ("SOFT_SERVE_REPO_NAME", "app"),
        ("SOFT_SERVE_DATA_PATH", "[ROOT]"),
        ("SOFT_SERVE_BIN_PATH", "[ROOT]/soft"),
    ],
    git_options: "",
    hooks: &[
        ("hooks/pre-receive", DISPATCHER),
        (
            "hooks/pre-receive.d/soft-serve",
            "\
#!/usr/bin/env bash
[ -n \"$SOFT_SERVE_REPO_NAME\" ] || { echo 'no hook runs'; exit 0; }
\"${SOFT_SERVE_BIN_PATH}\" hook pre-receive
",
        ),
    ],
    programs: &[(
        "soft",
        "\
#!/bin/sh
lines=$(cat)
echo called >>\"[ROOT]/calls\"
global=$SOFT_SERVE_DATA_PATH/hooks/$2
[ -f \"$global\" ] && [ -x \"$global\" ] || exit 0
printf '%s\\n' \"$lines\" | \"$global\"
",
    )],
};

/// Phorge runs the executables of a directory in the order of their names, until one refuses.
const PHORGE: Forge = Forge {
    heading: "Phorge, Phabricator",
    root: "/var",
    repository: "repo/1",
    home: "home",
    server_type: "phorge",
    pusher: "PHABRICATOR_USER",
    environment: &[("PHABRICATOR_REMOTE_PROTOCOL", "ssh")],
    git_options: "",
    hooks: &[
        (
            "hooks/pre-receive",
            "#!/bin/sh\nexport TERM=dumb\nexec [ROOT]/php -f [ROOT]/bin/commit-hook -- PHID-REPO-1  \"$@\"\n",
        ),
        ("hooks/pre-receive-phabricator.d/README", "Put your own hooks here.\n"),
    ],
    programs: &[(
        "php",
        "\
#!/bin/sh
[ -n \"$PHABRICATOR_USER\" ] || { echo 'No such user' >&2; exit 1; }
lines=$(cat)
echo called >>\"[ROOT]/calls\"
for own in hooks/pre-receive-phabricator.d/*; do
  [ -x \"$own\" ] || continue
  said=$(printf '%s\\n' \"$lines\" | PHABRICATOR_REPOSITORY=PHID-REPO-1 \"$PWD/$own\" 2>&1) || {
    printf 'This push was rejected by custom hook script:\\n\\n%s\\n' \"$said\" >&2
    exit 1
  }
  printf '%s\\n' \"$said\"
done
",
    )],
};

/// GitLab runs hooks of its own from a directory of its own, and these run the members of `custom_hooks_dir`
/// with another environment, in which the quarantine has no path.
const GITLAB: Forge = Forge {
    heading: "GitLab (self-managed)",
    root: "/var/opt/gitlab",
    repository: "git-data/repositories/@hashed/ab/cd.git",
    home: "",
    server_type: "gitlab",
    pusher: "GL_USERNAME",
    environment: &[],
    git_options: "-c core.hooksPath=[ROOT]/gitaly-hooks",
    hooks: &[],
    programs: &[(
        "gitaly-hooks/pre-receive",
        "\
#!/bin/sh
lines=$(cat)
echo called >>\"[ROOT]/calls\"
for member in \"[ROOT]\"/gitaly/custom_hooks/pre-receive.d/*; do
  [ -x \"$member\" ] || continue
  printf '%s\\n' \"$lines\" | env -i PATH=\"$PATH\" HOME=/ GIT_DIR=\"$PWD\" \\
    ${GIT_OBJECT_DIRECTORY:+GIT_OBJECT_DIRECTORY=\"$GIT_OBJECT_DIRECTORY\"} \\
    ${GIT_OBJECT_DIRECTORY:+GIT_ALTERNATE_OBJECT_DIRECTORIES=\"$GIT_ALTERNATE_OBJECT_DIRECTORIES\"} \\
    ${GIT_PUSH_OPTION_COUNT:+GIT_PUSH_OPTION_COUNT=\"$GIT_PUSH_OPTION_COUNT\"} \\
    ${GIT_PUSH_OPTION_0:+GIT_PUSH_OPTION_0=\"$GIT_PUSH_OPTION_0\"} \\
    GL_USERNAME=\"$GL_USERNAME\" GL_PROTOCOL=ssh GL_ID=user-1 GL_REPOSITORY=project-1 \"$member\" >out 2>err
  status=$?
  cat out err >&2
  [ $status -eq 0 ] || exit 1
done
",
    )],
};

/// soft-serve before 0.12: the status of the file for all repositories is lost.
const OLD_SOFT_SERVE: Forge = Forge {
    programs: &[(
        "soft",
        "\
#!/bin/sh
lines=$(cat)
echo called >>\"[ROOT]/calls\"
global=$SOFT_SERVE_DATA_PATH/hooks/$2
[ ! -f \"$global\" ] || printf '%s\\n' \"$lines\" | \"$global\"
exit 0
",
    )],
    ..SOFT_SERVE
};

const PLAIN: Forge = Forge {
    heading: "Plain git over ssh, http or git://",
    root: "/srv/git",
    repository: "app.git",
    home: "home",
    server_type: "http, pusher: {variable: REMOTE_USER}",
    pusher: "REMOTE_USER",
    environment: &[],
    git_options: "",
    hooks: &[],
    programs: &[],
};

/// Imitated forge with a client.
struct Site<'s> {
    sandbox: &'s Sandbox,
    forge: Forge,
    client: Repo<'s>,
    server: Repo<'s>,
}

impl<'s> Site<'s> {
    fn new(sandbox: &'s Sandbox, forge: Forge) -> Self {
        let server = Repo::at(sandbox, sandbox.path("forge").join(forge.repository));
        let site = Self { sandbox, forge, client: sandbox.init("client"), server };
        std::fs::create_dir_all(site.root().join(forge.home)).unwrap();
        for (path, text) in forge.programs {
            site.server.write_executable(site.root().join(path), site.text(text));
        }
        site
    }

    fn root(&self) -> PathBuf {
        self.sandbox.path("forge")
    }

    fn text(&self, text: &str) -> String {
        text.replace("[ROOT]", self.root().to_str().unwrap())
    }

    /// Creates the repository as the forge does, with the template of its HOME.
    fn create(&self) {
        let git = |arguments: &[&str]| {
            let run = self.sandbox.run("git").args(arguments).env_remove("GIT_CONFIG_GLOBAL");
            run.env("HOME", self.root().join(self.forge.home))
        };
        // Passed as an option, because GIT_TEMPLATE_DIR, by which a moved git finds its own, overrides the setting.
        let template = git(&["config", "--type=path", "init.templateDir"]).transcript();
        let option = format!("--template={}", template.line());
        let options: &[&str] = if template.status() == Some(0) { &[&option] } else { &[] };
        git(&["init", "-q", "-b", "main", "--bare"]).args(options).arg(self.server.path()).ok();
        self.server.git(["config", "receive.advertisePushOptions", "true"]).ok();
        let log = self.sandbox.path("audit.jsonl");
        let keys = format!("bypass: {{users: [ana]}}, audit-log: {}", log.display());
        self.server.write("git-gate.yml", format!("server: {{type: {}, {keys}}}\n", self.forge.server_type));
        self.synchronise();
    }

    /// Writes the hook files of the forge, as it does at an upgrade or when an administrator says so.
    fn synchronise(&self) {
        for (path, text) in self.forge.hooks {
            let path = self.server.write_executable(path, self.text(text));
            if path.ends_with("README") {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
            }
        }
    }

    fn recipe(&self, heading: &'static str) -> Recipe<'s> {
        let home = self.root().join(self.forge.home);
        let environment = vec![("HOME", home), ("SOFT_SERVE_DATA_PATH", self.root())];
        Recipe::read(self.sandbox, heading, (self.forge.root, self.root()), environment)
    }

    /// Pushes as a user, by the `git receive-pack` of the forge.
    fn push(&self, user: &str, options: &[&str], refspec: &str) -> Transcript {
        let assigned = |(name, value): &(&str, &str)| format!(" {name}=\"{}\"", self.text(value));
        let environment: String = self.forge.environment.iter().map(assigned).collect();
        let kept = "${GIT_EXEC_PATH:+GIT_EXEC_PATH=\"$GIT_EXEC_PATH\"}";
        let script = format!(
            "#!/bin/sh\nexec env -i PATH=\"$PATH\" HOME='{home}' GIT_CONFIG_SYSTEM=/dev/null {kept} \
             {pusher}=\"$PUSHER\"{environment} git {options} receive-pack \"$@\"\n",
            home = self.root().join(self.forge.home).display(),
            pusher = self.forge.pusher,
            options = self.text(self.forge.git_options),
        );
        let receives = self.server.write_executable(self.sandbox.path("receives"), script);
        let push = self.client.git(["push", "-q", "--receive-pack"]).arg(receives).args(options);
        push.arg(self.server.path()).arg(refspec).env("PUSHER", user).transcript()
    }

    /// Returns how often the program of the forge was called since the last question.
    fn calls(&self) -> usize {
        let file = self.root().join("calls");
        let calls = std::fs::read_to_string(&file).unwrap_or_default().lines().count();
        let _ = std::fs::remove_file(file);
        calls
    }

    /// Pushes a commit without a sign-off. Fails unless the gate refuses it, once.
    #[track_caller]
    fn refuses(&self) {
        let before = self.server.git(["for-each-ref"]).ok().stdout().to_vec();
        let _ = self.calls();
        let oid = self.unsigned();
        let refused = self.push("bob", &[], &format!("{oid}:refs/heads/bad"));
        refused.says("error[missing-signoff]").says("(pre-receive hook declined)");
        assert_eq!(refused.to_string().matches("denied: 1 error").count(), 1, "{refused}");
        assert_eq!(self.server.git(["for-each-ref"]).ok().stdout(), before);
        assert_eq!(self.calls(), usize::from(!self.forge.programs.is_empty()), "{refused}");
    }

    /// Pushes a commit with a sign-off. Fails unless it is accepted, and the forge has seen it once.
    #[track_caller]
    fn accepts(&self) {
        let _ = self.calls();
        let oid = self.client.commit("docs: a change");
        let accepted = self.push("bob", &[], "main:main");
        assert_eq!(accepted.status(), Some(0), "{accepted}");
        assert_eq!(self.server.oid("main"), Some(oid));
        assert_eq!(self.calls(), usize::from(!self.forge.programs.is_empty()), "{accepted}");
    }

    /// Requests a bypass as a user who may not use it, and as one who may.
    #[track_caller]
    fn knows_the_pusher(&self) {
        let refspec = format!("{}:refs/heads/bypassed", self.unsigned());
        let push = |user| self.push(user, &["-o", "git-gate.bypass=an outage"], &refspec);
        push("bob").says("bypass denied: `bob` is not listed").says("(pre-receive hook declined)");
        let granted = push("ana");
        assert_eq!(granted.says("bypassed by `ana`").status(), Some(0), "{granted}");
    }

    /// Creates a commit without a sign-off that no branch contains; returns its oid.
    fn unsigned(&self) -> String {
        let parent = if self.client.oid("main").is_some() { &["-p", "main"][..] } else { &[] };
        let tree = self.client.git(["mktree"]).ok().line();
        self.client.git(["commit-tree", "-m", "docs: unsigned"]).args(parent).arg(tree).ok().line()
    }

    /// Returns the files that decide about pushes: all below the folder of the forge, but for the objects,
    /// refs and logs.
    fn files(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
                let name = entry.file_name().unwrap().to_str().unwrap();
                match entry.is_dir() {
                    true if ["objects", "refs", "git-template"].contains(&name) => {}
                    true => folders.push(entry),
                    false if ["calls", "out", "err", ".gitconfig"].contains(&name) => {}
                    false => {
                        let mode = entry.metadata().unwrap().permissions().mode();
                        files.insert(entry.clone(), (mode, std::fs::read(&entry).unwrap()));
                    }
                }
            }
        }
        files
    }
}

/// Runs the recipe of a forge: installation, proof, pushes, synchronisation of the forge, and removal. `which`
/// follows the words `install`, `prove` and `remove` of its comments.
fn recipe_holds(forge: Forge, which: [&str; 3]) {
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox, forge);
    site.create();
    let recipe = site.recipe(forge.heading);
    let before = site.files();
    let [install, prove, remove] = which;
    for _ in 0..2 {
        recipe.run(install);
        recipe.run(prove);
        site.accepts();
        site.refuses();
        site.synchronise();
        site.refuses();
        recipe.run(prove);
    }
    site.knows_the_pusher();
    recipe.run(remove);
    let oid = site.unsigned();
    let accepted = site.push("bob", &[], &format!("{oid}:refs/heads/bad"));
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    assert_eq!(site.files(), before, "the removal left something, or took more");
}

const COMMENTS: [&str; 3] = ["install", "prove", "remove"];

#[test]
fn recipe_for_plain_git_holds() {
    recipe_holds(PLAIN, COMMENTS);
}

#[test]
fn recipe_for_gitea_and_forgejo_holds() {
    recipe_holds(GITEA, COMMENTS);
}

#[test]
fn recipe_for_gogs_holds() {
    recipe_holds(GOGS, COMMENTS);
}

#[test]
fn recipe_for_phorge_holds() {
    recipe_holds(PHORGE, COMMENTS);
}

#[test]
fn recipe_for_gitlab_holds() {
    recipe_holds(GITLAB, COMMENTS);
}

#[test]
fn recipe_for_soft_serve_holds() {
    recipe_holds(SOFT_SERVE, COMMENTS);
}

#[test]
fn recipe_for_old_versions_of_soft_serve_holds() {
    let comments = ["install in older versions", "prove in older versions", "remove from older versions"];
    recipe_holds(OLD_SOFT_SERVE, comments);
}

#[test]
fn file_for_all_repositories_is_in_vain_in_old_versions_of_soft_serve() {
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox, OLD_SOFT_SERVE);
    site.create();
    site.recipe(OLD_SOFT_SERVE.heading).run("install");
    let oid = site.unsigned();
    let accepted = site.push("bob", &[], &format!("{oid}:refs/heads/bad"));
    assert_eq!(accepted.says("error[missing-signoff]").status(), Some(0), "{accepted}");
}

#[test]
fn template_guards_new_repositories() {
    let of_gitea = "Gitea, Forgejo and soft-serve";
    let forges =
        [(PLAIN, "plain git"), (GITEA, of_gitea), (SOFT_SERVE, of_gitea), (GOGS, "Gogs"), (PHORGE, "Phorge")];
    for (forge, name) in forges {
        let sandbox = Sandbox::new();
        let site = Site::new(&sandbox, forge);
        site.recipe("New repositories").run(&format!("new repositories of {name}"));
        site.create();
        site.refuses();
        site.accepts();
        site.synchronise();
        site.refuses();
    }
}

#[test]
fn hook_of_others_beside_the_forge_is_kept() {
    for (forge, place) in [(GOGS, "custom_hooks"), (PHORGE, "hooks/pre-receive-phabricator.d")] {
        let sandbox = Sandbox::new();
        let site = Site::new(&sandbox, forge);
        site.create();
        let own = "#!/bin/sh\ncat >>\"$PWD/seen\"\n";
        let path = site.server.write_executable(format!("{place}/pre-receive"), own);
        site.server.gate(["install", "--mode", "shim"]).ok();
        site.refuses();
        site.accepts();
        let seen = std::fs::read_to_string(site.server.file("seen")).unwrap();
        assert_eq!(seen.matches("refs/heads/main").count(), 1, "{seen}");
        site.server.gate(["status"]).ok().says(place);
        site.server.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
        site.server.gate(["uninstall"]).ok();
        assert_eq!(std::fs::read_to_string(path).unwrap(), own);
    }
}

/// Without the right to run it, git ignores the hook of the forge and with it the place that this reserves.
#[test]
fn hook_of_a_forge_that_git_does_not_run_reserves_nothing() {
    let sandbox = Sandbox::new();
    let site = Site::new(&sandbox, GOGS);
    site.create();
    site.server.gate(["install", "--mode", "shim"]).ok();
    let hook = site.server.file("hooks/pre-receive");
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o644)).unwrap();
    site.server.gate(["status"]).ends_with(1);
}
