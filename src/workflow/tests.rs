//! Property tests of the reader, on generated documents of which some are valid YAML.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::yaml::events::Style;
use super::yaml::node::{Node, NodeValue};
use super::yaml::tree::parse;
use super::{Dialect, Document, FileKind};

const TOKENS: &[&str] = &[
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "\t",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "- ",
    ": ",
    ":",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "#",
    " # c",
    "'",
    "\"",
    "\\",
    "\\x41",
    "|",
    ">-",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "<<: ",
    "jobs",
    "jobs:\n  a:\n    ",
    "steps",
    "steps:\n",
    "uses",
    "uses: ",
    "runs: ",
    "with: ",
    "evil/action@main",
    "${{ 'uses' }}",
    "${{ x }}",
    "parallel: ",
    "\u{c}",
    "\0",
    "é",
    "x",
    "1",
    "~",
    "false",
];

/// Generates values in flow style, with plain and quoted scalars and some anchors.
fn value() -> impl Strategy<Value = String> {
    let scalars =
        &["x", "'y'", "\"z\\x41\"", "~", "1", "a b", "false", "''", "${{ 'w' }}", "\"a\n  b\"", "x#y", "é"];
    let scalar = proptest::sample::select(&scalars[..]).prop_map(str::to_owned);
    scalar.prop_recursive(4, 24, 4, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..4);
        let blank = proptest::sample::select(&["", " ", "\n   ", " # c\n   "][..]);
        prop_oneof![
            (items.clone(), blank.clone())
                .prop_map(|(items, blank)| format!("[{blank}{}]", items.join(" , "))),
            (items, blank).prop_map(|(items, blank)| {
                let pairs: Vec<_> =
                    items.iter().enumerate().map(|(at, item)| format!("k{at}: {item}")).collect();
                format!("{{{}{blank}}}", pairs.join(", "))
            }),
            inner.prop_map(|value| format!("&a {value}")),
        ]
    })
}

/// Generates documents in block style, some of them with a few stray tokens.
fn document() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        value().prop_map(|value| format!("{value}\n")),
        Just("|\n  text # no comment\n".to_owned()),
        Just("# comment\n  - uses: a/b@c\n  - *a\n".to_owned()),
    ];
    let token = (any::<prop::sample::Index>(), proptest::sample::select(TOKENS));
    let tokens = proptest::collection::vec(token, 0..3);
    (proptest::collection::vec(line, 1..6), tokens).prop_map(|(lines, tokens)| {
        let lines = lines.iter().enumerate().map(|(at, line)| format!("k{at}: {line}"));
        let mut text = format!("k: &a b\n{}", lines.collect::<String>());
        for (index, token) in tokens {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            text.insert_str(*index.get(&places), token);
        }
        text
    })
}

/// Runs at least 2000 cases; `PROPTEST_CASES` can raise the number.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(2000), ..config }
}

/// Writes a tree as YAML in flow style, with every scalar as a JSON string.
fn write_json(node: &Node, out: &mut String) {
    match &node.value {
        NodeValue::Scalar { text, .. } => out.push_str(&serde_json::to_string(text).unwrap()),
        NodeValue::Sequence(items) => {
            out.push('[');
            for item in items {
                write_json(item, out);
                out.push(',');
            }
            out.push(']');
        }
        NodeValue::Mapping(pairs) => {
            out.push('{');
            for pair in pairs {
                out.push('?');
                out.push(' ');
                write_json(&pair.key, out);
                out.push_str(" : ");
                write_json(&pair.value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

fn visit(node: &Node, each: &mut dyn FnMut(&Node)) {
    each(node);
    node.items().unwrap_or_default().iter().for_each(|item| visit(item, each));
    for pair in node.pairs().unwrap_or_default() {
        visit(&pair.key, each);
        visit(&pair.value, each);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reader_never_panics(text in document(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for dialect in [Dialect::GitHub, Dialect::Gitea] {
            let kind = FileKind { workflow: true, action: true, lock: false, dialect };
            for text in [text.as_bytes(), &bytes] {
                for document in Document::read(text, kind) {
                    document.exemptions();
                    document.labelled_pins();
                    document.pushed_images();
                    prop_assert!(document.faults.iter().all(|fault| fault.span.start <= text.len()));
                }
            }
        }
    }

    #[test]
    fn tree_survives_a_round_trip_in_flow_style(text in document()) {
        let tree = parse(text.as_bytes(), true);
        if let (Some(root), true) = (tree.root, tree.faults.is_empty()) {
            let mut json = String::new();
            write_json(&root, &mut json);
            let again = parse(json.as_bytes(), true);
            prop_assert!(again.faults.is_empty(), "{json}: {:?}", again.faults);
            let mut json_again = String::new();
            write_json(&again.root.unwrap(), &mut json_again);
            prop_assert_eq!(json, json_again);
        }
    }

    #[test]
    fn span_covers_the_text_of_its_node(text in document()) {
        let tree = parse(text.as_bytes(), true);
        let Some(root) = tree.root else { return Ok(()) };
        let mut failure = None;
        visit(&root, &mut |node| {
            let written = text.get(node.span.start..node.span.end);
            let exact = match (&node.value, written) {
                (_, None) => false,
                (NodeValue::Scalar { text, style: Style::Plain }, Some(written)) => {
                    let bare = !written.starts_with(['&', '!']) && !written.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{c}', '\u{feff}', '\u{feff}']);
                    !bare || written == text || written.contains("${{")
                }
                (NodeValue::Scalar { style: Style::Quoted, .. }, Some(written)) => written.ends_with(['\'', '"']),
                (_, Some(_)) => true,
            };
            if !exact {
                failure = Some(format!("{node:?}: {written:?}"));
            }
        });
        prop_assert!(failure.is_none(), "{failure:?}");
    }

    #[test]
    fn every_uses_of_a_generated_workflow_is_found(actions in proptest::collection::vec("[a-z]{1,8}/[a-z]{1,8}@[a-z0-9.]{1,8}", 1..40)) {
        let mut text = "jobs:\n  a:\n    steps:\n".to_owned();
        for (number, action) in actions.iter().enumerate() {
            let form = match number % 4 {
                0 => format!("      - uses: {action}\n"),
                1 => format!("      - {{'uses': \"{action}\"}}\n"),
                2 => format!("      - name: x\n        uses: >-\n          {action}\n"),
                _ => format!("      - parallel: [{{uses: {action}}}]\n"),
            };
            let _ = write!(text, "{form}");
        }
        let kind = FileKind { workflow: true, action: false, lock: false, dialect: Dialect::GitHub };
        let documents = Document::read(text.as_bytes(), kind);
        let read: Vec<&str> = documents[0].model.uses().map(|(_, clause)| clause.text.as_str()).collect();
        prop_assert_eq!(read, actions);
    }
}
