//! Comparison of the trailer parser with git on random messages.
//!
//! Both must agree on the trailers of the last paragraph. The parser may return more than git, because it
//! reads stacked blocks, or fewer, because trailers followed by prose do not count. The last test checks
//! this relation.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::arbitrary::any;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::super::message::read as read_message;
use super::*;

const LINES: &[&str] = &[
    "",
    "",
    " ",
    "\t",
    "prose",
    "more prose: with a colon",
    "Signed-off-by: A <a@x.test>",
    "Signed-off-by: A <a@x.test>",
    "Signed-off-by:A <a@x.test>",
    "signed-off-by: b <b@x.test>",
    "Key: value",
    "Key : value",
    "Key:",
    "-: x",
    ": x",
    "https://x.test",
    "> Signed-off-by: A <a@x.test>",
    " folded",
    "\tfile",
    "  Key: folded",
    "# comment",
    "#",
    "(cherry picked from commit 0123456789)",
    "[note]",
    "Conflicts:",
    "---",
    "# ------------------------ >8 ------------------------",
    "# ------------------------ >8 ----------------------",
    "\u{c}",
    "caf\u{e9}: x",
];

/// Lines that often occur in trailer blocks.
const LIKELY: &[&str] = &[
    "Signed-off-by: A <a@x.test>",
    "Key: value",
    "Other-key : value",
    " folded",
    "",
    "prose",
    "# comment",
    "(cherry picked from commit 0123456789)",
];

/// Fragments from which lines are built that are almost trailers.
const PARTS: &[&str] = &[
    "Signed-off-by",
    "signed-off-by",
    "Key",
    "-",
    "_",
    "é",
    ":",
    ":",
    ": ",
    " ",
    "\t",
    "\r",
    "#",
    "(",
    "a <a@x.test>",
];

/// Number of generated messages.
const COUNT: usize = 3000;

/// Returns the trailers of the last paragraph as git has them, including those followed by prose.
fn as_git_has_them(text: &[u8]) -> String {
    let body = message::body(text);
    let last = Paragraph::last(body, message::end_of_title(text)).filter(|last| last.lines.is_block_of_git());
    last.map_or_else(String::new, |last| shown(parse(body, last.start)))
}

fn shown(block: TrailerBlock<'_>) -> String {
    let TrailerBlock { trailers, mut quoted, .. } = block;
    quoted.extend(trailers);
    quoted.iter().map(|t| format!("{}: {}\n", t.key.as_bstr(), t.value.as_bstr())).collect()
}

fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut git = Command::new("git");
    git.args(arguments).current_dir(directory);
    git.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn messages() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let whole = |lines: &'static [&'static str]| proptest::sample::select(lines).prop_map(str::to_owned);
    let made =
        proptest::collection::vec(proptest::sample::select(PARTS), 0..6).prop_map(|parts| parts.concat());
    let line = proptest::prop_oneof![3 => whole(LINES), 1 => made];
    let likely = proptest::prop_oneof![9 => whole(LIKELY), 1 => line.clone()];
    let lines = |line, most| {
        proptest::collection::vec(line, 0..most)
            .prop_map(|lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    };
    let message =
        (lines(line.clone().boxed(), 5), lines(likely.boxed(), 6), lines(line.boxed(), 3), any::<bool>())
            .prop_map(|(start, block, end, ended)| {
                let message = format!("s\n{start}\n{block}{end}");
                // A last line `Conflicts:` without a line feed is a trailer for git 2.39, and none for git 2.55.
                let ended = ended || message.trim_end_matches('\n').ends_with("\nConflicts:");
                if ended { message } else { message.trim_end_matches('\n').to_owned() }
            });
    (0..COUNT).map(|_| message.new_tree(&mut runner).unwrap().current()).collect()
}

fn squeeze(text: &str) -> String {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// Compares each message with git's output for it. Between a quarter and three quarters must have trailers.
fn compare<'a>(messages: &[String], said: impl Iterator<Item = &'a str>) {
    let (mut count, mut with) = (0, 0);
    for (message, said) in messages.iter().zip(said) {
        let read = read_message(message.as_bytes());
        assert_eq!(squeeze(&as_git_has_them(&read)), squeeze(said), "{message:?}");
        (count, with) = (count + 1, with + usize::from(!said.is_empty()));
    }
    assert_eq!(count, COUNT);
    assert!((COUNT / 4..COUNT * 3 / 4).contains(&with), "{with} messages have trailers");
}

#[test]
fn git_log_sees_the_same_trailers() {
    let directory = tempfile::tempdir().unwrap();
    let messages = messages();
    let mut stream = Vec::new();
    for message in &messages {
        let length = message.len();
        write!(stream, "commit refs/heads/x\ncommitter A <a@x.test> 1 +0000\ndata {length}\n{message}\n")
            .unwrap();
    }
    git(directory.path(), &["init", "-q", "--bare"], b"");
    git(directory.path(), &["fast-import", "--quiet"], &stream);
    let log = git(directory.path(), &["log", "--reverse", "--format=%(trailers:only,unfold)%x01", "x"], b"");
    let log = String::from_utf8(log).unwrap();
    compare(&messages, log.split("\u{1}\n"));
}

#[test]
fn git_interpret_trailers_sees_the_same_trailers() {
    const END: &str = "End-of-message: x";
    let directory = tempfile::tempdir().unwrap();
    let messages = messages();
    let names: Vec<String> = (0..COUNT).map(|number| number.to_string()).collect();
    for (name, message) in names.iter().zip(&messages) {
        std::fs::write(directory.path().join(name), message).unwrap();
    }
    // git appends this trailer to each message, which marks where the next one begins.
    let parse = ["interpret-trailers", "--only-trailers", "--unfold", "--no-divider"];
    let add = ["--where=end", "--if-exists=add", "--if-missing=add", "--trailer", END];
    let arguments: Vec<&str> = parse.into_iter().chain(add).chain(names.iter().map(String::as_str)).collect();
    let said = String::from_utf8(git(directory.path(), &arguments, b"")).unwrap();
    compare(&messages, said.split(&format!("{END}\n")));
}

#[test]
fn parser_and_git_differ_only_by_stacking_and_prose() {
    let (mut stacked, mut followed) = (0, 0);
    for message in messages() {
        let text = read_message(message.as_bytes());
        let (git, block) = (as_git_has_them(&text), TrailerBlock::read(&text));
        let counting = shown(TrailerBlock { quoted: Vec::new(), ..block.clone() });
        stacked += usize::from(counting.len() > git.len());
        followed += usize::from(!block.quoted.is_empty());
        assert!(shown(block).ends_with(&git), "{message:?}");
        assert!(counting.ends_with(&git) || git.ends_with(&counting), "{message:?}");
        let carriage_returns = message.replace('\n', "\r\n");
        assert_eq!(
            TrailerBlock::read(&read_message(carriage_returns.as_bytes())),
            TrailerBlock::read(&text),
            "{message:?}"
        );
    }
    assert!(stacked > COUNT / 50 && followed > COUNT / 50, "{stacked} stacked, {followed} followed by prose");
}
