//! Builds a tree from the bytes of a file, within the forge's limits. Aliases are replaced by their values,
//! and anything ambiguous, such as a duplicate key, is a fault.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use super::anchors::Anchors;
use super::events::{EventKind, Events, Properties, Style, YamlEvent};
use super::fault::{Fault, FaultKind};
use super::fold::folded;
use super::merge_keys::is_merge_key;
use super::node::{Node, NodeValue, Pair};
use super::source::{self, Comments};
use crate::text::Span;

/// Maximum number of nodes that the forge reads, with aliases counted in full.
const MAX_NODES: usize = 50_000;
/// Maximum nesting depth that the forge reads, with aliases counted in full.
const MAX_DEPTH: usize = 50;

/// Number of pairs up to which their keys are compared with each other; more are put into a set.
const FEW_PAIRS: usize = 8;

/// Result of parsing a file.
#[derive(Debug, Default)]
pub(in crate::workflow) struct YamlTree {
    /// Root of the first document; `None` if there is none or it cannot be read.
    pub(in crate::workflow) root: Option<Rc<Node>>,
    /// Reasons why the file, or a part of it, cannot be read.
    pub(in crate::workflow) faults: Vec<Fault>,
    /// Positions of the comments.
    pub(in crate::workflow) comments: Comments,
    /// Span of the first `<<` key.
    pub(in crate::workflow) merge_key: Option<Span>,
    /// True if a key has a tag by which some reader may decode it to another key (`!!binary`), or may have one
    /// by an alias.
    pub(in crate::workflow) has_tagged_key: bool,
}

/// Parses the first document of a file; a second one is a fault.
///
/// With `ignore_case`, keys that differ only in ASCII case are duplicates.
pub(in crate::workflow) fn parse(bytes: &[u8], ignore_case: bool) -> YamlTree {
    let source = match source::prepare(bytes) {
        Ok(source) => source,
        Err(fault) => return YamlTree { faults: vec![fault], ..YamlTree::default() },
    };
    let mut builder = TreeBuilder {
        bytes,
        events: Events::new(source.text.as_bytes()),
        offset: source.offset,
        ignore_case,
        anchors: Anchors::default(),
        nodes: 0,
        tree: YamlTree::default(),
        quoted: Vec::new(),
    };
    match builder.document() {
        Ok(root) => builder.tree.root = root,
        Err(fault) => builder.tree.faults.push(fault),
    }
    let TreeBuilder { mut tree, quoted, .. } = builder;
    if tree.root.is_some() && !source.suspects.is_empty() {
        let comments = tree.comments.all(bytes);
        tree.faults
            .extend(source.suspects.iter().filter_map(|suspect| suspect_fault(*suspect, &quoted, &comments)));
    }
    tree
}

/// Returns the fault of a suspect character, now that its context is known: an invisible line break is
/// harmless in quotes, a control character in a comment.
fn suspect_fault((span, c): (Span, char), quoted: &[Span], comments: &[Span]) -> Option<Fault> {
    match source::is_invisible_break(c) {
        true => (!within(quoted, span)).then(|| FaultKind::InvisibleBreak(c).at(span)),
        false => (!within(comments, span)).then(|| FaultKind::Control(c).at(span)),
    }
}

/// Returns whether one of the sorted spans contains `inner`.
fn within(spans: &[Span], inner: Span) -> bool {
    let (before, _) = spans.split_at(spans.partition_point(|span| span.start <= inner.start));
    before.last().is_some_and(|span| inner.end <= span.end)
}

struct TreeBuilder<'t> {
    bytes: &'t [u8],
    events: Events<'t>,
    offset: usize,
    ignore_case: bool,
    anchors: Anchors,
    nodes: usize,
    tree: YamlTree,
    quoted: Vec<Span>,
}

impl TreeBuilder<'_> {
    fn document(&mut self) -> Result<Option<Rc<Node>>, Fault> {
        let Some(first) = self.next()? else { return Ok(None) };
        debug_assert_eq!(first.kind, EventKind::DocumentStart, "a stream begins with a document");
        let event = self.expect()?;
        let root = self.node(event, 1)?;
        self.tree.root = Some(Rc::clone(&root));
        self.expect()?;
        if let Some(second) = self.next()? {
            self.tree.faults.push(FaultKind::SecondDocument.at(second.span));
        }
        Ok(Some(root))
    }

    /// Returns the next event, with its span relative to the start of the file; `None` at the end.
    fn next(&mut self) -> Result<Option<YamlEvent>, Fault> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(YamlEvent { kind, span })) => {
                let span = Span { start: self.offset_of(span.start)?, end: self.offset_of(span.end)? };
                Ok(Some(YamlEvent { kind, span }))
            }
            Some(Err(error)) => {
                let start = self.offset_of(error.offset)?;
                Err(FaultKind::Syntax(error.message).at(Span { start, end: start }))
            }
        }
    }

    /// Returns the offset in the file of an offset in the text that libyaml reads, so that every span of a node
    /// is in the file.
    fn offset_of(&self, offset: usize) -> Result<usize, Fault> {
        let offset = offset.checked_add(self.offset).filter(|offset| *offset <= self.bytes.len());
        let whole = Span { start: 0, end: 0 };
        offset.ok_or_else(|| {
            FaultKind::Syntax("libyaml reports a position outside of the file".into()).at(whole)
        })
    }

    fn expect(&mut self) -> Result<YamlEvent, Fault> {
        let nowhere = Span { start: self.offset, end: self.offset };
        self.next()?.ok_or_else(|| FaultKind::Syntax("unexpected end of file".into()).at(nowhere))
    }

    fn node(&mut self, event: YamlEvent, depth: usize) -> Result<Rc<Node>, Fault> {
        let span = event.span;
        if depth > MAX_DEPTH {
            return Err(FaultKind::TooDeep.at(span));
        }
        self.count(1, span)?;
        let (value, end, anchor) = match event.kind {
            EventKind::Alias { anchor } => return self.replay(&anchor, span, depth),
            EventKind::Scalar { properties, text, style } => {
                let anchor = self.enter(properties, Some(style), span);
                self.note_scalar(style, span);
                (NodeValue::Scalar { text: folded(&text).unwrap_or(text), style }, span.end, anchor)
            }
            EventKind::SequenceStart { properties } => {
                let anchor = self.enter(properties, None, span);
                let (items, end) = self.sequence(depth)?;
                (NodeValue::Sequence(items), end, anchor)
            }
            EventKind::MappingStart { properties } => {
                let anchor = self.enter(properties, None, span);
                let (pairs, end) = self.mapping(depth)?;
                (NodeValue::Mapping(pairs), end, anchor)
            }
            _ => return Err(FaultKind::Syntax("missing value".into()).at(span)),
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
            let (at, is_alias) = (event.span, matches!(event.kind, EventKind::Alias { .. }));
            let earlier = if is_alias { 0 } else { self.tree.faults.len() };
            let key = self.node(event, depth + 1)?;
            let faults = self.tree.faults.iter().skip(earlier);
            self.tree.has_tagged_key |=
                faults.into_iter().any(|fault| matches!(fault.kind, FaultKind::UnknownTag(_)));
            if key.text().is_none() {
                return Err(FaultKind::KeyIsNoScalar.at(at));
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
        if self.nodes > MAX_NODES { Err(FaultKind::TooManyNodes.at(span)) } else { Ok(()) }
    }

    fn replay(&mut self, anchor: &[u8], span: Span, depth: usize) -> Result<Rc<Node>, Fault> {
        let node = self.anchors.replay(anchor).map_err(|reason| reason.at(span))?;
        self.count(node.size, span)?;
        if depth + node.height > MAX_DEPTH { Err(FaultKind::TooDeep.at(span)) } else { Ok(node) }
    }

    /// Reports the tag of a node unless it is harmless, and opens its anchor until the node ends. Returns the
    /// number of the anchor.
    fn enter(&mut self, properties: Properties, style: Option<Style>, span: Span) -> Option<usize> {
        if let Some(tag) = properties.tag.as_deref().filter(|tag| !is_known_tag(tag, style)) {
            let tag = String::from_utf8_lossy(tag).into_owned();
            self.tree.faults.push(FaultKind::UnknownTag(tag).at(span));
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
        let is_unlike = |one: &Pair, other: &Pair| match self.ignore_case {
            true => !one.name().eq_ignore_ascii_case(other.name()),
            false => one.name() != other.name(),
        };
        // Most mappings are small.
        let mut rest = pairs.iter();
        if pairs.len() <= FEW_PAIRS
            && pairs
                .iter()
                .all(|pair| rest.next().is_some() && rest.clone().all(|other| is_unlike(pair, other)))
        {
            return;
        }
        let mut seen = HashSet::with_capacity(pairs.len());
        for pair in pairs {
            let text = pair.name();
            let upper = self.ignore_case && text.bytes().any(|byte| byte.is_ascii_uppercase());
            let key = if upper { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
            if !seen.insert(key) {
                self.tree.faults.push(FaultKind::DuplicateKey(text.to_owned()).at(pair.key.span));
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
