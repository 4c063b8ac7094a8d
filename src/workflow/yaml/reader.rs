//! Builds a tree from the bytes of a file, within the forge's limits. Aliases are replaced by their values,
//! and anything ambiguous, such as a duplicate key, is a fault.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use super::anchors::Anchors;
use super::events::{Event, EventKind, Events, Properties, Style};
use super::fault::{Fault, Reason};
use super::fold::folded;
use super::merge_keys::is_merge_key;
use super::node::{Node, Pair, Value};
use super::source::{self, Comments};
use crate::text::Span;

/// Maximum number of nodes that the forge reads, with aliases counted in full.
const MAX_NODES: usize = 50_000;
/// Maximum nesting depth that the forge reads, with aliases counted in full.
const MAX_DEPTH: usize = 50;

/// Result of parsing a file.
#[derive(Debug, Default)]
pub(in crate::workflow) struct Tree {
    /// Root of the first document; `None` if there is none or it cannot be read.
    pub(in crate::workflow) root: Option<Rc<Node>>,
    /// Reasons why the file, or a part of it, cannot be read.
    pub(in crate::workflow) faults: Vec<Fault>,
    /// Positions of the comments.
    pub(in crate::workflow) comments: Comments,
    /// Span of the first `<<` key.
    pub(in crate::workflow) merge_key: Option<Span>,
}

/// Parses the first document of a file; a second one is a fault.
///
/// With `ignore_case`, keys that differ only in ASCII case are duplicates.
pub(in crate::workflow) fn read(bytes: &[u8], ignore_case: bool) -> Tree {
    let body = match source::body(bytes) {
        Ok(body) => body,
        Err(fault) => return Tree { faults: vec![fault], ..Tree::default() },
    };
    let mut reader = Reader {
        bytes,
        events: Events::new(&body.text),
        offset: body.offset,
        ignore_case,
        anchors: Anchors::default(),
        nodes: 0,
        tree: Tree::default(),
        quoted: Vec::new(),
    };
    match reader.document() {
        Ok(root) => reader.tree.root = root,
        Err(fault) => reader.tree.faults.push(fault),
    }
    let Reader { mut tree, quoted, .. } = reader;
    if tree.root.is_some() && !body.suspects.is_empty() {
        let comments = tree.comments.all(bytes);
        tree.faults.extend(body.suspects.iter().filter_map(|suspect| judge(*suspect, &quoted, &comments)));
    }
    tree
}

/// Returns the fault of a suspect character, now that its context is known: an invisible line break is
/// harmless in quotes, a control character in a comment.
fn judge((span, c): (Span, char), quoted: &[Span], comments: &[Span]) -> Option<Fault> {
    match source::is_invisible_break(c) {
        true => (!within(quoted, span)).then(|| Reason::InvisibleBreak(c).at(span)),
        false => (!within(comments, span)).then(|| Reason::Control(c).at(span)),
    }
}

/// Returns whether one of the sorted spans contains `inner`.
fn within(spans: &[Span], inner: Span) -> bool {
    let behind = spans.partition_point(|span| span.start <= inner.start);
    behind.checked_sub(1).and_then(|at| spans.get(at)).is_some_and(|span| inner.end <= span.end)
}

struct Reader<'t> {
    bytes: &'t [u8],
    events: Events<'t>,
    offset: usize,
    ignore_case: bool,
    anchors: Anchors,
    nodes: usize,
    tree: Tree,
    quoted: Vec<Span>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Option<Rc<Node>>, Fault> {
        let Some(first) = self.next()? else { return Ok(None) };
        debug_assert_eq!(first.kind, EventKind::DocumentStart, "a stream begins with a document");
        let event = self.expect()?;
        let root = self.node(event, 1)?;
        self.tree.root = Some(Rc::clone(&root));
        self.expect()?;
        if let Some(second) = self.next()? {
            self.tree.faults.push(Reason::SecondDocument.at(second.span));
        }
        Ok(Some(root))
    }

    /// Returns the next event, with its span relative to the start of the file; `None` at the end.
    fn next(&mut self) -> Result<Option<Event>, Fault> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(Event { kind, span })) => Ok(Some(Event {
                kind,
                span: Span { start: span.start + self.offset, end: span.end + self.offset },
            })),
            Some(Err(error)) => {
                let start = error.offset.saturating_add(self.offset);
                Err(Reason::Syntax(error.message).at(Span { start, end: start }))
            }
        }
    }

    fn expect(&mut self) -> Result<Event, Fault> {
        let nowhere = Span { start: self.offset, end: self.offset };
        self.next()?.ok_or_else(|| Reason::Syntax("unexpected end of file".into()).at(nowhere))
    }

    fn node(&mut self, event: Event, depth: usize) -> Result<Rc<Node>, Fault> {
        let span = event.span;
        if depth > MAX_DEPTH {
            return Err(Reason::TooDeep.at(span));
        }
        self.count(1, span)?;
        let (value, end, anchor) = match event.kind {
            EventKind::Alias { anchor } => return self.replay(&anchor, span, depth),
            EventKind::Scalar { properties, text, style } => {
                let anchor = self.enter(properties, Some(style), span);
                self.note_scalar(style, span);
                (Value::Scalar { text: folded(&text).unwrap_or(text), style }, span.end, anchor)
            }
            EventKind::SequenceStart { properties } => {
                let anchor = self.enter(properties, None, span);
                let (items, end) = self.sequence(depth)?;
                (Value::Sequence(items), end, anchor)
            }
            EventKind::MappingStart { properties } => {
                let anchor = self.enter(properties, None, span);
                let (pairs, end) = self.mapping(depth)?;
                (Value::Mapping(pairs), end, anchor)
            }
            _ => return Err(Reason::Syntax("missing value".into()).at(span)),
        };
        let node = Rc::new(Node::new(Span { start: span.start, end }, value));
        if let Some(anchor) = anchor {
            self.anchors.close(anchor, &node);
        }
        Ok(node)
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<Rc<Node>>, usize), Fault> {
        let mut items = Vec::new();
        loop {
            let event = self.expect()?;
            if event.kind == EventKind::SequenceEnd {
                return Ok((items, event.span.end));
            }
            items.push(self.node(event, depth + 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<Pair>, usize), Fault> {
        let mut pairs = Vec::new();
        loop {
            let event = self.expect()?;
            if event.kind == EventKind::MappingEnd {
                self.refuse_duplicates(&pairs);
                return Ok((pairs, event.span.end));
            }
            let at = event.span;
            let key = self.node(event, depth + 1)?;
            if key.text().is_none() {
                return Err(Reason::KeyIsNoScalar.at(at));
            }
            if is_merge_key(&key) {
                self.tree.merge_key.get_or_insert(at);
            }
            let event = self.expect()?;
            pairs.push(Pair { key, value: self.node(event, depth + 1)? });
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(Reason::TooManyNodes.at(span)) } else { Ok(()) }
    }

    fn replay(&mut self, anchor: &[u8], span: Span, depth: usize) -> Result<Rc<Node>, Fault> {
        let node = self.anchors.replay(anchor).map_err(|reason| reason.at(span))?;
        self.count(node.size, span)?;
        if depth + node.height > MAX_DEPTH { Err(Reason::TooDeep.at(span)) } else { Ok(node) }
    }

    /// Reports the tag of a node unless it is harmless, and opens its anchor until the node ends. Returns the
    /// number of the anchor.
    fn enter(&mut self, properties: Properties, style: Option<Style>, span: Span) -> Option<usize> {
        if let Some(tag) = properties.tag.as_deref().filter(|tag| !is_known_tag(tag, style)) {
            let tag = String::from_utf8_lossy(tag).into_owned();
            self.tree.faults.push(Reason::UnknownTag(tag).at(span));
        }
        properties.anchor.map(|name| self.anchors.open(name))
    }

    fn note_scalar(&mut self, style: Style, span: Span) {
        match style {
            Style::Plain => self.tree.comments.skip(span),
            Style::Quoted => {
                self.tree.comments.skip(span);
                self.quoted.push(span);
            }
            Style::Block => self.tree.comments.skip_block(self.bytes, span),
        }
    }

    fn refuse_duplicates(&mut self, pairs: &[Pair]) {
        let mut seen = HashSet::with_capacity(pairs.len());
        for pair in pairs {
            let Some(text) = pair.key.text() else { continue };
            let upper = self.ignore_case && text.bytes().any(|byte| byte.is_ascii_uppercase());
            let key = if upper { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
            if !seen.insert(key) {
                self.tree.faults.push(Reason::DuplicateKey(text.to_owned()).at(pair.key.span));
            }
        }
    }
}

/// Returns whether a tag is harmless: one of YAML's core scalar tags on a plain scalar, or `!!str` on any
/// other scalar.
fn is_known_tag(tag: &[u8], style: Option<Style>) -> bool {
    let Some(name) = tag.strip_prefix(b"tag:yaml.org,2002:") else { return false };
    match style {
        None => false,
        Some(Style::Plain) => matches!(name, b"str" | b"bool" | b"int" | b"float" | b"null"),
        Some(_) => name == b"str",
    }
}
