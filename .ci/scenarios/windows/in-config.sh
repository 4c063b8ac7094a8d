# Scenarios of .ci/scenarios/wine: hooks in git config.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

git init -q "$place/fourth"
cd "$place/fourth"
expect 'install in the config' 0 gate install <<'END'
set hook.git-gate-commit-msg to git_gate='PLACE/bin/git-gate.exe'; [ -x "$git_gate" ] || git_gate=$(command -v git-gate) || { echo 'error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install' >&2; exit 2; }; exec "$git_gate" hook commit-msg -- in the local config
set hook.git-gate-applypatch-msg to git_gate='PLACE/bin/git-gate.exe'; [ -x "$git_gate" ] || git_gate=$(command -v git-gate) || { echo 'error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install' >&2; exit 2; }; exec "$git_gate" hook applypatch-msg -- in the local config
set hook.git-gate-pre-push to git_gate='PLACE/bin/git-gate.exe'; [ -x "$git_gate" ] || git_gate=$(command -v git-gate) || { echo 'error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install' >&2; exit 2; }; exec "$git_gate" hook pre-push -- in the local config
installed; run `git gate status` to prove that the hooks refuse
END
expect 'the config' 0 git config --get-all hook.git-gate-pre-push.command <<'END'
git_gate='PLACE/bin/git-gate.exe'; [ -x "$git_gate" ] || git_gate=$(command -v git-gate) || { echo 'error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install' >&2; exit 2; }; exec "$git_gate" hook pre-push --
END
expect 'status of the config' 0 gate status <<'END'
commit-msg is installed in git config
applypatch-msg is installed in git config
pre-push is installed in git config
note: who else may change the hooks, git-gate and its policy is not checked on Windows
ready: every hook refused a bad commit and accepted a clean one
END
expect 'the config refuses' 1 git_of_windows commit -q --allow-empty -m x <<'END'
error[missing-signoff]: no sign-off
 --> the commit message "x"
  = help: the author has to add
          `Signed-off-by: Ana Ruiz <ana@example.org>`, or commit with
          `--signoff`
  = note: `deny` by default; see `git gate rules missing-signoff`

hint: git commit --signoff -eF "$(git rev-parse --git-path COMMIT_EDITMSG)"    # the message is there; add options such as -a
denied: 1 error in 1 commit
END
expect 'uninstall from the config' 0 gate uninstall <<'END'
remove hook.git-gate-commit-msg from the local config
remove hook.git-gate-applypatch-msg from the local config
remove hook.git-gate-pre-push from the local config
uninstalled
END
