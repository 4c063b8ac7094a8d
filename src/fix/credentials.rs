//! Sets `persist-credentials: false` for checkouts without the input, or with a value like `no`.

use bstr::ByteSlice as _;

use super::{CheckedFile, Edit};
use crate::text::Span;
use crate::workflow::{Node, Pair, Step};

/// Rule whose problems are repaired.
pub(super) const RULE: &str = "persisted-credentials";

const INPUT: &str = "persist-credentials";

/// Returns the edits for the checkouts of a file.
pub(super) fn edits(file: &CheckedFile<'_>) -> Vec<Edit> {
    // A job that pushes would fail without the credentials. Only its author knows whether it has others.
    let jobs = file.document.model.jobs.iter().filter(|job| !job.pushes_commits());
    let steps = jobs.flat_map(|job| &job.steps);
    let broken = steps.filter(|step| step.uses.as_ref().is_some_and(|uses| file.has(RULE, uses.span)));
    broken.filter_map(|step| edit(file.text, step)).collect()
}

fn edit(text: &[u8], step: &Step) -> Option<Edit> {
    match step.node.get("with") {
        None => with_mapping(text, step),
        Some(with) => {
            let pairs = with.pairs()?;
            let is_input = |pair: &&Pair| pair.name().eq_ignore_ascii_case(INPUT);
            match pairs.iter().find(is_input) {
                Some(pair) => correction(text, &pair.value),
                None => input(text, with, pairs),
            }
        }
    }
}

/// Replaces a value that the action treats as false by a plain `false`. Keeps `true`, which was meant.
fn correction(text: &[u8], value: &Node) -> Option<Edit> {
    let meant = matches!(value.trimmed()?.to_ascii_lowercase().as_str(), "no" | "off" | "n" | "0" | "");
    let written = value.span.slice(text);
    let plain = !written.is_empty() && !written.contains(&b'\n') && !written.starts_with(b"&");
    (meant && plain).then(|| Edit { span: value.span, text: b"false".to_vec(), repairs: RULE })
}

/// Inserts the input as the first entry of an existing mapping.
fn input(text: &[u8], with: &Node, pairs: &[Pair]) -> Option<Edit> {
    let first = pairs.first()?.key.span;
    if is_flow(text, with.span) {
        let text = format!("{INPUT}: false, ").into_bytes();
        return Some(Edit::insert(first.start, text, RULE));
    }
    let indent = indent(text, first.start)?;
    let line = [format!("{INPUT}: false").as_bytes(), line_end(text, first.start), indent].concat();
    Some(Edit::insert(first.start, line, RULE))
}

/// Inserts a `with` after the `uses` of a step that has none.
fn with_mapping(text: &[u8], step: &Step) -> Option<Edit> {
    let uses = step.node.pairs()?.iter().find(|pair| pair.name() == "uses")?;
    let (key, value) = (uses.key.span, uses.value.span);
    // The value of an alias is in another place, so nothing can be inserted after it.
    if value.start < key.end {
        return None;
    }
    if is_flow(text, step.node.span) {
        let text = format!(", with: {{{INPUT}: false}}").into_bytes();
        return Some(Edit::insert(value.end, text, RULE));
    }
    let indent = blanks_to(text, key.start)?;
    let end = value.end + text.get(value.end..)?.find_byte(b'\n')?;
    let eol = line_end(text, value.end);
    let at = if eol == b"\r\n" { end - 1 } else { end };
    let text = [eol, &indent, b"with:", eol, &indent, format!("  {INPUT}: false").as_bytes()].concat();
    Some(Edit::insert(at, text, RULE))
}

/// Returns whether a mapping is written in braces.
fn is_flow(text: &[u8], mapping: Span) -> bool {
    text.get(..mapping.end).is_some_and(|text| text.ends_with(b"}")) && text.get(mapping.start) == Some(&b'{')
}

/// Returns the text before an offset on its line; `None` unless it consists of blanks.
fn indent(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = line_before(text, at);
    before.iter().all(|byte| *byte == b' ').then_some(before)
}

/// Returns as many blanks as there are bytes before an offset on its line.
///
/// Returns `None` if these bytes are not blanks and dashes.
fn blanks_to(text: &[u8], at: usize) -> Option<Vec<u8>> {
    let before = line_before(text, at);
    before.iter().all(|byte| matches!(byte, b' ' | b'-')).then(|| vec![b' '; before.len()])
}

fn line_before(text: &[u8], at: usize) -> &[u8] {
    let (before, _) = text.split_at(at);
    before.rsplit_once_str("\n").map_or(before, |(_, line)| line)
}

/// Returns the line end of the line at an offset.
fn line_end(text: &[u8], at: usize) -> &'static [u8] {
    let (_, rest) = text.split_at(at);
    let line = rest.lines_with_terminator().next();
    if line.is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" }
}
