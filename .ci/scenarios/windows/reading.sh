# Scenarios of .ci/scenarios/wine: what is read, and fixed.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

expect 'scan outside of a repository' 2 gate scan <<'END'
error: not inside a git repository
hint: run it in one, or pass `-C DIR`
END
expect 'rules' 0 gate rules <<'END'
sign-off
  missing-signoff        deny   a commit has no sign-off in its trailer block
  mismatched-signoff     deny   a commit has sign-offs, but none by its author
                                or committer
  misnamed-signoff       warn   a sign-off has the address of the author or
                                committer under another name
  malformed-commit       deny   a commit has a malformed author, committer or
                                message
workflow
  unpinned-uses          deny   a `uses:` is not pinned to a full commit oid
  unpinned-image         warn   an image is not pinned by digest
  persisted-credentials  deny   a checkout does not set
                                `persist-credentials: false`
  unreadable-workflow    deny   a workflow cannot be parsed the way the forge
                                parses it
  mismatched-lock        deny   the lock file of the actions contradicts a
                                `uses`, or itself
  written-credentials    warn   a step writes a credential into git config or a
                                remote URL
  untrusted-checkout     warn   a workflow that has secrets checks out code of
                                a fork
  script-injection       warn   a script contains an expression that outsiders
                                can write
  unscoped-app-token     warn   the token of an app gets every permission of
                                the app
  excessive-permissions  warn   a workflow grants excessive permissions to
                                GITHUB_TOKEN
  unlabelled-pin         warn   a pin has no version comment, or one version
                                has two oids
  unprotected-secret     warn   a production secret is read outside its
                                protected environment
  unsigned-image         warn   a pushed image has no keyless signature of its
                                digest
  missing-sbom           warn   no SBOM is generated for a pushed image
  outdated-action        allow  an action is older than the policy asks for
token
  token-in-git-config    deny   git config or a similar file contains a
                                credential
  token-in-content       warn   a blob, message, path, ref or tag contains a
                                provider token
ref
  replaced-object        deny   a push sets a replace ref, which makes git show
                                a different object than the one pushed
  moved-tag              allow  a push moves or deletes a tag that others may
                                rely on

Levels without a source are defaults. `git gate rules ID` explains a rule.
END

git init -q "$place/first"
cd "$place/first"
commit_file readme $'hello\n' "$SIGNED"
commit_file .github/workflows/ci.yml "$UNPINNED"
expect 'scan' 1 gate scan HEAD <<'END'
error[missing-signoff]: no sign-off
 --> e5392a6e3944 "add .github/workflows/ci.yml"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

error[persisted-credentials]: `actions/checkout` keeps its credentials
  for later steps
 --> e5392a6e3944:.github/workflows/ci.yml:7:15
  |
7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `persist-credentials: false` under `with`; for a job that
          has to push, see `git gate rules persisted-credentials`
  = note: `deny` by default; see `git gate rules persisted-credentials`

error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
  tag or a branch can move
 --> e5392a6e3944:.github/workflows/ci.yml:8:15
  |
8 |       - uses: example/action@main
  |               ^^^^^^^^^^^^^^^^^^^
  = help: pin it: `example/action@<40 hex digits> # <version>`
  = note: `deny` by default; see `git gate rules unpinned-uses`

hint: git commit --amend --signoff --no-edit
denied: 3 errors in 2 commits, 1 workflow, 2 blobs, 7 entries of git
  config
END
expect 'scan of a tree' 1 gate scan --tree HEAD --format github <<'END'
::error file=.github/workflows/ci.yml,line=7,col=15,endColumn=71,title=persisted-credentials in e5392a6e3944::`actions/checkout` keeps its credentials for later steps%0Ahelp: add `persist-credentials: false` under `with`; for a job that has to push, see `git gate rules persisted-credentials`
::error file=.github/workflows/ci.yml,line=8,col=15,endColumn=33,title=unpinned-uses in e5392a6e3944::`example/action@main` is not pinned to a commit: a tag or a branch can move%0Ahelp: pin it: `example/action@<40 hex digits> # <version>`
denied: 2 errors in 1 workflow, 2 blobs
END
expect 'fix, only shown' 0 gate fix <<'END'
.github/workflows/ci.yml:7
        - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
+         with:
+           persist-credentials: false
nothing was changed; to apply, run `git gate fix --apply`
left to do:
  .github/workflows/ci.yml:10: `example/action@main` is not pinned to a commit: a tag or a branch can move
to look up the commits of tags in the repositories of the actions, run `git gate fix --resolve`, or:
  git ls-remote https://github.com/example/action main 'main^{}'
END
expect 'fix' 0 gate fix --apply <<'END'
.github/workflows/ci.yml:7
        - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
+         with:
+           persist-credentials: false
fixed 1 file
left to do:
  .github/workflows/ci.yml:10: `example/action@main` is not pinned to a commit: a tag or a branch can move
to look up the commits of tags in the repositories of the actions, run `git gate fix --resolve`, or:
  git ls-remote https://github.com/example/action main 'main^{}'
END
expect 'what fix has changed' 0 git diff --stat <<'END'
 .github/workflows/ci.yml | 2 ++
 1 file changed, 2 insertions(+)
END
git checkout -q .
printf '%s' "$UNPINNED" | sed 's/$/\r/' >.github/workflows/ci.yml
expect 'fix of a file with CRLF' 0 gate fix --apply <<'END'
.github/workflows/ci.yml:7
        - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
+         with:
+           persist-credentials: false
fixed 1 file
left to do:
  .github/workflows/ci.yml:10: `example/action@main` is not pinned to a commit: a tag or a branch can move
to look up the commits of tags in the repositories of the actions, run `git gate fix --resolve`, or:
  git ls-remote https://github.com/example/action main 'main^{}'
END
expect 'its line ends' 0 cat -A .github/workflows/ci.yml <<'END'
on: push^M$
permissions: {}^M$
jobs:^M$
  build:^M$
    runs-on: ubuntu-24.04^M$
    steps:^M$
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2^M$
        with:^M$
          persist-credentials: false^M$
      - uses: example/action@main^M$
END
git checkout -q .
expect 'a report in the work tree' 1 gate scan --output gitlab=report.json HEAD <<'END'
error[missing-signoff]: no sign-off
 --> e5392a6e3944 "add .github/workflows/ci.yml"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

error[persisted-credentials]: `actions/checkout` keeps its credentials
  for later steps
 --> e5392a6e3944:.github/workflows/ci.yml:7:15
  |
7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `persist-credentials: false` under `with`; for a job that
          has to push, see `git gate rules persisted-credentials`
  = note: `deny` by default; see `git gate rules persisted-credentials`

error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
  tag or a branch can move
 --> e5392a6e3944:.github/workflows/ci.yml:8:15
  |
8 |       - uses: example/action@main
  |               ^^^^^^^^^^^^^^^^^^^
  = help: pin it: `example/action@<40 hex digits> # <version>`
  = note: `deny` by default; see `git gate rules unpinned-uses`

hint: git commit --amend --signoff --no-edit
denied: 3 errors in 2 commits, 1 workflow, 2 blobs, 7 entries of git
  config
END
expect 'the same report again' 1 gate scan --output gitlab=report.json HEAD <<'END'
error[missing-signoff]: no sign-off
 --> e5392a6e3944 "add .github/workflows/ci.yml"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

error[persisted-credentials]: `actions/checkout` keeps its credentials
  for later steps
 --> e5392a6e3944:.github/workflows/ci.yml:7:15
  |
7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `persist-credentials: false` under `with`; for a job that
          has to push, see `git gate rules persisted-credentials`
  = note: `deny` by default; see `git gate rules persisted-credentials`

error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
  tag or a branch can move
 --> e5392a6e3944:.github/workflows/ci.yml:8:15
  |
8 |       - uses: example/action@main
  |               ^^^^^^^^^^^^^^^^^^^
  = help: pin it: `example/action@<40 hex digits> # <version>`
  = note: `deny` by default; see `git gate rules unpinned-uses`

hint: git commit --amend --signoff --no-edit
denied: 3 errors in 2 commits, 1 workflow, 2 blobs, 7 entries of git
  config
END
expect 'the report' 0 cat report.json <<'END'
[
  {
    "check_name": "missing-signoff",
    "description": "no sign-off\nhelp: the author has to add `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with `--signoff`",
    "fingerprint": "4aadf8ebafd6d105285177683296cb3f5858e2d21023cafdb01da70ab908db85:1",
    "location": {
      "lines": {
        "begin": 1
      },
      "path": "commit/e5392a6e394448fd00ce30df30b87b2889359f33"
    },
    "severity": "critical"
  },
  {
    "check_name": "persisted-credentials",
    "description": "`actions/checkout` keeps its credentials for later steps\nhelp: add `persist-credentials: false` under `with`; for a job that has to push, see `git gate rules persisted-credentials`",
    "fingerprint": "3c839412db7dcf781351ff6cb83e87bb6ed242b02ca86bd378cfb2a0ea23c4f1:1",
    "location": {
      "lines": {
        "begin": 7
      },
      "path": ".github/workflows/ci.yml"
    },
    "severity": "critical"
  },
  {
    "check_name": "unpinned-uses",
    "description": "`example/action@main` is not pinned to a commit: a tag or a branch can move\nhelp: pin it: `example/action@<40 hex digits> # <version>`",
    "fingerprint": "a848432a1eef0aa05471a12361b74f120935ad8a0a4f6fbc8dc1a34f05cd56a7:1",
    "location": {
      "lines": {
        "begin": 8
      },
      "path": ".github/workflows/ci.yml"
    },
    "severity": "critical"
  }
]
END
printf 'machine example.org login ana password %s%s\n' ghp_ 0123456789abcdefghijklmnopqrstuvwxyz >"$home/_netrc"
expect 'scan of the git config' 1 gate scan --git-config <<'END'
error[token-in-git-config]: a GitHub personal access token `ghp_***` in
  a netrc entry for `example.org` (40 bytes)
 --> C:/users/USER/_netrc:1 (global git config)
  = note: revoke it at GitHub (https://github.com/settings/tokens): it
          may have been read
  = help: delete line 1 of the file
  = note: `deny` by default; see `git gate rules token-in-git-config`

denied: 1 error in 7 entries of git config
END
rm "$home/_netrc"
