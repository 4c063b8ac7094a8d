//! Shared parts of all tests: a sandbox folder with its own environment, repositories in it, and transcripts
//! of programs.

use std::ffi::OsStr;
use std::io::Write as _;

mod new_git;
mod repo;
mod sandbox;
mod secrets;
mod server;
mod transcript;

pub(crate) use new_git::{git_runs_config_hooks, with_new_git};
pub(crate) use repo::Repo;
pub(crate) use sandbox::{Run, Sandbox, outer};
pub(crate) use secrets::{Draw, Secrets, crc32};
pub(crate) use server::Server;
pub(crate) use transcript::Transcript;

/// Reports that something was not tested because the machine lacks what it needs. Fails if `CI` is `true`.
/// Writes to standard error directly, because the harness hides the output of tests that pass.
pub(crate) fn not_tested(what: &str, missing: &str) {
    assert_ne!(outer("CI").as_deref(), Some(OsStr::new("true")), "{what}: this machine lacks {missing}");
    tested_on_demand(what, missing);
}

/// Reports that something was not tested, which CI need not have.
pub(crate) fn tested_on_demand(what: &str, missing: &str) {
    let _ = writeln!(std::io::stderr(), "NOT TESTED: {what}: this machine lacks {missing}");
}

/// Name of the author and committer of everything that a test creates.
pub(crate) const NAME: &str = "A U Thor";
/// Email address of [`NAME`].
pub(crate) const EMAIL: &str = "author@example.com";
/// Sign-off of [`NAME`].
pub(crate) const SIGN_OFF: &str = "Signed-off-by: A U Thor <author@example.com>";

/// Workflow without findings.
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

/// Workflow with one unpinned action, at line 7, column 15.
pub(crate) const UNPINNED_WORKFLOW: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: example/action@main
";

/// Path of the workflow in most tests.
pub(crate) const WORKFLOW: &str = ".github/workflows/ci.yml";
