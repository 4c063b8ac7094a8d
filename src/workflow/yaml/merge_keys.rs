//! Merge keys (`<<`), resolved the way yaml.v3 does for Gitea and Forgejo.

use std::collections::HashSet;
use std::rc::Rc;

use super::node::{Node, NodeValue, Pair};

/// Returns a copy of a tree in which every `<<` is replaced by the keys that it merges. A key of the mapping
/// itself has priority, then the earlier source.
pub(in crate::workflow) fn merged(node: &Rc<Node>) -> Rc<Node> {
    let value = match &node.value {
        NodeValue::Scalar { .. } => return Rc::clone(node),
        NodeValue::Sequence(items) => NodeValue::Sequence(items.iter().map(merged).collect()),
        NodeValue::Mapping(pairs) => NodeValue::Mapping(merge(pairs)),
    };
    Rc::new(Node::new(node.span, value))
}

fn merge(pairs: &[Pair]) -> Vec<Pair> {
    let (sources, own): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| is_merge_key(&pair.key));
    let mut out = Vec::with_capacity(own.len());
    let mut keys = HashSet::new();
    let mut add = |pair: &Pair, value: Rc<Node>| {
        if keys.insert(pair.name().to_owned()) {
            out.push(Pair { key: Rc::clone(&pair.key), value });
        }
    };
    own.iter().for_each(|pair| add(pair, merged(&pair.value)));
    for source in sources {
        let value = merged(&source.value);
        let mappings = value.items().unwrap_or(std::slice::from_ref(&value));
        let pairs = mappings.iter().flat_map(|mapping| mapping.pairs().unwrap_or_default());
        pairs.for_each(|pair| add(pair, Rc::clone(&pair.value)));
    }
    out
}

/// Returns whether a key is `<<`.
pub(in crate::workflow) fn is_merge_key(key: &Node) -> bool {
    key.text() == Some("<<")
}
