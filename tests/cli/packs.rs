//! Searches of a whole history in the order of its packs. They must give the same report as reading objects
//! one by one.

use std::fmt::Write as _;
use std::path::PathBuf;

use git_gate::internals::{Group, RULES};

use crate::support::{Repo, Sandbox, Transcript};

/// Returns a made-up password that cannot be taken for a placeholder.
fn password(number: usize) -> String {
    format!("Qz{number}kV7{}xW", number * 7919 + 13)
}

/// Creates a packed history of 300 commits in which some files contain a password for some time.
pub(super) fn history(repo: &Repo<'_>, seed: usize) {
    let mut stream = String::new();
    for number in 0..300 {
        let path = format!("d{}/f{}", (number * seed) % 7, (number * (seed + 2)) % 11);
        let text = match (number * seed) % 13 {
            0 => format!("[remote \"o\"]\n\turl = https://u:{}@h.io/a\n", password(number)),
            1 => format!("git clone https://u:{}@h.io/a # {number}\n", password(number % 20)),
            2 => format!("[core]\n\tbare = false # {number}\n"),
            _ => format!("{number}\n").repeat(number % 40),
        };
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b.test> {number} +0000\ndata 1\nx\nM 100644 inline {path}\ndata {}\n{text}\n",
            text.len()
        );
    }
    // A commit that no ref reaches remains in the pack.
    let lost = format!("https://u:{}@lost.io/a\n", password(999));
    let _ = write!(
        stream,
        "commit refs/heads/lost\ncommitter A <a@b.test> 1 +0000\ndata 1\nx\nM 100644 inline lost\ndata {}\n{lost}\n",
        lost.len()
    );
    repo.git(["fast-import", "--quiet", "--done"]).stdin(format!("{stream}done\n")).ok();
    repo.git(["update-ref", "-d", "refs/heads/lost"]).ok();
}

/// Paths that matter to a rule because of their name or their directory, and some that do not.
const PATHS: &[&str] = &[
    ".github/workflows/ci.yml",
    ".github/workflows/a/b.yml",
    ".GitHub/workflows/ci.yml",
    ".gitea/workflows/a/b.yaml",
    "x/.github/workflows/ci.yml",
    "x/y/Action.yml",
    "ci/called.yml",
    "x/git/config",
    "x/git/credentials",
    "git/logs/refs/heads/main",
    "git/FETCH_HEAD",
    "config",
    "logs/HEAD",
    ".gitmodules",
    "x/.netrc",
    "https:\\/\\/u:Qz7kV755446xW@h.io/a",
    "docs/a.md",
    "tests/b",
    "src/c",
    "src/d/e",
];

/// Returns file contents with and without findings. Some are findings only in certain files of [`PATHS`].
fn contents() -> Vec<String> {
    let url = format!("https://u:{}@h.io/a\n", password(7));
    vec![
        url.clone(),
        format!("[remote \"o\"]\n\turl = {url}"),
        format!("machine h.io login u password {}\n", password(8)),
        "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@main\n"
            .to_owned(),
        "on: push\npermissions: {}\njobs:\n  a:\n    uses: ./ci/called.yml\n".to_owned(),
        "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n".to_owned(),
        "on: push\n# git-gate: allow[unpinned-uses] because\njobs: {}\n".to_owned(),
        "nothing\n".to_owned(),
        "[core]\n\tbare = false\n".to_owned(),
        "0 1 A <a@b.test> 1 +0000\tclone: from https://u:hunter22@h.io/a\n".to_owned(),
    ]
}

/// Creates a history of two branches and their merges, with random changes, moves and deletions of files.
fn moving(repo: &Repo<'_>, seed: u64) {
    let mut state = seed;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let messages = [
        "x",
        "x\n\nSigned-off-by: A <a@b.test>\n",
        "x\n\nCo-authored-by: D <d@e.test>\nSigned-off-by: A <a@b.test>\n",
        "x\n\nSigned-off-by: B\u{200b} <b@c.test>\nSigned-off-by: C <c@d.test>\n",
        "x\n\nI, A <a@b.test>, hereby add my Signed-off-by to this commit: 11bd71901bbe5b1630ceea73d27597364c9af683\n\nSigned-off-by: A <a@b.test>\n",
        "x https://u:Qz7kV755446xW@h.io/a\n\nSigned-off-by: A <a@b.test>\n",
    ];
    let (contents, mut stream) = (contents(), String::new());
    for number in 1..400 {
        let (branch, message) = (["main", "other"][random(2)], messages[random(messages.len())]);
        let who = ["A <a@b.test>", "A <a@b.test>", "B\u{200b} <b@c.test>", "C <c@d.test>"][random(4)];
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\nmark :{number}\ncommitter {who} {number} +0000\ndata {}\n{message}\n",
            message.len()
        );
        if number > 20 && random(9) == 0 {
            let _ = writeln!(stream, "merge :{}", number - 1 - random(9));
        }
        for _ in 0..random(3) {
            let (path, text) = (PATHS[random(PATHS.len())], &contents[random(contents.len())]);
            let mode = ["100644", "100644", "100644", "100755", "120000"][random(5)];
            let _ = match random(8) {
                0 => writeln!(stream, "D {path}"),
                1 => writeln!(stream, "D {}", path.split('/').next().unwrap()),
                _ => writeln!(stream, "M {mode} inline {path}\ndata {}\n{text}", text.len()),
            };
        }
    }
    // A renamed folder adds everything in it at a new path.
    for (number, change) in
        [&format!("M 100644 inline a/b\ndata {}\n{}", contents[1].len(), contents[1]), "R a c", "R c a"]
            .into_iter()
            .enumerate()
    {
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b.test> {} +0000\ndata 1\nx\n{change}\n",
            500 + number
        );
    }
    repo.git(["fast-import", "--quiet", "--done"]).stdin(format!("{stream}done\n")).ok();
}

/// Returns the report that a run has written.
fn report(transcript: &Transcript) -> String {
    String::from_utf8_lossy(transcript.stdout()).into_owned()
}

fn scan(repo: &Repo<'_>) -> (Transcript, Transcript) {
    let run = || repo.gate(["scan", "--all", "--no-git-config", "--format", "json"]);
    // With `GIT_OBJECT_DIRECTORY` set, objects are read one by one.
    (run().transcript(), run().env("GIT_OBJECT_DIRECTORY", repo.git_dir().join("objects")).transcript())
}

fn pack(repo: &Repo<'_>) -> PathBuf {
    let listing = std::fs::read_dir(repo.git_dir().join("objects/pack")).unwrap();
    let mut paths = listing.map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|extension| extension == "pack")).unwrap()
}

#[test]
fn packs_and_single_objects_give_the_same_report() {
    for seed in [1, 3, 5] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        history(&repo, seed);
        // The last commits are loose objects.
        repo.git(["reset", "-q", "--hard"]).ok();
        for number in 400..404 {
            repo.commit_file(
                ".gitmodules",
                format!("[submodule \"x\"]\n\turl = https://u:{}@h.io\n", password(number)),
            );
        }
        let (packs, objects) = scan(&repo);
        assert_eq!(packs.status(), Some(1));
        assert_eq!(report(&packs), report(&objects));
        packs.says("token-in-git-config").says("token-in-content").never_says("lost");
        (0..404).for_each(|number| {
            packs.never_says(&password(number));
        });
    }
}

#[test]
fn damaged_pack_gives_the_same_result_both_ways() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    history(&repo, 2);
    let path = pack(&repo);
    let sound = std::fs::read(&path).unwrap();
    for part in 1..12 {
        let mut damaged = sound.clone();
        let at = sound.len() * part / 12;
        damaged[at] ^= 0x55;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &damaged).unwrap();
        let (packs, objects) = scan(&repo);
        assert_eq!(packs.status(), objects.status(), "{part}");
        assert_eq!(report(&packs), report(&objects), "{part}");
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    let (packs, objects) = scan(&repo);
    assert_eq!((packs.status(), objects.status()), (Some(2), Some(2)));
}

#[test]
fn added_moved_and_deleted_files_give_same_report() {
    for seed in 1..=12 {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        moving(&repo, seed);
        // Every third history is in two packs.
        if seed % 3 == 0 {
            repo.git(["repack", "-q", "-d"]).ok();
            repo.git(["commit", "-q", "--allow-empty", "-m", "one more"]).ok();
            repo.git(["repack", "-q", "-d"]).ok();
        }
        let (packs, objects) = scan(&repo);
        assert_eq!(packs.status(), Some(1), "{seed}");
        assert_eq!(report(&packs), report(&objects), "{seed}");
    }
}

#[test]
fn partial_policies_give_the_same_report() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    moving(&repo, 77);
    let off = |group: Group| {
        let rules = RULES.iter().filter(|rule| rule.meta.group == group);
        rules.map(|rule| format!("{}: allow", rule.meta.id)).collect::<Vec<_>>().join(", ")
    };
    let [tokens, workflows, signoffs] = [Group::Token, Group::Workflow, Group::Signoff].map(off);
    for policy in [
        format!("rules: {{{tokens}}}"),
        format!("rules: {{{workflows}}}"),
        format!("rules: {{{signoffs}}}"),
        format!("rules: {{{tokens}, {workflows}}}"),
        format!("rules: {{{tokens}, {workflows}, {signoffs}}}"),
        "sign-off: {merges: skip}".to_owned(),
        "sign-off: {merges: require}".to_owned(),
        "sign-off: {coauthors: require, remediation: {individual: true}}".to_owned(),
        "workflows: {judge: tip}".to_owned(),
    ] {
        let file = sandbox.write("policy.yml", &policy);
        let run =
            || repo.gate(["scan", "--all", "--no-git-config", "--format", "json", "--policy"]).arg(&file);
        let packs = run().transcript();
        let objects = run().env("GIT_OBJECT_DIRECTORY", repo.git_dir().join("objects")).transcript();
        assert_eq!(report(&packs), report(&objects), "{policy}");
    }
}

#[test]
fn advice_names_the_same_authors() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let mut stream = String::new();
    for number in 0..300 {
        let (who, message) = if number == 100 {
            ("A <a@b.test>", "x")
        } else {
            ("C <c@d.test>", "x\n\nSigned-off-by: C <c@d.test>\n")
        };
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter {who} {number} +0000\ndata {}\n{message}\nM 100644 inline f\ndata 4\n{number:03}\n\n",
            message.len()
        );
    }
    repo.git(["fast-import", "--quiet", "--done"]).stdin(format!("{stream}done\n")).ok();
    let run = || repo.gate(["scan", "--all", "--no-git-config"]);
    let packs = run().transcript();
    let objects = run().env("GIT_OBJECT_DIRECTORY", repo.git_dir().join("objects")).transcript();
    assert_eq!(packs.status(), Some(1));
    assert_eq!(report(&packs), report(&objects));
    packs.says("each author has to sign off their own commits: A <a@b.test> (1)");
}

#[test]
fn shallow_histories_give_the_same_report() {
    let sandbox = Sandbox::new();
    let whole = sandbox.init("whole");
    moving(&whole, 3);
    for depth in 150..160 {
        let name = format!("cut{depth}");
        let url = format!("file://{}", whole.path().display());
        sandbox
            .run("git")
            .args(["clone", "-q", "--no-checkout", "--no-single-branch", "--depth"])
            .arg(depth.to_string())
            .args([url.as_str(), name.as_str()])
            .ok();
        let repo = Repo::at(&sandbox, sandbox.path(&name));
        let (packs, objects) = scan(&repo);
        // The deepest clones are whole; git lists a root commit at the depth of the cut, too.
        let listed = std::fs::read_to_string(repo.file(".git/shallow")).unwrap_or_default();
        let has_parent =
            |oid: &str| repo.git(["cat-file", "commit", oid]).ok().to_string().contains("\nparent ");
        let status = if listed.lines().any(has_parent) { 2 } else { 1 };
        assert_eq!(packs.status(), Some(status), "{depth}");
        assert_eq!(report(&packs), report(&objects), "{depth}");
    }
}

#[test]
fn repeatedly_nested_trees_are_visited_once() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    moving(&repo, 5);
    // The innermost tree is in no pack, so that no fingerprint can be computed for the others.
    let blob = repo.git(["hash-object", "-w", "--stdin"]).stdin("x\n").ok().line();
    let make = |entries: &str| repo.git(["mktree"]).stdin(entries).ok().line();
    let mut tree = make(&format!("100644 blob {blob}\tx\n"));
    let mut packed = String::new();
    for _ in 0..60 {
        tree = make(&format!("040000 tree {tree}\ta\n040000 tree {tree}\tb\n"));
        packed.push_str(&format!("{tree}\n"));
    }
    let place = repo.git_dir().join("objects/pack/pack");
    repo.git(["pack-objects", "-q"]).arg(place).stdin(packed).ok();
    repo.gate(["scan", "--no-git-config", "main", "other"]).ends_with(1);
}

/// Writes a tree with exactly the given entries, even if git would not write it; returns its oid.
fn raw_tree(repo: &Repo<'_>, entries: &[(&str, &str, &str)]) -> String {
    let mut tree = Vec::new();
    for (mode, name, oid) in entries {
        tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        tree.extend((0..oid.len()).step_by(2).map(|at| u8::from_str_radix(&oid[at..at + 2], 16).unwrap()));
    }
    repo.git(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"]).stdin(tree).ok().line()
}

/// Function that writes trees into a repository and returns their oids.
type Trees<'t> = &'t dyn Fn(&Repo<'_>) -> Vec<String>;

/// Creates 300 signed commits, followed by one commit for each of the trees, in one pack.
fn with_trees(sandbox: &Sandbox, trees: impl Fn(&Repo<'_>) -> Vec<String>) -> Repo<'_> {
    let repo = sandbox.init("clone");
    let message = "x\n\nSigned-off-by: A <a@b.test>\n";
    let commit = |number: usize| {
        format!(
            "commit refs/heads/main\ncommitter A <a@b.test> {number} +0000\ndata {}\n{message}\n",
            message.len()
        )
    };
    let stream: String = (0..300).map(commit).collect();
    repo.git(["fast-import", "--quiet", "--done"]).stdin(format!("{stream}done\n")).ok();
    for tree in trees(&repo) {
        let message = "x\n\nSigned-off-by: A U Thor <author@example.com>\n";
        let made = repo.git(["commit-tree", "-p", "main", &tree]).stdin(message).ok().line();
        repo.git(["update-ref", "refs/heads/main", &made]).ok();
    }
    repo.git(["repack", "-q", "-a", "-d"]).ok();
    repo
}

#[test]
fn malformed_trees_give_the_same_report() {
    let blob =
        |repo: &Repo<'_>, text: &str| repo.git(["hash-object", "-w", "--stdin"]).stdin(text).ok().line();
    let path = |name: &'static str, text: &'static str| {
        move |repo: &Repo<'_>| vec![raw_tree(repo, &[("100644", name, &blob(repo, text))])]
    };
    let workflow =
        "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@main\n";
    let action = "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n";
    let in_git = |repo: &Repo<'_>| {
        let log = blob(repo, "0 1 A <a@b.test> 1 +0000\tclone: from https://u:hunter22@h.io/a\n");
        let git = raw_tree(repo, &[("100644", "logs/x", &log)]);
        vec![raw_tree(repo, &[("40000", "git", &git)])]
    };
    let twice = |repo: &Repo<'_>| {
        let [x, y] =
            [3, 4].map(|number| blob(repo, &format!("git clone https://u:{}@h.io/a\n", password(number))));
        let other = blob(repo, "nothing\n");
        let entry = |name: &'static str, oid| ("100644", name, oid);
        let one = raw_tree(repo, &[entry("a", x.as_str()), entry("a", &y), entry("b", &other)]);
        let two = raw_tree(repo, &[entry("a", x.as_str()), entry("b", &other), entry("a", &y)]);
        (0..8).map(|number| [&one, &two][number % 2].clone()).collect()
    };
    let cases: [Trees<'_>; 4] =
        [&path(".github/workflows/ci.yml", workflow), &path("x/action.yml", action), &in_git, &twice];
    for trees in cases {
        let sandbox = Sandbox::new();
        let repo = with_trees(&sandbox, trees);
        let (packs, objects) = scan(&repo);
        assert!(packs.contains("\"rule\""), "{packs}");
        assert_eq!(report(&packs), report(&objects));
        assert_eq!(packs.status(), objects.status());
    }
}
