//! Paths of tests and documents, where credentials are examples.

use bstr::ByteSlice as _;

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

/// Starts of the names of documents without a suffix.
const DOCUMENT_NAMES: [&str; 5] = ["readme", "changelog", "changes", "contributing", "install."];

/// Suffixes of the names of documents.
const DOCUMENTS: [&str; 5] = [".md", ".rst", ".adoc", ".po", ".html"];

/// Starts of words that contain `test`, and mean something else.
const OTHER_WORDS: [&str; 5] = ["latest", "attest", "contest", "greatest", "fastest"];

/// Directories of tests in which private keys are made up. Only for keys: a token of a provider is issued there, too.
const KEY_TEST_DIRECTORIES: [&str; 17] = [
    // The test suite of BoringSSL, which other libraries for TLS run too.
    "bogo",
    "itest",
    "itests",
    "inttest",
    "integtest",
    "integrationtest",
    "integrationtests",
    "functionaltest",
    "functionaltests",
    "unittest",
    "unittests",
    "testcerts",
    "testkeys",
    "testresources",
    "testfixtures",
    "testutil",
    "testutils",
];

/// Kind of the path of a file, by what its names say about the credentials in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PathKind {
    /// A path that says nothing.
    Other,
    /// A test for which private keys are made up. Anything else may be a secret.
    TestKeys,
    /// A test: only a provider's token is a secret, or what is in git config.
    Test,
    /// A test, a document or vendored code by a name that means nothing else: what looks like git config there is none.
    Example,
}

impl PathKind {
    /// Returns the kind of a path.
    pub(crate) fn of(path: &[u8]) -> Self {
        if holds_examples(path) {
            Self::Example
        } else if is_below_tests(path) {
            Self::Test
        } else if holds_test_keys(path) {
            Self::TestKeys
        } else {
            Self::Other
        }
    }

    /// Returns whether private keys in an archive are made up for tests, by the directories in which the archive is. Its own
    /// name says what it is for, not what is in it: `install.zip`, `docs.tar`.
    pub(crate) fn is_archive_of_tests(path: &[u8]) -> bool {
        let directories = path.rfind_byte(b'/').and_then(|end| path.get(..=end));
        directories.is_some_and(|path| Self::of(path) >= Self::TestKeys)
    }

    /// Returns whether credentials are examples, unless they are tokens of a provider.
    pub(crate) fn is_example(self) -> bool {
        self >= Self::Test
    }
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

/// Returns whether a directory of a path has a name that says that tests are below it.
fn is_below_tests(path: &[u8]) -> bool {
    let is_of_tests = |part: &[u8]| {
        let lower = part.to_ascii_lowercase();
        TEST_DIRECTORIES.iter().any(|known| lower == known.as_bytes()) || names_tests(part)
    };
    path.rsplit(|byte| *byte == b'/').skip(1).any(is_of_tests)
}

/// Returns whether private keys at a path are made up for tests.
fn holds_test_keys(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let is_known = |name: &[u8]| {
        let mut words = name.split(|byte| b"-_.".contains(byte));
        KEY_TEST_DIRECTORIES.iter().any(|known| name == known.as_bytes())
            || words.any(|word| word == b"testdata")
    };
    let mut names = path.rsplit(|byte| *byte == b'/');
    // No authority certifies a name below `.localhost` (RFC 6761). A key by the name of `localhost` itself may be that of
    // any server.
    let is_local = |name: &[u8]| {
        let name = name.strip_suffix(b".key").or_else(|| name.strip_suffix(b".pem"));
        name.and_then(|name| name.strip_suffix(b".localhost")).is_some_and(|label| !label.is_empty())
    };
    let is_of_local = names.next().is_some_and(is_local);
    is_of_local || names.any(is_known)
}

/// Returns whether a path belongs to a test, a document or vendored code by a name that means nothing else. What looks like
/// git config there is none.
fn holds_examples(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let is_directory = |part: &[u8]| EXAMPLE_DIRECTORIES.iter().any(|known| part == known.as_bytes());
    let is_document = |name: &[u8]| {
        DOCUMENTS.iter().any(|end| name.ends_with(end.as_bytes()))
            || DOCUMENT_NAMES.iter().any(|start| name.starts_with(start.as_bytes()))
    };
    let is_test = |name: &[u8]| {
        let mut words = name.split(|byte| !byte.is_ascii_alphabetic());
        let is_other = |word: &[u8]| OTHER_WORDS.iter().any(|other| word.starts_with(other.as_bytes()));
        words.any(|word| word.contains_str("test") && !is_other(word))
            || ["spec.", "mock"].iter().any(|part| name.contains_str(part))
    };
    parts.next().is_some_and(|name| is_document(name) || is_test(name) || is_directory(name))
        || parts.any(is_directory)
}

#[cfg(test)]
mod tests {
    use super::PathKind;

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
            ("services/api-docs/a.php", false),
            ("google-docs/a.php", false),
            ("README", true),
            ("src/latest/a.py", false),
            ("contest/a.py", false),
            ("attestation/key.pem", false),
            ("attestation.pem", false),
            ("keys/latest.pem", false),
            ("contest-2024.sh", false),
            ("latest_test.go", true),
            ("sshtest.pem", true),
            ("src/a.py", false),
        ] {
            assert_eq!(PathKind::of(path.as_bytes()).is_example(), expected, "{path}");
        }
    }

    #[test]
    fn data_of_tests_may_be_git_config() {
        for (path, kind) in [
            ("tests/a", PathKind::Example),
            ("integration/a", PathKind::Test),
            ("x-test/a", PathKind::Test),
            ("_testdata/a", PathKind::TestKeys),
            ("load-testdata/a", PathKind::TestKeys),
        ] {
            assert_eq!(PathKind::of(path.as_bytes()), kind, "{path}");
        }
    }

    #[test]
    fn keys_of_tests_are_told_by_whole_names() {
        for (path, is_test) in [
            ("src/itest/resources/id_rsa", true),
            ("a/_testdata/root.key", true),
            ("bogo/keys/key.pem", true),
            ("certs/shop.localhost.key", true),
            ("certs/localhost.key", false),
            ("certs/.localhost.key", false),
            ("certs/localhost.shop.com.key", false),
            ("shop.localhost/id_rsa", false),
            ("pkg/unitTest/a.key", true),
            ("a/testkeys/live.pem", true),
            ("a/testkeys.pem/b", false),
            ("cmd/stub/ecdh.key", false),
            ("live/benchmark.acme.com/privkey.pem", false),
            ("fake/.env.production", false),
            ("group_vars/fixtures.yml", false),
            ("digitest/a.key", false),
            ("deploy/id_rsa", false),
        ] {
            assert_eq!(PathKind::of(path.as_bytes()) >= PathKind::TestKeys, is_test, "{path}");
        }
    }
}
