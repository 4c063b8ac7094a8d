//! Expressions of the forge: the values that can reach a text, and the conditions that a job has.

use std::iter::Peekable;
use std::str::Chars;

/// Maximum nesting depth; GitHub refuses deeper expressions.
const MAX_DEPTH: usize = 50;

/// Functions whose result never contains the text of an argument. Source: docs.github.com, "Evaluate expressions
/// in workflows and actions".
const TEXTLESS: &[&str] =
    &["always", "cancelled", "contains", "endswith", "failure", "hashfiles", "startswith", "success"];

/// Names that Gitea and Forgejo have for the context `github`, which GitHub does not know. Source: docs.gitea.com,
/// "Gitea Actions"; forgejo.org, "Forgejo Actions reference".
const OTHER_NAMES: &[&str] = &["forge", "forgejo", "gitea"];

/// Parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// Text in quotes.
    Literal(String),
    /// Number, or one of `true`, `false` and `null`, in lower case.
    Constant(String),
    /// Value of a context, as its parts in lower case; `*` stands for a part that is chosen at run time.
    Path(Vec<String>),
    /// Function in lower case, with its arguments.
    Call(String, Vec<Self>),
    /// Negation.
    Not(Box<Self>),
    /// Comparison of two operands.
    Compare(Comparison, Box<[Self; 2]>),
    /// Operands of `&&`.
    And(Vec<Self>),
    /// Operands of `||`.
    Or(Vec<Self>),
}

/// Kind of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`, `<=`, `>` or `>=`
    Order,
}

/// Value of a context that can reach a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextSource {
    /// Parts of the value, as in [`Expression::Path`].
    pub(crate) path: Vec<String>,
    /// True if the text gets everything below the value, as JSON.
    pub(crate) is_json: bool,
}

impl Expression {
    /// Parses the text between `${{` and `}}`; `None` if the forge would refuse it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.chars().peekable() };
        let expression = parser.or(0)?;
        parser.skip_blanks();
        parser.rest.peek().is_none().then_some(expression)
    }

    /// Parses the value of an `if`, which needs no `${{`.
    ///
    /// `None` if a text is around the expression: it is then always true.
    pub(crate) fn condition(text: &str) -> Option<Self> {
        let text = text.trim();
        let inner = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
        Self::parse(inner.unwrap_or(text))
    }

    /// Returns the values whose text can become the text of this expression.
    pub(crate) fn sources(&self) -> Vec<TextSource> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found
    }

    fn collect(&self, is_json: bool, found: &mut Vec<TextSource>) {
        match self {
            Self::Literal(_) | Self::Constant(_) | Self::Not(_) | Self::Compare(..) => {}
            Self::Path(path) => found.push(TextSource { path: path.clone(), is_json }),
            Self::Call(name, _) if TEXTLESS.contains(&name.as_str()) => {}
            Self::Call(name, arguments) => {
                let is_json = is_json || name == "tojson";
                arguments.iter().for_each(|argument| argument.collect(is_json, found));
            }
            // An operand before the last is the result only if it is false, and then it has no text.
            Self::And(operands) => operands.last().into_iter().for_each(|last| last.collect(is_json, found)),
            Self::Or(operands) => operands.iter().for_each(|operand| operand.collect(is_json, found)),
        }
    }

    /// Returns the texts in quotes that can be the result.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::Literal(text) => vec![text.clone()],
            Self::And(operands) => operands.last().map(Self::texts).unwrap_or_default(),
            Self::Or(operands) => operands.iter().flat_map(Self::texts).collect(),
            Self::Call(name, arguments) if !TEXTLESS.contains(&name.as_str()) => {
                arguments.iter().flat_map(Self::texts).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns whether the expression is true only if a part of it is for which `is_guard` holds.
    pub(crate) fn implies(&self, is_guard: &dyn Fn(&Self) -> bool) -> bool {
        match self {
            Self::And(operands) => operands.iter().any(|operand| operand.implies(is_guard)),
            Self::Or(operands) => operands.iter().all(|operand| operand.implies(is_guard)),
            other => is_guard(other),
        }
    }

    /// Returns the path of a value, joined by dots; `None` for other expressions.
    pub(crate) fn path(&self) -> Option<String> {
        match self {
            Self::Path(path) => Some(path.join(".")),
            _ => None,
        }
    }
}

/// Returns the expressions of a text, each as it stands between `${{` and `}}`.
pub(crate) fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${{") {
        // A literal may contain `}}`.
        let mut in_literal = false;
        let ends = |(at, c): (usize, char)| {
            in_literal ^= c == '\'';
            (!in_literal && after.get(at..).is_some_and(|rest| rest.starts_with("}}"))).then_some(at)
        };
        let Some(end) = after.char_indices().find_map(ends) else { break };
        found.extend(after.get(..end));
        rest = after.get(end + 2..).unwrap_or_default();
    }
    found
}

/// Returns the values whose text can reach a text through its expressions.
pub(crate) fn sources(text: &str) -> Vec<TextSource> {
    let parsed = expressions(text).into_iter().filter_map(Expression::parse);
    parsed.flat_map(|expression| expression.sources()).collect()
}

struct Parser<'t> {
    rest: Peekable<Chars<'t>>,
}

impl Parser<'_> {
    fn or(&mut self, depth: usize) -> Option<Expression> {
        self.operands('|', depth, Self::and, Expression::Or)
    }

    fn and(&mut self, depth: usize) -> Option<Expression> {
        self.operands('&', depth, Self::comparison, Expression::And)
    }

    fn operands(
        &mut self,
        operator: char,
        depth: usize,
        operand: fn(&mut Self, usize) -> Option<Expression>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Option<Expression> {
        let mut found = vec![operand(self, depth)?];
        while self.take(operator) {
            self.rest.next_if_eq(&operator)?;
            found.push(operand(self, depth)?);
        }
        if found.len() > 1 { Some(join(found)) } else { found.pop() }
    }

    fn comparison(&mut self, depth: usize) -> Option<Expression> {
        let mut left = self.unary(depth)?;
        for _ in 0..MAX_DEPTH {
            self.skip_blanks();
            let Some(operator) = self.rest.next_if(|c| matches!(c, '=' | '!' | '<' | '>')) else {
                return Some(left);
            };
            let is_long = self.rest.next_if_eq(&'=').is_some();
            let comparison = match operator {
                '=' if is_long => Comparison::Equal,
                '!' if is_long => Comparison::Unequal,
                '<' | '>' => Comparison::Order,
                _ => return None,
            };
            left = Expression::Compare(comparison, Box::new([left, self.unary(depth)?]));
        }
        None
    }

    fn unary(&mut self, depth: usize) -> Option<Expression> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take('!') {
            return Some(Expression::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.take('(') {
            let inner = self.or(depth + 1)?;
            self.take(')').then_some(())?;
            return self.below(inner, depth);
        }
        if self.rest.peek() == Some(&'\'') {
            return self.literal();
        }
        let name = self.name();
        if name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return Some(Expression::Constant(name));
        }
        if name.is_empty() {
            return None;
        }
        if !self.take('(') {
            return match name.as_str() {
                "true" | "false" | "null" | "nan" | "infinity" => Some(Expression::Constant(name)),
                _ => {
                    let name = if OTHER_NAMES.contains(&name.as_str()) { "github".to_owned() } else { name };
                    self.below(Expression::Path(vec![name]), depth)
                }
            };
        }
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.or(depth + 1)?);
                if self.take(')') {
                    break;
                }
                self.take(',').then_some(())?;
            }
        }
        self.below(Expression::Call(name, arguments), depth)
    }

    /// Reads the properties after a value. Those of other values than contexts are left out.
    fn below(&mut self, mut value: Expression, depth: usize) -> Option<Expression> {
        loop {
            let part = if self.take('.') {
                self.skip_blanks();
                if self.rest.next_if_eq(&'*').is_some() { "*".to_owned() } else { self.name() }
            } else if self.take('[') {
                let index = if self.take('*') { None } else { Some(self.or(depth + 1)?) };
                self.take(']').then_some(())?;
                match index {
                    Some(Expression::Literal(name)) if !name.bytes().all(|byte| byte.is_ascii_digit()) => {
                        name.to_ascii_lowercase()
                    }
                    _ => "*".to_owned(),
                }
            } else {
                return Some(value);
            };
            if let Expression::Path(path) = &mut value {
                path.push(part);
            }
        }
    }

    fn literal(&mut self) -> Option<Expression> {
        self.rest.next_if_eq(&'\'')?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '\'' if self.rest.next_if_eq(&'\'').is_some() => text.push('\''),
                '\'' => return Some(Expression::Literal(text)),
                c => text.push(c),
            }
        }
    }

    /// Reads a name or a number, in lower case.
    fn name(&mut self) -> String {
        let mut name = String::new();
        let is_number = self.rest.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        let is_part =
            |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-') || is_number && matches!(c, '.' | '+');
        while let Some(c) = self.rest.next_if(is_part) {
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// Reads a character after blanks; false if another one stands there.
    fn take(&mut self, c: char) -> bool {
        self.skip_blanks();
        self.rest.next_if_eq(&c).is_some()
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(expression: &str) -> Vec<String> {
        let sources = Expression::parse(expression).map(|expression| expression.sources());
        let text = |source: &TextSource| {
            let path = source.path.join(".");
            if source.is_json { format!("json {path}") } else { path }
        };
        sources.unwrap_or_default().iter().map(text).collect()
    }

    #[test]
    fn only_values_that_reach_the_text_are_sources() {
        for (expression, expected) in [
            ("github.head_ref", &["github.head_ref"][..]),
            (
                "gitea.head_ref || forgejo['event'].issue.title",
                &["github.head_ref", "github.event.issue.title"],
            ),
            ("inputs.gitea.x", &["inputs.gitea.x"]),
            (" github . Head_Ref ", &["github.head_ref"]),
            ("github['event'][ 'issue' ].title", &["github.event.issue.title"]),
            ("github.event.commits[0].message", &["github.event.commits.*.message"]),
            ("github.event.commits.*.message", &["github.event.commits.*.message"]),
            ("github.event.commits[*].message", &["github.event.commits.*.message"]),
            ("a.b || c.d", &["a.b", "c.d"]),
            ("a.b && c.d", &["c.d"]),
            ("a.b == 'x' && 'y' || 'z'", &[]),
            ("a.b && 'y' || c.d", &["c.d"]),
            ("!a.b", &[]),
            ("a.b != c.d", &[]),
            ("a.b<=5 || c", &["c"]),
            ("contains(a.b, 'x')", &[]),
            ("startsWith(a.b, 'x') && a.b", &["a.b"]),
            ("hashFiles('**/x', a.b)", &[]),
            ("format('{0}', a.b)", &["a.b"]),
            ("format('{0} it''s', join(a.*.b, ','))", &["a.*.b"]),
            ("toJSON(a)", &["json a"]),
            ("fromJSON(toJson(a.b)).c", &["json a.b"]),
            ("env[a.b]", &["env.*"]),
            ("(a.b)", &["a.b"]),
            ("'a.b'", &[]),
            ("5 || -1.5 || 0xff || true || null", &[]),
            ("a.b ||", &[]),
            ("a.b | c", &[]),
            ("a.b = c", &[]),
            ("a b", &[]),
            ("(a", &[]),
            ("f(a", &[]),
            ("", &[]),
        ] {
            assert_eq!(texts(expression), expected, "{expression}");
        }
    }

    #[test]
    fn deep_nesting_is_read_with_bounded_recursion() {
        for text in ["(", "!", "f(", "a[", "a||", "a&&", "a=="] {
            assert_eq!(Expression::parse(&text.repeat(100_000)), None);
        }
    }

    #[test]
    fn expressions_of_a_text_are_found() {
        for (text, expected) in [
            ("x ${{ a }} ${{b}}", &[" a ", "b"][..]),
            ("${{ '}}' || a }}", &[" '}}' || a "]),
            ("${{ a", &[]),
            ("a }}", &[]),
        ] {
            assert_eq!(expressions(text), expected, "{text}");
        }
    }

    #[test]
    fn a_guard_counts_only_where_nothing_else_suffices() {
        let is_guard = |part: &Expression| part.path().as_deref() == Some("g");
        for (condition, expected) in [
            ("g", true),
            ("${{ g }}", true),
            ("a && g", true),
            ("a || g", false),
            ("(a || g) && b", false),
            ("(a && g) || (g && b)", true),
            ("!g", false),
            ("${{ g }} && a", false),
            ("x ${{ g }}", false),
        ] {
            let parsed = Expression::condition(condition);
            assert_eq!(parsed.is_some_and(|parsed| parsed.implies(&is_guard)), expected, "{condition}");
        }
    }
}
