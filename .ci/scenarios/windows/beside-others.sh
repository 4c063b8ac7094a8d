# Scenarios of .ci/scenarios/wine: hooks of others.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

git init -q "$place/third"
cd "$place/third"
rm -f .git/hooks/*
# shellcheck disable=SC2016 # the hook expands it
printf '#!/bin/sh\necho "earlier $(basename "$0") $(head -n 1 "$1")"\ngrep -q good "$1"\n' >.git/hooks/commit-msg
printf '#!/usr/bin/perl\nprint "earlier @ARGV\\n"; exit 3\n' >.git/hooks/pre-push
mkdir "$place/before"
cp .git/hooks/* "$place/before"
expect 'install beside other hooks' 0 gate install --mode shim <<'END'
put the line of git-gate into PLACE/third/.git/hooks/commit-msg, which runs as before
write PLACE/third/.git/hooks/applypatch-msg
keep PLACE/third/.git/hooks/pre-push as pre-push.git-gate-chained, and run it too
write PLACE/third/.git/hooks/pre-push
installed; run `git gate status` to prove that the hooks refuse
END
expect 'status beside other hooks' 0 gate status <<'END'
commit-msg runs PLACE/third/.git/hooks/commit-msg
applypatch-msg runs PLACE/third/.git/hooks/applypatch-msg
pre-push runs PLACE/third/.git/hooks/pre-push
note: who else may change the hooks, git-gate and its policy is not checked on Windows
ready: every hook refused a bad commit and accepted a clean one
END
expect 'both hooks accept' 0 git_of_windows commit -q --allow-empty -s -m good <<'END'
earlier commit-msg good
END
expect 'the other hook refuses' 1 git_of_windows commit -q --allow-empty -s -m bad <<'END'
earlier commit-msg bad
END
expect 'git-gate refuses beside it' 1 git_of_windows commit -q --allow-empty -m good <<'END'
earlier commit-msg good
error[missing-signoff]: no sign-off
 --> the commit message "good"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

hint: git commit --signoff -eF "$(git rev-parse --git-path COMMIT_EDITMSG)"    # the message is there; add options such as -a
denied: 1 error in 1 commit
END
git remote add origin ../server.git
expect 'the kept hook refuses' 1 git_of_windows push -q origin HEAD:other <<'END'
earlier origin ../server.git
error: failed to push some refs to '../server.git'
END
expect 'uninstall restores them' 0 gate uninstall <<'END'
remove the line of git-gate from PLACE/third/.git/hooks/commit-msg
remove PLACE/third/.git/hooks/applypatch-msg
restore PLACE/third/.git/hooks/pre-push
uninstalled
END
expect 'they are as before' 0 diff -r "$place/before" .git/hooks </dev/null

git init -q "$place/fourth"
cd "$place/fourth"
rm -f .git/hooks/*
printf 'MZ' >.git/hooks/pre-push.exe
expect 'a hook that would be silenced' 2 gate install --mode shim <<'END'
error: PLACE/fourth/.git/hooks/pre-push.exe is a hook, which git would no longer run beside PLACE/fourth/.git/hooks/pre-push
hint: git also runs it under its plain name; in PowerShell: `Rename-Item PLACE/fourth/.git/hooks/pre-push.exe pre-push`
hint: with git 2.54 or newer, it can stay as it is: `git gate install --mode config`
END
expect 'it stays alone' 0 ls .git/hooks <<'END'
pre-push.exe
END
