//! Expressions that are always true, or never.

use super::expression::{Comparison, Expression};

impl Expression {
    /// Returns whether the expression is true; `None` if it is not always the same.
    pub(crate) fn constant(&self) -> Option<bool> {
        self.truth(&|_| None)
    }

    /// Returns whether the condition of a step or a job holds if all before have succeeded; `None` if that is not known.
    pub(crate) fn after_success(&self) -> Option<bool> {
        self.truth(&|name| match name {
            "success" | "always" => Some(true),
            "failure" | "cancelled" => Some(false),
            _ => None,
        })
    }

    fn truth(&self, call: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Literal(text) => Some(!text.is_empty()),
            Self::Constant(value) => match value.as_str() {
                "true" | "infinity" => Some(true),
                "false" | "null" | "nan" => Some(false),
                number => number.parse::<f64>().ok().map(|number| number != 0.0),
            },
            Self::Path(_) => None,
            Self::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                ("fromjson", [Self::Literal(text)]) => Self::parse(text)?.truth(call),
                ("contains", [Self::Literal(text), Self::Literal(part)]) => {
                    Some(text.to_lowercase().contains(&part.to_lowercase()))
                }
                ("startswith", [Self::Literal(text), Self::Literal(part)]) => {
                    Some(text.to_lowercase().starts_with(&part.to_lowercase()))
                }
                ("endswith", [Self::Literal(text), Self::Literal(part)]) => {
                    Some(text.to_lowercase().ends_with(&part.to_lowercase()))
                }
                (name, _) => call(name),
            },
            Self::Not(inner) => inner.truth(call).map(|truth| !truth),
            Self::Compare(comparison, sides) => {
                let is_equal = match &**sides {
                    [Self::Literal(left), Self::Literal(right)] => left.eq_ignore_ascii_case(right),
                    [Self::Constant(left), Self::Constant(right)] => left == right,
                    _ => return None,
                };
                match comparison {
                    Comparison::Equal => Some(is_equal),
                    Comparison::Unequal => Some(!is_equal),
                    Comparison::Order => None,
                }
            }
            Self::And(operands) => all_known(operands.iter().map(|operand| operand.truth(call)), false),
            Self::Or(operands) => all_known(operands.iter().map(|operand| operand.truth(call)), true),
        }
    }
}

/// Returns the result that one operand decides; the other one if no operand does; `None` if that is not known.
fn all_known(operands: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let mut is_known = true;
    for operand in operands {
        match operand {
            Some(truth) if truth == deciding => return Some(deciding),
            Some(_) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(!deciding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_decide_a_condition() {
        for (condition, alone, after_success) in [
            ("false", Some(false), Some(false)),
            ("${{ false }}", Some(false), Some(false)),
            ("${{ !true }}", Some(false), Some(false)),
            ("0", Some(false), Some(false)),
            ("1", Some(true), Some(true)),
            ("''", Some(false), Some(false)),
            ("null", Some(false), Some(false)),
            ("fromJSON('false')", Some(false), Some(false)),
            ("fromJSON('\"x\"')", None, None),
            ("'a' == 'b'", Some(false), Some(false)),
            ("'a' == 'A'", Some(true), Some(true)),
            ("1 != 1", Some(false), Some(false)),
            ("a.b && false", Some(false), Some(false)),
            ("a.b && true", None, None),
            ("a.b || true", Some(true), Some(true)),
            ("false || ''", Some(false), Some(false)),
            ("startsWith('abc', 'x')", Some(false), Some(false)),
            ("contains('abc', 'B')", Some(true), Some(true)),
            ("failure()", None, Some(false)),
            ("cancelled() || failure()", None, Some(false)),
            ("!cancelled()", None, Some(true)),
            ("always()", None, Some(true)),
            ("success() && a.b", None, None),
            ("a.b", None, None),
            ("a.b == 'x'", None, None),
        ] {
            let parsed = Expression::condition(condition).unwrap();
            assert_eq!((parsed.constant(), parsed.after_success()), (alone, after_success), "{condition}");
        }
    }
}
