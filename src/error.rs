//! The one error type: why git-gate could not decide. It always ends with exit status 2, and so it always refuses.

use std::fmt;

/// The result of anything that may fail to decide.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why no verdict could be reached: one line, its causes, and what to do about it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
}

/// Whose part it was that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line asks for something that does not exist or does not go together.
    Usage,
    /// The policy file cannot be read, or says something that is not defined.
    Policy,
    /// What git handed to a hook breaks git's own contract (githooks(5)).
    Contract,
    /// The repository, an object in it, or git itself did not answer.
    Git,
    /// The operating system refused to read or write.
    Io,
    /// It took longer than the policy allows.
    Deadline,
}

impl Error {
    /// Creates an error of a kind with a one-line message: a lower-case phrase without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, hints: Vec::new() }
    }

    /// The command line cannot be followed.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The policy file cannot be followed.
    pub fn policy(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Policy, message)
    }

    /// A hook was called in a way that git never calls it.
    pub fn contract(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, message)
    }

    /// The repository or git did not answer.
    pub fn git(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Git, message)
    }

    /// A file could not be read or written.
    pub fn io(message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, message).caused_by(source)
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Whose part it was that failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do, one line each.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl ErrorKind {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Policy => "policy",
            Self::Contract => "contract",
            Self::Git => "git",
            Self::Io => "io",
            Self::Deadline => "deadline",
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

/// How a run ended. Any status but the first refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to refuse.
    Clean,
    /// At least one finding at level deny.
    Denied,
    /// No verdict could be reached.
    Failed,
    /// Nothing to refuse, but the hook that was there before refuses, with this status.
    Chained(u8),
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Clean => Self::SUCCESS,
            ExitStatus::Denied => Self::from(1),
            ExitStatus::Failed => Self::from(2),
            ExitStatus::Chained(status) => Self::from(status),
        }
    }
}
