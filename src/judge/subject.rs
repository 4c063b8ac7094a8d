//! First line of a message, for recognising a commit or a tag by.

use crate::text::escape;
use crate::token;

/// Maximum length of a subject, in bytes.
const MAX_SUBJECT: usize = 60;

/// Returns the first non-blank line of a message; empty if there is none.
///
/// Credentials are redacted, then the line is cut and escaped.
pub(super) fn subject(message: &[u8]) -> String {
    let mut lines = message.split(|byte| *byte == b'\n');
    let line = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or(b"");
    // Redact before cutting: the rest of a cut credential would not be recognised.
    let line = token::redact(line);
    match line.split_at_checked(MAX_SUBJECT) {
        Some((start, [_, ..])) => format!("{}...", escape(start.trim_ascii())),
        _ => escape(line.trim_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_non_blank_line_is_cut_and_escaped() {
        let long = "x".repeat(MAX_SUBJECT);
        for (message, expected) in [
            ("", ""),
            ("\n \n", ""),
            ("\n  docs: x \nmore", "docs: x"),
            ("a\u{1b}[31m", r"a\x1b[31m"),
            (&long, &long),
            (&format!("{long}y"), &format!("{long}...")),
            (&format!("{}\u{e9}", "x".repeat(59)), &format!(r"{}\xc3...", "x".repeat(59))),
        ] {
            assert_eq!(subject(message.as_bytes()), expected, "{message:?}");
        }
    }
}
