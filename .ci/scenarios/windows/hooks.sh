# Scenarios of .ci/scenarios/wine: hooks in the hooks directory.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

git init -q "$place/second"
cd "$place/second"
git remote add origin ../server.git
git init -q --bare "$place/server.git"
commit_file readme $'hello\n' "$SIGNED"
git push -q origin main
expect 'install, only shown' 0 gate install --mode shim --dry-run <<'END'
write PLACE/second/.git/hooks/commit-msg
write PLACE/second/.git/hooks/applypatch-msg
write PLACE/second/.git/hooks/pre-push
dry run: nothing was changed
END
expect 'install' 0 gate install --mode shim <<'END'
write PLACE/second/.git/hooks/commit-msg
write PLACE/second/.git/hooks/applypatch-msg
write PLACE/second/.git/hooks/pre-push
installed; run `git gate status` to prove that the hooks refuse
END
expect 'text of the hook' 0 cat -A .git/hooks/commit-msg <<'END'
#!/bin/sh$
# git-gate shim, format 1$
git_gate='PLACE/bin/git-gate.exe'$
chained=$
$
# Written by `git-gate install`, taken away by `git-gate uninstall`. A change here stops both: keep your own commands$
# in a hook of your own, which `git-gate install` keeps and runs. Without git-gate nothing passes.$
[ -x "$git_gate" ] || git_gate=$(command -v git-gate) || {$
^Iecho 'error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install' >&2$
^Iexit 2$
}$
exec "$git_gate" hook commit-msg ${chained:+--chained "${0%/*}/$chained"} -- "$@"$
END
expect 'install again' 0 gate install --mode shim <<'END'
nothing to do: the hooks are already installed
END
expect 'status' 0 gate status <<'END'
commit-msg runs PLACE/second/.git/hooks/commit-msg
applypatch-msg runs PLACE/second/.git/hooks/applypatch-msg
pre-push runs PLACE/second/.git/hooks/pre-push
note: who else may change the hooks, git-gate and its policy is not checked on Windows
ready: every hook refused a bad commit and accepted a clean one
END
expect 'a commit without a sign-off' 1 git_of_windows commit -q --allow-empty -m x <<'END'
error[missing-signoff]: no sign-off
 --> the commit message "x"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

hint: git commit --signoff -eF "$(git rev-parse --git-path COMMIT_EDITMSG)"    # the message is there; add options such as -a
denied: 1 error in 1 commit
END
expect 'a commit with a sign-off' 0 git_of_windows commit -q --allow-empty -s -m x </dev/null
printf 'x\r\n\r\nSigned-off-by: Ana Ruiz <ana@example.org>\r\n' >message
expect 'a message with CRLF and a sign-off' 0 gate hook commit-msg message </dev/null
printf 'x\r\n\r\nno sign-off\r\n' >message
expect 'a message with CRLF and none' 1 gate hook commit-msg message <<'END'
error[missing-signoff]: no sign-off
 --> the commit message "x"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

hint: git commit --signoff -eF message    # the message is there; add options such as -a
denied: 1 error in 1 commit
END
rm message
expect 'a push' 0 git_of_windows push -q origin main </dev/null
commit_file .github/workflows/ci.yml "$UNPINNED" "$SIGNED"
expect 'a push of an unpinned action' 1 git_of_windows push -q origin main <<'END'
error[persisted-credentials]: `actions/checkout` keeps its credentials
  for later steps
 --> 97ea17d9cd85:.github/workflows/ci.yml:7:15
  |
7 | - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683...
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `persist-credentials: false` under `with`; for a job that
          has to push, see `git gate rules persisted-credentials`
  = note: `deny` by default; see `git gate rules persisted-credentials`

error[unpinned-uses]: `example/action@main` is not pinned to a commit: a
  tag or a branch can move
 --> 97ea17d9cd85:.github/workflows/ci.yml:8:15
  |
8 |       - uses: example/action@main
  |               ^^^^^^^^^^^^^^^^^^^
  = help: pin it: `example/action@<40 hex digits> # <version>`
  = note: `deny` by default; see `git gate rules unpinned-uses`

hint: git gate fix --apply    # with 97ea17d9cd85 checked out
hint: git commit --all --amend --no-edit
hint: that leaves 1 error to repair: unpinned-uses (1)
denied: 2 errors in 1 ref update, 1 commit, 1 workflow, 1 blob, 9
  entries of git config
error: failed to push some refs to '../server.git'
END
git checkout -q -b topic HEAD~1
commit_file topic x "$SIGNED"
git checkout -q -b trunk HEAD~1
commit_file trunk x "$SIGNED"
expect 'a merge that git makes' 0 git_of_windows merge -q --no-ff -m 'Merge topic' topic </dev/null
git checkout -q -b other HEAD~1
commit_file topic y "$SIGNED"
git merge -q trunk >/dev/null 2>&1 || true
echo z >topic
git add topic
expect 'a merge with changes of its own' 1 git_of_windows commit -q -m 'Merge trunk' <<'END'
error[missing-signoff]: no sign-off
 --> the commit message "Merge trunk"
  = note: this merge differs from what git creates by itself (for
          example, a resolved conflict), so its author has to sign it
          off: `git merge --signoff`
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

hint: git commit --signoff -eF "$(git rev-parse --git-path COMMIT_EDITMSG)"    # the message is there; add options such as -a
denied: 1 error in 1 commit
END
expect 'uninstall' 0 gate uninstall <<'END'
remove PLACE/second/.git/hooks/commit-msg
remove PLACE/second/.git/hooks/applypatch-msg
remove PLACE/second/.git/hooks/pre-push
uninstalled
END
expect 'nothing is left' 0 find .git/hooks -type f ! -name '*.sample' </dev/null
expect 'status afterwards' 1 gate status <<'END'
error: commit-msg, applypatch-msg, pre-push are not installed
hint: install them: `git gate install`
note: who else may change the hooks, git-gate and its policy is not checked on Windows
not ready
END
