//! From a text to its leaks: reads it as what it is, and says where each credential stands.

use bstr::{BString, ByteSlice as _};

use super::entry::{in_entry, in_section, in_value, is_auth_cookie};
use super::find::{self, Found, Tier, everywhere};
use super::sniff;
use super::{Kind, Leak, Origin, Secret, archive, url};
use crate::config::{self, Entry, Form, Item, Part, Section};

/// How deep archives are opened: `.zip` with a `.tar.gz` in it has three layers.
const MAX_LAYERS: usize = 3;

/// What came of a committed file.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Its credentials.
    pub leaks: Vec<Leak>,
    /// How many members of archives could not be searched.
    pub unread: usize,
}

/// The credentials of a committed file, and of the files in it when it is an archive.
pub fn file(path: &[u8], bytes: &[u8]) -> Scanned {
    let mut scanned = Scanned::default();
    layer(path, bytes, 0, &mut scanned);
    scanned
}

fn layer(path: &[u8], bytes: &[u8], depth: usize, scanned: &mut Scanned) {
    let Some(members) = archive::members(bytes) else {
        return scanned.leaks.extend(text_file(path, bytes));
    };
    if depth == MAX_LAYERS {
        scanned.unread += 1;
        return;
    }
    scanned.unread += members.unread;
    for (name, content) in members.read {
        let start = scanned.leaks.len();
        layer(if name.is_empty() { path } else { &name }, &content, depth + 1, scanned);
        let name = crate::text::escape(&redact(&name));
        for leak in scanned.leaks.iter_mut().skip(start).filter(|_| !name.is_empty()) {
            let inner = leak.member.take().map_or(String::new(), |inner| format!("!{inner}"));
            leak.member = Some(format!("{name}{inner}"));
        }
    }
}

fn text_file(path: &[u8], bytes: &[u8]) -> Vec<Leak> {
    let text = decode(bytes);
    let text = text.as_ref();
    let mut hits = Hits::default();
    match sniff::by_name(path).or_else(|| sniff::by_content(text)) {
        Some(form) => hits.form(form, text),
        None => hits.other(path, text),
    }
    hits.leaks(text)
}

/// The credentials of a file that git, or a program that reads secrets for git, uses.
pub fn live_file(form: Form, text: &[u8]) -> Vec<Leak> {
    let mut hits = Hits::default();
    hits.form(form, text);
    hits.leaks(text)
}

/// Whether an entry that is in no file, but in the environment, holds a credential.
pub fn is_secret(entry: &Entry) -> bool {
    !in_entry(entry).is_empty() || !in_section(&entry.section).is_empty()
}

/// The credentials of a text that is no file: a message, an identity, a name.
pub fn text(text: &[u8]) -> Vec<Leak> {
    let mut hits = Hits::default();
    hits.plain(text, Tier::Content);
    hits.leaks(text)
}

/// Whether the name of a file alone says how it is read.
pub fn is_named(path: &[u8]) -> bool {
    sniff::by_name(path).is_some()
}

/// Whether a text of another name may hold anything for [`file`]: cheap enough to ask of every blob.
pub fn is_suspect(bytes: &[u8]) -> bool {
    find::is_suspect(bytes)
        || archive::is_archive(bytes)
        || bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.starts_with(b"[")
        || memchr::memmem::find(bytes, b"\n[").is_some()
        || bytes.starts_with(b"machine ")
        || memchr::memmem::find(bytes, b"E\t/\t").is_some()
}

/// Text in UTF-8, if it came in UTF-16.
fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return bytes.into(),
    };
    let (units, _) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
    let text: String =
        char::decode_utf16(units.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes().into()
}

/// Which parts of a config text count as config.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of it, comments and lines that git cannot read too.
    Everything,
    /// Sections that git knows; the rest is like any other text.
    KnownSections(Tier),
}

/// A credential at a place of a text.
struct Hit {
    offset: usize,
    found: Found,
    key: Option<String>,
    replacement: Option<String>,
    tier: Tier,
}

#[derive(Default)]
struct Hits(Vec<Hit>);

impl Hits {
    fn leaks(mut self, text: &[u8]) -> Vec<Leak> {
        self.0.sort_by_key(|hit| hit.offset);
        let mut line = Lines { text, offset: 0, line: 1, start: 0 };
        let mut leaks: Vec<Leak> = Vec::with_capacity(self.0.len());
        for hit in self.0 {
            let (line, column) = line.position(hit.offset);
            let leak = Leak {
                kind: hit.found.kind,
                detector: hit.found.detector,
                tier: hit.tier,
                key: hit.key,
                replacement: hit.replacement,
                host: (!hit.found.host.is_empty()).then(|| crate::text::escape(&hit.found.host)),
                line,
                column,
                member: None,
                secret: hit.found.secret,
                origin: Origin::default(),
            };
            let twice = |other: &Leak| other.line == leak.line && other.secret == leak.secret;
            if !leaks.iter().rev().take_while(|other| other.line == leak.line).any(twice) {
                leaks.push(leak);
            }
        }
        leaks
    }

    fn push(&mut self, offset: usize, found: Vec<Found>, key: Option<&str>) {
        let key = key.map(str::to_owned);
        self.0.extend(found.into_iter().map(|found| Hit {
            offset,
            found,
            key: key.clone(),
            replacement: None,
            tier: Tier::GitConfig,
        }));
    }

    fn entry(&mut self, offset: usize, entry: &Entry) {
        let (key, replacement) = (Some(redacted_key(entry)), replacement(entry));
        self.0.extend(in_entry(entry).into_iter().map(|found| Hit {
            offset,
            found,
            key: key.clone(),
            replacement: replacement.clone(),
            tier: Tier::GitConfig,
        }));
    }

    /// A text without structure: each credential stands where it starts.
    fn plain(&mut self, text: &[u8], tier: Tier) {
        self.0.extend(everywhere(text, tier).into_iter().map(|found| Hit {
            offset: found.span.start,
            found,
            key: None,
            replacement: None,
            tier,
        }));
    }

    fn form(&mut self, form: Form, text: &[u8]) {
        match form {
            Form::Config => self.items(text, &config::parse(text), Scope::Everything),
            Form::Netrc => self.netrc(text),
            Form::Credentials => self.credentials(text),
            Form::Cookies => self.cookies(text),
        }
    }

    fn items(&mut self, text: &[u8], items: &[Item], scope: Scope) {
        let mut section = Section::default();
        let mut known = scope == Scope::Everything;
        for item in items {
            if let (Scope::KnownSections(_), Part::Fault(_)) = (scope, &item.part) {
                known = false;
            }
            if let (Scope::KnownSections(_), Part::Section(section)) = (scope, &item.part) {
                known = sniff::is_known(&section.name);
            }
            let rest = match &item.part {
                Part::Section(new) => {
                    section = new.clone();
                    if known {
                        let found = in_section(&section);
                        self.push(item.offset, found, Some(&redacted_section(&section)));
                    }
                    continue;
                }
                Part::Entry(entry) if known => {
                    self.entry(item.offset, entry);
                    continue;
                }
                Part::Entry(_) => continue,
                Part::Comment(range) | Part::Fault(range) => range.clone(),
            };
            let line = text.get(rest).unwrap_or_default();
            match known {
                true => self.disabled(item.offset, line, &section),
                false => {}
            }
        }
        if let Scope::KnownSections(tier) = scope {
            self.plain(text, tier);
        }
    }

    /// A comment or a broken line: an entry may have been switched off.
    fn disabled(&mut self, offset: usize, line: &[u8], section: &Section) {
        let mut found = everywhere(line, Tier::GitConfig);
        let line = line.trim_ascii_start();
        for item in config::parse(line) {
            if let Part::Entry(mut entry) = item.part {
                if entry.section == Section::default() {
                    entry.section = section.clone();
                }
                found.extend(in_entry(&entry).into_iter().filter(|one| one.secret.len() >= 4));
            }
        }
        let mut kept: Vec<Found> = Vec::new();
        for one in found {
            if !kept.iter().any(|other| other.secret == one.secret) {
                kept.push(one);
            }
        }
        self.push(offset, kept, None);
    }

    fn netrc(&mut self, text: &[u8]) {
        let mut reader = super::netrc::Reader::new(text);
        while let Some(login) = reader.next_login() {
            if let Some((offset, found)) = login {
                self.push(offset, vec![found], None);
            }
        }
        self.plain(text, Tier::GitConfig);
    }

    fn credentials(&mut self, text: &[u8]) {
        for (offset, line) in lines(text) {
            let line = line.trim_ascii();
            let info = url::whole(line).and_then(|info| find::user_info(line, &info, Tier::GitConfig));
            let found = match info {
                Some(found) => vec![Found { kind: Kind::StoredCredential, ..found }],
                None => everywhere(line, Tier::GitConfig),
            };
            self.push(offset, found, None);
        }
    }

    fn cookies(&mut self, text: &[u8]) {
        for (offset, line) in lines(text) {
            let found = match cookie(line.trim_ascii_end()) {
                Some((name, value)) if is_auth_cookie(name, value) => vec![Found {
                    kind: Kind::Cookie,
                    detector: find::recognize(value),
                    secret: Secret::new(value),
                    span: 0..line.len(),
                    host: Vec::new(),
                }],
                Some(_) => Vec::new(),
                None => everywhere(line, Tier::GitConfig),
            };
            self.push(offset, found, None);
        }
    }

    /// A file of no known kind: config in it counts as such.
    fn other(&mut self, path: &[u8], text: &[u8]) {
        let tier = if is_example_path(path) { Tier::Example } else { Tier::Content };
        let headers = text.starts_with(b"[") || memchr::memmem::find(text, b"\n[").is_some();
        let items = if headers { config::parse(text) } else { Vec::new() };
        if !items.is_empty() && sniff::is_config(&items) {
            return self.items(text, &items, Scope::Everything);
        }
        let telling = |item: &Item| match &item.part {
            Part::Section(section) => sniff::is_quoted(section),
            Part::Entry(entry) => sniff::is_telling(entry),
            _ => false,
        };
        self.dump(text);
        if items.iter().any(telling) {
            return self.items(text, &items, Scope::KnownSections(tier));
        }
        self.plain(text, tier);
    }

    /// Lines that `git config --list` has written, in any of its forms, wherever they stand.
    fn dump(&mut self, text: &[u8]) {
        for (offset, entry) in super::dump::entries(text) {
            self.entry(offset, &entry);
        }
    }
}

/// The name and the value of a line of a cookie file. `#HttpOnly_` starts data, any other `#` a comment.
pub(crate) fn cookie(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"#HttpOnly_").unwrap_or(line);
    let mut fields = line.splitn(7, |byte| *byte == b'\t');
    let flags = [fields.nth(1)?, fields.nth(1)?];
    let switch = |flag: &&[u8]| matches!(*flag, b"TRUE" | b"FALSE");
    let _expires = fields.next()?;
    let (name, value) = (fields.next()?, fields.next()?);
    (!line.starts_with(b"#") && flags.iter().all(switch)).then_some((name, value))
}

/// The key of an entry, with every credential in it replaced and the rest escaped.
pub(crate) fn redacted_key(entry: &Entry) -> String {
    match entry.section.name.is_empty() {
        true => crate::text::escape(&entry.name),
        false => format!("{}.{}", redacted_section(&entry.section), crate::text::escape(&entry.name)),
    }
}

/// The value of an entry without its user, when it is a URL.
fn replacement(entry: &Entry) -> Option<String> {
    let value: &[u8] = entry.value.as_deref()?;
    let info = url::whole(value)?;
    let mut clean = BString::from(value.get(..info.user.start)?);
    clean.extend_from_slice(value.get(info.host.start..)?);
    Some(crate::text::escape(&redact(&clean)))
}

fn redacted_section(section: &Section) -> String {
    let name = crate::text::escape(&section.name);
    match &section.subsection {
        None => name,
        Some(subsection) => format!("{name}.{}", crate::text::escape(&redact(subsection))),
    }
}

/// A text with every credential in it replaced by `***`.
pub(crate) fn redact(text: &[u8]) -> BString {
    let mut out = BString::default();
    let mut at = 0;
    for found in in_value(text) {
        out.extend_from_slice(text.get(at..found.span.start).unwrap_or_default());
        out.extend_from_slice(b"***");
        at = found.span.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

/// Whether a path is that of a test or a document, where credentials are examples.
fn is_example_path(path: &[u8]) -> bool {
    let words = [
        "test",
        "tests",
        "testdata",
        "testing",
        "spec",
        "specs",
        "fixtures",
        "fixture",
        "t",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "samples",
        "mock",
        "mocks",
        "e2e",
        "vendor",
        "node_modules",
        "third_party",
    ];
    let path = path.to_ascii_lowercase();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let document =
        [".md", ".rst", ".adoc", ".txt", ".po", ".html"].iter().any(|end| name.ends_with(end.as_bytes()));
    let test = name.contains_str("test") || name.contains_str("spec.") || name.contains_str("mock");
    document
        || test
        || path.split(|byte| *byte == b'/').any(|part| words.iter().any(|word| part == word.as_bytes()))
}

fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut offset = 0;
    text.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        offset += line.len();
        (offset - line.len(), line)
    })
}

/// Turns offsets into positions; they come in order, so that each byte is looked at once.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
    start: usize,
}

impl Lines<'_> {
    fn position(&mut self, offset: usize) -> (u32, u32) {
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        for lf in memchr::memchr_iter(b'\n', passed) {
            self.line = self.line.saturating_add(1);
            self.start = self.offset + lf + 1;
        }
        self.offset = self.offset.max(offset);
        (self.line, u32::try_from(offset.saturating_sub(self.start) + 1).unwrap_or(u32::MAX))
    }
}
