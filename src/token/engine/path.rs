//! Paths that determine how a file is read.

use bstr::ByteSlice as _;

use crate::token::format::detect::format_by_path;

/// Parts of paths below which credentials are examples.
const EXAMPLE_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "testdata",
    "testing",
    "spec",
    "specs",
    "fixtures",
    "fixture",
    "t",
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "samples",
    "mock",
    "mocks",
    "e2e",
    "vendor",
    "godeps",
    "bower_components",
    "node_modules",
    "third_party",
    "__tests__",
    "__fixtures__",
    "__mocks__",
    "testsuite",
    "test-data",
    "test_data",
    "sample",
    "demo",
    "demos",
];

/// Parts of paths below which the data of tests is: nothing there is read as another format than its name says.
const TEST_DIRECTORIES: [&str; 4] = ["integration", "regress", "suite", "suites"];

/// Suffixes of the names of files in which nothing is git config: TOML, translations and settings of programs.
const OTHER_FORMATS: [&str; 12] = [
    ".toml",
    ".properties",
    ".po",
    ".pot",
    ".sql",
    ".xlf",
    ".xliff",
    ".resx",
    ".strings",
    ".arb",
    ".nls.json",
    ".ftl",
];

/// Directories of translations.
const TRANSLATIONS: [&str; 10] =
    ["i18n", "l10n", "lang", "langs", "language", "languages", "locale", "locales", "translations", "nls"];

/// Starts of the names of documents without a suffix.
const DOCUMENT_NAMES: [&str; 5] = ["readme", "changelog", "changes", "contributing", "install."];

/// Suffixes of the names of documents.
const DOCUMENTS: [&str; 5] = [".md", ".rst", ".adoc", ".po", ".html"];

/// Returns whether the path of a file determines its format, regardless of its content.
pub(crate) fn path_implies_format(path: &[u8]) -> bool {
    format_by_path(path).is_some() || is_remote_log(path)
}

/// Returns whether a directory of this name may contain paths that [imply a format](path_implies_format), although
/// no name below it does so by itself.
pub(crate) fn is_special_dir(name: &[u8]) -> bool {
    name.ends_with(b"git") || name == b".gitconfig.d"
}

/// Returns whether git records the URLs of remotes in the file at a path: `FETCH_HEAD` or a reflog.
pub(super) fn is_remote_log(path: &[u8]) -> bool {
    // A substring search is costly to set up, so it is skipped for paths too short to match.
    path.len() >= 9 && (path.ends_with(b"git/FETCH_HEAD") || path.contains_str("git/logs/"))
}

/// Returns whether a path belongs to a format in which what looks like git config is none, unless [`names_config`] says
/// so.
pub(super) fn is_other_format(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let name = parts.next().unwrap_or_default();
    OTHER_FORMATS.iter().any(|end| name.ends_with(end.as_bytes()))
        || ["messages", "locale"].iter().any(|start| name.starts_with(start.as_bytes()))
        || parts.any(|part| TRANSLATIONS.iter().any(|known| part == known.as_bytes()))
}

/// Returns whether a text has what only a real git config has, or a dump of one inside another format.
pub(super) fn names_config(text: &[u8]) -> bool {
    const SIGNS: [&str; 5] =
        ["repositoryformatversion", "[remote \"", "[remote \\\"", "extraheader", ".insteadof"];
    SIGNS.iter().any(|sign| {
        let first = sign.as_bytes().first().copied().unwrap_or_default();
        let starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), text);
        let mut found = starts.filter_map(|at| text.get(at..at + sign.len()));
        found.any(|found| found.eq_ignore_ascii_case(sign.as_bytes()))
    })
}

/// Returns whether the name of a directory has a word that says that tests are in it: `test_resources`, `androidTest`.
fn names_tests(name: &[u8]) -> bool {
    let mut words = name.split(|byte| b"-_.".contains(byte));
    let is_test = |word: &[u8]| {
        let word = word.to_ascii_lowercase();
        matches!(word.as_slice(), b"test" | b"tests" | b"testing") || word.starts_with(b"dummy")
    };
    words.any(|word| is_test(word) || word.ends_with(b"Test") || word.ends_with(b"Tests"))
}

/// Returns whether a path belongs to a test, a document or vendored code, where credentials are examples.
pub(crate) fn is_example_path(path: &[u8]) -> bool {
    let is_of_tests = |part: &[u8]| {
        let lower = part.to_ascii_lowercase();
        TEST_DIRECTORIES.iter().any(|known| lower == known.as_bytes()) || names_tests(part)
    };
    holds_examples(path) || path.rsplit(|byte| *byte == b'/').skip(1).any(is_of_tests)
}

/// Returns whether a path belongs to a test, a document or vendored code by a name that means nothing else. What looks like
/// git config there is none.
pub(super) fn holds_examples(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let is_directory = |part: &[u8]| EXAMPLE_DIRECTORIES.iter().any(|known| part == known.as_bytes());
    let is_document = |name: &[u8]| {
        DOCUMENTS.iter().any(|end| name.ends_with(end.as_bytes()))
            || DOCUMENT_NAMES.iter().any(|start| name.starts_with(start.as_bytes()))
    };
    let is_test = |name: &[u8]| ["test", "spec.", "mock"].iter().any(|part| name.contains_str(part));
    parts.next().is_some_and(|name| is_document(name) || is_test(name) || is_directory(name))
        || parts.any(is_directory)
}

#[cfg(test)]
mod tests {
    use super::{holds_examples, is_example_path};

    #[test]
    fn tests_and_documents_hold_examples() {
        for (path, expected) in [
            ("tests/a.py", true),
            ("internal/test_resources/config.yml", true),
            ("fastest/creds", false),
            ("pkg/greatest-deals/n", false),
            ("latest-test/n", true),
            ("app/src/androidTest/a.json", true),
            ("internal/suites/pki/a.pem", true),
            ("dummyserver/certs/a.key", true),
            ("regress/rsa.prv", true),
            ("integration/tls/local.key", true),
            ("docs/a.txt", true),
            ("README", true),
            ("src/latest/a.py", false),
            ("contest/a.py", false),
            ("attestation/key.pem", false),
            ("src/a.py", false),
        ] {
            assert_eq!(is_example_path(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn data_of_tests_may_be_git_config() {
        assert!(
            holds_examples(b"tests/a") && !holds_examples(b"integration/a") && !holds_examples(b"x-test/a")
        );
    }
}
