//! Git identity: name and email address.

use std::fmt;

use bstr::{BString, ByteSlice as _};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::text::escape;

/// Git identity: name and email address, in UTF-8 if their bytes could be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^[^<>]*[^<>\s][^<>]*<[^<>]+>$"))]
pub struct Identity {
    /// Name, without blanks around it.
    pub name: BString,
    /// Address, exactly as between the angle brackets.
    pub email: BString,
}

impl Identity {
    /// Creates an identity from its two parts.
    pub fn new(name: impl Into<BString>, email: impl Into<BString>) -> Self {
        Self { name: name.into(), email: email.into() }
    }

    /// Parses `NAME <EMAIL>` with nothing after it, the form used in sign-offs and in a policy.
    ///
    /// The blank may be missing, as for git (`split_ident_line`). Returns `None` for any other form.
    pub fn of_trailer(value: &[u8]) -> Option<Self> {
        let (identity, rest) = split(value)?;
        rest.is_empty().then_some(identity)
    }

    /// Parses `NAME <EMAIL> TIME ZONE`, the value of an author or committer header.
    ///
    /// Returns `None` for any other form; git fsck demands the blank before the address, too.
    pub fn of_header(value: &[u8]) -> Option<Self> {
        let is_spaced =
            value.find_byte(b'<').and_then(|at| value.get(..at)?.last()).is_some_and(u8::is_ascii_whitespace);
        let (identity, rest) = split(value).filter(|_| is_spaced)?;
        let (time, zone) = rest.strip_prefix(b" ")?.split_once_str(" ")?;
        let zone = zone.strip_prefix(b"+").or_else(|| zone.strip_prefix(b"-"))?;
        let time = time.strip_prefix(b"-").unwrap_or(time);
        (is_number(time) && is_number(zone)).then_some(identity)
    }
}

impl fmt::Display for Identity {
    /// Writes `NAME <EMAIL>`, escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", escape(&self.name), escape(&self.email))
    }
}

impl TryFrom<String> for Identity {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::of_trailer(text.as_bytes()).ok_or("an identity needs the form `Name <address>`")
    }
}

/// Splits off `NAME <EMAIL>` and returns the identity and the rest.
///
/// A second bracket of either kind makes the value unreadable, since parsers disagree on such text.
fn split(value: &[u8]) -> Option<(Identity, &[u8])> {
    let (name, rest) = value.split_once_str("<")?;
    let (email, rest) = rest.split_once_str(">")?;
    let odd = name.contains(&b'>') || email.contains(&b'<') || rest.find_byteset("<>").is_some();
    let name = name.trim_with(|c| c.is_ascii_whitespace());
    let complete = !name.is_empty() && !email.is_empty();
    (complete && !odd).then(|| (Identity::new(name, email), rest))
}

fn is_number(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_name_address_time_and_zone() {
        let ana = Identity::new("Ana Ruiz", "ana@x.test");
        for value in ["Ana Ruiz <ana@x.test> 1700000000 +0000", "Ana Ruiz <ana@x.test> -1 -0130"] {
            assert_eq!(Identity::of_header(value.as_bytes()), Some(ana.clone()), "{value}");
        }
        for value in [
            "",
            "Ana Ruiz",
            "Ana Ruiz <ana@x.test>",
            "Ana Ruiz <ana@x.test> 1",
            "Ana Ruiz <ana@x.test> x +0000",
            "Ana Ruiz <ana@x.test> 1 0000",
            "Ana Ruiz <ana@x.test>  1 +0000",
            "Ana Ruiz <ana@x.test> 1 +0000 ",
            "Ana <Ruiz> <ana@x.test> 1 +0000",
            "Ana > Ruiz <ana@x.test> 1 +0000",
            "Ana <<ana@x.test> 1 +0000",
            "Ana <ana@x.test>> 1 +0000",
            " <ana@x.test> 1 +0000",
            "Ana<ana@x.test> 1 +0000",
            "Ana <> 1 +0000",
        ] {
            assert_eq!(Identity::of_header(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn trailer_is_name_and_address_only() {
        for value in ["Ana Ruiz <ana@x.test>", "Ana Ruiz\t <ana@x.test>", "Ana Ruiz<ana@x.test>"] {
            assert_eq!(Identity::of_trailer(value.as_bytes()), Some(Identity::new("Ana Ruiz", "ana@x.test")));
        }
        for value in [
            "",
            "Ana Ruiz",
            "ana@x.test",
            "<ana@x.test>",
            "Ana Ruiz <>",
            "Ana Ruiz <ana@x.test> (work)",
            "Ana Ruiz <ana@x.test>, Bo <bo@x.test>",
            "Ana Ruiz <Ana <ana@x.test>",
        ] {
            assert_eq!(Identity::of_trailer(value.as_bytes()), None, "{value}");
        }
    }
}
