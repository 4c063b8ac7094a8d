#!/bin/sh
# Installs the pre-receive hook in one bare repository, or in every bare repository below a directory.
#
#   install/server.sh [--shim | --uninstall | --status] DIRECTORY...
#
# With git 2.54 or newer, the hook is installed in the config of each repository. --shim installs it in the hooks directory
# instead: use this if the server may run a different git than the one on PATH, because an older git ignores the config.
#
# Run it as the user who owns the repositories. The hooks call the `git-gate` on PATH, or the one given by $GIT_GATE.
# The script can be run again at any time, also by cron: it only visits repositories that are new or were changed. The
# exit status is 0 if no repository failed.
set -eu

usage() {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
}

newline='
'

# The files among the arguments that have a checksum. One process looks at all of them.
files_with() {
	sum=$1
	shift
	printf '%s%s%s' "$newline" "$(cksum "$@" 2>/dev/null | sed -n "s/^$sum //p")" "$newline"
}

# The config files among the arguments that have the hook in them, as `git gate install` sets it, and nothing that may switch
# a hook off. One process looks for each line.
configs_with_hook() {
	[ -n "$command" ] || return 0
	off=$newline$(grep -lis -e '^[[:space:]]*enabled' -e '^[[:space:]]*event *=* *$' -- "$@" || :)$newline
	event=$newline$(grep -lsxF "$event" -- "$@" || :)$newline
	grep -lsxF "$command" -- "$@" | while IFS= read -r config; do
		! has "$event" "$config" || has "$off" "$config" || printf '%s\n' "$config"
	done
}

# Whether a list has a file.
has() {
	case $1 in
	*"$newline$2$newline"*) ;;
	*) return 1 ;;
	esac
}

# Whether the hook is ours to the byte, and neither the config of the repository nor its dispatcher is younger; or the config
# has it, and the hooks directory does not.
# shellcheck disable=SC3013 # `-nt` is in POSIX since 2024, and was in every sh before
is_current() {
	hook=$1/hooks/pre-receive
	member=$hook.d/git-gate
	if [ -n "$command" ]; then
		has "$configured" "$1/config" || return 1
		! has "$plain_hooks" "$hook" && ! has "$chained_hooks" "$hook" && ! has "$plain_hooks" "$member"
		return
	fi
	if has "$chained_hooks" "$hook"; then
		[ -x "$hook.git-gate-chained" ] || return 1
	elif has "$plain_hooks" "$member"; then
		[ -x "$hook" ] && ! [ "$hook" -nt "$member" ] || return 1
		hook=$member
	else
		has "$plain_hooks" "$hook" || return 1
	fi
	[ -x "$hook" ] && ! [ "$1/config" -nt "$hook" ]
}

# Makes our hook younger than the config that it was looked at for, so that it is not looked at for the same again.
seen() {
	if [ -f "$1.d/git-gate" ]; then
		touch "$1.d/git-gate"
	elif [ -f "$1" ] && ! [ -L "$1" ]; then
		touch "$1"
	fi
}

# One repository, which is known by its objects.
visit() {
	repository=${1%/objects}
	case $repository in
	*/.git | */.git/*) return 0 ;;
	esac
	if ! [ -f "$repository/HEAD" ] || { [ "$task" = install ] && is_current "$repository"; }; then
		return 0
	fi
	if [ "$(git -C "$repository" rev-parse --is-bare-repository)" != true ]; then
		echo "$repository: not a bare repository, skipped"
	elif "$GIT_GATE" -C "$repository" "$task" ${mode:+--mode "$mode"} >"$shims/said" 2>&1; then
		grep -q '^nothing to do' "$shims/said" || echo "$repository: $outcome"
		[ "$task" != install ] || [ -n "$command" ] || seen "$repository/hooks/pre-receive"
	else
		echo "$repository: failed"
		sed 's/^/    /' "$shims/said"
		return 1
	fi
}

if [ "${1-}" = --visit ]; then
	shift
	failed=0
	repositories=$#
	for objects; do
		repository=${objects%/objects}
		set -- "$@" "$repository/hooks/pre-receive" "$repository/hooks/pre-receive.d/git-gate" "$repository/config"
	done
	plain_hooks=$(files_with "$plain" "$@")$newline
	chained_hooks=$(files_with "$chained" "$@")$newline
	configured=$newline$(configs_with_hook "$@")$newline
	for objects; do
		[ "$repositories" -gt 0 ] || break
		repositories=$((repositories - 1))
		visit "$objects" || failed=1
	done
	exit "$failed"
fi

task=install outcome=installed mode=
case ${1-} in
--shim)
	mode=shim
	shift
	;;
--uninstall | --status)
	[ "$1" = --status ] && task=status outcome='refuses what it must' || task=uninstall outcome=uninstalled
	shift
	;;
-*)
	usage
	exit 0
	;;
esac
if [ $# -eq 0 ]; then
	usage >&2
	exit 2
fi

GIT_GATE=${GIT_GATE:-$(command -v git-gate)} || {
	echo 'error: git-gate is not on PATH' >&2
	exit 2
}
shims=$(mktemp -d)
trap 'rm -rf "$shims"' EXIT
export GIT_GATE task outcome mode shims

# What the hook looks like, without and with one that was there before.
for kind in plain chained; do
	git init -q --bare --template= "$shims/$kind.git"
	mkdir "$shims/$kind.git/hooks"
done
echo '#!/bin/sh' >"$shims/chained.git/hooks/pre-receive"
chmod +x "$shims/chained.git/hooks/pre-receive"
for kind in plain chained; do
	"$GIT_GATE" -C "$shims/$kind.git" install --mode shim >/dev/null
done
# Where git runs hooks from its config, `git gate install` sets this one there, in two lines.
git init -q --bare --template= "$shims/config.git"
"$GIT_GATE" -C "$shims/config.git" install ${mode:+--mode "$mode"} >/dev/null
command=$(grep '^	command = ' "$shims/config.git/config" || true)
event=$(grep '^	event = ' "$shims/config.git/config" || true)
export command event
plain=$(cksum <"$shims/plain.git/hooks/pre-receive")
chained=$(cksum <"$shims/chained.git/hooks/pre-receive")
export plain chained

find -H "$@" -type d -name objects -prune -exec sh "$0" --visit {} +
