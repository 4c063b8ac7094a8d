//! Commands whose result is always the same.

/// Returns the result of a command that is always the same; `None` for all others.
pub(super) fn constant(words: &[&str]) -> Option<bool> {
    match words {
        ["true" | ":", ..] => Some(true),
        ["false", ..] => Some(false),
        ["[", operands @ .., "]"] | ["[[", operands @ .., "]]"] | ["test", operands @ ..] => test(operands),
        _ => None,
    }
}

fn test(operands: &[&str]) -> Option<bool> {
    if operands.iter().any(|word| word.contains(['$', '`', '*', '?', '[', '~', '{'])) {
        return None;
    }
    match operands {
        [] => Some(false),
        ["!", rest @ ..] => test(rest).map(|result| !result),
        ["-n", text] | [text] if !text.starts_with('-') || operands.len() == 2 => Some(!text.is_empty()),
        ["-z", text] => Some(text.is_empty()),
        [left, "=" | "==", right] => Some(left == right),
        [left, "!=", right] => Some(left != right),
        [left, operator, right] => {
            let (left, right) = (left.parse::<i64>().ok()?, right.parse::<i64>().ok()?);
            match *operator {
                "-eq" => Some(left == right),
                "-ne" => Some(left != right),
                "-lt" => Some(left < right),
                "-le" => Some(left <= right),
                "-gt" => Some(left > right),
                "-ge" => Some(left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}
