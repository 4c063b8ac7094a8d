//! Documents that are meant to exhaust whoever reads them.

use super::{CLEAN, found};

#[test]
fn bombs_are_refused_in_bounded_memory() {
    let mut laughs = "x: &a0 [a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("x{level}: &a{level} [{below}]\n"));
    }
    let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let blocks = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 1000))).collect::<String>();
    let large = format!("a: {}", "x".repeat(1 << 20));
    let long = format!("a: [{}]", "x, ".repeat(300_000));
    let replayed = format!("a: &a {}\nb: [{}]", "x".repeat(400_000), "*a, ".repeat(100_000));
    let directives = format!("{}--- {{}}", "%TAG !a! b\n".repeat(50_000));
    for (name, text) in [
        ("laughs", laughs),
        ("deep", deep),
        ("blocks", blocks),
        ("large", large),
        ("long", long),
        ("replayed", replayed),
        ("directives", directives),
    ] {
        let found = found(text);
        assert!(found.iter().any(|line| line.starts_with("unreadable-workflow")), "{name}: {found:?}");
    }
    assert_eq!(found(format!("# {}\njobs: {{}}\n", "x".repeat(1 << 19))), CLEAN, "a long line is no bomb");
}

#[test]
fn a_long_value_that_is_replayed_often_is_judged_in_bounded_memory() {
    let value = "x".repeat(500_000);
    let text =
        format!("env: {{A: &u {value}}}\njobs: {{a: {{steps: [{}]}}}}\n", "{uses: *u}, ".repeat(10_000));
    let unpinned = found(text).into_iter().filter(|line| line.starts_with("unpinned-uses"));
    assert_eq!(unpinned.count(), 10_000);
}

/// Each of these took minutes when something was looked for from the start of its line again and again.
#[test]
fn a_line_of_many_marks_faults_or_control_characters_is_judged_in_linear_time() {
    let jobs = "jobs: {a: {steps: []}}";
    let marks = format!("{jobs}\nx: [{}]\n", "'#git-gate:', ".repeat(40_000));
    assert_eq!(found(marks), CLEAN);
    assert_eq!(found(format!("{jobs} # {}\n", "git-gate: ".repeat(90_000))), CLEAN);
    assert_eq!(found(format!("{jobs} # {}\n", "\u{1}".repeat(900_000))), CLEAN);
    let breaks = found(format!("{jobs} # {}\n", "\u{85}#".repeat(200_000)));
    assert_eq!(breaks.len(), 100, "as many as are shown");
}
