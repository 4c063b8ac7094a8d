//! Properties of contexts that expressions read: `secrets.NAME`, `steps['id'].outputs`, `env.NAME`.

use crate::workflow::yaml::fold::has_expression;

/// Property of a context that an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    /// Property with this name, as written. Names are compared without case.
    Named(String),
    /// Property chosen at run time, or all properties.
    Any,
}

impl Property {
    /// Returns the name; `None` if it may be any.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Any => None,
        }
    }
}

/// Returns the properties of a context that the expressions of a text read, in order.
pub(crate) fn properties(text: &str, context: &str) -> Vec<Property> {
    let mut found = Vec::new();
    // Most texts have none.
    if !has_expression(text) {
        return found;
    }
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${{") {
        rest = expression(after, context, &mut found);
    }
    found
}

/// Reads one expression and returns the text after it. A string literal in it may contain `}}`.
fn expression<'t>(text: &'t str, context: &str, found: &mut Vec<Property>) -> &'t str {
    let mut rest = text;
    let mut after_dot = false;
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        if let Some(after) = rest.strip_prefix("}}") {
            return after;
        }
        if let Some(literal) = rest.strip_prefix('\'') {
            rest = literal.split_once('\'').map_or("", |(_, after)| after);
            after_dot = false;
        } else if is_name(c) {
            let (name, after) = split_name(rest);
            rest = after;
            if !after_dot && name.eq_ignore_ascii_case(context) {
                found.push(property(rest.trim_start()));
            }
            after_dot = false;
        } else {
            after_dot = c == '.' || after_dot && c.is_whitespace();
            rest = chars.as_str();
        }
        chars = rest.chars();
    }
    ""
}

/// Returns the property that the text after the name of a context selects.
fn property(text: &str) -> Property {
    let name = if let Some(rest) = text.strip_prefix('.') {
        Some(split_name(rest.trim_start()).0)
    } else {
        let literal = text.strip_prefix('[').and_then(|rest| rest.trim_start().strip_prefix('\''));
        let literal = literal.and_then(|rest| rest.split_once('\''));
        literal.filter(|(_, after)| after.trim_start().starts_with(']')).map(|(name, _)| name)
    };
    name.filter(|name| !name.is_empty()).map_or(Property::Any, |name| Property::Named(name.to_owned()))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn split_name(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_only_in_expressions() {
        for (text, names) in [
            ("${{ secrets.A }}", &[Some("A")][..]),
            ("${{secrets.A}}-${{ Secrets . b-c }}", &[Some("A"), Some("b-c")]),
            ("${{ secrets['A'] }}", &[Some("A")]),
            ("${{ secrets[ 'A' ] || secrets.B }}", &[Some("A"), Some("B")]),
            ("${{ secrets[inputs.x] }}", &[None]),
            ("${{ secrets[format('A{0}', 1)] }}", &[None]),
            ("${{ secrets['A' && 'B'] }}", &[None]),
            ("${{ toJSON(secrets) }}", &[None]),
            ("${{ secrets.* }}", &[None]),
            ("${{ 'secrets.A' }}", &[]),
            ("${{ 'it''s }} secrets.A' }} secrets.B", &[]),
            ("${{ '}}' && secrets.A }}", &[Some("A")]),
            ("${{ inputs.secrets.A }}", &[]),
            ("${{ inputs. secrets }}", &[]),
            ("${{ my-secrets.A }}", &[]),
            ("secrets.A", &[]),
            ("${{ secrets.A", &[Some("A")]),
        ] {
            let found = properties(text, "secrets");
            let found: Vec<Option<&str>> = found.iter().map(Property::name).collect();
            assert_eq!(found, names, "{text}");
        }
    }
}
