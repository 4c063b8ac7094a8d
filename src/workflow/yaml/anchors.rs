//! Anchors and what aliases stand for, as GitHub replays them.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::fault::Reason;
use super::node::Node;

/// The anchors of a document, as far as it is read.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Anchors {
    /// The definition that counts for a name: of those before an alias, the one that begins last.
    named: HashMap<Vec<u8>, usize>,
    definitions: Vec<Definition>,
    /// The definition of each alias so far, those inside replayed values included.
    aliases: Vec<usize>,
}

#[derive(Debug)]
struct Definition {
    /// None while it is being read.
    node: Option<Rc<Node>>,
    /// The aliases inside.
    aliases: Range<usize>,
    /// Whether its name has another definition by now.
    is_replaced: bool,
}

impl Anchors {
    /// Begins the definition of a name, and returns its number.
    pub(in crate::workflow) fn open(&mut self, name: Vec<u8>) -> usize {
        let number = self.definitions.len();
        let aliases = self.aliases.len()..self.aliases.len();
        self.definitions.push(Definition { node: None, aliases, is_replaced: false });
        if let Some(old) = self.named.insert(name, number).and_then(|old| self.definitions.get_mut(old)) {
            old.is_replaced = true;
        }
        number
    }

    /// Ends a definition.
    pub(in crate::workflow) fn close(&mut self, number: usize, node: &Rc<Node>) {
        if let Some(definition) = self.definitions.get_mut(number) {
            definition.node = Some(Rc::clone(node));
            definition.aliases.end = self.aliases.len();
        }
    }

    /// The value that an alias stands for. Costs no more than the aliases inside that value.
    ///
    /// # Errors
    /// Fails when it stands for nothing, for itself, or for something else than an editor would show: GitHub looks up the
    /// aliases inside a value anew wherever it is replayed, other readers where it is defined.
    pub(in crate::workflow) fn replay(&mut self, name: &[u8]) -> Result<Rc<Node>, Reason> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let number = *self.named.get(name).ok_or_else(|| Reason::UnknownAlias(shown()))?;
        let found =
            self.definitions.get(number).and_then(|found| Some((found.node.clone()?, found.aliases.clone())));
        let (node, inside) = found.ok_or_else(|| Reason::RecursiveAlias(shown()))?;
        let is_replaced = |at: &usize| self.definitions.get(*at).is_none_or(|inner| inner.is_replaced);
        if self.aliases.get(inside.clone()).is_none_or(|inner| inner.iter().any(is_replaced)) {
            return Err(Reason::ShiftedAlias(shown()));
        }
        self.aliases.push(number);
        self.aliases.extend_from_within(inside);
        Ok(node)
    }
}
