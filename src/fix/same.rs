//! Comparison of a file before and after a repair, without what repairs change.

use std::fmt::Write as _;

use bstr::BString;

use super::credentials::INPUT;
use crate::workflow::{Document, FileKind, Node};

/// Returns whether two texts are the same file, but for the references of `uses` and the input of checkouts.
pub(super) fn is_same(path: &BString, before: &[u8], after: &[u8]) -> bool {
    let read = |text: &[u8]| FileKind::of(path).map(|kind| Document::read(text, kind)).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let faults =
        |documents: &[Document]| documents.iter().map(|document| document.faults.len()).sum::<usize>();
    before.len() == after.len() && faults(&before) == faults(&after) && shapes(&before) == shapes(&after)
}

fn shapes(documents: &[Document]) -> Vec<String> {
    let roots = documents.iter().flat_map(|document| {
        let jobs = document.model.jobs.iter().map(|job| &job.node);
        document.model.workflow.iter().chain(&document.model.action).chain(jobs)
    });
    roots.map(|root| shape(root)).collect()
}

/// Returns a text that is equal for equal nodes.
fn shape(node: &Node) -> String {
    let mut text = String::new();
    add(&mut text, node, "");
    text
}

fn add(text: &mut String, node: &Node, key: &str) {
    if let Some(value) = node.text() {
        let value = if key == "uses" { value.split_once('@').map_or(value, |(name, _)| name) } else { value };
        let _ = write!(text, "{value:?},");
    }
    if let Some(items) = node.items() {
        text.push('[');
        items.iter().for_each(|item| add(text, item, ""));
        text.push(']');
    }
    if let Some(pairs) = node.pairs() {
        text.push('{');
        for pair in pairs.iter().filter(|pair| !pair.name().eq_ignore_ascii_case(INPUT)) {
            let mut value = String::new();
            add(&mut value, &pair.value, pair.name());
            if pair.name() == "with" && ["{}", "\"\","].contains(&value.as_str()) {
                continue;
            }
            let _ = write!(text, "{:?}:{value}", pair.name());
        }
        text.push('}');
    }
}
