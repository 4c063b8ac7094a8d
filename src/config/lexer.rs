//! Lexer for files in git-config syntax. Where git gives up, it continues at the next line.
//!
//! The syntax is that of `gix-config`: its event parser reads every header, key, comment and value, and its
//! `value::normalize` removes quotes and escapes from values. This module adds:
//!
//! * Positions: the events have none. Their lengths are added up. The length of a header is measured in the
//!   text, because its event does not keep the spelling.
//! * Windows: `gix-config` returns events only for text without any fault. The text is passed in windows
//!   that end between two entries. A window with a fault is passed again up to the fault, and reading
//!   continues after it.
//! * Carriage returns: one that ends no line is a blank to git and a fault to `gix-config`. It is skipped.
//! * Includes: the include walk of `gix-config` compares `include` byte by byte, and follows no condition
//!   that does not hold; see `include.rs`.
//!
//! Two results differ from git for files that git accepts or nearly accepts. Both find more:
//!
//! * a value continues after a NUL, where git cuts it off;
//! * `key # comment` without a `=` is an entry without a value, where git rejects the file.

use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};
use gix_config::parse::{EventRef, Events};

/// Minimum size of a window, in bytes. Each fault costs a copy of the rest of its window.
const WINDOW: usize = 4096;

/// Maximum number of faults in a window. A file with more is not config, but its lines are still searched.
const MAX_FAULTS: usize = 256;

/// A part of a file in git-config syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigItem {
    /// Byte offset of its start: of the key of an entry, the `[` of a section, or the part itself.
    pub offset: usize,
    /// Kind and contents of the part.
    pub part: ConfigPart,
}

/// Kinds of parts of a file in git-config syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfigPart {
    /// A section header.
    Section(Arc<Section>),
    /// A key and its value.
    Entry(ConfigEntry),
    /// A comment without its sign, or the rest of a line after a value.
    Comment(Range<usize>),
    /// A line that git cannot read.
    Fault(Range<usize>),
}

/// A section header, in git's canonical spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// Name, in lower case.
    pub name: BString,
    /// Subsection: exact text between quotes, or lower case in the old form `[name.subsection]`.
    pub subsection: Option<BString>,
}

/// An entry: one variable of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigEntry {
    /// Section of the entry; shared, because its name may be as long as the file.
    pub section: Arc<Section>,
    /// Name of the variable, in lower case.
    pub name: BString,
    /// Value, unquoted; `None` if there is no `=`.
    pub value: Option<BString>,
}

impl ConfigEntry {
    /// Splits a key, as printed by git, at its first and its last dot.
    ///
    /// Returns `None` if the key has no section or no valid name.
    pub(crate) fn from_key(key: &[u8], value: &[u8]) -> Option<Self> {
        let (first, last) = (key.find_byte(b'.')?, key.rfind_byte(b'.')?);
        let name = key.get(last + 1..)?;
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let named = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(word);
        named.then_some(())?;
        let subsection = (first < last).then(|| key.get(first + 1..last)).flatten();
        let section = Section {
            name: key.get(..first)?.to_ascii_lowercase().into(),
            subsection: subsection.map(BString::from),
        };
        Some(Self {
            section: Arc::new(section),
            name: name.to_ascii_lowercase().into(),
            value: Some(value.into()),
        })
    }

    /// Returns the key as printed by git: `section.subsection.name`.
    pub(crate) fn key(&self) -> BString {
        if *self.section == Section::default() {
            return self.name.clone();
        }
        let mut key = self.section.name.clone();
        if let Some(subsection) = &self.section.subsection {
            key.push(b'.');
            key.extend_from_slice(subsection);
        }
        key.push(b'.');
        key.extend_from_slice(&self.name);
        key
    }
}

/// Parses a file in git-config syntax. Every byte that is not blank belongs to a part.
pub(crate) fn parse(text: &[u8]) -> Vec<ConfigItem> {
    ConfigLexer::default().read(text)
}

/// Parses a file like [`parse`], but only up to the first line that git cannot read.
pub(crate) fn parse_to_fault(text: &[u8]) -> Vec<ConfigItem> {
    let mut items = ConfigLexer { ends_at_fault: true, ..ConfigLexer::default() }.read(text);
    let fault = items.iter().position(|item| matches!(item.part, ConfigPart::Fault(_)));
    items.truncate(fault.map_or(items.len(), |fault| fault + 1));
    items
}

/// Returns the end of the window that starts at `start`: after a line end that no backslash continues.
fn window_end(text: &[u8], start: usize) -> usize {
    let least = (start + WINDOW).min(text.len());
    let safe = |lf: &usize| {
        let line = part(text, start..*lf);
        !line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
    };
    let mut line_ends = memchr::memchr_iter(b'\n', part(text, least..text.len())).map(|lf| least + lf);
    line_ends.find(safe).map_or(text.len(), |lf| lf + 1)
}

/// Returns a part of a text.
#[expect(clippy::indexing_slicing, reason = "windows and lines are cut from the text, so they are in it")]
fn part(text: &[u8], range: Range<usize>) -> &[u8] {
    &text[range]
}

#[derive(Default)]
struct ConfigLexer {
    items: Vec<ConfigItem>,
    section: Arc<Section>,
    ends_at_fault: bool,
}

impl ConfigLexer {
    fn read(mut self, text: &[u8]) -> Vec<ConfigItem> {
        let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        while at < text.len() && !self.is_over() {
            let end = window_end(text, at);
            self.window(text, at..end);
            at = end;
        }
        self.items
    }

    /// Returns whether reading ends because of a fault, after which the caller wants nothing more.
    fn is_over(&self) -> bool {
        self.ends_at_fault && matches!(self.items.last(), Some(ConfigItem { part: ConfigPart::Fault(_), .. }))
    }

    /// Reads a window, and continues after each fault.
    fn window(&mut self, text: &[u8], window: Range<usize>) {
        let mut at = window.start;
        for _ in 0..MAX_FAULTS {
            if at == window.end {
                return;
            }
            let rest = part(text, at..window.end);
            match Events::from_bytes(rest, None) {
                Ok(events) => return self.events(text, at..window.end, &events),
                Err(error) => {
                    let fault = window.end - error.remaining_data().len().min(rest.len());
                    at = self.after_fault(text, at, fault..window.end);
                    if self.is_over() {
                        return;
                    }
                }
            }
        }
        self.lines(text, at..window.end);
    }

    /// Adds the parts before a fault and the fault itself. Returns the offset at which to continue.
    fn after_fault(&mut self, text: &[u8], start: usize, rest: Range<usize>) -> usize {
        let at = rest.start;
        let blanks =
            part(text, rest.clone()).iter().take_while(|byte| matches!(byte, b'\r' | b' ' | b'\t')).count();
        let (before, after) = match text.get(at) {
            Some(b'\r') => (at, at + blanks),
            _ => {
                let line = start + memchr::memrchr(b'\n', part(text, start..at)).map_or(0, |lf| lf + 1);
                let end = memchr::memchr(b'\n', part(text, at..rest.end));
                (line, end.map_or(rest.end, |lf| at + lf + 1))
            }
        };
        match Events::from_bytes(part(text, start..before), None) {
            Ok(events) => self.events(text, start..before, &events),
            Err(_) => self.lines(text, start..before),
        }
        if text.get(at) != Some(&b'\r') {
            self.lines(text, before..after);
        }
        after
    }

    /// Adds each line that is not blank as a fault.
    fn lines(&mut self, text: &[u8], range: Range<usize>) {
        let mut start = range.start;
        for line in part(text, range).split_inclusive(|byte| *byte == b'\n') {
            let end = start + line.trim_ascii_end().len();
            if end > start {
                self.items.push(ConfigItem { offset: start, part: ConfigPart::Fault(start..end) });
            }
            start += line.len();
        }
    }

    /// Adds the events of a text without faults. The length of each event gives the offset of the next.
    fn events(&mut self, text: &[u8], range: Range<usize>, events: &Events) {
        let (items, section) = (self.items.len(), Arc::clone(&self.section));
        let mut pending =
            PendingEntry { at: range.start, key: None, value: BString::default(), has_value: false };
        for event in events.iter() {
            self.event(text, &mut pending, event);
        }
        if pending.at != range.end {
            // The lengths do not add up to the text, so no offset can be trusted: read it line by line.
            self.items.truncate(items);
            self.section = section;
            self.lines(text, range);
        }
    }

    fn event(&mut self, text: &[u8], pending: &mut PendingEntry, event: EventRef<'_>) {
        let offset = pending.at;
        match event {
            EventRef::SectionHeader { name, subsection_name, separator } => {
                // The lengths of events may not add up, so that an offset may be outside of the text.
                pending.at += text.get(offset..).map_or(0, header_length);
                let old_form = separator.is_some_and(|separator| separator == ".");
                self.section = Arc::new(Section {
                    name: name.to_ascii_lowercase().into(),
                    subsection: subsection_name
                        .map(|sub| if old_form { sub.to_ascii_lowercase().into() } else { sub.to_owned() }),
                });
                self.items.push(ConfigItem { offset, part: ConfigPart::Section(Arc::clone(&self.section)) });
            }
            EventRef::Comment { text: comment, .. } => {
                pending.at += 1 + comment.len();
                self.items.push(ConfigItem { offset, part: ConfigPart::Comment(offset + 1..pending.at) });
            }
            EventRef::SectionValueName(name) => {
                pending.at += name.len();
                *pending = PendingEntry {
                    key: Some((offset, name.to_ascii_lowercase().into())),
                    ..PendingEntry::new(pending.at)
                };
            }
            EventRef::KeyValueSeparator => {
                pending.at += 1;
                pending.has_value = true;
            }
            EventRef::Newline(blank) | EventRef::Whitespace(blank) => pending.at += blank.len(),
            EventRef::ValueNotDone(part) => {
                // The backslash of the continuation is part of no event.
                pending.at += part.len() + 1;
                pending.value.extend_from_slice(part);
            }
            EventRef::Value(part) | EventRef::ValueDone(part) => {
                pending.at += part.len();
                pending.value.extend_from_slice(part);
                self.entry(pending);
            }
        }
    }

    fn entry(&mut self, pending: &mut PendingEntry) {
        if let Some((offset, name)) = pending.key.take() {
            let value = pending.has_value.then(|| gix_config::value::normalize(&pending.value).into_owned());
            let entry = ConfigEntry { section: Arc::clone(&self.section), name, value };
            self.items.push(ConfigItem { offset, part: ConfigPart::Entry(entry) });
        }
    }
}

/// Offset and unfinished entry while events are read.
struct PendingEntry {
    at: usize,
    key: Option<(usize, BString)>,
    value: BString,
    has_value: bool,
}

impl PendingEntry {
    fn new(at: usize) -> Self {
        Self { at, key: None, value: BString::default(), has_value: false }
    }
}

/// Returns the length of a section header with its brackets. The text must start with one.
fn header_length(text: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.iter().position(|byte| {
        let ends = *byte == b']' && !quoted;
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests;
