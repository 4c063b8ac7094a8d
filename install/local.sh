#!/bin/sh
# Installs git-gate for one user, and its hooks in the current repository.
#
#   install/local.sh            builds git-gate from this source
#   install/local.sh BINARY     uses an existing binary
#
# The binary is copied to $PREFIX/bin, by default ~/.local/bin, and its manual pages and completions for shells to $PREFIX/share.
# Running the script again updates all.
set -eu

case ${1-} in
-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 0
	;;
esac
prefix=${PREFIX:-$HOME/.local}
bin=$prefix/bin
source=$(cd "$(dirname "$0")/.." && pwd)

if [ $# -gt 0 ]; then
	built=$1
else
	cargo build --release --locked --manifest-path "$source/Cargo.toml" --target-dir "$source/target"
	built=$source/target/release/git-gate
fi

# A program that is running cannot be written to, but it can be replaced.
mkdir -p "$bin"
cp "$built" "$bin/.git-gate.new"
chmod 755 "$bin/.git-gate.new"
mv -f "$bin/.git-gate.new" "$bin/git-gate"
"$bin/git-gate" --version
"$source/install/share.sh" "$bin/git-gate" "$prefix/share"

case :$PATH: in
*":$bin:"*) ;;
*) echo "hint: to use \`git gate\`, add $bin to PATH" ;;
esac
if git rev-parse --git-dir >/dev/null 2>&1; then
	"$bin/git-gate" install
else
	echo "hint: run \`git gate install\` in each repository that you want to protect"
fi
