//! Parses the value of `uses:` the way GitHub does.

use super::UsesClause;
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
    /// Scheme and host of an absolute URL in lower case, such as `https://host:3000`; Gitea and Forgejo accept
    /// them. `None` if the forge chooses the host.
    pub host: Option<String>,
    /// `owner/name` in lower case: forges compare them without case.
    pub name: String,
    /// Path inside the repository, without empty and `.` parts.
    pub path: String,
    /// Git reference after the `@`.
    pub reference: Reference,
    /// True if the value is spelled in the usual way: without empty parts, backslashes, expressions and unusual
    /// characters. Only such a value is compared with patterns.
    pub is_plain: bool,
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
    ///
    /// An action has this name on every host; [`Repository::address`] also says on which.
    pub fn full_name(&self) -> String {
        if self.path.is_empty() { self.name.clone() } else { format!("{}/{}", self.name, self.path) }
    }

    /// Returns the full name, after the host if the value has one.
    pub fn address(&self) -> String {
        self.on_host(self.full_name())
    }

    /// Returns `owner/name`, after the host if the value has one.
    pub fn repository_address(&self) -> String {
        self.on_host(self.name.clone())
    }

    fn on_host(&self, name: String) -> String {
        match &self.host {
            Some(host) => format!("{host}/{name}"),
            None => name,
        }
    }
}

impl UsesClause {
    /// Returns the text by which an older version of the file has the same value; `None` if it has been
    /// shortened, so that different values may have the same text.
    ///
    /// Only in a value that is spelled in the usual way are differences of case ignored.
    pub fn identity(&self) -> Option<String> {
        match &self.uses {
            Uses::Repository(repository) if repository.is_plain => {
                Some(format!("{}@{}", repository.address(), repository.reference.as_str()))
            }
            _ => Some(self.text.clone()).filter(|_| self.is_whole),
        }
    }

    /// Returns the text that a `uses` pattern of the policy is compared with; `None` for a value that is not
    /// spelled in the usual way, which must match no pattern.
    pub fn compared_text(&self) -> Option<String> {
        let is_plain = matches!(&self.uses, Uses::Repository(repository) if repository.is_plain);
        self.identity().filter(|_| is_plain)
    }
}

impl Reference {
    pub(in crate::workflow) fn parse(text: &str) -> Self {
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
    let (host, path) = split_host(left);
    if host.is_some_and(|host| !is_host(host)) {
        return Uses::Malformed("its host is not valid");
    }
    let mut parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
        return Uses::Malformed("it does not start with `owner/repository`");
    };
    if !is_name(owner) || !is_name(name) {
        return Uses::Malformed("it does not start with `owner/repository`");
    }
    let mut repository = Repository {
        host: host.map(str::to_ascii_lowercase),
        name: format!("{owner}/{name}").to_ascii_lowercase(),
        path: parts.filter(|part| *part != ".").collect::<Vec<_>>().join("/"),
        reference: Reference::parse(right),
        is_plain: false,
    };
    if repository.path.split('/').any(|part| part == "..") {
        return Uses::Malformed("its path contains `..`");
    }
    repository.is_plain = repository.address().eq_ignore_ascii_case(left) && is_plain_path(left, right);
    Uses::Repository(repository)
}

/// Splits the scheme and host from an absolute URL, which Gitea and Forgejo accept.
pub(crate) fn split_host(value: &str) -> (Option<&str>, &str) {
    let rest = strip_ascii_prefix(value, "https://").or_else(|| strip_ascii_prefix(value, "http://"));
    let Some(rest) = rest else { return (None, value) };
    let end = value.len() - rest.len() + rest.find('/').unwrap_or(rest.len());
    let (host, path) = value.split_at(end);
    (Some(host), path.strip_prefix('/').unwrap_or(path))
}

/// Returns whether a scheme and host are complete and contain nothing else, such as the name of a user.
fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    let (_, name) = host.split_once("://").unwrap_or_default();
    !name.is_empty() && name.bytes().all(allowed)
}

/// Returns whether a path and a reference contain only usual characters. An empty reference names nothing.
fn is_plain_path(path: &str, reference: &str) -> bool {
    let is_usual =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+');
    let (_, path) = split_host(path);
    let is_reference = !reference.is_empty() && !reference.contains("..");
    path.bytes().chain(reference.bytes()).all(is_usual) && is_reference
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
    fn only_a_usual_spelling_is_compared_with_patterns() {
        let uses = |value: &str| UsesClause {
            uses: Uses::parse(value),
            text: value.to_owned(),
            is_whole: true,
            span: crate::text::Span { start: 0, end: 0 },
        };
        for (value, compared) in [
            ("a/b@v1", Some("a/b@v1")),
            ("A/B/c@V1", Some("a/b/c@V1")),
            ("a/b@release/1.x+y", Some("a/b@release/1.x+y")),
            ("https://Host:3000/A/b@v1", Some("https://host:3000/a/b@v1")),
            ("HTTP://host/a/b@v1", Some("http://host/a/b@v1")),
            ("a//b@v1", None),
            ("/a/b@v1", None),
            ("a/b/@v1", None),
            ("a/b/.@v1", None),
            ("a\\b@v1", None),
            ("a/b@", None),
            ("a/b@v1..2", None),
            ("a/b@v1 x", None),
            ("a/b@ma\u{ef}n", None),
            ("a/b/c\u{2024}\u{2024}@v1", None),
            ("a/b@${{ inputs.x }}", None),
            ("a/b/${{ inputs.x }}@v1", None),
            ("https://host//a/b@v1", None),
            ("a/../b@v1", None),
            ("./a", None),
        ] {
            assert_eq!(uses(value).compared_text().as_deref(), compared, "{value}");
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
            "https:///a/b@v1",
            "https://user@host/a/b@v1",
            "https://ho st/a/b@v1",
            "https://h\\evil/a/b@v1",
            "https:\\\\h\\a\\b@v1",
            "https:/h/a/b@v1",
            "a/b/../../c/d@v1",
            "a/b/c/..@v1",
        ] {
            assert!(matches!(Uses::parse(value), Uses::Malformed(_)), "{value}: {:?}", Uses::parse(value));
        }
        assert!(matches!(Uses::parse(&"a/b@".repeat(2000)), Uses::Malformed(_)));
    }
}
