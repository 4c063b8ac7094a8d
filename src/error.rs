//! The error type of git-gate.
//!
//! An error means that no verdict was reached. A run that fails with one has exit status 2, which refuses.

use std::fmt;

/// Result of an operation that may fail to reach a verdict.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Hint for a push that needs more work than the policy allows.
pub(crate) const FEWER_COMMITS: &str = "push fewer commits at a time";

/// Reason why no verdict was reached: a one-line message, its causes, and hints for the user.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
    /// Object of the repository that could not be read; `None` for any other failure.
    object: Option<UnreadObject>,
}

/// Object of the repository that is missing, damaged or not what it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadObject {
    /// Object id, in hexadecimal digits.
    pub oid: String,
    /// Kind that is wanted, in git's own words; `None` if any kind would do.
    pub kind: Option<&'static str>,
}

/// Origin of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request names something that does not exist, or its parts do not go together.
    Usage,
    /// The policy file cannot be read, or contains something undefined.
    Policy,
    /// The input that git passed to a hook breaks git's own contract (githooks(5)).
    Contract,
    /// The repository, an object in it, or git itself failed to answer.
    Git,
    /// The operating system refused to read or write.
    Io,
    /// The run took longer than the policy allows.
    Deadline,
    /// The push or scan needs more work than the policy allows.
    Limit,
}

impl Error {
    /// Creates an error of a kind with a one-line message: a lower-case phrase without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, hints: Vec::new(), object: None }
    }

    /// Creates an error for a request that cannot be followed.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Creates an error for a policy file that cannot be followed.
    pub fn policy(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Policy, message)
    }

    /// Creates an error for a call of a hook that git never makes.
    pub fn contract(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, message)
    }

    /// Creates an error for a repository or a git that did not answer.
    pub fn git(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Git, message)
    }

    /// Creates an error for a file that could not be read or written.
    pub fn io(message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, message).caused_by(source)
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds a hint: one line with an action for the user.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the error without the hints that do not help.
    #[must_use]
    pub fn with_hints_that(mut self, helps: impl Fn(&str) -> bool) -> Self {
        self.hints.retain(|hint| helps(hint));
        self
    }

    /// Notes that the failure is that of an object, and the kind that it should have.
    #[must_use]
    pub fn about(mut self, oid: impl fmt::Display, kind: Option<&'static str>) -> Self {
        self.object = Some(UnreadObject { oid: oid.to_string(), kind });
        self
    }

    /// Notes the kind that an object should have, if the failure is that of this object.
    #[must_use]
    pub fn wanted(mut self, oid: impl fmt::Display, kind: &'static str) -> Self {
        if let Some(object) = self.object.as_mut().filter(|object| object.oid == oid.to_string()) {
            object.kind.get_or_insert(kind);
        }
        self
    }

    /// Returns the object that could not be read; `None` for any other failure.
    pub fn object(&self) -> Option<&UnreadObject> {
        self.object.as_ref()
    }

    /// Changes the message, which then contains its causes, and the hints.
    #[must_use]
    pub fn map_text(self, change: impl Fn(&str) -> String) -> Self {
        let hints = self.hints.iter().map(|hint| change(hint)).collect();
        Self { message: change(&self.to_string()), source: None, hints, ..self }
    }

    /// Returns the origin of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the hints, one line each.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl ErrorKind {
    /// Returns the name of the kind, as written to the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Policy => "policy",
            Self::Contract => "contract",
            Self::Git => "git",
            Self::Io => "io",
            Self::Deadline => "deadline",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for Error {
    /// Writes the message and its causes on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn std::error::Error + 'static))
    }
}

/// Exit status of a run. All but [`Clean`](Self::Clean) refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to refuse.
    Clean,
    /// At least one finding at level deny.
    Denied,
    /// No verdict could be reached.
    Failed,
    /// Nothing to refuse, but the chained hook, which was there before, refuses with this status.
    Chained(u8),
}

impl From<ExitStatus> for u8 {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Clean => 0,
            ExitStatus::Denied => 1,
            ExitStatus::Failed => 2,
            ExitStatus::Chained(status) => status,
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        u8::from(status).into()
    }
}
