#!/bin/sh
# Prints the bill of materials of a file that was built from this source: CycloneDX 1.5.
#
#   install/sbom.sh FILE [TARGET]
#
# It names each crate that is linked for TARGET, by default this machine, with version, licence and checksum, and the file by its
# own checksum. There is no time and no path in it: the same file and Cargo.lock give the same bytes.
set -eu

case ${1-} in
'' | -*)
	sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0"
	[ "${1-}" = --help ] || exit 2
	exit 0
	;;
esac
file=$1 target=${2:-$(rustc -vV | sed -n 's/^host: //p')}
source=$(cd "$(dirname "$0")/.." && pwd)
sum=$(if command -v sha256sum >/dev/null; then sha256sum "$file"; else shasum -a 256 "$file"; fi)
version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q;}' "$source/Cargo.toml")

# Every crate in one line, by its bytes and not by the locale.
crates=$(cargo tree --manifest-path "$source/Cargo.toml" --locked --target "$target" --edges normal,no-proc-macro \
	--prefix none --no-dedupe --format '{p}|{l}' | sed 's/ (proc-macro)//; s/ ([^)]*)//' | LC_ALL=C sort -u)
echo "$crates" | awk -F '|' -v file="${file##*/}" -v sum="${sum%% *}" -v version="$version" '
	FNR == NR {
		if (match($0, /^[a-z]+ = "/)) {
			key = substr($0, 1, index($0, " ") - 1); value = $0; gsub(/^[^"]*"|"$/, "", value)
			if (key == "name") name = value
			if (key == "version") at = value
			if (key == "checksum") checksum[name " v" at] = value
		}
		next
	}
	BEGIN {
		printf "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\n"
		printf "\"metadata\":{\"component\":{\"type\":\"application\",\"bom-ref\":\"git-gate\",\"name\":\"%s\",\"version\":\"%s\",", file, version
		printf "\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"%s\"}]}},\n\"components\":[", sum
	}
	$1 !~ /^git-gate v/ {
		split($1, part, " v")
		purl = "pkg:cargo/" part[1] "@" part[2]
		gsub(/\+/, "%2B", purl)
		printf "%s\n{\"type\":\"library\",\"bom-ref\":\"%s\",\"name\":\"%s\",\"version\":\"%s\",\"purl\":\"%s\"", comma, purl, part[1], part[2], purl
		if ($1 in checksum) printf ",\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"%s\"}]", checksum[$1]
		gsub(/\//, " OR ", $2)
		if ($2 != "") printf ",\"licenses\":[{\"expression\":\"%s\"}]", $2
		printf "}"
		comma = ","
	}
	END { printf "\n]}\n" }
' "$source/Cargo.lock" -
