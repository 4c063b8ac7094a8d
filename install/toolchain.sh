#!/bin/sh
# Unpacks the newest Rust of Debian, with what builds and runs programs of 64-bit Arm, into a directory; the system stays as it is.
#
#   install/toolchain.sh DIR
#
# DIR/root is a root for chroot(8) then, with rustc, cargo, C compilers and an emulator. Needs root, and apt with the lists and
# keys of Debian.
set -eu

case ${1--} in
-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	exit 2
	;;
esac
mkdir -p "$1"
cd "$1"
place=$PWD
[ ! -x root/usr/bin/rustc ] || exit 0

# apt with its own sources, lists and (empty) package status.
# shellcheck disable=SC2016 # apt expands it
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' | sed -n 1p)
keys=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | sed -n 1p)
rm -rf apt unpacked
mkdir -p apt/lists/partial apt/archives/partial unpacked
: >apt/status
echo "deb [arch=amd64,arm64 signed-by=${keys:?no keys of Debian}] ${archive:?no archive of Debian in the lists of apt-get update} sid main" >apt/sources.list
sid_apt() {
	apt-get -qq -o "Dir::Etc::sourcelist=$place/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::State=$place/apt" -o "Dir::State::status=$place/apt/status" -o "Dir::Cache=$place/apt" \
		-o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}
sid_apt update
sid_apt install -y --no-install-recommends --download-only rustc cargo git ca-certificates bash coreutils dash sed grep mawk \
	findutils make gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
# The standard library for Arm is of the same build as the compiler; its dependencies are those of Arm and are not needed.
(cd apt/archives && sid_apt download libstd-rust-dev:arm64)
for package in apt/archives/*.deb; do dpkg -x "$package" unpacked; done
rm -r apt

# What the maintainer scripts of these packages would do, and the devices that a build opens.
ln -sf gcc unpacked/usr/bin/cc
ln -sf mawk unpacked/usr/bin/awk
mkdir -p unpacked/dev unpacked/proc unpacked/tmp
for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9'; do
	# shellcheck disable=SC2086 # two words
	mknod -m 666 unpacked/dev/${device% * *} c ${device#* }
done
chroot unpacked rustc --version
mv unpacked root
