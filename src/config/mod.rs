//! git's configuration: files of git-config kind, and the effective config of a repository.

mod lexer;

pub use lexer::{Entry, Item, Part, Section, parse};
