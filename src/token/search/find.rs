//! Finds credentials in any text: by position (URL, header) and by pattern (a provider's token).

use std::ops::Range;

use super::keywords::{self, KeywordHit, Target};
use super::{header, url, url_credentials};
use crate::token::credential_match::{CredentialMatch, Strictness, without_nested};
use crate::token::provider::{aws, npm, old_azure, tokens};

/// Returns the credentials that are recognizable without a config key, in the order of the text.
pub(crate) fn find_credentials(text: &[u8], strictness: Strictness) -> Vec<CredentialMatch> {
    let at_keywords = keywords::by_search(text).flat_map(|hits| {
        let mut reader = KeywordReader::default();
        hits.flat_map(move |hit| reader.read(text, &hit, strictness))
    });
    without_nested(at_keywords.chain(old_azure::old_azure_tokens(text)).collect())
}

/// Returns whether a text contains anything that [`find_credentials`] examines.
pub(crate) fn may_have_credentials(text: &[u8]) -> bool {
    keywords::by_search(text).any(|mut hits| hits.next().is_some())
        || old_azure::old_azure_tokens(text).next().is_some()
}

/// Number of bytes before the end of a credential in a header. A header that starts before these is part of the
/// credential, and not read: a line may be full of headers, each with a long credential.
const INNER_HEADER: usize = 64;

/// Reader for the credentials at the keywords of one search, in the order of the text.
#[derive(Debug, Default)]
pub(crate) struct KeywordReader {
    /// The end of the query parameters read so far. One word may hold many URLs, and is read once.
    query_end: usize,
    /// The end of the credential in the last header.
    header_end: usize,
}

impl KeywordReader {
    /// Returns the credentials at a keyword.
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        hit: &KeywordHit,
        strictness: Strictness,
    ) -> Vec<CredentialMatch> {
        let (start, end) = (hit.range.start, hit.range.end);
        let one = match &hit.target {
            Target::Token { distances } => tokens::token_at(text, start, distances, strictness),
            Target::Routable => tokens::routable_at(text, start),
            Target::Url => return self.read_url(text, end, strictness),
            Target::Authorization => self.read_header(text, &hit.range, strictness),
            Target::AwsKeyId => return aws::aws_keys_at(text, start, strictness),
            Target::NpmToken => npm::npm_token_at(text, end, strictness),
            Target::Hint | Target::ConfigKey | Target::ConfigVariable => None,
        };
        one.into_iter().collect()
    }

    /// Returns the credential in the `Authorization` header whose name ends like a range.
    fn read_header(
        &mut self,
        text: &[u8],
        name: &Range<usize>,
        strictness: Strictness,
    ) -> Option<CredentialMatch> {
        if name.start + INNER_HEADER < self.header_end {
            return None;
        }
        let found = header::authorization_at(text, name.end, strictness)?;
        self.header_end = found.span.end;
        Some(found)
    }

    /// Returns the credentials in a URL whose authority starts at an offset.
    fn read_url(&mut self, text: &[u8], start: usize, strictness: Strictness) -> Vec<CredentialMatch> {
        let info = url::parse_at(text, start);
        let user = info.and_then(|info| url_credentials::in_user_info(text, &info, strictness));
        let mut found: Vec<CredentialMatch> = user.into_iter().collect();
        if start >= self.query_end {
            let (parameters, end) = url_credentials::in_query(text, start, strictness);
            found.extend(parameters);
            self.query_end = end;
        }
        found
    }
}
