//! Git config in text: whole files, and pieces of config in other text.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use super::config_entry::{in_entry, in_section};
use super::config_list::{ListedEntry, counted_entries};
use super::config_sections::{
    continues_line, header_proves_config, is_config, is_known_section, is_section, may_be_config,
    proves_config,
};
use crate::config::{self, ConfigEntry, ConfigItem, ConfigPart, Section};
use crate::text::{escape, slice};
use crate::token::credential_match::{CredentialMatch, Strictness};
use crate::token::match_set::{ConfigField, MatchSet};
use crate::token::redact::printable;
use crate::token::search::find::find_credentials;
use crate::token::search::url;

/// The parts of a text that count as config.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ConfigExtent {
    /// The whole text, including comments and lines that git cannot read.
    Everything,
    /// Sections that git knows, up to the first line that is not config.
    KnownSections,
}

/// Adds the credentials of a git config file.
pub(crate) fn add_config(matches: &mut MatchSet, text: &[u8]) {
    add_items(matches, text, &config::parse(text), ConfigExtent::Everything);
}

/// Adds the credentials of a file of unknown format.
///
/// A text that is git config as a whole is read as such. Pieces of config in other text count too, except
/// in a test or a document, where they are examples.
pub(crate) fn add_unknown(matches: &mut MatchSet, text: &[u8], strictness: Strictness) {
    // In a memory dump, NUL takes the place of LF. The replacement keeps all offsets.
    let mut lines = Cow::Borrowed(text);
    if text.contains(&0) {
        lines.to_mut().iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'\n');
    }
    let items = if may_be_config(&lines) { config::parse(&lines) } else { Vec::new() };
    if is_config(&lines, &items) {
        return add_items(matches, text, &items, ConfigExtent::Everything);
    }
    if strictness != Strictness::Example {
        add_pieces(matches, text, &items);
    }
    matches.add_text(text, strictness);
}

fn add_pieces(matches: &mut MatchSet, text: &[u8], items: &[ConfigItem]) {
    if proves_config(text, items) {
        add_items(matches, text, items, ConfigExtent::KnownSections);
    }
    for ListedEntry { range, entry, .. } in counted_entries(text) {
        let section = NamedSection::new(&entry.section);
        let field = || ConfigField { key: Some(section.key(&entry)), replacement: None };
        matches.add_entry(range.clone(), in_section(&entry.section), field);
        add_entry(matches, range, &entry, &section);
    }
}

fn add_items(matches: &mut MatchSet, text: &[u8], items: &[ConfigItem], extent: ConfigExtent) {
    let mut section = NamedSection::default();
    let mut counts = extent == ConfigExtent::Everything;
    let ends = items.iter().skip(1).map(|next| next.offset).chain([text.len()]);
    let mut last: Option<(usize, &ConfigEntry)> = None;
    for (item, end) in items.iter().zip(ends) {
        let range = item.offset..end;
        let before = last.take();
        match &item.part {
            ConfigPart::Section(header) => {
                section = NamedSection::new(header);
                counts = extent == ConfigExtent::Everything || is_known_section(&header.name);
                if counts {
                    let field = || ConfigField { key: Some(section.name().to_owned()), replacement: None };
                    matches.add_entry(range, in_section(header), field);
                }
            }
            ConfigPart::Fault(_) if extent == ConfigExtent::KnownSections => counts = false,
            _ if !counts => {}
            ConfigPart::Entry(entry) => {
                last = Some((item.offset, entry));
                add_entry(matches, range, entry, &section);
            }
            ConfigPart::Comment(rest) if before.is_some_and(|_| is_glued(text, item.offset)) => {
                // For git the value ends at the sign. For whoever wrote it, the sign is a part of the secret.
                let raw = before
                    .map(|(start, entry)| (start..end, with_raw_value(entry, slice(text, start..rest.end))));
                raw.into_iter().for_each(|(range, entry)| add_entry(matches, range, &entry, &section));
            }
            ConfigPart::Comment(rest) | ConfigPart::Fault(rest) => {
                matches.add_field(range, in_unread(slice(text, rest.clone()), &section.section));
            }
        }
    }
}

/// Returns whether a comment starts directly behind a value, without a blank.
fn is_glued(text: &[u8], sign: usize) -> bool {
    text.split_at(sign).0.last().is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'"')
}

/// Returns an entry whose value is all the text after the `=` of its line.
fn with_raw_value(entry: &ConfigEntry, line: &[u8]) -> ConfigEntry {
    let value = memchr::memchr(b'=', line).map(|at| slice(line, at + 1..line.len()).trim_ascii().into());
    ConfigEntry { value, ..entry.clone() }
}

fn add_entry(matches: &mut MatchSet, range: Range<usize>, entry: &ConfigEntry, section: &NamedSection) {
    let field = || ConfigField { key: Some(section.key(entry)), replacement: replacement(entry) };
    matches.add_entry(range, in_entry(entry), field);
}

/// A section with its printable name, which is made once for all of its entries: it may be as long as the file.
#[derive(Default)]
struct NamedSection {
    section: Arc<Section>,
    name: OnceCell<String>,
}

/// Maximum length of the printable name of a section, in characters.
const MAX_NAME: usize = 1000;

impl NamedSection {
    fn new(section: &Arc<Section>) -> Self {
        Self { section: Arc::clone(section), name: OnceCell::new() }
    }

    /// Returns the name, with every credential in it replaced, escaped, and cut off if it is very long.
    fn name(&self) -> &str {
        self.name.get_or_init(|| {
            let mut name = escape(&self.section.name);
            if let Some(subsection) = &self.section.subsection {
                name = format!("{name}.{}", printable(subsection));
            }
            if let Some((end, _)) = name.char_indices().nth(MAX_NAME) {
                name.truncate(end);
                name.push_str("***");
            }
            name
        })
    }

    /// Returns the key of an entry of the section.
    fn key(&self, entry: &ConfigEntry) -> String {
        let name = escape(&entry.name);
        if *self.section == Section::default() { name } else { format!("{}.{name}", self.name()) }
    }
}

/// Returns whether config in a text holds, or may hold, a credential.
///
/// `headers` must include the offsets of all headers of sections that git knows, in ascending order.
pub(crate) fn may_hold_secret(text: &[u8], headers: impl Iterator<Item = usize>) -> bool {
    let sections: Vec<usize> = headers.filter(|at| is_section(text, *at)).collect();
    if !sections.iter().any(|at| header_proves_config(text, *at)) {
        return false;
    }
    let ends = sections.iter().skip(1).copied().chain([text.len()]);
    let mut ranges = sections.iter().zip(ends).map(|(start, end)| *start..end);
    let is_fault = |item: &ConfigItem| matches!(item.part, ConfigPart::Fault(_));
    text.contains(&0)
        || sections.iter().any(|at| continues_line(text, *at))
        || ranges.any(|range| section_may_hold_secret(slice(text, range)))
        || !config::parse_to_fault(text).iter().any(is_fault)
}

/// Returns whether a text that starts with a section header holds a credential before the first line that is
/// not config.
///
/// Also returns true if the header cannot be parsed.
fn section_may_hold_secret(text: &[u8]) -> bool {
    let items = config::parse_to_fault(text);
    let is_section = matches!(items.first(), Some(ConfigItem { offset: 0, part: ConfigPart::Section(_) }));
    let mut matches = MatchSet::default();
    add_items(&mut matches, text, &items, ConfigExtent::KnownSections);
    !matches.is_empty() || !is_section
}

/// Returns the credentials in a comment or a line that git cannot read.
///
/// An entry may be commented out, or follow a misspelt section header.
fn in_unread(line: &[u8], section: &Arc<Section>) -> Vec<CredentialMatch> {
    let mut found = find_credentials(line, Strictness::GitConfig);
    // git cannot read a name with `_`, but the name still shows the meaning of the value.
    let name = memchr::memchr(b'=', line).unwrap_or(0);
    let mut line = line.to_vec();
    line.iter_mut().take(name).filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
    for item in config::parse(line.trim_ascii_start()) {
        if let ConfigPart::Entry(mut entry) = item.part {
            if *entry.section == Section::default() {
                entry.section = Arc::clone(section);
            }
            let mut more = in_entry(&entry);
            more.retain(|one| !found.iter().any(|other| other.secret == one.secret));
            found.extend(more);
        }
    }
    found
}

/// Returns the value of an entry without its user, redacted and escaped. `None` if it is not a URL with a
/// user.
fn replacement(entry: &ConfigEntry) -> Option<String> {
    let value: &[u8] = entry.value.as_deref()?;
    let info = url::parse(value)?;
    let clean = [slice(value, 0..info.user.start), slice(value, info.host.start..value.len())].concat();
    Some(printable(&clean))
}
