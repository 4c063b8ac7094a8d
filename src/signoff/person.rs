//! When two identities are one person.

use std::borrow::Cow;
use std::fmt;

use bstr::{BString, ByteSlice as _};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::Identity;
use super::settings::Comparison;
use crate::text::is_hidden;

/// A name and an address as they are compared.
pub(super) type Folded = (BString, BString);

/// An identity as it is compared: without regard to the case of letters, to how they are composed, and to how many blanks
/// part the words of the name. Look-alikes stay different.
pub(super) fn fold(who: &Identity, comparison: Comparison) -> Folded {
    let name = match comparison {
        Comparison::NameAndEmail => fold_name(&who.name),
        Comparison::Email => BString::default(),
    };
    (name, fold_email(&who.email))
}

/// The first character of an identity that people cannot see, or that changes how others are shown.
pub(super) fn hidden(identity: &Identity) -> Option<Hidden> {
    [&identity.name, &identity.email].into_iter().find_map(|text| hidden_in(text))
}

/// A character that cannot be seen, and what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The character.
    pub character: char,
    /// The text up to it.
    pub before: String,
}

fn hidden_in(text: &[u8]) -> Option<Hidden> {
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    // What stands for bytes that are no UTF-8 is none of these characters.
    text.char_indices().find(|(.., c)| is_bad(*c)).map(|(start, _, character)| {
        let before = text.get(..start).unwrap_or_default().to_str_lossy().into_owned();
        Hidden { character, before }
    })
}

fn is_bad(c: char) -> bool {
    c.is_control() || is_hidden(c)
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", u32::from(self.character))
    }
}

/// How two texts differ where they first do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The character of the first text; none where it has ended.
    pub left: Option<char>,
    /// The character of the second text; none where it has ended.
    pub right: Option<char>,
}

/// The first difference of two names that the comparison does not overlook.
pub(crate) fn name_difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    difference(&fold_name(a), &fold_name(b))
}

/// The first difference of two addresses that the comparison does not overlook.
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
    /// Writes both characters; those that look like others, with their code points.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |c: Option<char>| match c {
            None => "the end".to_owned(),
            Some(c) if c.is_ascii_graphic() => format!("`{c}`"),
            Some(' ') => "a blank".to_owned(),
            Some(c) => {
                format!("`{}` (U+{:04X})", crate::text::escape(c.to_string().as_bytes()), u32::from(c))
            }
        };
        write!(f, "{} instead of {}", show(self.left), show(self.right))
    }
}

/// A name as it is compared. Bytes that are not UTF-8 are compared as they are.
fn fold_name(name: &[u8]) -> BString {
    let words: Vec<&[u8]> = name.fields_with(|c| c.is_ascii_whitespace()).collect();
    let name = bstr::join(" ", words);
    match std::str::from_utf8(&name) {
        Ok(name) if name.is_ascii() => name.to_ascii_lowercase().into(),
        Ok(name) => name.nfc().map(lower).nfc().collect::<String>().into(),
        Err(_) => name.into(),
    }
}

/// An address as it is compared: only ASCII letters have no case in it.
fn fold_email(email: &[u8]) -> BString {
    let email = match std::str::from_utf8(email) {
        Ok(text) if !is_nfc(text) => Cow::Owned(text.nfc().collect::<String>().into_bytes()),
        _ => Cow::Borrowed(email),
    };
    email.to_ascii_lowercase().into()
}

/// The simple lower case of a letter: always one letter. Both forms of a small sigma are one.
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
    fn case_composition_and_blanks_do_not_make_another_person() {
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
    fn look_alikes_and_compatible_forms_are_other_people() {
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
    fn bytes_that_are_no_text_match_only_themselves() {
        let latin = Identity::new(&b"Jos\xe9"[..], "x@x.test");
        assert!(same(&latin, &latin.clone(), Comparison::NameAndEmail));
        assert!(!same(&latin, &Identity::new("José", "x@x.test"), Comparison::NameAndEmail));
    }

    #[test]
    fn addresses_are_compared_with_ascii_letters_folded() {
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
    fn what_cannot_be_seen_is_named() {
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
        assert_eq!(shown("Ana Ruiz", "Ana"), "a blank instead of the end");
        assert_eq!(shown("\u{430}na", "ana"), "`а` (U+0430) instead of `a`");
    }
}
