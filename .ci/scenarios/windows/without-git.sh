# Scenarios of .ci/scenarios/wine: without git.
# shellcheck shell=bash disable=SC2154,SC2164 # it sets the variables, and ends at the first failure

expect 'version' 0 gate --version <<'END'
git-gate 0.1.0
END
mkdir "$place/plain"
cd "$place/plain"
expect 'pre-receive is refused' 2 gate hook pre-receive <<'END'
error: server hooks run on Unix only: who may change them is not checked here
hint: in a clone, `git gate install` guards commits and outgoing pushes
END
expect 'server is refused' 2 gate server status . <<'END'
error: server hooks run on Unix only: who may change them is not checked here
hint: in a clone, `git gate install` guards commits and outgoing pushes
END
expect 'audit is refused' 2 gate audit log <<'END'
error: server hooks run on Unix only: who may change them is not checked here
hint: in a clone, `git gate install` guards commits and outgoing pushes
END
expect 'scan without git' 2 gate scan <<'END'
error: cannot run `git rev-parse`: there is no `git` on PATH
hint: install git
END
