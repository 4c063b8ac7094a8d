//! Nodes of a YAML document.

use std::cell::OnceCell;
use std::rc::Rc;

use super::events::Style;
use super::fold::has_expression;
use crate::text::Span;
use crate::workflow::shell::{ShellCommand, commands};

/// YAML node. An alias shares the node of its anchor, so the span is that of the anchored value.
#[derive(Debug)]
pub struct Node {
    /// Byte range in the file, including anchor and tag.
    pub span: Span,
    /// Content of the node.
    pub value: NodeValue,
    /// Number of nodes in the subtree, including this one; aliases count in full.
    pub(in crate::workflow) size: usize,
    /// Number of levels below this node; 0 for a scalar.
    pub(in crate::workflow) height: usize,
    /// Indices of the pairs of a large mapping, sorted by key; computed at the first lookup.
    sorted: OnceCell<Box<[u32]>>,
    /// Commands of a script; computed on first use and shared by aliases.
    commands: OnceCell<Rc<[ShellCommand]>>,
}

/// Maximum number of pairs for a linear search; larger mappings use a sorted index.
const LARGE: usize = 32;

/// Content of a node.
#[derive(Debug)]
pub enum NodeValue {
    /// Text of any type: the forge converts values that are not strings. `${{ 'literal' }}` is folded.
    Scalar {
        /// Decoded text, without quotes and escapes.
        text: String,
        /// Style in the file: plain, quoted or block.
        style: Style,
    },
    /// List of items.
    Sequence(Vec<Rc<Node>>),
    /// Pairs of keys and values in order. Keys are scalars.
    Mapping(Vec<Pair>),
}

/// Key and value of a mapping.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Key; always a scalar.
    pub key: Rc<Node>,
    /// Value of any kind.
    pub value: Rc<Node>,
}

impl Pair {
    /// Returns the text of the key.
    #[expect(clippy::expect_used, reason = "a key that is no scalar is refused when the file is read")]
    pub fn name(&self) -> &str {
        self.key.text().expect("a scalar")
    }
}

impl Node {
    pub(in crate::workflow) fn new(span: Span, value: NodeValue) -> Self {
        let (mut size, mut height) = (1, 0);
        let mut add = |node: &Self| {
            size += node.size;
            height = height.max(node.height + 1);
        };
        match &value {
            NodeValue::Scalar { .. } => {}
            NodeValue::Sequence(items) => items.iter().for_each(|item| add(item)),
            NodeValue::Mapping(pairs) => pairs.iter().for_each(|pair| {
                add(&pair.key);
                add(&pair.value);
            }),
        }
        let (sorted, commands) = (OnceCell::new(), OnceCell::new());
        Self { span, value, size, height, sorted, commands }
    }

    /// Returns the text of a scalar; `None` for other nodes.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the commands of a scalar that is a shell script; empty for other nodes.
    pub(crate) fn commands(&self) -> &Rc<[ShellCommand]> {
        self.commands.get_or_init(|| commands(self.text().unwrap_or_default()).into())
    }

    /// Returns the text of a scalar without surrounding ASCII whitespace, empty if it is null; `None` for
    /// other nodes.
    pub fn trimmed(&self) -> Option<&str> {
        if self.is_null() {
            return Some("");
        }
        self.text().map(|text| text.trim_matches(|c: char| c.is_ascii_whitespace()))
    }

    /// Returns the items of a sequence; `None` for other nodes.
    pub fn items(&self) -> Option<&[Rc<Self>]> {
        match &self.value {
            NodeValue::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the pairs of a mapping; `None` for other nodes.
    pub fn pairs(&self) -> Option<&[Pair]> {
        match &self.value {
            NodeValue::Mapping(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// Returns the value of a key in a mapping. A large mapping is sorted once, then searched by bisection.
    pub fn get(&self, key: &str) -> Option<&Rc<Self>> {
        let pairs = self.pairs()?;
        if pairs.len() <= LARGE {
            return pairs.iter().find(|pair| pair.name() == key).map(|pair| &pair.value);
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "these are the indices of the pairs, and pairs never change"
        )]
        let pair = |number: &u32| &pairs[*number as usize];
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Box<[u32]> = (0..).take(pairs.len()).collect();
            sorted.sort_by_key(|number| pair(number).name());
            sorted
        });
        let first = sorted.partition_point(|number| pair(number).name() < key);
        sorted.get(first).map(pair).filter(|pair| pair.name() == key).map(|pair| &pair.value)
    }

    /// Returns the value of a key compared without ASCII case, such as the name of an input.
    pub fn get_ignoring_case(&self, key: &str) -> Option<&Rc<Self>> {
        self.pairs()?.iter().find(|pair| pair.name().eq_ignore_ascii_case(key)).map(|pair| &pair.value)
    }

    /// Calls `each` with the text and span of every scalar in the subtree, keys included.
    pub(crate) fn for_each_text(&self, each: &mut dyn FnMut(&str, Span)) {
        match &self.value {
            NodeValue::Scalar { text, .. } => each(text, self.span),
            NodeValue::Sequence(items) => items.iter().for_each(|item| item.for_each_text(each)),
            NodeValue::Mapping(pairs) => {
                for pair in pairs {
                    pair.key.for_each_text(each);
                    pair.value.for_each_text(each);
                }
            }
        }
    }

    /// Returns whether the node is an empty or null plain scalar.
    pub fn is_null(&self) -> bool {
        match &self.value {
            NodeValue::Scalar { text, style } => {
                *style == Style::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// Returns whether the node is a scalar that contains an expression.
    pub fn is_expression(&self) -> bool {
        self.text().is_some_and(has_expression)
    }
}
