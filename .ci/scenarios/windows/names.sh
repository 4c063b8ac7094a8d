# Scenarios of .ci/scenarios/wine: names.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

git init -q "$place/höhe über alles"
cd "$place/höhe über alles"
commit_file '.github/workflows/prüfung eins.yml' "$UNPINNED"
expect 'scan below letters and blanks' 1 gate scan HEAD <<'END'
error[missing-signoff]: no sign-off
 --> 28a0e050ad56 "add .github/workflows/prüfung eins.yml"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

error[persisted-credentials]: `actions/checkout` keeps its credentials
  for later steps
 --> 28a0e050ad56:.github/workflows/prüfung eins.yml:7:15
  |
7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `persist-credentials: false` under `with`; for a job that
          has to push, see `git gate rules persisted-credentials`
  = note: `deny` by default; see `git gate rules persisted-credentials`

error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
  tag or a branch can move
 --> 28a0e050ad56:.github/workflows/prüfung eins.yml:8:15
  |
8 |       - uses: example/action@main
  |               ^^^^^^^^^^^^^^^^^^^
  = help: pin it: `example/action@<40 hex digits> # <version>`
  = note: `deny` by default; see `git gate rules unpinned-uses`

hint: git commit --amend --signoff --no-edit
denied: 3 errors in 1 commit, 1 workflow, 1 blob, 7 entries of git
  config
END
expect 'install below letters and blanks' 0 gate install --mode shim <<'END'
write PLACE/höhe über alles/.git/hooks/commit-msg
write PLACE/höhe über alles/.git/hooks/applypatch-msg
write PLACE/höhe über alles/.git/hooks/pre-push
installed; run `git gate status` to prove that the hooks refuse
END
expect 'status below letters and blanks' 0 gate status <<'END'
commit-msg runs PLACE/höhe über alles/.git/hooks/commit-msg
applypatch-msg runs PLACE/höhe über alles/.git/hooks/applypatch-msg
pre-push runs PLACE/höhe über alles/.git/hooks/pre-push
note: who else may change the hooks, git-gate and its policy is not checked on Windows
ready: every hook refused a bad commit and accepted a clean one
END
expect 'uninstall below letters and blanks' 0 gate uninstall <<'END'
remove PLACE/höhe über alles/.git/hooks/commit-msg
remove PLACE/höhe über alles/.git/hooks/applypatch-msg
remove PLACE/höhe über alles/.git/hooks/pre-push
uninstalled
END

git init -q --bare "$place/bare.git"
cd "$place/bare.git"
expect 'no hooks for a server' 2 gate install <<'END'
error: server hooks run on Unix only: who may change them is not checked here
hint: in a clone, `git gate install` guards commits and outgoing pushes
END
