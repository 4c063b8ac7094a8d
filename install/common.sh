#!/bin/sh
# Writes the pre-receive hook to one file, for a server that runs one hook for all its repositories.
#
#   install/common.sh FILE
#
# For the location of FILE on each server, see README.md. The hook calls the `git-gate` on PATH, or the one given by
# $GIT_GATE. The script can be run again at any time; it does not change a file that is not a hook of git-gate.
set -eu

case ${1-} in
'' | -*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	[ $# -gt 0 ]
	exit
	;;
esac
file=$1
GIT_GATE=${GIT_GATE:-$(command -v git-gate)} || {
	echo 'error: git-gate is not on PATH' >&2
	exit 2
}
if [ -e "$file" ] && ! sed -n 2p "$file" | grep -q '^# git-gate shim, format '; then
	echo "error: $file already exists and is not a hook of git-gate" >&2
	exit 2
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q --bare --template= "$scratch/scratch.git"
"$GIT_GATE" -C "$scratch/scratch.git" install --mode shim >/dev/null

# Complete before it has its name: a push may come at any moment.
cp "$scratch/scratch.git/hooks/pre-receive" "$file.new"
chmod 755 "$file.new"
mv -f "$file.new" "$file"
echo "$file: installed"
