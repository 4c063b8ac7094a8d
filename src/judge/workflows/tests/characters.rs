//! Bytes and characters that parsers interpret differently.

use super::{CLEAN, UNPINNED, found, found_in_step, steps};

#[test]
fn invisible_line_breaks_are_refused_outside_quotes() {
    for end in ["\u{85}", "\u{2028}", "\u{2029}"] {
        let text = steps(&format!("- run: a # harmless{end}      - uses: evil/action@main"));
        let found = found(text);
        assert!(found.contains(&"unreadable-workflow:5".to_owned()), "{found:?}");
        assert!(found.contains(&"unpinned-uses:5".to_owned()), "{found:?}");
        assert_eq!(found_in_step(&format!("- run: \"a {end} b\"")), CLEAN, "in quotes");
    }
}

#[test]
fn a_lone_carriage_return_ends_a_line() {
    assert_eq!(found_in_step("- run: a # harmless\r      - uses: evil/action@main"), UNPINNED);
}

#[test]
fn control_characters_are_harmless_in_comments_only() {
    assert_eq!(found_in_step("- run: a # form\u{c}feed, \u{b}, \u{1b}, \u{7f} and \u{ffff}"), CLEAN);
    assert_eq!(found_in_step("- run: a # the wrong encoding: isn\u{e2}\u{80}\u{99}t"), CLEAN);
    for step in [
        "- run: a\u{c}b",
        "- run: isn\u{e2}\u{80}\u{99}t",
        "- run: a\n\u{b}",
        "- run: \"\u{1}\"",
        "- run: |\n    a # \u{c}",
        "- run: a # \0",
    ] {
        let found = found_in_step(step);
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{step:?}: {found:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let text = b"jobs:\n  a:\n    steps:\n      - uses: evil/action@m\xc1\xa1in\n";
    assert_eq!(found(text), ["unreadable-workflow:4"]);
    let utf16: Vec<u8> = "jobs: {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(found([&[0xff, 0xfe], &utf16[..]].concat()), ["unreadable-workflow:1"]);
}

#[test]
fn byte_order_mark_and_crlf_shift_no_lines() {
    let text = steps("- uses: evil/action@main").replace('\n', "\r\n");
    assert_eq!(found(&text), UNPINNED);
    assert_eq!(found(format!("\u{feff}{text}")), UNPINNED);
    assert_eq!(found(text.replace("on: push", "on: push # \u{feff}")), UNPINNED);
    for (from, to) in
        [("push", "\u{feff}push"), ("jobs", "\u{feff}jobs"), ("on: push", "\u{feff}\u{feff}# comment")]
    {
        let found = found(text.replace(from, to));
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{to:?}: {found:?}");
    }
}
