#!/bin/sh
# Writes the pre-receive hook to one file, for a server that runs one hook for all of its repositories.
#
#   install/common.sh FILE
#
# Where FILE is, README.md says for each server. The hook will call the `git-gate` that is on PATH, or the one that
# $GIT_GATE names. It can be run again at any time; a file that is not ours is left alone.
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
	echo "error: $file is there already, and it is not ours" >&2
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
