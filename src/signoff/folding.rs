//! Folding of names and addresses for comparison, and invisible characters in them.

use std::borrow::Cow;
use std::fmt;

use bstr::{BString, ByteSlice as _};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::Identity;
use super::settings::Comparison;
use crate::text::{hidden_chars, without_joiners};

/// Folded name and folded address.
pub(super) type Folded = (BString, BString);

/// Folds an identity for comparison.
///
/// Ignores the case of letters, Unicode composition, and the number of blanks between the words of the
/// name. Look-alike characters stay different.
pub(super) fn fold(who: &Identity, comparison: Comparison) -> Folded {
    let name = match comparison {
        Comparison::NameAndEmail => fold_name(&who.name),
        Comparison::Email => BString::default(),
    };
    (name, fold_email(&who.email))
}

/// Returns the first character of an identity that is invisible or changes how others are shown.
pub(super) fn hidden(identity: &Identity) -> Option<HiddenChar> {
    [&identity.name, &identity.email].into_iter().find_map(|text| hidden_in(text))
}

/// An invisible character, and the text before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenChar {
    /// Character that is invisible or changes how others are shown.
    pub character: char,
    /// Text before the character.
    pub before: String,
}

fn hidden_in(text: &[u8]) -> Option<HiddenChar> {
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut end = 0;
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        let control = valid.char_indices().find(|(_, c)| c.is_control());
        if let Some((at, character)) = control.into_iter().chain(hidden_chars(valid)).min() {
            let before = text.split_at(end + at).0.to_str_lossy().into_owned();
            return Some(HiddenChar { character, before });
        }
        end += valid.len() + chunk.invalid().len();
    }
    None
}

impl fmt::Display for HiddenChar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", u32::from(self.character))
    }
}

/// First difference between two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Character of the first text; `None` at its end.
    pub left: Option<char>,
    /// Character of the second text; `None` at its end.
    pub right: Option<char>,
}

/// Returns the first difference between two names after folding; `None` if they are equal.
pub(crate) fn name_difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    difference(&fold_name(a), &fold_name(b))
}

/// Returns the first difference between two addresses after folding; `None` if they are equal.
pub(crate) fn email_difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    difference(&fold_email(a), &fold_email(b))
}

fn difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    let (mut left, mut right) = (a.chars(), b.chars());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return None,
            (left, right) if left != right => return Some(Difference { left, right }),
            _ => {}
        }
    }
}

impl fmt::Display for Difference {
    /// Writes both characters, with their code points unless they are printable ASCII.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |c: Option<char>| match c {
            None => "the end of the text".to_owned(),
            Some(c) if c.is_ascii_graphic() => format!("`{c}`"),
            Some(' ') => "a space".to_owned(),
            Some(c) => {
                format!("`{}` (U+{:04X})", crate::text::escape(c.to_string().as_bytes()), u32::from(c))
            }
        };
        write!(f, "{} instead of {}", show(self.left), show(self.right))
    }
}

/// Folds a name. Bytes that are not UTF-8 are compared as they are.
fn fold_name(name: &[u8]) -> BString {
    let words: Vec<&[u8]> = name.fields_with(|c| c.is_ascii_whitespace()).collect();
    let name = bstr::join(" ", words);
    match std::str::from_utf8(&name) {
        Ok(name) if name.is_ascii() => name.to_ascii_lowercase().into(),
        Ok(name) => without_joiners(name).nfc().map(lower).nfc().collect::<String>().into(),
        Err(_) => name.into(),
    }
}

/// Folds an address. Ignores case only for ASCII letters.
fn fold_email(email: &[u8]) -> BString {
    let email = match std::str::from_utf8(email) {
        Ok(text) if !is_nfc(text) => Cow::Owned(text.nfc().collect::<String>().into_bytes()),
        _ => Cow::Borrowed(email),
    };
    email.to_ascii_lowercase().into()
}

/// Returns the simple lower case of a letter, always one letter. A final sigma becomes the ordinary one.
fn lower(c: char) -> char {
    match c.to_lowercase().next() {
        Some('ς') => 'σ',
        Some(lower) => lower,
        None => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &Identity, b: &Identity, comparison: Comparison) -> bool {
        fold(a, comparison) == fold(b, comparison)
    }

    fn same_name(a: &str, b: &str) -> bool {
        same(&Identity::new(a, "x@x.test"), &Identity::new(b, "x@x.test"), Comparison::NameAndEmail)
    }

    #[test]
    fn case_composition_and_blanks_are_ignored() {
        for (a, b) in [
            ("Ana Ruiz", "ANA  \truiz"),
            ("M\u{fc}ller", "Mu\u{308}ller"),
            ("M\u{dc}LLER", "mu\u{308}ller"),
            ("Νικος", "ΝΙΚΟΣ"),
            ("Иван", "ИВАН"),
        ] {
            assert!(same_name(a, b), "{a} {b}");
        }
    }

    #[test]
    fn look_alikes_and_compatible_forms_differ() {
        for (a, b) in [
            ("Ana Ruiz", "\u{410}na Ruiz"),
            ("Ana Ruiz", "Ana\u{a0}Ruiz"),
            ("Ana Ruiz", "\u{ff21}na Ruiz"),
            ("fine", "\u{fb01}ne"),
            ("Weiß", "WEISS"),
            ("Ruiz", "Ruız"),
            ("Jose", "José"),
            ("Ana Ruiz", "AnaRuiz"),
        ] {
            assert!(!same_name(a, b), "{a} {b}");
        }
    }

    #[test]
    fn invalid_utf8_matches_only_itself() {
        let latin = Identity::new(&b"Jos\xe9"[..], "x@x.test");
        assert!(same(&latin, &latin.clone(), Comparison::NameAndEmail));
        assert!(!same(&latin, &Identity::new("José", "x@x.test"), Comparison::NameAndEmail));
    }

    #[test]
    fn addresses_ignore_only_ascii_case() {
        let person = |email: &str| Identity::new("A", email);
        let same = |a, b| same(&person(a), &person(b), Comparison::NameAndEmail);
        assert!(same("Ana@X.Test", "ana@x.test"));
        assert!(same("a@ex\u{e4}mple.test", "a@exa\u{308}mple.test"));
        assert!(!same("É@x.test", "é@x.test"));
        assert!(!same("ana+oss@x.test", "ana@x.test"));
    }

    #[test]
    fn a_policy_may_compare_addresses_only() {
        let (a, b) = (Identity::new("ana", "a@x.test"), Identity::new("Ana Ruiz", "A@x.test"));
        assert!(same(&a, &b, Comparison::Email) && !same(&a, &b, Comparison::NameAndEmail));
    }

    #[test]
    fn hidden_characters_are_found() {
        for (name, point) in [
            ("Ana\u{200b} Ruiz", "U+200B"),
            ("\u{202e}Ana", "U+202E"),
            ("Ana\u{1}", "U+0001"),
            ("Ana\u{85}", "U+0085"),
            ("A\u{ad}na", "U+00AD"),
        ] {
            assert_eq!(hidden(&Identity::new(name, "a@x.test")).unwrap().to_string(), point);
        }
        assert_eq!(hidden(&Identity::new("José \u{a0} Ruiz", "a@x.test")), None);
        assert_eq!(hidden(&Identity::new(&b"Jos\xe9"[..], "a@x.test")), None);
        assert!(hidden(&Identity::new("Ana", "a\u{200d}@x.test")).is_some());
    }

    #[test]
    fn the_first_difference_is_shown_with_its_code_point() {
        let shown = |a: &str, b: &str| name_difference(a.as_bytes(), b.as_bytes()).unwrap().to_string();
        assert_eq!(shown("Ana Ruiz", "Ana"), "a space instead of the end of the text");
        assert_eq!(shown("\u{430}na", "ana"), "`а` (U+0430) instead of `a`");
    }
}
