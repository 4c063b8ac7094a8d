use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

fn entries(text: &[u8]) -> Vec<(String, Option<String>)> {
    let parts = parse(text).into_iter().filter_map(|item| match item.part {
        Part::Entry(entry) => Some((entry.key().to_string(), entry.value.map(|value| value.to_string()))),
        _ => None,
    });
    parts.collect()
}

fn value(text: &str) -> Option<String> {
    entries(text.as_bytes()).pop().and_then(|(_, value)| value)
}

#[test]
fn an_entry_stands_where_its_key_starts() {
    let text = b"\xef\xbb\xbf[a \"x\\\"y\"] k = v\n\n# c\n[B.C]\r\n\tKey\t=\t1 ; no\r\n  other";
    let offsets: Vec<_> = parse(text).into_iter().map(|item| (item.offset, item.part)).collect();
    let at = |needle: &str| memchr::memmem::find(text, needle.as_bytes()).unwrap();
    let expected = [at("[a"), at("k ="), at("# c"), at("[B"), at("Key"), at("; no"), at("other")];
    assert_eq!(offsets.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), expected);
    assert_eq!(
        entries(text),
        [
            ("a.x\"y.k".into(), Some("v".into())),
            ("b.c.key".into(), Some("1".into())),
            ("b.c.other".into(), None)
        ]
    );
}

#[test]
fn values_are_unquoted_as_git_does_it() {
    for (text, expected) in [
        ("[a]\nk = \"x # y\" z ; c", "x # y z"),
        ("[a]\nk = x\\\n  y", "x  y"),
        ("[a]\nk = \"a\\tb\\\\c\\\"d\"", "a\tb\\c\"d"),
        ("[a]\nk =   \"  x\"  ", "  x"),
        ("[a]\nk = \"AUTHORIZATION: \"basic\" x\"", "AUTHORIZATION: basic x"),
    ] {
        assert_eq!(value(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn reading_goes_on_behind_what_git_cannot_read() {
    for broken in [
        "[bad section]\n",
        "[http.https://h/]\n",
        "<<<<<<< ours\n",
        "=======\n",
        "k_y = 1\n",
        "\"x = 1\n",
        "[a \"b]\n",
        "k = \"unclosed\n",
        "k = \\x\n",
        "9k = 1\n",
        "\u{0}\u{1}\u{2}\n",
        "]\n",
        "= x\n",
        "k = v\r\r\n",
        "\r\r",
    ] {
        let text = format!("[remote \"o\"]\n{broken}url = u\n[x]\ny = z\n");
        let found = entries(text.as_bytes());
        assert!(
            found.iter().any(|(key, value)| key.ends_with("url") && value.as_deref() == Some("u")),
            "{broken:?}: {found:?}"
        );
        assert_eq!(found.last(), Some(&("x.y".to_owned(), Some("z".to_owned()))), "{broken:?}");
    }
}

#[test]
fn every_byte_that_is_not_blank_belongs_to_a_part() {
    let text = b"junk\n[a]\n\tk = v # tail\n!! more\n; c\n";
    let rest: Vec<_> = parse(text)
        .into_iter()
        .filter_map(|item| match item.part {
            Part::Comment(range) | Part::Fault(range) => Some(text[range].as_bstr().to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(rest, [" tail", "!! more", " c"], "`junk` is a key before any section, as in git");
}

#[test]
fn a_hostile_file_takes_linear_time() {
    for unit in ["!\n", "[a]\r", "!\\\n", "[a]\n", "k=\\\n", "\r", "[", "\"", "a=\"\n"] {
        let text = unit.repeat((1 << 20) / unit.len());
        assert!(parse(text.as_bytes()).len() <= text.len(), "{unit:?}");
    }
    let text = format!("[{}]\n{}", "a".repeat(1 << 20), "k\n".repeat(1 << 19));
    assert_eq!(parse(text.as_bytes()).len(), (1 << 19) + 1, "the entries share the name of their section");
}

/// Texts that are often valid, made of the pieces that matter to the lexer.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[a]",
        "[A-b]",
        "[a \"S u\"]",
        "[a.Sub]",
        "[a \"x\\\"y\\\\z\"]",
        "[A.b \"c\"]",
        "[]",
        "[a \"b\" ]",
        "[ a]",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\r\r\n",
        " ",
        "\t",
        "  ",
        "k",
        "Key-9",
        "k_",
        "9",
        "=",
        " = ",
        "v",
        "a b",
        "\"",
        "\"q\"",
        "\" q # \"",
        "\\",
        "\\n",
        "\\t",
        "\\\"",
        "\\\\",
        "\\\n",
        "\\\r\n",
        "\\x",
        "#",
        "; c",
        "# c \\",
        "\u{0}",
        "\u{feff}",
        "é",
        "\u{c}",
        "]",
        "\\b",
        "true",
        "",
    ]);
    let line = (
        prop::sample::select(vec!["k", "Key", "a-1", "\tk"]),
        prop::sample::select(vec![" = ", "=", " =\t", ""]),
        prop::collection::vec(pieces.clone(), 0..6),
    )
        .prop_map(|(key, equals, value)| format!("{key}{equals}{}\n", value.concat()));
    let part = prop_oneof![4 => line, 2 => prop::sample::select(vec!["[a]\n", "[b \"C\"]\n", "[d.E]\n", "\n", "# x\n"]).prop_map(str::to_owned), 1 => pieces.prop_map(str::to_owned)];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// What git reads: none when it refuses the file.
fn git(text: &[u8]) -> Option<Vec<(String, Option<String>)>> {
    let mut child = Command::new("git")
        .args(["config", "--file", "-", "--list", "-z"])
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    let output = child.wait_with_output().unwrap();
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let records = listing.split_terminator('\0').map(|record| match record.split_once('\n') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (record.to_owned(), None),
    });
    output.status.success().then(|| records.collect())
}

#[test]
fn what_git_accepts_is_read_as_git_reads_it() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let accepted = std::cell::Cell::new(0);
    let result = runner.run(&text(), |text| {
        let Some(expected) = git(text.as_bytes()) else { return Ok(()) };
        accepted.set(accepted.get() + 1);
        let cut = |value: String| value.split('\0').next().unwrap_or_default().to_owned();
        let read: Vec<_> =
            entries(text.as_bytes()).into_iter().map(|(key, value)| (cut(key), value.map(cut))).collect();
        prop_assert_eq!(read, expected);
        Ok(())
    });
    result.unwrap();
    assert!(accepted.get() >= 100, "git accepted only {}", accepted.get());
}
