//! Folding of `${{ 'literal' }}`: the forge replaces an expression that is only a string literal by the
//! string, in keys and in values, even where expressions are not allowed.

use memchr::memchr_iter;

/// Returns the string if the whole text is one expression with a single string literal.
pub(in crate::workflow) fn folded(text: &str) -> Option<String> {
    let inner = text.strip_prefix("${{")?.strip_suffix("}}")?.trim();
    let literal = inner.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut out = String::with_capacity(literal.len());
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        // A quote inside a literal is doubled; a single one ends it, and more than the literal follows.
        if c == '\'' && rest.next() != Some('\'') {
            return None;
        }
        out.push(c);
    }
    Some(out)
}

/// Returns whether a text contains the start of an expression.
pub(crate) fn has_expression(text: &str) -> bool {
    let text = text.as_bytes();
    memchr_iter(b'$', text).any(|at| text.get(at..).is_some_and(|rest| rest.starts_with(b"${{")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lone_string_literal_is_folded() {
        for (text, literal) in [
            ("${{ 'a/b@main' }}", Some("a/b@main")),
            ("${{'uses'}}", Some("uses")),
            ("${{ 'it''s' }}", Some("it's")),
            ("${{ '{{ }}' }}", Some("{{ }}")),
            ("${{ '' }}", Some("")),
            ("x${{ 'a' }}", None),
            (" ${{ 'a' }}", None),
            ("${{ 'a' }}${{ 'b' }}", None),
            ("${{ 'a' || 'b' }}", None),
            ("${{ ' }}", None),
            ("${{ ''' }}", None),
            ("${{ inputs.x }}", None),
            ("${{}}", None),
            ("uses", None),
        ] {
            assert_eq!(folded(text).as_deref(), literal, "{text}");
        }
    }
}
