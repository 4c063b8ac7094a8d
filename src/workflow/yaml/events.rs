//! Safe iterator over libyaml's events; one of the three modules with unsafe code.
//!
//! The forge reads workflows with YamlDotNet, a port of libyaml. No other parser agrees with it on every
//! document: text that another parser treats as a comment can be a step. `unsafe-libyaml` is libyaml
//! translated to Rust. Every `unsafe` below relies on its contract:
//!
//! - `yaml_parser_t` refers to itself, so it is kept in a box, which never moves its content;
//! - the parser borrows the input, so [`Events`] holds the borrow;
//! - an event owns its strings until `yaml_event_delete`, so they are copied before, and it is deleted once;
//! - after an error or the end of the stream the parser is not called again.
#![expect(unsafe_code, reason = "libyaml's interface is pointers; this module is where they end")]

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use unsafe_libyaml as unsafe_yaml;

use crate::text::Span;

/// Event of the stream, with its byte range.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::workflow) struct YamlEvent {
    /// Kind and data of the event.
    pub(in crate::workflow) kind: EventKind,
    /// Byte range in the text, including an anchor or a tag.
    pub(in crate::workflow) span: Span,
}

/// Kind and data of an event.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::workflow) enum EventKind {
    DocumentStart,
    DocumentEnd,
    Alias { anchor: Vec<u8> },
    Scalar { properties: Properties, text: String, style: Style },
    SequenceStart { properties: Properties },
    SequenceEnd,
    MappingStart { properties: Properties },
    MappingEnd,
}

/// Anchor and tag of a node.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::workflow) struct Properties {
    /// Name after the `&`.
    pub(in crate::workflow) anchor: Option<Vec<u8>>,
    /// Tag in its long form, such as `tag:yaml.org,2002:str`.
    pub(in crate::workflow) tag: Option<Vec<u8>>,
}

/// Style of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// Block scalar, after `|` or `>`.
    Block,
}

/// Error at which libyaml stopped.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::workflow) struct SyntaxError {
    /// Message of libyaml.
    pub(in crate::workflow) message: String,
    /// Byte offset at which libyaml detected the error.
    pub(in crate::workflow) offset: usize,
}

/// Iterator over the events of a text, from the start of the first document. It ends at the end of the stream
/// or after the first error.
pub(in crate::workflow) struct Events<'t> {
    parser: Box<MaybeUninit<unsafe_yaml::yaml_parser_t>>,
    finished: bool,
    text: PhantomData<&'t [u8]>,
}

impl<'t> Events<'t> {
    /// Creates an iterator over a text, which is read as UTF-8.
    pub(in crate::workflow) fn new(text: &'t [u8]) -> Self {
        let mut parser = Box::new(MaybeUninit::uninit());
        let pointer = parser.as_mut_ptr();
        // SAFETY: the pointer is valid for writes and its target stays in the box; the text outlives `Self` by its borrow.
        let ready = unsafe {
            let ready = unsafe_yaml::yaml_parser_initialize(pointer).ok;
            unsafe_yaml::yaml_parser_set_encoding(pointer, unsafe_yaml::YAML_UTF8_ENCODING);
            unsafe_yaml::yaml_parser_set_input_string(pointer, text.as_ptr(), text.len() as u64);
            ready
        };
        Self { parser, finished: !ready, text: PhantomData }
    }

    fn error(&mut self) -> SyntaxError {
        // SAFETY: the parser was initialised in `new`; `problem` is null or one of libyaml's static strings.
        unsafe {
            let parser = &*self.parser.as_ptr();
            // `c_char` is unsigned on Arm, POWER, RISC-V and s390x; libyaml's translation says `i8` everywhere.
            let problem: *const c_char = parser.problem.cast();
            let message = if problem.is_null() {
                "unknown error".to_owned()
            } else {
                CStr::from_ptr(problem).to_string_lossy().into_owned()
            };
            let offset = if parser.error == unsafe_yaml::YAML_READER_ERROR {
                parser.problem_offset
            } else {
                parser.problem_mark.index
            };
            SyntaxError { message, offset: offset_of(offset) }
        }
    }
}

impl Iterator for Events<'_> {
    type Item = Result<YamlEvent, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.finished {
            let mut event = MaybeUninit::<unsafe_yaml::yaml_event_t>::uninit();
            // SAFETY: the parser was initialised in `new` and has neither failed nor ended; `event` is valid for writes.
            let parsed =
                unsafe { unsafe_yaml::yaml_parser_parse(self.parser.as_mut_ptr(), event.as_mut_ptr()).ok };
            if !parsed {
                self.finished = true;
                return Some(Err(self.error()));
            }
            // SAFETY: libyaml has filled in the event. It is copied here and deleted below, once.
            let (copy, end) = unsafe {
                let copy = copy_event(event.assume_init_ref());
                let end = event.assume_init_ref().type_ == unsafe_yaml::YAML_STREAM_END_EVENT;
                unsafe_yaml::yaml_event_delete(event.as_mut_ptr());
                (copy, end)
            };
            self.finished = end;
            if let Some(event) = copy {
                return Some(event);
            }
        }
        None
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser was initialised in `new`, and this is the only place that deletes it.
        unsafe { unsafe_yaml::yaml_parser_delete(self.parser.as_mut_ptr()) }
    }
}

/// Copies an event; `None` for the start and the end of the stream.
///
/// # Safety
/// The event must have been filled in by libyaml and not been deleted.
unsafe fn copy_event(event: &unsafe_yaml::yaml_event_t) -> Option<Result<YamlEvent, SyntaxError>> {
    let span = Span { start: offset_of(event.start_mark.index), end: offset_of(event.end_mark.index) };
    // SAFETY: the type of the event determines which member of the union libyaml has filled in.
    let kind = unsafe {
        match event.type_ {
            unsafe_yaml::YAML_DOCUMENT_START_EVENT => EventKind::DocumentStart,
            unsafe_yaml::YAML_DOCUMENT_END_EVENT => EventKind::DocumentEnd,
            unsafe_yaml::YAML_ALIAS_EVENT => {
                EventKind::Alias { anchor: copy_name(event.data.alias.anchor).unwrap_or_default() }
            }
            unsafe_yaml::YAML_SCALAR_EVENT => match copy_scalar(event) {
                Ok(scalar) => scalar,
                Err(_) => {
                    let message = "a scalar is not UTF-8".to_owned();
                    return Some(Err(SyntaxError { message, offset: span.start }));
                }
            },
            unsafe_yaml::YAML_SEQUENCE_START_EVENT => {
                let start = &event.data.sequence_start;
                EventKind::SequenceStart { properties: copy_properties(start.anchor, start.tag) }
            }
            unsafe_yaml::YAML_SEQUENCE_END_EVENT => EventKind::SequenceEnd,
            unsafe_yaml::YAML_MAPPING_START_EVENT => {
                let start = &event.data.mapping_start;
                EventKind::MappingStart { properties: copy_properties(start.anchor, start.tag) }
            }
            unsafe_yaml::YAML_MAPPING_END_EVENT => EventKind::MappingEnd,
            _ => return None,
        }
    };
    Some(Ok(YamlEvent { kind, span }))
}

/// Copies a scalar event; fails if its text is not UTF-8.
///
/// # Safety
/// The event must be a scalar and meet the contract of [`copy_event`].
unsafe fn copy_scalar(event: &unsafe_yaml::yaml_event_t) -> Result<EventKind, std::string::FromUtf8Error> {
    // SAFETY: the event is a scalar.
    let scalar = unsafe { &event.data.scalar };
    let style = match scalar.style {
        unsafe_yaml::YAML_SINGLE_QUOTED_SCALAR_STYLE | unsafe_yaml::YAML_DOUBLE_QUOTED_SCALAR_STYLE => {
            Style::Quoted
        }
        unsafe_yaml::YAML_LITERAL_SCALAR_STYLE | unsafe_yaml::YAML_FOLDED_SCALAR_STYLE => Style::Block,
        _ => Style::Plain,
    };
    // SAFETY: libyaml gives a buffer of at least `length` bytes; anchor and tag are null or end in NUL.
    let (bytes, properties) = unsafe {
        let bytes = match scalar.value.is_null() {
            true => Vec::new(),
            false => std::slice::from_raw_parts(scalar.value, offset_of(scalar.length)).to_vec(),
        };
        (bytes, copy_properties(scalar.anchor, scalar.tag))
    };
    Ok(EventKind::Scalar { properties, text: String::from_utf8(bytes)?, style })
}

/// Copies an anchor and a tag.
///
/// # Safety
/// Both must be null or end in NUL.
unsafe fn copy_properties(anchor: *const u8, tag: *const u8) -> Properties {
    // SAFETY: required of the caller.
    unsafe { Properties { anchor: copy_name(anchor), tag: copy_name(tag) } }
}

/// Copies a C string; `None` if the pointer is null.
///
/// # Safety
/// The pointer must be null or end in NUL.
unsafe fn copy_name(name: *const u8) -> Option<Vec<u8>> {
    // SAFETY: required of the caller.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name.cast()) }.to_bytes().to_vec())
}

#[expect(clippy::expect_used, reason = "libyaml counts the bytes of a text that is in memory")]
fn offset_of(index: u64) -> usize {
    usize::try_from(index).expect("an offset in memory")
}
