//! Fingerprints of keys.

use std::fmt;

use data_encoding::{BASE64_NOPAD, HEXUPPER, HEXUPPER_PERMISSIVE};
use schemars::JsonSchema;
use serde::Deserialize;

/// Fingerprint of a key, by which a policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^( *([0-9A-Fa-f] *){40}|SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])$"))]
pub(crate) enum Fingerprint {
    /// OpenPGP, version 4: 40 hexadecimal digits.
    OpenPgp([u8; 20]),
    /// SSH: `SHA256:` and 43 characters of base64.
    Ssh([u8; 32]),
}

impl Fingerprint {
    /// Parses a fingerprint as `gpg` or `ssh-keygen -l` prints it; `None` for any other text.
    fn parse(text: &str) -> Option<Self> {
        if let Some(base64) = text.strip_prefix("SHA256:") {
            let bytes = BASE64_NOPAD.decode(base64.as_bytes()).ok()?;
            return bytes.try_into().ok().map(Self::Ssh);
        }
        let digits: String = text.split(' ').collect();
        HEXUPPER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok().map(Self::OpenPgp)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or("a fingerprint has 40 hexadecimal digits (OpenPGP), or the form `SHA256:…` (SSH), in full")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenPgp(bytes) => f.write_str(&HEXUPPER.encode(bytes)),
            Self::Ssh(bytes) => write!(f, "SHA256:{}", BASE64_NOPAD.encode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_the_tools_print_them() {
        let hex = "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23";
        let ssh = "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s";
        for text in [
            hex,
            "5de3e0509c47ea3cf04a42d34aee18f83afdeb23",
            "5DE3 E050 9C47 EA3C F04A  42D3 4AEE 18F8 3AFD EB23",
        ] {
            assert_eq!(Fingerprint::parse(text).unwrap().to_string(), hex, "{text}");
        }
        assert_eq!(Fingerprint::parse(ssh).unwrap().to_string(), ssh);
        for text in [
            "",
            "4AEE18F83AFDEB23",
            "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB2",
            "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB2X",
            "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2",
            "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
            "SHA256:",
        ] {
            assert_eq!(Fingerprint::parse(text), None, "{text}");
        }
    }
}
