//! Reads a lock file, with the checks of GitHub's own reader.

use std::collections::HashMap;

use bstr::ByteSlice as _;

use super::fault::LockFaultKind;
use super::pin::{LockPin, oid_of};
use super::{ActionsLock, LockEntry};
use crate::text::Span;
use crate::workflow::yaml::source::Comments;
use crate::workflow::yaml::tree;
use crate::workflow::{Node, Pair};

/// Whole file.
const WHOLE: Span = Span { start: 0, end: 0 };

/// Reads a lock file, and the positions of its comments.
pub(in crate::workflow) fn lock(text: &[u8]) -> (ActionsLock, Comments) {
    let mut tree = tree::parse(text, false);
    let mut reader = Reader::default();
    if let Some(at) = conflict_marker(text) {
        reader.fault(LockFaultKind::ConflictMarker, at);
    } else if let Some(fault) = tree.faults.drain(..).next() {
        reader.fault(LockFaultKind::Yaml(fault.kind), fault.span);
    } else if let Some(at) = text.find("${{") {
        reader.fault(LockFaultKind::Expression, Span { start: at, end: at });
    } else if let Some(root) = &tree.root {
        reader.root(root);
    } else {
        reader.fault(LockFaultKind::Version(String::new()), WHOLE);
    }
    (reader.lock, tree.comments)
}

/// Returns whether a key may be the path of a workflow, by the checks of GitHub's own reader.
fn is_path(path: &str) -> bool {
    let is_wrong = |c: char| c.is_ascii_control() || matches!(c, '\\' | ':');
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(is_wrong)
        && path.split('/').all(|part| part != "..")
}

/// Returns the first line that begins like one of an unresolved merge.
fn conflict_marker(text: &[u8]) -> Option<Span> {
    let marks = [&b"<<<<<<< "[..], b"=======", b">>>>>>> ", b"||||||| "];
    let mut start = 0;
    for line in text.lines_with_terminator() {
        if marks.iter().any(|mark| line.starts_with(mark)) {
            return Some(Span { start, end: start + line.trim_end().len() });
        }
        start += line.len();
    }
    None
}

#[derive(Default)]
struct Reader {
    lock: ActionsLock,
    /// True for version v0.0.1.
    is_first_version: bool,
}

impl Reader {
    fn fault(&mut self, kind: LockFaultKind, span: Span) {
        self.lock.faults.push(kind.at(span));
    }

    fn root(&mut self, root: &Node) {
        let Some(pairs) = self.mapping(root, "the file") else { return };
        for pair in
            pairs.iter().filter(|pair| !["version", "workflows", "dependencies"].contains(&pair.name()))
        {
            self.fault(LockFaultKind::Form(format!("the key `{}` is not known", pair.name())), pair.key.span);
        }
        match root.get("version").map(|version| (version.text().unwrap_or_default(), version.span)) {
            Some(("v0.0.1", _)) => self.is_first_version = true,
            Some(("v0.0.2", _)) => {}
            other => {
                let (version, span) = other.unwrap_or(("", WHOLE));
                // What a later version means is not known.
                return self.fault(LockFaultKind::Version(version.to_owned()), span);
            }
        }
        let entries = root.get("dependencies").and_then(|node| self.mapping(node, "`dependencies`"));
        entries.unwrap_or_default().iter().for_each(|pair| self.entry(pair));
        let mut listed = HashMap::new();
        let workflows = root.get("workflows").and_then(|node| self.mapping(node, "`workflows`"));
        for Pair { key, value } in workflows.unwrap_or_default() {
            let path = key.text().unwrap_or_default();
            if !is_path(path) {
                self.fault(LockFaultKind::Form(format!("`{path}` is not the path of a workflow")), key.span);
            }
            let pins = self.pins(value, "the list of a workflow");
            listed.insert(path.to_owned(), pins);
        }
        self.check_lists(listed);
        self.check_cycles();
    }

    /// Returns the pairs of a mapping; null is an empty one.
    fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Pair]> {
        if node.pairs().is_none() && !node.is_null() {
            self.fault(LockFaultKind::Form(format!("{what} is not a mapping")), node.span);
        }
        node.pairs()
    }

    fn pins(&mut self, node: &Node, what: &str) -> Vec<(LockPin, Span)> {
        if node.items().is_none() && !node.is_null() {
            self.fault(LockFaultKind::Form(format!("{what} is not a list")), node.span);
        }
        let items = node.items().unwrap_or_default();
        items.iter().filter_map(|item| Some((self.pin(item)?.0, item.span))).collect()
    }

    fn pin<'n>(&mut self, node: &'n Node) -> Option<(LockPin, Option<&'n str>)> {
        let text = node.text().unwrap_or_default();
        let pin = LockPin::parse(text, self.is_first_version);
        if pin.is_none() {
            self.fault(LockFaultKind::Pin(text.to_owned()), node.span);
        }
        pin
    }

    fn entry(&mut self, Pair { key, value }: &Pair) {
        let Some((pin, digest)) = self.pin(key) else { return };
        let shown = key.text().unwrap_or_default();
        let Some(fields) = self.mapping(value, "an entry") else {
            return self.fault(LockFaultKind::Form(format!("the entry of `{shown}` is empty")), key.span);
        };
        let (known, needed): (&[&str], &[&str]) = match self.is_first_version {
            true => (
                &["tag", "branch", "commit", "owner_id", "repo_id", "uses"],
                &["commit", "owner_id", "repo_id"],
            ),
            false => {
                (&["ref", "commit", "owner_id", "repo_id", "uses"], &["ref", "commit", "owner_id", "repo_id"])
            }
        };
        for field in fields.iter().filter(|field| !known.contains(&field.name())) {
            let what = format!("the entry of `{shown}` has the unknown key `{}`", field.name());
            self.fault(LockFaultKind::Form(what), field.key.span);
        }
        for name in needed.iter().filter(|name| value.get(name).is_none()) {
            self.fault(LockFaultKind::Form(format!("the entry of `{shown}` has no `{name}`")), key.span);
        }
        let text = |name: &str| value.get(name).and_then(|node| node.text().map(|text| (text, node.span)));
        for (id, span) in ["owner_id", "repo_id"].iter().filter_map(|name| text(name)) {
            if !id.parse::<u64>().is_ok_and(|id| id > 0) {
                self.fault(
                    LockFaultKind::Value(format!("an id of `{shown}` is not a positive number")),
                    span,
                );
            }
        }
        let oid = text("commit").and_then(|(digest, span)| Some((oid_of(digest)?, span)));
        let Some((oid, span)) = oid else {
            let span = text("commit").map_or(key.span, |(_, span)| span);
            return self
                .fault(LockFaultKind::Value(format!("the commit of `{shown}` is not a digest")), span);
        };
        let named = digest.and_then(oid_of).or_else(|| pin.oid().map(str::to_ascii_lowercase));
        if named.is_some_and(|named| named != oid) {
            self.fault(LockFaultKind::OtherCommit(shown.to_owned(), oid.clone()), span);
        }
        let label =
            ["ref", "tag", "branch"].iter().find_map(|name| text(name)).filter(|(text, _)| !text.is_empty());
        if let Some((label, span)) =
            label.filter(|(label, _)| !self.is_first_version && *label != pin.reference)
            && pin.oid().is_none()
        {
            self.fault(LockFaultKind::OtherReference(shown.to_owned(), label.to_owned()), span);
        }
        let uses = value.get("uses").map(|node| self.pins(node, "`uses`")).unwrap_or_default();
        let entry = LockEntry {
            label: label.map_or(pin.reference.as_str(), |(label, _)| label).to_owned(),
            oid: Some(oid).filter(|oid| oid.len() == 40),
            uses: uses.into_iter().map(|(pin, _)| pin).collect(),
            span: key.span,
        };
        self.add(pin, entry);
    }

    fn add(&mut self, pin: LockPin, entry: LockEntry) {
        let is_other =
            |old: &LockEntry| (&old.oid, &old.label, &old.uses) != (&entry.oid, &entry.label, &entry.uses);
        if self.lock.entries.get(&pin).is_some_and(is_other) {
            let shown = format!("{}@{}", pin.repository, pin.reference);
            self.fault(LockFaultKind::Duplicate(shown), entry.span);
        }
        self.lock.entries.insert(pin, entry);
    }

    /// Notes the listed actions of each workflow, and checks that each listed or used action has an entry.
    ///
    /// The actions that a listed one uses need not be listed: `gh actions-lock` leaves them out.
    fn check_lists(&mut self, listed: HashMap<String, Vec<(LockPin, Span)>>) {
        let used =
            self.lock.entries.values().flat_map(|entry| entry.uses.iter().map(|pin| (pin, entry.span)));
        let listed_pins = listed.values().flatten().map(|(pin, span)| (pin, *span));
        let missing = used.chain(listed_pins).filter(|(pin, _)| !self.lock.entries.contains_key(pin));
        let mut missing: Vec<(String, Span)> =
            missing.map(|(pin, span)| (format!("{}@{}", pin.repository, pin.reference), span)).collect();
        missing.sort_unstable_by_key(|(_, span)| span.start);
        missing.into_iter().for_each(|(pin, span)| self.fault(LockFaultKind::NoEntry(pin), span));
        let lists =
            listed.into_iter().map(|(path, pins)| (path, pins.into_iter().map(|(pin, _)| pin).collect()));
        self.lock.workflows.extend(lists);
    }

    /// Checks that no action uses itself: takes out the actions whose own ones are out, until none is left to take.
    fn check_cycles(&mut self) {
        let entries = &self.lock.entries;
        let mut users: HashMap<&LockPin, Vec<&LockPin>> = HashMap::new();
        // Number of the own actions of each one that are still in.
        let mut waiting: HashMap<&LockPin, usize> = HashMap::new();
        for (pin, entry) in entries {
            let known = entry.uses.iter().filter(|used| entries.contains_key(*used));
            known.clone().for_each(|used| users.entry(used).or_default().push(pin));
            waiting.insert(pin, known.count());
        }
        let mut out: Vec<&LockPin> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(pin, _)| *pin).collect();
        while let Some(pin) = out.pop() {
            waiting.remove(pin);
            for user in users.get(pin).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(user) {
                    *count -= 1;
                    out.extend((*count == 0).then_some(*user));
                }
            }
        }
        let left = entries.iter().filter(|(pin, _)| waiting.contains_key(pin));
        if let Some((pin, entry)) = left.min_by_key(|(_, entry)| entry.span.start) {
            let (shown, span) = (format!("{}@{}", pin.repository, pin.reference), entry.span);
            self.fault(LockFaultKind::Cycle(shown), span);
        }
    }
}
