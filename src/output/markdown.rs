//! Markdown for a terminal: wraps paragraphs and list items, and leaves everything else unchanged; with colours, shows
//! headings and code by their style.

use super::Palette;
use super::palette::paint;
use super::wording::wrapped;

/// Wraps the paragraphs of a text anew, in lines of at most `width` columns.
pub(crate) fn reflowed(text: &str, width: usize) -> String {
    let mut reflow = Reflow { out: String::new(), paragraph: String::new(), indent: 0, width };
    let mut fenced = false;
    for line in text.lines() {
        let fence = line.starts_with("```");
        fenced ^= fence;
        if fenced || fence || line.is_empty() || line.starts_with(['#', '|']) {
            reflow.verbatim(line);
        } else if let Some(item) = line.strip_prefix("- ") {
            reflow.end_paragraph();
            (reflow.paragraph, reflow.indent) = (format!("- {item}"), 2);
        } else if reflow.paragraph.is_empty() && line.starts_with("    ") {
            reflow.verbatim(line);
        } else {
            reflow.add(line.trim_start());
        }
    }
    reflow.end_paragraph();
    reflow.out
}

/// Replaces the marks of headings and code by their styles; without colours, returns the text unchanged.
pub(crate) fn painted(text: &str, palette: Palette) -> String {
    if palette.is_plain() {
        return text.to_owned();
    }
    let (mut out, mut fenced, mut is_code) = (String::new(), false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'));
        match (fenced, heading) {
            (true, _) => out.push_str(&format!("    {}", paint(palette.help, line))),
            (false, Some(heading)) => out.push_str(&paint(palette.strong, heading).to_string()),
            // Code may go on in the next line, and ends with the paragraph.
            (false, None) => {
                is_code &= !line.is_empty();
                for (at, part) in line.split('`').enumerate() {
                    is_code ^= at > 0;
                    let style = if is_code { palette.help } else { owo_colors::Style::new() };
                    out.push_str(&if part.is_empty() {
                        String::new()
                    } else {
                        paint(style, part).to_string()
                    });
                }
            }
        }
        out.push('\n');
    }
    out
}

struct Reflow {
    out: String,
    paragraph: String,
    indent: usize,
    width: usize,
}

impl Reflow {
    fn verbatim(&mut self, line: &str) {
        self.end_paragraph();
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn add(&mut self, line: &str) {
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(line);
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let indent = std::mem::take(&mut self.indent);
        if !paragraph.is_empty() {
            // The first line of a list item starts before the indent.
            self.out.push_str(&wrapped(&paragraph, self.width, indent));
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_styles_only_in_colour() {
        let text = "# a\n\nuse `b c\nd` or\n\n- `e`\n\n```\nf `g\n```\n";
        assert_eq!(painted(text, Palette::plain()), text);
        let shown = painted(text, Palette::colored());
        assert!(!shown.contains('#') && !shown.contains("```"), "{shown:?}");
        let bare: String =
            shown.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
        assert_eq!(bare, "a\n\nuse b c\nd or\n\n- e\n\n    f `g\n");
    }

    #[test]
    fn only_paragraphs_and_items_are_wrapped() {
        let text = "# a long heading that stays\none two three\nfour five six seven\n\n- one two three four five\n  six\n- \
                    seven\n\n```\none two three four five six\n```\n\n    one two three four five six\n";
        let expected = "# a long heading that stays\none two three four\nfive six seven\n\n- one two three\n  four five \
                        six\n- seven\n\n```\none two three four five six\n```\n\n    one two three four five six\n";
        assert_eq!(reflowed(text, 18), expected);
    }
}
