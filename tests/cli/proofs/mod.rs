//! `sign-off.proven`: signatures that count in the place of a sign-off, made by `gpg` and `ssh-keygen` while the test runs.

mod certificates;
mod gpg;
mod headers;
mod key_files;
mod openpgp;
mod packets;
mod places;
mod ssh;

use crate::support::{Repo, Sandbox, Transcript, not_tested, outer};

/// Committer date of all commits here, in seconds since 1970.
const DATE: u64 = 1_700_000_000;

/// Returns whether a program is on the PATH of the machine; says if something is not tested because it is not.
fn has_program(name: &str) -> bool {
    let path = outer("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if !found {
        not_tested("signatures of commits", name);
    }
    found
}

/// Repository with one signed-off commit, on which the commits of the tests stand.
struct Proving<'s> {
    repo: Repo<'s>,
    base: String,
}

impl<'s> Proving<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        Self::with_options(sandbox, &[])
    }

    fn with_options(sandbox: &'s Sandbox, options: &[&str]) -> Self {
        let repo = sandbox.init_with("proving", options);
        repo.write("README", "x\n");
        let base = repo.commit("docs: begin");
        Self { repo, base }
    }

    /// Returns a commit without a signature, as the bytes of its object.
    fn unsigned(&self) -> String {
        self.unsigned_at(DATE)
    }

    /// Returns a commit with a committer date, without a signature.
    fn unsigned_at(&self, date: u64) -> String {
        let tree = self.repo.oid("HEAD^{tree}").unwrap();
        format!(
            "tree {tree}\nparent {}\nauthor Ana <ana@x.test> {date} +0000\n\
             committer Forge <forge@x.test> {date} +0000\n\ndocs: x (#1)\n\nSigned-off-by: Bo <bo@y.test>\n",
            self.base
        )
    }

    /// Stores a commit and scans it with a policy.
    fn scan(&self, object: &[u8], policy: &str) -> Transcript {
        let stored = self.repo.git(["hash-object", "-t", "commit", "-w", "--literally", "--stdin"]);
        let oid = stored.stdin(object).ok().line();
        self.repo.write("../policy.yml", policy);
        let range = format!("{}..{oid}", self.base);
        self.repo.gate(["scan", "--no-git-config", "--policy", "../policy.yml"]).arg(range).transcript()
    }
}

/// Returns a policy with one entry, for everyone's commits that have a sign-off.
fn policy(keys: &str, fingerprint: &str) -> String {
    policy_for(keys, fingerprint, "any", "any-signoff")
}

/// Returns a policy with one entry.
fn policy_for(keys: &str, fingerprint: &str, authors: &str, needs: &str) -> String {
    format!(
        "sign-off:\n  proven:\n    - keys: {keys}\n      fingerprints: ['{fingerprint}']\n      authors: {authors}\n      \
         needs: {needs}\n      reason: the forge squashed it\n"
    )
}

/// Puts a signature into a commit, as the header that git gives it.
fn with_signature(commit: &str, signature: &str) -> String {
    with_header(commit, "gpgsig", signature)
}

fn with_header(commit: &str, name: &str, value: &str) -> String {
    let value = value.trim_end().replace('\n', "\n ");
    commit.replacen("\n\n", &format!("\n{name} {value}\n\n"), 1)
}
