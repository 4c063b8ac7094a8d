//! Values of a file, shortened for messages.

use std::borrow::Cow;

/// Maximum length of a value in a message, in characters: enough to recognise it.
const MAX: usize = 120;
/// Maximum length that is searched for credentials, in characters. Far longer than any credential, but bounded:
/// aliases may repeat a long value thousands of times.
const MAX_SEARCHED: usize = 8192;

/// Shortens a text to its first 120 characters.
///
/// Credentials are removed from a longer text before it is cut, because a cut credential would no longer be
/// recognised. A shorter text is returned unchanged: the judge redacts every message.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    if cut(text, MAX) == text {
        return text.into();
    }
    let text = crate::token::redact_message(cut(text, MAX_SEARCHED).to_owned());
    match cut(&text, MAX) {
        start if start == text => text.into(),
        start => format!("{start}...").into(),
    }
}

/// Returns the first characters of a text.
fn cut(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| text.split_at(end).0)
}
