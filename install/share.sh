#!/bin/sh
# Writes the manual pages and the completions for shells to where man and the shells look below a prefix.
#
#   install/share.sh BINARY PREFIX/share
set -eu

[ $# -eq 2 ] || {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 2
}
mkdir -p "$2/man/man1" "$2/bash-completion/completions" "$2/zsh/site-functions" "$2/fish/vendor_conf.d"
"$1" man "$2/man/man1"
"$1" completions bash >"$2/bash-completion/completions/git-gate"
"$1" completions zsh >"$2/zsh/site-functions/_git-gate"
"$1" completions fish >"$2/fish/vendor_conf.d/git-gate.fish"
