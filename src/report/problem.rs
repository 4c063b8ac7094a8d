//! Problems that a rule finds in one subject.

use std::fmt;

use crate::text::Span;

/// Problem that a rule finds in one subject. The judge adds level and location to make a [`Finding`].
///
/// `P` is the place in the subject, of the kind that the subject can have.
///
/// [`Finding`]: super::Finding
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem<P = ()> {
    /// Message: a lower-case phrase without a full stop, escaped, code in backticks. Never contains a secret.
    pub message: String,
    /// Fix: the exact command, or the exact text to write.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Place in the subject.
    pub place: P,
}

/// Problem in a commit. Its place is a line of the message, counted from 1; `None` is the whole commit.
pub(crate) type CommitProblem = Problem<Option<u32>>;

/// Problem in a workflow or action file.
pub(crate) type WorkflowProblem = Problem<WorkflowPlace>;

/// Place in a workflow or action file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowPlace {
    /// Range of bytes that is shown; `None` for the whole file.
    pub span: Option<Span>,
    /// Key for comparing the file with its older versions. A problem without one equals no other.
    pub key: Option<ProblemKey>,
    /// Text that a `uses` pattern of the policy is compared with; no pattern matches `None`.
    pub uses: Option<String>,
}

impl WorkflowPlace {
    /// Creates the place of something that a job does; `job` is empty for the whole workflow.
    ///
    /// The subject is also what a `uses` pattern of the policy is compared with.
    pub fn new(span: Span, job: &str, subject: &str) -> Self {
        let key = ProblemKey { job: job.to_owned(), subject: subject.to_owned() };
        Self { span: Some(span), key: Some(key), uses: Some(subject.to_owned()) }
    }

    /// Replaces the text that a `uses` pattern of the policy is compared with.
    pub fn compared_as(self, uses: Option<String>) -> Self {
        Self { uses, ..self }
    }
}

/// Job and subject of a problem. Does not depend on line numbers, so that moved text is not new text.
///
/// It is never shown, because it may contain a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProblemKey {
    /// Id of the job; empty for the workflow or for an action.
    pub job: String,
    /// Part of the job that the problem is about, such as the value of `uses`.
    pub subject: String,
}

impl fmt::Debug for ProblemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProblemKey(..)")
    }
}
