//! Signature headers at a place where no program writes them: git reads another commit than the one that was signed.

use super::gpg::Gpg;
use super::{DATE, Proving, has_program, policy, policy_for, with_signature};
use crate::support::{Sandbox, Server};

/// Returns a commit with a header below the first line that begins with a text.
fn below(commit: &str, start: &str, name: &str, value: &str) -> String {
    let header = format!("{name} {}", value.trim_end().replace('\n', "\n "));
    let mut lines: Vec<&str> = commit.split('\n').collect();
    let at = lines.iter().position(|line| line.starts_with(start)).unwrap();
    lines.insert(at + 1, &header);
    lines.join("\n")
}

#[test]
fn signature_counts_only_below_the_committer() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let (gpg, proving) = (Gpg::new(&sandbox), Proving::new(&sandbox));
    let forge = gpg.key("Forge", "ed25519", "sign", DATE - 1000, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let unsigned = proving.unsigned().replace("Signed-off-by: Bo <bo@y.test>\n", "");
    let stored =
        proving.repo.git(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(&unsigned).ok().line();
    let merge = proving.unsigned().replacen("author ", &format!("parent {stored}\nauthor "), 1);
    for (commit, below_line, is_proven) in [
        (proving.unsigned(), "tree ", false),
        (proving.unsigned(), "parent ", false),
        (proving.unsigned(), "author ", false),
        (proving.unsigned(), "committer ", true),
        // Git would read no second parent, and nothing would judge it.
        (merge, "parent ", false),
    ] {
        let good = gpg.sign(&forge, &commit, DATE, &[]);
        let moved = below(&commit, below_line, "gpgsig", &good);
        let other = below(&with_signature(&commit, &good), below_line, "gpgsig-sha256", "x");
        for object in [moved, other] {
            let said = proving.scan(object.as_bytes(), &policy("forge.gpg", &forge));
            let status = i32::from(!is_proven);
            assert_eq!(said.status(), Some(status), "{object}\n{said}");
            said.says(if is_proven { "1 commit is proven" } else { "its header stands above the committer" });
        }
    }
}

#[test]
fn pushed_commit_hides_no_parent_behind_its_signature() {
    if !has_program("gpg") {
        return;
    }
    let sandbox = Sandbox::new();
    let gpg = Gpg::new(&sandbox);
    let forge = gpg.key("Forge", "ed25519", "sign", DATE - 1000, "0");
    sandbox.write("forge.gpg", gpg.export(&forge));
    let server = Server::new(&sandbox, &[]);
    let keys = sandbox.path("forge.gpg");
    let bot = "49699333+dependabot[bot]@users.noreply.github.com";
    let listed = format!("['{bot}']");
    server.bare.write("git-gate.yml", policy_for(keys.to_str().unwrap(), &forge, &listed, "nothing"));
    // A commit without a sign-off, and one of the bot on top of it.
    server.client.write("evil", "x\n");
    server.client.git(["add", "evil"]).ok();
    server.client.git(["commit", "-q", "-m", "evil"]).ok();
    let (tree, parent) = (server.client.oid("HEAD^{tree}").unwrap(), server.client.oid("HEAD").unwrap());
    let commit = format!(
        "tree {tree}\nparent {parent}\nauthor dependabot[bot] <{bot}> {DATE} +0000\n\
         committer GitHub <noreply@github.com> {DATE} +0000\n\nbuild: bump x\n"
    );
    let good = gpg.sign(&forge, &commit, DATE, &[]);
    let store = |object: &str| {
        let stored = server.client.git(["hash-object", "-t", "commit", "-w", "--literally", "--stdin"]);
        stored.stdin(object).ok().line()
    };
    let whole = store(&with_signature(&commit, &good));
    server.refuses([&format!("{whole}:refs/heads/x")]).says("error[missing-signoff]").says("evil");
    for object in [
        below(&commit, "tree ", "gpgsig", &good),
        below(&with_signature(&commit, &good), "tree ", "gpgsig-sha256", "x"),
    ] {
        let root = store(&object);
        assert_eq!(server.client.git(["rev-list", "--parents", "-1", &root]).ok().line(), root);
        let said = server.refuses([&format!("{root}:refs/heads/x")]);
        said.says("its header stands above the committer").never_says("is proven");
    }
}
