//! Scans that were ended before they were finished, and continued.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bstr::ByteSlice as _;

use super::{broken, fleet, path_with_git, report, scan};
use crate::support::{Sandbox, outer};

/// Returns the lines of kind `repository` in a file, one for each block.
fn blocks(sandbox: &Sandbox, file: &str) -> usize {
    let text = std::fs::read(sandbox.path(file)).unwrap();
    text.lines().filter(|line| line.starts_with(b"{\"kind\":\"repository\",")).count()
}

#[test]
fn cut_stream_is_continued_wherever_it_was_cut() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    broken(&sandbox, "srv/broken");
    scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(2);
    let whole = report(&sandbox, ["all.jsonl"]);
    let stream = std::fs::read(sandbox.path("all.jsonl")).unwrap();
    let header = stream.find_byte(b'\n').unwrap() + 1;
    let ends = stream.find_iter(b"\n").map(|end| end + 1);
    let cuts = ends.clone().chain(ends.map(|end| (end + 40).min(stream.len() - 1))).chain([0]);
    for cut in cuts.filter(|cut| *cut == 0 || *cut >= header) {
        sandbox.write("cut.jsonl", &stream[..cut]);
        if cut < stream.len() {
            let run = sandbox.gate(["fleet", "report", "cut.jsonl"]).ends_with(2);
            run.says("cut.jsonl is not finished");
        }
        scan(&sandbox, ["srv", "--resume", "cut.jsonl"]).ends_with(2);
        assert_eq!(report(&sandbox, ["cut.jsonl"]), whole, "{cut}");
        assert_eq!(blocks(&sandbox, "cut.jsonl"), 4, "{cut}");
    }
}

#[test]
fn finished_repositories_are_not_judged_again() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(1);
    let stream = std::fs::read_to_string(sandbox.path("all.jsonl")).unwrap();
    std::fs::remove_dir_all(sandbox.path("srv/clone/.git/objects")).unwrap();
    let run = sandbox.gate(["fleet", "scan", "--no-git-config", "-", "--resume", "all.jsonl"]);
    let run = run.stdin("srv/clone\nsrv/clean\nsrv/team/bare.git\n").ends_with(1);
    run.says("denied: 3 repositories: 1 clean, 2 denied; 4 errors, 0 warnings");
    assert_eq!(std::fs::read_to_string(sandbox.path("all.jsonl")).unwrap(), stream);
}

#[test]
fn stream_of_another_scan_is_not_continued() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(1);
    let stream = std::fs::read(sandbox.path("all.jsonl")).unwrap();
    sandbox.write("p.yml", "rules: {}\n");
    sandbox.init_bare("one/a.git");
    for (options, said) in [
        (
            &["srv", "--level", "deny"][..],
            "the options were --no-git-config, and are --no-git-config --level=deny",
        ),
        (&["srv", "--policy", "p.yml"], "the policy is another one"),
        (&["srv", "--shard", "1/2"], "the shard was 1/1, and is 1/2"),
        (&["srv", "one"], "there were 3, and there are 4"),
    ] {
        let run = scan(&sandbox, ["--resume", "all.jsonl"]).args(options).ends_with(2);
        run.says("error: all.jsonl is the stream of another scan").says(said);
    }
    for (text, said) in [("x\n", "all.jsonl:1: this is not a stream"), ("x", "all.jsonl is not a stream")] {
        sandbox.write("all.jsonl", text);
        scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(2).says(said);
    }
    for (from, to) in [
        ("\"verdict\":\"denied\",\"checked\"", "\"verdict\":\"clean\",\"checked\""),
        ("\"level\":\"deny\"", "\"level\":\"warn\""),
        ("\"findings\":4,", "\"findings\":3,"),
        ("\"clean\":1,\"denied\":2", "\"clean\":2,\"denied\":1"),
        ("\"shard\":1,\"shards\":1", "\"shard\":1,\"shards\":9"),
    ] {
        let changed =
            if from.contains("level") { stream.replace(from, to) } else { stream.replacen(from, to, 1) };
        assert_ne!(changed, stream, "{from}");
        sandbox.write("all.jsonl", changed);
        sandbox.gate(["fleet", "report", "all.jsonl"]).ends_with(2);
        scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(2);
    }
    sandbox.run("mkfifo").arg("pipe").ok();
    scan(&sandbox, ["srv", "--resume", "pipe"]).ends_with(2).says("pipe is not a regular file");
    sandbox.write("all.jsonl", stream.replace("srv/clean\"", "srv/other\""));
    let run = sandbox.gate(["fleet", "report", "all.jsonl"]).ends_with(2);
    run.says("the streams are finished, but their repositories are not those of their list");
    for (at, line) in stream.lines_with_terminator().enumerate().skip(1) {
        let without = stream.replacen(line, "", 1);
        sandbox.write("all.jsonl", &without);
        let run = sandbox.gate(["fleet", "report", "all.jsonl"]).ends_with(2);
        assert!(run.contains("this is not a valid line") || run.contains("is not finished"), "{at}: {run}");
    }
}

#[test]
fn two_scans_do_not_write_to_one_stream() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    scan(&sandbox, ["srv", "--resume", "all.jsonl"]).ends_with(1);
    let locked = "flock -x all.jsonl git-gate fleet scan --no-git-config srv --resume all.jsonl";
    sandbox.run("sh").args(["-c", locked]).ends_with(2).says("error: another scan writes to all.jsonl");
}

/// Creates many repositories, every third of them with a finding.
fn many(sandbox: &Sandbox, count: usize) {
    fleet(sandbox);
    let copies = "for n in $(seq $1); do cp -r srv/clean srv/c$n; test $((n % 3)) != 0 || cp -r srv/clone srv/d$n; done";
    sandbox.run("sh").args(["-c", copies, "sh", &count.to_string()]).ok();
}

/// Kills scans after some milliseconds each, and continues them, until one ends by itself; returns the number of those killed.
fn killed(sandbox: &Sandbox, stream: &str, mut after: impl FnMut() -> u64) -> usize {
    let mut kills = 0;
    loop {
        let mut command = sandbox.command(sandbox.path("bin/git-gate"));
        command.args(["fleet", "scan", "--no-git-config", "srv", "--resume", stream]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_millis(after());
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if Instant::now() > end => break None,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if let Some(status) = status {
            assert_eq!(status.code(), Some(1));
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
}

#[test]
fn killed_scan_is_continued_to_the_same_report() {
    let sandbox = Sandbox::new();
    many(&sandbox, 20);
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(1);
    let whole = report(&sandbox, ["all.jsonl"]);
    // Each run gets more time than the one before, so that the last one ends on any machine.
    let mut after = 20;
    let kills = killed(&sandbox, "cut.jsonl", || {
        after = after * 5 / 4;
        after
    });
    assert!(kills > 0);
    assert_eq!(report(&sandbox, ["cut.jsonl"]), whole);
    assert_eq!(blocks(&sandbox, "cut.jsonl"), 29);
}

#[test]
#[cfg(target_os = "linux")]
fn killed_scan_leaves_no_process() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let path = path_with_git(&sandbox, "clone", "echo $PPID >../../pid; exec sleep 600");
    let mut command = sandbox.command(sandbox.path("bin/git-gate"));
    command.env("PATH", path).args(["fleet", "scan", "srv"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let wait_for = |what: &str, done: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(60);
        while !done() {
            assert!(Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let pid = || std::fs::read_to_string(sandbox.path("pid")).unwrap_or_default();
    wait_for("no scan was started", &|| pid().ends_with('\n'));
    child.kill().unwrap();
    child.wait().unwrap();
    // A process that nobody waits for is left as a zombie.
    let stat = format!("/proc/{}/stat", pid().trim());
    let has_ended = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    wait_for("the scan goes on", &has_ended);
}

/// `GIT_GATE_KILLS=50` kills that many scans of 300 repositories, which takes minutes.
#[test]
fn kills_at_random_points_change_nothing() {
    let asked: Option<usize> = outer("GIT_GATE_KILLS").map(|times| times.to_str().unwrap().parse().unwrap());
    let times = asked.unwrap_or(2);
    let sandbox = Sandbox::new();
    many(&sandbox, if asked.is_some() { 225 } else { 12 });
    let started = Instant::now();
    scan(&sandbox, ["srv", "--output", "all.jsonl"]).ends_with(1);
    let length = u64::try_from(started.elapsed().as_millis()).unwrap();
    let whole = report(&sandbox, ["all.jsonl"]);
    let (mut kills, mut random) = (0, 12345_u64);
    for number in 0.. {
        if kills >= times {
            break;
        }
        let stream = format!("cut{number}.jsonl");
        kills += killed(&sandbox, &stream, || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % length
        });
        assert_eq!(report(&sandbox, [&stream]), whole, "{number}");
        assert_eq!(blocks(&sandbox, &stream), blocks(&sandbox, "all.jsonl"));
    }
    assert!(kills >= times);
}
