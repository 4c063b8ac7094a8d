//! What every test stands on: a folder with its own environment, repositories in it, and what a program said.

use std::ffi::OsStr;
use std::io::Write as _;

mod repo;
mod sandbox;
mod secrets;
mod server;
mod transcript;

pub(crate) use repo::Repo;
pub(crate) use sandbox::{Run, Sandbox, outer};
pub(crate) use secrets::{Secrets, base64};
pub(crate) use server::Server;
pub(crate) use transcript::Transcript;

/// Says past the harness, which hides what a test prints that passes, that this machine lacks what a test needs. In CI that
/// is a failure.
pub(crate) fn not_tested(what: &str, missing: &str) {
    assert_ne!(outer("CI").as_deref(), Some(OsStr::new("true")), "{what}: this machine lacks {missing}");
    let _ = writeln!(std::io::stderr(), "NOT TESTED: {what}: this machine lacks {missing}");
}

/// The author and committer of everything that a test makes.
pub(crate) const NAME: &str = "A U Thor";
/// The address of [`NAME`].
pub(crate) const EMAIL: &str = "author@example.com";
/// The sign-off of [`NAME`].
pub(crate) const SIGN_OFF: &str = "Signed-off-by: A U Thor <author@example.com>";

/// A workflow that no rule has anything against.
pub(crate) const CLEAN_WORKFLOW: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
";

/// A workflow with one unpinned action, at 7:15.
pub(crate) const UNPINNED_WORKFLOW: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: example/action@main
";

/// Where the workflows of a test lie.
pub(crate) const WORKFLOW: &str = ".github/workflows/ci.yml";
