//! Parses the value of `uses:` the way GitHub does.

use crate::workflow::shorten;

/// Parsed value of `uses:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uses {
    /// Path in the same repository: `./`, `.\` or `$/`.
    Local,
    /// Image: the text after `docker://`.
    Docker(String),
    /// Action or reusable workflow in a repository.
    Repository(Repository),
    /// Value that cannot be parsed, with the reason.
    Malformed(&'static str),
}

/// Action or reusable workflow in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name` in lower case: forges compare them without case.
    pub name: String,
    /// Path inside the repository, without empty and `.` parts.
    pub path: String,
    /// Git reference after the `@`.
    pub reference: Reference,
}

/// Git reference after the `@`, classified by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// Exactly 40 lower-case hexadecimal digits: a commit.
    Commit(String),
    /// Exactly 64 lower-case hexadecimal digits: a commit of a SHA-256 repository.
    Sha256(String),
    /// 40 hexadecimal digits, some in upper case.
    UpperCase(String),
    /// Fewer than 40 hexadecimal digits, at least 7.
    Short(String),
    /// Any other text, such as the name of a tag or a branch.
    Name(String),
    /// Text with an expression, known only at run time.
    Expression(String),
}

/// Maximum length of a value, in bytes. Longer values are neither parsed nor stored in full, so that aliases
/// can repeat them at no cost.
const MAX_LEN: usize = 1024;

/// Returns the value to store, shortened if it is longer than `MAX_LEN`.
pub(in crate::workflow) fn bounded(value: &str) -> String {
    if value.len() > MAX_LEN { shorten(value).into_owned() } else { value.to_owned() }
}

impl Uses {
    /// Parses a value that has already been folded.
    pub fn parse(value: &str) -> Self {
        let value = value.trim_matches(|c: char| c.is_ascii_whitespace());
        if value.len() > MAX_LEN {
            return Self::Malformed("it is too long");
        }
        if ["./", ".\\", "$/"].iter().any(|prefix| value.starts_with(prefix)) {
            return Self::Local;
        }
        if let Some(image) = strip_ascii_prefix(value, "docker://") {
            return Self::Docker(image.to_owned());
        }
        let mut sides = value.split('@');
        match (sides.next(), sides.next(), sides.next()) {
            (Some(left), Some(right), None) => repository(left, right),
            (_, None, _) => Self::Malformed("it has no `@<version>`"),
            _ => Self::Malformed("it contains more than one `@`"),
        }
    }
}

impl Repository {
    /// Returns `owner/name`, followed by the path if there is one.
    pub fn full_name(&self) -> String {
        if self.path.is_empty() { self.name.clone() } else { format!("{}/{}", self.name, self.path) }
    }
}

impl Reference {
    fn parse(text: &str) -> Self {
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let text = text.to_owned();
        match text.len() {
            40 if hex && lower => Self::Commit(text),
            64 if hex && lower => Self::Sha256(text),
            40 if hex => Self::UpperCase(text),
            7..40 if hex => Self::Short(text),
            _ if text.contains("${{") => Self::Expression(text),
            _ => Self::Name(text),
        }
    }

    /// Returns the text after the `@`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Commit(text)
            | Self::Sha256(text)
            | Self::UpperCase(text)
            | Self::Short(text)
            | Self::Name(text)
            | Self::Expression(text) => text,
        }
    }
}

/// Removes a prefix, compared without ASCII case; `None` if the text does not start with it.
pub(in crate::workflow) fn strip_ascii_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..)).flatten()
}

fn repository(left: &str, right: &str) -> Uses {
    let left = without_host(left);
    let mut parts = left.split(['/', '\\']).filter(|part| !part.is_empty());
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
        return Uses::Malformed("it does not start with `owner/repository`");
    };
    if !is_name(owner) || !is_name(name) {
        return Uses::Malformed("it does not start with `owner/repository`");
    }
    Uses::Repository(Repository {
        name: format!("{owner}/{name}").to_ascii_lowercase(),
        path: parts.filter(|part| *part != ".").collect::<Vec<_>>().join("/"),
        reference: Reference::parse(right),
    })
}

/// Removes the scheme and host of an absolute URL, which Gitea and Forgejo accept. Only the path is judged.
fn without_host(left: &str) -> &str {
    let rest = strip_ascii_prefix(left, "https://").or_else(|| strip_ascii_prefix(left, "http://"));
    rest.map_or(left, |rest| rest.split_once('/').map_or("", |(_, path)| path))
}

/// Returns whether a forge allows this name for an owner or a repository. `.` and `..` would change the path.
fn is_name(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    part.bytes().all(allowed) && part != "." && part != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn name_and_reference(value: &str) -> (String, Reference) {
        match Uses::parse(value) {
            Uses::Repository(repository) => (repository.full_name(), repository.reference),
            other => panic!("{value}: {other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_checkout_is_actions_checkout() {
        for left in [
            "actions/checkout",
            "Actions/Checkout",
            "actions\\checkout",
            "actions//checkout",
            "/actions/checkout",
            "actions/checkout/",
            "actions/checkout/.",
            "https://gitea.com/actions/checkout",
            "HTTP://host:3000/actions/checkout",
        ] {
            let value = format!("{left}@{OID}");
            assert_eq!(
                name_and_reference(&value),
                ("actions/checkout".into(), Reference::Commit(OID.into()))
            );
        }
    }

    #[test]
    fn only_forty_lower_case_digits_are_a_commit() {
        for text in [
            format!("x-{OID}"),
            format!("{OID}-x"),
            format!("{OID}/x"),
            format!("refs/heads/{OID}"),
            format!("main#{OID}"),
            format!("{OID}a"),
            "v4".into(),
            String::new(),
        ] {
            let (_, reference) = name_and_reference(&format!("a/b@{text}"));
            assert_eq!(reference, Reference::Name(text));
        }
        for (text, reference) in [
            (OID.to_uppercase(), Reference::UpperCase as fn(String) -> Reference),
            (OID[..7].to_owned(), Reference::Short),
            (format!("{OID}{}", &OID[..24]), Reference::Sha256),
            ("${{ inputs.x }}".to_owned(), Reference::Expression),
        ] {
            assert_eq!(name_and_reference(&format!("a/b@{text}")).1, reference(text));
        }
    }

    #[test]
    fn local_paths_and_images_are_recognised_by_prefix() {
        for value in ["./a", ".\\a", "$/a", " ./a@v1\n"] {
            assert_eq!(Uses::parse(value), Uses::Local, "{value}");
        }
        for value in ["docker://alpine:3", "DOCKER://alpine:3", "Docker://alpine:3"] {
            assert_eq!(Uses::parse(value), Uses::Docker("alpine:3".into()), "{value}");
        }
    }

    #[test]
    fn unparsable_values_are_malformed() {
        for value in [
            "",
            "~",
            "../evil",
            "evil@main",
            "a/b",
            ".x",
            "a/b@main@main",
            "a/..@v1",
            "a/b @v1",
            "a/b%2f@v1",
            "https://host@v1",
        ] {
            assert!(matches!(Uses::parse(value), Uses::Malformed(_)), "{value}: {:?}", Uses::parse(value));
        }
        assert!(matches!(Uses::parse(&"a/b@".repeat(2000)), Uses::Malformed(_)));
    }
}
