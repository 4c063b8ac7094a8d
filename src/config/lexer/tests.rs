use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

fn entries(text: &[u8]) -> Vec<(String, Option<String>)> {
    let parts = parse(text).into_iter().filter_map(|item| match item.part {
        ConfigPart::Entry(entry) => {
            Some((entry.key().to_string(), entry.value.map(|value| value.to_string())))
        }
        _ => None,
    });
    parts.collect()
}

fn value(text: &str) -> Option<String> {
    entries(text.as_bytes()).pop().and_then(|(_, value)| value)
}

#[test]
fn entry_offset_is_the_start_of_its_key() {
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
fn values_are_unquoted_as_in_git() {
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
fn reading_continues_after_a_fault() {
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
            ConfigPart::Comment(range) | ConfigPart::Fault(range) => Some(text[range].as_bstr().to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(rest, [" tail", "!! more", " c"], "`junk` is a key before any section, as in git");
}

#[test]
fn hostile_files_take_linear_time() {
    for unit in ["!\n", "[a]\r", "!\\\n", "[a]\n", "k=\\\n", "\r", "[", "\"", "a=\"\n"] {
        let text = unit.repeat((1 << 20) / unit.len());
        assert!(parse(text.as_bytes()).len() <= text.len(), "{unit:?}");
    }
    let text = format!("[{}]\n{}", "a".repeat(1 << 20), "k\n".repeat(1 << 19));
    assert_eq!(parse(text.as_bytes()).len(), (1 << 19) + 1, "the entries share the name of their section");
}

/// Generates texts of fragments that matter to the lexer. Many of them are valid.
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
        "[a  \"b\"]",
        "[a\t\"b\"]",
        "[a\"b\"]",
        "[.b]",
        "[a.]",
        "[a..b]",
        "[a-.B-c.D]",
        "[a \"\\n\"]",
        "[a \"B\r\"]",
        "[a \"\"]",
        "[a \"b]",
        "[a \"#;\"]",
        "[a \"]\"]",
        "k.x",
        "-k",
        "\u{1}",
        "\u{b}",
        "\\\r",
        "\"\\\n",
        "\\\\\n",
        " ; \"",
        "\\ \n",
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

type Entries = Vec<(String, Option<String>)>;

/// Returns the entries that git reads from each text, in one run; `None` if git rejects any of the texts.
fn git(folder: &Path, texts: &[String]) -> Option<Vec<Entries>> {
    let mut list = "[include]\n".to_owned();
    for (number, text) in texts.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:04}")), text).unwrap();
        list += &format!("path = {number:04}\n");
    }
    std::fs::write(folder.join("list"), list).unwrap();
    let output = Command::new("git")
        .args(["config", "--file", "list", "--includes", "--show-origin", "--list", "-z"])
        .current_dir(folder)
        .output()
        .unwrap();
    let mut read = vec![Entries::new(); texts.len()];
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut records = listing.split_terminator('\0');
    while let (Some(origin), Some(record)) = (records.next(), records.next()) {
        let Ok(number) = origin[origin.len().saturating_sub(4)..].parse::<usize>() else { continue };
        read[number].push(match record.split_once('\n') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (record.to_owned(), None),
        });
    }
    output.status.success().then_some(read)
}

/// Returns the entries that git reads from each text.
///
/// Starts with all texts in one run, and halves the list on failure.
fn read_by_git(folder: &Path, texts: &[String]) -> Vec<Option<Entries>> {
    match (git(folder, texts), texts) {
        (Some(read), _) => read.into_iter().map(Some).collect(),
        (None, [] | [_]) => vec![None; texts.len()],
        (None, _) => {
            let (one, other) = texts.split_at(texts.len() / 2);
            [read_by_git(folder, one), read_by_git(folder, other)].concat()
        }
    }
}

/// Returns the texts without an apparent fault, and a sample of the others.
///
/// git rejects most of the others, which takes a run for each.
fn generated() -> [Vec<String>; 2] {
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let texts: Vec<String> = (0..5000).map(|_| text().new_tree(&mut runner).unwrap().current()).collect();
    // A text that git rejects and the lexer accepts mostly has a key without `=` before a comment.
    let is_plain = |text: &String| {
        let items = parse(text.as_bytes());
        let refused = |pair: &[ConfigItem]| match pair {
            [ConfigItem { part: ConfigPart::Entry(entry), .. }, next] => {
                entry.value.is_none() && matches!(next.part, ConfigPart::Comment(_))
            }
            _ => false,
        };
        items.iter().all(|item| !matches!(item.part, ConfigPart::Fault(_))) && !items.windows(2).any(refused)
    };
    let (plain, mut faulty): (Vec<_>, Vec<_>) = texts.into_iter().partition(is_plain);
    faulty.truncate(150);
    [plain, faulty]
}

#[test]
fn accepted_files_are_read_as_in_git() {
    let folder = tempfile::tempdir().unwrap();
    let (mut accepted, mut differences) = (0, Vec::new());
    // git before 2.45 has a space for each tab and carriage return in a value.
    let has_spaces = read_by_git(folder.path(), &["k = a\tb".to_owned()])
        == [Some(vec![("k".to_owned(), Some("a b".to_owned()))])];
    let blank = |value: String| if has_spaces { value.replace(['\t', '\r'], " ") } else { value };
    for texts in generated() {
        let expected: Vec<_> = texts.chunks(16).flat_map(|texts| read_by_git(folder.path(), texts)).collect();
        for (text, expected) in texts.iter().zip(expected) {
            let Some(expected) = expected else { continue };
            accepted += 1;
            let cut = |value: String| value.split('\0').next().unwrap_or_default().to_owned();
            let read: Entries = entries(text.as_bytes())
                .into_iter()
                .map(|(key, value)| (cut(key), value.map(cut).map(blank)))
                .collect();
            let expected: Entries =
                expected.into_iter().map(|(key, value)| (key, value.map(blank))).collect();
            if read != expected {
                differences.push(format!("{text:?}: {read:?}, to git {expected:?}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}:\n{}", differences.len(), differences.join("\n"));
    assert!(accepted >= 1500, "git accepted only {accepted}");
}
