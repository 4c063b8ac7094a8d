//! Anchors, and the values of aliases, resolved the way GitHub does.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::fault::FaultKind;
use super::node::Node;

/// Anchors of a document that have been read so far.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Anchors {
    /// Current definition of each name: the one that started last.
    named: HashMap<Vec<u8>, usize>,
    definitions: Vec<Definition>,
    /// Definition number of each alias so far, including those inside replayed values.
    aliases: Vec<usize>,
}

#[derive(Debug)]
struct Definition {
    /// `None` while the value is being read.
    node: Option<Rc<Node>>,
    /// Range of the aliases inside the value, in `Anchors::aliases`.
    aliases: Range<usize>,
    /// True once a later anchor has the same name.
    is_replaced: bool,
}

#[expect(clippy::indexing_slicing, reason = "nothing is removed, so numbers and ranges stay valid")]
impl Anchors {
    /// Starts the definition of a name and returns its number.
    pub(in crate::workflow) fn open(&mut self, name: Vec<u8>) -> usize {
        let number = self.definitions.len();
        let aliases = self.aliases.len()..self.aliases.len();
        self.definitions.push(Definition { node: None, aliases, is_replaced: false });
        if let Some(old) = self.named.insert(name, number) {
            self.definitions[old].is_replaced = true;
        }
        number
    }

    /// Ends a definition and stores its value.
    pub(in crate::workflow) fn close(&mut self, number: usize, node: &Rc<Node>) {
        let definition = &mut self.definitions[number];
        definition.node = Some(Rc::clone(node));
        definition.aliases.end = self.aliases.len();
    }

    /// Returns the value of an alias, in time linear in the number of aliases inside that value.
    ///
    /// # Errors
    /// Fails if the alias has no earlier anchor, is inside its own anchor, or has different values for
    /// different readers: GitHub looks up the aliases inside a value at every use, other readers once at its
    /// definition.
    pub(in crate::workflow) fn replay(&mut self, name: &[u8]) -> Result<Rc<Node>, FaultKind> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let number = *self.named.get(name).ok_or_else(|| FaultKind::UnknownAlias(shown()))?;
        let Definition { node, aliases, .. } = &self.definitions[number];
        let node = node.clone().ok_or_else(|| FaultKind::RecursiveAlias(shown()))?;
        let inside = aliases.clone();
        if self.aliases[inside.clone()].iter().any(|alias| self.definitions[*alias].is_replaced) {
            return Err(FaultKind::ShiftedAlias(shown()));
        }
        self.aliases.push(number);
        self.aliases.extend_from_within(inside);
        Ok(node)
    }
}
