//! The tree of a YAML document.

use std::cell::OnceCell;
use std::rc::Rc;

use super::events::Style;
use super::fold::has_expression;
use crate::text::Span;
use crate::workflow::shell::{Command, commands};

/// A node. Aliases share the node of their anchor, so its span is where the anchored value stands.
#[derive(Debug)]
pub struct Node {
    /// Where it stands, its anchor and tag included.
    pub span: Span,
    /// What it holds.
    pub value: Value,
    /// How many nodes it is, itself and aliases below included.
    pub(in crate::workflow) size: usize,
    /// How many levels it has below itself.
    pub(in crate::workflow) height: usize,
    /// The pairs of a large mapping in the order of their keys, once one was looked for.
    sorted: OnceCell<Box<[u32]>>,
    /// The commands of a script, once they were asked for. Aliases share them.
    commands: OnceCell<Rc<[Command]>>,
}

/// Smaller mappings are searched pair by pair.
const LARGE: usize = 32;

/// What a node holds.
#[derive(Debug)]
pub enum Value {
    /// Text, whatever its type: the forge converts what is not a string. `${{ 'literal' }}` is folded.
    Scalar {
        /// The text.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// Pairs of keys and values in their order. Keys are scalars.
    Mapping(Vec<Pair>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key.
    pub key: Rc<Node>,
    /// The value.
    pub value: Rc<Node>,
}

impl Node {
    pub(in crate::workflow) fn new(span: Span, value: Value) -> Self {
        let (mut size, mut height) = (1, 0);
        let mut add = |node: &Self| {
            size += node.size;
            height = height.max(node.height + 1);
        };
        match &value {
            Value::Scalar { .. } => {}
            Value::Sequence(items) => items.iter().for_each(|item| add(item)),
            Value::Mapping(pairs) => pairs.iter().for_each(|pair| {
                add(&pair.key);
                add(&pair.value);
            }),
        }
        let (sorted, commands) = (OnceCell::new(), OnceCell::new());
        Self { span, value, size, height, sorted, commands }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The commands of a scalar that is a script.
    pub(crate) fn commands(&self) -> &Rc<[Command]> {
        self.commands.get_or_init(|| commands(self.text().unwrap_or_default()).into())
    }

    /// The text of a scalar without the blanks around it; empty when it is null.
    pub fn trimmed(&self) -> Option<&str> {
        if self.is_null() {
            return Some("");
        }
        self.text().map(|text| text.trim_matches(|c: char| c.is_ascii_whitespace()))
    }

    /// The items of a sequence.
    pub fn items(&self) -> Option<&[Rc<Self>]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs of a mapping.
    pub fn pairs(&self) -> Option<&[Pair]> {
        match &self.value {
            Value::Mapping(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key in a mapping.
    pub fn get(&self, key: &str) -> Option<&Rc<Self>> {
        let pairs = self.pairs()?;
        let wanted = Some(key);
        if pairs.len() <= LARGE {
            return pairs.iter().find(|pair| pair.key.text() == wanted).map(|pair| &pair.value);
        }
        let pair = |number: &u32| pairs.get(*number as usize);
        let key_of = |number: &u32| pair(number).and_then(|pair| pair.key.text());
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Box<[u32]> = (0..).take(pairs.len()).collect();
            sorted.sort_by_key(key_of);
            sorted
        });
        let first = sorted.partition_point(|number| key_of(number) < wanted);
        let found = pair(sorted.get(first)?)?;
        (found.key.text() == wanted).then_some(&found.value)
    }

    /// The value of a key whose case does not count, as that of an input.
    pub fn get_ignoring_case(&self, key: &str) -> Option<&Rc<Self>> {
        let is_key = |pair: &&Pair| pair.key.text().is_some_and(|text| text.eq_ignore_ascii_case(key));
        self.pairs()?.iter().find(is_key).map(|pair| &pair.value)
    }

    /// Calls `each` for every text here and below, keys included, with its place.
    pub(in crate::workflow) fn for_each_text(&self, each: &mut dyn FnMut(&str, Span)) {
        match &self.value {
            Value::Scalar { text, .. } => each(text, self.span),
            Value::Sequence(items) => items.iter().for_each(|item| item.for_each_text(each)),
            Value::Mapping(pairs) => {
                for pair in pairs {
                    pair.key.for_each_text(each);
                    pair.value.for_each_text(each);
                }
            }
        }
    }

    /// Whether nothing is written here, or null.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, style } => {
                *style == Style::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// Whether this is a scalar that holds an expression.
    pub fn is_expression(&self) -> bool {
        self.text().is_some_and(has_expression)
    }
}
