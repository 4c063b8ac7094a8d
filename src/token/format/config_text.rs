//! Git config in text: whole files, and pieces of config in other text.

use std::ops::Range;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::config_entry::{in_entry, in_section, in_value};
use super::{config_list, url};
use crate::config::{self, ConfigEntry, ConfigItem, ConfigPart, Section};
use crate::text::escape;
use crate::token::engine::detect_format;
use crate::token::engine::find::{CredentialMatch, Strictness, everywhere};
use crate::token::engine::matches::{Field, MatchSet};

/// The parts of a text that count as config.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The whole text, including comments and lines that git cannot read.
    Everything,
    /// Sections that git knows, up to the first line that is not config.
    KnownSections,
}

impl MatchSet {
    /// Adds the credentials of a git config file.
    pub(in crate::token) fn add_config(&mut self, text: &[u8]) {
        self.add_items(text, &config::parse(text), Extent::Everything);
    }

    /// Adds the credentials of a file of unknown format.
    ///
    /// A text that is git config as a whole is read as such. Pieces of config in other text count too, except
    /// in a test or a document, where they are examples.
    pub(in crate::token) fn add_other(&mut self, text: &[u8], strictness: Strictness) {
        // In a memory dump, NUL takes the place of LF. The replacement keeps all offsets.
        let lines = if text.contains(&0) { text.replace(b"\0", b"\n") } else { Vec::new() };
        let lines = if lines.is_empty() { text } else { &lines };
        let items = if detect_format::may_be_config(lines) { config::parse(lines) } else { Vec::new() };
        if detect_format::is_config(&items) {
            return self.add_items(text, &items, Extent::Everything);
        }
        if strictness != Strictness::Example {
            self.add_pieces(text, &items);
        }
        self.add_plain(text, strictness);
    }

    fn add_pieces(&mut self, text: &[u8], items: &[ConfigItem]) {
        if items.iter().any(detect_format::is_telling) {
            self.add_items(text, items, Extent::KnownSections);
        }
        for (range, entry) in config_list::entries(text) {
            let field = || Field { key: Some(redacted_key(&entry)), replacement: None };
            self.add(range.clone(), in_section(&entry.section), field);
            self.add_entry(range, &entry);
        }
    }

    fn add_items(&mut self, text: &[u8], items: &[ConfigItem], extent: Extent) {
        let mut section = Arc::<Section>::default();
        let mut counts = extent == Extent::Everything;
        let ends = items.iter().skip(1).map(|next| next.offset).chain([text.len()]);
        for (item, end) in items.iter().zip(ends) {
            match &item.part {
                ConfigPart::Section(header) => {
                    section = Arc::clone(header);
                    counts = extent == Extent::Everything || detect_format::is_known(&section.name);
                    if counts {
                        let field = || Field { key: Some(redacted_section(&section)), replacement: None };
                        self.add(item.offset..end, in_section(&section), field);
                    }
                }
                ConfigPart::Fault(_) if extent == Extent::KnownSections => counts = false,
                _ if !counts => {}
                ConfigPart::Entry(entry) => self.add_entry(item.offset..end, entry),
                ConfigPart::Comment(rest) | ConfigPart::Fault(rest) => {
                    let found = in_rest(text.get(rest.clone()).unwrap_or_default(), &section);
                    self.add(item.offset..end, found, Field::default);
                }
            }
        }
    }

    fn add_entry(&mut self, range: Range<usize>, entry: &ConfigEntry) {
        let field = || Field { key: Some(redacted_key(entry)), replacement: replacement(entry) };
        self.add(range, in_entry(entry), field);
    }
}

/// Returns whether config in a text holds, or may hold, a credential.
///
/// `headers` must include the offsets of all headers of sections that git knows.
pub(in crate::token) fn may_hold(text: &[u8], headers: impl Iterator<Item = usize>) -> bool {
    let sections: Vec<usize> = headers.filter(|at| detect_format::is_section(text, *at)).collect();
    if !sections.iter().any(|at| detect_format::is_header(text, *at)) {
        return false;
    }
    let ends = sections.iter().skip(1).copied().chain([text.len()]);
    let is_whole =
        || !config::parse_to_fault(text).iter().any(|item| matches!(item.part, ConfigPart::Fault(_)));
    text.contains(&0)
        || sections.iter().any(|at| detect_format::goes_on(text, *at))
        || sections
            .iter()
            .zip(ends)
            .any(|(start, end)| section_holds(text.get(*start..end).unwrap_or_default()))
        || is_whole()
}

/// Returns whether a text that starts with a section header holds a credential before the first line that is
/// not config.
///
/// Also returns true if the header cannot be parsed.
fn section_holds(text: &[u8]) -> bool {
    let items = config::parse_to_fault(text);
    let is_section = matches!(items.first(), Some(ConfigItem { offset: 0, part: ConfigPart::Section(_) }));
    let mut hits = MatchSet::default();
    hits.add_items(text, &items, Extent::KnownSections);
    !hits.is_empty() || !is_section
}

/// Returns the credentials in a comment or a broken line.
///
/// An entry may be commented out, or follow a misspelt section header.
fn in_rest(line: &[u8], section: &Arc<Section>) -> Vec<CredentialMatch> {
    let mut found = everywhere(line, Strictness::GitConfig);
    // git cannot read a name with `_`, but the name still shows the meaning of the value.
    let name = memchr::memchr(b'=', line).unwrap_or_default();
    let mut line = line.to_vec();
    line.iter_mut().take(name).filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
    for item in config::parse(line.trim_ascii_start()) {
        if let ConfigPart::Entry(mut entry) = item.part {
            if *entry.section == Section::default() {
                entry.section = Arc::clone(section);
            }
            let more = in_entry(&entry).into_iter();
            let more: Vec<CredentialMatch> =
                more.filter(|one| !found.iter().any(|other| other.secret == one.secret)).collect();
            found.extend(more);
        }
    }
    found
}

/// Returns the key of an entry, with every credential in it replaced and the rest escaped.
fn redacted_key(entry: &ConfigEntry) -> String {
    let name = escape(&entry.name);
    if *entry.section == Section::default() {
        name
    } else {
        format!("{}.{name}", redacted_section(&entry.section))
    }
}

fn redacted_section(section: &Section) -> String {
    let name = escape(&section.name);
    match &section.subsection {
        None => name,
        Some(subsection) => format!("{name}.{}", printable(subsection)),
    }
}

/// Returns the value of an entry without its user, redacted and escaped. `None` if it is not a URL with a
/// user.
fn replacement(entry: &ConfigEntry) -> Option<String> {
    let value: &[u8] = entry.value.as_deref()?;
    let info = url::whole(value)?;
    let clean = [value.get(..info.user.start)?, value.get(info.host.start..)?].concat();
    Some(printable(&clean))
}

/// Returns a name or a value with every credential in it replaced by `***`.
pub(crate) fn redact(text: &[u8]) -> BString {
    without(text, in_value(text))
}

/// Returns a name or a value that can be printed: without credentials, and escaped.
pub(crate) fn printable(text: &[u8]) -> String {
    escape(&redact(text))
}

/// Returns a message with every credential in it replaced by `***`. Other rules use it for text that they
/// quote.
///
/// The message is escaped only if something was replaced.
pub(crate) fn redact_message(text: String) -> String {
    match everywhere(&without_escapes(text.as_bytes()), Strictness::GitConfig) {
        found if found.is_empty() => text,
        found => escape(&without(text.as_bytes(), found)),
    }
}

/// Returns the text with blanks in place of each `\xNN`.
///
/// A credential is recognized at the start or end of a word, and the digits of an escaped byte must not count
/// as letters of that word.
fn without_escapes(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    for at in memchr::memmem::find_iter(text, br"\x") {
        if let Some(escaped) = out.get_mut(at..at + 4) {
            escaped.fill(b' ');
        }
    }
    out
}

fn without(text: &[u8], found: Vec<CredentialMatch>) -> BString {
    let mut out = BString::default();
    let mut at = 0;
    for one in found {
        out.extend_from_slice(text.get(at..one.span.start).unwrap_or_default());
        out.extend_from_slice(b"***");
        at = one.span.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}
