# Runs commands and compares all that they say with what they should say. To be read by scenarios (`. expect.sh`).
# shellcheck shell=bash

passed=0

# expect NAME STATUS COMMAND...: the expected output, of both streams, comes on standard input. In what the command says, $filter
# (a program of sed) replaces what differs from run to run.
expect() {
	local name=$1 status=$2 said ended=0 wanted
	shift 2
	wanted=$(cat)
	said=$("$@" 2>&1 </dev/null) || ended=$?
	said=$(printf '%s\n' "$said" | sed -e "${filter-}")
	if [ "$ended" != "$status" ] || [ "$said" != "$wanted" ]; then
		printf 'FAILED: %s\n' "$name"
		printf 'status %s, expected %s\n' "$ended" "$status"
		diff -u --label expected --label said <(printf '%s\n' "$wanted") <(printf '%s\n' "$said") || true
		exit 1
	fi
	passed=$((passed + 1))
	printf 'passed: %s\n' "$name"
}
