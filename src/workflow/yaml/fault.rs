//! Faults: reasons why a file cannot be read the way the forge reads it.

use std::fmt;

use crate::text::{Span, escape};
use crate::workflow::shorten;

/// Part of a file that cannot be read, and may therefore hide steps of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kind of fault.
    pub kind: FaultKind,
    /// Byte range of the fault; `0..0` means the whole file.
    pub span: Span,
}

/// Kind of fault that keeps a file, or a part of it, from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// More bytes than the forge reads.
    TooLarge,
    /// More nodes than the forge reads, with aliases counted in full.
    TooManyNodes,
    /// Deeper nesting than the forge reads.
    TooDeep,
    /// More directives than any document needs; libyaml compares each with all others.
    TooManyDirectives,
    /// Bytes that are not UTF-8, which each reader replaces in its own way.
    NotUtf8,
    /// Character that YAML does not allow, such as a control character.
    Control(char),
    /// Character that ends a line for the forge, but not in an editor or a diff.
    InvisibleBreak(char),
    /// Syntax error, with libyaml's message.
    Syntax(String),
    /// Second document in the file.
    SecondDocument,
    /// Tag other than YAML's own scalar tags.
    UnknownTag(String),
    /// Alias without an earlier anchor.
    UnknownAlias(String),
    /// Alias inside the value of its own anchor.
    RecursiveAlias(String),
    /// Alias to a value that contains another alias, whose anchor has been redefined in between.
    ShiftedAlias(String),
    /// Key that is a sequence or a mapping.
    KeyIsNoScalar,
    /// Key that occurs twice in one mapping.
    DuplicateKey(String),
    /// Merge key (`<<`), which one reader merges and another refuses.
    MergeKey,
    /// Key that is an expression, known only at run time, where it could hide steps.
    ExpressionKey(String),
    /// Value other than the required mapping, where it could hide steps. Contains its name for the message.
    NotAMapping(&'static str),
    /// Value other than the required sequence, where it could hide steps. Contains its name for the message.
    NotASequence(&'static str),
    /// Local action whose path may lead out of the repository.
    LeavesRepository(String),
    /// Local reusable workflow that is no YAML file of the repository.
    UnknownCall(String),
    /// More local reusable workflows outside the folders of workflows than are followed.
    TooManyCalls,
    /// More local actions and scripts than are read for one workflow.
    TooManyFiles,
    /// Symbolic link instead of a file.
    SymbolicLink,
    /// Submodule instead of a file or a directory.
    Submodule,
}

impl FaultKind {
    /// Returns a fault of this kind at a byte range.
    pub(in crate::workflow) fn at(self, span: Span) -> Fault {
        Fault { kind: self, span }
    }

    /// Returns advice on how to repair the file.
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyNodes | Self::TooDeep | Self::TooManyDirectives => {
                "split the file: the forge refuses it too"
            }
            Self::NotUtf8 => "save the file as UTF-8",
            Self::Control(_) => "remove the character, or write it as an escape in double quotes",
            Self::InvisibleBreak(_) => "end the line with a line feed, or remove the character",
            Self::Syntax(_) => "correct the YAML (version 1.1)",
            Self::SecondDocument => "put each workflow in a separate file",
            Self::UnknownTag(_) => "remove the tag",
            Self::UnknownAlias(_) | Self::RecursiveAlias(_) | Self::ShiftedAlias(_) => {
                "replace the alias with its value"
            }
            Self::KeyIsNoScalar | Self::ExpressionKey(_) => "write the key as a string",
            Self::DuplicateKey(_) => "keep one of the two",
            Self::MergeKey => "replace it with the merged keys",
            Self::NotAMapping(_) => "write it as a mapping",
            Self::NotASequence(_) => "write it as a list",
            Self::LeavesRepository(_) => "write the path from the root of the repository, without `..`",
            Self::UnknownCall(_) => {
                "write the path of a `.yml` file from the root of the repository, without `..`"
            }
            Self::TooManyCalls => "move reusable workflows to `.github/workflows`",
            Self::TooManyFiles => "split the workflow",
            Self::SymbolicLink | Self::Submodule => "commit a regular file",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| escape(shorten(text).as_bytes());
        match self {
            Self::TooLarge => f.write_str("the file is larger than 1 MiB"),
            Self::TooManyNodes => {
                f.write_str("the file has more than 50,000 nodes, including expanded aliases")
            }
            Self::TooDeep => f.write_str("the file is nested more than 50 levels deep"),
            Self::TooManyDirectives => f.write_str("the file has more than 100 directives"),
            Self::NotUtf8 => f.write_str("the file is not UTF-8"),
            Self::Control(c) => {
                write!(f, "the control character U+{:04X} is not allowed in YAML", u32::from(*c))
            }
            Self::InvisibleBreak(c) => {
                write!(f, "U+{:04X} is a line break for the forge, but not for editors", u32::from(*c))
            }
            Self::Syntax(message) => write!(f, "the file is not valid YAML: {}", shown(message)),
            Self::SecondDocument => f.write_str("the file contains more than one document"),
            Self::UnknownTag(tag) => write!(f, "the tag `{}` is not supported in a workflow", shown(tag)),
            Self::UnknownAlias(name) => {
                write!(f, "the alias `*{}` is used before its anchor is defined", shown(name))
            }
            Self::RecursiveAlias(name) => {
                write!(f, "the alias `*{}` is inside its own anchor", shown(name))
            }
            Self::ShiftedAlias(name) => {
                write!(f, "an alias inside the value of `*{}` has a different value here", shown(name))
            }
            Self::KeyIsNoScalar => f.write_str("a key is a sequence or a mapping"),
            Self::DuplicateKey(key) => write!(f, "the key `{}` occurs twice in a mapping", shown(key)),
            Self::MergeKey => {
                f.write_str("the merge key `<<` is rejected by some parsers and applied by others")
            }
            Self::ExpressionKey(key) => {
                write!(f, "the key `{}` is an expression and can have any value", shown(key))
            }
            Self::NotAMapping(what) => write!(f, "{what} is not a mapping"),
            Self::NotASequence(what) => write!(f, "{what} is not a list"),
            Self::LeavesRepository(uses) => {
                write!(f, "the local action `{}` may be outside of the repository", shown(uses))
            }
            Self::UnknownCall(uses) => {
                write!(f, "the local workflow `{}` is no YAML file of the repository", shown(uses))
            }
            Self::TooManyCalls => f.write_str(
                "workflows call more than 256 reusable workflows outside the folders of workflows",
            ),
            Self::TooManyFiles => f.write_str(
                "the workflow pushes an image, and runs more than 256 local actions, 65,536 files or 16 MiB of scripts",
            ),
            Self::SymbolicLink => f.write_str("the workflow is a symbolic link, which hides its content"),
            Self::Submodule => f.write_str("the workflow is a submodule, which hides its content"),
        }
    }
}
