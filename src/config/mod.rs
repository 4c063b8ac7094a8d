//! git's configuration: files of git-config kind, and the effective config of a repository.

mod effective;
mod environment;
mod include;
mod lexer;
mod roots;

pub(crate) use effective::{ConfigFile, Effective};
pub(crate) use environment::parameters;
pub(crate) use lexer::{Entry, Item, Part, Section, parse, parse_to_fault};

/// How a file is read that git, or a program that reads secrets for git, uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Sections and entries.
    Config,
    /// `machine`, `login` and `password`.
    Netrc,
    /// One URL per line, as `git credential-store` writes them.
    Credentials,
    /// Seven fields per line, as Netscape wrote cookies.
    Cookies,
}

/// git's scopes, in its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everyone on this machine.
    System,
    /// Everything of this user.
    Global,
    /// The repository, or a submodule of it.
    Local,
    /// A worktree.
    Worktree,
    /// The environment.
    Command,
}

impl Scope {
    /// git's own word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Global => "global",
            Self::Local => "local",
            Self::Worktree => "worktree",
            Self::Command => "command",
        }
    }
}
