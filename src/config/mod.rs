//! git's configuration: files in git-config syntax, and the effective config of a repository.

mod effective;
mod environment;
mod in_force;
mod include;
mod lexer;
mod sources;

pub(crate) use effective::{ConfigFile, EffectiveConfig};
pub(crate) use environment::parameters;
pub(crate) use in_force::files_in_force;
pub(crate) use lexer::{ConfigEntry, ConfigItem, ConfigPart, Section, parse, parse_to_fault};

/// Syntax of a file that is read by git, or by a program that supplies secrets to git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileFormat {
    /// git config: sections and entries.
    Config,
    /// netrc: `machine`, `login` and `password`.
    Netrc,
    /// Credential store: one URL per line, as written by `git credential-store`.
    Credentials,
    /// Netscape cookies: seven fields per line.
    Cookies,
    /// Remote in its own file: a URL, perhaps after `URL:` (gitrepository-layout(5)).
    Remote,
}

/// ConfigScope of git config, named as in git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigScope {
    /// All users of this machine.
    System,
    /// All repositories of this user.
    Global,
    /// The repository, or one of its submodules.
    Local,
    /// One worktree.
    Worktree,
    /// The environment, including `git -c`.
    Command,
}

impl ConfigScope {
    /// Returns git's name of the scope.
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
