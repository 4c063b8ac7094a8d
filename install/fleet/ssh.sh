#!/bin/sh
# Scans the repositories on the disks of many servers over ssh, all servers at once, and merges what they found.
#
#   install/fleet/ssh.sh HOSTS RESULTS [OPTION]...
#
# HOSTS has a line `DESTINATION DIRECTORY` for each server, with a blank between them. The streams go to the directory RESULTS,
# one file a line of HOSTS. The options are those of `git gate fleet scan`, for example --no-git-config; files that they name are
# on the servers. The report goes to standard output, and the exit status is that of `git gate fleet report`, or 2 if a server did
# not finish. Run it again then: each server continues where it stopped, and those that have finished are not asked again.
#
# Needs GNU parallel and git-gate here, git-gate and git on the servers. $SSH is the command to connect with [ssh].
set -eu

usage() {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit "$1"
}

# Quotes each argument for a shell.
quoted() {
	for word in "$@"; do
		printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
	done
}

# Scans on one server, and fetches the stream once it is finished.
one() {
	number=$1 results=$2 host=$3 directory=$4
	shift 4
	stream=$results/$number.jsonl
	[ ! -e "$stream" ] || return 0
	state=".git-gate-fleet-$number.jsonl"
	# 1 says that there are findings; they are in the stream.
	scan="nice git-gate fleet scan$(quoted "$directory" "$@" --resume "$state")"
	${SSH:-ssh} "$host" "$scan; [ \$? -lt 2 ] || tail -n 1 $state | grep -q '^{\"kind\":\"verdict\"'" </dev/null >&2
	${SSH:-ssh} "$host" "cat $state" </dev/null >"$stream.part"
	mv "$stream.part" "$stream"
	${SSH:-ssh} "$host" "rm $state" </dev/null
}

case ${1-} in
--help) usage 0 ;;
--one)
	shift
	one "$@"
	exit
	;;
esac
[ $# -ge 2 ] || usage 2
hosts=$1 results=$2
shift 2
mkdir -p "$results"
parallel --will-cite --jobs 0 --quote --colsep '[ \t]+' --arg-file "$hosts" "$0" --one '{#}' "$results" '{1}' '{2}' "$@" || {
	echo "error: not every server has finished; run this again" >&2
	git-gate fleet report "$results"/*.jsonl || true
	exit 2
}
git-gate fleet report "$results"/*.jsonl
