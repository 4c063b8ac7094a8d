//! Output of four refused pushes in the client, which is the same for every server.

/// Output for a commit without sign-off, an unpinned action, a checkout that keeps its credentials, and a
/// token in a file of git config.
pub(super) const REFUSALS: [&str; 4] = [
    "\
remote: error[missing-signoff]: no sign-off
remote:  --> 83b5b1cd4709 \"docs: a change\"
remote:   = help: the author has to add
remote:           `Signed-off-by: A U Thor <author@example.com>`, or commit with
remote:           `--signoff`
remote:   = note: `deny` by default; see `git gate rules missing-signoff`
remote:
remote: hint: git commit --amend --signoff --no-edit --allow-empty    # with 83b5b1cd4709 checked out
remote: hint: then push again
remote: denied: 1 error in 1 ref update, 1 commit
",
    "\
remote: error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
remote:   tag or a branch can move
remote:  --> 24b850e40f32:.github/workflows/ci.yml:7:15
remote:   |
remote: 7 |       - uses: example/action@main
remote:   |               ^^^^^^^^^^^^^^^^^^^
remote:   = help: pin it: `example/action@<40 hex digits> # <version>`
remote:   = note: `deny` by default; see `git gate rules unpinned-uses`
remote:
remote: denied: 1 error in 1 ref update, 1 commit, 1 workflow, 1 blob
",
    "\
remote: error[persisted-credentials]: `actions/checkout` keeps its credentials
remote:   for later steps
remote:  --> e09f6d515cef:.github/workflows/ci.yml:7:15
remote:   |
remote: 7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
remote:   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
remote:   = help: add `persist-credentials: false` under `with`; for a job that
remote:           has to push, see `git gate rules persisted-credentials`
remote:   = note: `deny` by default; see `git gate rules persisted-credentials`
remote:
remote: hint: git gate fix --apply    # with e09f6d515cef checked out
remote: hint: git commit --all --amend --no-edit
remote: hint: then push again
remote: denied: 1 error in 1 ref update, 1 commit, 1 workflow, 1 blob
",
    "\
remote: error[token-in-git-config]: `submodule.x.url` contains a GitHub
remote:   server-to-server token `ghs_***` in a URL for `example.org` (40 bytes)
remote:  --> 5f6a95a66f77:.gitmodules:3:2
remote:   = note: revoke it at GitHub (https://github.com/settings/tokens): it
remote:           may have been read
remote:   = help: remove it from the commit that adds it, and use a credential
remote:           helper instead
remote:   = note: `deny` by default; see `git gate rules token-in-git-config`
remote:
remote: denied: 1 error in 1 ref update, 1 commit, 1 blob
",
];
