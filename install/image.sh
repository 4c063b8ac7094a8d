#!/bin/sh
# Writes an OCI image layout with one static file in it, without a daemon: for a job that needs no shell, or to copy the file from.
#
#   install/image.sh DIRECTORY ARCHITECTURE=FILE...
#
# ARCHITECTURE is amd64 or arm64. The image runs as nobody (65534), and holds no git: what needs one is in README.md. The same
# files give the same digest, which is the last line of the output. Needs GNU tar and gzip.
set -eu

case $#,${1-} in
[01], | 1,* | *,-*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	[ "${1-}" = --help ] || exit 2
	exit 0
	;;
esac
layout=$1
shift
source=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q;}' "$source/Cargo.toml")
[ ! -e "$layout" ] || {
	echo "error: $layout exists already" >&2
	exit 2
}
mkdir -p "$layout/blobs/sha256"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Moves a file to its digest; sets `digest` and `size`.
blob() {
	digest=$(sha256sum "$1")
	digest=${digest%% *} size=$(wc -c <"$1" | tr -d ' ')
	mv "$1" "$layout/blobs/sha256/$digest"
}

manifests=''
for image in "$@"; do
	architecture=${image%%=*} file=${image#*=}
	root=$work/$architecture
	mkdir -p "$root/usr/bin" "$root/etc"
	cp "$file" "$root/usr/bin/git-gate"
	cp "$source/install/package/git-gate.yml" "$root/etc"
	echo 'nobody:x:65534:65534:nobody:/:/usr/bin/git-gate' >"$root/etc/passwd"
	chmod 755 "$root/usr" "$root/usr/bin" "$root/etc" "$root/usr/bin/git-gate"
	chmod 644 "$root/etc/git-gate.yml" "$root/etc/passwd"
	tar --sort=name --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$root" -cf "$work/layer" etc usr
	layer=$(sha256sum "$work/layer")
	gzip -9n "$work/layer"
	blob "$work/layer.gz"
	layer_digest=$digest layer_size=$size
	printf '{"architecture":"%s","os":"linux","config":{"User":"65534:65534","Entrypoint":["/usr/bin/git-gate"],"Env":["PATH=/usr/bin"],"Labels":{"org.opencontainers.image.title":"git-gate","org.opencontainers.image.version":"%s","org.opencontainers.image.licenses":"MIT OR Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
		"$architecture" "$version" "${layer%% *}" >"$work/config"
	blob "$work/config"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:%s","size":%s}]}' \
		"$digest" "$size" "$layer_digest" "$layer_size" >"$work/manifest"
	blob "$work/manifest"
	manifests=$manifests${manifests:+,}$(printf '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"platform":{"architecture":"%s","os":"linux"}}' \
		"$digest" "$size" "$architecture")
done

index() {
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' "$1"
}
index "$manifests" >"$work/index"
blob "$work/index"
index "$(printf '{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}' \
	"$digest" "$size" "$version")" >"$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
echo "sha256:$digest"
