#!/bin/sh
# Puts the released file of a version at a place of its own, after its checksum was compared: a step of action.yml.
set -eu

die() {
	echo "::error title=git-gate::$*"
	exit 2
}

if [ -n "${BINARY-}" ]; then
	file=$(command -v "$BINARY") || die "there is no \`$BINARY\` on this machine"
	"$file" --version || die "$file does not run"
	echo "binary=$file" >>"$GITHUB_OUTPUT"
	exit
fi
case $(uname -s)-$(uname -m) in
Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
Linux-aarch64) target=aarch64-unknown-linux-gnu ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
*) die "no file is released for $(uname -s) $(uname -m): install git-gate on the machine, and name it in \`binary\`" ;;
esac
released=$ACTION/released.txt
[ -n "${VERSION-}" ] || VERSION=$(awk '!/^#/ { v = $1 } END { print v }' "$released")
[ -n "$VERSION" ] || die "this action knows no released version: name a \`version\` with its \`sha256\`, or a \`binary\`"
sum=${SHA256:-$(awk -v v="$VERSION" -v t="$target" '$1 == v && $2 == t { print $3 }' "$released")}
[ -n "$sum" ] || die "released.txt of this action has no checksum of $VERSION for $target: name it in \`sha256\`"

place=$(mktemp -d)
file=$place/git-gate
url=$RELEASES/v$VERSION/git-gate-$target
curl --fail --silent --show-error --location --retry 3 --output "$file" "$url" || die "$url cannot be read"
if command -v sha256sum >/dev/null; then found=$(sha256sum "$file"); else found=$(shasum -a 256 "$file"); fi
[ "${found%% *}" = "$sum" ] || die "$url has the checksum ${found%% *}, and $sum was expected"
chmod 755 "$file"
"$file" --version
echo "binary=$file" >>"$GITHUB_OUTPUT"
