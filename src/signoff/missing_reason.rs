//! The reason why a message has no valid sign-off.

use std::borrow::Cow;

use bstr::{BString, ByteSlice as _};
use memchr::memchr;

use super::Identity;
use super::message::{self, end_of_title, is_blank, is_comment, is_indented};
use super::note;
use super::settings::Position;
use super::trailer::{self, Trailer, TrailerBlock};
use crate::text::line_number;

/// Reason why a message has no valid sign-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MissingReason {
    /// Nothing in the message resembles a sign-off.
    Nothing,
    /// The value of a sign-off in the trailer block is not `Name <address>`.
    InvalidValue {
        /// Line of the sign-off, from 1.
        line: u32,
        /// Value of the trailer, unfolded.
        value: BString,
    },
    /// The value of a sign-off in the trailer block continues on a line that is not indented.
    Wrapped {
        /// Line of the sign-off, from 1.
        line: u32,
    },
    /// A sign-off is in the title.
    InTitle {
        /// Line of the sign-off, from 1.
        line: u32,
    },
    /// A sign-off is followed by prose.
    BeforeProse {
        /// Line of the sign-off, from 1.
        line: u32,
        /// Last line of prose after it, from 1.
        prose: u32,
    },
    /// A sign-off is part of a paragraph of prose, without a blank line before it.
    InParagraph {
        /// Line of the sign-off, from 1.
        line: u32,
    },
    /// A sign-off is below a scissors line.
    BelowScissors {
        /// Line of the sign-off, from 1.
        line: u32,
    },
    /// A sign-off is indented, quoted or commented out.
    Quoted {
        /// Line of the sign-off, from 1.
        line: u32,
    },
    /// A line begins with a misspelling of `Signed-off-by:`.
    Misspelt {
        /// Number of the line, from 1.
        line: u32,
        /// Key with its separator, as written.
        key: BString,
    },
}

impl MissingReason {
    /// Returns the reason why a message, as committed, has no valid sign-off where the policy counts them.
    pub(crate) fn find(raw: &[u8], position: Position) -> Self {
        let message = message::read(raw);
        let block = TrailerBlock::read(&message);
        let trailers = block.counting(&message, position);
        let lines: Vec<&[u8]> = raw.lines().collect();
        if let Some(trailer) =
            trailers.iter().chain(&block.quoted).find(|trailer| is_wrapped(&lines, trailer))
        {
            return Self::Wrapped { line: trailer.line };
        }
        if let Some(trailer) = trailers.iter().find(|trailer| is_signoff(trailer)) {
            return Self::InvalidValue { line: trailer.line, value: trailer.value.as_bstr().to_owned() };
        }
        if let (Some(trailer), Some(prose)) =
            (block.quoted.iter().rfind(|trailer| is_signoff(trailer)), block.prose)
        {
            return Self::BeforeProse { line: trailer.line, prose };
        }
        let text = match memchr(b'\r', raw) {
            Some(_) => Cow::Owned(raw.replace("\r\n", "\n")),
            None => Cow::Borrowed(raw),
        };
        outside(&text).or_else(|| misspelt(&text)).unwrap_or(Self::Nothing)
    }
}

fn is_signoff(trailer: &Trailer<'_>) -> bool {
    trailer.is("Signed-off-by")
}

/// Returns whether a sign-off would be complete if the next line were indented.
fn is_wrapped(lines: &[&[u8]], trailer: &Trailer<'_>) -> bool {
    let Some(next) = usize::try_from(trailer.line).ok().and_then(|line| lines.get(line)) else {
        return false;
    };
    let complete = |value: &[u8]| Identity::of_trailer(value).is_some();
    is_signoff(trailer)
        && !complete(&trailer.value)
        && complete(&bstr::join(" ", [&trailer.value, next.trim_ascii()]))
}

/// Finds a sign-off outside the trailer block and the reason why it does not count.
///
/// Of several it takes the last one, which is most likely the intended one; an unmarked one has priority
/// over a quoted or indented one.
fn outside(text: &[u8]) -> Option<MissingReason> {
    let scissors = message::scissors(text, "#").map(|at| line_number(text, at));
    let is_below_scissors = |line: u32| scissors.is_some_and(|scissors| line >= scissors);
    let lines = || text.lines().zip(1_u32..);
    let last = |is_found: fn(&[u8]) -> bool| lines().filter(|(line, _)| is_found(line)).last();
    let plain = last(|line| trailer::read(line, 0).is_some_and(|trailer| is_signoff(&trailer)));
    let Some((_, line)) = plain else {
        let (_, line) = last(is_marked)?;
        return Some(match is_below_scissors(line) {
            true => MissingReason::BelowScissors { line },
            false => MissingReason::Quoted { line },
        });
    };
    if is_below_scissors(line) {
        return Some(MissingReason::BelowScissors { line });
    }
    if line < line_number(text, end_of_title(text)) {
        return Some(MissingReason::InTitle { line });
    }
    let below = lines().filter(|(_, number)| *number > line && !is_below_scissors(*number));
    Some(match below.filter(|(text, _)| is_prose(text)).last() {
        Some((_, prose)) => MissingReason::BeforeProse { line, prose },
        None => MissingReason::InParagraph { line },
    })
}

/// Returns whether a line is a sign-off after blanks, quotation marks or a comment sign.
fn is_marked(line: &[u8]) -> bool {
    let bare = line.trim_start_with(|c| c.is_ascii_whitespace() || ">#|*-+`\"'".contains(c));
    bare.len() < line.len() && trailer::read(bare, 0).is_some_and(|trailer| is_signoff(&trailer))
}

fn is_prose(line: &[u8]) -> bool {
    let ignored = is_blank(line) || is_comment(line) || is_indented(line) || note::is_note(line);
    !ignored && trailer::read(line, 0).is_none()
}

/// Finds the last line below the title that begins with a misspelling of `Signed-off-by:`.
fn misspelt(text: &[u8]) -> Option<MissingReason> {
    let body = line_number(text, end_of_title(text));
    let lines = text.lines().zip(1..).filter(|(line, number)| *number >= body && !is_comment(line));
    let near = lines.filter_map(|(line, line_number)| Some((misspelt_key(line)?, line_number)));
    near.last().map(|(key, line)| MissingReason::Misspelt { line, key: key.into() })
}

/// Returns the key of a line, with its separator, if it is at most two edits (Levenshtein distance) away from
/// `Signed-off-by`; case, and signs between its words and before the value, do not count.
///
/// A longer key may end with it, as in `ONE-DCO-1.0-Signed-off-by`.
fn misspelt_key(line: &[u8]) -> Option<&[u8]> {
    const MAX_LENGTH: usize = 60;
    let start: &str = line.get(..line.len().min(MAX_LENGTH)).map(valid_start)?;
    let is_whole = start.len() == line.len();
    if !is_whole && !start.contains(['<', ':', '：']) {
        return None;
    }
    let (mut letters, mut has_blank, mut nearest) = (String::new(), false, None);
    let mut note = |end: usize, letters: &str, has_blank: bool| {
        if let Some(distance) = edits(letters, has_blank)
            && nearest.is_none_or(|(least, _)| distance < least)
        {
            nearest = Some((distance, end));
        }
    };
    for (at, c) in start.char_indices() {
        if !c.is_alphanumeric() {
            note(at, &letters, has_blank);
        }
        has_blank |= c.is_whitespace();
        if c.is_alphabetic() {
            letters.extend(c.to_lowercase());
        }
    }
    if is_whole {
        note(start.len(), &letters, has_blank);
    }
    let (_, end) = nearest?;
    if !(end == start.len() || start.contains(['<', ':', '：'])) {
        return None;
    }
    let rest = start.split_at(end).1;
    let separator = rest.find(|c: char| c.is_alphanumeric() || c == '<').unwrap_or(rest.len());
    Some(start.split_at(end + separator).0.trim_end().as_bytes())
}

/// Returns the number of edits between the letters of a key and those of `Signed-off-by`; `None` if there are more than two.
fn edits(letters: &str, has_blank: bool) -> Option<usize> {
    const RIGHT: &str = "signedoffby";
    const MOST: usize = 2;
    if !has_blank && letters.ends_with(RIGHT) {
        return Some(0);
    }
    // The distance is at least the difference of the lengths, so most keys need not be compared.
    let is_near = letters.chars().count().abs_diff(RIGHT.len()) <= MOST;
    let distance = is_near.then(|| strsim::levenshtein(letters, RIGHT))?;
    (distance <= MOST).then_some(distance)
}

/// Returns the start of a text as far as it is UTF-8.
fn valid_start(text: &[u8]) -> &str {
    text.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> MissingReason {
        MissingReason::find(text.as_bytes(), Position::Trailer)
    }

    #[test]
    fn each_reason_has_its_line() {
        let by = "Signed-off-by: Ana <ana@x.test>";
        let scissors = "# ------------------------ >8 ------------------------";
        for (text, cause) in [
            ("subject\n".to_owned(), MissingReason::Nothing),
            ("subject\n\nReviewed-by: Bo <b@x.test>\n".to_owned(), MissingReason::Nothing),
            (format!("{by}\n"), MissingReason::InTitle { line: 1 }),
            (format!("subject\r\n{by}\r\n"), MissingReason::InTitle { line: 2 }),
            (format!("s\n\nA\n{by}\nis it.\n"), MissingReason::BeforeProse { line: 4, prose: 5 }),
            ("s\n\nSigned-off-by: Ana\n<ana@x.test>\n".into(), MissingReason::Wrapped { line: 3 }),
            (format!("s\n\n{by}\n\nand so on\n"), MissingReason::BeforeProse { line: 3, prose: 5 }),
            (format!("s\n\na\nb\nc\nd\n{by}\n"), MissingReason::InParagraph { line: 7 }),
            (format!("s\n\na\nb\nc\nd\n{by}\n#\n \n t\n[n]\nA: b\n"), MissingReason::InParagraph { line: 7 }),
            (
                format!("s\n\n> {by}\n{by}\n\n> {by}\nand so on\n"),
                MissingReason::BeforeProse { line: 4, prose: 7 },
            ),
            (format!("s\n\n> {by}\n\n> {by}\n"), MissingReason::Quoted { line: 5 }),
            ("s\n\n> Reviewed-by: Bo <b@x.test>\n".into(), MissingReason::Nothing),
            (format!("s\n\na\nb\nc\nd\n{by}\n{scissors}\ntext\n"), MissingReason::InParagraph { line: 7 }),
            (format!("s\n\n{scissors}\n{by}\n"), MissingReason::BelowScissors { line: 4 }),
            (format!("s\n\n    {by}\n"), MissingReason::Quoted { line: 3 }),
            (format!("s\n\n> {by}\n"), MissingReason::Quoted { line: 3 }),
            (format!("s\n\n# {by}\n"), MissingReason::Quoted { line: 3 }),
            ("s\n\nSign-off-by: Ana <a@x.test>\n".into(), misspelt_as("Sign-off-by:")),
            ("s\n\nSigned-of-by: Ana <a@x.test>\n".into(), misspelt_as("Signed-of-by:")),
            (
                "s\n\nSigned-off-by: Ana\n".into(),
                MissingReason::InvalidValue { line: 3, value: "Ana".into() },
            ),
            ("s\n\nSigned-off-by:\n".into(), MissingReason::InvalidValue { line: 3, value: "".into() }),
        ] {
            assert_eq!(reason(&text), cause, "{text:?}");
        }
    }

    #[test]
    fn reasons_are_found_in_large_messages() {
        let good = "Signed-off-by: Ana <ana@x.test>";
        let unfinished = |count: usize| "Signed-off-by: Ana\n".repeat(count);
        let value = |value: &str| MissingReason::InvalidValue { line: 3, value: value.into() };
        let long = "Ana <".repeat(100_000);
        for (text, cause) in [
            (format!("s\n\nSigned-off-by: {long}\n"), value(&long)),
            (format!("s\n\n{}", unfinished(50_000)), value("Ana")),
            (format!("s\n\n{}", unfinished(50_000).replace('\n', "\n\n")), value("Ana")),
            (format!("s\n\n{}<ana@x.test>\n", unfinished(50_000)), MissingReason::Wrapped { line: 50_002 }),
            (
                format!("s\n\n{good}\n{}", "text\n".repeat(200_000)),
                MissingReason::BeforeProse { line: 3, prose: 200_003 },
            ),
            (
                format!("s\n\n{}{good}\n", "text\n".repeat(200_000)),
                MissingReason::InParagraph { line: 200_003 },
            ),
            (format!("s\n\n{}", "text\n".repeat(200_000)), MissingReason::Nothing),
        ] {
            assert!(reason(&text) == cause, "{}", &text[..40]);
        }
    }

    fn misspelt_as(key: &str) -> MissingReason {
        MissingReason::Misspelt { line: 3, key: key.into() }
    }

    #[test]
    fn misspelt_keys_are_found_with_their_separator() {
        for (line, key) in [
            ("Signed-of-by: Ana <a@x.test>", Some("Signed-of-by:")),
            ("sined-of-by: Ana <a@x.test>", Some("sined-of-by:")),
            ("Signed-offby: Ana <a@x.test>", Some("Signed-offby:")),
            ("Signed-off-by： Ana <a@x.test>", Some("Signed-off-by：")),
            ("Signed-off-by Ana <a@x.test>", Some("Signed-off-by")),
            ("Signed off by: Ana <a@x.test>", Some("Signed off by:")),
            ("Signed_off_by = Ana <a@x.test>", Some("Signed_off_by =")),
            ("Signed-off-by <a@x.test>", Some("Signed-off-by")),
            ("**Signed-off-by:** Ana <a@x.test>", Some("**Signed-off-by:**")),
            ("ONE-DCO-1.0-Signed-off-by: Ana <a@x.test>", Some("ONE-DCO-1.0-Signed-off-by:")),
            ("Signed-off-by", Some("Signed-off-by")),
            ("Signed-off: Ana", Some("Signed-off:")),
            ("Signed off on this one", None),
            ("Assisted-by: Ana", None),
            ("He was signed off by Bo", None),
            ("", None),
            ("\u{1F600}", None),
        ] {
            assert_eq!(misspelt_key(line.as_bytes()).map(BString::from), key.map(BString::from), "{line}");
        }
        assert_eq!(misspelt_key(b"Signed-of-by: \xff"), Some(&b"Signed-of-by:"[..]));
    }
}
