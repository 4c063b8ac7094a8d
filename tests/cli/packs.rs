//! A whole history is searched in its packs first. That changes what it costs, and nothing else.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::support::{Repo, Sandbox, Transcript};

/// Made-up passwords that no placeholder looks like.
fn password(number: usize) -> String {
    format!("Qz{number}kV7{}xW", number * 7919 + 13)
}

/// A history of 300 commits, packed, in which some files hold a password for a while.
fn history(repo: &Repo<'_>, seed: usize) {
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
    // What no ref reaches any more is in the pack all the same.
    let lost = format!("https://u:{}@lost.io/a\n", password(999));
    let _ = write!(
        stream,
        "commit refs/heads/lost\ncommitter A <a@b.test> 1 +0000\ndata 1\nx\nM 100644 inline lost\ndata {}\n{lost}\n",
        lost.len()
    );
    repo.git(["fast-import", "--quiet", "--done"]).stdin(format!("{stream}done\n")).ok();
    repo.git(["update-ref", "-d", "refs/heads/lost"]).ok();
}

fn scan(repo: &Repo<'_>) -> (Transcript, Transcript) {
    let run = || repo.gate(["scan", "--all", "--no-git-config", "--format", "json"]);
    // With an object directory from the environment, objects are read one by one.
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
        // Some of it is loose.
        repo.git(["reset", "-q", "--hard"]).ok();
        for number in 400..404 {
            repo.commit_file(
                ".gitmodules",
                format!("[submodule \"x\"]\n\turl = https://u:{}@h.io\n", password(number)),
            );
        }
        let (packs, objects) = scan(&repo);
        assert_eq!(packs.status(), Some(1));
        assert_eq!(String::from_utf8_lossy(packs.stdout()), String::from_utf8_lossy(objects.stdout()));
        packs.says("token-in-git-config").says("token-in-content").never_says("lost");
        (0..404).for_each(|number| {
            packs.never_says(&password(number));
        });
    }
}

#[test]
fn a_damaged_pack_refuses_as_ever() {
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
        assert_eq!(
            String::from_utf8_lossy(packs.stdout()),
            String::from_utf8_lossy(objects.stdout()),
            "{part}"
        );
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    let (packs, objects) = scan(&repo);
    assert_eq!((packs.status(), objects.status()), (Some(2), Some(2)));
}
