#!/bin/sh
# Builds git-gate as one static file: it runs in an empty chroot, and in images without a C library.
#
#   install/static.sh
#
# The last line of the output is the path of the file.
set -eu

case ${1-} in
-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 0
	;;
esac
source=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$source/target}
machine=$(rustc -vV | sed -n 's/^host: //p')

# With a target of its own the flag holds for git-gate and what it links, not for what runs during the build.
RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked \
	--manifest-path "$source/Cargo.toml" --target-dir "$target" --target "$machine"
echo "$target/$machine/release/git-gate"
