//! Text: escaping, spans and snippets, patterns, decoding. Knows nothing of git.

pub(crate) mod date;
pub(crate) mod decode;
pub(crate) mod glob;

mod escaping;
mod quote;
mod span;

pub(crate) use escaping::{ascii, escape, escape_path, is_hidden, lossless};
pub(crate) use quote::quoted;
pub(crate) use span::{Copied, Snippet, Span};
