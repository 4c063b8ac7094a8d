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
                (name, [Self::Literal(text), Self::Literal(part)]) => {
                    let (text, part) = (in_lower_case(text)?, in_lower_case(part)?);
                    match name {
                        "contains" => Some(text.contains(&part)),
                        "startswith" => Some(text.starts_with(&part)),
                        "endswith" => Some(text.ends_with(&part)),
                        name => call(name),
                    }
                }
                (name, _) => call(name),
            },
            Self::Not(inner) => inner.truth(call).map(|truth| !truth),
            Self::Compare(comparison, sides) => {
                let is_equal = match &**sides {
                    [Self::Literal(left), Self::Literal(right)] => {
                        in_lower_case(left)? == in_lower_case(right)?
                    }
                    [Self::Constant(left), Self::Constant(right)] => number(left)? == number(right)?,
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

/// Returns a text in lower case; `None` if the forge may fold it in another way.
fn in_lower_case(text: &str) -> Option<String> {
    text.is_ascii().then(|| text.to_ascii_lowercase())
}

/// Returns the number as which the forge compares a constant; `None` if it is not finite, or written in another way.
fn number(constant: &str) -> Option<f64> {
    match constant {
        "true" => Some(1.0),
        "false" | "null" => Some(0.0),
        number => number.parse().ok().filter(|number: &f64| number.is_finite()),
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
            ("1 == 1.0", Some(true), Some(true)),
            ("+1 == 1", Some(true), Some(true)),
            ("1e0 == 1", Some(true), Some(true)),
            ("false == null", Some(true), Some(true)),
            ("true == false", Some(false), Some(false)),
            ("0x1 == 1", None, None),
            ("NaN != NaN", None, None),
            ("'É' == 'é'", None, None),
            ("contains('É', 'x')", None, None),
            ("startsWith('a', 'É')", None, None),
            ("endsWith('É', 'x')", None, None),
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
