//! Text: escaping, quoting, spans and snippets, patterns, decoding, dates. Knows nothing of repositories.

pub(crate) mod date;
pub(crate) mod decode;
pub(crate) mod glob;

mod escaping;
mod hidden;
mod nearest;
mod parse_error;
mod path;
mod plural;
mod quote;
mod slice;
mod span;

pub(crate) use escaping::{distinct, escape, escape_path, lossless};
pub(crate) use hidden::{hidden_chars, without_joiners};
pub(crate) use nearest::{did_you_mean, nearest};
pub(crate) use parse_error::{ParseError, shown_name};
pub(crate) use path::{as_path, os_str, without_folders};
pub(crate) use plural::{count, counted};
pub(crate) use quote::{quote, quoted, quoted_path, unquote, unquote_first};
pub(crate) use slice::slice;
pub(crate) use span::{Copied, Snippet, Span, head, line_number};
