//! A push to a symbolic ref is judged as one to the ref that moves, whether that exists or not.

use std::os::unix::fs::symlink;

use crate::support::{Sandbox, Server, UNPINNED_WORKFLOW, WORKFLOW};

/// Options of `git init` for each storage that the git of this machine has.
fn storages(sandbox: &Sandbox) -> Vec<Vec<&'static str>> {
    let mut storages = vec![vec![], vec!["--object-format=sha256"]];
    let reftable = ["init", "-q", "--bare", "--ref-format=reftable", "probe.git"];
    if sandbox.run("git").args(reftable).transcript().status() == Some(0) {
        storages.push(vec!["--ref-format=reftable"]);
        storages.push(vec!["--ref-format=reftable", "--object-format=sha256"]);
    }
    storages
}

/// Runs a test once for each storage.
fn in_each_storage(test: impl Fn(&Server<'_>)) {
    let probe = Sandbox::new();
    for options in storages(&probe) {
        let sandbox = Sandbox::new();
        test(&Server::with_options(&sandbox, &options, &[]));
    }
}

fn alias(server: &Server<'_>, name: &str, target: &str) {
    server.bare.git(["symbolic-ref", name, target]).ok();
}

#[test]
fn uncovered_alias_is_judged_by_its_target() {
    in_each_storage(|server| {
        alias(server, "refs/pub/latest", "refs/heads/release");
        alias(server, "refs/pub/chain", "refs/pub/middle");
        alias(server, "refs/pub/middle", "refs/pub/latest");
        server.accepts(["main:refs/heads/release"]);
        server.bad_branch();
        for name in ["latest", "chain"] {
            let to = format!("bad:refs/pub/{name}");
            server
                .refuses([&to])
                .says("error[unpinned-uses]")
                .says("is judged as one to `refs/heads/release`");
        }
        server.accepts([":release"]);
        for name in ["latest", "middle", "chain"] {
            let to = format!("bad:refs/pub/{name}");
            server.refuses([&to]).says("error[unpinned-uses]");
            server.refuses([&to, ":refs/heads/other"]).says("error[unpinned-uses]");
        }
        server.accepts(["main:refs/pub/chain"]);
        assert_eq!(server.bare.oid("refs/heads/release"), server.client.oid("main"));
        server.refuses([":refs/heads/release", "bad:refs/pub/latest"]).says("error[unpinned-uses]");
    });
}

#[test]
fn levels_of_the_target_apply() {
    in_each_storage(|server| {
        let policy = "rules: {unpinned-uses: warn}\nrefs:\n  levels: [{match: refs/heads/release/*, rules: {unpinned-uses: deny}}]\n";
        server.bare.write("git-gate.yml", policy);
        alias(server, "refs/heads/latest", "refs/heads/release/1");
        server.bad_branch();
        server.refuses(["bad:refs/heads/latest"]).says("error[unpinned-uses]");
        server.accepts(["main:refs/heads/release/1"]);
        server.refuses(["bad:refs/heads/latest"]).says("error[unpinned-uses]");
        server.accepts(["bad:refs/heads/lax"]).says("warning[unpinned-uses]");
        server.refuses(["bad:refs/heads/latest"]).says("error[unpinned-uses]");
        server.client.git(["checkout", "-q", "main"]).ok();
        server.client.commit_file("good", "x\n");
        let accepted = server.accepts(["main:refs/heads/latest"]);
        accepted.says("`refs/heads/latest` is a symbolic ref").says("refs/heads/release/1");
        assert_eq!(server.bare.oid("refs/heads/release/1"), server.client.oid("main"));
    });
}

#[test]
fn immutable_tag_is_not_moved_or_deleted_through_an_alias() {
    in_each_storage(|server| {
        server.bare.write("git-gate.yml", "rules: {moved-tag: deny}\n");
        server.client.git(["tag", "v1"]).ok();
        server.accepts(["v1"]);
        for (name, target) in [
            ("refs/tags/latest", "refs/tags/v1"),
            ("refs/heads/newest", "refs/tags/latest"),
            ("refs/pub/x", "refs/tags/v1"),
        ] {
            alias(server, name, target);
        }
        server.client.commit_file("b", "x\n");
        server.accepts(["main"]);
        for name in ["refs/tags/latest", "refs/heads/newest", "refs/pub/x"] {
            let (moves, deletes) = (format!("+main:{name}"), format!(":{name}"));
            server.refuses([&moves]).says("error[moved-tag]: the push moves `refs/tags/v1`");
            server.refuses([&deletes]).says("the push deletes `refs/tags/v1`");
            server.refuses([&deletes, "main:refs/heads/other"]).says("the push deletes `refs/tags/v1`");
        }
    });
}

#[test]
fn covered_alias_of_an_uncovered_ref_vouches_for_nothing() {
    in_each_storage(|server| {
        server.bare.write("git-gate.yml", "refs: {exempt: [refs/heads/wip/*]}\n");
        alias(server, "refs/heads/current", "refs/heads/wip/1");
        alias(server, "refs/tags/current", "refs/pub/x");
        server.bad_branch();
        for name in ["refs/heads/wip/1", "refs/pub/x"] {
            server.accepts([&format!("bad:{name}")]).says("is not covered by the policy");
        }
        for to in ["bad:refs/heads/main", "bad:refs/heads/new", "bad:refs/tags/new"] {
            server.refuses([to]).says("error[unpinned-uses]");
        }
        server.bare.write(
            "git-gate.yml",
            "refs: {exempt: [refs/heads/wip/*], levels: [{match: refs/heads/x, profile: hardened}]}\n",
        );
        server.refuses(["bad:refs/heads/main"]).says("error[unpinned-uses]");
    });
}

#[test]
fn circle_is_refused_and_blocks_nothing_else() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("b", "x\n");
    server.bare.write("refs/pub/a", "ref: refs/pub/b\n");
    server.bare.write("refs/pub/b", "ref: refs/pub/a\n");
    server.bare.write("refs/pub/out", "ref: refs/../../outside\n");
    server.bare.write("refs/pub/fetch", "ref: FETCH_HEAD\n");
    for name in ["a", "b", "out", "fetch"] {
        server.refuses([&format!("main:refs/pub/{name}")]).says("leads in a circle, or to something");
    }
    server.accepts(["main"]);
}

#[test]
fn every_form_of_a_symbolic_ref_in_files_is_known() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bad_branch();
    server.bare.write("refs/pub/tight", "ref:refs/heads/gone");
    server.bare.write("refs/pub/blanks", "ref: \t refs/heads/gone \n\n");
    symlink("refs/heads/gone", server.bare.file("refs/pub/link")).unwrap();
    alias(&server, "refs/pub/head", "HEAD");
    alias(&server, "refs/heads/x", "refs/heads/x/y");
    server.bare.git(["pack-refs", "--all"]).ok();
    for name in ["refs/pub/tight", "refs/pub/blanks", "refs/pub/link", "refs/pub/head", "refs/heads/x"] {
        server.refuses([&format!("bad:{name}")]).says("error[unpinned-uses]");
    }
}

#[test]
fn linked_folder_of_refs_is_followed() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bad_branch();
    symlink("heads", server.bare.file("refs/link")).unwrap();
    symlink("../pub", server.bare.file("refs/heads/pub")).unwrap();
    symlink(sandbox.path("home"), server.bare.file("refs/out")).unwrap();
    for name in ["refs/link/main", "refs/link/new", "refs/link/new/below"] {
        server.refuses([&format!("bad:{name}")]).says("error[unpinned-uses]");
    }
    server.refuses(["main:refs/out/x"]).says("leads in a circle, or to something that is not a ref");
    server.accepts(["bad:refs/pub/x"]).says("is not covered");
    server.refuses(["bad:main"]).says("error[unpinned-uses]");
    symlink("../pub/x", server.bare.file("refs/heads/file")).unwrap();
    server.refuses(["bad:main"]).says("error[unpinned-uses]");
    server.client.git(["checkout", "-q", "main"]).ok();
    server.client.commit_file("good", "x\n");
    server.accepts(["main:refs/link/main"]).says("is judged as one to `refs/heads/main`");
}

#[test]
fn default_branch_may_be_symbolic_unborn_or_detached() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    alias(&server, "refs/heads/trunk", "refs/heads/main");
    alias(&server, "HEAD", "refs/heads/trunk");
    server.bad_branch();
    server.refuses(["+bad:trunk"]).says("error[unpinned-uses]");
    server.client.git(["checkout", "-q", "main"]).ok();
    server.client.commit_file("good", "x\n");
    server.accepts(["main:trunk"]);
    alias(&server, "HEAD", "refs/heads/unborn");
    server.refuses(["+bad:unborn"]).says("error[unpinned-uses]");
    server.accepts(["main:unborn"]);
    let oid = server.bare.oid("main").unwrap();
    server.bare.git(["update-ref", "--no-deref", "HEAD", &oid]).ok();
    server.refuses(["+bad:main"]).says("error[unpinned-uses]");
    server.client.commit_file("good", "y\n");
    server.accepts(["main"]);
}

#[test]
fn names_beside_the_refs_are_left_to_git() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(WORKFLOW, UNPINNED_WORKFLOW);
    let new = server.client.commit("docs: bad");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let zero = "0".repeat(40);
    for name in ["HEAD", "refs/heads/main"] {
        let hook = server.bare.gate(["hook", "pre-receive"]).stdin(format!("{zero} {new} {name}\n"));
        hook.ends_with(1).says("error[unpinned-uses]");
    }
    for name in ["refs/../HEAD", "refs//heads/main", "../../../../../../dev/zero", "FETCH_HEAD"] {
        let hook = server.bare.gate(["hook", "pre-receive"]).stdin(format!("{zero} {new} {name}\n"));
        hook.ok().says("is not covered by the policy");
    }
}
