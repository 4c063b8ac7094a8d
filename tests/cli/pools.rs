//! Repositories that borrow the objects of another one.

use super::packs::history;
use crate::support::{Repo, Sandbox};

/// A fork without a pack of its own borrows those of a pool, and has all findings in what they share.
#[test]
fn each_fork_has_the_findings_of_the_pool() {
    let sandbox = Sandbox::new();
    let pool = sandbox.init_bare("pool.git");
    history(&pool, 3);
    let scan = |repo: &Repo<'_>| {
        let scan = repo.gate(["scan", "main", "--no-git-config", "--format", "json"]).ends_with(1);
        String::from_utf8(scan.stdout().to_vec()).unwrap()
    };
    let expected = scan(&pool);
    assert!(expected.contains("token-in-git-config"), "{expected}");
    for name in ["one.git", "two.git"] {
        let fork = sandbox.init_bare(name);
        fork.write("objects/info/alternates", format!("{}\n", pool.file("objects").display()));
        fork.git(["update-ref", "refs/heads/main", &pool.oid("main").unwrap()]).ok();
        assert_eq!(scan(&fork), expected);
        // What a fork has itself is judged, too, packed or not.
        let own = "commit refs/heads/main\ncommitter A <a@b.test> 900 +0000\ndata 1\nx\nfrom refs/heads/main^0\n\
                   M 100644 inline own\ndata 30\nhttps://u:Qz7kV7j3xW9@h.io/own\n\n";
        fork.git(["fast-import", "--quiet"]).stdin(own).ok();
        assert!(scan(&fork).contains("\"own\""), "{name}");
        if name == "two.git" {
            fork.git(["repack", "-q", "-d", "-l"]).ok();
            assert!(scan(&fork).contains("\"own\""), "{name}");
        }
    }
    // Without the pool, nothing of it is taken from elsewhere.
    std::fs::rename(pool.file("objects"), pool.file("gone")).unwrap();
    Repo::at(&sandbox, sandbox.path("one.git")).gate(["scan", "main", "--no-git-config"]).ends_with(2);
}

/// What a run keeps of a pool for its forks changes no report, and is gone afterwards.
#[test]
fn each_repository_of_a_fleet_has_the_findings_that_it_has_alone() {
    let sandbox = Sandbox::new();
    let pool = sandbox.init_bare("fleet/pool.git");
    history(&pool, 3);
    for name in ["one", "two"] {
        let fork = sandbox.init_bare(format!("fleet/{name}.git"));
        fork.write("objects/info/alternates", format!("{}\n", pool.file("objects").display()));
        fork.git(["update-ref", "refs/heads/main", &pool.oid("main").unwrap()]).ok();
        let own = format!(
            "commit refs/heads/main\ncommitter A <a@b.test> 900 +0000\ndata 1\nx\nfrom refs/heads/main^0\n\
             M 100644 inline {name}\ndata 30\nhttps://u:Qz7kV7j3xW9@h.io/own\n\n"
        );
        fork.git(["fast-import", "--quiet"]).stdin(own).ok();
    }
    sandbox.init_bare("fleet/other.git");
    let temporary = sandbox.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let here = Repo::at(&sandbox, sandbox.path("fleet"));
    let blocks = |places: &[&str]| -> Vec<String> {
        let scan = ["fleet", "scan", "--no-git-config", "--jobs", "1"].iter().chain(places);
        let said = here.gate(scan).env("TMPDIR", &temporary).ends_with(1);
        let said = String::from_utf8(said.stdout().to_vec()).unwrap();
        let is_of_block = |line: &&str| !["\"header\"", "\"verdict\""].iter().any(|kind| line.contains(kind));
        said.lines().filter(is_of_block).map(str::to_owned).collect()
    };
    let mut alone: Vec<String> =
        ["pool.git", "one.git", "two.git"].iter().flat_map(|name| blocks(&[name])).collect();
    let mut together = blocks(&["pool.git", "one.git", "two.git"]);
    assert!(together.len() > 30, "{}", together.len());
    alone.sort();
    together.sort();
    assert_eq!(together, alone);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}
