//! Search for credentials that are recognizable in any text: tokens, URLs, `Authorization` headers.

pub(super) mod credibility;
pub(super) mod find;
mod grams;
pub(super) mod header;
pub(super) mod keywords;
pub(super) mod url;
pub(super) mod url_credentials;
