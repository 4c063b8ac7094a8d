//! Markdown for a terminal: wraps paragraphs and list items, and leaves everything else unchanged.

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
    fn only_paragraphs_and_items_are_wrapped() {
        let text = "# a long heading that stays\none two three\nfour five six seven\n\n- one two three four five\n  six\n- \
                    seven\n\n```\none two three four five six\n```\n\n    one two three four five six\n";
        let expected = "# a long heading that stays\none two three four\nfive six seven\n\n- one two three\n  four five \
                        six\n- seven\n\n```\none two three four five six\n```\n\n    one two three four five six\n";
        assert_eq!(reflowed(text, 18), expected);
    }
}
