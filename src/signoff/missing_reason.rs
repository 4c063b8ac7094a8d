//! The reason why a message has no valid sign-off.

use bstr::{BString, ByteSlice as _};

use super::Identity;
use super::message::{self, end_of_title, is_blank, is_comment, is_indented};
use super::trailer::{self, Trailer, TrailerBlock};
use crate::text::line_number;

/// Reason why a message has no valid sign-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingReason {
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
    /// The key of a trailer is a misspelling of `Signed-off-by`.
    Misspelt {
        /// Line of the trailer, from 1.
        line: u32,
        /// Key, as written.
        key: BString,
    },
}

/// Returns the reason why a message has no valid sign-off.
///
/// `raw` is the message as committed; `trailers` are the trailers that count under the policy.
pub(super) fn find(raw: &[u8], block: &TrailerBlock<'_>, trailers: &[Trailer<'_>]) -> MissingReason {
    let lines: Vec<&[u8]> = raw.lines().collect();
    if let Some(trailer) = trailers.iter().chain(&block.quoted).find(|trailer| is_wrapped(&lines, trailer)) {
        return MissingReason::Wrapped { line: trailer.line };
    }
    if let Some(trailer) = trailers.iter().find(|trailer| is_signoff(trailer)) {
        return MissingReason::InvalidValue { line: trailer.line, value: trailer.value.as_bstr().to_owned() };
    }
    if let (Some(trailer), Some(prose)) =
        (block.quoted.iter().rfind(|trailer| is_signoff(trailer)), block.prose)
    {
        return MissingReason::BeforeProse { line: trailer.line, prose };
    }
    outside(raw).or_else(|| misspelt(trailers)).unwrap_or(MissingReason::Nothing)
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
fn outside(raw: &[u8]) -> Option<MissingReason> {
    let raw = raw.replace("\r\n", "\n");
    let body = line_number(&raw, end_of_title(&raw));
    let scissors = message::scissors(&raw, "#").map(|at| line_number(&raw, at));
    let is_below_scissors = |line: u32| scissors.is_some_and(|scissors| line >= scissors);
    let (mut found, mut prose) = (None, None);
    for (line, number) in raw.lines().zip(1..) {
        if trailer::read(line, number).is_some_and(|trailer| is_signoff(&trailer)) {
            (found, prose) = (Some((number, false)), None);
        } else if found.is_none_or(|(_, marked)| marked) && is_marked(line) {
            found = Some((number, true));
        } else if !is_below_scissors(number) && is_prose(line, number) {
            prose = Some(number);
        }
    }
    found.map(|(line, marked)| match prose {
        _ if is_below_scissors(line) => MissingReason::BelowScissors { line },
        _ if marked => MissingReason::Quoted { line },
        _ if line < body => MissingReason::InTitle { line },
        Some(prose) => MissingReason::BeforeProse { line, prose },
        None => MissingReason::InParagraph { line },
    })
}

/// Returns whether a line is a sign-off after blanks, quotation marks or a comment sign.
fn is_marked(line: &[u8]) -> bool {
    let bare = line.trim_start_with(|c| c.is_ascii_whitespace() || ">#|*-+`\"'".contains(c));
    bare.len() < line.len() && trailer::read(bare, 0).is_some_and(|trailer| is_signoff(&trailer))
}

fn is_prose(line: &[u8], number: u32) -> bool {
    let ignored = is_blank(line) || is_comment(line) || is_indented(line) || trailer::is_note(line);
    !ignored && trailer::read(line, number).is_none()
}

fn misspelt(trailers: &[Trailer<'_>]) -> Option<MissingReason> {
    let near = |trailer: &&Trailer<'_>| is_near(&trailer.key.to_ascii_lowercase());
    let trailer = trailers.iter().rfind(near)?;
    Some(MissingReason::Misspelt { line: trailer.line, key: trailer.key.into() })
}

/// Returns whether a lower-case key is at most two edits (Levenshtein distance) away from `signed-off-by`.
fn is_near(key: &[u8]) -> bool {
    const RIGHT: &str = "signed-off-by";
    // The difference in length is a lower bound of the distance, and a key may be as long as the message.
    let is_as_long = key.len().abs_diff(RIGHT.len()) <= 2;
    is_as_long && key.to_str().is_ok_and(|key| strsim::levenshtein(key, RIGHT) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> MissingReason {
        let message = message::read(text.as_bytes());
        let block = TrailerBlock::read(&message);
        find(text.as_bytes(), &block, &block.trailers)
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
            ("s\n\nSign-off-by: Ana <a@x.test>\n".into(), misspelt_key("Sign-off-by")),
            ("s\n\nSigned-of-by: Ana <a@x.test>\n".into(), misspelt_key("Signed-of-by")),
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

    fn misspelt_key(key: &str) -> MissingReason {
        MissingReason::Misspelt { line: 3, key: key.into() }
    }

    #[test]
    fn keys_within_two_edits_are_near() {
        for (key, near) in [
            ("signed-off-by", true),
            ("signed-off", false),
            ("signoff-by", false),
            ("sined-of-by", true),
            ("signed-offby", true),
            ("assisted-by", false),
            ("", false),
        ] {
            assert_eq!(is_near(key.as_bytes()), near, "{key}");
        }
    }
}
