//! Lines between and below sign-offs that are neither trailers nor prose.

use bstr::ByteSlice as _;

use super::trailer::CHERRY_PICKED;

/// Maximum number of words in the key of a note, such as `BREAKING CHANGE`.
const MAX_KEY_WORDS: usize = 3;

/// Returns whether a line is a note that a tool or a maintainer writes among the trailers of a message.
///
/// No note certifies anything, and none continues a sentence: a sign-off above it is no quotation. Notes are
///
/// - a whole line in brackets: `[ana: moved the check]`, `(backported from commit ..)`;
/// - `cherry picked from commit <oid>` without brackets;
/// - one to three words, a colon, and a value: `BREAKING CHANGE: ..`, `Co-authored by: ..`;
/// - a reference: `Fixes #12 and #13`, `Fixes PROJ-12`, `See merge request group/project!12`, `PROJ-12`, a URL.
pub(super) fn is_note(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.starts_with(CHERRY_PICKED)
        || is_bracketed(line)
        || line.strip_prefix(b"cherry picked from commit ").is_some_and(is_oid)
        || has_worded_key(line)
        || is_reference(line)
}

/// Returns whether the bracket that opens a line closes at its end: `(a) as said (there)` is a sentence.
fn is_bracketed(line: &[u8]) -> bool {
    [(b'[', b']'), (b'(', b')')].into_iter().any(|(open, close)| {
        let mut depth = 0_i64;
        let mut is_closed = line.iter().map(|byte| {
            depth += i64::from(*byte == open) - i64::from(*byte == close);
            depth <= 0
        });
        line.first() == Some(&open) && is_closed.position(|closed| closed) == line.len().checked_sub(1)
    })
}

fn is_oid(text: &[u8]) -> bool {
    (7..=64).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit)
}

/// Returns whether a line is a key of a few capitalised or hyphenated words, a colon, a blank and a value.
///
/// A sentence with a colon (`as he said: ..`) is none: each word of a key begins with a capital letter, or with the
/// second word `by`, as people misspell `Co-authored-by`.
fn has_worded_key(line: &[u8]) -> bool {
    let Some((key, value)) = line.split_once_str(": ") else { return false };
    let words: Vec<&[u8]> = key.split_str(" ").collect();
    let is_word = |word: &&[u8]| {
        word.first().is_some_and(u8::is_ascii_uppercase)
            && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let names = match words.as_slice() {
        [first, b"by"] => std::slice::from_ref(first),
        words => words,
    };
    !value.trim_ascii().is_empty() && names.len() <= MAX_KEY_WORDS && names.iter().all(is_word)
}

/// Returns whether a line refers to an issue or a merge request, and says nothing else.
fn is_reference(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.fields().collect();
    match words.as_slice() {
        [b"See", b"merge", b"request", target] => is_issue(target),
        [word, issues @ .., last] => {
            let is_target = |issue: &&[u8]| is_target(issue.trim_end_with(|c| c == ','));
            let is_joint = |word: &&[u8]| **word == *b"and" || **word == *b"&";
            word.iter().all(u8::is_ascii_alphabetic)
                && is_target(last)
                && issues.iter().all(|issue| is_target(issue) || is_joint(issue))
        }
        [key] => is_issue_key(key),
        _ => false,
    }
}

/// Returns whether a word is what a reference can refer to.
fn is_target(word: &[u8]) -> bool {
    let is_url = |rest: &[u8]| rest.len() > 1 && rest.iter().all(u8::is_ascii_graphic);
    is_issue(word) || is_issue_key(word) || word.strip_prefix(b"https://").is_some_and(is_url)
}

/// Returns whether a word names an issue or a merge request: `#12`, `group/project#12`, `group/project!12`.
fn is_issue(word: &[u8]) -> bool {
    let Some(at) = word.rfind_byteset("#!") else { return false };
    let (project, number) = word.split_at(at);
    let is_number = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let is_project = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    number.get(1..).is_some_and(is_number) && project.iter().all(is_project)
}

/// Returns whether a word is the key of an issue: `PROJ-12`.
fn is_issue_key(word: &[u8]) -> bool {
    let Some((project, number)) = word.split_once_str("-") else { return false };
    project.len() >= 2
        && project.iter().all(u8::is_ascii_uppercase)
        && !number.is_empty()
        && number.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_prose() {
        for (line, note) in [
            ("[ana: moved the check]", true),
            ("(backported from commit 11bd719)", true),
            ("(cherry picked from commit 11bd719)", true),
            ("(cherry picked from commit 11bd719) and more", true),
            ("cherry picked from commit 11bd719", true),
            ("BREAKING CHANGE: no more tabs", true),
            ("Co-authored by: Bo <bo@x.test>", true),
            ("Fixes #12", true),
            ("Closes #1, #2", true),
            ("Refs group/project#12", true),
            ("See merge request group/sub/project!12", true),
            ("PROJ-12", true),
            ("Fixes PROJ-12", true),
            ("Fixes GH-12 & GH-13", true),
            ("closes #1, #2 and #3", true),
            ("Fixes https://github.com/a/b/issues/12", true),
            ("Fixes #12 and", false),
            ("and #12", true),
            ("Fixes https://", false),
            ("Fixes #12 in prose", false),
            ("Fixes PROJ-12 for good", false),
            ("and so on", false),
            ("he said: this is it", false),
            ("This is how it works: it does not", false),
            ("Fixes the bug", false),
            ("#12", false),
            ("See merge request", false),
            ("cherry picked from commit of Bo", false),
            ("(not closed", false),
            ("[ana: moved a[i]]", true),
            ("(a) this is an example (see above)", false),
            ("[1] is a quotation, see [2]", false),
            ("Handle an empty refspec (#12)", false),
            ("Key:", false),
            ("", false),
        ] {
            assert_eq!(is_note(line.as_bytes()), note, "{line}");
        }
    }
}
