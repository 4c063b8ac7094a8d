//! Folding of names and addresses for comparison, and invisible characters in them.

use std::fmt;

use bstr::{BString, ByteSlice as _};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::Identity;
use crate::text::{hidden_chars, without_joiners};

/// Start of the host of an address that a forge hides mail behind.
const NOREPLY: &[u8] = b"users.noreply.";

/// Returns the first character of an identity that is invisible or changes how others are shown.
pub(super) fn hidden(identity: &Identity) -> Option<HiddenChar> {
    [&identity.name, &identity.email].into_iter().find_map(|text| hidden_in(text))
}

/// An invisible character, and the text before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenChar {
    /// Character that is invisible or changes how others are shown.
    pub character: char,
    /// Text before the character, or the end of a long one.
    pub before: String,
}

/// Maximum number of characters that are kept of the text before a hidden one.
const SHOWN: usize = 40;

fn hidden_in(text: &[u8]) -> Option<HiddenChar> {
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut end = 0;
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        let control = valid.char_indices().find(|(_, c)| c.is_control());
        if let Some((at, character)) = control.into_iter().chain(hidden_chars(valid)).min() {
            let before = text.split_at(end + at).0.to_str_lossy();
            let skipped = before.chars().count().saturating_sub(SHOWN);
            let before = before.chars().skip(skipped).collect();
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

/// Returns a name without its characters that are invisible or change how others are shown; `None` if it has none.
pub(crate) fn without_hidden(name: &[u8]) -> Option<String> {
    hidden_in(name)?;
    let mut name = name.to_str_lossy().into_owned();
    // What is left may be hidden without its neighbour.
    while hidden_in(name.as_bytes()).is_some() {
        let hidden: Vec<usize> = hidden_chars(&name).map(|(at, _)| at).collect();
        let kept = name.char_indices().filter(|(at, c)| !c.is_control() && !hidden.contains(at));
        name = kept.map(|(_, c)| c).collect();
    }
    Some(name.trim().to_owned())
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
    let (a, b) = (FoldedAddress::of(a), FoldedAddress::of(b));
    difference(&a.address, &b.address).or_else(|| a.number_difference(&b))
}

/// Returns whether two addresses are those of one account. Two numbers are two accounts.
pub(super) fn is_same_email(a: &[u8], b: &[u8]) -> bool {
    a == b || email_difference(a, b).is_none()
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

/// Maximum number of edits between texts that are nearly the same.
const NEAR: usize = 2;

/// Returns the first difference between two names or addresses that are nearly the same after folding.
///
/// `None` if they are equal, or if anyone sees that they differ: that the first letters do then says nothing.
fn near(a: &[u8], b: &[u8]) -> Option<Difference> {
    let (left, right) = (a.to_str_lossy(), b.to_str_lossy());
    let longest = left.chars().count().max(right.chars().count());
    // The distance of long texts takes long, and texts of different lengths have at least that distance.
    let is_long = left.chars().count().abs_diff(right.chars().count()) > NEAR || longest > MAX_COMPARED;
    let is_near = |distance: usize| distance <= NEAR && distance * 3 <= longest;
    (!is_long && is_near(strsim::levenshtein(&left, &right))).then(|| difference(a, b)).flatten()
}

/// Maximum length of names and addresses that are compared by their distance, in characters.
const MAX_COMPARED: usize = 400;

/// Returns the first difference between two names that are nearly the same, as [`near`].
pub(crate) fn near_name_difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    near(&fold_name(a), &fold_name(b))
}

/// Returns the first difference between two addresses that are nearly the same, as [`near`].
pub(crate) fn near_email_difference(a: &[u8], b: &[u8]) -> Option<Difference> {
    let (a, b) = (FoldedAddress::of(a), FoldedAddress::of(b));
    match a.address == b.address {
        true => a.number_difference(&b),
        false => near(&a.address, &b.address),
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

/// Folds a name for comparison. Bytes that are not UTF-8 are compared as they are.
///
/// Ignores the case of letters, Unicode composition, joiners, and the number of blanks between the words.
/// Look-alike characters stay different.
pub(super) fn fold_name(name: &[u8]) -> BString {
    let words: Vec<&[u8]> = name.fields_with(|c| c.is_ascii_whitespace()).collect();
    let name = bstr::join(" ", words);
    match std::str::from_utf8(&name) {
        Ok(name) if name.is_ascii() => name.to_ascii_lowercase().into(),
        Ok(name) => without_joiners(name).nfc().map(lower).nfc().collect::<String>().into(),
        Err(_) => name.into(),
    }
}

/// An address, folded for comparison.
///
/// Ignores case only for ASCII letters. The number of an account before its name is apart, in an address that a forge
/// hides mail behind: `1+ana@users.noreply.github.com` is the same account as without `1+` (GitHub's documentation,
/// "Setting your commit email address"). The number alone tells two accounts apart ([`is_same_email`]).
#[derive(Debug)]
pub(super) struct FoldedAddress {
    /// Address without the number.
    pub(super) address: BString,
    /// Number of the account; `None` if the address has none.
    pub(super) number: Option<BString>,
}

impl FoldedAddress {
    /// Folds an address.
    pub(super) fn of(email: &[u8]) -> Self {
        let mut email = match std::str::from_utf8(email) {
            Ok(text) if !text.is_ascii() && !is_nfc(text) => text.nfc().collect::<String>().into_bytes(),
            _ => email.to_owned(),
        };
        email.make_ascii_lowercase();
        let number = number_of_account(&email).map(|number| number.as_bstr().to_owned());
        if let Some(number) = &number {
            email.drain(..=number.len());
        }
        Self { address: email.into(), number }
    }

    /// Returns the first difference between the numbers of two accounts; `None` if one address has no number.
    fn number_difference(&self, other: &Self) -> Option<Difference> {
        difference(self.number.as_ref()?, other.number.as_ref()?)
    }
}

/// Folds an address for comparison, and drops the number of its account.
pub(super) fn fold_email(email: &[u8]) -> BString {
    FoldedAddress::of(email).address
}

/// Returns the number of an account in an address that a forge hides mail behind; `None` if it has none.
pub(super) fn account_number(email: &[u8]) -> Option<BString> {
    FoldedAddress::of(email).number
}

/// Returns the number at the start of an address in lower case that a forge hides mail behind; `None` if it has none.
fn number_of_account(email: &[u8]) -> Option<&[u8]> {
    let (number, address) = email.split_once_str("+")?;
    let (name, host) = address.split_once_str("@")?;
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    (is_number && !name.is_empty() && host.starts_with(NOREPLY)).then_some(number)
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

    fn same_name(a: &str, b: &str) -> bool {
        fold_name(a.as_bytes()) == fold_name(b.as_bytes())
    }

    #[test]
    fn only_near_misses_are_shown() {
        for (a, b, is_near) in [
            ("ana@x.test", "an\u{430}@x.test", true),
            ("ana@x.test", "anna@x.test", true),
            ("ana@example.com", "ana@exmaple.com", true),
            ("ana@x.test", "ana@y.example", false),
            ("ana@x.test", "ANA@x.test", false),
            ("a@x", "b@x", true),
            ("10+ana@users.noreply.x.test", "11+ana@users.noreply.x.test", true),
            ("10+ana@users.noreply.x.test", "ana@users.noreply.x.test", false),
            ("bo", "al", false),
        ] {
            assert_eq!(near_email_difference(a.as_bytes(), b.as_bytes()).is_some(), is_near, "{a} {b}");
        }
        let long = "x".repeat(500);
        assert_eq!(near_name_difference(long.as_bytes(), format!("{long}y").as_bytes()), None);
    }

    #[test]
    fn case_composition_and_blanks_are_ignored() {
        for (a, b) in [
            ("Ana Ruiz", "ANA  \truiz"),
            ("M\u{fc}ller", "Mu\u{308}ller"),
            ("M\u{dc}LLER", "mu\u{308}ller"),
            ("Νικος", "ΝΙΚΟΣ"),
            ("Иван", "ИВАН"),
            ("علی\u{200c}رضا", "علیرضا"),
            ("Ana ❤\u{fe0f}", "ana ❤"),
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
        assert_ne!(fold_name(b"Jos\xe9"), fold_name("José".as_bytes()));
        assert_eq!(fold_name(b"Jos\xe9"), fold_name(b"Jos\xe9"));
    }

    #[test]
    fn addresses_ignore_ascii_case_and_account_numbers() {
        let same = |a: &str, b: &str| is_same_email(a.as_bytes(), b.as_bytes());
        for (a, b) in [
            ("Ana@X.Test", "ana@x.test"),
            ("a@ex\u{e4}mple.test", "a@exa\u{308}mple.test"),
            ("1+ana@users.noreply.github.com", "Ana@users.noreply.github.com"),
            ("12345+a+b@users.noreply.github.com", "a+b@users.noreply.github.com"),
            ("7+ana@users.noreply.git.example.com", "ana@users.noreply.git.example.com"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("É@x.test", "é@x.test"),
            ("ana+oss@x.test", "ana@x.test"),
            ("1+ana@x.test", "ana@x.test"),
            ("x+ana@users.noreply.github.com", "ana@users.noreply.github.com"),
            ("1+@users.noreply.github.com", "@users.noreply.github.com"),
            ("1+ana@users.noreply.github.com", "1+bo@users.noreply.github.com"),
            ("1+ana@users.noreply.github.com", "ana@users.noreply.gitlab.com"),
            ("10+ana@users.noreply.github.com", "11+ana@users.noreply.github.com"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn account_number_is_that_of_a_forge() {
        for (email, number) in [
            ("1+ana@users.noreply.github.com", Some("1")),
            ("012+A+b@Users.NoReply.github.com", Some("012")),
            ("ana@users.noreply.github.com", None),
            ("1+ana@x.test", None),
            ("x1+ana@users.noreply.github.com", None),
            ("1+@users.noreply.github.com", None),
        ] {
            assert_eq!(account_number(email.as_bytes()), number.map(BString::from), "{email}");
        }
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
        assert_eq!(hidden(&Identity::new("علی\u{200c}رضا ❤\u{fe0f}", "a@x.test")), None);
        let long = hidden(&Identity::new(format!("{}\u{200b}", "x".repeat(1 << 20)), "a@x.test")).unwrap();
        assert_eq!(long.before.len(), SHOWN);
        let late = hidden(&Identity::new(&b"Jos\xe9 \xe2\x80\x8b"[..], "a@x.test")).unwrap();
        assert_eq!((late.character, late.before.as_str()), ('\u{200b}', "Jos\u{fffd} "));
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
