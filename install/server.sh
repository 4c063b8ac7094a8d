#!/bin/sh
# Installs the pre-receive hook in every bare repository below the directories: `git gate server`, for older callers.
#
#   install/server.sh [--shim | --uninstall | --status] [OPTION]... DIRECTORY...
#
# Calls the `git-gate` on PATH, or the one given by $GIT_GATE. `git gate server install --help` describes the options.
set -eu

task=install
case ${1-} in
--shim)
	shift
	set -- --mode shim "$@"
	;;
--uninstall | --status)
	task=${1#--}
	shift
	;;
esac
exec "${GIT_GATE:-git-gate}" server "$task" "$@"
