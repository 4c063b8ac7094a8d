//! What a rule finds in one subject.

use bstr::BString;

use crate::text::Span;

/// What a rule says of one subject. The judge makes a [`Finding`] of it by adding level and location.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: a lower-case phrase without a full stop, escaped, code in backticks. Never holds a secret.
    pub message: String,
    /// What repairs it: the exact command, or the exact text to write.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Where in the subject.
    pub place: Place,
    /// What makes two problems the same when a file is compared with its older version: never shown. Line numbers do
    /// not belong here, so that moved text is not new text. An empty one is never the same as another.
    pub identity: BString,
}

impl std::fmt::Debug for Problem {
    /// Leaves the identity out: it may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { message, help, notes, place, identity: _ } = self;
        let mut fields = f.debug_struct("Problem");
        fields.field("message", message).field("help", help).field("notes", notes).field("place", place);
        fields.finish_non_exhaustive()
    }
}

/// A place in a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Whole,
    /// A line, counted from 1.
    Line(u32),
    /// A range of bytes of a text that is shown as a snippet.
    Span(Span),
    /// A line of which nothing may be shown, because it holds a secret.
    Hidden {
        /// The line, counted from 1.
        line: u32,
        /// The column in bytes, counted from 1.
        column: u32,
    },
}
