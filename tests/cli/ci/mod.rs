//! Recipes for CI: the steps of the action and the scripts of the others, run with the variables of their runners on the refs
//! of a local server, and compared with what the hook of a server says of the same push.

mod action;
mod events;
mod forgejo;
mod others;
mod trust;

use std::path::{Path, PathBuf};

use crate::support::{Repo, Run, Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns the path of a file in `install/`.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("install").join(name)
}

/// Oid that stands for no commit.
const NONE: &str = "0000000000000000000000000000000000000000";

/// Faults of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Signed,
    Unsigned,
    Unpinned,
    /// Loosens the policy, and needs it loosened.
    Loosened,
    /// Clean itself, but the branch has merged what the target has got since, and is signed by nobody.
    BesideUnsigned,
}

impl Change {
    const ALL: [Self; 5] =
        [Self::Signed, Self::Unsigned, Self::Unpinned, Self::Loosened, Self::BesideUnsigned];

    /// Changes of which one is refused and one is not, where the others would tell nothing more.
    const FEW: [Self; 2] = [Self::Unpinned, Self::BesideUnsigned];

    /// Returns the exit status of a gate.
    fn status(self) -> i32 {
        i32::from(!matches!(self, Self::Signed | Self::BesideUnsigned))
    }
}

/// A forge whose `main` nobody guards, and a server with the hook that gets the same pushes.
struct Forge<'s> {
    sandbox: &'s Sandbox,
    bare: Repo<'s>,
    guarded: Server<'s>,
    client: Repo<'s>,
}

impl<'s> Forge<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        Self::with(sandbox, &[])
    }

    /// Creates both, with files in the first commit. The forge has a commit more than the hook was there for.
    fn with(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Self {
        let guarded = Server::new(sandbox, files);
        let client = guarded.client.clone();
        let bare = sandbox.init_bare("forge.git");
        client.git(["push", "-q", "../forge.git", "main"]).ok();
        Self { sandbox, bare, guarded, client }
    }

    /// Returns the oid of a ref of the forge.
    fn oid(&self, name: &str) -> String {
        self.bare.oid(name).expect(name)
    }

    /// Pushes a revision to a ref of the forge.
    fn push(&self, revision: &str, to: &str) {
        self.client.git(["push", "-q", "--force", "../forge.git", &format!("{revision}:{to}")]).ok();
    }

    /// Creates a branch of the client with a change on top of `main`; returns its oid.
    fn change(&self, change: Change) -> String {
        self.client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
        match change {
            Change::Signed => self.client.commit("docs: a change"),
            Change::Unsigned => self.client.commit_message("docs: a change\n"),
            Change::Unpinned => self.client.commit_file(WORKFLOW, UNPINNED_WORKFLOW),
            Change::Loosened => {
                self.client.write(".git-gate.yml", "rules: {missing-signoff: allow}\n");
                self.client.commit_message("docs: a change\n")
            }
            Change::BesideUnsigned => {
                self.client.commit("docs: a change");
                self.client.git(["checkout", "-q", "main"]).ok();
                self.client.commit_message("docs: of somebody else\n");
                self.push("main", "refs/heads/main");
                self.admit("main:main");
                self.client.git(["checkout", "-q", "topic"]).ok();
                self.client.git(["merge", "-q", "--no-edit", "main"]).ok();
                self.client.oid("HEAD").unwrap()
            }
        }
    }

    /// Pushes to the guarded server while its gate is away.
    fn admit(&self, refspec: &str) {
        self.guarded.bare.gate(["uninstall"]).ok();
        self.guarded.push(["--force", refspec]);
        self.guarded.bare.gate(["install"]).ok();
    }

    /// Returns the exit status that a push has which the hook of a server judges.
    fn said_by_the_hook(&self, revision: &str, to: &str) -> i32 {
        i32::from(self.guarded.push(["--force", &format!("{revision}:{to}")]).status() != Some(0))
    }

    /// Builds a run of `git-gate-ci`, in a shallow clone of the forge.
    fn judge(&self) -> Run {
        if !self.sandbox.path("work").exists() {
            let forge = format!("file://{}", self.bare.path().display());
            self.sandbox.run("git").args(["clone", "-q", "--depth=1", &forge, "work"]).ok();
        }
        self.sandbox.run("sh").arg(source("ci/git-gate-ci")).dir(self.sandbox.path("work"))
    }
}
