//! What a rule finds in one subject.

use bstr::BString;

use crate::text::Span;

/// Problem that a rule finds in one subject. The judge adds level and location to make a [`Finding`].
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// Message: a lower-case phrase without a full stop, escaped, code in backticks. Never contains a secret.
    pub message: String,
    /// Fix: the exact command, or the exact text to write.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Place in the subject.
    pub place: Place,
    /// Identity, for comparing a file with its older versions; never shown, because it may contain a secret.
    ///
    /// It contains no line numbers, so that moved text is not new text. An empty identity equals no other.
    pub identity: BString,
}

impl std::fmt::Debug for Problem {
    /// Omits the identity: it may contain a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { message, help, notes, place, identity: _ } = self;
        let mut fields = f.debug_struct("Problem");
        fields.field("message", message).field("help", help).field("notes", notes).field("place", place);
        fields.finish_non_exhaustive()
    }
}

/// Place in a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The whole subject.
    Whole,
    /// Line, counted from 1.
    Line(u32),
    /// Range of bytes in a text that is shown as a snippet.
    Span(Span),
    /// Position in a line that must not be shown, because it contains a secret.
    Hidden {
        /// Line, counted from 1.
        line: u32,
        /// Column in bytes, counted from 1.
        column: u32,
    },
}
