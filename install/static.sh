#!/bin/sh
# Builds git-gate as one static file: it runs in an empty chroot, and in images without a C library.
#
#   install/static.sh [TARGET]
#   install/static.sh --run COMMAND...      runs a command that builds it the same way
#
# TARGET is a target of Rust, by default this machine. The last line of the output is the path of the file, which holds no path
# of its builder.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$source/target}
home=${CARGO_HOME:-$HOME/.cargo}

# With a target of its own the flags hold for git-gate and what it links, not for what runs during the build. The last prefix
# that fits is replaced: the directories may lie in each other.
CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037' -Ctarget-feature=+crt-static \
	"--remap-path-prefix=$source=/git-gate" "--remap-path-prefix=$target=/target")--remap-path-prefix=$home=/cargo
export CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$target" CARGO_PROFILE_RELEASE_STRIP=symbols

case ${1-} in
--run)
	shift
	exec "$@"
	;;
-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 0
	;;
esac
machine=${1:-$(rustc -vV | sed -n 's/^host: //p')}
cargo build --release --locked --manifest-path "$source/Cargo.toml" --target "$machine"
echo "$target/$machine/release/git-gate"
