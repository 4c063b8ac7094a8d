//! Shortens a line of a file to the space next to its number.

use crate::text::Snippet;

const CUT: &str = "...";

/// Shortens a line to at most `room` characters.
///
/// The marked part begins in the result, with as much of the rest as fits. Leading blanks are removed
/// first.
pub(super) fn fitted(snippet: &Snippet, room: usize) -> Snippet {
    let line: Vec<char> = snippet.text.chars().collect();
    if line.len().max(snippet.start + snippet.len) <= room {
        return snippet.clone();
    }
    let blanks = line.iter().take(snippet.start).take_while(|c| c.is_whitespace()).count();
    let (skipped, head) = match snippet.start - blanks + snippet.len <= room.saturating_sub(CUT.len()) {
        true => (blanks, ""),
        false => (snippet.start, if blanks == snippet.start { "" } else { CUT }),
    };
    let (_, rest) = line.split_at(skipped.min(line.len()));
    let mut text = String::from(head);
    if head.len() + rest.len() <= room {
        text.extend(rest);
    } else {
        text.extend(rest.iter().take(room.saturating_sub(head.len() + CUT.len())));
        text.push_str(CUT);
    }
    let start = snippet.start - skipped + head.len();
    let len = snippet.len.min(room.saturating_sub(start)).max(1);
    Snippet { text, start, len }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_part_stays_visible() {
        for (text, start, len, expected) in [
            ("  uses: a", 2, 4, ("  uses: a", 2, 4)),
            ("      uses: abcdefgh", 6, 5, ("uses: abcdefgh", 0, 5)),
            ("    uses: abcdefghijklmnop", 4, 5, ("uses: abcdef...", 0, 5)),
            ("    uses: abcdefghijklmnop", 10, 16, ("...abcdefghi...", 3, 12)),
            ("    abcdefghijklmnopqrstu", 4, 17, ("abcdefghijkl...", 0, 15)),
            ("abcdefghijklmnop", 15, 1, ("...p", 3, 1)),
            ("abcdefghijklmnop", 16, 1, ("...", 3, 1)),
            (
                "\u{e9}".repeat(20).as_str(),
                0,
                1,
                ("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}...", 0, 1),
            ),
        ] {
            let cut = fitted(&Snippet { text: text.to_owned(), start, len }, 15);
            assert_eq!((cut.text.as_str(), cut.start, cut.len), expected, "{text}");
        }
        fitted(&Snippet { text: "abc".to_owned(), start: 3, len: 9 }, 0);
    }
}
