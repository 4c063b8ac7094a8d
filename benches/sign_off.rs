//! How long it takes to judge sign-offs. Prints times and ratios, and asserts nothing: machines differ.
//!
//! `cargo bench --bench sign_off` grows hostile messages; with a repository as argument it also judges all of its
//! commits, against `git log --all --format='%H %(trailers:key=Signed-off-by)'`:
//! `cargo bench --bench sign_off -- <git directory>`.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use git_gate::git::{Commit, CommitText, Known, Merges, Oid, Repo, Revisions, distinct, new_commits};
use git_gate::policy::SignOffPolicy;
use git_gate::signoff::{Certification, People, assess};

fn main() {
    grow("one sign-off line", &[8_000, 64_000, 512_000], |size| {
        format!("s\n\nSigned-off-by: {} <ana@x.test>\n", "Ana <".repeat(size / 5))
    });
    grow("blanks in a sign-off", &[8_000, 64_000, 512_000], |size| {
        format!("s\n\nSigned-off-by: Ana{}<ana@x.test>\n", " ".repeat(size))
    });
    grow("prose", &[128_000, 1_024_000, 8_192_000], |size| {
        format!("s\n\n{}", "a line of prose\n".repeat(size / 16))
    });
    grow("trailers", &[1_250, 10_000, 80_000], |count| {
        format!("s\n\n{}", "Signed-off-by: Bo Lind <bo@x.test>\n".repeat(count))
    });
    grow("folded values", &[1_250, 10_000, 80_000], |count| format!("s\n\nA: b\n{}", " <c\n".repeat(count)));
    grow("stacked blocks", &[1_250, 10_000, 80_000], |count| {
        format!("s\n\n{}", "Signed-off-by: B\n\n".repeat(count))
    });
    if let Some(directory) = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')) {
        repository(&directory);
    }
}

/// Judges messages of growing sizes, each eight times the one before: a ratio of 8 is linear.
fn grow(what: &str, sizes: &[usize], message: impl Fn(usize) -> String) {
    let mut before: Option<Duration> = None;
    for size in sizes {
        let text = CommitText {
            authors: vec!["Ana Ruiz <ana@x.test> 1 +0000".into()],
            committers: vec!["Ana Ruiz <ana@x.test> 1 +0000".into()],
            message: message(*size).into(),
            ..CommitText::default()
        };
        let time = (0..5).map(|_| timed(|| drop(judge(&text)))).min().unwrap();
        let ratio = before.map(|before| format!("  x{:.1}", time.as_secs_f64() / before.as_secs_f64()));
        println!("{what:22} {size:9}  {time:9.1?}{}", ratio.unwrap_or_default());
        before = Some(time);
    }
}

fn judge(text: &CommitText) -> Certification {
    assess(text, &SignOffPolicy::default(), &People::default()).certification
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn repository(directory: &str) {
    std::env::set_current_dir(directory).unwrap();
    let log = ["log", "--all", "--format=%H %(trailers:key=Signed-off-by)"];
    let mut git = std::process::Command::new("git");
    git.args(log).stdout(std::process::Stdio::null());
    let git = (0..3).map(|_| timed(|| assert!(git.status().unwrap().success()))).min().unwrap();
    println!("git log                {git:9.1?}");
    let repo = Repo::open().unwrap();
    let tips = Revisions::parse(&["--all"]).unwrap().tips;
    let tips: Vec<Oid> = tips.iter().filter_map(|oid| repo.commit_behind(*oid).unwrap()).collect();
    let mut commits = Vec::new();
    let walk = timed(|| commits = new_commits(&repo, &tips, &Known::default()).unwrap());
    println!("walk                   {walk:9.1?}");
    for merges in [false, true] {
        let count = AtomicUsize::new(0);
        let time = timed(|| all(&repo, &commits, merges, &count));
        let what = if merges { "with merges repeated" } else { "sign-offs" };
        let ratio = (walk + time).as_secs_f64() / git.as_secs_f64();
        println!("{what:22} {time:9.1?}  {ratio:.2} of git log, walk included; {count:?} unsigned");
    }
}

/// Judges all commits on all cores.
fn all(repo: &Repo, commits: &[Oid], merges: bool, unsigned: &AtomicUsize) {
    let threads = std::thread::available_parallelism().unwrap().get();
    let (next, clean) = (AtomicUsize::new(0), Merges::default());
    std::thread::scope(|scope| {
        for repo in (0..threads).map(|_| repo.reopen().unwrap()).collect::<Vec<_>>() {
            let (next, clean) = (&next, &clean);
            scope.spawn(move || {
                while let Some(chunk) =
                    commits.get(next.fetch_add(64, Ordering::Relaxed)..).filter(|c| !c.is_empty())
                {
                    for oid in chunk.iter().take(64) {
                        let commit = repo.commit(*oid).unwrap();
                        unsigned.fetch_add(
                            usize::from(!passes(&repo, &commit, merges.then_some(clean))),
                            Ordering::Relaxed,
                        );
                    }
                }
            });
        }
    });
}

fn passes(repo: &Repo, commit: &Commit, merges: Option<&Merges>) -> bool {
    judge(&commit.text) == Certification::Given
        || distinct(&commit.parents).len() > 1
            && merges.is_none_or(|merges| merges.is_clean(repo, commit).unwrap())
}
