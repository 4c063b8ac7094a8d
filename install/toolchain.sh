#!/bin/sh
# Unpacks the newest Rust of Debian, with what builds and runs programs for other machines, into a directory; the packages of
# the system stay as they are.
#
#   install/toolchain.sh DIR                   prepares DIR
#   install/toolchain.sh DIR COMMAND...        prepares DIR, and runs a command in it
#
# DIR/root is a root for chroot(8) then, with rustc, cargo, C compilers for 64-bit Arm and Windows, an emulator, wine, git, and
# zig for macOS. A command finds this source at /src, to read only, DIR/target at /target, and in /vendor, to read only, the
# crates that Cargo.lock names, those of the standard library too: it needs no network. All else that it writes stays in
# DIR/root. Needs root, user namespaces, cargo and pip, which fill their caches, and apt with the lists and keys of Debian.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)

# Mounts what a command needs, in the namespace of this process, and runs it in a namespace with users of its own.
mount_all() {
	root=$1
	mount --bind "$source" "$root/src"
	mount -o remount,bind,ro "$root/src"
	mount --bind "${root%/*}/target" "$root/target"
	mount --bind "${root%/*}/vendor" "$root/vendor"
	mount -o remount,bind,ro "$root/vendor"
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	unshare --user true
	mkfifo "$root/tmp/is-new" "$root/tmp/has-users"
	# A command behind `&` has no input but one that is given to it.
	exec 3<&0
	unshare --user --mount "$source/install/toolchain.sh" --enter "$@" <&3 3<&- &
	read -r _ <"$root/tmp/is-new"
	echo 0 0 4294967295 >"$root/proc/$!/uid_map"
	echo 0 0 4294967295 >"$root/proc/$!/gid_map"
	echo >"$root/tmp/has-users"
	wait $!
	exit
}

# Lets the kernel run programs for 64-bit Arm by the emulator, in the namespace of this process only, and runs the command.
# Before Linux 6.7 there was one such list for the machine, which is left alone: a program then needs `qemu-aarch64` before it.
enter() {
	root=$1
	shift
	echo >"$root/tmp/is-new"
	read -r _ <"$root/tmp/has-users"
	rm "$root/tmp/is-new" "$root/tmp/has-users"
	if mount -t binfmt_misc binfmt_misc "$root/proc/sys/fs/binfmt_misc" 2>/dev/null; then
		head='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
		mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
		printf %s ":aarch64:M::$head:$mask:$root/usr/bin/qemu-aarch64:F" >"$root/proc/sys/fs/binfmt_misc/register"
	fi
	# shellcheck disable=SC2016 # the inner shell expands it
	exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=/target \
		sh -c 'cd /src && exec "$@"' sh "$@"
}

case ${1--} in
--mount)
	shift
	mount_all "$@"
	;;
--enter)
	shift
	enter "$@"
	;;
-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 2
	;;
esac
mkdir -p "$1"
place=$(cd "$1" && pwd)
shift

packages="rustc cargo rust-src rust-llvm git ca-certificates bash coreutils dash sed grep mawk findutils diffutils make perl-base libc-bin file
gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user gcc-mingw-w64-x86-64-win32 wine wine64 libz-mingw-w64"

# Runs apt, with the proxies of the system and without what it runs after an update.
sid_apt() {
	apt-get -qq -c "$place/apt/config" -o "Dir::Etc::sourcelist=$place/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State=$place/apt" -o "Dir::State::status=$place/apt/status" -o "Dir::Cache=$place/apt" \
		-o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

# Unpacks the packages into `unpacked`, by apt with its own sources, lists and (empty) package status.
unpack() {
	# shellcheck disable=SC2016 # apt expands it
	archive=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' | sed -n 1p)
	keys=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | sed -n 1p)
	rm -rf apt unpacked
	mkdir -p apt/lists/partial apt/archives/partial unpacked
	: >apt/status
	printf '#clear %s;\n' APT::Update::Post-Invoke APT::Update::Post-Invoke-Success DPkg::Post-Invoke >apt/config
	echo "deb [arch=amd64,arm64 signed-by=${keys:?no keys of Debian}] ${archive:?no archive of Debian in the lists of apt-get update} sid main" >apt/sources.list
	sid_apt update
	# shellcheck disable=SC2086 # names
	sid_apt install -y --no-install-recommends --download-only $packages
	# The standard library for Arm is of the same build as the compiler; its dependencies are those of Arm and are not needed.
	(cd apt/archives && sid_apt download libstd-rust-dev:arm64)
	for package in apt/archives/*.deb; do dpkg -x "$package" unpacked; done
	rm -r apt
}

# Does what the maintainer scripts of these packages would do, makes the devices that a build opens, and adds zig.
finish() {
	ln -sf gcc unpacked/usr/bin/cc
	ln -sf mawk unpacked/usr/bin/awk
	for program in gcc gcc-ar gcc-nm gcc-ranlib; do
		ln -sf "x86_64-w64-mingw32-$program-win32" "unpacked/usr/bin/x86_64-w64-mingw32-$program"
	done
	ln -sf wine-stable unpacked/usr/bin/wine
	ln -sf wine64-stable unpacked/usr/bin/wine64
	for program in nm objdump; do ln -sf "/$(cd unpacked && echo usr/lib/llvm-*/bin/llvm-$program)" "unpacked/usr/bin/llvm-$program"; done
	# Wine takes a library from its own folder only if it is marked as its own.
	libraries=$(find unpacked/usr/lib -type d -path '*/wine/x86_64-windows')
	cp unpacked/usr/x86_64-w64-mingw32/lib/zlib1.dll "$libraries"
	printf 'Wine builtin DLL\0' | dd of="$libraries/zlib1.dll" bs=1 seek=64 conv=notrunc status=none
	mkdir -p unpacked/dev unpacked/proc unpacked/tmp unpacked/src unpacked/target unpacked/vendor
	ln -s /proc/self/fd unpacked/dev/fd
	for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9'; do
		# shellcheck disable=SC2086 # two words
		mknod -m 666 unpacked/dev/${device% * *} c ${device#* }
	done
	python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
		--target unpacked/opt/zig -r "$source/.ci/zig.txt"
	ln -sf /opt/zig/ziglang/zig /opt/zig/bin/cargo-zigbuild unpacked/usr/bin
	chroot unpacked rustc --version
}

cd "$place"
wanted=$(echo "$packages" && cat "$source/.ci/zig.txt")
if [ ! -x root/usr/bin/rustc ] || [ "$wanted" != "$(cat root/packages.txt 2>/dev/null)" ]; then
	unpack
	finish
	echo "$wanted" >unpacked/packages.txt
	rm -rf root
	mv unpacked root
fi
[ $# -gt 0 ] || exit 0

# The crates of Cargo.lock, and those that the standard library is built from.
if ! cmp -s "$source/Cargo.lock" vendor/Cargo.lock; then
	cargo vendor --quiet --locked --versioned-dirs --manifest-path "$source/Cargo.toml" vendor >/dev/null
	for crate in root/usr/src/rustc-*/library/vendor/*; do
		[ -e "vendor/${crate##*/}" ] || cp -R "$crate" vendor
	done
	cp "$source/Cargo.lock" vendor
fi
mkdir -p target root/root/.cargo
cat >root/root/.cargo/config.toml <<'END'
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "/vendor"
[net]
offline = true
[target.x86_64-pc-windows-gnu]
linker = "x86_64-w64-mingw32-gcc"
[target.aarch64-unknown-linux-gnu]
linker = "aarch64-linux-gnu-gcc"
END

# What is mounted, and what the command has started, goes with it.
exec unshare --mount --pid --fork --kill-child "$source/install/toolchain.sh" --mount "$place/root" "$@"
