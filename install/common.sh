#!/bin/sh
# Writes the pre-receive hook to one file, for a server that runs one hook for all its repositories.
#
#   install/common.sh [--uninstall] FILE
#
# For the location of FILE on each server, see README.md. The hook calls the `git-gate` on PATH, or the one given by
# $GIT_GATE. The script can be run again at any time. A hook of yours in FILE is kept and runs too, if FILE is named
# pre-receive; --uninstall restores it.
set -eu

task=install mode=--mode=shim
if [ "${1-}" = --uninstall ]; then
	task=uninstall mode=
	shift
fi
case ${1-} in
'' | -*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	[ "${1-}" = --help ] || exit 2
	exit 0
	;;
esac
[ $# -eq 1 ] || {
	echo 'error: more than one FILE' >&2
	exit 2
}
file=$1
directory=$(dirname "$file")
kept=pre-receive.git-gate-chained
GIT_GATE=${GIT_GATE:-$(command -v git-gate)} || {
	echo 'error: git-gate is not on PATH' >&2
	exit 2
}
[ -d "$directory" ] || {
	echo "error: there is no directory $directory" >&2
	exit 2
}
[ ! -L "$file" ] || {
	echo "error: $file is a symbolic link: name the file that it leads to" >&2
	exit 2
}
if [ "${file##*/}" != pre-receive ]; then
	kept=
	if [ -e "$file" ] && ! sed -n 2p "$file" | grep -q '^# git-gate shim, format '; then
		echo "error: $file already exists and is not a hook of git-gate" >&2
		exit 2
	fi
fi

# The work is done in a scratch repository, with the files that are there now.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q --bare --template= "$scratch/new.git"
hooks=$scratch/new.git/hooks
mkdir "$hooks"
[ ! -e "$file" ] || cp -p "$file" "$hooks/pre-receive"
[ -z "$kept" ] || [ ! -e "$directory/$kept" ] || cp -p "$directory/$kept" "$hooks/"
# shellcheck disable=SC2086 # no mode, no argument
"$GIT_GATE" -C "$scratch/new.git" "$task" $mode >"$scratch/said" 2>&1 || {
	echo "error: $file: not ${task}ed" >&2
	sed "s|$hooks/pre-receive|$file|g; s|git gate install --mode config|git gate install --global|" "$scratch/said" >&2
	exit 2
}
if grep -q '^nothing to do' "$scratch/said"; then
	echo "$file: nothing to do"
	exit
fi

# Complete before it has its name: a push may come at any moment.
put() {
	cp -p "$1" "$2.new"
	mv -f "$2.new" "$2"
}

# The kept hook comes before ours, which calls it, and goes after it.
[ -z "$kept" ] || [ ! -e "$hooks/$kept" ] || put "$hooks/$kept" "$directory/$kept"
if [ -e "$hooks/pre-receive" ]; then
	put "$hooks/pre-receive" "$file"
else
	rm -f "$file"
fi
[ -z "$kept" ] || [ -e "$hooks/$kept" ] || rm -f "$directory/$kept"
echo "$file: ${task}ed"
