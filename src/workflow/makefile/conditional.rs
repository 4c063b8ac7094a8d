//! Conditionals of a Makefile whose value is constant: `ifeq (0,1)`.

/// Conditionals that are open at a line.
#[derive(Debug, Default)]
pub(super) struct Conditionals(Vec<Conditional>);

/// An open conditional.
#[derive(Debug)]
struct Conditional {
    /// True if make never reads this branch.
    is_off: bool,
    /// True if make always reads this branch or one before it.
    is_taken: bool,
}

impl Conditionals {
    /// Reads a line that is no recipe. Returns true if it begins, continues or ends a conditional.
    pub(super) fn read(&mut self, line: &str) -> bool {
        let line = without_comment(line);
        let (word, rest) = line.split_once(|c: char| c.is_whitespace() || c == '(').unwrap_or((line, ""));
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                let value = constant(line);
                self.0.push(Conditional { is_off: value == Some(false), is_taken: value == Some(true) });
            }
            "else" => {
                if let Some(open) = self.0.last_mut() {
                    let rest = rest.trim();
                    let value = if rest.is_empty() { None } else { constant(rest) };
                    open.is_off = open.is_taken || value == Some(false);
                    open.is_taken |= value == Some(true);
                }
            }
            "endif" => drop(self.0.pop()),
            _ => return false,
        }
        true
    }

    /// Returns whether make never reads the lines that follow.
    pub(super) fn is_off(&self) -> bool {
        self.0.iter().any(|open| open.is_off)
    }
}

/// Returns the value of a condition that names no variable; `None` for others.
fn constant(condition: &str) -> Option<bool> {
    let is_equal = condition.starts_with("ifeq");
    let rest = condition.strip_prefix("ifeq").or_else(|| condition.strip_prefix("ifneq"))?.trim();
    if rest.contains('$') || rest.contains(r"\#") {
        return None;
    }
    let (one, other) = match rest.strip_prefix('(') {
        Some(inner) => in_brackets(inner)?,
        None => {
            let (one, rest) = quoted(rest)?;
            let (other, rest) = quoted(rest.trim_start())?;
            rest.trim().is_empty().then_some((one, other))?
        }
    };
    Some((one == other) == is_equal)
}

/// Returns the two arguments behind an opening bracket; `None` if there is anything behind the closing one.
///
/// As in GNU make (read.c, `conditional_line`), brackets in the arguments have to match, and of the blanks only those around
/// the comma do not count.
fn in_brackets(text: &str) -> Option<(&str, &str)> {
    let blanks: &[char] = &[' ', '\t'];
    let (one, rest) = up_to(text, ',')?;
    let (other, rest) = up_to(rest, ')')?;
    rest.is_empty().then_some((one.trim_end_matches(blanks), other.trim_start_matches(blanks)))
}

/// Splits a text at the first of a mark that is in no brackets.
fn up_to(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let at = text.find(|c| {
        let is_end = c == mark && depth == 0;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_end
    })?;
    text.get(..at).zip(text.get(at + mark.len_utf8()..))
}

/// Returns a line without its comment. Make knows no quotes: only a backslash keeps a `#`.
fn without_comment(line: &str) -> &str {
    let mut is_kept = false;
    let comment = line.find(|c| {
        let is_comment = c == '#' && !is_kept;
        is_kept = c == '\\' && !is_kept;
        is_comment
    });
    comment.and_then(|at| line.get(..at)).unwrap_or(line).trim_end()
}

/// Splits the text in quotes from the rest.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.get(1..)?.split_once(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constants_are_compared() {
        for (condition, value) in [
            ("ifeq (0,1)", Some(false)),
            ("ifeq (1, 1)", Some(true)),
            ("ifeq(a,)", Some(false)),
            ("ifneq (a,b)", Some(true)),
            ("ifneq 'a' \"a\"", Some(false)),
            ("ifeq \"\" ''", Some(true)),
            ("ifneq ( a,a)", Some(true)),
            ("ifneq (a,a )", Some(true)),
            ("ifneq (a , a)", Some(false)),
            ("ifneq (a\u{a0},a)", Some(true)),
            ("ifeq ((a),(b))", Some(false)),
            ("ifeq ((a,b),(a,c))", Some(false)),
            ("ifeq ((a,b),(a,b))", Some(true)),
            ("ifeq (a,b),c)", None),
            (r"ifeq (\a,\b)", Some(false)),
            (r"ifeq (\#,#)", None),
            ("ifeq ($(A),1)", None),
            ("ifeq (0,1) x", None),
            ("ifeq \"a", None),
            ("ifeq", None),
            ("ifdef A", None),
        ] {
            assert_eq!(constant(condition), value, "{condition}");
        }
    }

    #[test]
    fn branches_that_are_never_read_are_known() {
        for (lines, is_off) in [
            (&["ifeq (0,1)"][..], true),
            (&["ifeq (0,1)", "endif"], false),
            (&["ifeq (0,1)", "else"], false),
            (&["ifeq (1,1)", "else"], true),
            (&["ifeq (1,1)", "else ifeq ($(A),b)"], true),
            (&["ifeq ($(A),b)", "else ifeq (0,1)"], true),
            (&["ifeq ($(A),b)", "else ifeq (1,1)", "else"], true),
            (&["ifeq ($(A),b)", "else"], false),
            (&["ifdef A", "else"], false),
            (&["ifeq (0,1)", "ifdef A", "else"], true),
            (&["ifeq (0,1)", "ifdef A", "endif", "endif"], false),
            (&["else", "endif"], false),
            (&["ifeq (0,1) # a", "endif#b"], false),
            (&["ifeq (0,1)", "else # b"], false),
            (&["ifeq (1,1)", "else#b"], true),
            (&["ifeq (1,1) # a"], false),
        ] {
            let mut open = Conditionals::default();
            assert!(lines.iter().all(|line| open.read(line)), "{lines:?}");
            assert_eq!(open.is_off(), is_off, "{lines:?}");
        }
        assert!(!Conditionals::default().read("elsewhere: x"));
    }
}
